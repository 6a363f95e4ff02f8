"""Ready-made gift sets: a name, a price for all of it, and how many of which goods it takes.

A set: {id, name, price, parts: [{gtin, qty}], by}. It is sold as the lines of the basket that make it up: each
stamp inside is one item, judged for itself.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kiosk.baskets import Line

    GiftSet = dict[str, Any]


def choose(
    lines: "list[Line]", parts: "list[dict[str, Any]]"
) -> "tuple[list[Line], list[int], dict[str, int]]":
    """Which lines of a basket make up a set of `parts`.

    Returns the lines (one of several goods without stamps is parted where the set takes fewer), the numbers of
    the chosen ones, and what is missing: how many by GTIN. Lines that are in another set count for nothing.
    """
    result = list(lines)
    chosen: list[int] = []
    missing: dict[str, int] = {}
    for part in parts:
        gtin, left = part["gtin"], part["qty"]
        for line in list(result):
            if left == 0 or line["gtin"] != gtin or line["set"] or line["n"] in chosen:
                continue
            if line["qty"] > left:
                result = _parted(result, line, left)
            chosen.append(line["n"])
            left -= min(left, line["qty"])
        if left:
            missing[gtin] = missing.get(gtin, 0) + left
    return result, chosen, missing


def _parted(lines: "list[Line]", line: "Line", qty: int) -> "list[Line]":
    """The lines with `qty` left of one, and the rest on a line after it; a discount stays with the rest."""
    rest, taken = line.copy(), line.copy()
    rest["n"] = 1 + max([one["n"] for one in lines])
    for one, count, discount in ((taken, qty, 0), (rest, line["qty"] - qty, line["discount"])):
        one["qty"], one["discount"] = count, min(discount, count * one["price"])
        one["amount"] = count * one["price"] - one["discount"]
    at = [one["n"] for one in lines].index(line["n"])
    return lines[:at] + [taken, rest] + lines[at + 1 :]
