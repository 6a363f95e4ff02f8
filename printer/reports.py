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
    closed = report["kind"] == "z"
    page = documents.document(columns)
    add = page["items"].append
    page["items"] += _mark(report)
    add(documents.text(report["shop"]["name"], "center", True))
    if report["shop"]["tax_code"]:
        add(documents.text("MST " + report["shop"]["tax_code"], "center"))
    title = "BÁO CÁO KẾT CA / Z REPORT " + str(report["count"]) if closed else "BÁO CÁO GIỮA CA / X REPORT"
    add(documents.text(title, "center", True))
    add(documents.pair("Mở ca / Opened", local_time(report["opened_at"])))
    add(documents.text("  " + report["opened_by"]))
    add(documents.pair("Kết ca / Closed" if closed else "Đến lúc / Until", local_time(report["at"])))
    if closed:
        add(documents.text("  " + report["closed_by"]))
    if report["first"]:
        add(documents.pair("Phiếu / Receipts", report["first"] + " – " + report["last"]))
    add(documents.rule())
    add(documents.pair("Bán " + str(report["sales"]) + " đơn / Sales", grouped(report["sold"]), True))
    add(documents.pair("  Số món / Items", grouped(report["items"])))
    if report["discounts"]:
        add(documents.pair("  Đã giảm giá / Discounts", grouped(report["discounts"])))
    if report["refunds"]:
        add(
            documents.pair(
                "Trả hàng " + str(report["refunds"]) + " / Refunds", "-" + grouped(report["refunded"])
            )
        )
    if report["voids"]:
        add(documents.pair("Huỷ đơn " + str(report["voids"]) + " / Voids", "-" + grouped(report["voided"])))
    net = report["sold"] - report["refunded"] - report["voided"]
    add(documents.pair("DOANH THU / NET", dong(net), True))
    for tax in report["vat"]:
        add(documents.pair("  Thuế GTGT " + str(tax["rate"]) + " % / VAT", grouped(tax["amount"])))
    add(documents.rule())
    for payment in report["payments"]:
        name = PAYMENTS.get(payment["kind"], payment["kind"])
        add(documents.pair(name, grouped(payment["taken"] - payment["given"])))
    for one in report["waiting"]:
        add(documents.pair("  Chưa thấy tiền về " + one["number"], grouped(one["amount"])))
    if len(report["staff"]) > 1:
        for one in report["staff"]:
            add(documents.pair("  " + one["name"] + " (" + str(one["sales"]) + ")", grouped(one["sold"])))
    add(documents.rule())
    cash = report["cash"]
    add(documents.pair("Tiền đầu ca / Float", grouped(cash["float"])))
    add(documents.pair("Thu tiền mặt / Cash in", grouped(cash["taken"])))
    if cash["given"]:
        add(documents.pair("Trả tiền mặt / Cash back", "-" + grouped(cash["given"])))
    for move in report["moves"]:
        sign = "" if move["direction"] == "in" else "-"
        add(
            documents.pair(
                ("Nộp: " if sign == "" else "Chi: ") + move["reason"], sign + grouped(move["amount"])
            )
        )
    add(documents.pair("Phải có / Expected", dong(cash["expected"]), True))
    if closed:
        add(documents.pair("Đếm được / Counted", dong(report["counted"]), True))
        off = report["difference"]
        word = "Khớp / Right" if off == 0 else "Thừa / Over" if off > 0 else "Thiếu / Short"
        add(documents.pair(word, dong(abs(off)), True))
        add(documents.feed())
        add(documents.pair("Người đếm / Counted by", "Người nhận / Received by"))
        add(documents.feed(3))
        add(documents.text("Số / Number " + report["number"], "center"))
    page["items"] += _mark(report)
    add(documents.cut())
    return page


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
