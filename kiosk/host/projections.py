"""Readings of the journal in outlet.db: sales, what undid them, stamps, stock, prices, money, shifts.

Each row is of one entry (its `seq`) and never changes, so that the tables can be made anew from the journal
at any time, and compared with it. Whoever appends an entry has its rows written in the same transaction.
"""

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from kiosk.host import database
from sync.bodies import BodyError, read
from sync.damage import Kept
from sync.journal import hash10, read_header

Request = tuple[
    str, bytes
]  # the Idempotency-Key under which an entry was asked for, SHA-256 of what was asked
Body = dict[str, Any]
Entries = Callable[[], Iterator[Kept]]

# Table: the columns that come from the journal. A sale's and an undo's request is told by the till alone.
TABLES: Final = {
    "sale": "seq, number, hash10, at, staff, total, change",
    "sale_line": "seq, line, gtin, serial, qty, price, amount",
    "stamp_move": "seq, gtin, serial, device, sale",
    "undo": "seq, kind, at, staff, device, sale, total",
    "undo_line": "seq, line, qty, amount, unharmed",
    "stock_move": "seq, gtin, qty, counted",
    "price": "seq, gtin, price",
    "money": "seq, kind, amount",
    "shift": "seq, at, staff, cash",
    "shift_close": "seq, opened, at, staff, expected, counted",
    "confirmed": "seq, device, sale, kind, amount",
    "stock_stamp": "seq, gtin, serial, held",
    "label": "seq, gtin, template, count",
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
    seq: int
    problem: str


def project(
    db: sqlite3.Connection, entry: Entry, kind: str, body: Body, request: Request | None = None
) -> None:
    """Write the rows of one entry, inside the caller's transaction."""
    if kind == "sale":
        _sale(db, entry, body, request or (f"{entry.device}-{entry.seq}", b""))
    elif kind in ("void", "refund"):
        _undo(db, entry, kind, body, request or (None, None))
    elif kind in _STOCK:
        _stock(db, entry.seq, [(line, _STOCK[kind](body)) for line in body["lines"]])
        if kind == "damage":
            _take(db, entry.seq, body["lines"])
        else:
            _hold(db, entry.seq, body["lines"], int(_STOCK[kind](body) > 0))
    elif kind == "stock_count":
        counted = [(line["gtin"], entry.seq, line["counted"]) for line in body["lines"]]
        db.executemany("INSERT OR REPLACE INTO stock_move VALUES (?, ?, ?, 1)", counted)
    elif kind == "label_printed" and "gtin" in body:
        label = (body["gtin"], entry.seq, body["template"], body["count"])
        db.execute("INSERT INTO label VALUES (?, ?, ?, ?)", label)
    elif kind == "price":
        db.execute("INSERT INTO price VALUES (?, ?, ?)", (body["gtin"], entry.seq, body["price"]))
    elif kind == "shift_opened":
        db.execute(
            "INSERT INTO shift VALUES (?, ?, ?, ?)", (entry.seq, entry.at, body["staff"], body["cash"])
        )
    elif kind == "shift_closed":
        row = (entry.seq, body["opened"], entry.at, body["staff"], body["expected"], body["counted"])
        db.execute("INSERT INTO shift_close VALUES (?, ?, ?, ?, ?, ?)", row)
    elif kind == "payment_confirmed":
        confirmed = (entry.seq, body["device"], body["seq"], body["kind"], body["amount"])
        db.execute("INSERT INTO confirmed VALUES (?, ?, ?, ?, ?)", confirmed)
    elif kind == "cash_moved":
        amount = body["amount"] if body["direction"] == "in" else -body["amount"]
        db.execute("INSERT INTO money VALUES (?, 'cash', ?)", (entry.seq, amount))


def replay(db: sqlite3.Connection, entry: Kept, request: Request | None = None) -> None:
    """Write the rows of an entry as it was kept. One whose body is set apart has none."""
    fields = read_header(entry.header)
    try:
        body = read(fields["kind"], entry.body)
    except BodyError:
        return
    project(db, Entry(fields["device"], entry.seq, entry.hash, fields["at"]), fields["kind"], body, request)


def check(db: sqlite3.Connection, entries: Entries, most: int = 100) -> list[Difference]:
    """Where the tables differ from the journal: an empty list, or the first `most` differences.

    Of damaged entries nothing can be said; their rows are left out.
    """
    scratch = database.scratch()
    damaged = _replay_all(scratch, entries)
    found: list[Difference] = []
    for table, columns in TABLES.items():
        query = f"SELECT {columns} FROM {table}"  # noqa: S608 (both from TABLES)
        live = {row for row in db.execute(query) if row[0] not in damaged}
        told = set(scratch.execute(query))
        found += [Difference(table, row[0], "extra") for row in live - told]
        found += [Difference(table, row[0], "missing") for row in told - live]
    scratch.close()
    found += [Difference("journal", seq, "altered") for seq, *_ in _altered(db, entries)]
    return sorted(found, key=lambda one: (one.seq, one.table))[:most]


def rebuild(db: sqlite3.Connection, entries: Entries) -> None:
    """Make the tables anew from the journal, in one transaction. Rows of damaged entries stay as they are."""
    db.execute("BEGIN IMMEDIATE")
    try:
        db.execute("PRAGMA defer_foreign_keys = ON")
        requests: dict[int, Request] = {
            seq: (key, request)
            for table in ("sale", "undo")
            for seq, key, request in db.execute(f"SELECT seq, request_key, request FROM {table}")  # noqa: S608
        }
        db.execute("CREATE TEMP TABLE whole (seq INTEGER PRIMARY KEY)")
        for entry in entries():
            if not entry.damaged:
                db.execute("INSERT INTO whole VALUES (?)", (entry.seq,))
        altered = list(_altered(db, entries))
        for seq, kind, at, digest in altered:
            db.execute("UPDATE journal SET kind = ?, at = ?, hash = ? WHERE seq = ?", (kind, at, digest, seq))
        for table in TABLES:
            db.execute(f"DELETE FROM {table} WHERE seq IN whole")  # noqa: S608
        db.execute("DROP TABLE whole")
        for entry in entries():
            if not entry.damaged:
                replay(db, entry, requests.get(entry.seq))
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


def stock(db: sqlite3.Connection) -> dict[str, int]:
    """How many of each trade item (by GTIN) this device's entries say there are."""
    held: dict[str, int] = {}
    for gtin, qty, counted in db.execute("SELECT gtin, qty, counted FROM stock_move ORDER BY gtin, seq"):
        held[gtin] = qty if counted else held.get(gtin, 0) + qty
    return held


def stamps_held(db: sqlite3.Connection, gtin: str | None = None) -> list[tuple[str, int]]:
    """(GTIN, serial) of each stamp that should be in the shop, of one trade item or of all: the newest that is
    known of it is that it came in, or came back unharmed."""
    rows = db.execute(
        """
        SELECT gtin, serial, held, max(seq) FROM (
            SELECT gtin, serial, held, seq FROM stock_stamp WHERE ?1 IS NULL OR gtin = ?1
            UNION ALL
            SELECT gtin, serial, device IS NOT NULL, seq FROM stamp_move WHERE ?1 IS NULL OR gtin = ?1
        ) GROUP BY gtin, serial
        """,
        (gtin,),
    )
    return [(gtin, serial) for gtin, serial, held, _ in rows if held]


def stock_moves(db: sqlite3.Connection) -> list[tuple[str, int, bool, str, int]]:
    """(GTIN, qty, whether it was counted, kind of entry, at) of everything that moved the stock, in order."""
    rows = db.execute(
        "SELECT gtin, qty, counted, kind, at FROM stock_move JOIN journal USING (seq) ORDER BY seq, gtin"
    )
    return [(gtin, qty, bool(counted), kind, at) for gtin, qty, counted, kind, at in rows]


def sold_for(db: sqlite3.Connection, since: int, until: int) -> dict[str, int]:
    """What customers paid for each trade item from `since` up to `until` (ms UTC), đồng, less what they got back."""
    rows = db.execute(
        """
        SELECT gtin, sum(amount) FROM (
            SELECT gtin, amount FROM sale_line JOIN sale USING (seq) WHERE at >= ?1 AND at < ?2
            UNION ALL
            SELECT sale_line.gtin, -undo_line.amount FROM undo_line JOIN undo USING (seq)
            JOIN sale_line ON sale_line.seq = undo.sale AND sale_line.line = undo_line.line
            WHERE undo.at >= ?1 AND undo.at < ?2 AND undo.device = ?3
        ) GROUP BY gtin
        """,
        (since, until, database.fact(db, "device")),
    )
    return dict(rows.fetchall())


def shelf_label(db: sqlite3.Connection, gtin: str) -> tuple[str, int] | None:
    """(template, count) of the last shelf label that was printed for these goods."""
    row = db.execute(
        "SELECT template, count FROM label WHERE gtin = ? AND template LIKE 'shelf-%' ORDER BY seq DESC LIMIT 1",
        (gtin,),
    ).fetchone()
    return None if row is None else (row[0], row[1])


def own_price(db: sqlite3.Connection, gtin: str) -> int | None:
    """This outlet's own price in đồng; None where the catalogue's holds."""
    row = db.execute("SELECT price FROM price WHERE gtin = ? ORDER BY seq DESC LIMIT 1", (gtin,)).fetchone()
    return None if row is None else row[0]


def open_shift(db: sqlite3.Connection) -> int | None:
    """Seq of the shift that is open, if one is."""
    row = db.execute(
        "SELECT seq FROM shift WHERE seq NOT IN (SELECT opened FROM shift_close) ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    return None if row is None else row[0]


def cash_expected(db: sqlite3.Connection, shift: int) -> int:
    """What should lie in the drawer now, in đồng, since `shift` opened."""
    return int(
        db.execute(
            "SELECT (SELECT cash FROM shift WHERE seq = ?1) + "
            "coalesce((SELECT sum(amount) FROM money WHERE seq > ?1 AND kind = 'cash'), 0)",
            (shift,),
        ).fetchone()[0]
    )


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


def _sale(db: sqlite3.Connection, entry: Entry, body: Body, request: Request) -> None:
    number = f"{entry.device}-{entry.seq}"
    row = (entry.seq, number, hash10(entry.hash), entry.at, body["staff"], body["total"], body["change"])
    db.execute("INSERT INTO sale VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, *request))
    lines = [
        (entry.seq, n, line["gtin"], line.get("serial"), line["qty"], line["price"], line["amount"])
        for n, line in enumerate(body["lines"], 1)
    ]
    db.executemany("INSERT INTO sale_line VALUES (?, ?, ?, ?, ?, ?, ?)", lines)
    _take(db, entry.seq, body["lines"])
    _stock(db, entry.seq, [(line, -1) for line in body["lines"]])
    _money(db, entry.seq, body["payments"], 1, body["change"])


def _undo(
    db: sqlite3.Connection, entry: Entry, kind: str, body: Body, request: tuple[str | None, bytes | None]
) -> None:
    row = (entry.seq, kind, entry.at, body["staff"], body["device"], body["seq"], body["total"])
    db.execute("INSERT INTO undo VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, *request))
    unharmed = [line for line in body["lines"] if kind == "void" or line["unharmed"]]
    lines = [
        (entry.seq, line["line"], line["qty"], line["amount"], int(line in unharmed))
        for line in body["lines"]
    ]
    db.executemany("INSERT OR IGNORE INTO undo_line VALUES (?, ?, ?, ?, ?)", lines)
    freed = [
        (line["gtin"], line["serial"], entry.seq, body["device"], body["seq"])
        for line in unharmed
        if "serial" in line
    ]
    db.executemany("INSERT OR IGNORE INTO stamp_move VALUES (?, ?, ?, ?, ?)", freed)
    _stock(db, entry.seq, [(line, 1) for line in unharmed])
    _money(db, entry.seq, body["payments"], -1, 0)


def _take(db: sqlite3.Connection, seq: int, lines: list[Body]) -> None:
    taken = [(line["gtin"], line["serial"], seq) for line in lines if "serial" in line]
    db.executemany("INSERT OR IGNORE INTO stamp_move VALUES (?, ?, ?, NULL, NULL)", taken)


def _hold(db: sqlite3.Connection, seq: int, lines: list[Body], held: int) -> None:
    moved = [(line["gtin"], line["serial"], seq, held) for line in lines if "serial" in line]
    db.executemany("INSERT OR IGNORE INTO stock_stamp VALUES (?, ?, ?, ?)", moved)


def _stock(db: sqlite3.Connection, seq: int, lines: list[tuple[Body, int]]) -> None:
    moved: dict[str, int] = {}
    for line, sign in lines:
        moved[line["gtin"]] = moved.get(line["gtin"], 0) + sign * line["qty"]
    db.executemany(
        "INSERT INTO stock_move VALUES (?, ?, ?, 0)", [(gtin, seq, qty) for gtin, qty in moved.items()]
    )


def _money(db: sqlite3.Connection, seq: int, payments: list[Body], sign: int, change: int) -> None:
    amounts: dict[str, int] = {}
    for payment in payments:
        amounts[payment["kind"]] = amounts.get(payment["kind"], 0) + sign * payment["amount"]
    if change:
        amounts["cash"] = amounts.get("cash", 0) - change
    db.executemany(
        "INSERT INTO money VALUES (?, ?, ?)", [(seq, kind, sum_) for kind, sum_ in amounts.items()]
    )


def _altered(db: sqlite3.Connection, entries: Entries) -> Iterator[tuple[int, str, int, bytes]]:
    """(seq, kind, at, hash) as they follow from an entry's bytes, where the columns beside them differ."""
    for entry in entries():
        if not entry.damaged:
            fields = read_header(entry.header)
            right = (fields["kind"], fields["at"], entry.hash)
            beside = db.execute("SELECT kind, at, hash FROM journal WHERE seq = ?", (entry.seq,)).fetchone()
            if beside != right:
                yield entry.seq, *right


def _replay_all(db: sqlite3.Connection, entries: Entries) -> set[int]:
    damaged = set()
    for entry in entries():
        if entry.damaged:
            damaged.add(entry.seq)
        else:
            replay(db, entry)
    return damaged
