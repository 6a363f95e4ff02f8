"""Rows on their way into the database: compared with what is there, written in bundles, each written down.

A form stores one record, an import 20,000: `whole` reads each table once instead of a row at a time.
"""

from collections import defaultdict
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
        # By table and columns: the rows that hold the same values there, by key.
        self._alike: dict[Table, dict[tuple[str, ...], dict[Key, dict[Key, Values]]]] = defaultdict(dict)
        self._alone = False

    def alone(self) -> None:
        """Let nobody else change the registry until the caller's transaction ends."""
        if not self._alone:
            self._alone = True
            counters.raise_by(self.connection, counters.REGISTRY, 0)

    def get(self, table: Table, *key: Any) -> Values | None:
        """The row of a key, as it will be."""
        cache, names = self._cache(table), changes.key_columns(table)
        if key not in cache:
            cache[key] = None
            if not self._whole:
                one = self.connection.execute(select(table).where(_same(table, names, key))).mappings()
                row_found = one.one_or_none()
                cache[key] = None if row_found is None else dict(row_found)
        return cache[key]

    def having(self, table: Table, **same: Any) -> list[Values]:
        """The rows that hold these values: as they will be of a store of `whole` tables, else as they are."""
        if not self._whole:
            where = and_(*(table.c[name] == value for name, value in same.items()))
            return [dict(row) for row in self.connection.execute(select(table).where(where)).mappings()]
        names = tuple(same)
        if names not in self._alike[table]:
            index = self._alike[table][names] = defaultdict(dict)
            for key, row in self._cache(table).items():
                if row is not None:
                    index[_part(row, names)][key] = row
        return list(self._alike[table][names].get(tuple(same.values()), {}).values())

    def put(self, table: Table, row: Values) -> Outcome:
        """Add or update a row. One that says nothing new is left alone."""
        names = changes.key_columns(table)
        key = _part(row, names)
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
        for columns, index in self._alike[table].items():
            if before is not None:
                del index[_part(before, columns)][key]
            index[_part(after, columns)][key] = after
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

    def _cache(self, table: Table) -> dict[Key, Values | None]:
        """The rows that are known by now; of a store of `whole` tables all."""
        cache = self._rows.setdefault(table, {})
        if self._whole and table not in self._read:
            self._read.add(table)
            names = changes.key_columns(table)
            for found in self.connection.execute(select(table)).mappings():
                row = dict(found)
                cache.setdefault(_part(row, names), row)
        return cache

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


def _part(row: Values, names: tuple[str, ...]) -> Key:
    return tuple(row[name] for name in names)


def _in_order(tables: Iterable[Table]) -> list[Table]:
    wanted = set(tables)
    return [table for table in schema.metadata.sorted_tables if table in wanted]


def _same(table: Table, names: tuple[str, ...], key: Key) -> Any:
    return and_(*(table.c[name] == part for name, part in zip(names, key, strict=True)))
