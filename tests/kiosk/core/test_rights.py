"""Who may do what."""

from kiosk import rights


def test_everybody_sells_and_only_supervisors_and_technicians_decide() -> None:
    for role in rights.ROLES:
        assert rights.may(role, "sell")
    for right in ("approve", "prices", "receipt_form"):
        assert not rights.may("clerk", right)
        assert rights.may("supervisor", right) and rights.may("technician", right)


def test_a_role_that_there_is_not_may_nothing() -> None:
    assert not rights.may("", "sell") and not rights.may("Supervisor", "prices")
