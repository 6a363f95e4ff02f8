"""Many rows into one table, by the fastest sound way of each database: COPY, or one statement for all of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Connection, Integer, LargeBinary, Table

from office.storage import copying

Values = tuple[Any, ...]
Columns = dict[str, Sequence[Any]]


def insert(connection: Connection, table: Table, columns: Columns) -> None:
    """Insert rows, given as columns of the same length, in the caller's transaction.

    The values go to the driver as they are: numbers, texts, bytes, truth and None.
    """
    if not any(columns.values()):
        return
    if connection.dialect.name == "postgresql":
        copying.copy(connection, table, columns)
        return
    names, marks = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
    rows = list(zip(*columns.values(), strict=True))
    connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)  # noqa: S608


def turned(rows: Sequence[Mapping[str, Any]]) -> Columns:
    """The columns of rows that all have the same names."""
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}


def add(
    connection: Connection, table: Table, keys: Sequence[str], figures: Sequence[str], rows: list[Values]
) -> None:
    """Add the figures of `rows` (keys, then figures; no two of the same keys) to those in `table`; rows that it
    lacks are inserted.
    """
    if not rows:
        return
    columns = dict(zip((*keys, *figures), zip(*rows, strict=True), strict=True))
    # What is nothing everywhere, as what was returned mostly is, need not travel; who adds nothing at all locks the rows.
    adding = [name for name in figures if any(columns[name])] or figures
    given = [*keys, *adding]
    sums = ", ".join(f"{name} = {table.name}.{name} + excluded.{name}" for name in adding)
    into = f"INSERT INTO {table.name} ({', '.join(columns)})"
    otherwise = f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {sums}"
    if connection.dialect.name == "postgresql":
        chosen = ", ".join(name if name in given else "0" for name in columns)
        arrays = ", ".join(f"%s::{_type(table.c[name])}[]" for name in given)
        statement = f"{into} SELECT {chosen} FROM unnest({arrays}) AS given ({', '.join(given)}) {otherwise}"  # noqa: S608
        connection.exec_driver_sql(statement, tuple(_array(columns[name]) for name in given))
        return
    marks = ", ".join("?" if name in given else "0" for name in columns)
    values = list(zip(*(columns[name] for name in given), strict=True))
    connection.exec_driver_sql(f"{into} VALUES ({marks}) {otherwise}", values)


def _array(values: Values) -> Any:
    """An array for the driver; whole numbers as PostgreSQL writes them, which is much faster than one by one."""
    if isinstance(values[0], int):
        return "{" + ",".join(map(str, values)) + "}"
    return list(values)


def _type(column: Column[Any]) -> str:
    """PostgreSQL's name of a column's type."""
    for kind, name in _TYPES:
        if isinstance(column.type, kind):
            return name
    return "text"


_TYPES = ((BigInteger, "int8"), (Integer, "int4"), (LargeBinary, "bytea"), (Boolean, "bool"))
