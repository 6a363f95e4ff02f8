"""What each role may do: the one table that every page asks.

A page names one permission; an account has the permissions of its role. `tests/office/access/test_permissions.py`
walks every page as every role.
"""

ROLES: dict[str, tuple[str, str]] = {
    "administrator": ("Quản trị", "Administrator"),
    "registrar": ("Cán bộ hồ sơ", "Registrar"),
    "officer": ("Cán bộ tem", "Stamp officer"),
    "inspector": ("Cán bộ kiểm tra", "Inspector"),
    "producer": ("Chủ thể", "Producer"),
    "viewer": ("Chỉ xem", "Read-only"),
}
"""Roles, with their names in Vietnamese and English."""

_OFFICE = frozenset({"administrator", "registrar", "officer", "inspector", "viewer"})

PERMISSIONS: dict[str, frozenset[str]] = {
    "own": frozenset(ROLES),  # one's own password, language, log-out
    "look": _OFFICE,  # all that the office knows but accounts
    "register": frozenset({"administrator", "registrar"}),  # change the registry, import
    "enrol": frozenset({"administrator", "registrar", "officer"}),  # devices of outlets
    "see_stamps": _OFFICE | {"producer"},  # a producer sees its own
    "issue": frozenset({"administrator", "officer"}),  # issue, print, void, correct
    "activate": frozenset({"administrator", "officer", "producer"}),  # a producer: its own, once
    "inspect": frozenset({"administrator", "inspector"}),  # inspections, recalls, withdrawals
    "handle": _OFFICE - {"viewer"},  # alerts
    "undo": frozenset({"administrator", "registrar", "inspector"}),  # each what it may change
    "attach": frozenset({"administrator", "registrar", "inspector"}),  # files, each to what it may change
    "accounts": frozenset({"administrator"}),
}
"""By the name of a permission: the roles that have it."""


def may(role: str, permission: str) -> bool:
    """Whether `role` has `permission`. KeyError for a permission that does not exist."""
    return role in PERMISSIONS[permission]
