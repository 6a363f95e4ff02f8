"""How many stamps were issued, activated, sold, void and left: by batch, and summed up by anything."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    case,
    distinct,
    exists,
    func,
    select,
    update,
)

from office import schema
from office.books.lines import still_open

STALE_MS = 183 * 86_400_000
"""A batch that nothing of is activated after half a year is worth a question."""

_BATCHES = schema.batches


class Counts(NamedTuple):
    """A batch and what became of it. `activated` are also those whose data is deleted; `expired` of these were left then."""

    batch: int
    gtin: str
    product: str
    title: str
    producer: str
    producer_name: str
    first: int
    last: int
    base: int
    k: str
    issued_at: int
    issued_by: str
    fee: int
    expired: int
    issued: int
    activated: int
    void: int
    void_active: int
    sold: int
    sold_void: int

    @property
    def unused(self) -> int:
        """Issued, and neither activated nor void."""
        return max(0, self.issued - self.activated - (self.void - self.void_active))

    @property
    def left(self) -> int:
        """Activated, with their data, and neither sold nor void."""
        gone = self.sold + self.void_active - self.sold_void
        return max(0, self.activated - gone - self.expired)

    @property
    def due(self) -> int:
        """The fee, đồng."""
        return self.fee * self.issued


class Sum(NamedTuple):
    """Counts of several batches together."""

    key: str
    title: str
    batches: int
    issued: int
    activated: int
    unused: int
    sold: int
    left: int
    void: int
    due: int
    newest: int


def counted(
    connection: Connection,
    producer: str = "",
    gtin: str = "",
    batch: int | None = None,
    since: int = 0,
    until: int = 2**62,
) -> list[Counts]:
    """Every batch of a producer, trade item, number or time of issue (ms UTC), newest first."""
    items, products, producers = schema.trade_items, schema.products, schema.producers
    wanted: list[ColumnElement[bool]] = [_BATCHES.c.issued_at >= since, _BATCHES.c.issued_at < until]
    if producer:
        wanted.append(products.c.producer == producer)
    if gtin:
        wanted.append(_BATCHES.c.gtin == gtin)
    if batch is not None:
        wanted.append(_BATCHES.c.id == batch)
    query = (
        select(
            _BATCHES,
            items.c.product,
            products.c.name.label("title"),
            items.c.net,
            products.c.producer,
            producers.c.name.label("producer_name"),
        )
        .join_from(_BATCHES, items, items.c.gtin == _BATCHES.c.gtin)
        .join(products, products.c.id == items.c.product)
        .join(producers, producers.c.id == products.c.producer)
        .where(*wanted)
        .order_by(_BATCHES.c.id.desc())
    )
    rows = connection.execute(query).all()
    active = _overlaps(connection, schema.activations)
    deleted = _overlaps(connection, schema.tombstones)
    void = _overlaps(connection, schema.voids)
    void_active, sold_void = _void_active(connection), _sold_void(connection)
    table = schema.batch_rollups
    sold: dict[int, int] = dict(iter(connection.execute(select(table.c.batch, table.c.sold))))
    return [
        Counts(
            row.id, row.gtin, row.product, f"{row.title} {row.net}".strip(), row.producer, row.producer_name,
            row.first, row.last, row.base, row.k, row.issued_at, row.issued_by, row.fee,
            row.expired, row.last - row.first + 1, active.get(row.id, 0) + deleted.get(row.id, 0), void.get(row.id, 0),
            void_active.get(row.id, 0), sold.get(row.id, 0), sold_void.get(row.id, 0),
        )
        for row in rows
    ]  # fmt: skip


def grouped(rows: Iterable[Counts], key: Callable[[Counts], tuple[str, str]]) -> list[Sum]:
    """Sums by what `key` gives, a key and its title; the largest first."""
    sums: dict[str, Sum] = {}
    for row in rows:
        name, title = key(row)
        old = sums.get(name, Sum(name, title, 0, 0, 0, 0, 0, 0, 0, 0, 0))
        sums[name] = Sum(
            name, title, old.batches + 1, old.issued + row.issued, old.activated + row.activated,
            old.unused + row.unused, old.sold + row.sold, old.left + row.left, old.void + row.void,
            old.due + row.due, max(old.newest, row.issued_at),
        )  # fmt: skip
    return sorted(sums.values(), key=lambda found: -found.issued)


def stale(row: Counts, now: int) -> bool:
    """Whether nothing of a batch was activated in half a year."""
    return row.activated == 0 and row.unused > 0 and now - row.issued_at > STALE_MS


def _lower(one: Any, other: Any) -> ColumnElement[int]:
    return case((one < other, one), else_=other)


def _higher(one: Any, other: Any) -> ColumnElement[int]:
    return case((one > other, one), else_=other)


def _within(table: Table) -> ColumnElement[bool]:
    return and_(
        table.c.gtin == _BATCHES.c.gtin, table.c.first <= _BATCHES.c.last, table.c.last >= _BATCHES.c.first
    )


def _overlaps(connection: Connection, table: Table) -> dict[int, int]:
    """How many serials of each batch lie in the ranges of `table`."""
    size = _lower(table.c.last, _BATCHES.c.last) - _higher(table.c.first, _BATCHES.c.first) + 1
    query = select(_BATCHES.c.id, func.sum(size)).join_from(_BATCHES, table, _within(table))
    return {row[0]: int(row[1]) for row in connection.execute(query.group_by(_BATCHES.c.id))}


def _void_active(connection: Connection) -> dict[int, int]:
    """How many serials of each batch are activated, or were until their data was deleted, and void."""
    voids, found = schema.voids, Counter[int]()
    for active in (schema.activations, schema.tombstones):
        end = _lower(_lower(active.c.last, voids.c.last), _BATCHES.c.last)
        start = _higher(_higher(active.c.first, voids.c.first), _BATCHES.c.first)
        query = (
            select(_BATCHES.c.id, func.sum(_higher(end - start + 1, 0)))
            .join_from(_BATCHES, voids, _within(voids))
            .join(active, and_(active.c.gtin == voids.c.gtin, active.c.first <= voids.c.last, active.c.last >= voids.c.first))
            .group_by(_BATCHES.c.id)
        )  # fmt: skip
        found.update({row[0]: int(row[1]) for row in connection.execute(query)})
    return found


def _sold_void(connection: Connection) -> dict[int, int]:
    """How many serials of each batch are void and sold: a roll may go missing with some of it on goods."""
    voids = schema.voids
    start, end = _higher(voids.c.first, _BATCHES.c.first), _lower(voids.c.last, _BATCHES.c.last)
    count = _sold(voids.c.gtin, start, end).correlate(voids, _BATCHES).scalar_subquery()
    query = select(_BATCHES.c.id, func.sum(count)).join_from(_BATCHES, voids, _within(voids))
    return {row[0]: int(row[1]) for row in connection.execute(query.group_by(_BATCHES.c.id))}


def note_expired(connection: Connection, gtin: str, first: int, last: int) -> None:
    """Note with their batches how many activated serials of a range are left, before their data is deleted.

    A sale that comes still later, from a till that was long away, does not change that.
    """
    in_range = (_BATCHES.c.gtin == gtin) & (_BATCHES.c.first <= last) & (_BATCHES.c.last >= first)
    for batch in connection.execute(select(_BATCHES).where(in_range)).all():
        start, end = max(first, batch.first), min(last, batch.last)
        sold = connection.execute(_sold(gtin, start, end).where(~_is_void())).scalar_one()
        left = end - start + 1 - sold - _void_between(connection, gtin, start, end)
        same = _BATCHES.c.id == batch.id
        connection.execute(update(_BATCHES).where(same).values(expired=_BATCHES.c.expired + left))


def _void_between(connection: Connection, gtin: str, first: int, last: int) -> int:
    voids = schema.voids
    size = _lower(voids.c.last, last) - _higher(voids.c.first, first) + 1
    inside = (voids.c.gtin == gtin) & (voids.c.first <= last) & (voids.c.last >= first)
    return int(connection.execute(select(func.coalesce(func.sum(size), 0)).where(inside)).scalar_one())


def _sold(gtin: Any, first: Any, last: Any) -> Select[Any]:
    """How many serials of a range are sold."""
    lines, sales = schema.sale_lines, schema.sales
    return (
        select(func.count(distinct(lines.c.serial)))
        .join_from(lines, sales, schema.SAME_SALE)
        .where(lines.c.gtin == gtin, lines.c.serial.between(first, last), lines.c.ordinal.is_not(None))
        .where(~sales.c.held, still_open())
    )


def _is_void() -> ColumnElement[bool]:
    voids, lines = schema.voids, schema.sale_lines
    return exists().where(
        voids.c.gtin == lines.c.gtin, voids.c.first <= lines.c.serial, voids.c.last >= lines.c.serial
    )
