"""What is done to records beside forms: recall, withdrawal, and the history with its undo."""

from datetime import date
from typing import Any

from aiohttp import web
from sqlalchemy import Connection, func, select

from office import schema
from office.access.permissions import may
from office.access.sessions import Session
from office.pages.act_fields import ON, PRODUCED_FROM, REASON
from office.pages.deeds import DEEDS
from office.pages.frame import denied, form_of, reading, show, staff, told, writing
from office.pages.registry import PATH, words
from office.pages.words import deed
from office.registry import RegistryError, changes, ending, fields, references
from office.registry.fields import Field, FieldError, parse
from office.registry.kinds import KINDS
from office.times import local_date
from office.web.keys_app import CLOCK
from office.web.rendering import language

ROUTES = web.RouteTableDef()
_PAGE = 50
ACTS = {"lots": (REASON,), "products": (ON, PRODUCED_FROM, REASON)}


@ROUTES.get(PATH + "/{kind:lots|products}/{key}/end")
@staff("inspect")
async def end_form(request: web.Request, session: Session) -> web.StreamResponse:
    """The form that recalls a lot or withdraws a recognition."""
    today = local_date(request.app[CLOCK]()).isoformat()
    return await _end_form(request, session, {"on": fields.text(ON, today, language(request))}, {})


@ROUTES.post(PATH + "/{kind:lots|products}/{key}/end")
@staff("inspect")
async def end(request: web.Request, session: Session) -> web.StreamResponse:
    """Recall a lot, or withdraw a recognition: it reaches every outlet within a minute."""
    kind, key, form = request.match_info["kind"], request.match_info["key"], form_of(request)
    by, now = session.account.login, request.app[CLOCK]()
    problems: dict[str, str] = {}
    found: dict[str, Any] = {}
    for field in ACTS[kind]:
        try:
            found[field.name] = parse(field, form.get(field.name))
        except FieldError as error:
            problems[field.name] = str(error) if language(request) == "en" else error.vi

    def act(connection: Connection) -> None:
        if kind == "lots":
            ending.recall(connection, key, found["reason"], by, now)
            return
        since = found["produced_from"]
        on, start = date.fromisoformat(found["on"]), date.fromisoformat(since) if since else None
        ending.withdraw(connection, key, on, start, found["reason"], by, now)

    if not problems:
        try:
            await writing(request, act)
        except RegistryError as error:
            problems[""] = told(error, request)
        else:
            raise web.HTTPSeeOther(f"{PATH}/{kind}/{key}")
    return await _end_form(request, session, form.texts, problems)


async def _end_form(
    request: web.Request, session: Session, given: dict[str, str], problems: dict[str, str]
) -> web.Response:
    kind, key, lang = request.match_info["kind"], request.match_info["key"], language(request)

    def collect(connection: Connection) -> dict[str, Any]:
        return {"name": references.titles(connection, kind, [key]).get(key, "")}

    return await show(
        request, session, "end.html", collect, 422 if problems else 200, "registry", kind=KINDS[kind],
        key=key, fields=ACTS[kind], given=given, problems=problems, words=words(lang),
    )  # fmt: skip


@ROUTES.get("/office/history")
@staff("look")
async def history(request: web.Request, session: Session) -> web.StreamResponse:
    """Every change of every record, or of one, newest first; and what else was done."""
    kind, key = request.query.get("kind", ""), request.query.get("key", "")
    text = request.query.get("page", "1")
    number = max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1

    def collect(connection: Connection) -> dict[str, Any]:
        if key:
            found = changes.history(connection, kind, key)
            return {"total": len(found), "history": found, "audit": []}
        total, found = changes.newest(connection, kind, "", _PAGE * (number - 1), _PAGE)
        done, deeds = _audit(connection, _PAGE * (number - 1))
        return {"total": max(total, done), "history": found, "audit": deeds}

    return await _show_history(request, session, collect, kind, key, number, "")


@ROUTES.post("/office/history/{number:[0-9]{1,15}}/undo")
@staff("undo", at="/office/history")
async def undo(request: web.Request, session: Session) -> web.StreamResponse:
    """Take a change back."""
    number, by, now = int(request.match_info["number"]), session.account.login, request.app[CLOCK]()
    kind = await reading(request, lambda connection: changes.kind_of(connection, number))
    if kind and not may(session.account.role, undo_permission(kind)):
        return await denied(request, session)
    try:
        change = await writing(request, lambda connection: changes.undo(connection, number, by, now))
    except RegistryError as error:
        problem = told(error, request)

        def collect(connection: Connection) -> dict[str, Any]:
            total, found = changes.newest(connection, "", "", 0, _PAGE)
            done, deeds = _audit(connection, 0)
            return {"total": max(total, done), "history": found, "audit": deeds}

        return await _show_history(request, session, collect, "", "", 1, problem)
    raise web.HTTPSeeOther(f"/office/history?kind={change.kind}&key={change.key}")


async def _show_history(
    request: web.Request, session: Session, collect: Any, kind: str, key: str, number: int, problem: str
) -> web.Response:
    lang = language(request)

    def named(change: changes.Change) -> list[tuple[str, str, str]]:
        """(field, before, after) of a change in words."""
        known = {field.name: field for field in KINDS[change.kind].fields} if change.kind in KINDS else {}
        return [
            (
                words(lang)(known[name].words) if name in known else name,
                _said(known.get(name), before, lang),
                _said(known.get(name), after, lang),
            )
            for name, before, after in change.fields()
        ]

    return await show(
        request, session, "history.html", collect, 422 if problem else 200, "history", kind=kind, key=key,
        page_number=number, pages_of=_PAGE, problem=problem, kinds=KINDS, words=words(lang), named=named,
        joint=changes.JOINT, undo_permission=undo_permission, deeds=DEEDS,
        deed=lambda detail: deed(detail, 1 if lang == "en" else 0),
    )  # fmt: skip


def undo_permission(kind: str) -> str:
    """What an account needs to take back a change of a record of this kind."""
    return "inspect" if kind in ("inspections", "recalls", "withdrawals") else "register"


def _said(field: Field | None, value: Any, lang: str) -> str:
    if field is not None:
        return fields.text(field, value, lang)
    return "" if value is None else str(value)


def _audit(connection: Connection, first: int) -> tuple[int, list[Any]]:
    """How many deeds there are, and a page of them from `first` on, newest first."""
    table = schema.audit
    by_people = func.length(table.c.who) > 0
    count = connection.execute(select(func.count()).select_from(table).where(by_people)).scalar_one()
    newest = select(table).where(by_people).order_by(table.c.id.desc()).offset(first).limit(_PAGE)
    return count, list(connection.execute(newest))
