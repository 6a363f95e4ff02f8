"""The report that is sent up: everything of a month (or another period) on a page or two."""

from sqlalchemy import Connection, func, select

from kiosk import calendar
from office import schema
from office.books import reports
from office.reporting import recognitions, sales, sales_report, scans, stamps, targets
from office.reporting.asked import Asked
from office.reporting.report import Figure, Part, Report
from office.sheets import Column, Sheet

_TOP = 10


def report(connection: Connection, asked: Asked) -> Report:
    """Sales, scans, stamps, targets, recognitions and alerts together."""
    say = asked.say
    outlets = sales.lines(connection, asked.span, asked.before, "outlet")
    total = sales.total(outlets)
    looks = scans.looked(connection, asked.span)
    figures = [
        Figure(say("Doanh thu", "Sales"), total.amount, "money"),
        Figure(say("So với kỳ trước", "Against before"), total.change, "change"),
        Figure(say("Hoá đơn", "Receipts"), sales.receipts(connection, asked.span)),
        Figure(say("Món đã bán", "Items sold"), total.pieces),
        Figure(say("Lượt quét của khách", "Scans by shoppers"), looks),
        Figure(say("Điểm bán có doanh thu", "Outlets that sold"), sum(line.amount > 0 for line in outlets)),
    ]
    parts = [
        targets.part(asked, targets.aims(connection, asked)),
        _alerts(connection, asked),
        sales_report.course_part(connection, asked),
    ]
    halves = [sales_report.by_part(asked, outlets, "outlet", _TOP)]
    if drawn := sales_report.map_part(connection, asked, outlets):
        halves.append(drawn)
    halves += [
        sales_report.by_part(asked, sales.lines(connection, asked.span, asked.before, by), by, _TOP)
        for by in ("product", "stars")
    ]
    halves += [scans.course_part(connection, asked), stamps.course_part(connection, asked)]
    parts += [part._replace(half=True) for part in halves]
    parts.append(recognitions.part(asked, recognitions.endings(connection, asked.today)))
    # What is sent up is short; the workbook has it all.
    parts = [part._replace(printed=False) for part in parts]
    office = reports.setting(connection, "office_name") or "OCOP"
    title = say("Báo cáo kết quả Chương trình OCOP", "Report on the OCOP programme")
    return Report("bao-cao-ocop", title, f"{office}. {asked.told()}", figures, parts)


def _alerts(connection: Connection, asked: Asked) -> Part:
    """How many alerts were raised in the time, and how many are open today."""
    say, table = asked.say, schema.alerts
    start, end = (calendar.start_of(day.isoformat()) for day in asked.span)
    raised = (table.c.at >= start) & (table.c.at < end + calendar.DAY_MS)
    count = select(func.count()).select_from(table)
    rows = [
        (words, connection.execute(count.where(where)).scalar_one())
        for words, where in (
            (say("Phát sinh trong kỳ", "Raised in this time"), raised),
            (say("Trong đó đã xử lý", "Of these handled"), raised & table.c.closed_at.is_not(None)),
            (say("Đang mở hiện nay", "Open now"), table.c.closed_at.is_(None)),
        )
    ]
    title = say("Cảnh báo", "Alerts")
    columns = [Column(title, width=40), Column(say("Số lượng", "Count"), "integer")]
    return Part(title, Sheet(title, columns, rows))
