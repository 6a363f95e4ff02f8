"""What the tables of outlet.db say: stock, stamps, prices, takings of the whole outlet; shifts of this till alone.

Entries of one till follow each other by their numbers; those of several are put beside each other by their time,
as far as that leaves each till's own order alone. Every till that has the same entries says the same.
"""

import sqlite3

# Where a row stands among the entries of all tills: its own time, or the latest of its till before it.
ORDER = "max(at) OVER (PARTITION BY device ORDER BY seq), device, seq"


# Everything that moved the stock. Goods that were taken back more often than they were sold came back once.
_MOVES = """(
    SELECT gtin, device, seq, at, kind, qty, counted FROM stock_move
    UNION ALL
    SELECT gtin, device, seq, at, kind, -min(back, max(0, come - sold)), 0 FROM (
        SELECT sale_line.gtin, undo.device, undo.seq, undo.at, undo.kind, undo_line.qty AS back, unharmed,
            sale_line.qty AS sold, sum(undo_line.qty) OVER (
                PARTITION BY sold_by, sale, undo_line.line ORDER BY undo.at, undo.device, undo.seq
            ) AS come
        FROM undo JOIN undo_line USING (device, seq)
        JOIN sale_line ON (sale_line.device, sale_line.seq, sale_line.line) = (sold_by, sale, undo_line.line)
    ) WHERE unharmed AND come > sold
)"""


def stock(db: sqlite3.Connection) -> dict[str, int]:
    """How many of each trade item (by GTIN) the outlet's entries say there are."""
    held: dict[str, int] = {}
    for gtin, qty, counted in db.execute(
        f"SELECT gtin, qty, counted FROM {_MOVES} "  # noqa: S608
        "ORDER BY gtin, max(at) OVER (PARTITION BY gtin, device ORDER BY seq), device, seq"
    ):
        held[gtin] = qty if counted else held.get(gtin, 0) + qty
    return held


def stamps_held(db: sqlite3.Connection, gtin: str | None = None) -> list[tuple[str, int]]:
    """(GTIN, serial) of each stamp that should be in the shop, of one trade item or of all: the newest that is
    known of it is that it came in, or came back unharmed."""
    rows = db.execute(
        """
        SELECT gtin, serial, held FROM (
            SELECT gtin, serial, held, row_number() OVER (
                PARTITION BY gtin, serial ORDER BY reached DESC, device DESC, seq DESC
            ) AS place FROM (
                SELECT *, max(at) OVER (PARTITION BY gtin, serial, device ORDER BY seq) AS reached FROM (
                    SELECT gtin, serial, device, seq, at, held FROM stock_stamp WHERE ?1 IS NULL OR gtin = ?1
                    UNION ALL
                    SELECT gtin, serial, device, seq, at, sale IS NOT NULL FROM stamp_move
                    WHERE ?1 IS NULL OR gtin = ?1
                )
            )
        ) WHERE place = 1 AND held
        """,
        (gtin,),
    )
    return [(gtin, serial) for gtin, serial, _ in rows]


def stock_moves(db: sqlite3.Connection) -> list[tuple[str, int, bool, str, int]]:
    """(GTIN, qty, whether it was counted, kind of entry, at) of everything that moved the stock, in order."""
    rows = db.execute(f"SELECT gtin, qty, counted, kind, at FROM {_MOVES} ORDER BY {ORDER}, gtin")  # noqa: S608
    return [(gtin, qty, bool(counted), kind, at) for gtin, qty, counted, kind, at in rows]


def sold_for(db: sqlite3.Connection, since: int, until: int) -> dict[str, int]:
    """What customers paid for each trade item from `since` up to `until` (ms UTC), đồng, less what they got back."""
    rows = db.execute(
        """
        SELECT gtin, sum(amount) FROM (
            SELECT gtin, amount FROM sale_line JOIN sale USING (device, seq) WHERE at >= ?1 AND at < ?2
            UNION ALL
            SELECT sale_line.gtin, -undo_line.amount FROM undo JOIN undo_line USING (device, seq)
            JOIN sale_line ON sale_line.device = undo.sold_by AND sale_line.seq = undo.sale
                AND sale_line.line = undo_line.line
            WHERE undo.at >= ?1 AND undo.at < ?2
        ) GROUP BY gtin
        """,
        (since, until),
    )
    return dict(rows.fetchall())


def shelf_label(db: sqlite3.Connection, gtin: str) -> tuple[str, int] | None:
    """(template, count) of the last shelf label that this till printed for these goods."""
    row = db.execute(
        "SELECT template, count FROM label WHERE gtin = ? AND template LIKE 'shelf-%' "
        "AND device = (SELECT value FROM fact WHERE name = 'device') ORDER BY seq DESC LIMIT 1",
        (gtin,),
    ).fetchone()
    return None if row is None else (row[0], row[1])


def own_price(db: sqlite3.Connection, gtin: str) -> int | None:
    """This outlet's own price in đồng, whichever till it was set at last; None where the catalogue's holds."""
    query = f"SELECT price, {ORDER} FROM price WHERE gtin = ?"  # noqa: S608
    rows = db.execute(query, (gtin,)).fetchall()
    newest: int | None = max(rows, key=lambda row: row[1:])[0] if rows else None
    return newest


def open_shift(db: sqlite3.Connection) -> int | None:
    """Seq of this till's shift that is open, if one is."""
    row = db.execute(
        "SELECT seq FROM shift WHERE device = (SELECT value FROM fact WHERE name = 'device') "
        "AND (device, seq) NOT IN (SELECT device, opened FROM shift_close) ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    return None if row is None else row[0]


def sold_twice(db: sqlite3.Connection) -> list[tuple[str, int, list[str]]]:
    """(GTIN, serial, numbers of the entries) of each stamp that more than one open sale took: tills that could not see
    each other sold the stamp and a copy of it."""
    rows = db.execute(
        """
        SELECT gtin, serial, group_concat(device || '-' || seq, ' ') FROM (
            SELECT * FROM stamp_move AS taken WHERE sale IS NULL AND NOT EXISTS (
                SELECT 1 FROM stamp_move AS undone WHERE undone.gtin = taken.gtin AND undone.serial = taken.serial
                AND undone.sold_by = taken.device AND undone.sale = taken.seq
            ) ORDER BY at, device, seq
        ) GROUP BY gtin, serial HAVING count(*) > 1
        """
    )
    return [(gtin, serial, entries.split(" ")) for gtin, serial, entries in rows]


def undone_twice(db: sqlite3.Connection) -> list[tuple[str, str, int, list[str]]]:
    """(number of the sale, GTIN, how many too many, numbers of the entries) of each line of which more came back than was
    sold: tills that could not see each other both gave its price back."""
    rows = db.execute(
        """
        SELECT sold_by || '-' || sale, gtin, sum(undo_line.qty) - sale_line.qty,
            group_concat(undo.device || '-' || undo.seq, ' ')
        FROM undo JOIN undo_line USING (device, seq)
        JOIN sale_line ON (sale_line.device, sale_line.seq, sale_line.line) = (sold_by, sale, undo_line.line)
        GROUP BY sold_by, sale, undo_line.line HAVING sum(undo_line.qty) > sale_line.qty
        """
    )
    return [(number, gtin, many, entries.split(" ")) for number, gtin, many, entries in rows]


def takings(db: sqlite3.Connection, since: int, until: int) -> dict[str, dict[str, int]]:
    """{device: {sales, sold, undone, cash, vietqr, card}} of each till that took or gave money from `since` up to `until`
    (ms UTC), in đồng; `sales` is a count, cash that was put in or taken out otherwise is left out."""
    made: dict[str, dict[str, int]] = {}

    def of(device: str) -> dict[str, int]:
        return made.setdefault(
            device, {"sales": 0, "sold": 0, "undone": 0, "cash": 0, "vietqr": 0, "card": 0}
        )

    within = (since, until)
    query = "SELECT device, count(*), sum(total) FROM sale WHERE at >= ? AND at < ? GROUP BY device"
    for device, count, total in db.execute(query, within):
        of(device).update(sales=count, sold=total)
    query = "SELECT device, sum(total) FROM undo WHERE at >= ? AND at < ? GROUP BY device"
    for device, total in db.execute(query, within):
        of(device)["undone"] = total
    query = (
        "SELECT device, kind, sum(amount) FROM money WHERE at >= ? AND at < ? AND ("
        "(device, seq) IN (SELECT device, seq FROM sale) OR (device, seq) IN (SELECT device, seq FROM undo)) "
        "GROUP BY device, kind"
    )
    for device, kind, amount in db.execute(query, within):
        of(device)[kind] = amount
    return made
