"""What is done with stamps: issue, print, activate, correct, void. Each is shown once more before it is done.

None can be taken back, so the first answer to a form says what would happen; the second press does it, once.
"""

import asyncio
import re
import sys
from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

import msgspec
from aiohttp import web
from sqlalchemy import Connection, select

from config import exits
from office import schema
from office import stamps as stamping
from office.access.sessions import Session
from office.pages import once
from office.pages.act_fields import (
    CODE,
    COUNT,
    EXPIRES,
    FIRST,
    ITEM,
    LAST,
    LOT,
    PRODUCED,
    QUANTITY,
    REASON,
)
from office.pages.frame import Form, form_of, reading, show, staff, told, writing
from office.pages.registry import words
from office.pages.stamps import show_batch
from office.publishing import roots
from office.registry import Lot, RegistryError, fields, references
from office.registry import put as put_record
from office.registry.fields import Field, FieldError, parse
from office.registry.store import Store
from office.settings import Settings
from office.stamps import cautions, printing
from office.stamps.issuer import Job
from office.times import local_date
from office.web.keys_app import CLOCK, SETTINGS
from office.web.rendering import HEADERS, language

ROUTES = web.RouteTableDef()
_CHUNK = 256 * 1024

Values = dict[str, Any]
Words = tuple[str, str]


class Act(NamedTuple):
    """One thing done with stamps: its form, how to say what would happen, how to do it; returns where to go."""

    title: Words
    about: Words
    fields: tuple[Field, ...]
    do: Callable[[Connection, Values, Session, Settings, int], str]
    danger: bool = False


def _own(connection: Connection, gtin: str, session: Session) -> None:
    """A producer's account acts on its own goods only."""
    items, products = schema.trade_items, schema.products
    query = (
        select(products.c.producer).join(items, items.c.product == products.c.id).where(items.c.gtin == gtin)
    )
    producer = connection.execute(query).scalar_one_or_none()
    if session.account.producer and producer != session.account.producer:
        raise RegistryError(f"there is no trade item {gtin}.", f"Không có mặt hàng {gtin}.", "gtin")


def _issue(connection: Connection, v: Values, session: Session, settings: Settings, now: int) -> str:
    key = roots.in_use(connection, now)
    by, fee = session.account.login, settings.stamps.fee
    batch = stamping.issue(connection, v["gtin"], v["count"], key.k, by, now, fee)
    return f"/office/stamps/batches/{batch.id}"


def _activate(connection: Connection, v: Values, session: Session, _: Settings, now: int) -> str:
    _own(connection, v["gtin"], session)
    by, lot = session.account.login, v["lot"]
    if not lot:
        if not v["code"] or not v["produced"]:
            raise RegistryError(
                "choose a lot, or give number and date of a new one.",
                "Hãy chọn lô có sẵn, hoặc ghi số lô và ngày sản xuất của lô mới.",
                "lot",
            )
        lot = _new_lot(connection, v, by, now)
    stamping.activate(connection, v["gtin"], v["first"], v["last"], lot, by, now)
    return f"/office/stamps?gtin={v['gtin']}"


def _new_lot(connection: Connection, v: Values, by: str, now: int) -> str:
    """A lot of this code; its id is GTIN and number, since people name it by its code."""
    store = Store(connection, by, now)
    for known in store.having(schema.lots, gtin=v["gtin"], code=v["code"]):
        raise RegistryError(
            f"there is a lot {v['code']} already: {known['id']}.",
            f"Đã có lô {v['code']} ({known['id']}); hãy chọn lô đó.",
            "lot",
        )
    table = schema.lots
    count = len(connection.execute(select(table.c.id).where(table.c.gtin == v["gtin"])).all())
    lot = f"{v['gtin']}-{count + 1}"
    while store.get(table, lot) is not None:
        count += 1
        lot = f"{v['gtin']}-{count + 1}"
    expires = date.fromisoformat(v["expires"]) if v["expires"] else None
    produced = date.fromisoformat(v["produced"])
    put_record(connection, Lot(lot, v["gtin"], v["code"], produced, expires, v["quantity"]), by, now)
    return lot


def _void(connection: Connection, v: Values, session: Session, _: Settings, now: int) -> str:
    stamping.void(connection, v["gtin"], v["first"], v["last"], v["reason"], session.account.login, now)
    return f"/office/stamps?gtin={v['gtin']}"


def _correct(connection: Connection, v: Values, session: Session, _: Settings, now: int) -> str:
    by = session.account.login
    stamping.correct(connection, v["gtin"], v["first"], v["last"], v["lot"], v["reason"], by, now)
    return f"/office/stamps?gtin={v['gtin']}"


def _correct_lot(connection: Connection, v: Values, session: Session, _: Settings, now: int) -> str:
    table = schema.lots
    old = connection.execute(table.select().where(table.c.id == v["lot"])).one()
    expires = date.fromisoformat(v["expires"]) if v["expires"] else None
    lot = Lot(
        old.id, old.gtin, v["code"] or old.code, date.fromisoformat(v["produced"]), expires, old.quantity
    )
    stamping.correct_lot(connection, lot, v["reason"], session.account.login, now)
    return f"/office/registry/lots/{old.id}"


ACTS = {
    "issue": Act(
        ("Phát hành tem", "Issue stamps"),
        ("Cấp dải số tem mới cho một mặt hàng; sau đó tải tệp in.", "New serials for a trade item; then fetch the file to print."),
        (ITEM, COUNT), _issue,
    ),
    "activate": Act(
        ("Kích hoạt tem", "Activate stamps"),
        ("Gắn dải tem với một lô hàng. Mỗi tem chỉ kích hoạt một lần.", "Ties serials to a lot. A stamp is activated once."),
        (ITEM, FIRST, LAST, LOT._replace(words=("Lô hàng có sẵn", "A lot that is there")),
         CODE._replace(words=("Hoặc lô mới: số lô", "Or a new lot: its number")), PRODUCED, EXPIRES, QUANTITY), _activate,
    ),
    "void": Act(
        ("Huỷ tem", "Void stamps"),
        ("Tem hỏng, mất: quét sẽ báo tem đã huỷ. Không khôi phục được.", "Spoilt or lost rolls: whoever scans one is told. It is for good."),
        (ITEM, FIRST, LAST, REASON), _void, True,
    ),
    "correct": Act(
        ("Đính chính kích hoạt", "Correct an activation"),
        ("Chuyển tem đã kích hoạt sang lô khác. Không áp dụng cho tem đã bán; hệ thống ghi cảnh báo.", "Moves activated stamps to another lot. Never those that are sold; an alert is raised."),
        (ITEM, FIRST, LAST, LOT._replace(required=True, words=("Lô đúng", "The right lot")), REASON), _correct,
    ),
    "correct-lot": Act(
        ("Đính chính lô", "Correct a lot"),
        ("Sửa số lô, ngày của lô đã dán tem mà chưa bán; hệ thống ghi cảnh báo.", "Number and dates of a lot that has stamps, none of them sold; an alert is raised."),
        (LOT._replace(required=True),
         CODE._replace(words=("Số lô trên bao bì", "Lot number on the pack"), required=True),
         PRODUCED._replace(required=True), EXPIRES, REASON), _correct_lot,
    ),
}  # fmt: skip
_PERMISSIONS = {"activate": "activate"}  # the others: issue


def _routes() -> None:
    for name, act in ACTS.items():
        guard = staff(_PERMISSIONS.get(name, "issue"))
        path = f"/office/stamps/{name}"
        ROUTES.get(path)(guard(_opens(name, act)))
        ROUTES.post(path)(guard(_does(name, act)))


def _opens(name: str, act: Act) -> Callable[[web.Request, Session], Any]:
    async def opens(request: web.Request, session: Session) -> web.StreamResponse:
        given = {field.name: request.query.get(field.name, "")[:100] for field in act.fields}
        if name == "correct-lot" and given["lot"]:
            table = schema.lots
            query = table.select().where(table.c.id == given["lot"])
            row = await reading(
                request, lambda connection: connection.execute(query).mappings().one_or_none()
            )
            known = dict(row or {}) | {"lot": given["lot"], "reason": ""}
            given = {f.name: fields.text(f, known.get(f.name), language(request)) for f in act.fields}
        return await _form(request, session, name, act, given, {})

    return opens


def _does(name: str, act: Act) -> Callable[[web.Request, Session], Any]:
    async def does(request: web.Request, session: Session) -> web.StreamResponse:
        form, settings, now = form_of(request), request.app[SETTINGS], request.app[CLOCK]()
        by = session.account.login

        def do(connection: Connection) -> str:
            values = _values(connection, act, form)

            def act_on_them() -> str:
                return act.do(connection, values, session, settings, now)

            if not once.holds(form.texts, now):
                act_on_them()
                raise _Rehearsed(values)
            return once.do(connection, form.texts, by, now, act_on_them)

        try:
            where = await writing(request, do)
        except _Rehearsed as rehearsed:
            return await _form(request, session, name, act, form.texts, {}, rehearsed.values)
        except _Wrong as wrong:
            return await _form(request, session, name, act, form.texts, wrong.problems)
        except RegistryError as error:
            return await _form(request, session, name, act, form.texts, {error.field: told(error, request)})
        except exits.CommandError as error:
            return await _form(request, session, name, act, form.texts, {"": told(error, request)})
        raise web.HTTPSeeOther(where)

    return does


class _Rehearsed(Exception):  # noqa: N818 (rolls back what was only tried)
    def __init__(self, values: Values) -> None:
        super().__init__()
        self.values = values


class _Wrong(Exception):  # noqa: N818
    def __init__(self, problems: dict[str, FieldError]) -> None:
        super().__init__()
        self.problems = problems


def _values(connection: Connection, act: Act, form: Form) -> Values:
    found: Values = {}
    problems: dict[str, FieldError] = {}
    store = Store(connection, "", 0)
    for field in act.fields:
        try:
            found[field.name] = parse(field, form.get(field.name))
            if field.type == "ref" and found[field.name]:
                found[field.name] = references.resolve(store, field.ref, found[field.name])
        except FieldError as error:
            problems[field.name] = error
    if problems:
        raise _Wrong(problems)
    return found


async def _form(
    request: web.Request,
    session: Session,
    name: str,
    act: Act,
    given: dict[str, str],
    problems: dict[str, Any],
    rehearsed: Values | None = None,
) -> web.Response:
    lang = language(request)
    problems = {
        field: (str(error) if lang == "en" else error.vi) if isinstance(error, FieldError) else error
        for field, error in problems.items()
    }

    def collect(connection: Connection) -> dict[str, Any]:
        producer = session.account.producer
        title = (
            references.titles(connection, "trade_items", [rehearsed["gtin"]])
            if rehearsed and "gtin" in rehearsed
            else {}
        )
        return {
            "options": {
                "trade_items": _items(connection, producer),
                "lots": [] if producer else references.options(connection, "lots"),
            },
            "goods": next(iter(title.values()), ""),
            "cautions": _cautions(connection, name, rehearsed, local_date(request.app[CLOCK]()).isoformat()),
        }

    shown = [(field, fields.text(field, (rehearsed or {}).get(field.name), lang)) for field in act.fields]
    return await show(
        request, session, "stamp_act.html", collect, 422 if problems else 200, "stamps", act=act, name=name,
        given=given, problems=problems, rehearsed=rehearsed, shown=shown, words=words(lang),
        fee=request.app[SETTINGS].stamps.fee, mark=once.mark(request.app[CLOCK]()),
    )  # fmt: skip


def _cautions(connection: Connection, name: str, v: Values | None, today: str) -> list[Words]:
    """What is said beside what would happen."""
    if v is not None and name == "issue":
        return cautions.before_issuing(connection, v["gtin"], today)
    if v is None or name != "activate":
        return []
    table = schema.lots
    known = connection.execute(table.select().where(table.c.id == v["lot"])).mappings().one_or_none()
    lot = dict(known) if known else v | {"id": ""}
    return cautions.before_activating(connection, v["gtin"], v["last"] - v["first"] + 1, lot, today)


def _items(connection: Connection, producer: str) -> list[str]:
    """The goods with stamps, of a producer or of all, as a form offers them."""
    items, products = schema.trade_items, schema.products
    query = (
        select(items.c.gtin, products.c.name, items.c.net)
        .join(products, products.c.id == items.c.product)
        .where(items.c.stamped)
        .order_by(products.c.name)
        .limit(500)
    )
    if producer:
        query = query.where(products.c.producer == producer)
    return [f"{gtin} · {name} {net}".strip() for gtin, name, net in connection.execute(query)]


@ROUTES.post("/office/stamps/batches/{batch:[0-9]{1,15}}/print")
@staff("issue", at="/office/stamps/batches/{batch}")
async def print_batch(request: web.Request, session: Session) -> web.StreamResponse:
    """The stamps of a batch as a file, signed by the issuer's own process."""
    number, form = int(request.match_info["batch"]), form_of(request)
    wanted = form.get("form")
    sheet = int(form.get("sheet")) if re.fullmatch("[0-9]{1,6}", form.get("sheet")) else 1
    if wanted not in printing.FORMS:
        raise web.HTTPNotFound(text="There is no such form.")
    job = Job(request.app[SETTINGS], number, wanted, form.get("passphrase"), 203, max(1, sheet))
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "office.stamps.issuer",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert child.stdin is not None and child.stdout is not None and child.stderr is not None
    try:
        child.stdin.write(msgspec.json.encode(job))
        child.stdin.close()
        errors = asyncio.create_task(child.stderr.read(4096))
        chunk = await child.stdout.read(_CHUNK)
        if not chunk:
            said = (await errors).decode(errors="replace").strip().splitlines()
            return await show_batch(request, session, said[-1] if said else "?")
        answer = web.StreamResponse(headers=HEADERS)
        answer.content_type = printing.FORMS[wanted]
        answer.headers["Content-Disposition"] = f'attachment; filename="tem-{number}.{wanted}"'
        await answer.prepare(request)
        while chunk:
            await answer.write(chunk)
            chunk = await child.stdout.read(_CHUNK)
        if await child.wait() == 0:
            await answer.write_eof()
        elif request.transport is not None:
            request.transport.abort()  # a file that is not whole must not look so
        return answer
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


_routes()
