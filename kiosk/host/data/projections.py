"""The tables of outlet.db that are told by journals: sales, what undid them, stamps, stock, prices, money, shifts.

Each row is of one entry (its `device` and `seq`) and never changes, so that the tables can be made anew from the
journals at any time, and compared with them. This till's own entries and those of the outlet's other tills go the
same way: whoever writes an entry has its rows written in the same transaction.
"""

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from kiosk.host.data import database
from sync.bodies import BodyError, read
from sync.damage import Kept
from sync.journal import hash10, read_header

Request = tuple[
    str, bytes
]  # the Idempotency-Key under which an entry was asked for, SHA-256 of what was asked
Body = dict[str, Any]
Entries = Callable[[], Iterator[tuple[str, Kept]]]  # every journal's, each with its device
At = tuple[str, int]  # device, seq

# Table: the columns that come from the journals. A sale's and an undo's request is told by the till alone.
TABLES: Final = {
    "sale": "device, seq, number, hash10, at, staff, total, change",
    "sale_line": "device, seq, line, gtin, serial, qty, price, amount",
    "stamp_move": "device, seq, at, gtin, serial, sold_by, sale",
    "undo": "device, seq, kind, at, staff, sold_by, sale, total",
    "undo_line": "device, seq, line, qty, amount, unharmed",
    "stock_move": "device, seq, at, kind, gtin, qty, counted",
    "price": "device, seq, at, gtin, price",
    "money": "device, seq, at, kind, amount",
    "shift": "device, seq, at, staff, cash",
    "shift_close": "device, seq, opened, at, staff, expected, counted",
    "confirmed": "device, seq, sold_by, sale, kind, amount",
    "stock_stamp": "device, seq, at, gtin, serial, held",
    "label": "device, seq, gtin, template, count",
}


class Entry(NamedTuple):
    """What a projection needs of an entry's header."""

    device: str
    seq: int
    hash: bytes
    at: int  # ms UTC


class Difference(NamedTuple):
    """A row that the tables have and the journal does not tell of ("extra"), or the other way ("missing")."""

    table: str
    device: str
    seq: int
    problem: str


def project(
    db: sqlite3.Connection, entry: Entry, kind: str, body: Body, request: Request | None = None
) -> None:
    """Write the rows of one entry, inside the caller's transaction."""
    at = entry[:2]
    if kind == "sale":
        _sale(db, entry, body, request or (None, None))
    elif kind in ("void", "refund"):
        _undo(db, entry, kind, body, request or (None, None))
    elif kind in _STOCK:
        sign = _STOCK[kind](body)
        _stock(db, entry, kind, body["lines"], sign)
        if kind == "damage":
            _take(db, entry, body["lines"])
        else:
            _hold(db, entry, body["lines"], int(sign > 0))
    elif kind == "stock_count":
        for line in body["lines"]:
            _insert(db, "OR REPLACE INTO stock_move", line["gtin"], *at, entry.at, kind, line["counted"], 1)
    elif kind == "label_printed" and "gtin" in body:
        _insert(db, "INTO label", body["gtin"], *at, body["template"], body["count"])
    elif kind == "price":
        _insert(db, "INTO price", body["gtin"], *at, entry.at, body["price"])
    elif kind == "shift_opened":
        _insert(db, "INTO shift", *at, entry.at, body["staff"], body["cash"])
    elif kind == "shift_closed":
        counts = (body["expected"], body["counted"])
        _insert(db, "INTO shift_close", *at, body["opened"], entry.at, body["staff"], *counts)
    elif kind == "payment_confirmed":
        _insert(db, "INTO confirmed", *at, body["device"], body["seq"], body["kind"], body["amount"])
    elif kind == "cash_moved":
        amount = body["amount"] if body["direction"] == "in" else -body["amount"]
        _insert(db, "INTO money", *at, entry.at, "cash", amount)


def replay(db: sqlite3.Connection, entry: Kept, request: Request | None = None) -> None:
    """Write the rows of an entry as it was kept. One whose body is set apart has none."""
    fields = read_header(entry.header)
    try:
        body = read(fields["kind"], entry.body)
    except BodyError:
        return
    project(db, Entry(fields["device"], entry.seq, entry.hash, fields["at"]), fields["kind"], body, request)


def check(db: sqlite3.Connection, entries: Entries, most: int = 100) -> list[Difference]:
    """Where the tables differ from the journals: an empty list, or the first `most` differences.

    Of damaged entries nothing can be said; their rows are left out.
    """
    scratch = database.scratch()
    damaged = _replay_all(scratch, entries)
    found: list[Difference] = []
    for table, columns in TABLES.items():
        query = f"SELECT {columns} FROM {table}"  # noqa: S608 (both from TABLES)
        live = {row for row in db.execute(query) if row[:2] not in damaged}
        told = set(scratch.execute(query))
        found += [Difference(table, row[0], row[1], "extra") for row in live - told]
        found += [Difference(table, row[0], row[1], "missing") for row in told - live]
    scratch.close()
    found += [Difference("journal", device, seq, "altered") for device, seq, *_ in _altered(db, entries)]
    return sorted(found, key=lambda one: (one.device, one.seq, one.table))[:most]


def rebuild(db: sqlite3.Connection, entries: Entries) -> None:
    """Make the tables anew from the journals, in one transaction. Rows of damaged entries stay as they are."""
    db.execute("BEGIN IMMEDIATE")
    try:
        db.execute("PRAGMA defer_foreign_keys = ON")
        requests: dict[At, Request] = {
            (device, seq): (key, request)
            for table in ("sale", "undo")
            for device, seq, key, request in db.execute(
                f"SELECT device, seq, request_key, request FROM {table}"  # noqa: S608
            )
        }
        db.execute("CREATE TEMP TABLE whole (device TEXT, seq INTEGER, PRIMARY KEY (device, seq))")
        for device, entry in entries():
            if not entry.damaged:
                db.execute("INSERT INTO whole VALUES (?, ?)", (device, entry.seq))
        for device, seq, *right in list(_altered(db, entries)):
            # One of the two has this entry.
            db.execute(
                "UPDATE journal SET kind = ?, at = ?, hash = ? "
                "WHERE seq = ? AND ? = (SELECT value FROM fact WHERE name = 'device')",
                (*right, seq, device),
            )
            db.execute(
                "UPDATE peer_entry SET kind = ?, at = ?, hash = ? WHERE seq = ? AND device = ?",
                (*right, seq, device),
            )
        for table in TABLES:
            db.execute(f"DELETE FROM {table} WHERE (device, seq) IN (SELECT device, seq FROM whole)")  # noqa: S608
        db.execute("DROP TABLE whole")
        for device, entry in entries():
            if not entry.damaged:
                replay(db, entry, requests.get((device, entry.seq)))
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


def _out(_: Body) -> int:
    return -1


def _in(_: Body) -> int:
    return 1


def _transferred(body: Body) -> int:
    return 1 if body["direction"] == "in" else -1


# What goods in an entry's lines do to the stock.
_STOCK: Final[dict[str, Callable[[Body], int]]] = {
    "receiving": _in,
    "damage": _out,
    "transfer": _transferred,
    "returned_to_producer": _out,
}


def _insert(db: sqlite3.Connection, into: str, *row: Any) -> None:
    db.execute(f"INSERT {into} VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608 (a table's name)


def _sale(db: sqlite3.Connection, entry: Entry, body: Body, request: Request | tuple[None, None]) -> None:
    number = f"{entry.device}-{entry.seq}"
    told = (number, hash10(entry.hash), entry.at, body["staff"], body["total"], body["change"])
    _insert(db, "INTO sale", *entry[:2], *told, *request)
    lines = [
        (*entry[:2], n, line["gtin"], line.get("serial"), line["qty"], line["price"], line["amount"])
        for n, line in enumerate(body["lines"], 1)
    ]
    db.executemany("INSERT INTO sale_line VALUES (?, ?, ?, ?, ?, ?, ?, ?)", lines)
    _take(db, entry, body["lines"])
    _stock(db, entry, "sale", body["lines"], -1)
    _money(db, entry, body["payments"], 1, body["change"])


def _undo(
    db: sqlite3.Connection, entry: Entry, kind: str, body: Body, request: Request | tuple[None, None]
) -> None:
    sale = (body["device"], body["seq"])
    _insert(db, "INTO undo", *entry[:2], kind, entry.at, body["staff"], *sale, body["total"], *request)
    unharmed = [line for line in body["lines"] if kind == "void" or line["unharmed"]]
    lines = [
        (*entry[:2], line["line"], line["qty"], line["amount"], int(line in unharmed))
        for line in body["lines"]
    ]
    db.executemany("INSERT OR IGNORE INTO undo_line VALUES (?, ?, ?, ?, ?, ?)", lines)
    freed = [
        (line["gtin"], line["serial"], *entry[:2], entry.at, *sale) for line in unharmed if "serial" in line
    ]
    db.executemany("INSERT OR IGNORE INTO stamp_move VALUES (?, ?, ?, ?, ?, ?, ?)", freed)
    _stock(db, entry, kind, unharmed, 1)
    _money(db, entry, body["payments"], -1, 0)


def _take(db: sqlite3.Connection, entry: Entry, lines: list[Body]) -> None:
    taken = [(line["gtin"], line["serial"], *entry[:2], entry.at) for line in lines if "serial" in line]
    db.executemany("INSERT OR IGNORE INTO stamp_move VALUES (?, ?, ?, ?, ?, NULL, NULL)", taken)


def _hold(db: sqlite3.Connection, entry: Entry, lines: list[Body], held: int) -> None:
    moved = [(line["gtin"], line["serial"], *entry[:2], entry.at, held) for line in lines if "serial" in line]
    db.executemany("INSERT OR IGNORE INTO stock_stamp VALUES (?, ?, ?, ?, ?, ?)", moved)


def _stock(db: sqlite3.Connection, entry: Entry, kind: str, lines: list[Body], sign: int) -> None:
    moved: dict[str, int] = {}
    for line in lines:
        moved[line["gtin"]] = moved.get(line["gtin"], 0) + sign * line["qty"]
    rows = [(gtin, *entry[:2], entry.at, kind, qty) for gtin, qty in moved.items()]
    db.executemany("INSERT INTO stock_move VALUES (?, ?, ?, ?, ?, ?, 0)", rows)


def _money(db: sqlite3.Connection, entry: Entry, payments: list[Body], sign: int, change: int) -> None:
    amounts: dict[str, int] = {}
    for payment in payments:
        amounts[payment["kind"]] = amounts.get(payment["kind"], 0) + sign * payment["amount"]
    if change:
        amounts["cash"] = amounts.get("cash", 0) - change
    rows = [(*entry[:2], entry.at, kind, amount) for kind, amount in amounts.items()]
    db.executemany("INSERT INTO money VALUES (?, ?, ?, ?, ?)", rows)


def _altered(db: sqlite3.Connection, entries: Entries) -> Iterator[tuple[str, int, str, int, bytes]]:
    """(device, seq, kind, at, hash) as they follow from an entry's bytes, where the columns beside them differ."""
    for device, entry in entries():
        if not entry.damaged:
            fields = read_header(entry.header)
            right = (fields["kind"], fields["at"], entry.hash)
            query = "SELECT kind, at, hash FROM entry WHERE device = ? AND seq = ?"
            beside = db.execute(query, (device, entry.seq)).fetchone()
            if beside != right:
                yield device, entry.seq, *right


def _replay_all(db: sqlite3.Connection, entries: Entries) -> set[At]:
    damaged = set()
    for device, entry in entries():
        if entry.damaged:
            damaged.add((device, entry.seq))
        else:
            replay(db, entry)
    return damaged
