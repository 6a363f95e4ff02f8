"""Corrections by an officer: another lot for stamps, other dates for a lot. Each has a reason and raises
an alert; none touches what is sold, so that expired stock is never re-dated."""

from sqlalchemy import Connection, delete, insert, select, update

from office import audit, schema
from office.registry import Lot, RegistryError, changes, lots
from office.registry.storing import row_of
from office.storage import counters


def correct(
    connection: Connection, gtin: str, first: int, last: int, lot: str, reason: str, by: str, at: int
) -> None:
    """Tie activated serials to another lot of the same trade item. Raises RegistryError."""
    counters.raise_by(connection, counters.REGISTRY)
    _reason(reason)
    table = schema.activations
    found = connection.execute(select(schema.lots.c.gtin).where(schema.lots.c.id == lot)).scalar_one_or_none()
    if found != gtin:
        raise RegistryError(
            f"there is no lot {lot} of trade item {gtin}.", f"Mặt hàng {gtin} không có lô {lot}.", "lot"
        )
    if connection.execute(select(schema.recalls.c.lot).where(schema.recalls.c.lot == lot)).first():
        raise RegistryError(f"lot {lot} is recalled.", f"Lô {lot} đã bị thu hồi.", "lot")
    sold = lots.first_sold(connection, gtin, first, last)
    if sold is not None:
        raise RegistryError(
            f"serial {sold} of {gtin} is sold; what is sold keeps its lot.",
            f"Tem số {sold} đã bán; hàng đã bán giữ nguyên lô.",
            "first",
        )
    inside = (table.c.gtin == gtin) & (table.c.first <= last) & (table.c.last >= first)
    ranges = connection.execute(select(table).where(inside).order_by(table.c.first)).all()
    covered = sum(min(row.last, last) - max(row.first, first) + 1 for row in ranges)
    if not 1 <= first <= last or covered != last - first + 1:
        raise RegistryError(
            f"not all serials {first} to {last} of {gtin} are activated.",
            f"Không phải mọi tem từ {first} đến {last} đều đã kích hoạt.",
            "first",
        )
    connection.execute(delete(table).where(inside))
    for row in ranges:
        kept = {"gtin": gtin, "lot": row.lot, "at": row.at, "by": row.by}
        parts = [(row.first, min(row.last, first - 1)), (max(row.first, last + 1), row.last)]
        connection.execute(
            insert(table),
            [kept | {"first": start, "last": end} for start, end in parts if start <= end]
            + [kept | {"first": max(row.first, first), "last": min(row.last, last), "lot": lot, "by": by}],
        )
    before = sorted({row.lot for row in ranges})
    detail = {"first": first, "last": last, "from": before, "lot": lot, "reason": reason, "by": by}
    audit.note(connection, at, by, "activation-correct", gtin, detail)
    audit.alert(connection, at, "activation_changed", "", "", 0, detail, gtin, first)


def correct_lot(connection: Connection, lot: Lot, reason: str, by: str, at: int) -> None:
    """Correct code and dates of a lot that stamps are tied to, while none of them is sold. Raises RegistryError."""
    counters.raise_by(connection, counters.REGISTRY)
    _reason(reason)
    table = schema.lots
    found = connection.execute(select(table).where(table.c.id == lot.id)).mappings().one_or_none()
    if found is None:
        raise RegistryError(f"there is no lot {lot.id}.", f"Không có lô {lot.id}.", "lot")
    before, row = dict(found), row_of(lot)
    if before["gtin"] != row["gtin"]:
        raise RegistryError("a lot stays with its trade item.", "Lô không đổi sang mặt hàng khác.", "gtin")
    if lot.expires is not None and lot.expires < lot.produced:
        raise RegistryError(
            f"lot {lot.id}: it expires before it was produced.", "Hạn sử dụng trước ngày sản xuất.", "expires"
        )
    if lots.sold(connection, lot.id):
        raise RegistryError(
            f"stamps of lot {lot.id} are sold; its dates cannot change any more.",
            f"Đã bán hàng của lô {lot.id}; không đổi ngày được nữa.",
            "expires",
        )
    connection.execute(update(table).where(table.c.id == lot.id).values(**row))
    change = changes.row_of(table, before, before | row, by, at)
    connection.execute(insert(schema.changes), [change])
    dates = {name: row[name] for name in ("code", "produced", "expires")}
    detail = {"lot": lot.id, "reason": reason, "by": by} | dates
    audit.note(connection, at, by, "lot-correct", lot.id, detail)
    audit.alert(connection, at, "lot_changed", "", "", 0, detail, lot.gtin)


def _reason(reason: str) -> None:
    if len(reason.strip()) < 3:
        raise RegistryError("a correction needs a reason.", "Đính chính phải có lý do.", "reason")
