"""The office's ingest, end to end over HTTP, beside the bare insert of the same rows.

Run: `python tests/bench/bench_ingest.py [--postgresql] [--entries N] [--profile]`. Devices push segments of
2,000 entries, one sale to four scans, made beforehand; measured are entries a second of wall time, of the office's own
processor time, and of that and PostgreSQL's together. Bare: header, body, hash of the same entries into one table, a
transaction a segment (`bench_storing.py` has the bare COPY of all rows).
"""

import argparse
import asyncio
import contextlib
import hashlib
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
import zlib
from datetime import date
from pathlib import Path

import aiohttp
from journals import BATCH, PRODUCTS, START_MS, Shop, gtin
from sqlalchemy import insert

sys.path.insert(0, str(Path(__file__).parents[1] / "office"))
import postgresql

from office import registry, schema, service, setup, stamps
from office.publishing import keys
from office.settings import Settings
from office.storage import database
from office.times import now_ms
from sync import http_signatures, segments
from sync.envelopes import key_id, seal
from sync.journal import START, checkpoint

SEGMENT = 2000
AT_ONCE = 2  # requests under way


def settings_of(folder, url):
    return Settings(data=str(folder), database=url)


def found(settings, devices):
    """An office with products, stamps and `devices`."""
    engine = setup.initialise(settings, START_MS)
    dated = {"recognised": date(2025, 1, 2), "recognised_until": date(2028, 1, 2), "illustrative": True}
    rows = registry.Import(
        producers=[registry.Producer(id="P1", name="HTX")],
        products=[
            registry.Product(id=f"SP{n}", name=f"Hàng {n}", producer="P1", stars=4, **dated)
            for n in range(PRODUCTS)
        ],
        trade_items=[
            registry.TradeItem(gtin=gtin(n), product=f"SP{n}", unit="hộp", net="1", price=1000)
            for n in range(PRODUCTS)
        ],
        outlets=[registry.Outlet(code=name[:-1], name=name) for name in devices],
    )
    with database.writing(engine) as connection:
        registry.import_rows(connection, rows, "bench", START_MS)
        for n in range(PRODUCTS):
            stamps.issue(connection, gtin(n), BATCH, "A", "bench", START_MS)
        known = [
            {"id": name, "outlet": name[:-1], "public": signer(name).public.hex(), "state": "active",
             "enrolled_at": START_MS}
            for name in devices
        ]  # fmt: skip
        if known:
            connection.execute(insert(schema.devices), known)
    engine.dispose()


def signer(name):
    return keys.Signer(hashlib.sha256(name.encode()).digest())


def packed(name, entries):
    """The segments of one device: (packed bytes, their entries)."""
    key, previous = signer(name), START

    def vouch(seq, digest):
        return seal(checkpoint(name, seq, digest), [(key_id(key.public), key.sign)])

    for at in range(0, len(entries), SEGMENT):
        part = entries[at : at + SEGMENT]
        wire, last = segments.pack(name, previous, part, vouch)
        yield zlib.compress(wire, 6), part
        previous = last


def serve(folder, url, profile):
    """The office alone in this process; prints its port, ends at the end of stdin."""

    async def run():
        app = service.build(settings_of(folder, url), now_ms)
        runner = await service.start(app, "127.0.0.1", 0)
        print(runner.addresses[0][1], flush=True)
        await asyncio.to_thread(sys.stdin.read)
        await runner.cleanup()

    if profile:
        import cProfile
        import pstats
        import threading

        made = []
        real = asyncio.to_thread

        async def profiled(work, *args):
            def call():
                one = cProfile.Profile()
                made.append(one)
                return one.runcall(work, *args)

            return await real(call)

        asyncio.to_thread = profiled
        asyncio.run(run())
        stats = pstats.Stats(*made[:-1], stream=sys.stderr)
        stats.sort_stats("tottime").print_stats(45)
        assert threading
    else:
        asyncio.run(run())


def used(pid):
    """Seconds of processor time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def used_by(server):
    """Seconds of processor time of a PostgreSQL server with all its processes, those included that have ended."""
    main = (server.folder / "data/postmaster.pid").read_text().split()[0]
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rsplit(")", 1)[1].split()
            if main in (stat.parent.name, fields[1]):
                total += sum(map(int, fields[11:15] if stat.parent.name == main else fields[11:13]))
    return total / os.sysconf("SC_CLK_TCK")


async def push_all(port, work):
    """Push every device's segments in order, AT_ONCE devices at a time."""
    authority = f"127.0.0.1:{port}"
    limit = asyncio.Semaphore(AT_ONCE)
    async with aiohttp.ClientSession() as session:

        async def device(name, parts):
            async with limit:
                for body, _ in parts:
                    made = http_signatures.signed_headers(
                        "POST", authority, "/sync/v1/journal", "", body, int(time.time()), name, "n",
                        signer(name).sign,
                    )  # fmt: skip
                    headers = dict(made) | {"Content-Encoding": "deflate"}
                    url = f"http://{authority}/sync/v1/journal"
                    async with session.post(url, data=body, headers=headers) as answer:
                        if answer.status != 200:
                            raise SystemExit(f"{answer.status}: {await answer.text()}")

        await asyncio.gather(*(device(name, parts) for name, parts in work.items()))


def bare_sqlite(folder, work):
    """Seconds that the same bytes take in one table, WAL and FULL, a transaction a segment."""
    db = sqlite3.connect(folder / "bare.db", isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute(
        "CREATE TABLE entries (device TEXT, seq INTEGER, hash BLOB, prev_hash BLOB, header BLOB, body BLOB,"
        " received_at INTEGER, state TEXT, branch INTEGER, PRIMARY KEY (device, seq, hash))"
    )
    started = time.perf_counter()
    for name, parts in work.items():
        for _, part in parts:
            rows = [(name, e.seq, e.hash, e.hash, e.header, e.body, START_MS, "ok", 0) for e in part]
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
            db.execute("COMMIT")
    db.close()
    return time.perf_counter() - started


def bare_copy(server, work):
    """Seconds that COPY takes for the same bytes into one table, a transaction a segment."""
    import psycopg

    with psycopg.connect(f"host={server.folder} user=office dbname={server.create()}") as db:
        db.execute(
            "CREATE TABLE entries (device TEXT, seq BIGINT, hash BYTEA, prev_hash BYTEA, header BYTEA, body BYTEA,"
            " received_at BIGINT, state TEXT, branch INTEGER, PRIMARY KEY (device, seq, hash))"
        )
        db.commit()
        started = time.perf_counter()
        for name, parts in work.items():
            for _, part in parts:
                with db.cursor() as cursor, cursor.copy("COPY entries FROM STDIN") as copy:
                    for e in part:
                        copy.write_row((name, e.seq, e.hash, e.hash, e.header, e.body, START_MS, "ok", 0))
                db.commit()
        return time.perf_counter() - started


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--url", default="", help=argparse.SUPPRESS)
    parser.add_argument("--entries", type=int, default=40_000)
    parser.add_argument("--devices", type=int, default=4)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--serve", type=Path)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.url, options.profile)
        return
    each = options.entries // options.devices
    names = [f"HT{n:02d}A" for n in range(1, options.devices + 1)]
    work = {
        name: list(packed(name, Shop(name, n, n * BATCH // len(names)).journal(each // 5, each - each // 5)))
        for n, name in enumerate(names)
    }
    with tempfile.TemporaryDirectory() as temporary, contextlib.ExitStack() as stack:
        folder = Path(temporary)
        if options.postgresql:
            server = postgresql.Server(durable=True).start()
            stack.callback(server.stop)
            options.url = server.url(server.create())
        found(settings_of(folder / "office", options.url), names)
        command = [sys.executable, __file__, "--serve", str(folder / "office"), "--url", options.url]
        with subprocess.Popen(
            command + ["--profile"] * options.profile,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as office:
            port = int(office.stdout.readline())
            server_before = used_by(server) if options.postgresql else 0.0
            before, started = used(office.pid), time.perf_counter()
            asyncio.run(push_all(port, work))
            wall, cpu = time.perf_counter() - started, used(office.pid) - before
            server_cpu = used_by(server) - server_before if options.postgresql else 0.0
            office.stdin.close()
            office.wait()
        bare = bare_copy(server, work) if options.postgresql else bare_sqlite(folder, work)
    count = each * len(names)
    print(f"{count} entries, segments of {SEGMENT}: {count / wall:8.0f} a second")
    print(f"  a second of the office's processor time: {count / cpu:8.0f}")
    if options.postgresql:
        print(f"  and of PostgreSQL's with it:             {count / (cpu + server_cpu):8.0f}")
    print(f"  bare insert of the bytes alone:          {count / bare:8.0f} a second; ratio {bare / wall:.2f}")


if __name__ == "__main__":
    main()
