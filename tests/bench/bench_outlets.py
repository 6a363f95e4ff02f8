"""A country's outlets at one office: days of sales pushed at full speed, and the morning after a province-wide outage.

Run: `python tests/bench/bench_outlets.py [--devices 10000] [--sales 5] [--workers 1] [--sqlite]`. Real office processes on
PostgreSQL (or SQLite), with their publisher; devices with keys of their own, whose segments are signed beforehand, speak HTTP over
loopback from this process. Two parts, each pushes `--sales` sales of five lines from every device, and the share of a day of
500 sales that this is stands in the table:

day     so many pushes at once as `--at-once` says: what the office sustains, and how long an acknowledgement takes.
outage  the office is stopped; every device tries on, with the kiosk's pauses (`sync.pauses`); the office starts: head, push, catalogue,
        and a long poll that stays open. Then a withdrawal is entered, and reaches every open poll.
"""

import argparse
import asyncio
import collections
import contextlib
import hashlib
import json
import random
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from datetime import timedelta
from pathlib import Path

import enrolled
import journals
from bench_ingest import used, used_by
from journals import PRODUCTS, gtin
from sqlalchemy import func, insert, select

sys.path.insert(0, str(Path(__file__).parents[1] / "office"))
import postgresql

from office import registry, schema, setup, stamps
from office.publishing import keys
from office.settings import load
from office.storage import counters, database
from office.times import local_date, now_ms
from sync import http_signatures, segments
from sync.envelopes import key_id, seal
from sync.journal import START, checkpoint
from sync.pauses import LONGEST, Pauses, told

PORT, ROOM = 18_490, 90  # serials of each product that a device has to itself
PATIENCE, POLL = 60.0, 50  # seconds
DAY = 500  # sales


def settle(settings, count):
    """An office with `count` outlets of one device each."""
    engine, now = setup.initialise(settings, now_ms()), now_ms()
    today = local_date(now)
    dated = {"recognised": today - timedelta(days=30), "recognised_until": today + timedelta(days=900)}
    rows = registry.Import(
        producers=[registry.Producer(id="P1", name="HTX")],
        products=[
            registry.Product(
                id=f"SP{n}", name=f"Hàng {n}", producer="P1", stars=4, illustrative=True, **dated
            )
            for n in range(PRODUCTS)
        ],
        trade_items=[
            registry.TradeItem(gtin=gtin(n), product=f"SP{n}", unit="hộp", net="1", price=1000)
            for n in range(PRODUCTS)
        ],
    )
    names = [f"N{n:05d}A" for n in range(count)]
    with database.writing(engine) as connection:
        registry.import_rows(connection, rows, "bench", now)
        for n in range(PRODUCTS):
            left = journals.BATCH
            while left > 0:
                stamps.issue(connection, gtin(n), min(left, stamps.LARGEST_BATCH), "A", "bench", now)
                left -= stamps.LARGEST_BATCH
        connection.execute(insert(schema.outlets), [{"code": name[:-1], "name": name} for name in names])
        public = {name: signer(name).public.hex() for name in names}
        connection.execute(
            insert(schema.devices),
            [
                {
                    "id": name,
                    "outlet": name[:-1],
                    "public": public[name],
                    "state": "active",
                    "enrolled_at": now,
                }
                for name in names
            ],
        )
        counters.raise_by(connection, counters.REGISTRY)
    return engine, names


def signer(name):
    return keys.Signer(hashlib.sha256(name.encode()).digest())


class Line:
    """A connection to the office that is kept, and opened again."""

    def __init__(self, device):
        self._device, self.stream = device, None
        self.pauses = Pauses(random.uniform)
        self.told = 0  # seconds in which the office wants not to be tried again

    async def ask(self, method, path, query="", body=None):
        """(status, answer). Raises OSError, also for 503."""
        device, self.told = self._device, 0
        try:
            async with asyncio.timeout(PATIENCE):
                if self.stream is None:
                    port = random.choice(device.ports)
                    self.stream = *await asyncio.open_connection("127.0.0.1", port), f"127.0.0.1:{port}"
                reader, writer, authority = self.stream
                headers = http_signatures.signed_headers(
                    method, authority, path, query, body, int(time.time()), device.name, "n", device.key.sign
                )
                head = f"{method} {path}{'?' if query else ''}{query} HTTP/1.1\r\nHost: {authority}\r\n"
                head += "".join(f"{name}: {value}\r\n" for name, value in headers)
                if body is not None:
                    head += f"Content-Encoding: deflate\r\nContent-Length: {len(body)}\r\n"
                writer.write(head.encode() + b"\r\n" + (body or b""))
                answer = (await reader.readuntil(b"\r\n\r\n")).decode()
                fields = dict(line.lower().split(": ", 1) for line in answer.split("\r\n")[1:-2])
                content = await reader.readexactly(int(fields["content-length"]))
                self.told = told(fields.get("retry-after"))
                device.received += len(answer) + len(content)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            self.drop()
            raise OSError(str(error)) from error
        status = int(answer.split()[1])
        if status == 503:
            device.refused += 1
            raise OSError("503")
        return status, content

    async def rest(self):
        """The kiosk's pause after a failure."""
        await asyncio.sleep(self.pauses.next(self.told))

    def drop(self):
        """Close the connection."""
        if self.stream is not None:
            self.stream[1].close()
            self.stream = None


class Device:
    """A device with its two segments, and what it lived through."""

    def __init__(self, number, name, ports, sales):
        self.name, self.key, self.ports = name, signer(name), ports
        shop = journals.Shop(name, number)
        shop.sold = [number * ROOM] * PRODUCTS
        self.parts, previous, entries = [], START, shop.journal(2 * sales, 0)
        for part in (entries[:sales], entries[sales:]):
            wire, previous = segments.pack(name, previous, part, self._vouch)
            self.parts.append((zlib.compress(wire, 6), part[-1].seq, previous.hex()))
        self.pushes, self.polling = Line(self), Line(self)
        self.have = self.withdrawals = None
        self.tries = self.polls = self.received = self.refused = 0
        self.acked_at = self.took = self.told_at = self.heard_at = 0.0

    def _vouch(self, seq, digest):
        return seal(checkpoint(self.name, seq, digest), [(key_id(self.key.public), self.key.sign)])

    async def push(self):
        """The next segment, acknowledged. Raises OSError."""
        body, seq, digest = self.parts[0]
        began = time.perf_counter()
        status, content = await self.pushes.ask("POST", "/sync/v1/journal", body=body)
        if status != 200:
            raise SystemExit(f"{status}: {content.decode()}")
        ack = json.loads(content)["signed"]
        if (ack["acked_seq"], ack["hash"]) != (seq, digest):
            raise SystemExit(f"another acknowledgement: {ack}")
        self.parts.pop(0)
        self.took, self.acked_at = time.perf_counter() - began, time.perf_counter()

    async def poll(self, wait):
        """What is new, after at most `wait` seconds."""
        query = f"nonce=n&wait={wait}" + (f"&have={self.have}" if self.have else "")
        status, content = await self.polling.ask("GET", "/sync/v1/catalogue/current", query)
        if status != 200:
            raise OSError(str(status))
        value = json.loads(zlib.decompress(content))
        self.have = value["status"]["signed"]["current_sha256"]
        if value["current"]:
            self.polls += 1
            named = {one["name"]: one for one in value["current"]["signed"]["segments"]}
            segment = named["withdrawals"]
            now = (segment["base"]["sha256"], len(segment["deltas"]))
            if self.withdrawals not in (None, now):
                self.told_at = self.told_at or time.perf_counter()
            self.withdrawals = now

    async def come_back(self):
        """As the kiosk does after an outage: try on, push, and beside that wait for news for ever."""
        await asyncio.sleep(random.uniform(0, LONGEST))
        await asyncio.gather(self._push_again(), self._listen())

    async def _push_again(self):
        while not self.acked_at:
            try:
                self.tries += 1
                await self.pushes.ask("GET", "/sync/v1/head", "nonce=n")
                await self.push()
            except OSError:
                await self.pushes.rest()
        self.pushes.drop()

    async def _listen(self):
        while True:
            try:
                await self.poll(POLL if self.have else 0)
                self.heard_at = self.heard_at or time.perf_counter()
                self.polling.pauses.over()
            except OSError:
                await self.polling.rest()

    def drop(self):
        """Close its connections."""
        self.pushes.drop()
        self.polling.drop()


class Office:
    """The processes of the office: the service, which has the publisher, and more workers."""

    def __init__(self, config, workers):
        self._config, self._workers = config, workers
        self.ports = [PORT + n for n in range(workers)]
        self.processes = []

    def start(self):
        """Start, and return once every worker answers."""
        for n, port in enumerate(self.ports):
            more = ["worker", "--port", str(port)] if n else []
            command = [sys.executable, "-m", "config", "office", *more, "--config", str(self._config)]
            self.processes.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
            while not enrolled.answered(f"http://127.0.0.1:{port}/sync/v1/time?nonce=n"):
                if self.processes[-1].poll() is not None:
                    raise SystemExit(f"the office on port {port} ended at once; start it by hand to see why")
                time.sleep(0.02)

    def stop(self):
        """Stop them all."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait()
        self.processes = []

    def publisher(self):
        """The pid of the publisher."""
        return next(iter(enrolled.children(self.processes[0].pid)))

    def used(self):
        """Seconds of processor time: (web workers, publisher)."""
        return sum(used(process.pid) for process in self.processes), used(self.publisher())

    def memory(self):
        """PSS in MB: (web workers, publisher)."""
        return (
            sum(enrolled.memory(process.pid)[1] for process in self.processes),
            enrolled.memory(self.publisher())[1],
        )


def spread(values):
    values = sorted(values)
    return f"median {statistics.median(values):.2f} s, p99 {values[int(len(values) * 0.99)]:.2f} s, worst {values[-1]:.2f} s"


async def day(devices, at_once):
    """Every device's first segment, so many at once. Returns the seconds."""
    waiting, began = collections.deque(devices), time.perf_counter()

    async def sender():
        while waiting:
            device = waiting.popleft()
            while not device.acked_at:
                try:
                    await device.push()
                except OSError:  # too busy, or too slow
                    await device.pushes.rest()
            device.drop()

    await asyncio.gather(*(sender() for _ in range(at_once)))
    return time.perf_counter() - began


async def outage(devices, office, report):
    """The office is down; all try on; it comes back. A withdrawal while half have pushed, and another in the end.
    `report(what)` is called between."""
    office.stop()
    for device in devices:
        device.acked_at = 0.0
    tasks = [asyncio.create_task(device.come_back()) for device in devices]
    await asyncio.sleep(5)
    await asyncio.to_thread(office.start)
    up = shown = time.perf_counter()
    early = None  # the withdrawal in the middle
    while left := sum(1 for device in devices if not (device.acked_at and device.have)):
        await asyncio.sleep(0.2)
        if early is None and left <= len(devices) / 2:
            early = asyncio.create_task(withdrawal("SP1", devices, report, "withdrawal while half were back"))
        if time.perf_counter() - shown > 15:
            shown = time.perf_counter()
            print(f"    {shown - up:4.0f} s: {left} devices still to come", file=sys.stderr, flush=True)
    seconds, (web, publisher) = time.perf_counter() - up, office.used()
    pushed, heard = ([getattr(device, name) - up for device in devices] for name in ("acked_at", "heard_at"))
    print(
        f"outage: {len(devices)} devices are back, and have pushed and pulled, {seconds:.1f} s after the office"
    )
    print(f"  acknowledged: {spread(pushed)}; the newest catalogue known: {spread(heard)}")
    print(f"  a push took {spread([device.took for device in devices])}; {statistics.mean(device.tries for device in devices):.1f} tries a device")  # fmt: skip
    print(f"  processor time: web worker {web:.1f} s, publisher {publisher:.1f} s", flush=True)
    if early is not None:
        await early
    await asyncio.sleep(10)
    report("  with a long poll open for each")
    await withdrawal("SP0", devices, report, "withdrawal")
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def withdrawal(product, devices, report, title):
    """A product is withdrawn: when each device knows."""
    for device in devices:
        device.told_at = 0.0
    before = sum(device.polls for device in devices), sum(device.received for device in devices)
    began = time.perf_counter()
    with database.writing(report.engine) as connection:
        registry.withdraw(connection, product, local_date(now_ms()), None, "bench", "bench", now_ms())
    while sum(1 for device in devices if device.told_at) < len(devices):
        await asyncio.sleep(0.1)
        if time.perf_counter() - began > 300:
            break
    reached = [device.told_at - began for device in devices if device.told_at]
    print(f"{title}: {len(reached)} of {len(devices)} devices have it; first {min(reached):.1f} s, {spread(reached)} after it was entered")  # fmt: skip
    more = sum(device.received for device in devices) - before[1]
    print(f"  {more / len(devices):.0f} bytes a device, {(sum(device.polls for device in devices) - before[0]) / len(devices):.1f} new catalogues each", flush=True)  # fmt: skip


class Report:
    """Prints what the processes cost."""

    def __init__(self, office, engine, server):
        self._office, self.engine, self._server = office, engine, server

    def __call__(self, what):
        web, publisher = self._office.memory()
        text = f"{what}: PSS of web workers {web:.0f} MB, publisher {publisher:.0f} MB"
        if self._server:
            main = (self._server.folder / "data/postmaster.pid").read_text().split()[0]
            all_ = [int(main), *enrolled.children(int(main))]
            text += f", PostgreSQL {sum(enrolled.memory(pid)[1] for pid in all_):.0f} MB"
        print(text, flush=True)

    def size(self):
        """Bytes of the database."""
        with database.reading(self.engine) as connection:
            if self._server:
                return connection.execute(select(func.pg_database_size(func.current_database()))).scalar_one()
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            return pages * connection.exec_driver_sql("PRAGMA page_size").scalar_one()


async def measured_day(made, options, office, report, server):
    """The day, and what it cost."""
    size, before, server_before = report.size(), office.used(), used_by(server) if server else 0.0
    seconds = await day(made, options.at_once)
    cpu = [after - was for after, was in zip(office.used(), before, strict=True)]
    server_cpu = used_by(server) - server_before if server else 0.0
    count = len(made) * options.sales
    print(f"day: {count} sales from {len(made)} devices in {seconds:.1f} s: {count / seconds:.0f} sales a second ({5 * count / seconds:.0f} lines)")  # fmt: skip
    refused = sum(device.refused for device in made)
    print(f"  a push took {spread([device.took for device in made])}, {options.at_once} at once; {refused} were sent away and came back")  # fmt: skip
    print(f"  processor time: web workers {cpu[0]:.1f} s, PostgreSQL {server_cpu:.1f} s, publisher {cpu[1]:.1f} s; "
          f"{count / (cpu[0] + server_cpu):.0f} sales a second of a core without the publisher")  # fmt: skip
    print(f"  {(report.size() - size) / count:.0f} bytes of the database a sale")
    print(f"  a day of {len(made)} outlets x {DAY} sales would take {len(made) * DAY / count * seconds / 3600:.1f} h of it ({count / len(made) / DAY:.0%} ran)")  # fmt: skip
    report("  afterwards")


async def run(options, folder, server):
    config = folder / "office.toml"
    url = server.url(server.create()) if server else ""
    config.write_text(f'data = "office"\ndatabase = "{url}"\n[http]\nport = {PORT}\n')
    began = time.perf_counter()
    engine, names = settle(load(config), options.devices)
    office = Office(config, options.workers)
    made = [Device(n, name, office.ports, options.sales) for n, name in enumerate(names)]
    print(f"{len(made)} devices and {2 * len(made) * options.sales} signed sales made in {time.perf_counter() - began:.0f} s", flush=True)  # fmt: skip
    report = Report(office, engine, server)
    await asyncio.to_thread(office.start)
    try:
        while True:
            with database.reading(engine) as connection:
                known = select(func.count(func.distinct(schema.catalogue_versions.c.outlet)))
                if connection.execute(known).scalar_one() == len(made):
                    break
            await asyncio.sleep(0.5)
        report("at rest")
        if not options.outage:
            await measured_day(made, options, office, report, server)
        await outage(made, office, report)
    finally:
        for device in made:
            device.drop()
        office.stop()
    with database.reading(engine) as connection:
        stored = connection.execute(select(func.count()).select_from(schema.sales)).scalar_one()
        kinds = select(schema.alerts.c.kind, func.count()).group_by(schema.alerts.c.kind)
        alerts = ", ".join(f"{count} {kind}" for kind, count in connection.execute(kinds)) or "none"
    pushed = sum(options.sales * (2 - len(device.parts)) for device in made)
    print(f"books: {stored} sales of {pushed} pushed; alerts: {alerts}")
    engine.dispose()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--devices", type=int, default=1_000)
    parser.add_argument("--sales", type=int, default=5, help="of each device in each part")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--at-once", type=int, default=32)
    parser.add_argument("--sqlite", action="store_true")
    parser.add_argument("--outage", action="store_true", help="that part alone")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started goes with us
    journals.BATCH = ROOM * options.devices
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if options.devices + 200 > hard:
        raise SystemExit(f"{options.devices} connections need more open files than {hard}")
    sqlite = options.sqlite or postgresql.binaries() is None
    with tempfile.TemporaryDirectory() as temporary, contextlib.ExitStack() as stack:
        server = None
        if not sqlite:
            server = postgresql.Server(durable=True).start()
            stack.callback(server.stop)
        asyncio.run(run(options, Path(temporary), server))


if __name__ == "__main__":
    main()
