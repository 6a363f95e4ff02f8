"""Files of records: pictures, test reports, certificates; added, looked at, shown to shoppers, removed."""

import asyncio
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from office.access.permissions import may
from office.access.sessions import Session
from office.pages.frame import denied, form_of, reading, show, staff, told, writing
from office.pages.registry import PATH
from office.registry import RegistryError, browsing, files, photos
from office.registry.kinds import KINDS
from office.web.keys_app import CLOCK
from office.web.rendering import HEADERS

ROUTES = web.RouteTableDef()


@ROUTES.post(PATH + "/{kind}/{key}/files")
@staff("attach", at=PATH + "/{kind}/{key}")
async def add_file(request: web.Request, session: Session) -> web.StreamResponse:
    """Add a picture or a PDF to a record."""
    kind, key = request.match_info["kind"], request.match_info["key"]
    if kind not in KINDS:
        raise web.HTTPNotFound
    if not may(session.account.role, KINDS[kind].permission):
        return await denied(request, session)
    upload, by, now = form_of(request).files.get("file"), session.account.login, request.app[CLOCK]()

    def add(connection: Connection) -> None:
        if browsing.one(connection, KINDS[kind], key) is None:
            raise RegistryError(f"there is no such record: {key}.", f"Không có hồ sơ này: {key}.")
        number = files.add(connection, kind, key, name, media, data, by, now)
        if photo is not None and photos.shown(connection, key) is None:
            photos.show(connection, number, photo, by, now)  # the first one; another may be chosen

    try:
        if upload is None or not upload.data:
            raise RegistryError(
                "choose a file first; an empty one is not kept.",
                "Hãy chọn tệp trước; tệp rỗng không nhận được.",
            )
        name = upload.name
        media, data = await asyncio.to_thread(files.prepared, upload.data)
        shoppers_see = kind == "products" and media == "image/jpeg"
        photo = await asyncio.to_thread(photos.small, data) if shoppers_see else None
        await writing(request, add)
    except RegistryError as error:
        return await show(
            request, session, "told.html", status=422, here="registry", told=told(error, request),
            back=f"{PATH}/{kind}/{key}",
        )  # fmt: skip
    raise web.HTTPSeeOther(f"{PATH}/{kind}/{key}")


@ROUTES.get("/office/files/{number:[0-9]{1,15}}")
@staff("look")
async def get_file(request: web.Request, _: Session) -> web.StreamResponse:
    """A file: a picture is shown, a PDF is offered to keep."""
    row = await _file(request)
    answer = web.Response(body=row.data, content_type=row.media, headers=HEADERS)
    if row.media != "image/jpeg":
        answer.headers["Content-Disposition"] = f'attachment; filename="ocop-{row.id}.pdf"'
    return answer


@ROUTES.post("/office/files/{number:[0-9]{1,15}}/show")
@staff("register", at=PATH)
async def show_file(request: web.Request, session: Session) -> web.StreamResponse:
    """Publish a picture as its product's, for shoppers to see."""
    row, by, now = await _file(request), session.account.login, request.app[CLOCK]()
    if row.media != "image/jpeg" or row.kind != "products":
        raise web.HTTPNotFound(text="There is no such picture of a product.")
    photo = await asyncio.to_thread(photos.small, row.data)
    await writing(request, lambda connection: photos.show(connection, row.id, photo, by, now))
    raise web.HTTPSeeOther(f"{PATH}/{row.kind}/{row.key}")


@ROUTES.post("/office/files/{number:[0-9]{1,15}}/remove")
@staff("attach", at=PATH)
async def remove_file(request: web.Request, session: Session) -> web.StreamResponse:
    """Take a file away, for good: the first answer asks whether that is meant."""
    row, by, now = await _file(request), session.account.login, request.app[CLOCK]()
    if not may(session.account.role, KINDS[row.kind].permission):
        return await denied(request, session)
    if form_of(request).get("sure") != "yes":
        return await show(request, session, "remove_file.html", here="registry", file=row)
    await writing(request, lambda connection: files.remove(connection, row.id, by, now))
    raise web.HTTPSeeOther(f"{PATH}/{row.kind}/{row.key}")


async def _file(request: web.Request) -> Any:
    """The file that the address names."""
    number = int(request.match_info["number"])
    row = await reading(request, lambda connection: files.get(connection, number))
    if row is None:
        raise web.HTTPNotFound(text="Không có tệp này / there is no such file.")
    return row
