"""A basket's lines: what may go in, what they come to. Lines are plain dicts in a list, and every
function answers with a new list, so that the caller decides when to keep it.

A line: {n, gtin, serial or None, name, name_en, unit, list, price, discount, allowed, set, set_name, qty, amount, verdict,
class, action, needs_approval, text}; n is the line's number, never used twice in one basket; list is the usual price, None where
there is none; discount is what is off the whole line; allowed says who let another price or a discount be asked; set
numbers the gift set that the line is a part of, 0 for none, and set_name is what the shop calls that, "" where it has no
name; money is whole đồng.
"""

from kiosk import discounts, sales, texts

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
    "qty": "Số lượng phải từ 1 đến 10.000; mỗi tem chỉ cho một món."
    " / The quantity must be 1 to 10,000, and a stamp is for one item.",
    "price": "Giá và giảm giá phải là số đồng từ 0 trở lên, giảm không quá tiền hàng."
    " / Price and discount must be 0 or more, and no more off than the goods cost.",
    "not_allowed": "Giá khác giá bán; cần người phụ trách cho phép."
    " / This is not the usual price; a supervisor must allow it.",
    "no_set": "Bộ quà cần ít nhất hai dòng trong giỏ. / A gift set needs two lines of the basket or more.",
}


class BasketError(ValueError):
    """The basket stays as it was. `code` names the reason; the text is for the till."""

    def __init__(self, code: str) -> None:
        super().__init__(_MESSAGES[code])
        self.code = code


def line(verdict: "Verdict", usual: "int | None") -> "Line":
    """A line (n is 0 until it is in a basket) for what was scanned for sale and judged so.

    `usual` is what the outlet asks for one. Where there is no such price, it is 0 and staff must give one.
    """
    facts = verdict.facts
    item = facts["trade_item"] or {}
    price = usual or 0
    return {
        "n": 0,
        "gtin": facts["gtin"],
        "serial": facts["serial"],
        "name": (facts["product"] or {}).get("name") or facts["gtin"] or "",
        "name_en": (facts["product"] or {}).get("name_en") or "",
        "unit": item.get("unit") or "",
        "list": usual or None,
        "price": price,
        "discount": 0,
        "allowed": "",
        "set": 0,
        "set_name": "",
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
    """The lines without number `n`; what is left of its gift set is no set. Raises BasketError if there is none."""
    gone = [old for old in lines if old["n"] == n]
    if not gone:
        raise BasketError("no_line")
    left, number = [old for old in lines if old["n"] != n], gone[0]["set"]
    return open_set(left, number) if number and any(old["set"] == number for old in left) else left


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
    return _priced(old, qty, old["price"], old["discount"])


def change(
    lines: "list[Line]",
    n: int,
    qty: "int | None",
    price: "int | None",
    discount: "int | None",
    allowed: str,
) -> "list[Line]":
    """The lines with another quantity, price or discount (None: as it is) on line `n`. Raises BasketError.

    `allowed` is who may ask another price than the usual one, "" if nobody said so.
    """
    changed = [_changed(old, qty, price, discount, allowed) if old["n"] == n else old for old in lines]
    if not any(old["n"] == n for old in lines):
        raise BasketError("no_line")
    return changed


def reduce(lines: "list[Line]", discount: int, allowed: str) -> "list[Line]":
    """The lines with so much off the whole basket, in place of whatever was off before. Raises BasketError."""
    full = [one["qty"] * one["price"] for one in lines]
    if type(discount) is not int or not 0 <= discount <= sum(full):
        raise BasketError("price")
    parts = discounts.spread(full, discount)
    return [_changed(old, None, None, parts[at], allowed) for at, old in enumerate(lines)]


def make_set(
    lines: "list[Line]", numbers: "list[int]", price: "int | None", allowed: str, name: str = ""
) -> "list[Line]":
    """The lines with some of them joined to a gift set, at a price for all of it (None: what they cost).

    Raises BasketError, also for a price above what they cost: that would be another price for each.
    """
    chosen = [one for one in lines if one["n"] in numbers]
    if len(chosen) < 2 or len(chosen) != len(numbers):
        raise BasketError("no_set")
    number = 1 + max([one["set"] for one in lines])
    full = [one["qty"] * one["price"] for one in chosen]
    off = 0 if price is None else sum(full) - price
    if off < 0:
        raise BasketError("price")
    parts = discounts.spread(full, off)
    made = {}
    for at, one in enumerate(chosen):
        joined = _changed(one, None, None, parts[at] if price is not None else None, allowed)
        joined["set"], joined["set_name"] = number, name
        made[one["n"]] = joined
    # A set stands together, where its first line stood.
    first = chosen[0]["n"]
    result = []
    for one in lines:
        if one["n"] == first:
            result += [made[each["n"]] for each in chosen]
        elif one["n"] not in made:
            result.append(one)
    return result


def open_set(lines: "list[Line]", number: int) -> "list[Line]":
    """The lines with a gift set taken apart, without its discount. Raises BasketError."""
    if number < 1 or not any(one["set"] == number for one in lines):
        raise BasketError("no_set")
    apart = []
    for one in lines:
        if one["set"] == number:
            one = _priced(one, one["qty"], one["price"], 0)
            one["set"], one["set_name"] = 0, ""
        apart.append(one)
    return apart


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
    return all(old[name] == new[name] for name in ("gtin", "price", "discount", "set", "verdict", "action"))


def _changed(
    old: "Line", qty: "int | None", price: "int | None", discount: "int | None", allowed: str
) -> "Line":
    qty = old["qty"] if qty is None else qty
    price = old["price"] if price is None else price
    discount = old["discount"] if discount is None else discount
    if type(qty) is not int or not 1 <= qty <= sales.MAX_QTY or (old["serial"] is not None and qty != 1):
        raise BasketError("qty")
    for money in (price, discount):
        if type(money) is not int or not 0 <= money <= sales.MAX_MONEY:
            raise BasketError("price")
    if discount > qty * price or qty * price > sales.MAX_MONEY:
        raise BasketError("price")
    new = _priced(old, qty, price, discount)
    if discount == old["discount"] and price == old["price"]:
        return new
    if not discount and (old["list"] is None or price == old["list"]):
        new["allowed"] = ""
    elif allowed:
        new["allowed"] = allowed
    else:
        raise BasketError("not_allowed")
    return new


def _priced(old: "Line", qty: int, price: int, discount: int) -> "Line":
    new = old.copy()
    new["qty"], new["price"], new["discount"] = qty, price, min(discount, qty * price)
    new["amount"] = qty * price - new["discount"]
    return new
