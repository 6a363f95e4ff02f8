"""What storing costs: the storing step of ingest, and the bare COPY (or insert) of the same rows, segment by segment.

Run: `python tests/bench/bench_storing.py [--entries N] [--only sqlite|postgresql]`. Storing is all that ingest does
but unpacking, hashing and judging (timed alone, and taken off): its queries, the rows of the journal and of what is read off it, their indexes,
the rollups, the commit. Bare are those very rows, read back afterwards, a commit a segment: once into tables with the
same primary keys, once into tables without any. Each is done twice, turn by turn, and counts at its best. On a machine
that others use too, the ratio of processor time (this process and PostgreSQL's) is the fairer one.
"""

import argparse
import sqlite3
import sys
import tempfile
import time
import zlib
from pathlib import Path

from bench_ingest import found, packed, settings_of, used_by
from journals import BATCH, START_MS, Shop
from sqlalchemy import select

sys.path.insert(0, str(Path(__file__).parents[1] / "office"))
import postgresql

from office import schema
from office.outlets import entries, ingest
from office.storage import database

TABLES = (schema.entries, schema.scans, schema.sales, schema.sale_lines)


class Spent:
    """Seconds on the clock, and of processor time: of this process, and of PostgreSQL if `server` is one."""

    def __init__(self, server=None):
        self._server = server
        self.seconds = self.cpu = 0.0

    def __enter__(self):
        self._began = time.perf_counter(), self._cpu()
        return self

    def __exit__(self, *_):
        self.seconds += time.perf_counter() - self._began[0]
        self.cpu += self._cpu() - self._began[1]

    def _cpu(self):
        return time.process_time() + (used_by(self._server) if self._server else 0.0)


def read(work):
    """What unpacking, hashing and judging take, which ingest does before it stores."""
    with Spent() as spent:
        for name, parts in work.items():
            for body, _ in parts:
                segment = entries.unpacked(zlib.decompress(body))
                previous = segment.prev_hash
                for entry in segment.entries:
                    entries.judge(entry, previous, 0, name)
                    previous = entry.hash
    return spent


def store(engine, work, server=None):
    """What all of ingest takes."""
    with Spent(server) as spent:
        for name, parts in work.items():
            for body, _ in parts:
                ingest.ingest(engine, name, zlib.decompress(body), START_MS)
    return spent


def stored(engine, work):
    """The rows of every segment as the tables now hold them: [{table: [tuples]}]."""
    found = []
    with database.reading(engine) as connection:
        for name, parts in work.items():
            for _, part in parts:
                within = part[0].seq, part[-1].seq
                found.append(
                    {
                        table: [
                            tuple(row)
                            for row in connection.execute(
                                select(table).where(table.c.device == name, table.c.seq.between(*within))
                            )
                        ]
                        for table in TABLES
                    }
                )
    return found


def keys(table, keyed):
    """The primary key of a bare table as SQL."""
    return f"PRIMARY KEY ({', '.join(column.name for column in table.primary_key)})" if keyed else ""


def bare_copy(server, name, rows, keyed):
    """What COPY takes for these rows, a transaction a segment."""
    import psycopg

    with psycopg.connect(f"host={server.folder} user=office dbname={name}") as db:
        for table in TABLES:
            db.execute(f"DROP TABLE IF EXISTS bare_{table.name}")
            columns = ", ".join(column.name for column in table.c)
            db.execute(f"CREATE TABLE bare_{table.name} AS SELECT {columns} FROM {table.name} LIMIT 0")
            if keyed:
                db.execute(f"ALTER TABLE bare_{table.name} ADD {keys(table, keyed)}")
        db.commit()
        with Spent(server) as spent:
            for segment in rows:
                with db.cursor() as cursor:
                    for table, these in segment.items():
                        with cursor.copy(f"COPY bare_{table.name} FROM STDIN") as copy:
                            for row in these:
                                copy.write_row(row)
                db.commit()
        return spent


def bare_insert(folder, rows, keyed):
    """What SQLite takes for these rows (WAL, FULL), a transaction a segment."""
    path = folder / "bare.db"
    path.unlink(missing_ok=True)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    for table in TABLES:
        columns = [column.name for column in table.c] + [keys(table, True)] * keyed
        db.execute(f"CREATE TABLE {table.name} ({', '.join(columns)})")
    with Spent() as spent:
        for segment in rows:
            db.execute("BEGIN IMMEDIATE")
            for table, these in segment.items():
                marks = ", ".join("?" * len(table.c))
                db.executemany(f"INSERT INTO {table.name} VALUES ({marks})", these)
            db.execute("COMMIT")
    db.close()
    return spent


def measure(kind, folder, work, server):
    name = server.create() if kind == "postgresql" else ""
    settings = settings_of(folder / kind, server.url(name) if name else "")
    found(settings, list(work))
    engine = database.open_engine(settings.database_url)
    read(work)  # the first time is dearer
    whole, reading = store(engine, work, server), read(work)
    storing, storing_cpu = whole.seconds - reading.seconds, whole.cpu - reading.cpu
    rows = stored(engine, work)
    engine.dispose()
    count = sum(len(part) for parts in work.values() for _, part in parts)
    all_rows = sum(len(these) for segment in rows for these in segment.values())
    print(f"{kind}: {count} entries, {all_rows} rows in four tables")
    print(f"  {'entries a second':26}{'wall':>8}{'processor':>11}")
    print(f"  {'ingest without HTTP':26}{count / whole.seconds:8.0f}{count / whole.cpu:11.0f}")
    print(f"  {'of it the storing step':26}{count / storing:8.0f}{count / storing_cpu:11.0f}")
    bare = {True: [], False: []}
    for keyed in (True, False) * 2:
        bare[keyed].append(bare_copy(server, name, rows, keyed) if name else bare_insert(folder, rows, keyed))
    for keyed, label in ((True, "with keys"), (False, "without")):
        wall, cpu = min(one.seconds for one in bare[keyed]), min(one.cpu for one in bare[keyed])
        what = f"bare {'COPY' if name else 'insert'}, {label}"
        print(
            f"  {what:26}{count / wall:8.0f}{count / cpu:11.0f}; ratio {wall / storing:.2f}, {cpu / storing_cpu:.2f}"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=40_000)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    options = parser.parse_args()
    each = options.entries // 4
    work = {
        name: list(packed(name, Shop(name, n, n * BATCH // 4).journal(each // 5, each - each // 5)))
        for n, name in enumerate(("HT01A", "HT02A", "HT03A", "HT04A"))
    }
    with tempfile.TemporaryDirectory() as temporary:
        if options.only != "postgresql":
            measure("sqlite", Path(temporary), work, None)
        if options.only != "sqlite" and postgresql.binaries() is not None:
            server = postgresql.Server(durable=True).start()
            try:
                measure("postgresql", Path(temporary), work, server)
            finally:
                server.stop()


if __name__ == "__main__":
    main()
