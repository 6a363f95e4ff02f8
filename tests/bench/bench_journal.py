"""What a journal costs a device: the bytes of a sale on the wire, a month offline caught up, and a sale on disk.

Run: `make bench`, or `python tests/bench/bench_journal.py`. A sale has three goods with five stamps, so five lines in
the journal. Processor time and bytes are of packing alone; the line's share counts one round trip of 60 ms a segment.
"""

import tempfile
import time
import zlib
from pathlib import Path

from journals import START_MS, Shop

from kiosk.host.data import database, journal
from kiosk.host.prints import print_jobs
from sync import segments
from sync.damage import Stored, sort_out
from sync.envelopes import key_id, seal
from sync.host.device_key import DeviceKey
from sync.host.push import FEWEST, MOST
from sync.journal import START, checkpoint

DEVICE, LINE, ROUND_TRIP = "HT01A", 256_000 / 8, 0.06  # bytes a second, seconds
KEY = DeviceKey(bytes(32))
SALES, SCANS = 15_000, 60_000
COMMITS = 300
PAPER = {"lines": ["x" * 40] * 12}


class Scattered(Shop):
    """Stamps leave the shelf in no order at all: the dearest case."""

    def sale(self):
        self.sold = [self.random.randrange(20_000) for _ in self.sold]
        return super().sale()


def vouch(seq, digest):
    return seal(checkpoint(DEVICE, seq, digest), [(key_id(KEY.public), KEY.sign)])


def packed(entries, previous=START):
    wire, last = segments.pack(DEVICE, previous, entries, vouch)
    return zlib.compress(wire, 9), last


def wire():
    for count in (1, 100, 500, 2000):
        sizes = [len(packed(kind(DEVICE).journal(count, 0))[0]) / count for kind in (Shop, Scattered)]
        print(
            f"  {count:5} sales in a segment: {sizes[0]:6.1f} B each, {sizes[1]:6.1f} where stamps leave in no order"
        )


def month():
    entries = Shop(DEVICE).journal(SALES, SCANS)
    stored = [entry[:4] for entry in entries]
    began, size, count, at, previous, limit = time.process_time(), 0, 0, 0, START, FEWEST
    while at < len(entries):
        rows = [Stored(*row) for row in stored[at : at + limit + 1]]
        batch = sort_out(rows, at + 1, previous, DEVICE, limit)
        data, previous = packed(batch, previous)
        size, count, at, limit = size + len(data), count + 1, at + len(batch), min(2 * limit, MOST)
    spent = time.process_time() - began
    sending = size / LINE
    share = sending / (sending + spent + count * ROUND_TRIP)
    print(
        f"  {len(entries)} entries in {count} segments: {size / 1e6:.2f} MB, {spent:.1f} s of the device's processor"
    )
    print(
        f"  a line of 256 kbit/s is used for {share:.0%} of {sending / share:.0f} s (the office's time is not in it)"
    )


def confirm(db, number, body):
    """What a till does to a sale once it is judged."""
    moment = journal.Moment(START_MS + number * 1000, number, "sure")
    db.execute("BEGIN IMMEDIATE")
    entry = journal.append(db, DEVICE, "sale", body, moment, (str(number), bytes(32)))
    print_jobs.enqueue(db, "receipt", PAPER, entry.seq)
    db.execute("COMMIT")


def sale():
    """A confirmed sale, verdicts excluded, and the same rows in a plain transaction, turn by turn."""
    shop = Shop(DEVICE)
    bodies = [shop.sale() for _ in range(COMMITS)]
    with tempfile.TemporaryDirectory() as folder:
        dry, mine, plain = (database.connect(Path(tempfile.mkdtemp(dir=folder))) for _ in range(3))
        names = [name for (name,) in dry.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        seen = {name: set() for name in names if not name.startswith("sqlite_")}
        new = []
        for number, body in enumerate(bodies):  # which rows it is that a sale writes
            confirm(dry, number, body)
            new.append([])
            for name, known in seen.items():
                rows = [row for row in dry.execute(f"SELECT * FROM {name}") if row not in known]
                known.update(rows)
                if rows:
                    marks = ", ".join("?" * len(rows[0]))
                    new[-1].append((f"INSERT OR REPLACE INTO {name} VALUES ({marks})", rows))
        plain.execute("PRAGMA foreign_keys = OFF")
        ours, bare = [], []
        for number, body in enumerate(bodies):
            started = time.perf_counter()
            confirm(mine, number, body)
            ours.append(time.perf_counter() - started)
            started = time.perf_counter()
            plain.execute("BEGIN IMMEDIATE")
            for statement, rows in new[number]:
                plain.executemany(statement, rows)
            plain.execute("COMMIT")
            bare.append(time.perf_counter() - started)
    ours.sort()
    bare.sort()
    for name, share in (("median", 0.5), ("best tenth", 0.1)):
        mine_s, bare_s = ours[int(COMMITS * share)], bare[int(COMMITS * share)]
        print(f"  {name}: {mine_s * 1e3:.2f} ms, bare {bare_s * 1e3:.2f} ms; ratio {bare_s / mine_s:.2f}")


print("A sale on the wire, chain and signature included (zlib):")
wire()
print("A month offline:")
month()
print("A confirmed sale on disk, beside the same rows in a plain transaction (WAL, FULL):")
sale()
