"""A period's sales, less what came back, against the same days of an earlier period: read from the rollups."""

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Subquery, func, select

from office import schema
from office.books.rollups import day_of
from office.reporting import groups
from office.reporting.periods import Span, each, period, steps, together, within

_R = schema.sales_rollups


class Line(NamedTuple):
    """Sales of one outlet, product, ... or of all: pieces and đồng, and đồng of the earlier period."""

    key: str
    name: str
    name_en: str
    pieces: int
    amount: int
    before: int

    @property
    def change(self) -> float | None:
        """Growth as a share of the earlier sales; None where nothing was sold then."""
        return (self.amount - self.before) / self.before if self.before > 0 else None


def lines(connection: Connection, span: Span, before: Span, by: str, outlet: str = "") -> list[Line]:
    """Sales by one of `groups.BY`, of one outlet or all, the largest first; what sold in neither period is left out."""
    column = "outlet" if by == "outlet" else "gtin"
    group = groups.group(connection, by)
    sums: dict[str, list[Any]] = {}
    for number, time in enumerate((span, before)):
        rows = within(_R, time, *each(_R, column, outlet))
        for code, pieces, amount in connection.execute(
            select(rows.c[column], _pieces(rows), _amount(rows)).group_by(rows.c[column])
        ):
            key, name, name_en = group(code)
            total = sums.setdefault(key, [name, name_en, 0, 0, 0])
            total[3 + number] += int(amount)  # PostgreSQL sums to Decimal
            total[2] += 0 if number else int(pieces)
    found = [Line(key, *total) for key, total in sums.items() if any(total[2:])]
    return sorted(found, key=lambda line: (-line.amount, -line.before, line.key))


def receipts(connection: Connection, span: Span, outlet: str = "") -> int:
    """How many sales were made."""
    rows = within(_R, span, *together(_R, outlet))
    return int(connection.execute(select(func.coalesce(func.sum(rows.c.receipts), 0))).scalar_one())


def amount(connection: Connection, span: Span, outlet: str = "") -> int:
    """Đồng of all sales."""
    rows = within(_R, span, *together(_R, outlet))
    return int(connection.execute(select(_amount(rows))).scalar_one() or 0)


def course(connection: Connection, unit: str, spans: list[Span], outlet: str = "") -> list[int]:
    """Đồng of each of some periods that follow on each other, the oldest first."""
    rows = steps(unit, _R, spans, *together(_R, outlet))
    query = select(rows.c.start, _amount(rows)).group_by(rows.c.start)
    amounts: dict[date, int] = dict.fromkeys((span.first for span in spans), 0)
    for start, found in connection.execute(query):
        amounts[period(unit, day_of(start)).first] += int(found)
    return list(amounts.values())


def total(found: list[Line]) -> Line:
    """All of them as one."""
    return Line("", "", "",
        sum(line.pieces for line in found), sum(line.amount for line in found), sum(line.before for line in found),
    )  # fmt: skip


def _pieces(rows: Subquery) -> Any:
    return func.sum(rows.c.qty - rows.c.returned_qty)


def _amount(rows: Subquery) -> Any:
    return func.sum(rows.c.amount - rows.c.returned_amount)
