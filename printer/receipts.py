"""The receipt of a sale, and the test page, as documents. Vietnamese first, English beside it."""

from . import documents
from .dates import day, local_time
from .layout import pair, wrap
from .money import dong, grouped
from .vietnamese import LOWER, UPPER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .documents import Document

PAYMENTS = {"cash": "Tiền mặt / Cash"}

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

# From the surest to the least sure; a receipt says the least sure of its lines.
AGES = ["confirmed", "fresh", "stale", "old"]
_AGE_WORDS = ["vừa xác nhận", "trong 24 giờ", "trong 7 ngày", "cũ hơn 7 ngày"]


class _Page:
    """A document in the making: lines wrapped to the paper."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.document = documents.document(columns)
        self.items = self.document["items"]

    def text(self, content: str, indent: int = 0, bold: bool = False) -> None:
        for line in wrap(content, self.columns, indent):
            self.items.append(documents.text(line, bold=bold))

    def centred(self, content: str, bold: bool = False, size: str = "normal") -> None:
        width = self.columns // 2 if size == "large" else self.columns
        lines = wrap(content, width)
        while len(wrap(content, width - 1)) == len(lines) > 1:  # lines of like length, no lonely last word
            width -= 1
            lines = wrap(content, width)
        for line in lines:
            self.items.append(documents.text(line, "center", bold, size))

    def pair(self, start: str, end: str, bold: bool = False, size: str = "normal", indent: int = 0) -> None:
        for line in pair(start, end, self.columns, indent):
            self.items.append(documents.text(line, bold=bold, size=size))


def receipt(sale: "dict[str, Any]", columns: int) -> "Document":
    """The receipt of one sale on paper of `columns` cells (32, 42, 48).

    `sale`: shop {name, address, tax_code}, number, hash10, check_url, at (ms UTC), cashier,
    lines [{name, qty, unit, price, amount, provenance or None}], total, payments [{kind, amount}],
    change (đồng), copy (0: the original), illustrative, catalogue_issued (ms UTC or None).
    `provenance`: stars, producer, lot, produced, expires (ISO dates), serial, verdict, catalogue_age,
    each may be None. Raises KeyError for a missing field and ValueError for a wrong date.
    """
    page = _Page(columns)
    _banners(page, sale)
    shop = sale["shop"]
    page.centred(shop["name"], bold=True, size="large" if len(shop["name"]) <= columns // 2 else "tall")
    page.centred(shop["address"])
    if shop["tax_code"]:
        page.centred("MST " + shop["tax_code"])
    page.items.append(documents.feed())
    page.centred("PHIẾU TÍNH TIỀN / SALES SLIP", bold=True)
    page.pair("Số " + sale["number"], local_time(sale["at"]))
    if sale["cashier"]:
        page.text("Thu ngân: " + sale["cashier"])
    page.items.append(documents.rule())
    for line in sale["lines"]:
        _line(page, line)
    page.items.append(documents.rule())
    page.pair("TỔNG CỘNG / TOTAL", dong(sale["total"]), bold=True, size="tall")
    for payment in sale["payments"]:
        page.pair(PAYMENTS.get(payment["kind"], payment["kind"]), grouped(payment["amount"]))
    if sale["change"]:
        page.pair("Tiền thừa / Change", grouped(sale["change"]))
    page.items.append(documents.feed())
    _age(page, sale)
    _qr(page, sale["check_url"])
    page.centred(sale["number"] + "  " + sale["hash10"], bold=True)
    page.centred("Quét để kiểm tra / Scan to check")
    page.centred("Phiếu này không thay thế hoá đơn")
    _banners(page, sale)
    page.items.append(documents.cut())
    return page.document


def _banners(page: "_Page", sale: "dict[str, Any]") -> None:
    if sale["illustrative"]:
        page.centred("DỮ LIỆU MINH HOẠ / SAMPLE DATA", bold=True)
    if sale["copy"]:
        number = str(sale["copy"])
        page.centred("BẢN SAO " + number + " / COPY " + number, bold=True)


def _line(page: "_Page", line: "dict[str, Any]") -> None:
    page.text(line["name"], bold=True)
    quantity = grouped(line["qty"]) + " " + line["unit"] + " x " + grouped(line["price"])
    page.pair(quantity, grouped(line["amount"]), indent=2)
    known = line["provenance"]
    if known is None:
        return
    stars = "OCOP " + str(known["stars"]) + " sao" if known["stars"] else ""
    page.text(", ".join(part for part in (stars, known["producer"]) if part), indent=2)
    dates = []
    if known["lot"]:
        dates.append("Lô " + known["lot"])
    if known["produced"]:
        dates.append("NSX " + day(known["produced"]))
    if known["expires"]:
        dates.append("HSD " + day(known["expires"]))
    page.text(", ".join(dates), indent=2)
    words = VERDICTS.get(known["verdict"], known["verdict"])
    if known["serial"]:
        page.text("Tem số " + str(known["serial"]) + ": " + words, indent=2)
    elif words:
        page.text(words[0].upper() + words[1:], indent=2)


def _qr(page: "_Page", text: str) -> None:
    """With an empty line above and below: a QR code needs a margin of four modules."""
    page.items += [documents.feed(), documents.qr(text), documents.feed()]


def _age(page: "_Page", sale: "dict[str, Any]") -> None:
    """How old the data was that the stamps were judged by: the least sure of the lines."""
    known = [line["provenance"]["catalogue_age"] for line in sale["lines"] if line["provenance"] is not None]
    ages = [AGES.index(age) for age in known if age in AGES]
    if sale["catalogue_issued"] is None:
        page.centred("Lúc bán máy chưa có dữ liệu tem")
    elif ages:
        page.centred("Dữ liệu tem lúc " + local_time(sale["catalogue_issued"]) + ", " + _AGE_WORDS[max(ages)])


def test_page(columns: int) -> "Document":
    """A page that shows whether a printer is set up right: cells, letters, signs, sizes, QR, cut."""
    page = _Page(columns)
    page.centred("TRANG IN THỬ / TEST PAGE", bold=True)
    page.text("".join(str(number % 10) for number in range(1, columns + 1)))
    for letters in (LOWER, UPPER):
        page.text(letters)
    page.text("₫ – — “ ” ‘ ’ … ★")
    page.pair("Mật ong hoa rừng", dong(185000))
    page.items.append(documents.text("Chữ cao / Tall", size="tall"))
    page.items.append(documents.text("Chữ lớn", bold=True, size="large"))
    _qr(page, "OCOP")
    page.centred("Mã QR / QR code: OCOP")
    page.items.append(documents.cut())
    return page.document
