"""Reports: a period, by what, against which; as a page, a workbook, CSV and PDF."""

from datetime import date, timedelta
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from office.access.sessions import Session
from office.books import reports
from office.charts.svg import svg
from office.pages.frame import reading, show, staff
from office.reporting import (
    files,
    groups,
    pdf,
    periods,
    targets,
)
from office.reporting.asked import Asked, asking
from office.reporting.choice import REPORTS
from office.times import local_date
from office.web.keys_app import CLOCK, SETTINGS
from office.web.rendering import HEADERS, language

ROUTES = web.RouteTableDef()
_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "pdf": "application/pdf",
}
_UNITS = (("Ngày", "Day"), ("Tuần", "Week"), ("Tháng", "Month"), ("Quý", "Quarter"), ("Năm", "Year"))
_SIZES = (("wide", 560), ("narrow", 320))  # of each chart, px


@ROUTES.get("/office/reports")
@staff("look")
async def first(request: web.Request, session: Session) -> web.StreamResponse:
    """The report of sales."""
    return await _page(request, session, "sales")


@ROUTES.get("/office/reports/{report}")
@staff("look")
async def page(request: web.Request, session: Session) -> web.StreamResponse:
    """A report as a page, or, by the ending of its name, as a file: xlsx, csv, pdf."""
    name, _, form = request.match_info["report"].partition(".")
    if name not in REPORTS or (form and form not in _TYPES):
        raise web.HTTPNotFound(text="Không có báo cáo này / there is no such report.")
    return await (_file(request, name, form) if form else _page(request, session, name))


async def _page(request: web.Request, session: Session, name: str) -> web.Response:
    asked = _asked(request, language(request))
    following = asked.whole.last + timedelta(days=1)

    def collect(connection: Connection) -> dict[str, Any]:
        return {
            "report": REPORTS[name][1](connection, asked),
            "outlets": reports.outlets(connection),
            "has_target": targets.are_set(connection, asked.whole.first.year),
        }

    return await show(
        request, session, "report.html", collect, here="reports", asked=asked, name=name, reports=REPORTS,
        units=dict(zip(periods.UNITS, _UNITS, strict=True)), ways=groups.WORDS, sizes=_SIZES, svg=svg,
        write=asked.written, figure_types=pdf.FIGURES,
        previous=asked.whole.first - timedelta(days=1), following=following if following <= asked.today else None,
        query=lambda **other: str(request.rel_url.update_query(other).query_string),
    )  # fmt: skip


async def _file(request: web.Request, name: str, form: str) -> web.Response:
    asked = _asked(request, language(request) if form == "pdf" else "vi")
    now = request.app[CLOCK]()
    title, body = await reading(request, lambda connection: files.make(connection, name, form, asked, now))
    answer = web.Response(body=body, content_type=_TYPES[form], headers=HEADERS)
    answer.headers["Content-Disposition"] = f'attachment; filename="{title}"'
    return answer


def _asked(request: web.Request, lang: str) -> Asked:
    today = local_date(request.app[CLOCK]())
    unit = _one_of(request, "unit", periods.UNITS, "month")
    against = _one_of(request, "against", periods.AGAINST, "before")
    try:
        day = date.fromisoformat(request.query.get("day", ""))
    except ValueError:
        day = today
    by = _one_of(request, "by", groups.BY, "outlet")
    outlet = request.query.get("outlet", "")[:20]
    return asking(lang, today, day, unit, by, against, outlet, request.app[SETTINGS].home)


def _one_of(request: web.Request, name: str, known: tuple[str, ...], default: str) -> str:
    wanted = request.query.get(name, default)
    return wanted if wanted in known else default
