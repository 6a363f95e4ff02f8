"""The frame of every page for the office's people: who may see it, its form, its data, its words.

A page is a handler behind `staff("permission")`. A POST must come from our own page and carry the
session's token; its fields wait in `form_of(request)`. What it answers, page or not, a browser then gets.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, cast

from aiohttp import web
from sqlalchemy import Connection

from config.exits import CommandError
from office.access import permissions
from office.access.permissions import ROLES
from office.access.sessions import COOKIE, SESSIONS, Session, from_elsewhere, from_here, same_csrf
from office.books import reports
from office.pages import answers, uploads
from office.pages.words import ALERTS, OTHER_ALERT, STATES, details, typed
from office.registry import RegistryError
from office.storage import database
from office.web.keys_app import CLOCK, ENGINE
from office.web.rendering import SHOWN_AT, language, page, render

LONGEST_FORM = 256 * 1024  # bytes of a form without files
LARGEST_UPLOAD = 12 * 1024 * 1024
SECOND_FACTOR = "/office/second-factor"

Handler = Callable[[web.Request, Session], Awaitable[web.StreamResponse]]


class Upload(NamedTuple):
    """A file that a form carried."""

    name: str
    data: bytes


class Form(NamedTuple):
    """A form's texts, without spaces around them, and its files, by field."""

    texts: dict[str, str]
    files: dict[str, Upload]

    def get(self, name: str) -> str:
        """A text, "" if it is not there."""
        return self.texts.get(name, "")


_SECRETS = {"password", "old", "new", "again", "passphrase", "code"}  # fields that no page ever shows

_FORM = web.RequestKey("form", Form)


def staff(
    permission: str, at: str = "", once: bool = False
) -> Callable[[Handler], Callable[[web.Request], Awaitable[web.StreamResponse]]]:
    """Only for accounts whose role has `permission` (`office.access.permissions`).

    A page that answers a form is then to be seen at the address `at`, which may hold {parts} of the form's own; "" is the
    form's own. `once`: it is shown once and never again.
    """
    assert permission in permissions.PERMISSIONS

    def decorate(handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def guarded(request: web.Request) -> web.StreamResponse:
            session = await asyncio.to_thread(_session, request)
            if session is None:
                # A browser drops the cookie when the session ends, but says that the form is ours.
                if request.method == "POST" and (COOKIE in request.cookies or from_here(request)):
                    return page(request, "expired.html", 401)  # what was typed is not lost
                raise web.HTTPSeeOther("/office/login")
            account = session.account
            if account.role == "administrator" and not account.second and permission != "own":
                raise web.HTTPSeeOther(SECOND_FACTOR)
            if not permissions.may(account.role, permission):
                if request.path == "/office":  # where a log-in leads
                    raise web.HTTPSeeOther("/office/stamps")
                return await denied(request, session)
            if request.method == "POST":
                request[SHOWN_AT] = at.format(**request.match_info) or request.path
                return await _sent_on(request, session, await _take(request, session, handler), once)
            if number := answers.asked(request):
                return await _answered(request, session, number)
            return await handler(request, session)

        guarded.permission = permission  # type: ignore[attr-defined]
        guarded.at = at  # type: ignore[attr-defined]
        return guarded

    return decorate


async def _take(request: web.Request, session: Session, handler: Handler) -> web.StreamResponse:
    """What the handler makes of a form."""
    try:
        form = await read_form(request)
    except web.HTTPRequestEntityTooLarge:
        return await _too_large(request, session)
    known = same_csrf(session, form.get("csrf"))
    if not known and from_here(request) and not form.texts.keys() & _SECRETS:
        return await _ask_again(request, session, form)
    if not known or from_elsewhere(request):
        raise web.HTTPForbidden(
            text="This form is not from this page any more; go back and load it again. / "
            "Biểu mẫu này đã cũ; hãy quay lại và tải lại trang."
        )
    request[_FORM] = form
    try:
        return await handler(request, session)
    except web.HTTPSeeOther:
        # It is done: whoever goes back must not find the page that asks whether to do it.
        if number := answers.asked(request):
            await writing(request, lambda connection: uploads.drop(connection, number, session.account.login))
        raise


async def _sent_on(
    request: web.Request, session: Session, answer: web.StreamResponse, once: bool
) -> web.StreamResponse:
    """A page becomes the way to where it is to be seen; a refusal, and what is no page, stays as it is."""
    if not isinstance(answer, web.Response) or answer.content_type != "text/html" or answer.status == 403:
        return answer
    return web.Response(status=303, headers={"Location": await kept(request, session, answer, once)})


async def kept(request: web.Request, session: Session, answer: web.Response, once: bool = False) -> str:
    """Keep the page that answers a form; returns the address to see it at."""
    box, by, now = request.app[SESSIONS].box, session.account.login, request.app[CLOCK]()
    number = await writing(request, lambda connection: answers.keep(connection, answer, box, by, now, once))
    return answers.address(request[SHOWN_AT], number)


async def _answered(request: web.Request, session: Session, number: str) -> web.StreamResponse:
    """The kept page that the address asks for; when it is gone, the page of that address."""
    box, by = request.app[SESSIONS].box, session.account.login
    found = await writing(request, lambda connection: answers.fetch(connection, number, box, by))
    if found is None:
        raise web.HTTPSeeOther(request.path)
    return cast(web.Response, found)


async def _ask_again(request: web.Request, session: Session, form: Form) -> web.Response:
    """A form of an earlier session, which a browser says is our own: nothing is done until a person has looked at it."""
    texts = {name: text for name, text in form.texts.items() if name != "csrf"}
    kind = request.path.removeprefix("/office/registry/").partition("/")[0]  # "" elsewhere
    shown = typed(kind, texts, 1 if language(request) == "en" else 0)
    return await show(
        request, session, "again.html", status=403, here="again", address=request.path, texts=texts,
        typed=shown, files=bool(form.files),
    )  # fmt: skip


async def _too_large(request: web.Request, session: Session) -> web.Response:
    error = RegistryError(
        f"A file may have {LARGEST_UPLOAD >> 20} MB at most.",
        f"Tệp quá lớn: tối đa {LARGEST_UPLOAD >> 20} MB.",
    )
    back = request.path.removesuffix("/files")  # the page that has the form
    return await show(request, session, "told.html", status=413, told=told(error, request), back=back)


async def still_logged_in(request: web.Request) -> bool:
    """Whether the session that opened a stream still holds: it may have run out, or its account been closed."""
    return await asyncio.to_thread(_session, request) is not None


def form_of(request: web.Request) -> Form:
    """The form of a POST, read and checked by `staff`."""
    return request[_FORM]


async def read_form(request: web.Request) -> Form:
    """A form's fields and files; an empty one for what is too large or of another type."""
    if request.content_type == "multipart/form-data":
        return await _read_parts(request)
    kind = request.content_type == "application/x-www-form-urlencoded"
    if not kind or request.content_length is None or request.content_length > LONGEST_FORM:
        return Form({}, {})
    return Form({name: str(value).strip() for name, value in (await request.post()).items()}, {})


async def _read_parts(request: web.Request) -> Form:
    texts: dict[str, str] = {}
    files: dict[str, Upload] = {}
    size = 0
    if (request.content_length or LARGEST_UPLOAD + 1) > LARGEST_UPLOAD:
        raise web.HTTPRequestEntityTooLarge(LARGEST_UPLOAD, request.content_length or 0)
    async for part in await request.multipart():
        data = bytearray()
        while chunk := await part.read_chunk():  # type: ignore[union-attr]
            data += chunk
            size += len(chunk)
            if size > LARGEST_UPLOAD:
                raise web.HTTPRequestEntityTooLarge(LARGEST_UPLOAD, size)
        name, filename = part.name or "", part.filename  # type: ignore[union-attr]
        if filename is None:
            texts[name] = data.decode("utf-8", "replace").strip()
        elif filename:  # an empty file is one, and is told of
            files[name] = Upload(filename[-120:], bytes(data))
    return Form(texts, files)


async def reading(request: web.Request, collect: Callable[[Connection], Any]) -> Any:
    """What `collect` reads in one transaction."""

    def read() -> Any:
        with database.reading(request.app[ENGINE]) as connection:
            return collect(connection)

    return await asyncio.to_thread(read)


async def writing(request: web.Request, change: Callable[[Connection], Any]) -> Any:
    """What `change` gives, in a transaction that is kept unless it raises."""

    def write() -> Any:
        with database.writing(request.app[ENGINE]) as connection:
            return change(connection)

    return await asyncio.to_thread(write)


async def show(
    request: web.Request,
    session: Session,
    template: str,
    collect: Callable[[Connection], dict[str, Any]] = lambda _: {},
    status: int = 200,
    here: str = "",
    **values: Any,
) -> web.Response:
    """A page inside the office's frame; `here` names its place in the menu."""
    found = await reading(request, lambda connection: collect(connection) | _frame(connection))
    return page(request, template, status, **_known(request, session, template, here), **found, **values)


async def rendered(
    request: web.Request, session: Session, template: str, here: str = "", **values: Any
) -> str:
    """The same as HTML, for an answer that is sent in pieces."""
    found = await reading(request, _frame)
    return render(request, template, **_known(request, session, template, here), **found, **values)


def _known(request: web.Request, session: Session, template: str, here: str) -> dict[str, Any]:
    """What every page of the frame knows."""
    lang = 1 if language(request) == "en" else 0
    role = session.account.role
    return {
        "account": session.account,
        "role_words": ROLES[role][lang],
        "may": lambda permission: permissions.may(role, permission),
        "csrf": session.csrf,
        "here": here or template.removesuffix(".html"),
        "now": request.app[CLOCK](),
        "saved": "saved" in request.query,  # where a form led that was stored
        "already": "already" in request.query,  # where one led that had been stored before
        "alert_words": lambda kind: ALERTS.get(kind, OTHER_ALERT)[lang],
        "detail_words": lambda found: details(found, lang),
        "state_words": lambda state: STATES[state][lang],
    }


async def denied(request: web.Request, session: Session) -> web.Response:
    """The page that says that this account may not."""
    return await show(request, session, "denied.html", status=403)


def told(error: CommandError, request: web.Request) -> str:
    """An error in the page's language, as a sentence."""
    text = str(error) if language(request) == "en" else error.vi
    return text[0].upper() + text[1:]


def _frame(connection: Connection) -> dict[str, Any]:
    return {
        "illustrative": bool(reports.setting(connection, "illustrative")),
        "office_name": reports.setting(connection, "office_name") or "OCOP",
        "alert_count": reports.open_alert_count(connection),
    }


def _session(request: web.Request) -> Session | None:
    cookie = request.cookies.get(COOKIE)
    if cookie is None:
        return None
    with database.reading(request.app[ENGINE]) as connection:
        return request.app[SESSIONS].read(connection, cookie, request.app[CLOCK]())
