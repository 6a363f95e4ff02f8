"""The sales report: a period, by what, against which; as a page, a workbook and CSV."""

from datetime import date, timedelta
from typing import Any, NamedTuple

from aiohttp import web
from sqlalchemy import Connection

from office import sales_report, sheets
from office.keys_app import CLOCK
from office.pages.frame import reading, show, staff
from office.rendering import HEADERS
from office.sales_report import Line, Span
from office.sessions import Session
from office.times import local_date

ROUTES = web.RouteTableDef()
_WORDS = {
    "outlet": ("Điểm bán", "Outlet"),
    "product": ("Sản phẩm", "Product"),
    "group": ("Nhóm sản phẩm", "Product group"),
    "producer": ("Chủ thể", "Producer"),
    "commune": ("Xã, phường", "Commune"),
    "stars": ("Hạng sao", "Stars"),
}  # of sales_report.BY
_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
}
_OLDEST = date(2018, 1, 1)  # the programme began in that year


class Asked(NamedTuple):
    """What the address asks for; `before` holds as many days as `span` has had."""

    unit: str
    by: str
    against: str
    whole: Span
    span: Span
    before: Span


@ROUTES.get("/office/reports")
@staff("look")
async def report(request: web.Request, session: Session) -> web.StreamResponse:
    """The report as a page."""
    asked = _asked(request)
    today = local_date(request.app[CLOCK]())

    def collect(connection: Connection) -> dict[str, Any]:
        lines = sales_report.lines(connection, asked.span, asked.before, asked.by)
        return {
            "lines": lines,
            "total": sales_report.total(lines),
            "receipts": sales_report.receipts(connection, asked.span),
            "course": sales_report.course(connection, asked.unit, asked.whole),
        }

    following = asked.whole.last + timedelta(days=1)
    return await show(
        request, session, "reports.html", collect, asked=asked, today=today, ways=_WORDS,
        previous=asked.whole.first - timedelta(days=1), following=following if following <= today else None,
        query=lambda **other: str(request.rel_url.update_query(other).query_string),
    )  # fmt: skip


@ROUTES.get("/office/reports.{form}")
@staff("look")
async def file(request: web.Request, _: Session) -> web.StreamResponse:
    """The same as a file: xlsx or csv."""
    form = request.match_info["form"]
    if form not in _TYPES:
        raise web.HTTPNotFound()
    asked = _asked(request)
    lines = await reading(
        request, lambda connection: sales_report.lines(connection, asked.span, asked.before, asked.by)
    )
    sheet = _sheet(asked, lines)
    body = sheets.csv_bytes(sheet) if form == "csv" else sheets.xlsx_bytes([sheet])
    answer = web.Response(body=body, content_type=_TYPES[form], headers=HEADERS)
    name = f"doanh-thu-{asked.by}-{asked.span.first}-{asked.span.last}.{form}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _sheet(asked: Asked, lines: list[Line]) -> sheets.Sheet:
    column = sheets.Column
    return sheets.Sheet(
        "Doanh thu",
        [
            column("Từ ngày", "date"), column("Đến ngày", "date"), column("Mã"),
            column(_WORDS[asked.by][0], width=40), column("Số món", "integer"), column("Doanh thu (đ)", "money"),
            column("So với từ ngày", "date"), column("So với đến ngày", "date"),
            column("Doanh thu kỳ so sánh (đ)", "money"), column("Tăng, giảm (đ)", "money"),
        ],
        [
            (*asked.span, line.key, line.name, line.pieces, line.amount, *asked.before, line.before,
             line.amount - line.before)
            for line in lines
        ],
    )  # fmt: skip


def _asked(request: web.Request) -> Asked:
    today = local_date(request.app[CLOCK]())
    unit = _one_of(request, "unit", sales_report.UNITS, "month")
    against = _one_of(request, "against", sales_report.AGAINST, "before")
    try:
        day = date.fromisoformat(request.query.get("day", ""))
    except ValueError:
        day = today
    whole = sales_report.period(unit, min(max(day, _OLDEST), today))
    before = sales_report.earlier(unit, whole, against)
    by = _one_of(request, "by", sales_report.BY, "outlet")
    return Asked(unit, by, against, whole, *sales_report.as_far(whole, before, today))


def _one_of(request: web.Request, name: str, known: tuple[str, ...], default: str) -> str:
    wanted = request.query.get(name, default)
    return wanted if wanted in known else default
