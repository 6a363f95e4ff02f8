"""Whether what is in stock may stand on the shelf, as the catalogue of the moment says."""

import sqlite3
from typing import Any

from kiosk import shelf
from kiosk.host.data import readings
from kiosk.host.stamps.catalogue import Catalogue

Row = dict[str, Any]


def lot_of(catalogue: Catalogue, gtin: str, serial: int) -> Row | None:
    """The lot of a stamp; None where it is not activated, or 0 (goods without a stamp)."""
    activation = catalogue.activation(gtin, serial) if serial else None
    return catalogue.lot(activation["lot"]) if activation else None


def trouble(catalogue: Catalogue, gtin: str, serial: int, lot: Row | None, today: str) -> str | None:
    """Why an item (serial 0: one without a stamp) may not stand there (`shelf.OFF_THE_SHELF`), None if it may.
    `lot` is its `lot_of`."""
    item = catalogue.trade_item(gtin)
    if item is None:
        return None
    return shelf.trouble(
        bool(serial) and catalogue.voided(gtin, serial),
        lot,
        catalogue.recall(lot["id"]) if lot else None,
        catalogue.product(item["product"]),
        catalogue.withdrawal(item["product"]),
        today,
    )


def sound_stock(catalogue: Catalogue, db: sqlite3.Connection, today: str) -> set[str]:
    """The trade items (GTIN) of which at least one piece that may stand there is in stock."""
    stamps: dict[str, list[int]] = {}
    for gtin, serial in readings.stamps_held(db):
        stamps.setdefault(gtin, []).append(serial)

    def sound(gtin: str, serial: int) -> bool:
        return trouble(catalogue, gtin, serial, lot_of(catalogue, gtin, serial), today) is None

    return {
        gtin
        for gtin, qty in readings.stock(db).items()
        if qty > 0 and any(sound(gtin, serial) for serial in stamps.get(gtin, [0]))
    }
