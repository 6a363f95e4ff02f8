"""The outlet and its office: enrolment, push and pull, the other tills, and how all that stands."""
