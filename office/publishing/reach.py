"""How far a recall or a withdrawal has reached: which devices have a catalogue that holds it, and since when.

The publisher writes down with which version an ending went out first; a device's journal says which version it
installed. Both are signed, so a device counts as reached only when it is.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, delete, func, insert, select

from office.outlets.devices import in_service
from office.schema import (
    devices,
    lots,
    outlets,
    products,
    published_endings,
    reached_endings,
    recalls,
    trade_items,
    withdrawals,
)

KINDS = {"lots": "recalls", "products": "withdrawals"}
"""By the kind of the record that was ended: the kind of the ending."""

_COLUMNS = {"recalls": recalls.c.lot, "withdrawals": withdrawals.c.product}


class Till(NamedTuple):
    """A device that should know of an ending; `since` (ms UTC) is None before, and where it was never told apart."""

    device: str
    outlet: str
    name: str
    address: str
    phone: str
    seen_at: int | None
    has_it: bool
    since: int | None


class Reach(NamedTuple):
    """An ending: what ended and why, when it went out (None: not yet), and every till."""

    kind: str
    key: str
    title: str
    reason: str
    published_at: int | None
    tills: list[Till]

    @property
    def reached(self) -> int:
        """How many tills have it."""
        return sum(till.has_it for till in self.tills)


def endings(connection: Connection) -> set[tuple[str, str]]:
    """(kind, key) of every recall and withdrawal in the registry."""
    return set(_endings(connection))


def _endings(connection: Connection) -> Iterator[tuple[str, str]]:
    for kind, column in _COLUMNS.items():
        for key in connection.execute(select(column)).scalars():
            yield kind, key


def publish(connection: Connection, held: set[tuple[str, str]], version: int, now: int) -> None:
    """Write down which of `held`, what catalogues of `version` hold, went out just now; forget what was taken back."""
    table = published_endings
    known = {(row.kind, row.key) for row in connection.execute(select(table.c.kind, table.c.key))}
    for kind, key in known - held:
        for one in (table, reached_endings):
            connection.execute(delete(one).where(one.c.kind == kind, one.c.key == key))
    new = [{"kind": kind, "key": key, "version": version, "at": now} for kind, key in sorted(held - known)]
    if new:
        connection.execute(insert(table), new)


def reached(connection: Connection, device: str, before: int | None, version: int, at: int) -> None:
    """A device that had the catalogue `before` has installed `version`. One that had none learnt everything at once."""
    if before is None or version <= before:
        return
    table = published_endings
    between = and_(table.c.version > before, table.c.version <= version)
    rows = connection.execute(select(table.c.kind, table.c.key).where(between)).all()
    known = select(reached_endings.c.kind, reached_endings.c.key).where(reached_endings.c.device == device)
    have = {tuple(row) for row in connection.execute(known)} if rows else set()
    new = [
        {"kind": kind, "key": key, "device": device, "at": at}
        for kind, key in rows
        if (kind, key) not in have
    ]
    if new:
        connection.execute(insert(reached_endings), new)


def find(connection: Connection, record: str, key: str) -> Reach | None:
    """The reach of a record's ending (`record` is a key of KINDS); None if it has not ended.

    The tills that have it not come first, then those that had it last.
    """
    kind = KINDS[record]
    ended = _ended(connection, kind, key)
    if ended is None:
        return None
    title, reason = ended
    published = connection.execute(
        select(published_endings.c.version, published_endings.c.at).where(
            published_endings.c.kind == kind, published_endings.c.key == key
        )
    ).one_or_none()
    mark = and_(
        reached_endings.c.device == devices.c.id,
        reached_endings.c.kind == kind,
        reached_endings.c.key == key,
    )
    rows = connection.execute(
        select(
            devices.c.id, devices.c.outlet, outlets.c.name, outlets.c.address, outlets.c.phone, devices.c.seen_at,
            devices.c.catalogue, devices.c.state, reached_endings.c.at,
        )
        .join_from(devices, outlets, outlets.c.code == devices.c.outlet)
        .join(reached_endings, mark, isouter=True)
        .where(in_service())
    )  # fmt: skip
    tills = []
    for row in rows:
        # Of a forked device nobody can say which of its cards has what.
        has_it = published is not None and row.state == "active" and (row.catalogue or 0) >= published.version
        since = row.at if has_it else None
        tills.append(
            Till(row.id, row.outlet, row.name, row.address, row.phone, row.seen_at, has_it, since)
        )  # fmt: skip
    tills.sort(key=lambda till: (till.has_it, -(till.since or 0), till.device))
    return Reach(kind, key, title, reason, published.at if published else None, tills)


def as_json(found: Reach) -> dict[str, Any]:
    """A reach for programs."""
    return {
        "kind": found.kind, "key": found.key, "published_at": found.published_at, "reached": found.reached,
        "of": len(found.tills),
        "tills": [
            {"device": till.device, "outlet": till.outlet, "has_it": till.has_it, "since": till.since,
             "seen_at": till.seen_at, "phone": till.phone}
            for till in found.tills
        ],
    }  # fmt: skip


def count(connection: Connection, record: str, key: str) -> tuple[int, int] | None:
    """How many tills have an ending, and of how many; None if the record has not ended."""
    kind = KINDS[record]
    if _ended(connection, kind, key) is None:
        return None
    table = published_endings
    version = select(table.c.version).where(table.c.kind == kind, table.c.key == key).scalar_subquery()
    has_it = and_(devices.c.state == "active", devices.c.catalogue >= version)
    row = connection.execute(
        select(func.count().filter(has_it), func.count()).select_from(devices).where(in_service())
    ).one()
    return int(row[0]), int(row[1])


def _ended(connection: Connection, kind: str, key: str) -> tuple[str, str] | None:
    """What ended, in words, and why."""
    if kind == "recalls":
        query = (
            select(lots.c.code, products.c.name, recalls.c.reason)
            .join_from(recalls, lots, lots.c.id == recalls.c.lot)
            .join(trade_items, trade_items.c.gtin == lots.c.gtin)
            .join(products, products.c.id == trade_items.c.product)
            .where(recalls.c.lot == key)
        )
    else:
        query = (
            select(products.c.id, products.c.name, withdrawals.c.reason)
            .join_from(withdrawals, products, products.c.id == withdrawals.c.product)
            .where(withdrawals.c.product == key)
        )
    row = connection.execute(query).one_or_none()
    return None if row is None else (f"{row[1]} · {row[0]}", row[2])
