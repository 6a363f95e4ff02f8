"""A basket's lines: what may go in, what they come to. Lines are plain dicts in a list, and every
function answers with a new list, so that the caller decides when to keep it.

A line: {n, gtin, serial or None, name, unit, price, qty, amount, verdict, class, action,
needs_approval, text}; n is the line's number, never used twice in one basket; money is whole đồng.
"""

from kiosk import sales, texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kiosk.verdicts import Verdict

    Line = dict[str, Any]

_MESSAGES: "dict[str, str]" = {
    "refused": "Không bán được món này. / This item may not be sold.",
    "stamp_twice": "Tem này đã có trong giỏ; mỗi tem chỉ tính một lần."
    " / This stamp is already in the basket; each counts once.",
    "full": "Giỏ đã đầy; thanh toán rồi mở giỏ mới. / The basket is full; pay, then open another.",
    "no_line": "Giỏ không có dòng này. / The basket has no such line.",
}


class BasketError(ValueError):
    """The basket stays as it was. `code` names the reason; the text is for the till."""

    def __init__(self, code: str) -> None:
        super().__init__(_MESSAGES[code])
        self.code = code


def line(verdict: "Verdict") -> "Line":
    """A line (n is 0 until it is in a basket) for what was scanned for sale and judged so.

    Where the catalogue has no price, it is 0 and staff must give one.
    """
    facts = verdict.facts
    item = facts["trade_item"] or {}
    price = item.get("price") or 0
    return {
        "n": 0,
        "gtin": facts["gtin"],
        "serial": facts["serial"],
        "name": (facts["product"] or {}).get("name") or facts["gtin"] or "",
        "unit": item.get("unit") or "",
        "price": price,
        "qty": 1,
        "amount": price,
        "verdict": verdict.verdict,
        "class": verdict.cls,
        "action": verdict.action,
        "needs_approval": verdict.action == "supervisor",
        "text": texts.staff_text(verdict, "sell"),
    }


def add(lines: "list[Line]", new: "Line") -> "list[Line]":
    """The lines with `new` among them. Raises BasketError.

    A stamp goes in once. Goods without a stamp that are there already, judged alike and at the same
    price, count one more on their line.
    """
    if new["action"] not in ("sell", "sell_and_flag", "supervisor"):
        raise BasketError("refused")
    if new["serial"] is not None:
        if (new["gtin"], new["serial"]) in stamps(lines):
            raise BasketError("stamp_twice")
    else:
        for at, old in enumerate(lines):
            if _alike(old, new):
                return lines[:at] + [with_qty(old, old["qty"] + new["qty"])] + lines[at + 1 :]
    if len(lines) >= sales.MAX_LINES:
        raise BasketError("full")
    numbered = new.copy()
    numbered["n"] = 1 + max([old["n"] for old in lines] + [0])
    return lines + [numbered]


def remove(lines: "list[Line]", n: int) -> "list[Line]":
    """The lines without number `n`. Raises BasketError if there is none."""
    left = [old for old in lines if old["n"] != n]
    if len(left) == len(lines):
        raise BasketError("no_line")
    return left


def judged(old: "Line", verdict: "Verdict") -> "Line":
    """The line with a new verdict: every line is judged again when the sale is posted."""
    new = old.copy()
    new["verdict"] = verdict.verdict
    new["class"] = verdict.cls
    new["action"] = verdict.action
    new["needs_approval"] = verdict.action == "supervisor"
    new["text"] = texts.staff_text(verdict, "sell")
    return new


def with_qty(old: "Line", qty: int) -> "Line":
    """The line with another quantity."""
    new = old.copy()
    new["qty"] = qty
    new["amount"] = qty * old["price"]
    return new


def total(lines: "list[Line]") -> int:
    """What the lines come to, in đồng."""
    return sum([one["amount"] for one in lines])


def stamps(lines: "list[Line]", besides: int = 0) -> "set[tuple[str, int]]":
    """The stamps (gtin, serial) on the lines, without those of line number `besides`."""
    return {
        (one["gtin"], one["serial"]) for one in lines if one["serial"] is not None and one["n"] != besides
    }


def _alike(old: "Line", new: "Line") -> bool:
    if old["serial"] is not None:
        return False
    return all(old[name] == new[name] for name in ("gtin", "price", "verdict", "action"))
