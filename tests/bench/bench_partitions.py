"""What partitions by time cost and gain on PostgreSQL: sale lines of ten years in one table, by years, quarters, months.

A stamp looked up and the new lines of a full segment compared look into every partition; a month's sum into one.
"""

import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "office"))
import postgresql
import psycopg

from office import schema

LINES = 1_000_000
NEW = 2000  # lines of a segment
ITEMS = 72
DAY_MS = 86_400_000
WHOLE_MS = 3650 * DAY_MS
_MAKE = """
INSERT INTO sale_lines (device, seq, hash, at, line, gtin, serial, ordinal, qty, price, amount, verdict, flagged)
SELECT %(device)s, i, sha256(i::text::bytea), least(i::numeric * %(step)s, %(last)s)::bigint, 1,
  lpad((i %% 72)::text, 14, '0'), i / 72, i, 1, 1000, 1000, 'genuine', false
FROM generate_series(%(first)s::bigint, %(until)s::bigint) i
"""
_AGAIN = """
SELECT new.gtin, new.serial FROM sale_lines new JOIN sale_lines other
ON new.gtin = other.gtin AND new.serial = other.serial
WHERE new.device = 'NEW' AND new.seq BETWEEN %s AND %s AND (new.hash <> other.hash OR new.line <> other.line)
"""
_STAMP = "SELECT device, seq FROM sale_lines WHERE gtin = %s AND serial = %s"
_MONTH = "SELECT gtin, sum(amount) FROM sale_lines WHERE at BETWEEN %s AND %s GROUP BY gtin"


def make(db, count):
    """The table of the schema with its indexes, in `count` partitions (1: whole), filled."""
    names = ", ".join(
        f"{column.name} {column.type.compile(db_dialect())}" for column in schema.sale_lines.columns
    )
    by = "" if count == 1 else "PARTITION BY RANGE (at)"
    db.execute(f"CREATE TABLE sale_lines ({names}, PRIMARY KEY (device, seq, hash, at, line)) {by}")
    if count > 1:
        for number in range(count):
            start, end = (WHOLE_MS * edge // count for edge in (number, number + 1))
            db.execute(f"CREATE TABLE p{number} PARTITION OF sale_lines FOR VALUES FROM ({start}) TO ({end})")
        db.execute("CREATE TABLE p_default PARTITION OF sale_lines DEFAULT")
    db.execute("CREATE INDEX ON sale_lines (gtin, serial)")
    add(db, "OLD", 0, LINES - 1)
    db.execute("ANALYZE")


def db_dialect():
    from sqlalchemy.dialects import postgresql as dialect

    return dialect.dialect()


def add(db, device, first, until):
    db.execute(
        _MAKE,
        {"device": device, "first": first, "until": until, "step": WHOLE_MS // LINES, "last": WHOLE_MS - 1},
    )


def timed(work, times):
    """The best time of one call, in seconds."""
    best = float("inf")
    for number in range(times):
        started = time.perf_counter()
        work(number)
        best = min(best, time.perf_counter() - started)
    return best


def main():
    server = postgresql.Server().start()
    try:
        for count in (1, 10, 40, 120):
            name = server.create()
            with psycopg.connect(f"host={server.folder} user=office dbname={name}", autocommit=True) as db:
                make(db, count)
                rnd = random.Random(1)
                stamps = [rnd.randrange(LINES) for _ in range(100)]

                def look(_number, db=db, stamps=stamps):
                    for stamp in stamps:
                        db.execute(_STAMP, (f"{stamp % ITEMS:014}", stamp // ITEMS)).fetchall()

                def compare(number, db=db):
                    first = 2 * LINES + number * NEW
                    db.execute(_AGAIN, (first, first + NEW - 1)).fetchall()

                def month(_number, db=db):
                    db.execute(_MONTH, (WHOLE_MS // 2, WHOLE_MS // 2 + 30 * DAY_MS)).fetchall()

                for number in range(3):
                    add(db, "NEW", 2 * LINES + number * NEW, 2 * LINES + (number + 1) * NEW - 1)
                print(
                    f"{count:4} partitions: one stamp {timed(look, 5) * 1e4:5.0f} µs,"
                    f" {NEW} new lines {timed(compare, 3) * 1e3:5.0f} ms,"
                    f" sum of 30 days {timed(month, 3) * 1e3:5.1f} ms"
                )
    finally:
        server.stop()


if __name__ == "__main__":
    main()
