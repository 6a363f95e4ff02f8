"""The shopper's listener: one page, its scans, its events and its problem reports. Nothing else."""

from typing import Annotated

import msgspec
from aiohttp import web

from kiosk.host.stamps import photos
from kiosk.host.stamps.judging import KEYBOARD
from kiosk.host.stamps.outlet import Outlet
from kiosk.host.web import pages
from kiosk.host.web.events import Hub
from kiosk.host.web.problems import answer_problems, same_site_only
from kiosk.host.web.requests import decode

LARGEST_BODY = 64 * 1024  # bytes
IDLE_SECONDS = 45  # after which the page invites the next shopper


class Scan(msgspec.Struct, forbid_unknown_fields=True):
    """Digits that a shopper typed because the stamp is torn. Any reader that is named is ignored."""

    text: Annotated[str, msgspec.Meta(max_length=4096)]
    reader: str = KEYBOARD


class Report(msgspec.Struct, forbid_unknown_fields=True):
    """A shopper's "something is wrong" about what the page shows."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    at: int | None = None  # of the event that the page shows


def listener(outlet: Outlet, hub: Hub) -> web.Application:
    """The shopper's application."""
    app = web.Application(middlewares=[same_site_only, answer_problems], client_max_size=LARGEST_BODY)

    async def page(_: web.Request) -> web.Response:
        return pages.render(
            "shopper.html",
            outlet=outlet.shop_name,
            illustrative=outlet.illustrative,
            province=outlet.province,
            idle_seconds=IDLE_SECONDS,
        )

    async def scan(request: web.Request) -> web.Response:
        body = await decode(request, Scan)
        return web.json_response(await outlet.scan(body.text, KEYBOARD, "shopper", "look"))

    async def report(request: web.Request) -> web.Response:
        body = await decode(request, Report)
        await outlet.report(body.reason, body.at)
        return web.Response(status=204)

    app.router.add_get("/", page)
    app.router.add_post("/api/scans", scan)
    app.router.add_post("/api/reports", report)
    app.router.add_get("/api/events", hub.stream)
    if outlet.photos is not None:
        app.router.add_get(photos.PATH, outlet.photos.serve)
    pages.attach(app)
    return app
