"""Money off: of a line, of a basket, for a gift set. Whole đồng; what is spread adds up to the last đồng."""


def percent(amount: int, per_cent: int) -> int:
    """`per_cent` of an amount, rounded to whole đồng (half up)."""
    return (amount * per_cent + 50) // 100


def spread(amounts: "list[int]", discount: int) -> "list[int]":
    """A discount over lines, in proportion to their amounts: never more than a line costs, and all of it.

    What whole đồng leave over goes to the lines with the largest remainders, the first of equals first.
    Raises ValueError for a discount below 0 or above what the lines come to.
    """
    total = sum(amounts)
    if not 0 <= discount <= total:
        raise ValueError("a discount is 0 to what the goods cost")
    if total == 0:
        return [0 for _ in amounts]
    parts = [amount * discount // total for amount in amounts]
    left = discount - sum(parts)
    order = sorted([(-(amount * discount % total), at) for at, amount in enumerate(amounts)])
    for _, at in order[:left]:
        parts[at] += 1
    return parts


def share(amount: int, qty: int, before: int, taken: int) -> int:
    """What `taken` of `qty` pieces cost, after `before` of them were counted: all shares add up to `amount`."""
    return amount * (before + taken) // qty - amount * before // qty


def tax_within(amount: int, rate: int) -> int:
    """VAT of `rate` percent that an amount holds, rounded to whole đồng (half up)."""
    return (2 * amount * rate + 100 + rate) // (2 * (100 + rate))
