"""The office's pages for its people: log-in, overview, sales, outlets and devices, alerts.

Read-only but for the log-in and the making of enrolment codes. Who is not logged in sees the log-in.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

import segno
from aiohttp import web
from sqlalchemy import Connection

from office import accounts, database, devices, reports, resolver
from office.accounts import Account
from office.audit import note
from office.keys_app import CLOCK, ENGINE, SETTINGS
from office.registry import RegistryError
from office.rendering import STATIC, language, page
from office.sessions import (
    COOKIE,
    LIVES_MS,
    LOCKOUT,
    SESSIONS,
    Lockout,
    Session,
    Sessions,
    from_elsewhere,
    same_csrf,
)
from office.words import ALERTS, OTHER_ALERT, STATES, details
from sync import enrolment
from sync.canonical import encode

ROUTES = web.RouteTableDef()
_MAY_ENROL = ("officer", "registrar")
_LONGEST_FORM = 4096

Handler = Callable[[web.Request, Session], Awaitable[web.StreamResponse]]


def setup(app: web.Application) -> None:
    """Add the pages, the resolver and their files to the office's application.

    The keys of `office.keys_app` must be set. Raises CommandError when the session key cannot be made.
    """
    app[SESSIONS] = Sessions(app[SETTINGS])
    app[LOCKOUT] = Lockout()
    app.add_routes(ROUTES)
    app.add_routes(resolver.ROUTES)
    app.router.add_static("/static", STATIC)
    app.router.add_get("/{address:.+}", resolver.older)  # the last: an older stamp's address can be any


def for_staff(handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Only for who is logged in; a form must carry the session's token and come from our own page."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        session = await asyncio.to_thread(_session, request)
        if session is None:
            raise web.HTTPSeeOther("/office/login")
        if request.method == "POST":
            form = await _form(request)
            if from_elsewhere(request) or not same_csrf(session, form.get("csrf")):
                raise web.HTTPForbidden(
                    text="This form is not from this page any more; go back and load it again."
                )
        return await handler(request, session)

    return guarded


@ROUTES.get("/")
async def home(_: web.Request) -> web.StreamResponse:
    """The office's own address."""
    raise web.HTTPSeeOther("/office")


@ROUTES.get("/office/login")
async def login_form(request: web.Request) -> web.Response:
    """The log-in."""
    return await _login_page(request)


@ROUTES.post("/office/login")
async def log_in(request: web.Request) -> web.StreamResponse:
    """Check a password and begin a session."""
    form = await _form(request)
    login, password = str(form.get("login", "")), str(form.get("password", ""))
    address, lockout = request.remote or "", request.app[LOCKOUT]
    if from_elsewhere(request):
        return await _login_page(request, 403, "elsewhere")
    if lockout.locked(login, address):
        return await _login_page(request, 429, "locked", login)
    cookie = await asyncio.to_thread(_begin, request, login, password)
    if cookie is None:
        lockout.wrong(login, address)
        return await _login_page(request, 403, "wrong", login)
    lockout.right(login, address)
    answer = web.Response(status=303, headers={"Location": "/office"})
    answer.set_cookie(
        COOKIE, cookie, max_age=LIVES_MS // 1000, httponly=True, samesite="Strict",
        secure=request.app[SESSIONS].secure, path="/office",
    )  # fmt: skip
    return answer


@ROUTES.post("/office/logout")
@for_staff
async def log_out(_: web.Request, __: Session) -> web.StreamResponse:
    """Forget the session."""
    answer = web.Response(status=303, headers={"Location": "/office/login"})
    answer.del_cookie(COOKIE, path="/office")
    return answer


@ROUTES.get("/office")
@for_staff
async def overview(request: web.Request, session: Session) -> web.StreamResponse:
    """The overview: sales by outlet and product, stamps, devices, alerts, catalogue."""
    period, start = _period(request)

    def collect(connection: Connection) -> dict[str, Any]:
        return {
            "overall": reports.overall(connection, start),
            "by_outlet": reports.by_outlet(connection, start),
            "by_product": reports.by_product(connection, start),
            "stamps": reports.stamps(connection),
            "devices": reports.devices(connection),
            "outlets": reports.outlets(connection),
            "alerts": reports.open_alerts(connection, most=5),
        }

    return await _page(request, session, "overview.html", collect, period=period)


@ROUTES.get("/office/sales")
@for_staff
async def sales(request: web.Request, session: Session) -> web.StreamResponse:
    """The newest receipts of a period, of one outlet or of all."""
    period, start = _period(request)
    outlet = request.query.get("outlet", "")

    def collect(connection: Connection) -> dict[str, Any]:
        return {
            "sales": reports.sales(connection, start, outlet),
            "outlets": reports.outlets(connection),
        }

    return await _page(request, session, "sales.html", collect, period=period, outlet=outlet)


@ROUTES.get("/office/outlets")
@for_staff
async def outlets(request: web.Request, session: Session) -> web.StreamResponse:
    """Outlets, their devices, and the button that makes an enrolment code."""
    return await _page(request, session, "outlets.html", _outlets, code=None)


@ROUTES.post("/office/outlets/{outlet}/code")
@for_staff
async def make_code(request: web.Request, session: Session) -> web.StreamResponse:
    """Make an enrolment code and show it, this once."""
    if session.account.role not in _MAY_ENROL:
        raise web.HTTPForbidden(text="Your account may look, but not make enrolment codes; ask an officer.")
    code = await asyncio.to_thread(_new_code, request, session.account)
    return await _page(request, session, "outlets.html", _outlets, code=code)


@ROUTES.get("/office/outlets/{outlet}/code")
@for_staff
async def code_is_gone(request: web.Request, _: Session) -> web.StreamResponse:
    """A code is shown only in answer to the button; whoever comes back finds the outlets."""
    raise web.HTTPSeeOther(request.rel_url.with_path("/office/outlets", keep_query=True))


@ROUTES.get("/office/alerts")
@for_staff
async def alerts(request: web.Request, session: Session) -> web.StreamResponse:
    """What a person should look at."""
    return await _page(
        request, session, "alerts.html", lambda connection: {"alerts": reports.open_alerts(connection)}
    )


async def _page(
    request: web.Request,
    session: Session,
    template: str,
    collect: Callable[[Connection], dict[str, Any]],
    **values: Any,
) -> web.Response:
    """A page inside the office's frame; what it shows is read in one transaction."""

    def read() -> dict[str, Any]:
        with database.reading(request.app[ENGINE]) as connection:
            return collect(connection) | {
                "illustrative": bool(reports.setting(connection, "illustrative")),
                "office_name": reports.setting(connection, "office_name") or "OCOP",
                "alert_count": reports.open_alert_count(connection),
            }

    found = await asyncio.to_thread(read)
    lang = 1 if language(request) == "en" else 0
    return page(
        request,
        template,
        account=session.account,
        csrf=session.csrf,
        here=template.removesuffix(".html"),
        now=request.app[CLOCK](),
        alert_words=lambda kind: ALERTS.get(kind, OTHER_ALERT)[lang],
        detail_words=lambda found: details(found, lang),
        state_words=lambda state: STATES[state][lang],
        may_enrol=session.account.role in _MAY_ENROL,
        **found,
        **values,
    )


async def _login_page(
    request: web.Request, status: int = 200, problem: str = "", login: str = ""
) -> web.Response:
    def read() -> dict[str, Any]:
        with database.reading(request.app[ENGINE]) as connection:
            return {
                "illustrative": bool(reports.setting(connection, "illustrative")),
                "office_name": reports.setting(connection, "office_name") or "OCOP",
            }

    return page(request, "login.html", status, problem=problem, login=login, **await asyncio.to_thread(read))


async def _form(request: web.Request) -> dict[str, object]:
    """A small form's fields; nothing for anything larger or of another type."""
    kind = request.content_type == "application/x-www-form-urlencoded"
    if not kind or request.content_length is None or request.content_length > _LONGEST_FORM:
        return {}
    return dict(await request.post())


def _session(request: web.Request) -> Session | None:
    cookie = request.cookies.get(COOKIE)
    if cookie is None:
        return None
    with database.reading(request.app[ENGINE]) as connection:
        return request.app[SESSIONS].read(connection, cookie, request.app[CLOCK]())


def _begin(request: web.Request, login: str, password: str) -> str | None:
    now = request.app[CLOCK]()
    with database.reading(request.app[ENGINE]) as connection:
        account = accounts.check(connection, login, password)
        cookie = None if account is None else request.app[SESSIONS].begin(connection, account, now)
    if account is not None:
        with database.writing(request.app[ENGINE]) as connection:
            note(connection, now, account.login, "login", account.login)
    return cookie


def _period(request: web.Request) -> tuple[str, int]:
    """The period that the address asks for, today if none, and when it begins."""
    period = request.query.get("period", "")
    if period not in reports.PERIODS:
        period = "today"
    return period, reports.since(period, request.app[CLOCK]())


def _outlets(connection: Connection) -> dict[str, Any]:
    return {"outlets": reports.outlets(connection), "devices": reports.devices(connection)}


def _new_code(request: web.Request, account: Account) -> dict[str, Any]:
    """A new code as words and as QR: the office's address, the code and the SHA-256 of its root."""
    outlet, now = request.match_info["outlet"], request.app[CLOCK]()
    try:
        with database.writing(request.app[ENGINE]) as connection:
            code = devices.new_code(connection, outlet, account.login, now)
            root = devices.root_envelope(connection)
    except RegistryError as error:
        raise web.HTTPNotFound(text=str(error)) from error
    words, url = enrolment.spell(code), request.app[SETTINGS].base_url
    digest = hashlib.sha256(encode(root)).hexdigest()
    qr = segno.make(f"OCOP-ENROL {url} {words.replace('-', '')} {digest}", error="M", micro=False)
    return {
        "outlet": outlet,
        "words": words,
        "url": url,
        "until": now + devices.CODE_LIVES_MS,
        "qr": qr.svg_inline(scale=5, border=4, dark="#000", light="#fff"),
    }
