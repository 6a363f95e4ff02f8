"""The resolver beside its floor, aiohttp that sends the same bytes: looks a second, in one process each, by one client.

Warm: a hundred stamps, each looked at before, as at a busy shelf or by a program. First: stamps that nobody has looked
at, each judged and its page made. Again: a browser that has the page and asks whether it still holds (304).

A first look cannot be had for less than its own floor: that answer, the signature, one look-up by index (bare sqlite3) and the
row that counts it.

Run: `python tests/bench/bench_resolver.py`. Prints the best of seven rounds, floor and resolver in turn; ratios are of processor time.
"""

import contextlib
import http.client
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select

from office import schema, setup, stamps
from office.demo import samples
from office.publishing import keys
from office.settings import Settings, Stamps
from office.storage import database
from office.times import now_ms
from scanner import stamps as stamp_texts

ROUNDS, WARM, FIRST = 7, 2000, 300
FLOOR_PORT, PORT = 18993, 18994

FLOOR = """
import sys
from pathlib import Path
from aiohttp import web
body = Path(sys.argv[1]).read_bytes()
async def answer(_):
    return web.Response(body=body, content_type="text/html", charset="utf-8")
app = web.Application()
app.router.add_get("/S/{signed}/01/{gtin}/21/{serial}", answer)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[2]), print=None, access_log=None)
"""
OFFICE = "import sys; from config.cli import main; sys.exit(main())"


def wait(process: subprocess.Popen[bytes], port: int) -> http.client.HTTPConnection:
    """A connection to a service that has started."""
    for _ in range(600):
        assert process.poll() is None
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.connect()
        except OSError:
            time.sleep(0.05)
            continue
        return connection
    raise SystemExit(f"nothing listens on port {port}")


class Served(NamedTuple):
    """How fast looks were answered: a second of the clock, and a second of the serving process's processor time.

    The second is what two services can be compared by on a machine that has other work too.
    """

    wall: float
    cpu: float


def busy(pid: int) -> float:
    """Processor seconds that a process has used (proc(5), stat: utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rate(
    process: subprocess.Popen[bytes],
    connection: http.client.HTTPConnection,
    paths: list[str],
    status: int = 200,
    **headers: str,
) -> Served:
    """Looks a second."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    used, began = busy(process.pid), time.perf_counter()
    for path in paths:
        connection.request("GET", path, headers=sent)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status, (path, answer.status)
    return Served(len(paths) / (time.perf_counter() - began), len(paths) / (busy(process.pid) - used))


def least(folder: Path, paths: list[str]) -> float:
    """Processor seconds of what no first look can do without beside the answer: signature, look-up, and its row."""
    public = keys.load(folder / "data/keys", "stamp-A").public
    read = [stamp_texts.read(f"HTTPS://OCOP.HATINH.VN{path}") for path in paths]
    look_up = "SELECT * FROM batches WHERE gtin = ? AND first <= ? AND last >= ?"
    count = "INSERT INTO looked VALUES (?, ?, 1, 1, 1)"
    with contextlib.closing(sqlite3.connect(folder / "data/office.db", isolation_level=None)) as raw:
        raw.execute("CREATE TEMP TABLE looked AS SELECT * FROM phone_looks WHERE 0")
        began = time.process_time()
        for stamp in read:
            message = stamp_texts.message(stamp.host, stamp.k, stamp.gtin, stamp.serial)
            assert keys.verify(public, message, stamp.signature)
            assert raw.execute(look_up, (stamp.gtin, stamp.serial, stamp.serial)).fetchone()
        raw.executemany(count, [(stamp.gtin, stamp.serial) for stamp in read])
        return time.process_time() - began


def office(folder: Path, count: int) -> list[str]:
    """An office with the samples and `count` more stamps of one product, activated: their paths."""
    settings = Settings(data=str(folder / "data"), stamps=Stamps(gs1_prefix="893888"))
    engine = setup.initialise(settings, now_ms())
    shown = samples.fill(engine, settings, now_ms())
    text = next(one.text for one in shown if one.kind == "stamp")
    gtin = stamp_texts.read(text).gtin
    signer = keys.load(settings.folder / "keys", "stamp-A")
    with database.writing(engine) as connection:
        batch = stamps.issue(connection, gtin, count, "A", "bench", now_ms())
        lots = schema.lots
        lot = connection.execute(select(lots.c.id).where(lots.c.gtin == gtin)).scalars().first()
        stamps.activate(connection, gtin, batch.first, batch.last, lot, "bench", now_ms())
    engine.dispose()
    (folder / "office.toml").write_text(
        f'data = "data"\n[http]\nport = {PORT}\n[stamps]\ngs1_prefix = "893888"\n'
        "[phones]\na_minute = 1000000\nat_once = 1000000\n"
    )
    paths = []
    for serial in range(batch.first, batch.last + 1):
        signature = signer.sign(stamp_texts.message("OCOP.HATINH.VN", "A", gtin, serial))
        stamp = stamp_texts.Stamp("OCOP.HATINH.VN", "A", signature, gtin, serial)
        paths.append(stamp_texts.uri(stamp).removeprefix("HTTPS://OCOP.HATINH.VN"))
    return paths


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = office(folder, 100 + ROUNDS * FIRST)
        warm, fresh = [paths[i % 100] for i in range(WARM)], paths[100:]
        serving = subprocess.Popen(
            [sys.executable, "-c", OFFICE, "office", "--config", str(folder / "office.toml")],
            stderr=subprocess.DEVNULL,
        )
        bare = None
        try:
            resolver = wait(serving, PORT)
            resolver.request("GET", paths[0])
            answer = resolver.getresponse()
            tag = answer.headers["ETag"]
            (folder / "page").write_bytes(answer.read())
            bare = subprocess.Popen(
                [sys.executable, "-c", FLOOR, str(folder / "page"), str(FLOOR_PORT)],
                stderr=subprocess.DEVNULL,
            )
            floor = wait(bare, FLOOR_PORT)
            rate(serving, resolver, paths[:100])
            rate(bare, floor, paths[:100])
            rounds: dict[str, list[Served]] = {"floor": [], "warm": [], "again": [], "first": []}
            for turn in range(ROUNDS):
                rounds["floor"].append(rate(bare, floor, warm))
                rounds["warm"].append(rate(serving, resolver, warm))
                rounds["again"].append(rate(serving, resolver, [paths[0]] * WARM, 304, If_None_Match=tag))
                some = fresh[turn * FIRST : (turn + 1) * FIRST]
                rounds["first"].append(rate(serving, resolver, some))
            work = min(least(folder, fresh[:FIRST]) for _ in range(ROUNDS)) / FIRST
            smaps = Path(f"/proc/{serving.pid}/smaps_rollup").read_text(encoding="ascii")
            held = next(int(line.split()[1]) for line in smaps.splitlines() if line.startswith("Pss:")) / 1024
        finally:
            for process in (serving, bare):
                if process is not None:
                    process.terminate()
                    process.wait()
    best = {
        key: Served(max(one.wall for one in found), max(one.cpu for one in found))
        for key, found in rounds.items()
    }
    print(f"{'looks a second':40} {'clock':>8} {'processor':>10}")
    for key, words in (("floor", "bare aiohttp, the same page"), ("warm", "resolver, stamps looked at before"),
                       ("again", "resolver, not modified (304)"), ("first", "resolver, a stamp's first look")):  # fmt: skip
        ratio = best[key].cpu / best["floor"].cpu
        print(f"{words:40} {best[key].wall:8,.0f} {best[key].cpu:10,.0f}   {ratio:.2f} ×")
    bound = 1 / (1 / best["floor"].cpu + work)
    ratio = best["first"].cpu / bound
    print(
        f"{'bare aiohttp and the least a look needs':40} {'':8} {bound:10,.0f}   a first look is {ratio:.2f} × that"
    )
    print(f"the resolver's process holds {held:.0f} MB (PSS)")


if __name__ == "__main__":
    main()
