"""The branches of a journal, side by side, and what a person decides on each."""

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
_NONE = 10**9  # no branch has that number
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
    digits = number.removeprefix("-")
    branch = int(number) if digits.isascii() and digits.isdigit() and len(digits) < 7 else _NONE
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
        found = branches.of_device(connection, device)
        revoked_at = next((one.revoked_at for one in found if one.revoked_at is not None), None)
        return {"branches": found, "to_decide": branches.to_decide(found), "revoked_at": revoked_at}

    try:
        found = await reading(request, collect)
    except RegistryError as error:
        raise web.HTTPNotFound(text=told(error, request)) from error
    return await show(
        request, session, "branches.html", status=status, here="fleet", device=device, problem=problem,
        longest=branches.LONGEST_NOTE, shown=branches.SHOWN, **found,
    )  # fmt: skip
