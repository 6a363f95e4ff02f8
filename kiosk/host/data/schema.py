"""The tables of outlet.db, as one migration after the other; `user_version` says how many were run."""

MIGRATIONS = [
    """
    CREATE TABLE journal (
        seq     INTEGER PRIMARY KEY,
        kind    TEXT NOT NULL,
        at      INTEGER NOT NULL,
        header  BLOB NOT NULL,
        body    BLOB NOT NULL,
        hash    BLOB NOT NULL UNIQUE
    ) STRICT;
    -- Who this device is, what the office has acknowledged, the newest root: one row each.
    CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE sale (
        seq         INTEGER PRIMARY KEY REFERENCES journal (seq),
        number      TEXT NOT NULL UNIQUE,
        hash10      TEXT NOT NULL,
        at          INTEGER NOT NULL,
        staff       TEXT NOT NULL,
        total       INTEGER NOT NULL,
        change      INTEGER NOT NULL,
        request_key TEXT NOT NULL UNIQUE,      -- the Idempotency-Key
        request     BLOB NOT NULL              -- SHA-256 of the request's body
    ) STRICT;
    CREATE TABLE sale_line (
        seq     INTEGER NOT NULL REFERENCES sale (seq),
        line    INTEGER NOT NULL,
        gtin    TEXT NOT NULL,
        serial  INTEGER,
        qty     INTEGER NOT NULL,
        price   INTEGER NOT NULL,
        amount  INTEGER NOT NULL,
        PRIMARY KEY (seq, line)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX sale_line_stamp ON sale_line (gtin, serial) WHERE serial IS NOT NULL;
    CREATE TABLE basket (
        id          INTEGER PRIMARY KEY AUTOINCREMENT,
        opened_at   INTEGER NOT NULL,
        staff       TEXT NOT NULL,
        state       TEXT NOT NULL CHECK (state IN ('open', 'sold', 'dropped')),
        lines       TEXT NOT NULL              -- as the staff page shows them, JSON
    ) STRICT;
    CREATE TABLE print_job (
        id      INTEGER PRIMARY KEY AUTOINCREMENT,
        sale    INTEGER REFERENCES sale (seq),
        kind    TEXT NOT NULL,
        data    TEXT NOT NULL,                 -- what is printed, JSON
        state   TEXT NOT NULL CHECK (state IN ('queued', 'printing', 'printed', 'not_printed', 'unknown')),
        detail  TEXT NOT NULL DEFAULT '',
        picture TEXT                           -- path of the virtual printer's PNG
    ) STRICT;
    CREATE TABLE staff (
        id      TEXT PRIMARY KEY,
        name    TEXT NOT NULL,
        role    TEXT NOT NULL CHECK (role IN ('clerk', 'supervisor', 'technician')),
        salt    BLOB NOT NULL,
        pin     BLOB NOT NULL                  -- scrypt of the PIN
    ) STRICT, WITHOUT ROWID;
    """,
    # More readings of the journal (kiosk.host.data.projections): each row is of one entry and never changes.
    """
    -- What takes a stamp off the shelf, and what undoes a sale of it. It replaces an index of sale_line.
    CREATE TABLE stamp_move (
        gtin    TEXT NOT NULL,
        serial  INTEGER NOT NULL,
        seq     INTEGER NOT NULL REFERENCES journal (seq),
        device  TEXT,                          -- whose sale is undone; NULL: the stamp was taken
        sale    INTEGER,                       -- that sale's seq
        PRIMARY KEY (gtin, serial, seq)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO stamp_move SELECT DISTINCT gtin, serial, seq, NULL, NULL FROM sale_line WHERE serial IS NOT NULL;
    DROP INDEX sale_line_stamp;
    CREATE TABLE undo (                        -- a void or a refund
        seq         INTEGER PRIMARY KEY REFERENCES journal (seq),
        kind        TEXT NOT NULL,
        at          INTEGER NOT NULL,
        staff       TEXT NOT NULL,
        device      TEXT NOT NULL,             -- whose sale
        sale        INTEGER NOT NULL,          -- and its seq
        total       INTEGER NOT NULL,
        request_key TEXT UNIQUE,
        request     BLOB
    ) STRICT;
    CREATE INDEX undo_sale ON undo (device, sale);
    CREATE TABLE undo_line (
        seq         INTEGER NOT NULL REFERENCES undo (seq),
        line        INTEGER NOT NULL,          -- of the sale
        qty         INTEGER NOT NULL,
        amount      INTEGER NOT NULL,
        unharmed    INTEGER NOT NULL,
        PRIMARY KEY (seq, line)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE stock_move (
        gtin    TEXT NOT NULL,
        seq     INTEGER NOT NULL REFERENCES journal (seq),
        qty     INTEGER NOT NULL,
        counted INTEGER NOT NULL,              -- 1: so many there are; 0: so many more
        PRIMARY KEY (gtin, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE price (
        gtin    TEXT NOT NULL,
        seq     INTEGER NOT NULL REFERENCES journal (seq),
        price   INTEGER,                       -- NULL: the catalogue's again
        PRIMARY KEY (gtin, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE money (                       -- what came in (went out: below 0), by kind of payment
        seq     INTEGER NOT NULL REFERENCES journal (seq),
        kind    TEXT NOT NULL,
        amount  INTEGER NOT NULL,
        PRIMARY KEY (seq, kind)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE shift (
        seq     INTEGER PRIMARY KEY REFERENCES journal (seq),
        at      INTEGER NOT NULL,
        staff   TEXT NOT NULL,
        cash    INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE shift_close (
        seq      INTEGER PRIMARY KEY REFERENCES journal (seq),
        opened   INTEGER NOT NULL,             -- seq of the shift
        at       INTEGER NOT NULL,
        staff    TEXT NOT NULL,
        expected INTEGER NOT NULL,
        counted  INTEGER NOT NULL
    ) STRICT;
    """,
    # Baskets on hold, and transfers that somebody saw arrive.
    """
    CREATE TABLE basket_3 (
        id          INTEGER PRIMARY KEY AUTOINCREMENT,
        opened_at   INTEGER NOT NULL,
        staff       TEXT NOT NULL,
        state       TEXT NOT NULL CHECK (state IN ('open', 'held', 'sold', 'dropped')),
        name        TEXT NOT NULL,             -- under which it is on hold
        lines       TEXT NOT NULL              -- as the staff page shows them, JSON
    ) STRICT;
    INSERT INTO basket_3 SELECT id, opened_at, staff, state, '', lines FROM basket;
    DROP TABLE basket;
    ALTER TABLE basket_3 RENAME TO basket;
    CREATE INDEX basket_alive ON basket (state) WHERE state IN ('open', 'held');
    CREATE INDEX sale_at ON sale (at);
    CREATE TABLE confirmed (
        seq     INTEGER PRIMARY KEY REFERENCES journal (seq),
        device  TEXT NOT NULL,                 -- whose sale
        sale    INTEGER NOT NULL,              -- and its seq
        kind    TEXT NOT NULL,
        amount  INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX confirmed_sale ON confirmed (device, sale);
    """,
    # Stamps that came in and went out otherwise than by a sale, and what labels were printed.
    """
    CREATE TABLE stock_stamp (
        gtin    TEXT NOT NULL,
        serial  INTEGER NOT NULL,
        seq     INTEGER NOT NULL REFERENCES journal (seq),
        held    INTEGER NOT NULL,              -- 1: came in; 0: went out
        PRIMARY KEY (gtin, serial, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE label (
        gtin     TEXT NOT NULL,
        seq      INTEGER NOT NULL REFERENCES journal (seq),
        template TEXT NOT NULL,
        count    INTEGER NOT NULL,
        PRIMARY KEY (gtin, seq)
    ) STRICT, WITHOUT ROWID;
    """,
    # The other tills of the outlet: their entries, and the same readings of all tills' entries. `device` wrote the
    # entry `seq`; `sold_by` made the sale that it names.
    """
    CREATE TABLE peer_entry (
        device  TEXT NOT NULL,
        seq     INTEGER NOT NULL,
        kind    TEXT NOT NULL,
        at      INTEGER NOT NULL,
        header  BLOB NOT NULL,
        body    BLOB NOT NULL,
        hash    BLOB NOT NULL,
        PRIMARY KEY (device, seq)
    ) STRICT;
    CREATE VIEW entry AS
        SELECT (SELECT value FROM fact WHERE name = 'device') AS device, seq, kind, at, header, body, hash
        FROM journal
        UNION ALL SELECT device, seq, kind, at, header, body, hash FROM peer_entry;
    CREATE TEMP TABLE own (device TEXT NOT NULL);
    INSERT INTO own SELECT coalesce((SELECT value FROM fact WHERE name = 'device'), '');
    CREATE TABLE sale_5 (
        device      TEXT NOT NULL,
        seq         INTEGER NOT NULL,
        number      TEXT NOT NULL,
        hash10      TEXT NOT NULL,
        at          INTEGER NOT NULL,
        staff       TEXT NOT NULL,
        total       INTEGER NOT NULL,
        change      INTEGER NOT NULL,
        request_key TEXT UNIQUE,               -- of this till alone, as request
        request     BLOB,
        PRIMARY KEY (device, seq)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO sale_5 SELECT own.device, sale.* FROM sale, own;
    CREATE TABLE sale_line_5 (
        device  TEXT NOT NULL,
        seq     INTEGER NOT NULL,
        line    INTEGER NOT NULL,
        gtin    TEXT NOT NULL,
        serial  INTEGER,
        qty     INTEGER NOT NULL,
        price   INTEGER NOT NULL,
        amount  INTEGER NOT NULL,
        PRIMARY KEY (device, seq, line),
        FOREIGN KEY (device, seq) REFERENCES sale_5 (device, seq)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO sale_line_5 SELECT own.device, sale_line.* FROM sale_line, own;
    CREATE TABLE undo_5 (
        device      TEXT NOT NULL,
        seq         INTEGER NOT NULL,
        kind        TEXT NOT NULL,
        at          INTEGER NOT NULL,
        staff       TEXT NOT NULL,
        sold_by     TEXT NOT NULL,
        sale        INTEGER NOT NULL,
        total       INTEGER NOT NULL,
        request_key TEXT UNIQUE,
        request     BLOB,
        PRIMARY KEY (device, seq)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO undo_5 SELECT own.device, undo.* FROM undo, own;
    CREATE TABLE undo_line_5 (
        device      TEXT NOT NULL,
        seq         INTEGER NOT NULL,
        line        INTEGER NOT NULL,
        qty         INTEGER NOT NULL,
        amount      INTEGER NOT NULL,
        unharmed    INTEGER NOT NULL,
        PRIMARY KEY (device, seq, line),
        FOREIGN KEY (device, seq) REFERENCES undo_5 (device, seq)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO undo_line_5 SELECT own.device, undo_line.* FROM undo_line, own;
    CREATE TABLE stamp_move_5 (
        gtin    TEXT NOT NULL,
        serial  INTEGER NOT NULL,
        device  TEXT NOT NULL,
        seq     INTEGER NOT NULL,
        at      INTEGER NOT NULL,
        sold_by TEXT,                          -- whose sale is undone; NULL: the stamp was taken
        sale    INTEGER,
        PRIMARY KEY (gtin, serial, device, seq)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO stamp_move_5 SELECT gtin, serial, own.device, stamp_move.seq, coalesce(at, 0), stamp_move.device, sale
        FROM own, stamp_move LEFT JOIN journal USING (seq);
    CREATE TABLE stock_stamp_5 (
        gtin    TEXT NOT NULL,
        serial  INTEGER NOT NULL,
        device  TEXT NOT NULL,
        seq     INTEGER NOT NULL,
        at      INTEGER NOT NULL,
        held    INTEGER NOT NULL,
        PRIMARY KEY (gtin, serial, device, seq)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO stock_stamp_5 SELECT gtin, serial, own.device, stock_stamp.seq, coalesce(at, 0), held
        FROM own, stock_stamp LEFT JOIN journal USING (seq);
    CREATE TABLE stock_move_5 (
        gtin    TEXT NOT NULL,
        device  TEXT NOT NULL,
        seq     INTEGER NOT NULL,
        at      INTEGER NOT NULL,
        kind    TEXT NOT NULL,                 -- of the entry
        qty     INTEGER NOT NULL,
        counted INTEGER NOT NULL,
        PRIMARY KEY (gtin, device, seq)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO stock_move_5 SELECT gtin, own.device, stock_move.seq, coalesce(at, 0), coalesce(kind, ''), qty, counted
        FROM own, stock_move LEFT JOIN journal USING (seq);
    CREATE TABLE price_5 (
        gtin    TEXT NOT NULL,
        device  TEXT NOT NULL,
        seq     INTEGER NOT NULL,
        at      INTEGER NOT NULL,
        price   INTEGER,
        PRIMARY KEY (gtin, device, seq)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO price_5 SELECT gtin, own.device, price.seq, coalesce(at, 0), price
        FROM own, price LEFT JOIN journal USING (seq);
    CREATE TABLE money_5 (
        device  TEXT NOT NULL,
        seq     INTEGER NOT NULL,
        at      INTEGER NOT NULL,
        kind    TEXT NOT NULL,
        amount  INTEGER NOT NULL,
        PRIMARY KEY (device, seq, kind)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO money_5 SELECT own.device, money.seq, coalesce(at, 0), money.kind, amount
        FROM own, money LEFT JOIN journal USING (seq);
    CREATE TABLE shift_5 (
        device  TEXT NOT NULL,
        seq     INTEGER NOT NULL,
        at      INTEGER NOT NULL,
        staff   TEXT NOT NULL,
        cash    INTEGER NOT NULL,
        PRIMARY KEY (device, seq)
    ) STRICT;
    INSERT INTO shift_5 SELECT own.device, shift.* FROM shift, own;
    CREATE TABLE shift_close_5 (
        device   TEXT NOT NULL,
        seq      INTEGER NOT NULL,
        opened   INTEGER NOT NULL,
        at       INTEGER NOT NULL,
        staff    TEXT NOT NULL,
        expected INTEGER NOT NULL,
        counted  INTEGER NOT NULL,
        PRIMARY KEY (device, seq)
    ) STRICT;
    INSERT INTO shift_close_5 SELECT own.device, shift_close.* FROM shift_close, own;
    CREATE TABLE confirmed_5 (
        device  TEXT NOT NULL,
        seq     INTEGER NOT NULL,
        sold_by TEXT NOT NULL,
        sale    INTEGER NOT NULL,
        kind    TEXT NOT NULL,
        amount  INTEGER NOT NULL,
        PRIMARY KEY (device, seq)
    ) STRICT;
    INSERT INTO confirmed_5 SELECT own.device, confirmed.* FROM confirmed, own;
    CREATE TABLE label_5 (
        gtin     TEXT NOT NULL,
        device   TEXT NOT NULL,
        seq      INTEGER NOT NULL,
        template TEXT NOT NULL,
        count    INTEGER NOT NULL,
        PRIMARY KEY (gtin, device, seq)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO label_5 SELECT gtin, own.device, seq, template, count FROM label, own;
    CREATE TABLE print_job_5 (
        id      INTEGER PRIMARY KEY AUTOINCREMENT,
        sale    INTEGER,                       -- seq of a sale of this device
        kind    TEXT NOT NULL,
        data    TEXT NOT NULL,
        state   TEXT NOT NULL CHECK (state IN ('queued', 'printing', 'printed', 'not_printed', 'unknown')),
        detail  TEXT NOT NULL DEFAULT '',
        picture TEXT
    ) STRICT;
    INSERT INTO print_job_5 SELECT * FROM print_job;
    DROP TABLE own;
    DROP TABLE print_job; DROP TABLE sale_line; DROP TABLE undo_line; DROP TABLE sale; DROP TABLE undo;
    DROP TABLE stamp_move; DROP TABLE stock_stamp; DROP TABLE stock_move; DROP TABLE price; DROP TABLE money;
    DROP TABLE shift; DROP TABLE shift_close; DROP TABLE confirmed; DROP TABLE label;
    ALTER TABLE sale_5 RENAME TO sale;
    ALTER TABLE sale_line_5 RENAME TO sale_line;
    ALTER TABLE undo_5 RENAME TO undo;
    ALTER TABLE undo_line_5 RENAME TO undo_line;
    ALTER TABLE stamp_move_5 RENAME TO stamp_move;
    ALTER TABLE stock_stamp_5 RENAME TO stock_stamp;
    ALTER TABLE stock_move_5 RENAME TO stock_move;
    ALTER TABLE price_5 RENAME TO price;
    ALTER TABLE money_5 RENAME TO money;
    ALTER TABLE shift_5 RENAME TO shift;
    ALTER TABLE shift_close_5 RENAME TO shift_close;
    ALTER TABLE confirmed_5 RENAME TO confirmed;
    ALTER TABLE label_5 RENAME TO label;
    ALTER TABLE print_job_5 RENAME TO print_job;
    CREATE INDEX sale_at ON sale (at);
    CREATE INDEX undo_sale ON undo (sold_by, sale);
    CREATE INDEX confirmed_sale ON confirmed (sold_by, sale);
    """,
]
