"""Forgetting stamps one calendar month past their goods' expiry.

What goes is which lot a stamp belonged to; what stays is a tombstone (the range of serials, merged with its
neighbours), that it was void, the batch with its totals, and the journal with its chain.
"""

from datetime import date

from sqlalchemy import Connection, Engine, delete, insert, select

from office import audit, schema
from office.registry.writing import months_later
from office.stamps import counting
from office.storage import counters
from office.storage.database import reading, writing
from office.times import local_date

_AT_ONCE = 1000  # ranges in a transaction


def delete_expired(engine: Engine, now: int) -> int:
    """Delete what is due at `now` (ms UTC). Returns how many stamps."""
    today = local_date(now)
    with reading(engine) as connection:
        if not _due(connection, today):
            return 0
    total = 0
    while True:
        with writing(engine) as connection:
            ranges = _due(connection, today)
            if not ranges:
                return total
            counters.raise_by(connection, counters.REGISTRY)
            for gtin, first, last in ranges:
                _bury(connection, gtin, first, last)
                total += last - first + 1
            gtins = len({gtin for gtin, _, _ in ranges})
            counts = {"ranges": len(ranges), "trade_items": gtins}
            audit.note(connection, now, "office", "stamps-delete", "expired", counts)


def _due(connection: Connection, today: date) -> list[tuple[str, int, int]]:
    active, lots = schema.activations, schema.lots
    rows = connection.execute(
        select(active.c.gtin, active.c.first, active.c.last, lots.c.expires)
        .join(lots, lots.c.id == active.c.lot)
        .where(lots.c.expires.is_not(None), lots.c.expires < today.isoformat())
        .order_by(lots.c.expires, active.c.gtin, active.c.first)
        .limit(_AT_ONCE)
    )
    return [
        (gtin, first, last)
        for gtin, first, last, expires in rows
        if months_later(date.fromisoformat(expires), 1) < today
    ]


def _bury(connection: Connection, gtin: str, first: int, last: int) -> None:
    """Put a tombstone over a range, joined with those beside it."""
    active, stones = schema.activations, schema.tombstones
    counting.note_expired(connection, gtin, first, last)
    connection.execute(delete(active).where(active.c.gtin == gtin, active.c.first == first))
    looks = schema.phone_looks
    connection.execute(delete(looks).where(looks.c.gtin == gtin, looks.c.serial.between(first, last)))
    beside = (stones.c.gtin == gtin) & (stones.c.first <= last + 1) & (stones.c.last >= first - 1)
    found = connection.execute(select(stones.c.first, stones.c.last).where(beside)).all()
    connection.execute(delete(stones).where(beside))
    start = min([first, *(row.first for row in found)])
    end = max([last, *(row.last for row in found)])
    connection.execute(insert(stones).values(gtin=gtin, first=start, last=end))
