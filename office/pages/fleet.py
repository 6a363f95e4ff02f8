"""The fleet: every device and how it is, one device, and the same for programs."""

from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from office.access.sessions import Session
from office.alerting import alerts
from office.outlets import fleet, own_clock
from office.pages.frame import reading, show, staff
from office.web.keys_app import CLOCK, SETTINGS
from office.web.rendering import HEADERS

ROUTES = web.RouteTableDef()
_PAGE = 100
_LEVELS = ("problem", "caution", "ok")


@ROUTES.get("/office/fleet")
@staff("look")
async def devices(request: web.Request, session: Session) -> web.StreamResponse:
    """The devices, the one in the worst trouble first; by level, trouble and name."""
    query = request.query
    level = query.get("level", "") if query.get("level") in _LEVELS else ""
    trouble = query.get("trouble", "") if query.get("trouble") in fleet.TROUBLES else ""
    text = query.get("q", "").strip()[:100]
    number = query.get("page", "1")
    number_ = max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 7 else 1
    every = await _every(request)
    found = fleet.chosen(every, level, trouble, text)
    return await show(
        request, session, "fleet.html", devices=found[_PAGE * (number_ - 1) : _PAGE * number_],
        total=len(found), counts={one: len(fleet.chosen(every, one, "", "")) for one in ("", *_LEVELS)},
        there={code: sum(code in one.troubles for one in every) for code in fleet.TROUBLES},
        level=level, trouble=trouble, q=text, page_number=number_, pages_of=_PAGE, words_of=fleet.TROUBLES,
        own_clock=own_clock.doubted(every, request.app[CLOCK]()),
    )  # fmt: skip


@ROUTES.get("/office/fleet/{device}")
@staff("look")
async def device(request: web.Request, session: Session) -> web.StreamResponse:
    """One device, all that is known of it."""
    name = request.match_info["device"]
    one = next((one for one in await _every(request) if one.id == name), None)
    if one is None:
        raise web.HTTPNotFound(text=f"There is no device {name} in service. / Không có thiết bị {name}.")

    def collect(connection: Connection) -> dict[str, Any]:
        return {"alerts": alerts.of_device(connection, name)}

    return await show(
        request, session, "device.html", collect, here="fleet", one=one, words_of=fleet.TROUBLES
    )


@ROUTES.get("/office/fleet.json")
@staff("look")
async def for_programs(request: web.Request, _: Session) -> web.StreamResponse:
    """The fleet as JSON, in the page's order and with its filters."""
    query = request.query
    every = await _every(request)
    found = fleet.chosen(every, query.get("level", ""), query.get("trouble", ""), query.get("q", "").strip())
    doubt = own_clock.doubted(every, request.app[CLOCK]())
    answer = {"devices": [fleet.as_json(one) for one in found], "own_clock": doubt and doubt._asdict()}
    return web.json_response(answer, headers=HEADERS)


async def _every(request: web.Request) -> list[fleet.Device]:
    now, hours = request.app[CLOCK](), request.app[SETTINGS].alerts.silent_hours
    found: list[fleet.Device] = await reading(request, lambda connection: fleet.every(connection, now, hours))
    return found
