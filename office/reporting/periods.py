"""Days, weeks, months, quarters and years, and those before them."""

from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Subquery, Table, select, union_all

from office.books.rollups import ALL, day_number

UNITS = ("day", "week", "month", "quarter", "year")
AGAINST = ("before", "year")  # the period just before, the same a year before
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_COURSE = {"year": 5}  # periods of a course; 12 of all others


class Span(NamedTuple):
    """Days, both included."""

    first: date
    last: date


def period(unit: str, day: date) -> Span:
    """The period of UNITS in which `day` lies; weeks begin on Monday."""
    if unit == "day":
        return Span(day, day)
    if unit == "week":
        monday = day - timedelta(days=day.weekday())
        return Span(monday, monday + timedelta(days=6))
    months = _MONTHS[unit]
    first = day.replace(month=(day.month - 1) // months * months + 1, day=1)
    return Span(first, months_later(first, months) - timedelta(days=1))


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


def course(unit: str, span: Span) -> list[Span]:
    """The period and those before it, the oldest first: twelve, of years five."""
    spans = [period(unit, span.first)]
    while len(spans) < _COURSE.get(unit, 12):
        spans.insert(0, period(unit, spans[0].first - timedelta(days=1)))
    return spans


def months_later(first: date, months: int) -> date:
    """The first of a month some months after the first of another."""
    month = first.month - 1 + months
    return date(first.year + month // 12, month % 12 + 1, 1)


def within(table: Table, span: Span, *where: ColumnElement[bool]) -> Subquery:
    """The rows of a rollup for these days: whole months by the month, the rest day by day."""
    end = span.last + timedelta(days=1)
    start = span.first if span.first.day == 1 else months_later(span.first.replace(day=1), 1)
    stop = end.replace(day=1)
    if start >= stop:
        return day_by_day(table, span, *where)
    edges = [("day", span.first, start), ("month", start, stop), ("day", stop, end)]
    return union_all(
        *(select(table).where(*_from(table, *edge), *where) for edge in edges if edge[1] < edge[2])
    ).subquery()


def day_by_day(table: Table, span: Span, *where: ColumnElement[bool]) -> Subquery:
    """The same from the days alone."""
    days = _from(table, "day", span.first, span.last + timedelta(days=1))
    return select(table).where(*days, *where).subquery()


def _from(table: Table, name: str, first: date, end: date) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.c.span == name, table.c.start.between(day_number(first), day_number(end) - 1)


def steps(unit: str, table: Table, spans: list[Span], *where: ColumnElement[bool]) -> Subquery:
    """The rows for some periods of `unit` that follow on each other: `start` of each lies in its period."""
    whole = Span(spans[0].first, spans[-1].last)
    return (within if unit in _MONTHS else day_by_day)(table, whole, *where)


def each(table: Table, column: str, outlet: str = "") -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The rows of a rollup of every outlet, or of every GTIN, there of one outlet or of all together."""
    if column == "outlet":
        return table.c.gtin == ALL, table.c.outlet == outlet if outlet else table.c.outlet != ALL
    return table.c.outlet == (outlet or ALL), table.c.gtin != ALL


def together(table: Table, outlet: str = "") -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The rows of all goods, of one outlet or of all."""
    return table.c.gtin == ALL, table.c.outlet == (outlet or ALL)
