"""Partitions by time on PostgreSQL: sales and their lines by the year, scans by the month (local time).

They are made ahead. A default partition takes what fits into none, such as the sales of a device whose clock is
years off; when the time for a partition comes, what waits for it there moves into it. SQLite has whole tables.
"""

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection, Engine, text

from office.storage.database import reading, writing
from office.times import LOCAL, local_date

# Months of a partition, in the order in which ingest takes the tables. What is asked for stamp by stamp has
# few and large ones: each is one more place to look.
MONTHS = {"scans": 1, "sales": 12, "sale_lines": 12}

# Rather try again in a minute than make ingest wait, or have PostgreSQL choose who gives way (after 1 s).
_PATIENCE = "SET LOCAL lock_timeout = '500ms'"
_LOCK = f"LOCK TABLE {', '.join(MONTHS)} IN ACCESS EXCLUSIVE MODE"


class Partition(NamedTuple):
    """A partition of `table`, from `start` to before `end` (ms UTC)."""

    table: str
    name: str
    start: int
    end: int


def partition(table: str, day: date, further: int = 0) -> Partition:
    """The partition of `table` that holds a day, or the one so many further on."""
    months = MONTHS[table]
    number = (day.year * 12 + day.month - 1) // months + further
    first, after = (_month(number * months), _month((number + 1) * months))
    name = f"{table}_{first:%Y}" if months == 12 else f"{table}_{first:%Y_%m}"
    return Partition(table, name, *(int(moment.timestamp()) * 1000 for moment in (first, after)))


def make_ahead(engine: Engine, now: int) -> list[Partition]:
    """Make what is missing of the partitions before, at and after `now` (ms UTC). Returns what was made.

    Raises OperationalError when the tables are too busy; then nothing was done.
    """
    if engine.dialect.name != "postgresql":
        return []
    day = local_date(now)
    wanted = [partition(table, day, further) for table in MONTHS for further in (-1, 0, 1)]
    with reading(engine) as connection:
        missing = _missing(connection, wanted)
    if not missing:
        return []
    with writing(engine) as connection:
        for statement in (_PATIENCE, _LOCK):
            connection.execute(text(statement))
        missing = _missing(connection, wanted)  # another worker may have been faster
        _make(connection, missing)
    return missing


def _missing(connection: Connection, wanted: list[Partition]) -> list[Partition]:
    """Those whose name is free: one that was detached is not made again, what comes late for it stays in the default."""
    there = set(
        connection.execute(
            text(
                "SELECT relname FROM pg_class "
                "WHERE relnamespace = current_schema()::regnamespace AND relname = ANY (:names)"
            ),
            {"names": [one.name for one in wanted]},
        ).scalars()
    )
    return [one for one in wanted if one.name not in there]


def _make(connection: Connection, missing: list[Partition]) -> None:
    # Lines go out of the default partition before their sales, and come back after them.
    for one in reversed(missing):
        where = f"at >= {one.start} AND at < {one.end}"
        for statement in (
            f"CREATE TEMPORARY TABLE moving_{one.name} ON COMMIT DROP AS "  # noqa: S608 (names of our own)
            f"SELECT * FROM {one.table}_default WHERE {where}",
            f"DELETE FROM {one.table}_default WHERE {where}",  # noqa: S608
        ):
            connection.execute(text(statement))
    for one in missing:
        for statement in (
            f"CREATE TABLE {one.name} PARTITION OF {one.table} FOR VALUES FROM ({one.start}) TO ({one.end})",
            f"INSERT INTO {one.table} SELECT * FROM moving_{one.name}",  # noqa: S608
        ):
            connection.execute(text(statement))


def _month(number: int) -> datetime:
    return datetime(number // 12, number % 12 + 1, 1, tzinfo=LOCAL)
