"""Goods that come in, go out and are counted: the lines of a delivery note, and the entry that it becomes.

A note is of one kind. Its lines are plain dicts: {n, gtin, serial, ordinal, lot, qty, name, unit, net, verdict,
action, text, aside}. A line that is set aside is shown with its reason and does not count until a supervisor takes it in.
"""

from kiosk import texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from kiosk.verdicts import Verdict

    Line = dict[str, Any]
    Body = dict[str, Any]

MOST_LINES: "Final" = 200  # of an entry

# Kind of note: (kind of entry, what it is scanned for)
NOTES: "Final" = {
    "receiving": ("receiving", "receive"),
    "opening": ("receiving", "receive"),  # what stands in the shop on the first day
    "count": ("stock_count", "look"),
    "damage": ("damage", "look"),
    "transfer_in": ("transfer", "receive"),
    "transfer_out": ("transfer", "look"),
    "return": ("returned_to_producer", "look"),
}
INCOMING: "Final" = ("receiving", "opening", "transfer_in")

_MESSAGES: "Final" = {
    "no_goods": "Mã này không cho biết là hàng gì. / This code does not tell what the goods are.",
    "twice": "Tem này đã có trong phiếu. / This stamp is in the note already.",
    "full": "Phiếu đã đủ 200 dòng; hãy ghi sổ rồi lập phiếu mới. / The note has 200 lines; write it down and start another.",
    "no_line": "Phiếu không có dòng này. / The note has no such line.",
    "one_stamp": "Mỗi tem là một món. / Each stamp is one item.",
    "empty": "Phiếu chưa có món nào. / There is nothing in the note.",
    "no_outlet": "Hãy ghi mã điểm bán. / Say which outlet.",
    "no_producer": "Hãy chọn chủ thể. / Say which producer.",
    "no_reason": "Hãy ghi lý do. / Say why.",
}


class StockError(ValueError):
    """The note does not allow this; `code` says what, the message is a sentence in both languages."""

    def __init__(self, code: str) -> None:
        super().__init__(_MESSAGES[code])
        self.code = code


def line(verdict: "Verdict", kind: str, qty: int) -> "Line":
    """What was scanned as a line of a note of this kind. Raises StockError where nobody knows what the goods are."""
    facts = verdict.facts
    if facts["gtin"] is None or facts["product"] is None:
        raise StockError("no_goods")
    item = facts["trade_item"] or {}
    lot = facts["lot"] or {}
    purpose = NOTES[kind][1]
    return {
        "n": 0,
        "gtin": facts["gtin"],
        "serial": facts["serial"],
        "ordinal": facts["ordinal"],
        "lot": lot.get("id"),
        "lot_code": lot.get("code"),
        "expires": lot.get("expires"),
        "qty": 1 if facts["serial"] else qty,
        "name": facts["product"].get("name") or facts["gtin"],
        "name_en": facts["product"].get("name_en") or "",
        "unit": item.get("unit") or "",
        "net": item.get("net") or "",
        "verdict": verdict.verdict,
        "class": verdict.cls,
        "action": verdict.action,
        "aside": kind in INCOMING and verdict.action != "accept",
        "text": texts.staff_text(verdict, purpose),
    }


def add(lines: "list[Line]", new: "Line") -> "list[Line]":
    """The lines with `new` among them; goods without a stamp count more on their line. Raises StockError."""
    for place, old in enumerate(lines):
        if old["gtin"] != new["gtin"] or old["serial"] != new["serial"]:
            continue
        if new["serial"]:
            raise StockError("twice")
        if old["verdict"] == new["verdict"]:
            more = dict(old)
            more["qty"] = old["qty"] + new["qty"]
            return lines[:place] + [more] + lines[place + 1 :]
    if len(lines) >= MOST_LINES:
        raise StockError("full")
    numbered = dict(new)
    numbered["n"] = 1 + max([old["n"] for old in lines] + [0])
    return lines + [numbered]


def remove(lines: "list[Line]", n: int) -> "list[Line]":
    """The lines without number `n`. Raises StockError."""
    left = [old for old in lines if old["n"] != n]
    if len(left) == len(lines):
        raise StockError("no_line")
    return left


def change(lines: "list[Line]", n: int, qty: int) -> "list[Line]":
    """The lines with another quantity of goods without stamps on line `n`. Raises StockError."""
    return _replace(lines, n, {"qty": qty}, qty != 1)


def take_in(lines: "list[Line]", n: int) -> "list[Line]":
    """The lines, number `n` no longer set aside. Raises StockError."""
    return _replace(lines, n, {"aside": False}, False)


def _replace(lines: "list[Line]", n: int, more: "dict[str, Any]", unless_stamp: bool) -> "list[Line]":
    found = False
    changed = []
    for old in lines:
        if old["n"] == n:
            if unless_stamp and old["serial"]:
                raise StockError("one_stamp")
            found = True
            old = dict(old)
            old.update(more)
        changed.append(old)
    if not found:
        raise StockError("no_line")
    return changed


def body(
    kind: str,
    staff: str,
    lines: "list[Line]",
    about: "dict[str, str]",
    held: "dict[str, int]",
    catalogue: "int | None",
    age: str,
) -> "Body":
    """The body of the entry that a note becomes (`sync.bodies`). Raises StockError.

    about      outlet, producer, reason: what the kind asks for
    held       what the books hold of each GTIN, for a count
    """
    counted = [one for one in lines if not one["aside"]]
    if not counted:
        raise StockError("empty")
    entry = NOTES[kind][0]
    made: Body = {"v": 1, "staff": staff}
    if entry == "stock_count":
        made["lines"] = _counted(counted, held)
        return made
    made["lines"] = [_goods(one, entry) for one in counted]
    if entry == "receiving":
        made["catalogue"], made["age"] = catalogue, age
        if about.get("producer"):
            made["producer"] = about["producer"]
    elif entry == "damage":
        made["reason"] = _needed(about, "reason")
    elif entry == "transfer":
        made["direction"] = "in" if kind == "transfer_in" else "out"
        made["outlet"] = _needed(about, "outlet")
    else:
        made["producer"] = _needed(about, "producer")
        if about.get("reason"):
            made["reason"] = about["reason"]
    return made


def _needed(about: "dict[str, str]", name: str) -> str:
    if not about.get(name):
        raise StockError("no_" + name)
    return about[name]


def _goods(one: "Line", entry: str) -> "Body":
    made: Body = {"gtin": one["gtin"], "qty": one["qty"]}
    if one["serial"]:
        made["serial"] = one["serial"]
        if one["ordinal"] is not None:
            made["ordinal"] = one["ordinal"]
        if one["lot"]:
            made["lot"] = one["lot"]
    if entry == "receiving":
        made["verdict"] = one["verdict"]
        made["flagged"] = one["action"] != "accept"
    return made


def _counted(lines: "list[Line]", held: "dict[str, int]") -> "list[Body]":
    totals: dict[str, int] = {}
    order = []
    for one in lines:
        if one["gtin"] not in totals:
            order.append(one["gtin"])
        totals[one["gtin"]] = totals.get(one["gtin"], 0) + one["qty"]
    return [{"gtin": gtin, "counted": totals[gtin], "expected": max(0, held.get(gtin, 0))} for gtin in order]
