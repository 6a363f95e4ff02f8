"""The branches of a forked journal, side by side, and what a person decides on each."""

from collections.abc import Callable
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from office.access.sessions import Session
from office.books import branches
from office.pages.frame import form_of, reading, show, staff, told, writing
from office.registry import RegistryError
from office.web.keys_app import CLOCK

ROUTES = web.RouteTableDef()
_PATH = "/office/devices/{device}/branches"
_DECISIONS = {"accept": branches.accept, "set_aside": branches.set_aside}


@ROUTES.get(_PATH)
@staff("look")
async def look(request: web.Request, session: Session) -> web.StreamResponse:
    """Both histories, with their newest sales."""
    return await _page(request, session)


@ROUTES.post(_PATH)
@staff("enrol")
async def act(request: web.Request, session: Session) -> web.StreamResponse:
    """Accept a branch, set it aside, or undo that."""
    form, device = form_of(request), request.match_info["device"]
    by, now = session.account.login, request.app[CLOCK]()
    number = form.get("branch")
    branch = int(number) if number.isascii() and number.isdigit() and len(number) < 7 else -1
    decide: Callable[..., None] | None = _DECISIONS.get(form.get("act"))

    def change(connection: Connection) -> None:
        if decide is None:
            branches.reopen(connection, device, branch, by, now)
        else:
            decide(connection, device, branch, form.get("note"), by, now)

    try:
        await writing(request, change)
    except RegistryError as error:
        return await _page(request, session, told(error, request), 422)
    raise web.HTTPSeeOther(request.path)


async def _page(
    request: web.Request, session: Session, problem: str = "", status: int = 200
) -> web.StreamResponse:
    device = request.match_info["device"]

    def collect(connection: Connection) -> dict[str, Any]:
        return {"branches": branches.of_device(connection, device)}

    try:
        found = await reading(request, collect)
    except RegistryError as error:
        raise web.HTTPNotFound(text=told(error, request)) from error
    return await show(
        request, session, "branches.html", status=status, here="fleet", device=device, problem=problem,
        longest=branches.LONGEST_NOTE, shown=branches.SHOWN, **found,
    )  # fmt: skip
