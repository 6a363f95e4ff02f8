"""A sale: checked, added up, and put into the form in which the journal keeps it. Money is whole đồng."""

from kiosk import discounts, texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

MAX_LINES: "Final" = 200  # an entry must stay under 64 KiB
MAX_QTY: "Final" = 10_000
MAX_MONEY: "Final" = 1_000_000_000_000  # a line or a sale; far below 2**53, which JSON keeps exactly
PAYMENTS: "Final" = ("cash", "vietqr", "card")

_MESSAGES: "dict[str, str]" = {
    "empty": "Chưa có món hàng nào; quét hàng rồi thu tiền. / There is nothing to sell; scan an item first.",
    "too_many_lines": "Đơn quá {most} dòng; chia thành hai đơn."
    " / The sale has more than {most} lines; make it two sales.",
    "qty": "Dòng {line}: số lượng phải từ 1 đến {most}. / Line {line}: the quantity must be 1 to {most}.",
    "stamp_qty": "Dòng {line}: mỗi tem chỉ cho một món; quét từng món."
    " / Line {line}: a stamp is for one item; scan each item.",
    "stamp_twice": "Dòng {line}: tem này đã có ở dòng khác; bỏ một dòng."
    " / Line {line}: this stamp is on another line; remove one.",
    "price": "Dòng {line}: giá phải là số đồng từ 0 trở lên."
    " / Line {line}: the price must be in whole đồng, 0 or more.",
    "too_much": "Số tiền quá lớn; xem lại giá và số lượng."
    " / The amount is too large; check prices and quantities.",
    "refused": "Dòng {line}: không bán được món này, lý do ghi ở dòng ấy; bỏ khỏi giỏ."
    " / Line {line}: this item may not be sold, its line says why; remove it.",
    "approval_missing": "Dòng {line}: cần người phụ trách duyệt; bấm ổ khoá ở dòng ấy, hoặc bỏ món này ra."
    " / Line {line}: a supervisor must approve it; press the padlock on that line, or take the item out.",
    "discount": "Dòng {line}: giảm giá phải từ 0 đến {most} đồng."
    " / Line {line}: the discount must be 0 to {most} đồng.",
    "price_not_allowed": "Dòng {line}: giá khác giá bán; cần người phụ trách cho phép."
    " / Line {line}: this is not the usual price; a supervisor must allow it.",
    "payment": "Khoản trả {payment}: tiền mặt, VietQR hoặc thẻ, số đồng từ 0 trở lên."
    " / Payment {payment}: cash, VietQR or card, in whole đồng, 0 or more.",
    "too_much_paid": "Chỉ thối lại từ tiền mặt: các khoản khác nhiều hơn {total} đồng."
    " / Change is given from cash only: the other payments come to more than {total} đồng.",
    "not_enough": "Khách trả còn thiếu {missing} đồng. / The payment is {missing} đồng short.",
}


class SaleError(ValueError):
    """The sale cannot be made. `code` names the reason, `fields` say where; the text is for the till."""

    def __init__(self, code: str, fields: "dict[str, Any]") -> None:
        super().__init__(texts.fill(_MESSAGES[code], {name: str(value) for name, value in fields.items()}))
        self.code = code
        self.fields = fields


def build(
    staff: str,
    lines: "list[dict[str, Any]]",
    payments: "list[dict[str, Any]]",
    catalogue: "int | None",
    age: str,
    sure: bool = True,
    seller: str = "",
    buyer: "dict[str, str] | None" = None,
) -> "dict[str, Any]":
    """The journal body of a sale. Raises SaleError.

    lines     {gtin, serial or None, ordinal or None, lot or None, qty, price, verdict, action, approval or
              None}; verdict and action are those of this moment, approval is the supervisor's id, given for
              this very code and verdict (the caller has looked). And perhaps: list (the usual price, None
              where there is none), discount (đồng off), allowed (who may ask another price than the usual),
              set (number of the gift set), vat (percent within the amount)
    payments  {kind, amount, perhaps reference}; change is given from cash
    seller    the shop's tax code
    buyer     perhaps name, tax_code, address: what an invoice will ask for
    catalogue version of the catalogue and its age, by which the lines were judged
    sure      whether the clock was; if not, every line is flagged
    """
    if not lines:
        raise SaleError("empty", {})
    if len(lines) > MAX_LINES:
        raise SaleError("too_many_lines", {"most": MAX_LINES})
    built = []
    stamps: list[tuple[str, int]] = []
    for n, line in enumerate(lines, 1):
        built.append(_line(n, line, stamps, sure))
    total = sum([line["amount"] for line in built])
    if total > MAX_MONEY:
        raise SaleError("too_much", {})
    paid = cash = 0
    for n, payment in enumerate(payments, 1):
        if payment["kind"] not in PAYMENTS or not _is_money(payment["amount"]):
            raise SaleError("payment", {"payment": n})
        paid += payment["amount"]
        cash += payment["amount"] if payment["kind"] == "cash" else 0
    if paid < total:
        raise SaleError("not_enough", {"missing": total - paid, "total": total, "paid": paid})
    if paid - cash > total:
        raise SaleError("too_much_paid", {"total": total})
    body = {
        "v": 2,
        "staff": staff,
        "lines": built,
        "total": total,
        "payments": [_payment(payment) for payment in payments],
        "change": paid - total,
        "catalogue": catalogue,
        "age": age,
    }
    if seller:
        body["seller"] = seller
    given = {name: text for name, text in (buyer or {}).items() if text}
    if given:
        body["buyer"] = given
    return body


def _payment(payment: "dict[str, Any]") -> "dict[str, Any]":
    made = {"kind": payment["kind"], "amount": payment["amount"]}
    if payment.get("reference"):
        made["reference"] = payment["reference"]
    return made


def _line(n: int, line: "dict[str, Any]", stamps: "list[tuple[str, int]]", sure: bool) -> "dict[str, Any]":
    gtin, serial, qty, price = line["gtin"], line.get("serial"), line["qty"], line["price"]
    if type(qty) is not int or not 1 <= qty <= MAX_QTY:
        raise SaleError("qty", {"line": n, "most": MAX_QTY})
    if serial is not None:
        if qty != 1:
            raise SaleError("stamp_qty", {"line": n})
        if (gtin, serial) in stamps:
            raise SaleError("stamp_twice", {"line": n})
        stamps.append((gtin, serial))
    if not _is_money(price):
        raise SaleError("price", {"line": n})
    if qty * price > MAX_MONEY:
        raise SaleError("too_much", {"line": n})
    discount, usual = line.get("discount") or 0, line.get("list")
    if not _is_money(discount) or discount > qty * price:
        raise SaleError("discount", {"line": n, "most": qty * price})
    action, approval = line["action"], line.get("approval")
    where = {"line": n, "verdict": line["verdict"]}
    if action == "supervisor" and approval is None:
        raise SaleError("approval_missing", where)
    if action not in ("sell", "sell_and_flag", "supervisor"):
        raise SaleError("refused", where)
    if (discount or (usual is not None and price != usual)) and not line.get("allowed"):
        raise SaleError("price_not_allowed", {"line": n})
    built = {
        "gtin": gtin,
        "qty": qty,
        "price": price,
        "amount": qty * price - discount,
        "verdict": line["verdict"],
        "flagged": action != "sell" or not sure,
    }
    if discount:
        built["discount"] = discount
    if discount or (usual is not None and price != usual):
        built["allowed"] = line["allowed"]
    if usual is not None and price != usual:
        built["list"] = usual
    if line.get("set"):
        built["set"] = line["set"]
    if line.get("vat") is not None:
        built["vat"] = line["vat"]
        built["tax"] = discounts.tax_within(built["amount"], line["vat"])
    for name in ("serial", "ordinal", "lot"):
        if line.get(name) is not None:
            built[name] = line[name]
    if action == "supervisor":
        built["approval"] = approval
    return built


def _is_money(value: "Any") -> bool:
    return type(value) is int and 0 <= value <= MAX_MONEY
