"""Reports as documents: a shift's, X while it is open, Z when it was closed; a list of goods. Vietnamese first."""

from . import documents
from .dates import local_time
from .money import dong, grouped
from .receipts import PAYMENTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .documents import Document, Item


def shift(report: "dict[str, Any]", columns: int) -> "Document":
    """A shift's report on paper of `columns` cells.

    `report`: what `kiosk.shifts.report` made, and kind ("x" or "z"), shop {name, address, tax_code}, opened_at,
    opened_by, at (ms UTC), copy (0: the original), staff with a name each; of a Z report also count, number,
    closed_by, counted, difference. Raises KeyError for a missing field.
    """
    page = documents.document(columns)
    mark = _mark(report)
    page["items"] += mark + _heading(report)
    for part in (_turnover, _payments, _drawer):
        page["items"].append(documents.rule())
        page["items"] += part(report)
    if report["kind"] == "z":
        page["items"] += _counted(report)
    page["items"] += mark
    page["items"].append(documents.cut())
    return page


def _heading(report: "dict[str, Any]") -> "list[Item]":
    """Whose report it is, of what time, by whom, of which receipts."""
    closed, shop = report["kind"] == "z", report["shop"]
    items = [documents.text(shop["name"], "center", True)]
    if shop["tax_code"]:
        items.append(documents.text("MST " + shop["tax_code"], "center"))
    title = "BÁO CÁO KẾT CA / Z REPORT " + str(report["count"]) if closed else "BÁO CÁO GIỮA CA / X REPORT"
    items.append(documents.text(title, "center", True))
    items.append(documents.pair("Mở ca / Opened", local_time(report["opened_at"])))
    items.append(documents.text("  " + report["opened_by"]))
    until = "Kết ca / Closed" if closed else "Đến lúc / Until"
    items.append(documents.pair(until, local_time(report["at"])))
    if closed:
        items.append(documents.text("  " + report["closed_by"]))
    if report["first"]:
        items.append(documents.pair("Phiếu / Receipts", report["first"] + " – " + report["last"]))
    return items


def _turnover(report: "dict[str, Any]") -> "list[Item]":
    """What was sold, what of it was undone, what is left, and its tax."""
    pair = documents.pair
    items = [
        pair("Bán " + str(report["sales"]) + " đơn / Sales", grouped(report["sold"]), True),
        pair("  Số món / Items", grouped(report["items"])),
    ]
    if report["discounts"]:
        items.append(pair("  Đã giảm giá / Discounts", grouped(report["discounts"])))
    if report["refunds"]:
        words = "Trả hàng " + str(report["refunds"]) + " / Refunds"
        items.append(pair(words, "-" + grouped(report["refunded"])))
    if report["voids"]:
        items.append(pair("Huỷ đơn " + str(report["voids"]) + " / Voids", "-" + grouped(report["voided"])))
    net = report["sold"] - report["refunded"] - report["voided"]
    items.append(pair("DOANH THU / NET", dong(net), True))
    return items + [
        pair("  Thuế GTGT " + str(tax["rate"]) + " % / VAT", grouped(tax["amount"])) for tax in report["vat"]
    ]


def _payments(report: "dict[str, Any]") -> "list[Item]":
    """By which ways money came, which transfers nobody has seen yet, and who sold for how much."""
    items = []
    for payment in report["payments"]:
        name = PAYMENTS.get(payment["kind"], payment["kind"])
        items.append(documents.pair(name, grouped(payment["taken"] - payment["given"])))
    items += [
        documents.pair("  Chưa thấy tiền về " + one["number"], grouped(one["amount"]))
        for one in report["waiting"]
    ]
    if len(report["staff"]) > 1:
        for one in report["staff"]:
            words = "  " + one["name"] + " (" + str(one["sales"]) + ")"
            items.append(documents.pair(words, grouped(one["sold"])))
    return items


def _drawer(report: "dict[str, Any]") -> "list[Item]":
    """The cash: with what it began, what came and went, what there should be."""
    cash, pair = report["cash"], documents.pair
    items = [
        pair("Tiền đầu ca / Float", grouped(cash["float"])),
        pair("Thu tiền mặt / Cash in", grouped(cash["taken"])),
    ]
    if cash["given"]:
        items.append(pair("Trả tiền mặt / Cash back", "-" + grouped(cash["given"])))
    for move in report["moves"]:
        word, sign = ("Nộp: ", "") if move["direction"] == "in" else ("Chi: ", "-")
        items.append(pair(word + move["reason"], sign + grouped(move["amount"])))
    items.append(pair("Phải có / Expected", dong(cash["expected"]), True))
    return items


def _counted(report: "dict[str, Any]") -> "list[Item]":
    """What was counted at the end, and room for two signatures."""
    off = report["difference"]
    word = "Khớp / Right" if off == 0 else "Thừa / Over" if off > 0 else "Thiếu / Short"
    return [
        documents.pair("Đếm được / Counted", dong(report["counted"]), True),
        documents.pair(word, dong(abs(off)), True),
        documents.feed(),
        documents.pair("Người đếm / Counted by", "Người nhận / Received by"),
        documents.feed(3),
        documents.text("Số / Number " + report["number"], "center"),
    ]


def listing(report: "dict[str, Any]", columns: int) -> "Document":
    """A list of goods on paper of `columns` cells.

    `report`: shop {name, tax_code}, title, staff, at (ms UTC), copy (0: the original), about [text], rows [{name,
    more [text], qty, amount (đồng) or None}], total (đồng) or None. Raises KeyError for a missing field.
    """
    page = documents.document(columns)
    add = page["items"].append
    page["items"] += _mark(report)
    add(documents.text(report["shop"]["name"], "center", True))
    add(documents.text(report["title"], "center", True))
    for line in report["about"]:
        add(documents.text(line, "center"))
    add(documents.pair(report["staff"], local_time(report["at"])))
    add(documents.rule())
    if not report["rows"]:
        add(documents.text("Không có món nào. / Nothing.", "center"))
    count = 0
    for one in report["rows"]:
        count += one["qty"]
        amount = "" if one["amount"] is None else "  " + grouped(one["amount"])
        add(documents.pair(one["name"], grouped(one["qty"]) + amount, True))
        for line in one["more"]:
            add(documents.text("  " + line))
    add(documents.rule())
    add(documents.pair("Số món / Items", grouped(count), True))
    if report["total"] is not None:
        add(documents.pair("Tiền bán / Sold for", dong(report["total"]), True))
    add(documents.feed())
    add(documents.pair("Người lập / Made by", "Người nhận / Received by"))
    add(documents.feed(3))
    page["items"] += _mark(report)
    add(documents.cut())
    return page


def _mark(report: "dict[str, Any]") -> "list[Item]":
    """What head and foot of a copy say, as on a receipt; nothing on the original."""
    number = str(report["copy"])
    return (
        [documents.text("BẢN SAO " + number + " / COPY " + number, "center", True)] if report["copy"] else []
    )
