"""What an official should hear before stamps are issued or activated, though nothing forbids it."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, select

from kiosk import calendar
from office import schema
from office.registry import lots

Caution = tuple[str, str]
"""Vietnamese and English."""


def before_issuing(connection: Connection, gtin: str, today: str) -> list[Caution]:
    """Of the goods: their recognition is withdrawn, or has ended on the day `today` (ISO)."""
    found = [_withdrawn()] if _withdrawal(connection, gtin) else []
    until, _ = _recognised(connection, gtin)
    return [*found, *([_lapsed(until)] if not until or until < today else [])]


def before_activating(
    connection: Connection, gtin: str, count: int, lot: dict[str, Any], today: str
) -> list[Caution]:
    """Of `count` stamps for a lot {id ("": a new one), produced, expires, quantity}: what tills will refuse, and too many."""
    found = []
    withdrawal = _withdrawal(connection, gtin)
    if withdrawal is not None and lot["produced"] >= (withdrawal.produced_from or ""):
        found.append(_withdrawn())
    until, last = _recognised(connection, gtin)
    if not last or lot["produced"] > last:
        found.append(_lapsed(until))
    if lot["expires"] and lot["expires"] < today:
        day = lot["expires"]
        found.append(
            (f"Lô này đã hết hạn sử dụng ngày {calendar.vietnamese(day)}.",
             f"This lot expired on {calendar.english(day)}.")
        )  # fmt: skip
    total = count + sum(one.size for one in lots.stamps(connection, lot["id"]))
    if lot["quantity"] is not None and total > lot["quantity"]:
        found.append(
            (f"Lô ghi sản xuất {lot['quantity']}, sẽ có {total} tem được kích hoạt.",
             f"Packs made: {lot['quantity']}; stamps that will be activated: {total}.")
        )  # fmt: skip
    return found


def _withdrawn() -> Caution:
    return (
        "Công nhận của sản phẩm này đã bị thu hồi: máy ở điểm bán sẽ từ chối bán.",
        "The recognition of this product is withdrawn: tills will refuse to sell it.",
    )


def _lapsed(until: str) -> Caution:
    if not until:
        return "Sản phẩm chưa có quyết định công nhận.", "The product has no recognition."
    return (
        f"Công nhận đã hết hạn ngày {calendar.vietnamese(until)}: hàng sản xuất sau đó không còn là hàng OCOP.",
        f"The recognition ended on {calendar.english(until)}: goods produced since are no OCOP goods.",
    )


def _withdrawal(connection: Connection, gtin: str) -> Any:
    items, withdrawals = schema.trade_items, schema.withdrawals
    query = select(withdrawals).join(items, items.c.product == withdrawals.c.product)
    return connection.execute(query.where(items.c.gtin == gtin)).one_or_none()


def _recognised(connection: Connection, gtin: str) -> tuple[str, str]:
    """Until when the newest recognition holds, and for goods of which last day with its grace; "" where there is none."""
    items, table = schema.trade_items, schema.recognitions
    query = (
        select(table.c.recognised_until, table.c.grace_days)
        .join(items, items.c.product == table.c.product)
        .where(items.c.gtin == gtin)
        .order_by(table.c.recognised.desc())
        .limit(1)
    )
    newest = connection.execute(query).one_or_none()
    if newest is None:
        return "", ""
    until, grace = newest
    return until, (date.fromisoformat(until) + timedelta(days=grace)).isoformat()
