"""Alerts: the list, one with the sales behind it, and what was done about it."""

from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from office.access.sessions import Session
from office.alerting import alerts, far_apart, overproduced, places
from office.alerting.explaining import EXPLAINED
from office.pages.frame import form_of, reading, show, staff, told, writing
from office.registry import RegistryError
from office.resolver import phone_looks
from office.web.keys_app import CLOCK, SETTINGS

ROUTES = web.RouteTableDef()
_PATH = "/office/alerts/{alert:[1-9][0-9]{0,14}}"


@ROUTES.get("/office/alerts")
@staff("look")
async def listed(request: web.Request, session: Session) -> web.StreamResponse:
    """What a person should look at, or what was handled."""
    state, kind = request.query.get("state", "open"), request.query.get("kind", "")[:40]
    state = state if state in alerts.STATES else "open"

    def collect(connection: Connection) -> dict[str, Any]:
        return {
            "alerts": alerts.listed(connection, state, kind),
            "kinds": alerts.kinds(connection, state),
            "counts": {one: alerts.count(connection, one) for one in alerts.STATES},
        }

    return await show(request, session, "alerts.html", collect, state=state, kind=kind)


@ROUTES.get(_PATH)
@staff("look")
async def one(request: web.Request, session: Session) -> web.StreamResponse:
    """One alert with its evidence."""
    return await _one(request, session)


@ROUTES.post(_PATH)
@staff("handle")
async def act(request: web.Request, session: Session) -> web.StreamResponse:
    """Close an alert with a note, or open it again."""
    form, number = form_of(request), int(request.match_info["alert"])
    by, now = session.account.login, request.app[CLOCK]()

    def change(connection: Connection) -> None:
        if form.get("act") == "reopen":
            alerts.reopen(connection, number, by, now)
        else:
            alerts.handle(connection, number, form.get("note"), by, now)

    try:
        await writing(request, change)
    except RegistryError as error:
        return await _one(request, session, told(error, request), 422)
    raise web.HTTPSeeOther(f"/office/alerts/{number}")


async def _one(
    request: web.Request, session: Session, problem: str = "", status: int = 200
) -> web.StreamResponse:
    number, home = int(request.match_info["alert"]), request.app[SETTINGS].home

    def collect(connection: Connection) -> dict[str, Any]:
        alert = alerts.find(connection, number)
        sales = alerts.evidence(connection, alert)
        stamp = alert["gtin"], alert["serial"]
        scans = far_apart.sightings(connection, *stamp) if all(stamp) else []
        lot = alert["detail"].get("lot") if alert["kind"] == overproduced.KIND else None
        return {
            "alert": alert,
            "evidence": sales,
            "scans": scans,
            "looks": phone_looks.of_stamp(connection, *stamp) if all(stamp) else [],
            "marks": places.marks(home, [*(sale.place for sale in sales), *(scan.place for scan in scans)]),
            "figures": overproduced.figures(connection, lot) if lot else None,
        }

    try:
        found = await reading(request, collect)
    except RegistryError as error:
        raise web.HTTPNotFound(text=told(error, request)) from error
    return await show(
        request, session, "alert.html", status=status, here="alerts", problem=problem,
        longest=alerts.LONGEST_NOTE, map=home, explained=EXPLAINED.get(found["alert"]["kind"]), **found,
    )  # fmt: skip
