"""Logging in and out."""

import asyncio
from typing import Any

from aiohttp import web

from office.access import accounts, lockout
from office.access.sessions import COOKIE, LIVES_MS, SESSIONS, Session, from_elsewhere
from office.audit import note
from office.books import reports
from office.pages.frame import read_form, staff
from office.resolver.limits import client
from office.storage import database
from office.web.keys_app import CLOCK, ENGINE, SETTINGS
from office.web.rendering import page

ROUTES = web.RouteTableDef()
TRYING: web.AppKey[asyncio.Semaphore] = web.AppKey("trying", asyncio.Semaphore)
"""Held while a password is looked at."""
_PATH = "/office/login"
_FAILED = {"wrong": 403, "locked": 429, "elsewhere": 403}


@ROUTES.get(_PATH)
async def login_form(request: web.Request) -> web.Response:
    """The log-in; after one that failed it says why."""
    problem = request.query.get("problem", "")
    return await _login_page(request, _FAILED.get(problem, 200), problem if problem in _FAILED else "")


@ROUTES.post(_PATH)
async def log_in(request: web.Request) -> web.StreamResponse:
    """Check a password and begin a session."""
    form = await read_form(request)
    login, password, code = form.get("login"), form.texts.get("password", ""), form.get("code")
    if from_elsewhere(request):
        raise web.HTTPSeeOther(_PATH + "?problem=elsewhere")
    # One at a time: a password's hash is dear by design, and guesses from many addresses would slow every page.
    async with request.app[TRYING]:
        state, cookie = await asyncio.to_thread(_begin, request, login, password, code)
    if cookie is None:
        raise web.HTTPSeeOther(f"{_PATH}?problem={state}")
    answer = web.Response(status=303, headers={"Location": "/office"})
    answer.set_cookie(
        COOKIE, cookie, max_age=LIVES_MS // 1000, httponly=True, samesite="Strict",
        secure=request.app[SESSIONS].secure, path="/office",
    )  # fmt: skip
    return answer


@ROUTES.post("/office/logout")
@staff("own", at="/office/account")
async def log_out(request: web.Request, _: Session) -> web.StreamResponse:
    """End the session, here and in the browser."""

    def end() -> None:
        with database.writing(request.app[ENGINE]) as connection:
            request.app[SESSIONS].end(connection, request.cookies[COOKIE], request.app[CLOCK]())

    await asyncio.to_thread(end)
    answer = web.Response(status=303, headers={"Location": _PATH})
    answer.del_cookie(COOKIE, path="/office")
    return answer


def _begin(request: web.Request, login: str, password: str, code: str) -> tuple[str, str | None]:
    """The cookie of a new session; else why not: "locked" or "wrong"."""
    now, address = request.app[CLOCK](), client(request, request.app[SETTINGS].http.client_header)
    engine, sessions = request.app[ENGINE], request.app[SESSIONS]
    with database.writing(engine) as connection:
        if not lockout.begin(connection, login, address, now):
            return "locked", None
    with database.reading(engine) as connection:
        account = accounts.check(connection, login, password)
    with database.writing(engine) as connection:
        if account is None or not sessions.second_factor(connection, account, code, now):
            return "wrong", None
        lockout.right(connection, login, address, now)
        note(connection, now, account.login, "login", account.login)
        return "", sessions.begin(connection, account, now)


async def _login_page(request: web.Request, status: int, problem: str) -> web.Response:
    def read() -> dict[str, Any]:
        with database.reading(request.app[ENGINE]) as connection:
            return {
                "illustrative": bool(reports.setting(connection, "illustrative")),
                "office_name": reports.setting(connection, "office_name") or "OCOP",
            }

    return page(request, "login.html", status, problem=problem, **await asyncio.to_thread(read))
