"""Stamps: issue a batch, sign it, enter one of older stamps, activate serials to a lot, void them.

The database functions work in the caller's transaction; signing needs only the batch and the key.
"""

from base64 import b32encode
from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, Row, Table, insert, select, update

from kiosk import calendar
from office import schema
from office.audit import note
from office.publishing import roots
from office.publishing.keys import Signer
from office.registry import RegistryError
from office.storage import counters
from scanner import stamps
from scanner.stamps import MAX_SERIAL, SIGNATURE_CHARS

LARGEST_BATCH = 1_000_000
LAST_ORDINAL = 2**32 - 1  # Roaring bitmaps hold 32-bit numbers


class Batch(NamedTuple):
    """Consecutive serials of one trade item under one key; `base` is the ordinal of `first`.

    `k` is "" for older stamps, which nobody signed.
    """

    id: int
    gtin: str
    first: int
    last: int
    base: int
    k: str


def issue(connection: Connection, gtin: str, count: int, k: str, by: str, at: int, fee: int = 0) -> Batch:
    """Reserve the next `count` serials of `gtin` under stamp key `k`; `fee` is what each costs, đồng.

    Raises RegistryError: a key that may not sign now, an unknown or unstamped trade item, a bad count, no
    serials or ordinals left.
    """
    if not 1 <= count <= LARGEST_BATCH:
        raise RegistryError(
            f"a batch has 1 to {LARGEST_BATCH} stamps, not {count}.",
            f"Mỗi đợt có 1 đến {LARGEST_BATCH} tem, không phải {count}.",
            "count",
        )
    counters.raise_by(connection, counters.REGISTRY)
    roots.usable(connection, k, at)
    item = _stamped_item(connection, gtin)
    first = item.mark + 1
    # Older stamps may stand above the mark.
    while (taken := _overlapping(connection, schema.batches, gtin, first, first + count - 1)) is not None:
        first = taken[1] + 1
    batch = _add(connection, gtin, first, first + count - 1, k, by, at, fee)
    items = schema.trade_items
    connection.execute(update(items).where(items.c.gtin == gtin).values(mark=batch.last))
    note(connection, at, by, "issue", gtin, {"batch": batch.id, "first": first, "last": batch.last, "k": k})
    return batch


def enter_older(connection: Connection, gtin: str, first: int, last: int, by: str, at: int) -> Batch:
    """Enter a batch of older, unsigned stamps, so that their serials can be tied to lots.

    Raises RegistryError: unknown or unstamped trade item, no range of serials, serials that another
    batch has, or no ordinals left.
    """
    counters.raise_by(connection, counters.REGISTRY)
    if not 1 <= first <= last or last - first >= LARGEST_BATCH:
        raise RegistryError(
            f"{first} to {last} is no range of 1 to {LARGEST_BATCH} serials.",
            f"{first} đến {last} không phải dải 1 đến {LARGEST_BATCH} số tem.",
        )
    _stamped_item(connection, gtin)
    taken = _overlapping(connection, schema.batches, gtin, first, last)
    if taken is not None:
        raise RegistryError(
            f"serials {taken[0]} to {taken[1]} of {gtin} are in a batch already; older stamps of these "
            "numbers cannot have a lot.",
            f"Tem {taken[0]} đến {taken[1]} của {gtin} đã thuộc một đợt; tem cũ mang các số này không gắn lô được.",
        )
    batch = _add(connection, gtin, first, last, "", by, at)
    note(connection, at, by, "older-batch", gtin, {"batch": batch.id, "first": first, "last": last})
    return batch


def signed(batch: Batch, host: str, signer: Signer) -> Iterator[str]:
    """The URI of every stamp of `batch`, in order, for the issuing key's `signer`.

    As `scanner.stamps.uri` writes it, in half its time: what is the same for all is put together once.
    """
    sign, chars = signer.sign, SIGNATURE_CHARS
    start, end = f"HTTPS://{host}/S/{batch.k}", f"/01/{batch.gtin}/21/"
    for serial in range(batch.first, batch.last + 1):
        signature = b32encode(sign(stamps.message(host, batch.k, batch.gtin, serial)))
        yield f"{start}{signature[:chars].decode()}{end}{serial}"


def find_batch(connection: Connection, number: int) -> Batch:
    """The batch of this number, to print its stamps again. Raises RegistryError."""
    table = schema.batches
    row = connection.execute(
        select(*(table.c[name] for name in Batch._fields)).where(table.c.id == number)
    ).one_or_none()
    if row is None:
        raise RegistryError(f"there is no batch {number}.", f"Không có đợt phát hành {number}.")
    return Batch(*row)


def activate(connection: Connection, gtin: str, first: int, last: int, lot: str, by: str, at: int) -> None:
    """Tie serials `first` to `last` of `gtin` to a lot, once and for good.

    Raises RegistryError: serials not issued, void, active already or deleted; a lot that is unknown, another
    trade item's, or recalled.
    """
    counters.raise_by(connection, counters.REGISTRY)
    _require_issued(connection, gtin, first, last)
    lots = schema.lots
    row = connection.execute(select(lots).where(lots.c.id == lot)).one_or_none()
    if row is None:
        raise RegistryError(
            f"there is no lot {lot}; add it first.", f"Không có lô {lot}; hãy thêm trước.", "lot"
        )
    if row.gtin != gtin:
        raise RegistryError(
            f"lot {lot} is of trade item {row.gtin}, not {gtin}: these stamps cannot go to it.",
            f"Lô {lot} là của mặt hàng {row.gtin}, không phải {gtin}.",
            "lot",
        )
    if connection.execute(select(schema.recalls.c.lot).where(schema.recalls.c.lot == lot)).first():
        raise RegistryError(
            f"lot {lot} is recalled; no more stamps can be activated to it.",
            f"Lô {lot} đã bị thu hồi, không kích hoạt thêm tem được.",
            "lot",
        )
    _require_not_activated(connection, gtin, first, last)
    deleted = _overlapping(connection, schema.tombstones, gtin, first, last)
    if deleted is not None:
        raise RegistryError(
            f"serials {deleted[0]} to {deleted[1]} of {gtin} were used for goods long expired, and their data "
            "is deleted; a stamp is activated once.",
            f"Tem {deleted[0]} đến {deleted[1]} đã dùng cho hàng hết hạn từ lâu, dữ liệu đã xoá; "
            "mỗi tem chỉ kích hoạt một lần.",
            "first",
        )
    void_range = _overlapping(connection, schema.voids, gtin, first, last)
    if void_range is not None:
        raise RegistryError(
            f"serials {void_range[0]} to {void_range[1]} of {gtin} are void.",
            f"Tem {void_range[0]} đến {void_range[1]} đã huỷ.",
            "first",
        )
    connection.execute(
        insert(schema.activations).values(gtin=gtin, first=first, last=last, lot=lot, at=at, by=by)
    )
    note(connection, at, by, "activate", gtin, {"first": first, "last": last, "lot": lot})


def _require_not_activated(connection: Connection, gtin: str, first: int, last: int) -> None:
    table = schema.activations
    overlapping = (table.c.gtin == gtin) & (table.c.first <= last) & (table.c.last >= first)
    taken = connection.execute(
        select(table).where(overlapping).order_by(table.c.first).limit(1)
    ).one_or_none()
    if taken is None:
        return
    date = calendar.date_of(taken.at)
    at = calendar.clock_of(taken.at)
    raise RegistryError(
        f"serials {taken.first} to {taken.last} of {gtin} are activated already, to lot {taken.lot} "
        f"(by {taken.by}, {at} {calendar.english(date)}); a stamp is activated once.",
        f"Tem {taken.first} đến {taken.last} đã kích hoạt rồi, cho lô {taken.lot} "
        f"({taken.by}, {at} {calendar.vietnamese(date)}); mỗi tem chỉ kích hoạt một lần.",
        "first",
    )


def void(connection: Connection, gtin: str, first: int, last: int, reason: str, by: str, at: int) -> None:
    """Declare serials void: lost, spoilt or stolen. Raises RegistryError: not issued, or void already."""
    counters.raise_by(connection, counters.REGISTRY)
    _require_issued(connection, gtin, first, last)
    known = _overlapping(connection, schema.voids, gtin, first, last)
    if known is not None:
        raise RegistryError(
            f"serials {known[0]} to {known[1]} of {gtin} are void already.",
            f"Tem {known[0]} đến {known[1]} đã huỷ rồi.",
            "first",
        )
    connection.execute(insert(schema.voids).values(gtin=gtin, first=first, last=last, at=at, reason=reason))
    note(connection, at, by, "void", gtin, {"first": first, "last": last, "reason": reason})


def _stamped_item(connection: Connection, gtin: str) -> Row[tuple[object, ...]]:
    """The trade item, if its goods carry stamps."""
    items = schema.trade_items
    item = connection.execute(select(items).where(items.c.gtin == gtin)).one_or_none()
    if item is None:
        raise RegistryError(
            f"there is no trade item {gtin}; add it first.", f"Không có mặt hàng {gtin}.", "gtin"
        )
    if not item.stamped:
        raise RegistryError(
            f"trade item {gtin} is sold without stamps.", f"Mặt hàng {gtin} bán không dán tem.", "gtin"
        )
    return item


def _add(
    connection: Connection, gtin: str, first: int, last: int, k: str, by: str, at: int, fee: int = 0
) -> Batch:
    count = last - first + 1
    base = counters.raise_by(connection, counters.ORDINALS, count)
    if last > MAX_SERIAL or base + count - 1 > LAST_ORDINAL:
        raise RegistryError(
            f"trade item {gtin}: no {count} serial numbers are left.",
            f"Mặt hàng {gtin} không còn đủ {count} số tem.",
        )
    row = {
        "gtin": gtin,
        "first": first,
        "last": last,
        "base": base,
        "k": k,
        "issued_at": at,
        "issued_by": by,
        "fee": fee,
    }
    inserted = insert(schema.batches).values(**row).returning(schema.batches.c.id)
    number: int = connection.execute(inserted).scalar_one()
    return Batch(number, gtin, first, last, base, k)


def _require_issued(connection: Connection, gtin: str, first: int, last: int) -> None:
    if not 1 <= first <= last:
        raise RegistryError(
            f"{first} to {last} is no range of serials.", f"{first} đến {last} không phải dải số tem.", "last"
        )
    wanted = first
    while wanted <= last:
        batch = _overlapping(connection, schema.batches, gtin, wanted, wanted)
        if batch is None:
            raise RegistryError(
                f"serial {wanted} of {gtin} is in no batch that was issued.",
                f"Tem số {wanted} chưa được phát hành.",
                "last",
            )
        wanted = batch[1] + 1


def _overlapping(
    connection: Connection, table: Table, gtin: str, first: int, last: int
) -> tuple[int, int] | None:
    row = connection.execute(
        select(table.c.first, table.c.last)
        .where((table.c.gtin == gtin) & (table.c.first <= last) & (table.c.last >= first))
        .limit(1)
    ).one_or_none()
    return None if row is None else (row.first, row.last)
