"""Rollups: sales and looks added up by day, outlet and GTIN, and by month, for reports in a glance.

Each change stands in its day and in its month, there for its outlet and GTIN, for its outlet with ALL goods, for its
GTIN at ALL outlets, and for ALL of both: a year of one of these is twelve rows each, however much is sold.

They are kept where sales are projected, in the same transaction, so they always equal the rows. A sale
counts on its own day, what a void or a refund takes back on the day of that: so the order of arrival does
not matter. Held sales are left out until `turn` adds them.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from operator import add
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    case,
    delete,
    func,
    insert,
    literal,
    select,
    union_all,
)

from office.schema import SAME_SALE, look_rollups, sale_lines, sales, sales_rollups, undone_lines
from office.storage import bulk
from office.storage.database import SUMMING

_DAY_MS = 86_400_000
_OFFSET_MS = 7 * 3_600_000
_EPOCH = date(1970, 1, 1).toordinal()
ALL = "*"
"""Instead of an outlet or a GTIN: of all of them together."""
_KEYS = ("span", "start", "outlet", "gtin")
_FIGURES = (
    "receipts",
    "lines",
    "qty",
    "amount",
    "stamps",
    "returned_qty",
    "returned_amount",
    "returned_stamps",
)

Row = tuple[Any, ...]  # day, outlet, GTIN, then one number for each figure


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - _EPOCH


def day_of(number: int) -> date:
    """The day of a number."""
    return date.fromordinal(number + _EPOCH)


def add_sales(
    connection: Connection,
    outlet: str,
    receipts: Iterable[int],
    lines: Iterable[tuple[int, str, int, int, int | None]],
    undone: Iterable[dict[str, Any]],
) -> None:
    """Add new sales of `outlet`: times of receipts (ms UTC), their lines (time, GTIN, quantity, amount, ordinal), and
    rows of `undone_lines`.
    """
    changes: dict[tuple[int, str, str], list[int]] = defaultdict(lambda: [0] * len(_FIGURES))
    for at in receipts:
        changes[_day(at), outlet, ALL][0] += 1
    for at, gtin, qty, amount, ordinal in lines:
        total = changes[_day(at), outlet, gtin]
        total[1] += 1
        total[2] += qty
        total[3] += amount
        total[4] += ordinal is not None
    for row in undone:
        total = changes[_day(row["at"]), outlet, row["gtin"]]
        total[5] += row["qty"]
        total[6] += row["amount"]
        total[7] += row["frees"] and row["ordinal"] is not None
    _add(connection, sales_rollups, _FIGURES, ((*key, *total) for key, total in changes.items()))


def add_looks(connection: Connection, looks: Iterable[tuple[int, str, str, int]]) -> None:
    """Add looks of shoppers: time (ms UTC), outlet ("": a phone), GTIN ("": not known), how many."""
    changes: dict[tuple[int, str, str], int] = defaultdict(int)
    for at, outlet, gtin, count in looks:
        changes[_day(at), outlet, gtin] += count
    _add(connection, look_rollups, ("looks",), ((*key, count) for key, count in changes.items()))


def turn(connection: Connection, sold: ColumnElement[bool], returned: ColumnElement[bool], sign: int) -> None:
    """Add (`sign` 1) or take away (-1) what these conditions choose of `sales` and `undone_lines`; the caller then
    lets go of it, or holds it, in the same transaction."""
    rows = [row for query in _days(sold, returned) for row in connection.execute(query)]
    # PostgreSQL's sums of whole numbers are decimals.
    changes = ((*row[:3], *(sign * int(figure) for figure in row[3:])) for row in rows)
    _add(connection, sales_rollups, _FIGURES, changes)


def rebuild(connection: Connection) -> None:
    """Add all sales up anew, from the rows that are projected of the journal."""
    table = sales_rollups
    connection.execute(delete(table))
    parts = union_all(*_days(~sales.c.held, ~undone_lines.c.held)).subquery()
    keys = [parts.c[name] for name in _KEYS[1:]]
    day = select(literal("day"), *keys, *(func.sum(parts.c[name]) for name in _FIGURES)).group_by(*keys)
    connection.execute(insert(table).from_select([*_KEYS, *_FIGURES], day))
    first, last = connection.execute(select(func.min(table.c.start), func.max(table.c.start))).one()
    while first is not None and first <= last:
        start = _month(first)
        first = _month(start + 31)
        days = (table.c.span == "day") & table.c.start.between(start, first - 1)
        month = select(
            literal("month"), literal(start), table.c.outlet, table.c.gtin,
            *(func.sum(table.c[name]) for name in _FIGURES),
        ).where(days).group_by(table.c.outlet, table.c.gtin)  # fmt: skip
        connection.execute(insert(table).from_select([*_KEYS, *_FIGURES], month))
    names = ", ".join(_FIGURES)
    sums = ", ".join(f"sum({name})" for name in _FIGURES)
    added = ", ".join(f"{name} = sales_rollups.{name} + excluded.{name}" for name in _FIGURES)
    into = f"INSERT INTO sales_rollups (span, start, outlet, gtin, {names}) SELECT span, start"
    connection.exec_driver_sql(
        f"{into}, outlet, '{ALL}', {sums} FROM sales_rollups WHERE gtin <> '{ALL}' GROUP BY span, start, outlet "
        f"ON CONFLICT (span, start, outlet, gtin) DO UPDATE SET {added}"
    )
    connection.exec_driver_sql(f"{into}, '{ALL}', gtin, {sums} FROM sales_rollups GROUP BY span, start, gtin")


def _days(sold: ColumnElement[bool], returned: ColumnElement[bool]) -> list[Select[Any]]:
    """Receipts, lines and what was taken back, by day, outlet and GTIN: three queries of one shape."""
    day = ((sales.c.at + _OFFSET_MS) // _DAY_MS).label("start")
    back = ((undone_lines.c.at + _OFFSET_MS) // _DAY_MS).label("start")
    zero = literal(0)
    freed = undone_lines.c.frees & undone_lines.c.ordinal.is_not(None)
    stamped = func.sum(case((sale_lines.c.ordinal.is_not(None), 1), else_=0))

    def figures(**known: ColumnElement[Any]) -> list[ColumnElement[Any]]:
        return [known.get(name, zero).label(name) for name in _FIGURES]

    receipts = select(day, sales.c.outlet, literal(ALL).label("gtin"), *figures(receipts=func.count()))
    lines = select(
        day, sales.c.outlet, sale_lines.c.gtin,
        *figures(lines=func.count(), qty=func.sum(sale_lines.c.qty), amount=func.sum(sale_lines.c.amount),
                 stamps=stamped),
    ).join_from(sale_lines, sales, SAME_SALE)  # fmt: skip
    undone = select(
        back, undone_lines.c.outlet, undone_lines.c.gtin,
        *figures(returned_qty=func.sum(undone_lines.c.qty), returned_amount=func.sum(undone_lines.c.amount),
                 returned_stamps=func.sum(case((freed, 1), else_=0))),
    )  # fmt: skip
    return [
        receipts.where(sold).group_by(day, sales.c.outlet),
        lines.where(sold).group_by(day, sales.c.outlet, sale_lines.c.gtin),
        undone.where(returned).group_by(back, undone_lines.c.outlet, undone_lines.c.gtin),
    ]


def _add(connection: Connection, table: Table, names: Sequence[str], rows: Iterable[Row]) -> None:
    """Add (day, outlet, gtin, figures) to the days and to the months, and to all that each belongs to."""
    sums: dict[tuple[Any, ...], tuple[int, ...]] = {}

    def count(key: tuple[Any, ...], figures: tuple[int, ...]) -> None:
        before = sums.get(key)
        sums[key] = figures if before is None else tuple(map(add, before, figures))

    for day, outlet, gtin, *rest in rows:
        figures = tuple(rest)
        for key in (("day", day, outlet), ("month", _month(day), outlet)):
            count((*key, gtin), figures)
            if gtin != ALL:
                count((*key, ALL), figures)
    for (span, start, _, gtin), figures in list(sums.items()):
        count((span, start, ALL, gtin), figures)
    if sums and connection.dialect.name == "postgresql":
        # Who adds twice, as when a clock is put right, would otherwise wait for one who waits for him. All share rows,
        # the sums of all outlets, so nobody waits longer than for these.
        connection.execute(select(func.pg_advisory_xact_lock(SUMMING)))
    bulk.add(connection, table, _KEYS, names, sorted((*key, *figures) for key, figures in sums.items()))


def _day(at: int) -> int:
    return (at + _OFFSET_MS) // _DAY_MS


def _month(number: int) -> int:
    return day_number(day_of(number).replace(day=1))
