"""The overview and the receipts, which keep themselves up to date where scripts run."""

from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from office.access.sessions import Session
from office.books import reports
from office.pages.frame import reading, show, staff
from office.pages.streams import follow, may_follow
from office.reporting import sales
from office.reporting.periods import Span
from office.storage import counters
from office.times import local_date
from office.web.keys_app import CLOCK

ROUTES = web.RouteTableDef()
_MOST = 12  # outlets and products of the overview


@ROUTES.get("/")
async def home(_: web.Request) -> web.StreamResponse:
    """The office's own address."""
    raise web.HTTPSeeOther("/office")


@ROUTES.get("/office")
@staff("look")
async def overview(request: web.Request, session: Session) -> web.StreamResponse:
    """The overview: sales by outlet and product, stamps, devices, alerts, catalogue."""
    period, start = _period(request)
    span = Span(local_date(start), local_date(request.app[CLOCK]()))

    def collect(connection: Connection) -> dict[str, Any]:
        outlets, products = (sales.lines(connection, span, span, by) for by in ("outlet", "product"))
        return {
            "total": sales.total(outlets),
            "receipts": sales.receipts(connection, span),
            "by_outlet": outlets[:_MOST],
            "by_product": products[:_MOST],
            "stamps": reports.stamps(connection),
            "devices": reports.devices(connection),
            "outlets": reports.outlets(connection),
            "alerts": reports.open_alerts(connection, most=5),
            "news": _news(connection),
        }

    return may_follow(await show(request, session, "overview.html", collect, period=period))


@ROUTES.get("/office/sales")
@staff("look")
async def receipts(request: web.Request, session: Session) -> web.StreamResponse:
    """The newest receipts of a period, of one outlet or of all."""
    period, start = _period(request)
    outlet = request.query.get("outlet", "")

    def collect(connection: Connection) -> dict[str, Any]:
        return {
            "sales": reports.sales(connection, start, outlet),
            "outlets": reports.outlets(connection),
            "news": _news(connection),
        }

    return may_follow(await show(request, session, "sales.html", collect, period=period, outlet=outlet))


@ROUTES.get("/office/news")
@staff("look")
async def news(request: web.Request, _: Session) -> web.StreamResponse:
    """How far the office's books are, whenever that changes, as server-sent events."""

    async def look() -> tuple[str, bool]:
        return await reading(request, _news), False

    return await follow(request, look)


def _news(connection: Connection) -> str:
    """Another text whenever something was sold, changed in the registry, or raised or closed an alert."""
    found = counters.read(connection)
    known = [found.get(name, 0) for name in (counters.SOLD, counters.REGISTRY)]
    return "-".join(str(number) for number in (*known, reports.open_alert_count(connection)))


def _period(request: web.Request) -> tuple[str, int]:
    """The period that the address asks for, today if none, and when it begins."""
    period = request.query.get("period", "")
    if period not in reports.PERIODS:
        period = "today"
    return period, reports.since(period, request.app[CLOCK]())
