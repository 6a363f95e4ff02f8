"""Voids and refunds: what of a sale may be undone, and the form in which the journal keeps it. Whole đồng."""

from kiosk import discounts, texts
from kiosk.sales import PAYMENTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Body = dict[str, Any]

_MESSAGES: "dict[str, str]" = {
    "undone_before": "Đơn này đã huỷ hoặc đã trả hàng, nên không huỷ được nữa; hãy trả từng món còn lại."
    " / A part of this sale was voided or refunded before; refund what is left of it.",
    "no_line": "Đơn không có dòng {line}. / The sale has no line {line}.",
    "line_twice": "Dòng {line} được nêu hai lần. / Line {line} is named twice.",
    "too_many": "Dòng {line}: chỉ còn {left} món chưa trả. / Line {line}: only {left} are not yet refunded.",
    "payment": "Tiền trả lại phải đúng {total} đồng. / What is paid back must come to {total} đồng.",
}


class UndoError(ValueError):
    """The sale stays as it is. `code` names the reason, `fields` say where; the text is for the till."""

    def __init__(self, code: str, fields: "dict[str, Any]") -> None:
        super().__init__(texts.fill(_MESSAGES[code], {name: str(value) for name, value in fields.items()}))
        self.code = code
        self.fields = fields


def void(staff: str, device: str, seq: int, sale: "Body", undone: "dict[int, int]", reason: str) -> "Body":
    """The journal body that undoes a whole sale, as if it had never been. Raises UndoError.

    device, seq  the sale's entry, `sale` its body
    undone       how many of each line (by number, from 1) were undone before
    """
    if undone:
        raise UndoError("undone_before", {})
    lines = [_line(n, line, 0, line["qty"]) for n, line in enumerate(sale["lines"], 1)]
    paid: dict[str, int] = {}
    for payment in sale["payments"]:
        paid[payment["kind"]] = paid.get(payment["kind"], 0) + payment["amount"]
    if sale["change"]:
        paid["cash"] = paid.get("cash", 0) - sale["change"]
    payments = [{"kind": kind, "amount": paid[kind]} for kind in sorted(paid) if paid[kind] > 0]
    return _body(staff, device, seq, lines, sale["total"], payments, reason)


def refund(
    staff: str,
    device: str,
    seq: int,
    sale: "Body",
    undone: "dict[int, int]",
    wanted: "list[Body]",
    payments: "list[Body]",
    reason: "str | None",
) -> "Body":
    """The journal body that takes goods back and gives their price back. Raises UndoError.

    wanted    {line, qty, unharmed}: the line's number, how many come back, whether they can be sold again
    payments  {kind, amount}; they must come to what was paid for the goods
    """
    lines: "list[Body]" = []
    for one in wanted:
        n = one["line"]
        if not 1 <= n <= len(sale["lines"]):
            raise UndoError("no_line", {"line": n})
        if n in [line["line"] for line in lines]:
            raise UndoError("line_twice", {"line": n})
        left = sale["lines"][n - 1]["qty"] - undone.get(n, 0)
        if one["qty"] > left:
            raise UndoError("too_many", {"line": n, "left": left})
        line = _line(n, sale["lines"][n - 1], undone.get(n, 0), one["qty"])
        line["unharmed"] = one["unharmed"]
        lines.append(line)
    total = sum([line["amount"] for line in lines])
    known = [payment for payment in payments if payment["kind"] in PAYMENTS]
    if len(known) != len(payments) or sum([payment["amount"] for payment in payments]) != total:
        raise UndoError("payment", {"total": total})
    given = [{"kind": payment["kind"], "amount": payment["amount"]} for payment in payments]
    return _body(staff, device, seq, lines, total, given, reason)


def _line(n: int, sold: "Body", before: int, qty: int) -> "Body":
    amount = discounts.share(sold["amount"], sold["qty"], before, qty)
    line = {"line": n, "gtin": sold["gtin"], "qty": qty, "amount": amount}
    for name in ("serial", "ordinal"):
        if name in sold:
            line[name] = sold[name]
    return line


def _body(
    staff: str,
    device: str,
    seq: int,
    lines: "list[Body]",
    total: int,
    payments: "list[Body]",
    reason: "str | None",
) -> "Body":
    body = {"v": 2, "staff": staff, "device": device, "seq": seq, "lines": lines, "total": total}
    body["payments"] = payments
    if reason:
        body["reason"] = reason
    return body
