"""Alerts for lots of which more stamps are activated, or more packs sold, than were produced.

A stamp is sold once and only when activated, so the sales cannot exceed what was produced before the activations
do: only such lots have their sales counted. An alert closes by itself when the numbers were corrected.
"""

from typing import NamedTuple

from sqlalchemy import Connection, Engine, Select, Subquery, and_, case, func, insert, select, update

from office import schema
from office.books.lines import still_open
from office.schema import SAME_SALE
from office.storage.database import reading, writing

_LOTS, _ACTIVE, _ALERTS = schema.lots, schema.activations, schema.alerts
_LINES, _SALES = schema.sale_lines, schema.sales
KIND = "overproduced"


class Figures(NamedTuple):
    """A lot in packs: produced, stamps activated for it, and of these sold, all in all and by outlet (code, name)."""

    lot: str
    code: str
    gtin: str
    produced: int
    activated: int
    sold: int
    by_outlet: list[tuple[str, str, int]]


def look(engine: Engine, now: int) -> None:
    """Raise and close the alerts. `now` is ms UTC."""
    told = and_(_ALERTS.c.kind == KIND, _ALERTS.c.closed_at.is_(None))
    with reading(engine) as connection:
        over = {str(lot) for (lot,) in connection.execute(_over())}
        rows = connection.execute(select(_ALERTS.c.id, _ALERTS.c.detail).where(told))
        known = {row.detail["lot"]: row.id for row in rows}
        new = [figures(connection, lot) for lot in sorted(over - known.keys())]
    done = [number for lot, number in known.items() if lot not in over]
    if not (new or done):
        return
    with writing(engine) as connection:
        for one in new:
            assert one is not None
            detail = {"lot": one.lot, "produced": one.produced, "activated": one.activated, "sold": one.sold}
            connection.execute(insert(_ALERTS).values(at=now, kind=KIND, gtin=one.gtin, detail=detail))
        if done:
            close = update(_ALERTS).where(_ALERTS.c.id.in_(done), told)
            connection.execute(close.values(closed_at=now, closed_by="office"))


def figures(connection: Connection, lot: str) -> Figures | None:
    """How a lot stands; None for one that is not there, or whose quantity nobody wrote down."""
    row = connection.execute(
        select(_LOTS.c.code, _LOTS.c.gtin, _LOTS.c.quantity).where(_LOTS.c.id == lot)
    ).one_or_none()
    if row is None or row.quantity is None:
        return None
    alive = _alive()
    activated = connection.execute(select(alive.c.stamps).where(alive.c.lot == lot)).scalar_one_or_none() or 0
    inside = and_(
        _ACTIVE.c.lot == lot,
        _LINES.c.gtin == _ACTIVE.c.gtin,
        _LINES.c.serial.between(_ACTIVE.c.first, _ACTIVE.c.last),
    )
    outlets = schema.outlets
    sold = connection.execute(
        select(outlets.c.code, outlets.c.name, func.sum(_LINES.c.qty))
        .join_from(_ACTIVE, _LINES, inside)
        .join(_SALES, SAME_SALE)
        .join(outlets, outlets.c.code == _SALES.c.outlet)
        .where(~_SALES.c.held, still_open())
        .group_by(outlets.c.code, outlets.c.name)
        .order_by(func.sum(_LINES.c.qty).desc(), outlets.c.code)
    ).all()
    by_outlet = [(code, name, int(count)) for code, name, count in sold]
    total = sum(count for _, _, count in by_outlet)
    return Figures(lot, row.code, row.gtin, int(row.quantity), int(activated), total, by_outlet)


def _over() -> Select[tuple[str]]:
    """Lots whose activated stamps are more than their packs."""
    alive = _alive()
    query = select(_LOTS.c.id).join_from(_LOTS, alive, alive.c.lot == _LOTS.c.id)
    return query.where(_LOTS.c.quantity.is_not(None), alive.c.stamps > _LOTS.c.quantity)


def _alive() -> Subquery:
    """By lot: how many stamps are activated and not void."""
    voids = schema.voids
    first = case((voids.c.first > _ACTIVE.c.first, voids.c.first), else_=_ACTIVE.c.first)
    last = case((voids.c.last < _ACTIVE.c.last, voids.c.last), else_=_ACTIVE.c.last)
    overlap = and_(
        voids.c.gtin == _ACTIVE.c.gtin, voids.c.first <= _ACTIVE.c.last, voids.c.last >= _ACTIVE.c.first
    )
    void = select(func.coalesce(func.sum(last - first + 1), 0)).where(overlap).scalar_subquery()
    every = select(_ACTIVE.c.lot, (_ACTIVE.c.last - _ACTIVE.c.first + 1 - void).label("stamps")).subquery()
    return select(every.c.lot, func.sum(every.c.stamps).label("stamps")).group_by(every.c.lot).subquery()
