"""The receipt of a sale as a document. Vietnamese first, English beside it."""

from . import templates
from .dates import day, local_time
from .money import dong, grouped
from .standard import RECEIPT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from .documents import Document
    from .drawings import Drawing
    from .templates import Template

PAYMENTS = {
    "cash": "Tiền mặt / Cash",
    "transfer": "Chuyển khoản / Transfer",
    "card": "Thẻ / Card",
    "vietqr": "Chuyển khoản VietQR",
}

# What a verdict means to the shopper who takes the goods home. Only goods that may be sold get here.
VERDICTS = {
    "genuine": "tem thật",
    "plain_goods": "hàng không dán tem",
    "unsigned": "tem mẫu cũ, không có chữ ký",
    "no_stamp": "không quét được tem trên hàng",
    "newer_than_catalogue": "tem mới hơn dữ liệu của máy",
    "not_activated": "tem chưa kích hoạt trong dữ liệu của máy",
    "recognition_lapsed": "công nhận OCOP quá hạn trong dữ liệu của máy",
    "no_contract": "chưa thấy hợp đồng của chủ thể với điểm bán",
    "unknown_key": "tem có khoá mà máy chưa biết",
    "unknown_serial": "số tem không có trong dữ liệu của máy",
    "no_catalogue": "máy chưa có dữ liệu để kiểm tra",
    "sold_elsewhere": "số tem này đã ghi bán ở điểm khác",
}

# From the surest to the least sure; the foot of a receipt says the least sure of its lines.
AGES = ["confirmed", "fresh", "stale", "old"]
_AGE_WORDS = ["vừa xác nhận", "trong 24 giờ", "trong 7 ngày", "cũ hơn 7 ngày"]

_LINE = (
    "name quantity qty unit price amount origin stars producer lot_dates lot produced expires stamp serial"
)
_LINE += " verdict age discount"
_PLAIN = "shop.name shop.address shop.tax_code shop.header shop.footer logo number hash time cashier total"
_PLAIN += " change data check_url qr_cell einvoice copy sample vietqr buyer.name buyer.tax_code buyer.address"


def _names() -> "dict[str, Any]":
    names: dict[str, Any] = dict.fromkeys(_PLAIN.split())
    names["lines"] = dict.fromkeys(_LINE.split())
    names["payments"] = {"kind": None, "amount": None}
    names["vat"] = {"rate": None, "base": None, "amount": None}
    return names


NAMES = _names()  # the fields that a receipt's template may use, for printer.templates.load
_standard: "list[Template]" = []


def receipt(
    sale: "dict[str, Any]",
    columns: int,
    template: "Template | None" = None,
    hidden: "Sequence[str]" = (),
    pictures: "dict[str, Drawing] | None" = None,
) -> "Document":
    """The receipt of one sale on paper of `columns` cells (32, 42, 48), by a template or the standard one.

    `sale`: shop {name, address, tax_code, and perhaps header, footer}, number, hash10, check_url, at
    (ms UTC), cashier, lines [{name, qty, unit, price, amount, provenance or None}], total, payments
    [{kind, amount}], change (đồng), copy (0: the original), illustrative, catalogue_issued (ms UTC or
    None), and perhaps vat [{rate (percent), base, amount}], einvoice (the tax office's code), buyer {name,
    tax_code, address} and vietqr (a transfer that is still to come, as the text of its QR code); a line's amount is
    less its discount, if it has one.
    `provenance`: stars, producer, lot, produced, expires (ISO dates), serial, verdict, catalogue_age,
    each may be None. `hidden` names fields that the shop does not want printed. Raises KeyError for a
    missing field and ValueError for a wrong date, or with a template's errors.
    """
    if template is None:
        if not _standard:
            _standard.append(templates.load(RECEIPT, NAMES)[0])
        template = _standard[0]
    made, errors = templates.document(template, fields(sale, hidden, pictures), columns, pictures)
    if errors:
        number, message = errors[0]
        raise ValueError("dòng / line " + str(number) + ": " + message)
    return made


def fields(
    sale: "dict[str, Any]", hidden: "Sequence[str]" = (), pictures: "dict[str, Drawing] | None" = None
) -> "dict[str, Any]":
    """The texts that a receipt's template may place (`NAMES`). Raises KeyError and ValueError as `receipt`."""
    shop = sale["shop"]
    ages = [line["provenance"]["catalogue_age"] for line in sale["lines"] if line["provenance"] is not None]
    ages = [age for age in ages if age in AGES]
    made: dict[str, Any] = {
        "shop.name": shop["name"],
        "shop.address": shop["address"],
        "shop.tax_code": shop["tax_code"],
        "shop.header": shop.get("header") or "",
        "shop.footer": shop.get("footer") or "",
        "logo": "logo" if pictures and "logo" in pictures else "",
        "number": sale["number"],
        "hash": sale["hash10"],
        "time": local_time(sale["at"]),
        "cashier": sale["cashier"],
        "lines": [_line(line, len(set(ages)) > 1, hidden) for line in sale["lines"]],
        "total": dong(sale["total"]),
        "payments": [
            {"kind": PAYMENTS.get(payment["kind"], payment["kind"]), "amount": grouped(payment["amount"])}
            for payment in sale["payments"]
        ],
        "change": grouped(sale["change"]) if sale["change"] else "",
        "vat": [
            {"rate": str(tax["rate"]) + " %", "base": grouped(tax["base"]), "amount": grouped(tax["amount"])}
            for tax in sale.get("vat") or []
        ],
        "data": _data(sale, ages),
        "check_url": sale["check_url"],
        # 6 dots a module (0.75 mm at 203 dpi) for short texts; 4 keep a long one on narrow paper.
        "qr_cell": "6" if len(sale["check_url"]) <= 60 else "4",
        "einvoice": sale.get("einvoice") or "",
        "vietqr": sale.get("vietqr") or "",
        "copy": str(sale["copy"]) if sale["copy"] else "",
        "sample": "1" if sale["illustrative"] else "",
    }
    for name in ("name", "tax_code", "address"):
        made["buyer." + name] = (sale.get("buyer") or {}).get(name) or ""
    for name in hidden:
        if name in made:
            made[name] = [] if isinstance(NAMES[name], dict) else ""
    return made


def _line(line: "dict[str, Any]", each_age: bool, hidden: "Sequence[str]") -> dict[str, str]:
    """The texts of one line of goods; `each_age` when the lines rest on data of different ages."""
    made = dict.fromkeys(_LINE.split(), "")
    made["name"], made["qty"], made["unit"] = line["name"], grouped(line["qty"]), line["unit"]
    off = line.get("discount") or 0  # stands below what the goods cost without it
    made["price"], made["amount"] = grouped(line["price"]), grouped(line["amount"] + off)
    made["quantity"] = made["qty"] + " " + (line["unit"] + " " if line["unit"] else "") + "x " + made["price"]
    made["discount"] = "-" + grouped(off) if off else ""
    known = line["provenance"]
    if known is None:
        return made
    made["stars"] = "OCOP " + str(known["stars"]) + " sao" if known["stars"] else ""
    made["producer"] = known["producer"] or ""
    made["lot"] = "Lô\xa0" + known["lot"] if known["lot"] else ""
    made["produced"] = "NSX\xa0" + day(known["produced"]) if known["produced"] else ""
    made["expires"] = "HSD\xa0" + day(known["expires"]) if known["expires"] else ""
    made["serial"] = "Tem số " + str(known["serial"]) if known["serial"] else ""
    made["verdict"] = VERDICTS.get(known["verdict"], known["verdict"])
    if each_age and known["catalogue_age"] in AGES:
        made["age"] = _AGE_WORDS[AGES.index(known["catalogue_age"])]
    for name in hidden:
        if name in made:
            made[name] = ""
    made["origin"] = _joined(made, ("stars", "producer"))
    made["lot_dates"] = _joined(made, ("lot", "produced", "expires"))
    judged = _joined(made, ("verdict", "age"))
    if made["serial"] and judged:
        made["stamp"] = made["serial"] + ": " + judged
    elif judged:
        first = {"c": "C", "h": "H", "k": "K", "m": "M", "s": "S", "t": "T"}.get(judged[0], judged[0])
        made["stamp"] = first + judged[1:]
    else:
        made["stamp"] = made["serial"]
    return made


def _joined(made: dict[str, str], names: "Sequence[str]") -> str:
    return ", ".join([made[name] for name in names if made[name]])


def _data(sale: "dict[str, Any]", ages: list[str]) -> str:
    """How old the data was that the stamps were judged by: the least sure of the lines."""
    if sale["catalogue_issued"] is None:
        return "Lúc bán máy chưa có dữ liệu tem"
    if not ages:
        return ""
    worst = max([AGES.index(age) for age in ages])
    issued = local_time(sale["catalogue_issued"]).replace(" ", "\xa0")
    return "Dữ liệu tem lúc " + issued + ", " + _AGE_WORDS[worst]
