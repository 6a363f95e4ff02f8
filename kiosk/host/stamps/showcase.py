"""The shop's products for the idle screen: what this outlet sells, with the price here."""

import sqlite3
from typing import Any

from kiosk.host.data import readings
from kiosk.host.stamps.catalogue import Catalogue
from kiosk.host.stock.standing import sound_stock

MOST = 24


def showcase(catalogue: Catalogue | None, db: sqlite3.Connection, today: str) -> list[dict[str, Any]]:
    """Up to 24 products with a running recognition and contract: first those that can be sold from stock (recalled and
    expired goods cannot), then those with more stars.

    Each: {name, name_en, stars, group, commune, district, price (đồng or None), unit, net, photo (its name, or None)}.
    """
    if catalogue is None:
        return []
    stock = sound_stock(catalogue, db, today)
    shown: dict[str, tuple[tuple[bool, int, str], dict[str, Any]]] = {}
    for gtin in catalogue.gtins():
        item = catalogue.trade_item(gtin)
        product = catalogue.product(item["product"]) if item else None
        if item is None or product is None or product["id"] in shown or not _sound(catalogue, product, today):
            continue
        price = readings.own_price(db, item["gtin"])
        row = {name: product[name] for name in ("name", "name_en", "stars", "group", "commune", "district")}
        row["photo"] = product["photo"]
        row |= {"price": item["price"] if price is None else price, "unit": item["unit"], "net": item["net"]}
        order = (item["gtin"] not in stock, -product["stars"], item["gtin"])
        shown[product["id"]] = order, row
    return [row for _, row in sorted(shown.values(), key=lambda pair: pair[0])[:MOST]]


def _sound(catalogue: Catalogue, product: dict[str, Any], today: str) -> bool:
    """Whether it may be praised: recognised, not withdrawn, and under contract here."""
    contract = catalogue.contract(product["producer"])
    until = product["recognised_until"]
    return (
        catalogue.withdrawal(product["id"]) is None
        and (until is None or until >= today)
        and contract is not None
        and (contract["until"] is None or contract["until"] >= today)
    )
