"""Rows on their way into the database: compared with what is there, written in bundles, each written down.

A form stores one record, an import 20,000: `whole` reads each table once instead of a row at a time.
"""

from collections.abc import Iterable
from typing import Any, Literal

from sqlalchemy import Connection, Table, Update, and_, bindparam, insert, select, update

from office import schema
from office.registry import changes
from office.registry.changes import Key, Values
from office.registry.text import search_text
from office.storage import counters

Outcome = Literal["new", "changed", "same"]


class Store:
    """Puts rows in the caller's transaction; nothing is in the database for sure before `flush`."""

    def __init__(self, connection: Connection, by: str, at: int, whole: bool = False) -> None:
        self.connection = connection
        self.by, self.at = by, at
        self._whole = whole
        self._rows: dict[Table, dict[Key, Values | None]] = {}
        self._read: set[Table] = set()
        self._inserts: dict[Table, list[Values]] = {}
        self._updates: dict[tuple[Table, tuple[str, ...]], list[Values]] = {}
        self._waiting: set[tuple[Table, Key]] = set()  # rows that are updated at the next write
        self._changes: list[Values] = []
        self._packed: dict[tuple[str, str], str] | None = None  # lots by GTIN and code

    def get(self, table: Table, *key: Any) -> Values | None:
        """The row of a key, as it will be."""
        cache = self._rows.setdefault(table, {})
        names = changes.key_columns(table)
        if self._whole and table not in self._read:
            self._read.add(table)
            for found in self.connection.execute(select(table)).mappings():
                row = dict(found)
                cache.setdefault(tuple(row[name] for name in names), row)
        if key not in cache:
            cache[key] = None
            if not self._whole:
                one = self.connection.execute(select(table).where(_same(table, names, key))).mappings()
                row_found = one.one_or_none()
                cache[key] = None if row_found is None else dict(row_found)
        return cache[key]

    def put(self, table: Table, row: Values) -> Outcome:
        """Add or update a row. One that says nothing new is left alone."""
        names = changes.key_columns(table)
        key = tuple(row[name] for name in names)
        before = self.get(table, *key)
        if "search" in table.c:
            row = row | {"search": search_text(table, (before or {}) | row)}
        if before is not None and all(before[name] == value for name, value in row.items()):
            return "same"
        after = (before or changes.defaults(table)) | row
        if before is None:
            self._inserts.setdefault(table, []).append(after)
        else:
            if (table, key) in self._waiting:
                self._write()
            self._waiting.add((table, key))
            same = {f"key_{name}": part for name, part in zip(names, key, strict=True)}
            new = {f"new_{name}": value for name, value in row.items()}
            self._updates.setdefault((table, tuple(row)), []).append(new | same)
        self._rows[table][key] = after
        if self._packed is not None and table is schema.lots:
            self._packed[after["gtin"], after["code"]] = after["id"]
        self._changes.append(changes.row_of(table, before, after, self.by, self.at))
        return "new" if before is None else "changed"

    def flush(self) -> bool:
        """Write what waits. Returns whether anything changed since the last time; then outlets will know."""
        self._write()
        if not self._changes:
            return False
        counters.raise_by(self.connection, counters.REGISTRY)
        self.connection.execute(insert(schema.changes), self._changes)
        self._changes = []
        return True

    def lot_of(self, gtin: str, code: str) -> str | None:
        """The id of the lot of a trade item that has this code."""
        table = schema.lots
        if not self._whole:
            same = select(table.c.id).where(table.c.gtin == gtin, table.c.code == code)
            return self.connection.execute(same).scalar_one_or_none()
        if self._packed is None:
            self.get(table, "")
            rows = [row for row in self._rows[table].values() if row is not None]
            self._packed = {(row["gtin"], row["code"]): row["id"] for row in rows}
        return self._packed.get((gtin, code))

    def _write(self) -> None:
        # By their order in the schema: what others rest on comes first.
        for table in _in_order(self._inserts):
            names = set().union(*(row.keys() for row in self._inserts[table]))
            assert all(row.keys() == names for row in self._inserts[table])
            self.connection.execute(insert(table), self._inserts[table])
        for (table, columns), rows in self._updates.items():
            self.connection.execute(updating(table, columns), rows)
        self._inserts, self._updates = {}, {}
        self._waiting.clear()


def updating(table: Table, columns: Iterable[str]) -> Update:
    """A statement that gives these columns the values new_COLUMN, in the row whose key is key_COLUMN."""
    same = and_(*(table.c[name] == bindparam(f"key_{name}") for name in changes.key_columns(table)))
    return update(table).where(same).values({name: bindparam(f"new_{name}") for name in columns})


def _in_order(tables: Iterable[Table]) -> list[Table]:
    wanted = set(tables)
    return [table for table in schema.metadata.sorted_tables if table in wanted]


def _same(table: Table, names: tuple[str, ...], key: Key) -> Any:
    return and_(*(table.c[name] == part for name, part in zip(names, key, strict=True)))
