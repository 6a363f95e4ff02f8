"""What ends things: a lot's recall, a recognition's withdrawal, the last day of older stamps."""

from datetime import date

from sqlalchemy import Connection

from office import audit, schema
from office.registry.errors import RegistryError
from office.registry.store import Store
from office.registry.storing import require
from office.registry.text import nfc


def recall(connection: Connection, lot: str, reason: str, by: str, at: int) -> None:
    """Recall a lot from `at` (ms UTC) on. A second recall of a lot is an error."""
    store = Store(connection, by, at)
    require(store, schema.lots, lot, "recall", "lot")
    if store.get(schema.recalls, lot) is not None:
        raise RegistryError(f"lot {lot} is recalled already.", f"Lô {lot} đã bị thu hồi rồi.", "lot")
    row = {"lot": lot, "at": at, "reason": nfc(reason)}
    store.put(schema.recalls, row)
    store.flush()
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
    store = Store(connection, by, at)
    require(store, schema.products, product, "withdrawal", "product")
    if store.get(schema.withdrawals, product) is not None:
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
    store.put(schema.withdrawals, row)
    store.flush()
    audit.note(connection, at, by, "withdraw", product, {"on": row["on"], "reason": reason})


def end_pattern(connection: Connection, name: str, on: date, by: str, at: int) -> None:
    """Let a pattern's stamps count until the day `on`, sooner than until now. Raises RegistryError."""
    store = Store(connection, by, at)
    require(store, schema.patterns, name, "end")
    row = store.get(schema.patterns, name)
    assert row is not None
    if row["last_day"] <= on.isoformat():
        last = row["last_day"]
        raise RegistryError(
            f"pattern {name} ends on {last} already.", f"Mẫu tem cũ {name} đã ngừng từ {last}."
        )
    store.put(schema.patterns, {"id": name, "last_day": on.isoformat()})
    store.flush()
    audit.note(connection, at, by, "pattern-end", name, {"last_day": on.isoformat()})
