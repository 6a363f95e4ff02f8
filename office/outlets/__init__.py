"""The outlets' devices: enrolment, what they push and ask for over `/sync/v1`, and how each of them is."""
