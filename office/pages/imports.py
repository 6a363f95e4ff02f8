"""Excel in and out: what a file would do is shown first, then it is done, all or nothing.

The answer grows while the work goes on: a browser without scripts sees how far it is. What was done is then to be
seen at an address of its own, which the browser goes on to, so that it can come back to it.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from office import imports, sheets
from office.access.sessions import Session
from office.pages import uploads
from office.pages.frame import form_of, kept, reading, rendered, show, staff, told, writing
from office.pages.registry import words
from office.registry import RegistryError
from office.registry.kinds import KINDS
from office.storage import database
from office.web.keys_app import CLOCK, ENGINE, SETTINGS
from office.web.rendering import HEADERS, language

log = logging.getLogger("office.imports")

ROUTES = web.RouteTableDef()
_HERE = "/office/import"
_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
}
_READING = ("Đang đọc tệp", "Reading the file")
_LOOKING = ("Đang kiểm tra", "Checking")
_STORING = ("Đang nhập", "Importing")
_PAUSE = 0.25  # seconds between two looks at how far it is


@ROUTES.get(_HERE)
@staff("register")
async def start(request: web.Request, session: Session) -> web.StreamResponse:
    """The form that takes a file, and what can be fetched."""
    return await show(request, session, "import.html", here="registry", **_words(request), problem="")


@ROUTES.post(_HERE)
@staff("register")
async def send(request: web.Request, session: Session) -> web.StreamResponse:
    """Take a file."""
    upload, by, now = form_of(request).files.get("file"), session.account.login, request.app[CLOCK]()
    if upload is None:
        raise web.HTTPSeeOther(_HERE)
    number = await writing(
        request, lambda connection: uploads.keep(connection, upload.name, upload.data, by, now)
    )
    raise web.HTTPSeeOther(f"{_HERE}/{number}")


@ROUTES.get(_HERE + "/{id:[0-9a-f]{32}}")
@staff("register")
async def look(request: web.Request, session: Session) -> web.StreamResponse:
    """Show what a file would do."""
    return await _run(request, session, keep=False)


@ROUTES.post(_HERE + "/{id:[0-9a-f]{32}}")
@staff("register", at=_HERE)
async def do(request: web.Request, session: Session) -> web.StreamResponse:
    """Import the file that was looked at."""
    return await _run(request, session, keep=True)


async def _run(request: web.Request, session: Session, keep: bool) -> web.StreamResponse:
    number, by = request.match_info["id"], session.account.login
    try:
        row = await reading(request, lambda connection: uploads.get(connection, number, by))
    except RegistryError as error:
        return await show(
            request, session, "told.html", status=404, here="registry", told=told(error, request), back=_HERE
        )
    return await _stream(request, session, row, keep)


@ROUTES.get("/office/export/{name}.{form:xlsx|csv}")
@staff("look")
async def export(request: web.Request, _: Session) -> web.StreamResponse:
    """The registry or a kind of record as a file; "template" is one to fill in."""
    name, form = request.match_info["name"], request.match_info["form"]
    if name not in (*KINDS, "all", "template") or (form == "csv" and name not in KINDS):
        raise web.HTTPNotFound(text="There is no such export.")

    def collect(connection: Connection) -> bytes:
        if name in KINDS:
            table = imports.sheet(connection, KINDS[name])
            return sheets.xlsx_bytes([table]) if form == "xlsx" else sheets.csv_bytes(table)
        return sheets.xlsx_bytes(imports.sheets(connection, empty=name == "template"))

    answer = web.Response(body=await reading(request, collect), content_type=_TYPES[form], headers=HEADERS)
    answer.headers["Content-Disposition"] = f'attachment; filename="ocop-{name}.{form}"'
    return answer


async def _stream(
    request: web.Request, session: Session, file: uploads.Upload, keep: bool
) -> web.StreamResponse:
    """The page that tells how far an import is, and then what it did."""
    engine, by, now = request.app[ENGINE], session.account.login, request.app[CLOCK]()
    prefix = request.app[SETTINGS].stamps.gs1_prefix
    state = _progress(request, _READING)

    def telling(what: tuple[str, str]) -> sheets.Progress:
        def progress(done: int, total: int) -> None:
            nonlocal state
            state = _progress(request, what, done, total)

        return progress

    def work() -> imports.Report:
        tables = sheets.read(file.name, file.data, telling(_READING))
        doing = telling(_STORING if keep else _LOOKING)
        report = imports.run(engine, tables, by, now, prefix, "", keep, doing, file.at if keep else None)
        if keep and report.good:
            with database.writing(engine) as connection:
                uploads.drop(connection, file.id, by)
        return report

    frame = await rendered(
        request, session, "import_run.html", here="registry", name=file.name, **_words(request)
    )
    before, _, after = frame.partition("<!--progress-->")
    answer = web.StreamResponse(headers=HEADERS)
    answer.content_type, answer.charset = "text/html", "utf-8"
    await answer.prepare(request)
    await answer.write(before.encode())
    task = asyncio.create_task(asyncio.to_thread(work))
    shown = ""
    # Whoever closes the page does not stop an import half-way: it ends by itself, all or nothing.
    with contextlib.suppress(ConnectionResetError):
        running = True
        while running:
            running = not task.done()
            if state != shown:
                shown = state
                await answer.write(shown.encode())
            await asyncio.wait([task], timeout=_PAUSE)
    result = await _result(request, task)
    ending = await rendered(
        request, session, "import_result.html", number_of=file.id, kept=keep, **_words(request), **result
    )
    go = ""
    if keep:
        done = web.Response(text=before + ending + after, content_type="text/html")
        go = f'<meta http-equiv="refresh" content="0;url={await kept(request, session, done)}">\n'
    with contextlib.suppress(ConnectionResetError):
        await answer.write((go + ending + after).encode())
        await answer.write_eof()
    return answer


async def _result(request: web.Request, task: asyncio.Task[imports.Report]) -> dict[str, Any]:
    """What an import did, or why its file could not be read."""
    try:
        return {"report": await task, "unread": None}
    except sheets.SheetError as error:
        why = str(error) if language(request) == "en" else error.vi
    except Exception:  # the page is half sent: it must end by saying so
        log.exception("an import failed")
        failed = ("Lỗi của máy chủ; chưa ghi gì. Hãy báo quản trị.", "The server failed; nothing was stored.")
        why = words(language(request))(failed)
    return {"report": None, "unread": why}


def _progress(request: web.Request, what: tuple[str, str], done: int = 0, total: int = 0) -> str:
    said = words(language(request))
    if not total:
        return f"<p>{said(what)}…</p>\n"
    rows = said((f"{done:,} / {total:,} dòng".replace(",", "."), f"{done:,} of {total:,} rows"))
    bar = f'<progress max="{total}" value="{done}" aria-label="{said(what)}"></progress>'
    return f"<p>{bar} {said(what)}: {rows}</p>\n"


def _words(request: web.Request) -> dict[str, Any]:
    chosen: Callable[[tuple[str, str]], str] = words(language(request))
    return {"kinds": KINDS, "kind": None, "words": chosen}
