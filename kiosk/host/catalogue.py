"""catalogue.db: the verified catalogue as a database, replaced whole, and look-ups in it.

The file can always be fetched again; outlet.db never depends on it.
"""

import base64
import json
import logging
import os
import sqlite3
import time
from pathlib import Path
from typing import Any

from kiosk.clock import CONFIRMED_MS
from kiosk.sold import Published
from sync import catalogue
from sync.canonical import encode
from sync.roaring import Roaring

FILE = "catalogue.db"

log = logging.getLogger(__name__)

_SCHEMA = """
    CREATE TABLE document (name TEXT PRIMARY KEY, content TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE record (
        segment TEXT NOT NULL, key TEXT NOT NULL, content TEXT NOT NULL, PRIMARY KEY (segment, key)
    ) STRICT, WITHOUT ROWID;
    -- Segments whose rows are ranges of serials of one trade item.
    CREATE TABLE serial_range (
        segment TEXT NOT NULL, gtin TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
        content TEXT NOT NULL, PRIMARY KEY (segment, gtin, first)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE sold (name TEXT PRIMARY KEY, bitmap BLOB NOT NULL, marks TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""


def install(
    folder: Path, root: dict[str, Any], current: dict[str, Any], contents: dict[str, list[dict[str, Any]]]
) -> None:
    """Write the verified documents as `folder`/catalogue.db: to a new file, fsync, rename.

    `root` and `current` are envelopes; `contents` is what `sync.host.pull` verified. Raises OSError
    or sqlite3.Error when the disk fails; the old catalogue then stays.
    """
    new = folder / (FILE + ".new")
    new.unlink(missing_ok=True)
    db = sqlite3.connect(new, isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")  # the fsync below covers the whole file
        db.executescript("BEGIN; " + _SCHEMA)
        for name, envelope in (("root", root), ("current", current)):
            db.execute("INSERT INTO document VALUES (?, ?)", (name, encode(envelope).decode()))
        for name, key in catalogue.KEYS.items():
            rows = catalogue.rows(name, contents[name])
            if "first" in key:
                values = ((name, row["gtin"], row["first"], row["last"], _text(row)) for row in rows)
                db.executemany("INSERT INTO serial_range VALUES (?, ?, ?, ?, ?)", values)
            else:
                db.executemany(
                    "INSERT OR REPLACE INTO record VALUES (?, ?, ?)",
                    ((name, row[key[0]], _text(row)) for row in rows),
                )
        for name in catalogue.SOLD_SETS:
            (content,) = contents[name]
            bitmap = base64.b64decode(content["bitmap"], validate=True)
            Roaring(bitmap)  # refuse a malformed one now, not at the first scan
            db.execute("INSERT INTO sold VALUES (?, ?, ?)", (name, bitmap, json.dumps(content["marks"])))
        db.execute("COMMIT")
    finally:
        db.close()
    with new.open("rb") as file:
        os.fsync(file.fileno())
    new.rename(folder / FILE)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _text(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


class Catalogue:
    """Look-ups in an installed catalogue (the protocol `kiosk.lookups.Catalogue`).

    Raises sqlite3.Error or ValueError when the file is missing or spoilt: fetch it again.
    """

    def __init__(self, folder: Path) -> None:
        self._db = sqlite3.connect(f"file:{folder / FILE}?mode=ro", uri=True, isolation_level=None)
        documents = {
            name: json.loads(content)
            for name, content in self._db.execute("SELECT name, content FROM document")
        }
        self.root_envelope: dict[str, Any] = documents["root"]
        self.envelope: dict[str, Any] = documents["current"]
        self.root: dict[str, Any] = self.root_envelope["signed"]
        current = self.envelope["signed"]
        self.version: int = current["version"]
        self.issued: int = current["issued"]
        self.outlet: str = current["outlet"]
        self.hosts: list[str] = self.root["hosts"]
        self.sha256 = catalogue.sha256_hex(encode(self.envelope))
        self._stamp_keys = {key["k"]: key for key in self.root["stamp_keys"]}
        sets = {
            name: (Roaring(bitmap), json.loads(marks))
            for name, bitmap, marks in self._db.execute("SELECT name, bitmap, marks FROM sold")
        }
        self.published = Published(
            everywhere=sets["sold_all"][0],
            here=sets["sold_outlet"][0],
            twice=sets["sold_twice"][0],
            marks=sets["sold_outlet"][1],
        )

    def close(self) -> None:
        """Close the file; a newer one may have taken its name."""
        self._db.close()

    def stamp_key(self, k: str) -> bytes | None:
        """Public key of the issuing key `k`."""
        key = self._stamp_keys.get(k)
        return None if key is None else bytes.fromhex(key["public"])

    def stamp_key_retired(self, k: str) -> bool:
        """Whether `k` signs no stamp that is still valid."""
        return bool(self._stamp_keys.get(k, {}).get("retired"))

    def trade_item(self, gtin: str) -> dict[str, Any] | None:
        """The trade item of a 14-digit GTIN."""
        return self._record("trade_items", gtin)

    def product(self, product: str) -> dict[str, Any] | None:
        """A product by id."""
        return self._record("products", product)

    def producer(self, producer: str) -> dict[str, Any] | None:
        """A producer by id."""
        return self._record("producers", producer)

    def lot(self, lot: str) -> dict[str, Any] | None:
        """A lot by id."""
        return self._record("lots", lot)

    def recall(self, lot: str) -> dict[str, Any] | None:
        """The recall of a lot."""
        return self._record("recalls", lot)

    def withdrawal(self, product: str) -> dict[str, Any] | None:
        """The withdrawal of a product's recognition."""
        return self._record("withdrawals", product)

    def contract(self, producer: str) -> dict[str, Any] | None:
        """This outlet's newest contract with a producer."""
        return self._record("contracts", producer)

    def setting(self, name: str) -> Any:
        """The value of one of the office's settings, None if it sets none."""
        row = self._record("settings", name)
        return None if row is None else row["value"]

    def batch(self, gtin: str, serial: int) -> dict[str, Any] | None:
        """The batch that a serial belongs to."""
        return self._range("batches", gtin, serial)

    def activation(self, gtin: str, serial: int) -> dict[str, Any] | None:
        """The activation that covers a serial."""
        return self._range("activations", gtin, serial)

    def voided(self, gtin: str, serial: int) -> bool:
        """Whether the stamp was declared void."""
        return self._range("voids", gtin, serial) is not None

    def deleted(self, gtin: str, serial: int) -> bool:
        """Whether the stamp's data has been deleted, leaving a tombstone."""
        return self._range("tombstones", gtin, serial) is not None

    def _record(self, segment: str, key: str) -> dict[str, Any] | None:
        row = self._db.execute(
            "SELECT content FROM record WHERE segment = ? AND key = ?", (segment, key)
        ).fetchone()
        return None if row is None else json.loads(row[0])

    def _range(self, segment: str, gtin: str, serial: int) -> dict[str, Any] | None:
        row = self._db.execute(
            "SELECT last, content FROM serial_range WHERE segment = ? AND gtin = ? AND first <= ? "
            "ORDER BY first DESC LIMIT 1",
            (segment, gtin, serial),
        ).fetchone()
        return json.loads(row[1]) if row is not None and serial <= row[0] else None


class Holder:
    """Holds the installed catalogue, and how lately the office said that it is the newest."""

    def __init__(self, folder: Path, outlet: str) -> None:
        self._folder = folder
        self._outlet = outlet
        self._confirmed_at: float | None = None
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
        except (sqlite3.Error, ValueError, KeyError) as error:
            log.error("catalogue.db cannot be used and is fetched again: %s", error)
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
