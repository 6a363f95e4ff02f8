"""Outlets, their devices, and the button that makes an enrolment code."""

import hashlib
from typing import Any

import segno
from aiohttp import web
from sqlalchemy import Connection

from office.access.sessions import Session
from office.books import reports
from office.outlets import devices
from office.pages.frame import show, staff, told, writing
from office.registry import RegistryError
from office.web.keys_app import CLOCK, SETTINGS
from sync import enrolment
from sync.canonical import encode

ROUTES = web.RouteTableDef()


@ROUTES.get("/office/outlets")
@staff("look")
async def outlets(request: web.Request, session: Session) -> web.StreamResponse:
    """Outlets and their devices."""
    return await show(request, session, "outlets.html", _outlets, here="fleet", code=None, problem="")


@ROUTES.post("/office/outlets/{outlet}/code")
@staff("enrol", at="/office/outlets", once=True)
async def make_code(request: web.Request, session: Session) -> web.StreamResponse:
    """Make an enrolment code and show it, this once."""
    outlet, now = request.match_info["outlet"], request.app[CLOCK]()
    url = request.app[SETTINGS].base_url
    by = session.account.login
    try:
        code = await writing(request, lambda connection: _new_code(connection, outlet, url, by, now))
    except devices.UnheardError as error:
        problem = told(error, request)
        return await show(
            request, session, "outlets.html", _outlets, status=409, here="fleet", code=None, problem=problem
        )
    except RegistryError as error:
        raise web.HTTPNotFound(text=error.told()) from error
    return await show(request, session, "outlets.html", _outlets, here="fleet", code=code, problem="")


@ROUTES.post("/office/devices/{device}/agree")
@staff("enrol", at="/office/outlets")
async def agree(request: web.Request, session: Session) -> web.StreamResponse:
    """Let a device that was made new from a restored card follow the one it names."""
    device, by, now = request.match_info["device"], session.account.login, request.app[CLOCK]()
    try:
        await writing(request, lambda connection: devices.agree(connection, device, by, now))
    except RegistryError as error:
        raise web.HTTPConflict(text=error.told()) from error
    raise web.HTTPSeeOther("/office/outlets")


def _outlets(connection: Connection) -> dict[str, Any]:
    return {"outlets": reports.outlets(connection), "devices": reports.devices(connection)}


def _new_code(connection: Connection, outlet: str, url: str, by: str, now: int) -> dict[str, Any]:
    """A new code as words and as QR: the office's address, the code and the SHA-256 of its root."""
    code = devices.new_code(connection, outlet, by, now)
    root = devices.root_envelope(connection)
    words = enrolment.spell(code)
    digest = hashlib.sha256(encode(root)).hexdigest()
    qr = segno.make(enrolment.qr_text(url, code, digest), error="M", micro=False)
    return {
        "outlet": outlet,
        "words": words,
        "url": url,
        "until": now + devices.CODE_LIVES_MS,
        "qr": qr.svg_inline(scale=5, border=4, dark="#000", light="#fff"),
    }
