"""Readings of the stock: what there is, what leaves the shelf, what soon expires, what a producer's goods did."""

import sqlite3
from typing import Any

from kiosk import calendar, shelf
from kiosk.host.clock import Clock
from kiosk.host.data import readings
from kiosk.host.stamps.judging import Judge
from kiosk.host.stock.standing import lot_of, trouble
from kiosk.host.tills.goods import Goods

Row = dict[str, Any]


def ranges(serials: list[int]) -> str:
    """Serials in their order as people count them: "1-20, 25"."""
    found: list[tuple[int, int]] = []
    for serial in serials:
        if found and serial == found[-1][1] + 1:
            found[-1] = (found[-1][0], serial)
        else:
            found.append((serial, serial))
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in found)


class StockLists:
    """Each list is made anew when it is asked for: from outlet.db's tables and the catalogue of the moment."""

    def __init__(self, db: sqlite3.Connection, judge: Judge, goods: Goods, clock: Clock) -> None:
        self._db = db
        self._judge = judge
        self._goods = goods
        self._clock = clock

    @property
    def today(self) -> str:
        """The shop's date by which things are judged."""
        return calendar.date_of(self._clock.judged)

    def held(self) -> list[Row]:
        """Every trade item that is or was in stock: {gtin, name, ..., qty, stamps}, by name."""
        stamps: dict[str, int] = {}
        for gtin, _ in readings.stamps_held(self._db):
            stamps[gtin] = stamps.get(gtin, 0) + 1
        counts = readings.stock(self._db)
        rows = [
            self._item(gtin) | {"qty": counts.get(gtin, 0), "stamps": stamps.get(gtin, 0)}
            for gtin in {**counts, **stamps}
        ]
        return sorted(rows, key=lambda row: (row["name"], row["gtin"]))

    def stamps(self, gtin: str) -> list[Row]:
        """The stamps of one trade item that should be here: {serial, lot, expires, trouble}."""
        return [
            {"serial": serial, "lot": (lot or {}).get("code"), "expires": (lot or {}).get("expires")}
            | {"trouble": why}
            for _, serial, lot, why in self._judged(gtin)
        ]

    def off_the_shelf(self) -> list[Row]:
        """What must be taken off, by goods, lot and reason: {gtin, name, lot, expires, why, qty, stamps}."""
        return self._gathered(lambda _lot, why: why)

    def expiring(self, days: int) -> list[Row]:
        """What still keeps, for at most so many days, by goods and lot; the first to expire first."""
        today = self.today
        rows = self._gathered(
            lambda lot, why: "expiring" if why is None and shelf.expires_within(lot, today, days) else None
        )
        return sorted(rows, key=lambda row: (row["expires"], row["name"]))

    def statement(self, producer: str, first: str, last: str) -> Row:
        """A producer's goods from one date to another, both included: {producer, first, last, rows, sold}; a row
        has the fields of `shelf.statement` and `amount`, what customers paid (đồng)."""
        since, until = calendar.start_of(first), calendar.start_of(calendar.add_days(last, 1))
        moved = shelf.statement(readings.stock_moves(self._db), since, until)
        paid = readings.sold_for(self._db, since, until)
        catalogue = self._judge.catalogue
        known = catalogue.producer(producer) if catalogue else None
        rows = []
        for gtin in {**moved, **paid}:
            item = self._item(gtin)
            if item["producer_id"] == producer and gtin in moved:
                rows.append(item | moved[gtin] | {"amount": paid.get(gtin, 0)})
        rows.sort(key=lambda row: row["name"])
        return {
            "producer": {"id": producer, "name": (known or {}).get("name") or producer},
            "first": first,
            "last": last,
            "rows": rows,
            "sold": sum(row["amount"] for row in rows),
        }

    def producers(self) -> list[Row]:
        """Whose goods this outlet has had, or has a contract for: {id, name}, by name."""
        catalogue = self._judge.catalogue
        if catalogue is None:
            return []
        found = {}
        moved = readings.stock(self._db)
        for item in self._goods.all():
            producer = self._item(item["gtin"])["producer_id"]
            if item["gtin"] in moved or catalogue.contract(producer):
                found[producer] = item["producer"]
        return sorted(({"id": key, "name": name} for key, name in found.items()), key=lambda row: row["name"])

    def _gathered(self, wanted: Any) -> list[Row]:
        """Stamps by goods, lot and reason; goods without stamps once, as far as they are in stock."""
        found: dict[tuple[str, str, str], Row] = {}
        catalogue, counts = self._judge.catalogue, readings.stock(self._db)
        for gtin, serial, lot, why in self._judged(None):
            reason = wanted(lot, why)
            if reason is None:
                continue
            key = (gtin, (lot or {}).get("id", ""), reason)
            row = found.get(key)
            if row is None:
                row = found[key] = self._item(gtin) | {"why": reason, "qty": 0, "stamps": []}
                row |= {"lot": (lot or {}).get("code"), "expires": (lot or {}).get("expires")}
            row["qty"] += 1
            row["stamps"].append(serial)
        for row in found.values():
            row["stamps"] = ranges(row["stamps"])
        stamped = {gtin for gtin, _ in readings.stamps_held(self._db)}
        for gtin, qty in counts.items():
            if catalogue is None or gtin in stamped or qty <= 0:
                continue
            reason = wanted(None, trouble(catalogue, gtin, 0, None, self.today))
            if reason is not None:
                more = {"why": reason, "qty": qty, "stamps": "", "lot": None, "expires": None}
                found[gtin, "", reason] = self._item(gtin) | more
        return sorted(found.values(), key=lambda row: (row["name"], row["lot"] or ""))

    def _judged(self, gtin: str | None) -> list[tuple[str, int, Row | None, str | None]]:
        """(GTIN, serial, lot, trouble) of each stamp held."""
        catalogue, held = self._judge.catalogue, sorted(readings.stamps_held(self._db, gtin))
        if catalogue is None:
            return [(one, serial, None, None) for one, serial in held]
        return [
            (one, serial, lot, trouble(catalogue, one, serial, lot, self.today))
            for one, serial in held
            for lot in (lot_of(catalogue, one, serial),)
        ]

    def _item(self, gtin: str) -> Row:
        known = self._goods.one(gtin) or {}
        catalogue = self._judge.catalogue
        item = catalogue.trade_item(gtin) if catalogue else None
        product = catalogue.product(item["product"]) if catalogue and item else None
        return {
            "gtin": gtin,
            "name": known.get("name") or gtin,
            "name_en": known.get("name_en") or "",
            "unit": known.get("unit") or "",
            "net": known.get("net") or "",
            "producer": known.get("producer") or "",
            "producer_id": (product or {}).get("producer") or "",
        }
