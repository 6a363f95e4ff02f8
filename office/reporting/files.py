"""Reports as files: a workbook with a sheet for each table, CSV of the main one, PDF."""

from sqlalchemy import Connection

from office import sheets
from office.books import reports
from office.reporting import pdf
from office.reporting.asked import Asked
from office.reporting.choice import REPORTS
from office.reporting.report import Part, Report
from office.sheets import Column, Sheet, Typed
from office.web.rendering import moment

FORMS = ("xlsx", "csv", "pdf")


def make(connection: Connection, name: str, form: str, asked: Asked, now: int) -> tuple[str, bytes]:
    """A report of `REPORTS` as a file of one of FORMS: its name, and its bytes."""
    report = REPORTS[name][1](connection, asked)
    sample = _sample(connection, asked)
    if form == "pdf":
        made = asked.say("Lập lúc", "Made at") + f" {moment(now, asked.lang)}"
        if sample:
            made = f"{sample} · {made}"
        body = pdf.pdf(report, asked.written, asked.say("Trang", "Page"), made)
    else:
        body = xlsx(report, asked, sample) if form == "xlsx" else csv(report)
    return f"{report.name}-{asked.span.first}-{asked.span.last}.{form}", body


def xlsx(report: Report, asked: Asked, sample: str = "") -> bytes:
    """A workbook: what it is and its figures first, then each table."""
    say = asked.say
    rows: list[tuple[object, ...]] = [
        (say("Báo cáo", "Report"), "", report.title),
        (say("Kỳ", "Period"), "", report.told),
    ]
    if sample:
        rows.append((say("Lưu ý", "Note"), "", sample))
    for figure in report.figures:
        type_ = "dong" if figure.type == "money" else figure.type
        rows.append((figure.name, Typed(figure.value, type_), figure.note))
    columns = [
        Column(say("Mục", "Item"), width=40),
        Column(say("Giá trị", "Value"), "ratio", width=18),
        Column(say("Ghi chú", "Note"), width=100),
    ]
    head = Sheet(say("Tổng hợp", "Summary"), columns, rows)
    return sheets.xlsx_bytes([head, *(_table(part) for part in report.parts if part.table)])


def csv(report: Report) -> bytes:
    """The first table that has a row, UTF-8 with BOM."""
    found = [part for part in report.parts if part.table]
    part = next((part for part in found if part.total), found[0])
    assert part.table is not None
    return sheets.csv_bytes(part.table)


def _sample(connection: Connection, asked: Asked) -> str:
    """What a paper says where the registry holds sample data, as every page does; else ""."""
    if not reports.setting(connection, "illustrative"):
        return ""
    return asked.say(
        "Dữ liệu minh hoạ, không phải thông tin thật", "Sample data, not the true facts of anybody"
    )


def _table(part: Part) -> Sheet:
    assert part.table is not None
    return part.table._replace(total=part.total)
