"""A whole verdict with a country's catalogue: text in, answer out, beside the bare signature check.

    python tests/bench/bench_verdict.py [--data DIR] [--json]

Builds the country of `country.py` in DIR (once; by default in the temporary folder), then prints what a
verdict costs in ratios to PyNaCl's verify of the same stamps, what the catalogue weighs on disk and in
memory, and how long it takes to open beside a bare SQLite file. Every stamp is asked for once, so that no
answer can come from a cache. Prints figures and judges none: times on a shared machine are no test.
"""

import argparse
import collections
import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nacl.exceptions import BadSignatureError

from kiosk.host.clock import Clock
from kiosk.host.data import database
from kiosk.host.stamps.catalogue import FILE, Holder
from kiosk.host.stamps.judging import Judge
from scanner import stamps

STAMPS = 12_000
OWN_SALES = 20_000
HOUR = 3_600_000


def judge_in(folder: Path) -> Judge:
    """The service's judge of an outlet: its catalogue, its own sales, a clock that the office has set."""
    from country import ISSUED, OUTLET

    db = database.connect(folder)
    clock = Clock()
    clock.office_time(ISSUED + HOUR)
    return Judge(db, Holder(folder, OUTLET), clock, "HT01A")


def sell(db: sqlite3.Connection, lines: list[tuple[str, int]]) -> None:
    """Own sales, a stamp each, as a year leaves them in outlet.db."""
    db.execute("BEGIN")
    for seq, (gtin, serial) in enumerate(lines, 1):
        entry = (seq, "sale", 0, b"", b"", seq.to_bytes(32, "big"))
        db.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?)", entry)
        sale = ("HT01A", seq, f"HT01A-{seq}", "ABCDEFGHIJ", 0, "nv1", 1000, 0, str(seq), b"")
        db.execute("INSERT INTO sale VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", sale)
        db.execute("INSERT INTO sale_line VALUES ('HT01A', ?, 1, ?, ?, 1, 1000, 1000)", (seq, gtin, serial))
        moved = (gtin, serial, "HT01A", seq)
        db.execute("INSERT OR IGNORE INTO stamp_move VALUES (?, ?, ?, ?, 0, NULL, NULL)", moved)
    db.execute("COMMIT")


def prepared(folder: Path) -> Any:
    """The country, with its catalogue and own sales in `folder`."""
    from country import Country

    country = Country()
    if not (folder / "built").exists():
        print("building the country (once)...", file=sys.stderr)
        country.install(folder)
        dice, db = random.Random(1), database.connect(folder)
        numbers = [dice.randrange(len(country.gtins)) for _ in range(OWN_SALES)]
        sell(db, [(country.gtins[n], dice.randint(1, country.counts[n])) for n in numbers])
        db.close()
        (folder / "built").touch()
    return country


def texts_of(country: Any, shelf: int = 0) -> list[tuple[str, str]]:
    """What is scanned, with the reader's name: stamps out of all there are (or of so many products that
    one outlet sells), and what else comes."""
    dice = random.Random(2)
    goods = dice.sample(range(len(country.gtins)), shelf) if shelf else range(len(country.gtins))
    picked = dice.choices(goods, [country.counts[number] for number in goods], k=STAMPS)
    scans = []
    for turn, number in enumerate(picked):
        gtin, serial = country.gtins[number], dice.randint(1, country.counts[number])
        if turn % 25 == 0:
            scans.append((stamps.typed_line(gtin, serial), "keyboard"))
        elif turn % 25 == 1:
            scans.append((gtin[1:], "eye"))
        else:
            other = country.keys["A"] if turn % 25 == 2 else None  # two in three of these are forged
            scans.append((country.stamp(number, serial, other), "eye"))
    return scans


def spread(times: list[float]) -> tuple[float, float, float]:
    """Median, 95th and 99th percentile."""
    ordered = sorted(times)
    return statistics.median(ordered), ordered[len(ordered) * 95 // 100], ordered[len(ordered) * 99 // 100]


def verdicts(folder: Path, country: Any, shelf: int = 0) -> dict[str, Any]:
    judge, scans = judge_in(folder), list(dict.fromkeys(texts_of(country, shelf)))
    signed = {text: stamps.read(text) for text, _ in scans}
    keys = {k: key.verify_key for k, key in country.keys.items()}
    bare, whole, answers = [], [], collections.Counter()  # type: tuple[list[float], list[float], collections.Counter[str]]
    basket: set[tuple[str, int]] = set()
    clock = time.perf_counter
    for text, reader in scans:
        stamp = signed[text]
        if stamp is not None:
            message = stamps.message(stamp.host, stamp.k, stamp.gtin, stamp.serial)
            key, signature = keys[stamp.k], stamp.signature
            start = clock()
            try:
                key.verify(message, signature)
            except BadSignatureError:  # a forged one
                pass
            bare.append(clock() - start)
        start = clock()
        answer = judge.judge(text, reader, "sell", basket, 0)
        spent = clock() - start
        if stamp is not None:
            whole.append(spent)
        answers[answer.verdict.verdict] += 1
    (floor, _, _), (median, p95, p99) = spread(bare), spread(whole)
    print(
        f"{len(whole):,} stamps of {shelf or len(country.gtins):,} products, each once: "
        + ", ".join(f"{n} {name}" for name, n in answers.most_common())
    )
    print(
        f"bare PyNaCl verify {floor * 1e6:.0f} us; whole verdict median {median * 1e6:.0f}, p95 {p95 * 1e6:.0f}, p99 {p99 * 1e6:.0f} us"
    )
    print(
        f"  ratios to the bare median: {median / floor:.2f}, {p95 / floor:.2f}, {p99 / floor:.2f} (goals: median 2.5, p99 5)"
    )
    return {"bare_us": floor * 1e6, "median": median / floor, "p95": p95 / floor, "p99": p99 / floor}


def disk(folder: Path, country: Any) -> dict[str, Any]:
    size = os.path.getsize(folder / FILE)
    db = sqlite3.connect(folder / FILE)
    parts = db.execute("SELECT name, length(bitmap) FROM sold ORDER BY name").fetchall()
    db.close()
    print(
        f"catalogue.db {size / 1e6:.1f} MB (goal 40), of it "
        + ", ".join(f"{name} {length:,}" for name, length in parts)
    )
    sizes = {
        f"{share:.0%}{' clustered' if clustered else ''}": len(
            country.sold(share, clustered=clustered).serialize()
        )
        for share in (0.01, 0.1, 0.5, 0.9, 0.99)
        for clustered in (False, True)
    }
    print(
        "set G at a share sold (goal 1,260,000): "
        + ", ".join(f"{name} {length:,}" for name, length in sizes.items())
    )
    everywhere = country.sold(0.5)
    beside = type(everywhere)(everywhere[::1000])
    each = len(beside.serialize()) / len(beside)
    print(
        f"H of {len(beside):,} stamps: {each:.2f} bytes a stamp (goal 2), the containers' heads of 8 bytes included"
    )
    return {"file": size, "largest_g": max(sizes.values()), "h_bytes_a_stamp": each}


def fresh(code: str, *arguments: str) -> list[float]:
    """What a new Python prints as JSON after running `code`."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=600,
        cwd=Path(__file__).parents[2], env=os.environ | {"PYTHONPATH": str(Path(__file__).parent)}, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr)
    found: list[float] = json.loads(done.stdout)
    return found


OPENING = """
import json, pathlib, sqlite3, sys, time
from kiosk.host.catalogue import Holder
folder = pathlib.Path(sys.argv[1])
start = time.perf_counter()
db = sqlite3.connect(folder / "catalogue.db"); db.execute("SELECT * FROM document").fetchall(); db.close()
bare = time.perf_counter() - start
start = time.perf_counter()
assert Holder(folder, "HT01").catalogue
print(json.dumps([bare * 1e3, (time.perf_counter() - start) * 1e3]))
"""

MEMORY = """
import gc, json, pathlib, random, sys
import kiosk.host.service
from bench_verdict import judge_in
def now():
    with open("/proc/self/smaps_rollup") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("Pss:"))
small, large, scans = sys.argv[1:]
with open(scans) as file:
    texts = file.read().splitlines()
judge = judge_in(pathlib.Path(small))
for text in texts[:500]:
    judge.judge(text, "eye", "look", set(), 0)
gc.collect()
before = now()
judge = judge_in(pathlib.Path(large))
for text in texts:
    judge.judge(text, "eye", "look", set(), 0)
gc.collect()
print(json.dumps([before, now()]))
"""


def memory(folder: Path, country: Any, scratch: Path) -> dict[str, Any]:
    """PSS of a process with the service's imports: a shop's small catalogue, then the country's, 5,000 looks."""
    from country import Country

    small = scratch / "small"
    Country(products=300, stamps_in_all=60_000).install(small)
    scans = scratch / "scans"
    scans.write_text("\n".join(text for text, _ in texts_of(country)[:5000]))
    before, after = fresh(MEMORY, str(small), str(folder), str(scans))
    print(
        f"PSS with 300 products {before:.1f} MB, with the country after 5,000 looks {after:.1f}: {after - before:.1f} more (goal 12)"
    )
    return {"growth_mb": after - before}


def in_turn(*calls: Callable[[], list[float]]) -> list[float]:
    """Medians of five runs."""
    runs = [[value for call in calls for value in call()] for _ in range(5)]
    return [statistics.median(column) for column in zip(*runs, strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "ocop-bench-country")
    parser.add_argument("--json", action="store_true", help="one line of JSON at the end")
    options = parser.parse_args()
    options.data.mkdir(parents=True, exist_ok=True)
    country = prepared(options.data)
    found = verdicts(options.data, country) | disk(options.data, country)
    found["one_outlets_goods"] = verdicts(options.data, country, shelf=300)
    bare, opening = in_turn(lambda: fresh(OPENING, str(options.data)))
    print(
        f"open: bare SQLite {bare:.1f} ms, the catalogue {opening:.1f} ms (goal 50), {opening - bare:.1f} more"
    )
    found["open_ms"] = opening
    with tempfile.TemporaryDirectory() as scratch:
        found |= memory(options.data, country, Path(scratch))
    if options.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
