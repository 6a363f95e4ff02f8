"""Who may do what at the till: one table of rights by role."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

CLERK, SUPERVISOR, TECHNICIAN = "clerk", "supervisor", "technician"
ROLES: "Final" = (CLERK, SUPERVISOR, TECHNICIAN)

# right: the roles that have it
_RIGHTS: "Final[dict[str, tuple[str, ...]]]" = {
    "sell": ROLES,  # baskets, sales, refunds, voids, shifts: all of it is journalled with the person's name
    "approve": (
        SUPERVISOR,
        TECHNICIAN,
    ),  # a verdict that asks for a supervisor; a refund or void where the outlet does
    "prices": (SUPERVISOR, TECHNICIAN),  # the outlet's own prices, discounts, another price for one customer
    "receipt_form": (SUPERVISOR, TECHNICIAN),
    "office": (TECHNICIAN,),  # whose device this is, and pushing and pulling by hand
}


def may(role: str, right: str) -> bool:
    """Whether somebody of this role has the right. KeyError: there is no such right."""
    return role in _RIGHTS[right]
