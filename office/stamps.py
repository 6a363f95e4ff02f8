"""Stamps: issue a batch, sign it, activate serials to a lot, void them.

The database functions work in the caller's transaction; signing needs only the batch and the key.
"""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, Table, insert, select, update

from office import counters, schema
from office.audit import note
from office.keys import Signer
from office.registry import RegistryError
from scanner import stamps
from scanner.stamps import MAX_SERIAL, Stamp

LARGEST_BATCH = 1_000_000
LAST_ORDINAL = 2**32 - 1  # Roaring bitmaps hold 32-bit numbers


class Batch(NamedTuple):
    """Consecutive serials of one trade item under one key; `base` is the ordinal of `first`."""

    id: int
    gtin: str
    first: int
    last: int
    base: int
    k: str


def issue(connection: Connection, gtin: str, count: int, k: str, by: str, at: int) -> Batch:
    """Reserve the next `count` serials of `gtin` under stamp key `k`.

    Raises RegistryError: unknown or unstamped trade item, a bad count, no serials or ordinals left.
    """
    if not 1 <= count <= LARGEST_BATCH:
        raise RegistryError(f"a batch has 1 to {LARGEST_BATCH} stamps, not {count}.")
    counters.raise_by(connection, counters.REGISTRY)
    items = schema.trade_items
    item = connection.execute(select(items).where(items.c.gtin == gtin)).one_or_none()
    if item is None:
        raise RegistryError(f"there is no trade item {gtin}; add it first.")
    if not item.stamped:
        raise RegistryError(f"trade item {gtin} is sold without stamps.")
    first, last = item.mark + 1, item.mark + count
    base = counters.raise_by(connection, counters.ORDINALS, count)
    if last > MAX_SERIAL or base + count - 1 > LAST_ORDINAL:
        raise RegistryError(f"trade item {gtin}: no {count} serial numbers are left.")
    row = {"gtin": gtin, "first": first, "last": last, "base": base, "k": k, "issued_at": at, "issued_by": by}
    inserted = insert(schema.batches).values(**row).returning(schema.batches.c.id)
    number: int = connection.execute(inserted).scalar_one()
    connection.execute(update(items).where(items.c.gtin == gtin).values(mark=last))
    batch = Batch(number, gtin, first, last, base, k)
    note(connection, at, by, "issue", gtin, {"batch": batch.id, "first": first, "last": last})
    return batch


def signed(batch: Batch, host: str, signer: Signer) -> Iterator[str]:
    """The URI of every stamp of `batch`, in order, for the issuing key's `signer`."""
    for serial in range(batch.first, batch.last + 1):
        signature = signer.sign(stamps.message(host, batch.k, batch.gtin, serial))
        yield stamps.uri(Stamp(host, batch.k, signature, batch.gtin, serial))


def find_batch(connection: Connection, number: int) -> Batch:
    """The batch of this number, to print its stamps again. Raises RegistryError."""
    table = schema.batches
    row = connection.execute(
        select(*(table.c[name] for name in Batch._fields)).where(table.c.id == number)
    ).one_or_none()
    if row is None:
        raise RegistryError(f"there is no batch {number}.")
    return Batch(*row)


def activate(connection: Connection, gtin: str, first: int, last: int, lot: str, by: str, at: int) -> None:
    """Tie serials `first` to `last` of `gtin` to a lot, once and for good.

    Raises RegistryError: serials not issued, void or active already; a lot that is unknown, another
    trade item's, or recalled.
    """
    counters.raise_by(connection, counters.REGISTRY)
    _require_issued(connection, gtin, first, last)
    lots = schema.lots
    row = connection.execute(select(lots).where(lots.c.id == lot)).one_or_none()
    if row is None:
        raise RegistryError(f"there is no lot {lot}; add it first.")
    if row.gtin != gtin:
        raise RegistryError(
            f"lot {lot} is of trade item {row.gtin}, not {gtin}: these stamps cannot go to it."
        )
    if connection.execute(select(schema.recalls.c.lot).where(schema.recalls.c.lot == lot)).first():
        raise RegistryError(f"lot {lot} is recalled; no more stamps can be activated to it.")
    taken = _overlapping(connection, schema.activations, gtin, first, last)
    if taken is not None:
        raise RegistryError(
            f"serials {taken[0]} to {taken[1]} of {gtin} are activated already; a stamp is activated once."
        )
    void_range = _overlapping(connection, schema.voids, gtin, first, last)
    if void_range is not None:
        raise RegistryError(f"serials {void_range[0]} to {void_range[1]} of {gtin} are void.")
    connection.execute(insert(schema.activations).values(gtin=gtin, first=first, last=last, lot=lot, at=at))
    note(connection, at, by, "activate", gtin, {"first": first, "last": last, "lot": lot})


def void(connection: Connection, gtin: str, first: int, last: int, reason: str, by: str, at: int) -> None:
    """Declare serials void: lost, spoilt or stolen. Raises RegistryError: not issued, or void already."""
    counters.raise_by(connection, counters.REGISTRY)
    _require_issued(connection, gtin, first, last)
    known = _overlapping(connection, schema.voids, gtin, first, last)
    if known is not None:
        raise RegistryError(f"serials {known[0]} to {known[1]} of {gtin} are void already.")
    connection.execute(insert(schema.voids).values(gtin=gtin, first=first, last=last, at=at, reason=reason))
    note(connection, at, by, "void", gtin, {"first": first, "last": last, "reason": reason})


def _require_issued(connection: Connection, gtin: str, first: int, last: int) -> None:
    if not 1 <= first <= last:
        raise RegistryError(f"{first} to {last} is no range of serials.")
    items = schema.trade_items
    mark = connection.execute(select(items.c.mark).where(items.c.gtin == gtin)).scalar_one_or_none()
    if mark is None:
        raise RegistryError(f"there is no trade item {gtin}.")
    # Batches follow each other without gaps, from 1 to the mark.
    if last > mark:
        raise RegistryError(f"serials of {gtin} were issued up to {mark}, not {last}.")


def _overlapping(
    connection: Connection, table: Table, gtin: str, first: int, last: int
) -> tuple[int, int] | None:
    row = connection.execute(
        select(table.c.first, table.c.last)
        .where((table.c.gtin == gtin) & (table.c.first <= last) & (table.c.last >= first))
        .limit(1)
    ).one_or_none()
    return None if row is None else (row.first, row.last)
