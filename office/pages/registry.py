"""The registry's pages: a list of each kind, a page of each record, its form."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from office import schema
from office.access.sessions import Session
from office.pages.frame import form_of, reading, show, staff, writing
from office.registry import browsing, changes, fields, files, lots, meanwhile, photos, references
from office.registry import writing as records
from office.registry.fields import FieldError, Problems, Refused
from office.registry.gtins import Prefix
from office.registry.kinds import KINDS, TITLES, Kind
from office.registry.store import Store
from office.times import local_date
from office.web.keys_app import CLOCK, SETTINGS
from office.web.rendering import language

ROUTES = web.RouteTableDef()
PATH = "/office/registry"
_RELATED = {
    "producers": (("products", "producer"), ("contracts", "producer"), ("inspections", "producer")),
    "products": (("recognitions", "product"), ("trade_items", "product"), ("inspections", "product")),
    "trade_items": (("lots", "gtin"),),
    "lots": (("inspections", "lot"),),
    "outlets": (("contracts", "outlet"), ("inspections", "outlet")),
}
_FEW = 20

Page = Callable[[web.Request, Session, Kind], Awaitable[web.StreamResponse]]


def _each(method: str, path: str, permission: str = "") -> Callable[[Page], Page]:
    """A page of every kind, behind the permission of the kind unless another is named."""

    def add(page: Page) -> Page:
        for kind in KINDS.values():
            where = f"{PATH}/{kind.name}{path}"
            guarded = staff(permission or kind.permission)(_of(page, kind))
            ROUTES.route(method, where)(guarded)
        return page

    return add


def _of(page: Page, kind: Kind) -> Callable[[web.Request, Session], Awaitable[web.StreamResponse]]:
    async def handler(request: web.Request, session: Session) -> web.StreamResponse:
        return await page(request, session, kind)

    return handler


@ROUTES.get(PATH)
@staff("look")
async def registry(_: web.Request, __: Session) -> web.StreamResponse:
    """The first of the lists."""
    raise web.HTTPSeeOther(f"{PATH}/producers")


@_each("GET", "", "look")
async def records_list(request: web.Request, session: Session, kind: Kind) -> web.StreamResponse:
    """The records of a kind."""
    text, order = request.query.get("q", "")[:100], request.query.get("order", kind.order)
    number = _page_number(request)

    def collect(connection: Connection) -> dict[str, Any]:
        return {"found": browsing.find(connection, kind, text, order, number)}

    return await _show(
        request, session, kind, "records.html", collect, q=text, order=order, page_number=number
    )


@_each("GET", "/new")
async def new_form(request: web.Request, session: Session, kind: Kind) -> web.StreamResponse:
    """An empty form, or one begun by the address: ?product=... ."""
    given = {field.name: request.query.get(field.name, "") for field in kind.fields}
    for field in kind.fields:
        if not given[field.name] and field.default not in ("", 0):
            given[field.name] = fields.text(field, field.default, language(request))
    return await _form(request, session, kind, given)


@_each("POST", "/new")
async def add(request: web.Request, session: Session, kind: Kind) -> web.StreamResponse:
    """Add a record."""
    form, by, now = form_of(request), session.account.login, request.app[CLOCK]()
    prefix = Prefix(request.app[SETTINGS].stamps.gs1_prefix)

    def write(connection: Connection) -> str:
        store = Store(connection, by, now)
        values = records.identified(store, kind, records.values(kind, dict(form.texts)))
        names = changes.key_columns(kind.table)
        if all(values[name] for name in names):
            key = changes.JOINT.join(values[name] for name in names)
            if browsing.one(connection, kind, key) is not None:
                vi, en = f"Đã có hồ sơ này, mã {key}.", f"There is such a record already: {key}."
                raise Refused({names[-1]: FieldError(vi, en)})
        key, _ = records.put(store, kind, values, prefix)
        store.flush()
        return key

    try:
        key = await writing(request, write)
    except Refused as refused:
        return await _form(request, session, kind, form.texts, refused.problems, 422)
    raise web.HTTPSeeOther(_address(kind, key) + "?saved=1")


@_each("GET", "/{key}", "look")
async def record(request: web.Request, session: Session, kind: Kind) -> web.StreamResponse:
    """A record, what belongs to it, and its latest changes."""
    key, today = request.match_info["key"], local_date(request.app[CLOCK]()).isoformat()

    def collect(connection: Connection) -> dict[str, Any]:
        row = _record(connection, kind, key)
        related = [
            (KINDS[name], column, browsing.find(connection, KINDS[name], where=(column, key), most=_FEW))
            for name, column in _RELATED.get(kind.name, ())
        ]
        return {
            "row": row,
            "title": _title(connection, kind, row),
            "titles": browsing.titles_of(connection, kind, [row]),
            "related": related,
            "files": files.of(connection, kind.name, key),
            "shown": photos.shown(connection, key) if kind.name == "products" else None,
            "history": changes.history(connection, kind.name, key, 5),
            "ended": _ended(connection, kind, key),
            "lapsed": kind.name == "products"
            and bool(row["recognised_until"])
            and row["recognised_until"] < today,
            "stamps": lots.stamps(connection, key) if kind.name == "lots" else [],
        }

    return await _show(request, session, kind, "record.html", collect)


@_each("GET", "/{key}/edit")
async def edit_form(request: web.Request, session: Session, kind: Kind) -> web.StreamResponse:
    """The form of a record."""
    key, lang = request.match_info["key"], language(request)
    row = await reading(request, lambda connection: _record(connection, kind, key))
    given = {field.name: fields.text(field, row.get(field.name), lang) for field in kind.fields}
    return await _form(request, session, kind, given, key=key)


@_each("POST", "/{key}/edit")
async def edit(request: web.Request, session: Session, kind: Kind) -> web.StreamResponse:
    """Change a record, unless somebody else did so meanwhile."""
    key, form = request.match_info["key"], form_of(request)
    by, now = session.account.login, request.app[CLOCK]()

    lang, given = language(request), form.texts

    def write(connection: Connection) -> None:
        nonlocal given
        row = _record(connection, kind, key)
        seen = int(form.get("seen")) if re.fullmatch("[0-9]{1,15}", form.get("seen")) else 0
        given, overtaken = meanwhile.merged(connection, kind, key, seen, given, lang)
        if overtaken:
            raise Refused(overtaken)
        open_fields = tuple(field for field in kind.fields if not (field.fixed and row.get(field.name)))
        fixed = {field.name: row[field.name] for field in kind.fields if field not in open_fields}
        values = fixed | records.values(kind, form.texts | fixed, open_fields)
        store = Store(connection, by, now)
        records.put(store, kind, values, Prefix(""))
        store.flush()

    try:
        await writing(request, write)
    except Refused as refused:
        return await _form(request, session, kind, given, refused.problems, 422, key)
    raise web.HTTPSeeOther(_address(kind, key) + "?saved=1")


async def _form(
    request: web.Request,
    session: Session,
    kind: Kind,
    given: dict[str, str],
    problems: Problems | None = None,
    status: int = 200,
    key: str = "",
) -> web.Response:
    def collect(connection: Connection) -> dict[str, Any]:
        row = _record(connection, kind, key) if key else {}
        refs = {field.name: field.ref for field in kind.fields if field.type == "ref"}
        return {
            "row": row,
            "title": _title(connection, kind, row) if key else "",
            "seen": meanwhile.newest(connection, kind, key) if key else 0,
            "options": {ref: references.options(connection, ref) for ref in refs.values()},
            "given": given | references.written(connection, refs, given),
        }

    return await _show(
        request, session, kind, "record_form.html", collect, status,
        problems=problems or {}, key=key,
    )  # fmt: skip


async def _show(
    request: web.Request,
    session: Session,
    kind: Kind,
    template: str,
    collect: Callable[[Connection], dict[str, Any]],
    status: int = 200,
    **values: Any,
) -> web.Response:
    lang = language(request)
    return await show(
        request, session, template, collect, status, "registry",
        kind=kind, kinds=KINDS, words=words(lang), address=_address, titled=_titled, joint=changes.JOINT,
        cell=lambda field, value: fields.shown(field, value, lang), **values,
    )  # fmt: skip


def words(lang: str) -> Callable[[tuple[str, str]], str]:
    """Chooses of a pair the text in the page's language."""
    return lambda pair: pair[1 if lang == "en" else 0]


def _address(kind: Kind, key: str) -> str:
    return f"{PATH}/{kind.name}/{key}"


def _titled(kind: Kind, row: dict[str, Any]) -> str:
    name = TITLES.get(kind.name)
    return str(row[name]) if name else str(row["key"]).replace(changes.JOINT, " · ")


def _title(connection: Connection, kind: Kind, row: dict[str, Any]) -> str:
    """What people call a record, as its page's heading."""
    return references.titles(connection, kind.name, [row["key"]]).get(row["key"]) or _titled(kind, row)


def _record(connection: Connection, kind: Kind, key: str) -> dict[str, Any]:
    row = browsing.one(connection, kind, key)
    if row is None:
        raise web.HTTPNotFound(text=f"Không có hồ sơ này / there is no such record: {key}")
    return row


def _ended(connection: Connection, kind: Kind, key: str) -> dict[str, Any] | None:
    """The recall of a lot, the withdrawal of a product."""
    table = {"lots": schema.recalls, "products": schema.withdrawals}.get(kind.name)
    if table is None:
        return None
    (column,) = table.primary_key
    row = connection.execute(table.select().where(column == key)).mappings().one_or_none()
    return None if row is None else dict(row)


def _page_number(request: web.Request) -> int:
    text = request.query.get("page", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1
