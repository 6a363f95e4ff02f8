"""catalogue.db: the verified catalogue as a database, and look-ups in it.

The file is only ever replaced whole (`kiosk.host.stamps.installing`) and can always be fetched again; outlet.db
never depends on it.
"""

import json
import logging
import sqlite3
import time
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from kiosk.clock import CONFIRMED_MS
from kiosk.host.stamps import catalogue_layout as layout
from kiosk.host.stamps.catalogue_layout import Row
from kiosk.host.stamps.sold_sets import SoldSet
from kiosk.patterns import Patterns
from kiosk.sold import Published
from sync import catalogue
from sync.canonical import encode
from sync.roaring import Roaring

FILE = "catalogue.db"

# KiB of the file that SQLite keeps at hand: the upper levels of the large trees. The system's own cache
# holds the rest, for as long as nobody else needs the memory.
_CACHE = 2048
_ON_THE_SHELF = 300  # goods kept as read, some 3 kB each: what an outlet sells, again and again
_FEW = 1000  # keys of a table, held in memory

log = logging.getLogger(__name__)


# A range stands under the number of its GTIN × 2^32 + its first serial; the numbers begin with 1.
_ACTIVATION = (
    "SELECT range, length, at, id, gtin, code, produced, expires FROM activations JOIN lots ON number = lot "
    "WHERE range <= ? ORDER BY range DESC LIMIT 1"
)
_PRODUCT_COLUMNS = "p.producer, stars, recognised, recognised_until, p.grace_days, illustrative, photo, texts"
_PRODUCT = f"SELECT {_PRODUCT_COLUMNS} FROM products AS p WHERE id = ?"  # noqa: S608 (names of our own)
_PRODUCER_COLUMNS = ", ".join(f"m.{field}" for field in layout.COLUMNS["producers"])
_CONTRACT_COLUMNS = ", ".join(f'c."{field}"' for field in layout.COLUMNS["contracts"])
# Whoever asks for a trade item asks for its product, producer and the newest contract next: one statement
# brings all of them.
_GOODS = (
    f"SELECT product, unit, net, price, stamped, mark, {_PRODUCT_COLUMNS}, {_PRODUCER_COLUMNS}, {_CONTRACT_COLUMNS} "  # noqa: S608
    "FROM trade_items LEFT JOIN products AS p ON p.id = product LEFT JOIN producers AS m ON m.id = p.producer "
    'LEFT JOIN contracts AS c ON c.producer = p.producer WHERE gtin = ? ORDER BY c."from" DESC LIMIT 1'
)


class Table:
    """Look-ups by key in one table of rows."""

    def __init__(self, db: sqlite3.Connection, name: str) -> None:
        columns = layout.COLUMNS[name]
        self._db = db
        self._fields = tuple(columns)
        self._give = [(field, kind.give) for field, kind in columns.items() if kind.give is not None]
        names = ", ".join(f'"{field}"' for field in columns)
        self._all = f"SELECT {names} FROM {name}"  # noqa: S608 (names of our own)
        # The keys, where they are few: most look-ups then end here, for nearly no lot is recalled.
        first = f'SELECT DISTINCT "{self._fields[0]}" FROM {name} LIMIT {_FEW + 1}'  # noqa: S608 (names of our own)
        keys = {key for (key,) in db.execute(first)}
        self._keys = keys if len(keys) <= _FEW else None
        # Of several contracts with a producer, the newest.
        self._one = (
            f'{self._all} WHERE "{self._fields[0]}" = ? ORDER BY "{catalogue.KEYS[name][-1]}" DESC LIMIT 1'
        )

    def get(self, key: object) -> Row | None:
        """The row of a key, None if there is none."""
        if self._keys is not None and key not in self._keys:
            return None
        values = self._db.execute(self._one, (key,)).fetchone()
        return None if values is None else self.row(values)

    def rows(self) -> list[Row]:
        """All rows."""
        return [self.row(values) for values in self._db.execute(self._all)]

    def row(self, values: Sequence[Any]) -> Row:
        """The row whose columns have these values."""
        row = dict(zip(self._fields, values, strict=True))
        for field, give in self._give:
            row[field] = give(row[field])
        return row


class Goods(NamedTuple):
    """What a GTIN stands for, as far as there is anything: rows of four segments. Not to be changed."""

    item: Row | None
    product: Row | None
    producer: Row | None
    contract: Row | None  # this outlet's newest with the producer


class Ranges:
    """A small table of ranges, held in memory as packed columns: 8 bytes a value."""

    def __init__(self, packed: dict[str, "array[int]"], name: str) -> None:
        self._places, self._lengths, *self._beside = (
            packed[f"{name}.{column}"] for column in layout.PACKED[name]
        )

    def at(self, place: int) -> tuple[int, ...] | None:
        """The range that holds the place: its own place, its length, the columns beside. None for none."""
        at = bisect_right(self._places, place) - 1
        # A range of another GTIN ends below this place: none reaches into the next number.
        if at < 0 or place - self._places[at] > self._lengths[at]:
            return None
        return self._places[at], self._lengths[at], *(column[at] for column in self._beside)


class Catalogue:
    """Look-ups in an installed catalogue (the protocol `kiosk.lookups.Catalogue`).

    Raises sqlite3.Error, KeyError or ValueError when the file is missing, spoilt or of another layout:
    fetch it again.
    """

    def __init__(self, folder: Path) -> None:
        self._db = connect(folder / FILE)
        documents = dict(self._db.execute("SELECT name, content FROM document").fetchall())
        self.root_envelope: Row = json.loads(documents["root"])
        self.envelope: Row = json.loads(documents["current"])
        self._dictionary: bytes = documents["dictionary"]
        self.root: Row = self.root_envelope["signed"]
        self.current: Row = self.envelope["signed"]
        self.version: int = self.current["version"]
        self.issued: int = self.current["issued"]
        self.outlet: str = self.current["outlet"]
        self.hosts: list[str] = self.root["hosts"]
        self.sha256 = catalogue.sha256_hex(encode(self.envelope))
        self._stamp_keys = {key["k"]: (bytes.fromhex(key["public"]), key) for key in self.root["stamp_keys"]}
        self._producers = Table(self._db, "producers")
        self._recalls, self._withdrawals = Table(self._db, "recalls"), Table(self._db, "withdrawals")
        self._contracts, self._settings = Table(self._db, "contracts"), Table(self._db, "settings")
        self.patterns = Patterns(Table(self._db, "patterns").rows())
        packed = {name: array("q", column) for name, column in self._db.execute("SELECT * FROM packed")}
        self._batches, self._voids, self._tombstones = (
            Ranges(packed, name) for name in ("batches", "voids", "tombstones")
        )
        self._gtins, self._numbers = packed["number.gtin"], packed["number.number"]
        self._numbered: tuple[str | None, int] = (
            None,
            0,
        )  # the GTIN last asked for, and its number (0: none)
        self._goods = lru_cache(_ON_THE_SHELF)(self._read_goods)
        self._last = Goods(None, None, None, None)  # those of the trade item last asked for
        self._activated: list[Any] = [None]  # the lot (its id first) of the activation last read
        marks = json.loads(
            self._db.execute("SELECT marks FROM sold WHERE name = 'sold_outlet'").fetchone()[0]
        )
        self.published = Published(
            everywhere=self._set("sold_all"),
            here=self._set("sold_outlet"),
            twice=self._set("sold_twice"),
            marks={device: mark[:2] for device, mark in marks.items()},
            apart={device: mark[2] for device, mark in marks.items() if len(mark) > 2},
        )

    def close(self) -> None:
        """Close the file; a newer one may have taken its name."""
        self._db.close()

    def stamp_key(self, k: str) -> bytes | None:
        """Public key of the issuing key `k`."""
        return self._stamp_keys[k][0] if k in self._stamp_keys else None

    def stamp_key_retired(self, k: str) -> bool:
        """Whether `k` signs no stamp that is still valid."""
        return k in self._stamp_keys and bool(self._stamp_keys[k][1]["retired"])

    def trade_item(self, gtin: str) -> Row | None:
        """The trade item of a 14-digit GTIN."""
        self._last = self._goods(gtin)
        return self._last.item

    def gtins(self) -> list[str]:
        """The GTINs of all trade items."""
        return [layout.give_gtin(gtin) for (gtin,) in self._db.execute("SELECT gtin FROM trade_items")]

    def product(self, product_id: str) -> Row | None:
        """A product by id."""
        last = self._last.product
        if last is not None and last["id"] == product_id:
            return last
        found = self._db.execute(_PRODUCT, (product_id,)).fetchone()
        return None if found is None else self._product_row(product_id, *found)

    def photos(self) -> list[str]:
        """SHA-256 of the pictures of what this outlet sells, in hex."""
        query = (
            "SELECT DISTINCT photo FROM products "
            "WHERE photo IS NOT NULL AND producer IN (SELECT producer FROM contracts)"
        )
        return [photo.hex() for (photo,) in self._db.execute(query)]

    def producer(self, producer_id: str) -> Row | None:
        """A producer by id."""
        last = self._last.producer
        return last if last is not None and last["id"] == producer_id else self._producers.get(producer_id)

    def lot(self, lot_id: str) -> Row | None:
        """A lot by id."""
        found = self._activated
        if found[0] != lot_id:
            found = self._db.execute(layout.FIND_LOT, (*layout.lot_places(lot_id), lot_id)).fetchone()
        if found is None or found[1] is None:
            return None
        _, gtin, code, produced, expires = found
        return {
            "id": lot_id,
            "gtin": layout.give_gtin(gtin),
            "code": code,
            "produced": layout.give_day(produced),
            "expires": None if expires is None else layout.give_day(expires),
        }

    def recall(self, lot_id: str) -> Row | None:
        """The recall of a lot."""
        return self._recalls.get(lot_id)

    def withdrawal(self, product_id: str) -> Row | None:
        """The withdrawal of a product's recognition."""
        return self._withdrawals.get(product_id)

    def contract(self, producer_id: str) -> Row | None:
        """This outlet's newest contract with a producer."""
        last = self._last.contract
        if last is not None and last["producer"] == producer_id:
            return last
        return self._contracts.get(producer_id)

    def setting(self, name: str) -> Any:
        """The value of one of the office's settings, None if it sets none."""
        row = self._settings.get(name)
        return None if row is None else row["value"]

    def batch(self, gtin: str, serial: int) -> Row | None:
        """The batch that a serial belongs to."""
        found = self._batches.at(self._place(gtin, serial))
        if found is None:
            return None
        place, length, batch, base, k = found
        first = place & layout.HIGHEST_SERIAL
        return {
            "gtin": gtin,
            "batch": batch,
            "first": first,
            "last": first + length,
            "base": base,
            "k": chr(k) if k else "",
        }

    def activation(self, gtin: str, serial: int) -> Row | None:
        """The activation that covers a serial."""
        stands = self._place(gtin, serial)
        found = self._db.execute(_ACTIVATION, (stands,)).fetchone()
        if found is None or found[0] + found[1] < stands:
            return None
        place, length, at, *self._activated = found
        first = place & layout.HIGHEST_SERIAL
        return {"gtin": gtin, "first": first, "last": first + length, "lot": self._activated[0], "at": at}

    def voided(self, gtin: str, serial: int) -> bool:
        """Whether the stamp was declared void."""
        return self._voids.at(self._place(gtin, serial)) is not None

    def deleted(self, gtin: str, serial: int) -> bool:
        """Whether the stamp's data has been deleted, leaving a tombstone."""
        return self._tombstones.at(self._place(gtin, serial)) is not None

    def _read_goods(self, gtin: str) -> Goods:
        found = self._db.execute(_GOODS, (_as_kept(gtin),)).fetchone()
        if found is None:
            return Goods(None, None, None, None)
        product, unit, net, price, stamped, mark, *others = found
        item = {"gtin": gtin, "product": product, "unit": unit, "net": net, "price": price}
        item |= {"stamped": bool(stamped), "mark": mark}
        return Goods(
            item,
            None if others[0] is None else self._product_row(product, *others[:8]),
            None if others[8] is None else self._producers.row(others[8:-4]),
            None if others[-4] is None else self._contracts.row(others[-4:]),
        )

    def _product_row(
        self,
        product_id: str,
        producer: str,
        stars: int,
        recognised: int,
        until: int | None,
        grace_days: int,
        illustrative: int,
        photo: bytes | None,
        texts: bytes,
    ) -> Row:
        row = layout.unpack(texts, self._dictionary)
        row["id"] = product_id
        row["producer"] = producer
        row["stars"] = stars
        row["recognised"] = layout.give_day(recognised)
        row["recognised_until"] = None if until is None else layout.give_day(until)
        row["grace_days"] = grace_days
        row["illustrative"] = bool(illustrative)
        row["photo"] = None if photo is None else photo.hex()
        return row

    def _place(self, gtin: str, serial: int) -> int:
        """Where the stamp stands among the ranges; -1, before all of them, for none that can be there."""
        if self._numbered[0] != gtin:
            kept = _as_kept(gtin)
            at = bisect_left(self._gtins, kept or 0)
            known = at < len(self._gtins) and self._gtins[at] == kept
            self._numbered = gtin, self._numbers[at] if known else 0
        number = self._numbered[1]
        return number << 32 | serial if number and 0 <= serial <= layout.HIGHEST_SERIAL else -1

    def _set(self, name: str) -> Roaring | SoldSet:
        query = "SELECT rowid, added, removed FROM sold WHERE name = ?"
        ((row, added, removed),) = self._db.execute(query, (name,)).fetchall()
        with self._db.blobopen("sold", "bitmap", row, readonly=True) as blob:
            base = Roaring(blob.read())
        return SoldSet(base, added, removed) if added or removed else base


def connect(file: Path) -> sqlite3.Connection:
    """Open a finished catalogue.db, which nobody writes to: no locks are taken.

    Raises sqlite3.Error, or ValueError for a file of another layout.
    """
    db = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version != layout.VERSION:
        db.close()
        raise ValueError(f"it is of layout {version}, this program reads {layout.VERSION}")
    db.execute(f"PRAGMA cache_size = {-_CACHE}")
    return db


def _as_kept(gtin: str) -> int | None:
    """A GTIN as the tables hold it; None for what is no GTIN."""
    try:
        return layout.keep_gtin(gtin)
    except ValueError:
        return None


class Holder:
    """Holds the installed catalogue, and how lately the office said that it is the newest."""

    def __init__(self, folder: Path, outlet: str) -> None:
        self._folder = folder
        self._outlet = outlet
        self._confirmed_at: float | None = None
        self.revoked = False  # the office gives this device no newer one: it counts as old
        self.catalogue: Catalogue | None = None
        self.reopen()

    def reopen(self) -> None:
        """Look into the file again: None when there is none, it is spoilt, or it is another outlet's."""
        old, self.catalogue = self.catalogue, None
        if old is not None:
            old.close()
        if not (self._folder / FILE).exists():
            return
        try:
            found = Catalogue(self._folder)
        except (sqlite3.Error, ValueError, KeyError, TypeError) as error:
            log.warning("catalogue.db cannot be used and is fetched again: %s", error)
            return
        if found.outlet == self._outlet:
            self.catalogue = found

    def confirm(self) -> None:
        """The office has just signed, over our nonce, that this catalogue is its newest."""
        self._confirmed_at = time.monotonic()

    @property
    def confirmed(self) -> bool:
        """Whether that was at most 15 minutes ago."""
        return (
            self._confirmed_at is not None and (time.monotonic() - self._confirmed_at) * 1000 <= CONFIRMED_MS
        )
