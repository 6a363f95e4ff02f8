"""How catalogue.db holds a segment's rows: its tables, and how a row becomes columns and back.

A GTIN is its number, a date its days since 1970, a product's texts one compressed value. A range of
serials stands under one integer, the number given to its GTIN here × 2^32 + its first serial, so that the
range of a serial is one step in a tree of integers. An activation names its lot by a number too; a lot is
found by its id through the CRC of that, for an index of ids would hold them all twice.
"""

import json
import zlib
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

Row = dict[str, Any]

VERSION = 5  # of this layout, as `user_version`; a file of another one is fetched again

SCHEMA = f"""
    PRAGMA user_version = {VERSION};
    CREATE TABLE document (name TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE producers (
        id TEXT PRIMARY KEY, name TEXT NOT NULL, address TEXT NOT NULL, commune TEXT NOT NULL,
        district TEXT NOT NULL, phone TEXT NOT NULL, lat_e5 INTEGER, lon_e5 INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE products (
        id TEXT NOT NULL UNIQUE, producer TEXT NOT NULL, stars INTEGER NOT NULL, recognised INTEGER NOT NULL,
        recognised_until INTEGER, grace_days INTEGER NOT NULL, illustrative INTEGER NOT NULL,
        photo BLOB, texts BLOB NOT NULL
    ) STRICT;
    CREATE TABLE trade_items (
        gtin INTEGER PRIMARY KEY, product TEXT NOT NULL, unit TEXT NOT NULL, net TEXT NOT NULL,
        price INTEGER, stamped INTEGER NOT NULL, mark INTEGER NOT NULL
    ) STRICT;
    -- A lot that only an activation names has no more than an id.
    CREATE TABLE lots (
        number INTEGER PRIMARY KEY, id TEXT NOT NULL, gtin INTEGER, code TEXT, produced INTEGER,
        expires INTEGER
    ) STRICT;
    CREATE TABLE lot_places (place INTEGER PRIMARY KEY) STRICT;  -- CRC-32 of the id × 2^31 + number
    CREATE TABLE recalls (
        lot TEXT PRIMARY KEY, at INTEGER NOT NULL, reason TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE withdrawals (
        product TEXT PRIMARY KEY, "on" INTEGER NOT NULL, produced_from INTEGER, reason TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE contracts (
        producer TEXT NOT NULL, "from" INTEGER NOT NULL, until INTEGER, grace_days INTEGER NOT NULL,
        PRIMARY KEY (producer, "from")
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE patterns (
        id TEXT PRIMARY KEY, pattern TEXT NOT NULL, items TEXT NOT NULL, last_day INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE number (gtin INTEGER PRIMARY KEY, number INTEGER NOT NULL) STRICT;
    -- `length` is last - first.
    CREATE TABLE batches (
        range INTEGER PRIMARY KEY, length INTEGER NOT NULL, batch INTEGER NOT NULL, base INTEGER NOT NULL,
        k INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE activations (
        range INTEGER PRIMARY KEY, length INTEGER NOT NULL, lot INTEGER NOT NULL, at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE voids (range INTEGER PRIMARY KEY, length INTEGER NOT NULL) STRICT;
    CREATE TABLE tombstones (range INTEGER PRIMARY KEY, length INTEGER NOT NULL) STRICT;
    -- A sold set: the base as it came, and what deltas added and removed, as ascending ordinals of four bytes.
    CREATE TABLE sold (
        name    TEXT PRIMARY KEY,
        bitmap  BLOB NOT NULL,
        added   BLOB NOT NULL,
        removed BLOB NOT NULL,
        marks   TEXT NOT NULL
    ) STRICT;
    -- The columns of `PACKED`, each whole: what a device keeps in memory, read at once.
    CREATE TABLE packed (name TEXT PRIMARY KEY, column BLOB NOT NULL) STRICT, WITHOUT ROWID;
"""

FIND_LOT = (
    "SELECT number, gtin, code, produced, expires FROM lot_places JOIN lots ON number = place & 0x7FFFFFFF "
    "WHERE place BETWEEN ? AND ? AND id = ?"
)

HIGHEST_SERIAL = 0xFFFFFFFF
_EPOCH = date(1970, 1, 1).toordinal()


class Kind(NamedTuple):
    """How a field is kept. `keep` raises ValueError for a value that is not of the kind."""

    keep: Callable[[Any], Any]
    give: Callable[[Any], Any] | None  # None: as it is kept


def _keep_integer(value: Any) -> int:
    if type(value) is not int or not -(2**63) <= value < 2**63:
        raise ValueError(f"{value!r} is no integer")
    return value


def keep_serial(value: Any) -> int:
    """A serial: 0 to 2^32 - 1."""
    if type(value) is not int or not 0 <= value <= HIGHEST_SERIAL:
        raise ValueError(f"{value!r} is no serial")
    return value


def keep_gtin(value: Any) -> int:
    """A GTIN of 14 digits, as its number."""
    if type(value) is not str or len(value) != 14 or not (value.isascii() and value.isdigit()):
        raise ValueError(f"{value!r} is no GTIN of 14 digits")
    return int(value)


def give_gtin(value: int) -> str:
    """The 14 digits of a kept GTIN."""
    return f"{value:014d}"


def lot_places(lot: str) -> tuple[int, int]:
    """The lowest and the highest place at which the number of a lot can stand."""
    lowest = zlib.crc32(lot.encode()) << 31
    return lowest, lowest | 0x7FFFFFFF


@lru_cache(1024)
def give_day(value: int) -> str:
    """The ISO text of a kept date."""
    return date.fromordinal(value + _EPOCH).isoformat()


def keep_text(value: Any) -> str:
    """A text."""
    if type(value) is not str:
        raise ValueError(f"{value!r} is no text")
    return value


def _keep_flag(value: Any) -> int:
    if type(value) is not bool:
        raise ValueError(f"{value!r} is neither true nor false")
    return int(value)


def _keep_day(value: Any) -> int:
    day = date.fromisoformat(keep_text(value))
    if day.isoformat() != value:
        raise ValueError(f"{value!r} is no date such as 2026-11-23")
    return day.toordinal() - _EPOCH


def _or_none(kind: Kind) -> Kind:
    keep, give = kind
    return Kind(
        lambda value: None if value is None else keep(value),
        None if give is None else lambda value: None if value is None else give(value),
    )


def _keep_key(value: Any) -> int:
    if type(value) is not str or len(value) > 1 or not value.isascii():
        raise ValueError(f"{value!r} is no name of a stamp key")
    return ord(value) if value else 0


def _keep_sha256(value: Any) -> bytes:
    digest = bytes.fromhex(keep_text(value))
    if len(digest) != 32 or digest.hex() != value:
        raise ValueError(f"{value!r} is no SHA-256")
    return digest


TEXT = Kind(keep_text, None)
SHA256 = Kind(_keep_sha256, bytes.hex)
KEY = Kind(_keep_key, None)  # a character's number; 0 for stamps from before there were keys
INTEGER = Kind(_keep_integer, None)
FLAG = Kind(_keep_flag, bool)
DAY = Kind(_keep_day, give_day)
GTIN = Kind(keep_gtin, give_gtin)
JSON = Kind(lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":")), json.loads)

# The columns of each table whose rows stand under their own names, in the schema's order.
COLUMNS: dict[str, dict[str, Kind]] = {
    "producers": {
        "id": TEXT,
        "name": TEXT,
        "address": TEXT,
        "commune": TEXT,
        "district": TEXT,
        "phone": TEXT,
        "lat_e5": _or_none(INTEGER),
        "lon_e5": _or_none(INTEGER),
    },
    "products": {
        "id": TEXT,
        "producer": TEXT,
        "stars": INTEGER,
        "recognised": DAY,
        "recognised_until": _or_none(DAY),
        "grace_days": INTEGER,
        "illustrative": FLAG,
        "photo": _or_none(SHA256),
    },
    "trade_items": {
        "gtin": GTIN,
        "product": TEXT,
        "unit": TEXT,
        "net": TEXT,
        "price": _or_none(INTEGER),
        "stamped": FLAG,
        "mark": INTEGER,
    },
    "recalls": {"lot": TEXT, "at": INTEGER, "reason": TEXT},
    "withdrawals": {"product": TEXT, "on": DAY, "produced_from": _or_none(DAY), "reason": TEXT},
    "contracts": {"producer": TEXT, "from": DAY, "until": _or_none(DAY), "grace_days": INTEGER},
    "settings": {"name": TEXT, "value": JSON},
    "patterns": {"id": TEXT, "pattern": TEXT, "items": JSON, "last_day": DAY},
}

LOT = {"gtin": GTIN, "code": TEXT, "produced": DAY, "expires": _or_none(DAY)}

# Of the tables of ranges, what stands beside the range and its length.
RANGES: dict[str, dict[str, Kind]] = {
    "batches": {"batch": INTEGER, "base": INTEGER, "k": KEY},
    "activations": {"lot": TEXT, "at": INTEGER},
    "voids": {},
    "tombstones": {},
}

# Tables that are also kept packed, column by column, in the order of the first.
PACKED = {
    "batches": ("range", "length", "batch", "base", "k"),
    "voids": ("range", "length"),
    "tombstones": ("range", "length"),
    "number": ("gtin", "number"),
}

# A product's texts, kept together; its allergens, a list of texts, come last.
TEXTS = "name name_en group group_name commune district ingredients process storage story decision".split()
_BETWEEN = "\x1f"  # the unit separator of ASCII: splitting there is faster than reading JSON
DICTIONARY = 32 * 1024  # bytes: all that deflate can look back


def texts_of(row: Row) -> bytes:
    """A product's texts, before compression. Raises KeyError or ValueError for one that is missing."""
    allergens = row["allergens"]
    if type(allergens) is not list:
        raise ValueError("allergens is no list")
    texts = [keep_text(text) for text in (*(row[field] for field in TEXTS), *allergens)]
    joined = _BETWEEN.join(texts)
    if joined.count(_BETWEEN) != len(texts) - 1 or joined.startswith("["):
        joined = json.dumps(texts, ensure_ascii=False)  # begins with [
    return joined.encode()


def packer(dictionary: bytes) -> Callable[[bytes], bytes]:
    """Compresses the texts of products; the dictionary is what many of them have in common."""
    primed = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, dictionary)

    def pack(texts: bytes) -> bytes:
        once = primed.copy()  # spares reading the dictionary again
        return once.compress(texts) + once.flush()

    return pack


def unpack(packed: bytes, dictionary: bytes) -> Row:
    """A product's texts by field. Raises zlib.error or ValueError for spoilt ones."""
    joined = zlib.decompressobj(-15, dictionary).decompress(packed).decode()
    texts = json.loads(joined) if joined.startswith("[") else joined.split(_BETWEEN)
    row: Row = dict(zip(TEXTS, texts, strict=False))
    row["allergens"] = texts[len(TEXTS) :]
    return row
