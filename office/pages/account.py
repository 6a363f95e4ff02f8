"""Accounts: one's own (password, second factor), and everybody's for administrators."""

from typing import Any

import segno
from aiohttp import web
from sqlalchemy import Connection

from office.access import accounts, second_factor, totp
from office.access.permissions import ROLES
from office.access.sessions import COOKIE, LIVES_MS, SESSIONS, Session
from office.audit import note
from office.pages.frame import SECOND_FACTOR, form_of, show, staff, told, writing
from office.registry import RegistryError
from office.registry.fields import FieldError
from office.registry.references import options, resolve
from office.registry.store import Store
from office.web.keys_app import CLOCK
from office.web.rendering import language

ROUTES = web.RouteTableDef()


@ROUTES.get("/office/account")
@staff("own")
async def own(request: web.Request, session: Session) -> web.StreamResponse:
    """One's own account."""
    return await show(request, session, "account.html", problem="")


@ROUTES.post("/office/account/password")
@staff("own", at="/office/account")
async def own_password(request: web.Request, session: Session) -> web.StreamResponse:
    """Change one's own password; whoever knows the old one goes on."""
    form, login, now = form_of(request), session.account.login, request.app[CLOCK]()
    old, new = form.get("old"), form.get("new")

    def change(connection: Connection) -> str:
        if accounts.check(connection, login, old) is None:
            raise RegistryError("the old password is wrong.", "Mật khẩu cũ không đúng.", "old")
        if new != form.get("again"):
            raise RegistryError(
                "the two new passwords differ.", "Hai lần nhập mật khẩu mới khác nhau.", "again"
            )
        accounts.change(connection, login, new)
        note(connection, now, login, "account-password", login)
        return request.app[SESSIONS].begin(connection, session.account, now)

    try:
        cookie = await writing(request, change)
    except RegistryError as error:
        return await show(request, session, "account.html", status=422, problem=told(error, request))
    answer = web.Response(status=303, headers={"Location": "/office/account?saved=1"})
    answer.set_cookie(
        COOKIE, cookie, max_age=LIVES_MS // 1000, httponly=True, samesite="Strict",
        secure=request.app[SESSIONS].secure, path="/office",
    )  # fmt: skip
    return answer


@ROUTES.get(SECOND_FACTOR)
@staff("own")
async def second_factor_form(request: web.Request, session: Session) -> web.StreamResponse:
    """The QR code that an authenticator app reads, until a first code confirms it."""
    account, box, wrong = session.account, request.app[SESSIONS].box, "problem" in request.query
    if account.second:
        raise web.HTTPSeeOther("/office/account")
    secret = await writing(request, lambda connection: second_factor.begin(connection, account.login, box))
    qr = segno.make(totp.address(secret, account.login, "OCOP"), error="M", micro=False)
    return await show(
        request, session, "second_factor.html", status=422 if wrong else 200, problem=wrong,
        spelt=totp.spelt(secret), qr=qr.svg_inline(scale=5, border=4, dark="#000", light="#fff"),
    )  # fmt: skip


@ROUTES.post(SECOND_FACTOR)
@staff("own")
async def confirm_second_factor(request: web.Request, session: Session) -> web.StreamResponse:
    """Confirm the second factor by a code."""
    login, code = session.account.login, form_of(request).get("code")
    box, now = request.app[SESSIONS].box, request.app[CLOCK]()

    def confirm(connection: Connection) -> bool:
        right = second_factor.confirm(connection, login, code, box, now)
        if right:
            note(connection, now, login, "second-factor", login)
        return right

    if await writing(request, confirm):
        raise web.HTTPSeeOther("/office")
    raise web.HTTPSeeOther(SECOND_FACTOR + "?problem=wrong")  # no page that shows the secret is kept


@ROUTES.get("/office/accounts")
@staff("accounts")
async def everybody(request: web.Request, session: Session) -> web.StreamResponse:
    """All accounts, and the form for another."""
    return await _everybody(request, session)


@ROUTES.post("/office/accounts")
@staff("accounts")
async def add(request: web.Request, session: Session) -> web.StreamResponse:
    """Add an account."""
    form, by, now = form_of(request), session.account.login, request.app[CLOCK]()

    def write(connection: Connection) -> None:
        producer = _producer(connection, form.get("producer")) if form.get("role") == "producer" else ""
        given, role = form.get("login"), form.get("role")
        accounts.add(connection, given, form.get("password"), role, form.get("name"), now, producer)
        login = accounts.named(connection, given)
        note(connection, now, by, "account-add", login, {"role": role, "producer": producer})

    return await _change(request, session, write)


@ROUTES.post("/office/accounts/{login}")
@staff("accounts", at="/office/accounts")
async def change(request: web.Request, session: Session) -> web.StreamResponse:
    """Disable or enable an account, give it a password or role, or forget its second factor."""
    form = form_of(request)
    by, now, act = session.account.login, request.app[CLOCK](), form.get("act")

    def write(connection: Connection) -> None:
        login = accounts.named(connection, request.match_info["login"])
        if login == by:
            raise RegistryError("one's own account is changed by another administrator.",
                                "Tài khoản của chính mình phải do quản trị khác sửa.")  # fmt: skip
        if act in ("disable", "enable"):
            accounts.change(connection, login, disabled=act == "disable")
        elif act == "password":
            accounts.change(connection, login, form.get("password"))
        elif act == "forget":
            second_factor.remove(connection, login)
        elif act == "role":
            accounts.change(connection, login, role=form.get("role"))
        else:
            raise RegistryError("there is no such act.", "Không có việc này.")
        note(
            connection, now, by, f"account-{act}", login, {"role": form.get("role")} if act == "role" else {}
        )

    return await _change(request, session, write)


async def _change(request: web.Request, session: Session, write: Any) -> web.StreamResponse:
    try:
        await writing(request, write)
    except RegistryError as error:
        return await _everybody(request, session, told(error, request), 422)
    raise web.HTTPSeeOther("/office/accounts")


async def _everybody(
    request: web.Request, session: Session, problem: str = "", status: int = 200
) -> web.Response:
    lang = 1 if language(request) == "en" else 0

    def collect(connection: Connection) -> dict[str, Any]:
        return {"people": accounts.everybody(connection), "producers": options(connection, "producers")}

    given = form_of(request).texts if problem else {}
    return await show(
        request, session, "accounts.html", collect, status, problem=problem, given=given,
        roles={role: words[lang] for role, words in ROLES.items()},
    )  # fmt: skip


def _producer(connection: Connection, given: str) -> str:
    try:
        return resolve(Store(connection, "", 0), "producers", given)
    except FieldError as error:
        raise RegistryError(str(error), error.vi, "producer") from error
