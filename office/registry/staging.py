"""Long changes of the registry, worked out on a copy: the database's only writer is held for a moment, at the end.

An import of 20,000 rows thinks for many seconds. It does so on a private copy of the registry. Every change there
is written down with the row before and after, so what was written down is what remains to be done, all or nothing,
in one short transaction, unless somebody changed the registry meanwhile: then it is worked out anew.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from sqlalchemy import (
    JSON,
    Connection,
    Engine,
    Table,
    Update,
    create_engine,
    insert,
    select,
)

from office import schema
from office.registry.changes import Values, key_columns
from office.registry.store import updating
from office.storage import bulk, counters
from office.storage.database import reading, writing

Result = TypeVar("Result")

_READ = tuple(
    schema.metadata.tables[name]
    for name in (
        "producers", "products", "recognitions", "withdrawals", "trade_items", "lots", "recalls", "outlets",
        "contracts", "inspections", "patterns", "settings", "activations", "counters",
    )
)  # fmt: skip
_WRITTEN = (schema.changes, schema.audit)  # empty in the copy: what comes to stand there is new
_TRIES = 3
_AT_ONCE = 5000  # rows


def work(engine: Engine, do: Callable[[Connection], Result], keep: Callable[[Result], bool]) -> Result:
    """What `do` returns of a copy of the registry; what it changed there is stored if `keep` says so of that.

    `do` may be called again, with a fresh copy, and may change records (through `registry.Store`) and add notes
    to the audit log, nothing else. When others change the registry all the time, it runs as their equal in the end.
    """
    for _ in range(_TRIES):
        scratch = create_engine("sqlite://", creator=lambda: sqlite3.connect(""))  # a file that nobody sees
        try:
            with scratch.begin() as copy:
                version = _fill(engine, copy)
                result = do(copy)
                if not keep(result):
                    return result
                difference = _difference(copy)
        finally:
            scratch.dispose()
        if _store(engine, difference, version):
            return result
    with writing(engine) as connection:
        result = do(connection)
        if not keep(result):
            connection.rollback()
        return result


class _Difference(NamedTuple):
    """What is to be done, in this order."""

    inserts: list[tuple[Table, list[Values]]]
    updates: list[tuple[Update, list[Values]]]


def _fill(engine: Engine, copy: Connection) -> int:
    """Copy what is read of the registry; returns its version."""
    schema.metadata.create_all(copy, tables=(*_READ, *_WRITTEN))
    with reading(engine) as connection:
        for table in _READ:
            found = connection.execute(select(table).execution_options(yield_per=_AT_ONCE)).mappings()
            for rows in found.partitions():
                copy.execute(insert(table), [dict(row) for row in rows])
        return counters.read(connection).get(counters.REGISTRY, 0)


def _difference(copy: Connection) -> _Difference:
    """What has to be done to the database to make it what the copy has become."""
    first: dict[Table, dict[str, Values | None]] = {}  # rows by key, as they were
    last: dict[Table, dict[str, Values]] = {}  # and as they are
    written = {
        table: [
            {name: value for name, value in row.items() if name != "id"}
            for row in copy.execute(select(table).order_by(table.c.id)).mappings()
        ]
        for table in _WRITTEN
    }
    for change in written[schema.changes]:
        table = schema.metadata.tables[change["kind"]]
        first.setdefault(table, {}).setdefault(change["key"], change["before"])
        last.setdefault(table, {})[change["key"]] = change["after"]
    inserts: list[tuple[Table, list[Values]]] = []
    updates: dict[tuple[Table, tuple[str, ...]], list[Values]] = defaultdict(list)
    for table in (table for table in schema.metadata.sorted_tables if table in last):
        inserts.append((table, [row for key, row in last[table].items() if first[table][key] is None]))
        names = key_columns(table)
        for key, row in last[table].items():
            if (before := first[table][key]) is not None:
                changed = {name: value for name, value in row.items() if before.get(name) != value}
                same = {f"key_{name}": row[name] for name in names}
                updates[table, tuple(changed)].append({f"new_{n}": v for n, v in changed.items()} | same)
    inserts += written.items()
    return _Difference(
        [(table, _plain(table, rows)) for table, rows in inserts],
        [(updating(*what), rows) for what, rows in updates.items() if what[1]],
    )


def _plain(table: Table, rows: list[Values]) -> list[Values]:
    """Rows as drivers take them, all with the same columns in the same order."""
    names = list(rows[0]) if rows else []
    texts = {name for name in names if isinstance(table.c[name].type, JSON)}
    return [
        {
            name: json.dumps(row[name]) if name in texts and row[name] is not None else row[name]
            for name in names
        }
        for row in rows
    ]


def _store(engine: Engine, difference: _Difference, version: int) -> bool:
    """Store it; False, and nothing done, if the registry is not of that version any more."""
    # A note alone that nothing was to be done is no news for the outlets.
    news = bool(difference.updates) or any(
        rows for table, rows in difference.inserts if table is not schema.audit
    )
    with writing(engine) as connection:
        if counters.raise_by(connection, counters.REGISTRY, int(news)) != version:
            connection.rollback()
            return False
        for table, rows in difference.inserts:
            bulk.insert(connection, table, bulk.turned(rows))
        for statement, rows in difference.updates:
            connection.execute(statement, rows)
    return True
