"""The history of every record: what it was, what it became, who changed it; and taking a change back.

A change stands in the same transaction as the rows that it tells of.
"""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from office import schema
from office.registry import lots
from office.registry.errors import RegistryError
from office.storage import counters

JOINT = "~"  # between the parts of a key; stands in no id, code, GTIN or date
_UNSEEN = ("search", "mark")  # columns that no person changes

Values = dict[str, Any]
Key = tuple[Any, ...]


class Change(NamedTuple):
    """One change of the record `key` of the table `kind`; `before` None: added, `after` None: removed."""

    id: int
    at: int
    who: str
    kind: str
    key: str
    before: Values | None
    after: Values | None
    undoes: int | None

    def fields(self) -> list[tuple[str, Any, Any]]:
        """(column, before, after) of what differs."""
        old, new = self.before or {}, self.after or {}
        names = dict.fromkeys([*old, *new])
        return [
            (name, old.get(name), new.get(name))
            for name in names
            if name not in _UNSEEN and old.get(name) != new.get(name)
        ]


def row_of(
    table: Table, before: Values | None, after: Values | None, by: str, at: int, undoes: int | None = None
) -> Values:
    """The row that writes a change down."""
    return {
        "at": at,
        "who": by,
        "kind": table.name,
        "key": key_of(table, after or before or {}),
        "before": before,
        "after": after,
        "undoes": undoes,
    }


def history(connection: Connection, kind: str, key: str, most: int = 200) -> list[Change]:
    """The changes of a record, newest first."""
    table = schema.changes
    rows = connection.execute(
        select(table).where(table.c.kind == kind, table.c.key == key).order_by(table.c.id.desc()).limit(most)
    )
    return [_change(row) for row in rows]


def newest(
    connection: Connection, kind: str = "", who: str = "", first: int = 0, most: int = 50
) -> tuple[int, list[Change]]:
    """How many changes there are of `kind` by `who` ("": any), and `most` of them from `first` on, newest first."""
    table = schema.changes
    wanted = [table.c.kind == kind] if kind else []
    if who:
        wanted.append(table.c.who == who)
    count = connection.execute(select(func.count()).select_from(table).where(*wanted)).scalar_one()
    rows = connection.execute(
        select(table).where(*wanted).order_by(table.c.id.desc()).offset(first).limit(most)
    )
    return count, [_change(row) for row in rows]


def kind_of(connection: Connection, number: int) -> str:
    """The kind of record that a change is of, "" if there is no such change."""
    table = schema.changes
    return connection.execute(select(table.c.kind).where(table.c.id == number)).scalar_one_or_none() or ""


def undo(connection: Connection, number: int, by: str, at: int) -> Change:
    """Make the record what it was before change `number`; that is a change as well.

    Raises RegistryError when it was changed again since, when others rest on it, or stamps do.
    """
    counters.raise_by(connection, counters.REGISTRY)
    row = connection.execute(select(schema.changes).where(schema.changes.c.id == number)).one_or_none()
    if row is None:
        raise RegistryError(f"there is no change {number}.", f"Không có thay đổi số {number}.")
    change = _change(row)
    table = schema.metadata.tables[change.kind]
    same = and_(*(table.c[name] == part for name, part in _parts(table, change)))
    found = connection.execute(select(table).where(same)).mappings().one_or_none()
    now = None if found is None else dict(found)
    if not _is_still(now, change.after):
        raise RegistryError(
            f"{change.key} was changed again after that; take back the later change first.",
            f"{change.key} đã được sửa tiếp sau đó; hãy hoàn tác thay đổi sau trước.",
        )
    if change.kind == "lots" and lots.in_use(connection, change.key):
        raise RegistryError(
            f"stamps are activated to lot {change.key}; an officer can correct it, with a reason.",
            f"Đã kích hoạt tem cho lô {change.key}; cán bộ tem có thể đính chính kèm lý do.",
        )
    if change.before is None:
        _remove(connection, table, same, change.key)
    elif now is None:
        connection.execute(insert(table).values(**change.before))
    else:
        kept = {name: value for name, value in change.before.items() if name != "mark"}
        connection.execute(update(table).where(same).values(**kept))
    connection.execute(insert(schema.changes), [row_of(table, now, change.before, by, at, number)])
    return change


def _remove(connection: Connection, table: Table, same: ColumnElement[bool], key: str) -> None:
    try:
        connection.execute(delete(table).where(same))
    except IntegrityError as error:
        raise RegistryError(
            f"{key} is in use by other records, so it cannot be removed.",
            f"{key} đang được hồ sơ khác dùng nên không xoá được.",
        ) from error


def key_columns(table: Table) -> tuple[str, ...]:
    """The columns that name a row."""
    if table.name == "recognitions":
        return ("product", "recognised")
    return tuple(column.name for column in table.primary_key)


def key_of(table: Table, row: Values) -> str:
    """A row's key as one text."""
    return JOINT.join(str(row[name]) for name in key_columns(table))


def _parts(table: Table, change: Change) -> list[tuple[str, Any]]:
    row = change.after or change.before or {}
    return [(name, row[name]) for name in key_columns(table)]


def defaults(table: Table) -> Values:
    """What a new row of the table holds where nothing else is said."""
    made = {}
    for column in table.columns:
        default = column.default
        if default is not None and default.is_scalar:
            made[column.name] = default.arg  # type: ignore[attr-defined]
        elif default is not None and default.is_callable:
            made[column.name] = default.arg(None)  # type: ignore[attr-defined]
        elif column.nullable and not column.primary_key:
            made[column.name] = None
    return made


def _is_still(now: Values | None, after: Values | None) -> bool:
    if now is None or after is None:
        return now is after
    return all(now.get(name) == value for name, value in after.items() if name not in _UNSEEN)


def _change(row: Row[Any]) -> Change:
    return Change(row.id, row.at, row.who, row.kind, row.key, row.before, row.after, row.undoes)
