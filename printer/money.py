"""Amounts in whole đồng as people write them in Vietnam: 185.000 ₫."""


def grouped(amount: int) -> str:
    """1850000 -> "1.850.000": dots between groups of three digits, a hyphen before what is negative."""
    digits = str(abs(amount))
    groups = []
    while len(digits) > 3:
        groups.append(digits[-3:])
        digits = digits[:-3]
    groups.append(digits)
    groups.reverse()
    return ("-" if amount < 0 else "") + ".".join(groups)


def dong(amount: int) -> str:
    """185000 -> "185.000 ₫"."""
    return grouped(amount) + " ₫"
