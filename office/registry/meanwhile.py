"""Two people at one record: what others changed while a form was open, laid beside what was typed into it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from office import schema
from office.registry import changes, references
from office.registry.fields import Field, FieldError, Problems, parse, text
from office.registry.kinds import KINDS, Kind


def newest(connection: Connection, kind: Kind, key: str) -> int:
    """The number of the newest change of what a record's form shows, 0 if there is none."""
    return int(
        connection.execute(
            select(func.max(schema.changes.c.id)).where(_shown(connection, kind, key))
        ).scalar_one()
        or 0
    )


def merged(
    connection: Connection, kind: Kind, key: str, seen: int, given: dict[str, str], lang: str
) -> tuple[dict[str, str], Problems]:
    """A form's texts, opened when change `seen` was the newest, and what to look at before they are stored.

    A field that only others changed is as they left it; one that both changed is as it was typed, and says what
    they wrote. No problems: nobody changed anything else meanwhile.
    """
    table = schema.changes
    where = and_(table.c.id > seen, _shown(connection, kind, key))
    later = connection.execute(select(table).where(where).order_by(table.c.id)).all()
    if not later:
        return given, {}
    who = ", ".join(dict.fromkeys(change.who for change in later))
    overtaken = FieldError(
        f"{who} vừa sửa hồ sơ này. Những mục chỉ người đó sửa nay đã theo bản mới; mời xem lại cả biểu mẫu rồi lưu.",
        f"{who} has just changed this record. What only they changed is now as they wrote it; look the form over, and save.",
    )
    problems: Problems = {}
    was, became = _course(later)
    found = dict(given)
    for field in kind.fields:
        if field.fixed or field.name not in became or was[field.name] == became[field.name]:
            continue
        theirs = _written(connection, field, became[field.name], lang)
        if _is(connection, field, given.get(field.name, ""), was[field.name], lang):
            found[field.name] = theirs
        elif not _is(connection, field, given.get(field.name, ""), became[field.name], lang):
            problems[field.name] = FieldError(
                f"{who} vừa ghi: {theirs or '–'}", f"{who} wrote: {theirs or '–'}"
            )
    if found == given and not problems:
        return given, {}  # all that was typed stands there already: the button was pressed twice
    return found, {"": overtaken} | problems


def _shown(connection: Connection, kind: Kind, key: str) -> ColumnElement[bool]:
    """The changes of a record; of a product also those of its recognitions, whose newest its form shows."""
    table = schema.changes
    own = and_(table.c.kind == kind.name, table.c.key == key)
    if kind.name != "products":
        return own
    days = connection.execute(
        select(schema.recognitions.c.recognised).where(schema.recognitions.c.product == key)
    ).scalars()
    keys = [f"{key}{changes.JOINT}{day}" for day in days]
    return or_(own, and_(table.c.kind == KINDS["recognitions"].name, table.c.key.in_(keys)))


def _course(later: Sequence[Row[Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """By column, what it was before the first of these changes and after the last."""
    was: dict[str, Any] = {}
    became: dict[str, Any] = {}
    for change in later:
        before, after = change.before or {}, change.after or {}
        for name in {**before, **after}:
            was.setdefault(name, before.get(name))
            became[name] = after.get(name)
    return was, became


def _written(connection: Connection, field: Field, value: Any, lang: str) -> str:
    plain = text(field, value, lang)
    if field.type == "ref" and plain:
        return references.written(connection, {field.name: field.ref}, {field.name: plain})[field.name]
    return plain


def _is(connection: Connection, field: Field, typed: str, value: Any, lang: str) -> bool:
    """Whether what was typed means this value."""
    if typed == _written(connection, field, value, lang):
        return True
    try:
        return str(parse(field, typed)) == str(
            value
        )  # a choice is written as text, and may be stored as a number
    except FieldError:
        return False
