"""Reports as files: a workbook with a sheet for each table, CSV of the main one, PDF."""

from sqlalchemy import Connection

from office import sheets
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
    if form == "pdf":
        made = asked.say("Lập lúc", "Made at") + f" {moment(now, asked.lang)}"
        body = pdf.pdf(report, asked.written, asked.say("Trang", "Page"), made)
    else:
        body = xlsx(report) if form == "xlsx" else csv(report)
    return f"{report.name}-{asked.span.first}-{asked.span.last}.{form}", body


def xlsx(report: Report) -> bytes:
    """A workbook: what it is and its figures first, then each table."""
    rows: list[tuple[object, ...]] = [("Báo cáo", "", report.title), ("Kỳ", "", report.told)]
    for figure in report.figures:
        type_ = "dong" if figure.type == "money" else figure.type
        rows.append((figure.name, Typed(figure.value, type_), figure.note))
    columns = [Column("Mục", width=40), Column("Giá trị", "ratio", width=18), Column("Ghi chú", width=70)]
    head = Sheet("Tổng hợp", columns, rows)
    return sheets.xlsx_bytes([head, *(_table(part) for part in report.parts if part.table)])


def csv(report: Report) -> bytes:
    """The first table that has a row, UTF-8 with BOM."""
    found = [part for part in report.parts if part.table]
    part = next((part for part in found if part.total), found[0])
    assert part.table is not None
    return sheets.csv_bytes(part.table)


def _table(part: Part) -> Sheet:
    assert part.table is not None
    return part.table._replace(total=part.total)
