"""A period's sales, less what came back, against the same days of an earlier period: read from the rollups."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, func, or_, select

from office import schema
from office.rollups import day_number, day_of

UNITS = ("day", "week", "month", "quarter")
AGAINST = ("before", "year")  # the period just before, the same a year before
_COURSE = 12  # periods of a course

_R = schema.sales_rollups
_PIECES = func.sum(_R.c.qty - _R.c.returned_qty).label("pieces")
_AMOUNT = func.sum(_R.c.amount - _R.c.returned_amount).label("amount")


class Span(NamedTuple):
    """Days, both included."""

    first: date
    last: date


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
        """Growth in percent; None where nothing was sold before."""
        return 100 * (self.amount - self.before) / self.before if self.before > 0 else None


class Step(NamedTuple):
    """A period of the course, and its sales."""

    span: Span
    amount: int


def period(unit: str, day: date) -> Span:
    """The period of UNITS in which `day` lies; weeks begin on Monday."""
    if unit == "day":
        return Span(day, day)
    if unit == "week":
        monday = day - timedelta(days=day.weekday())
        return Span(monday, monday + timedelta(days=6))
    months = 1 if unit == "month" else 3
    first = day.replace(month=(day.month - 1) // months * months + 1, day=1)
    return Span(first, _months_later(first, months) - timedelta(days=1))


def earlier(unit: str, span: Span, against: str) -> Span:
    """The period to compare with; of one a year before, a week is 52 weeks before."""
    if against == "before":
        return period(unit, span.first - timedelta(days=1))
    if unit == "week":
        return period(unit, span.first - timedelta(weeks=52))
    year = span.first.year - 1
    leap = (span.first.month, span.first.day) == (2, 29)
    return period(unit, span.first.replace(year=year, day=28) if leap else span.first.replace(year=year))


def as_far(span: Span, other: Span, today: date) -> tuple[Span, Span]:
    """Both periods, of one that is still running only as many days as have begun."""
    if not span.first <= today < span.last:
        return span, other
    days = today - span.first
    return Span(span.first, today), Span(other.first, min(other.first + days, other.last))


def lines(connection: Connection, span: Span, before: Span, by: str) -> list[Line]:
    """Sales by one of BY, the largest first; what sold in neither period is left out."""
    column, grouped = (_R.c.outlet, _outlets) if by == "outlet" else (_R.c.gtin, _BY_GOODS[by])
    group = grouped(connection)
    sums: dict[str, list[Any]] = {}
    for number, days in enumerate((span, before)):
        query = select(column, _PIECES, _AMOUNT).where(_inside(days), _R.c.gtin != "").group_by(column)
        for code, pieces, amount in connection.execute(query):
            key, name, name_en = group(code)
            total = sums.setdefault(key, [name, name_en, 0, 0, 0])
            total[3 + number] += int(amount)  # PostgreSQL sums to Decimal
            total[2] += 0 if number else int(pieces)
    found = [Line(key, *total) for key, total in sums.items()]
    return sorted(found, key=lambda line: (-line.amount, -line.before, line.key))


def receipts(connection: Connection, span: Span) -> int:
    """How many sales were made."""
    query = select(func.coalesce(func.sum(_R.c.receipts), 0)).where(_inside(span), _R.c.gtin == "")
    return int(connection.execute(query).scalar_one())


def course(connection: Connection, unit: str, span: Span) -> list[Step]:
    """Sales of the period and of the eleven before it, the oldest first."""
    spans = [period(unit, span.first)]
    while len(spans) < _COURSE:
        spans.insert(0, period(unit, spans[0].first - timedelta(days=1)))
    whole = Span(spans[0].first, spans[-1].last)
    inside = _inside(whole) if unit in ("month", "quarter") else _inside_days(whole)
    rows = connection.execute(
        select(_R.c.start, _AMOUNT).where(inside, _R.c.gtin != "").group_by(_R.c.start)
    ).all()
    amounts = dict.fromkeys(spans, 0)
    for start, amount in rows:
        amounts[period(unit, day_of(start))] += int(amount)
    return [Step(*item) for item in amounts.items()]


def total(found: list[Line]) -> Line:
    """All of them as one."""
    return Line("", "", "",
        sum(line.pieces for line in found), sum(line.amount for line in found), sum(line.before for line in found),
    )  # fmt: skip


def _inside(span: Span) -> ColumnElement[bool]:
    """The rows of the days, whole months by the month."""
    parts: list[ColumnElement[bool]] = []
    first, end = span.first, span.last + timedelta(days=1)
    while first < end:
        following = _months_later(first.replace(day=1), 1)
        if first.day == 1 and following <= end:
            parts.append((_R.c.span == "month") & (_R.c.start == day_number(first)))
        else:
            following = min(following, end)
            parts.append(_inside_days(Span(first, following - timedelta(days=1))))
        first = following
    return or_(*parts)


def _inside_days(span: Span) -> ColumnElement[bool]:
    return (_R.c.span == "day") & _R.c.start.between(day_number(span.first), day_number(span.last))


def _months_later(first: date, months: int) -> date:
    month = first.month - 1 + months
    return date(first.year + month // 12, month % 12 + 1, 1)


Group = Callable[[str], tuple[str, str, str]]


def _outlets(connection: Connection) -> Group:
    table = schema.outlets
    names = {row.code: row.name for row in connection.execute(select(table.c.code, table.c.name))}
    return lambda code: (code, names.get(code, code), names.get(code, code))


def _by_goods(key: Callable[[Any], tuple[str, str, str]]) -> Callable[[Connection], Group]:
    """Groups of GTINs by what the registry knows; those that it does not know go by their GTIN."""

    def grouped(connection: Connection) -> Group:
        items, products, producers = schema.trade_items, schema.products, schema.producers
        given = schema.recognitions
        newest = (
            select(given.c.product, func.max(given.c.recognised).label("recognised"))
            .group_by(given.c.product)
            .subquery()
        )
        query = (
            select(
                items.c.gtin, products.c.id, products.c.name, products.c.name_en, products.c.group,
                products.c.group_name, products.c.commune, producers.c.commune.label("seat"),
                products.c.producer, producers.c.name.label("producer_name"), given.c.stars,
            )
            .join_from(items, products, products.c.id == items.c.product)
            .join(producers, producers.c.id == products.c.producer)
            .join(newest, newest.c.product == products.c.id, isouter=True)
            .join(
                given,
                (given.c.product == newest.c.product) & (given.c.recognised == newest.c.recognised),
                isouter=True,
            )
        )  # fmt: skip
        goods = {row.gtin: key(row) for row in connection.execute(query)}
        return lambda gtin: goods.get(gtin, (gtin, gtin, gtin))

    return grouped


def _or_unknown(key: str, name: str) -> tuple[str, str, str]:
    return (key, name, name) if name else ("", "Chưa ghi", "Not known")


_BY_GOODS = {
    "product": _by_goods(lambda row: (row.id, row.name, row.name_en or row.name)),
    "group": _by_goods(lambda row: _or_unknown(row.group, row.group_name or row.group)),
    "producer": _by_goods(lambda row: (row.producer, row.producer_name, row.producer_name)),
    "commune": _by_goods(lambda row: _or_unknown(row.commune or row.seat, row.commune or row.seat)),
    "stars": _by_goods(
        lambda row: (
            (str(row.stars), f"{row.stars} sao", f"{row.stars} stars") if row.stars
            else ("", "Chưa công nhận", "Not recognised")
        )
    ),
}  # fmt: skip
BY = ("outlet", *_BY_GOODS)
