"""What ends things: a lot's recall, a recognition's withdrawal, the last day of older stamps."""

from datetime import date

from sqlalchemy import Connection, select

from office import audit, schema
from office.registry import changes
from office.registry.errors import RegistryError
from office.registry.storing import known, require
from office.registry.text import nfc


def recall(connection: Connection, lot: str, reason: str, by: str, at: int) -> None:
    """Recall a lot from `at` (ms UTC) on. A second recall of a lot is an error."""
    require(connection, schema.lots, lot, "recall", "lot")
    if known(connection, schema.recalls, lot):
        raise RegistryError(f"lot {lot} is recalled already.", f"Lô {lot} đã bị thu hồi rồi.", "lot")
    row = {"lot": lot, "at": at, "reason": nfc(reason)}
    changes.put(connection, schema.recalls, row, by, at)
    audit.note(connection, at, by, "recall", lot, {"reason": reason})


def withdraw(
    connection: Connection,
    product: str,
    on: date,
    produced_from: date | None,
    reason: str,
    by: str,
    at: int,
) -> None:
    """Withdraw a product's recognition, for goods produced from `produced_from` on (None: all)."""
    require(connection, schema.products, product, "withdrawal", "product")
    if known(connection, schema.withdrawals, product):
        raise RegistryError(
            f"the recognition of product {product} is withdrawn already.",
            f"Công nhận của sản phẩm {product} đã bị thu hồi rồi.",
            "product",
        )
    row = {
        "product": product,
        "on": on.isoformat(),
        "produced_from": produced_from.isoformat() if produced_from else None,
        "reason": nfc(reason),
    }
    changes.put(connection, schema.withdrawals, row, by, at)
    audit.note(connection, at, by, "withdraw", product, {"on": row["on"], "reason": reason})


def end_pattern(connection: Connection, name: str, on: date, by: str, at: int) -> None:
    """Let a pattern's stamps count until the day `on`, sooner than until now. Raises RegistryError."""
    table = schema.patterns
    require(connection, table, name, "end")
    last_day = connection.execute(select(table.c.last_day).where(table.c.id == name)).scalar_one()
    if last_day <= on.isoformat():
        raise RegistryError(f"pattern {name} ends on {last_day} already.")
    changes.put(connection, table, {"id": name, "last_day": on.isoformat()}, by, at)
    audit.note(connection, at, by, "pattern-end", name, {"last_day": on.isoformat()})
