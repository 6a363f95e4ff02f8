"""A withdrawal reaches every device: bytes and seconds of one product's withdrawal on many connected devices.

Run: `python tests/bench/bench_pull.py [DEVICES]`. A real office process with its publisher on SQLite, over loopback;
every device has its own key, waits in a long poll, and verifies and fetches what is new, as the kiosk does (installing
it is another bench). Beside it the floor: a bare aiohttp server that gives as many clients as many bytes, unsigned.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
from sqlalchemy import insert

from office import registry, schema, setup, stamps
from office import settings as office_settings
from office.outlets import devices
from office.storage import database
from office.times import local_date, now_ms
from sync import catalogue
from sync.host.device_key import DeviceKey
from sync.host.office import Identity, Office
from sync.host.pull import ask, fetch

PORT, BARE_PORT = 18_471, 18_472
PRODUCTS, OUTLETS, TIMES = 72, 100, 5
BARE = """
import sys
from aiohttp import web
body = b"x" * int(sys.argv[1])
app = web.Application()
app.router.add_get("/", lambda _: answer())
async def answer():
    return web.Response(body=body)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[2]), print=None)
"""


class Counted:
    """A session that counts what goes over the line: heads and bodies, both ways."""

    def __init__(self) -> None:
        self.bytes = 0
        trace = aiohttp.TraceConfig()
        trace.on_request_headers_sent.append(self._sent)
        trace.on_request_end.append(self._answered)
        self.session = aiohttp.ClientSession(trace_configs=[trace])

    async def _sent(self, _session, _context, sent) -> None:
        self.bytes += len(f"{sent.method} {sent.url.raw_path_qs} HTTP/1.1\r\n\r\n")
        self.bytes += sum(len(name) + len(value) + 4 for name, value in sent.headers.items())

    async def _answered(self, _session, _context, got) -> None:
        self.bytes += 19 + sum(len(name) + len(value) + 4 for name, value in got.response.raw_headers)
        self.bytes += int(got.response.headers["Content-Length"])


class Device:
    """One device: the newest catalogue it has, and when it came."""

    def __init__(self, name: str, outlet: str, root: dict, folder: Path) -> None:
        self.key = DeviceKey(os.urandom(32))
        self.name, self.outlet, self.folder = name, outlet, folder
        self.identity = Identity(name, outlet, root)
        self.counted = Counted()
        self.office = Office(self.counted.session, f"http://127.0.0.1:{PORT}", self.identity, self.key)
        self.current, self.sha256, self.at = None, None, 0.0

    async def pull(self, wait: int) -> bool:
        floor = self.current["version"] if self.current else 0
        answer = await ask(self.office, self.sha256, floor, wait)
        if answer.pulled is None:
            return False
        await fetch(self.office, answer.pulled, self.current, self.folder)
        self.current, self.sha256, self.at = (
            answer.pulled.current["signed"],
            answer.pulled.sha256,
            time.time(),
        )
        return True


def prepare(settings, count):
    """An office of a province, and `count` enrolled devices."""
    engine, now = setup.initialise(settings, now_ms()), now_ms()
    producers = [registry.Producer(id=f"P{n}", name=f"Cơ sở {n}") for n in range(30)]
    today = local_date(now)
    later = today.replace(year=today.year + 2)
    products = [
        registry.Product(id=f"SP{n}", name=f"Sản phẩm {n}", producer=f"P{n % 30}", stars=4, recognised=today,
                         recognised_until=later, illustrative=True)
        for n in range(PRODUCTS)
    ]  # fmt: skip
    gtins = [f"{893_000_000_000 + n:013d}" for n in range(PRODUCTS)]
    gtins = [f"0{gtin[:-1]}{-sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate('0' + gtin[:-1])) % 10}"
             for gtin in gtins]  # fmt: skip
    items = [
        registry.TradeItem(gtin=gtin, product=f"SP{n}", unit="chai", net="500 ml", price=50_000)
        for n, gtin in enumerate(dict.fromkeys(gtins))
    ]
    lots = [
        registry.Lot(id=f"L{n}", gtin=item.gtin, code=f"L{n}", produced=today, expires=later)
        for n, item in enumerate(items)
    ]
    outlets = [registry.Outlet(code=f"HT{n:03d}", name=f"Điểm {n}") for n in range(OUTLETS)]
    rows = registry.Import(
        producers=producers, products=products, trade_items=items, lots=lots, outlets=outlets
    )
    with database.writing(engine) as connection:
        registry.import_rows(connection, rows, "bench", now)
        for n, item in enumerate(items):
            stamps.issue(connection, item.gtin, 1000, "A", "bench", now)
            stamps.activate(connection, item.gtin, 1, 500, f"L{n}", "bench", now)
        root = devices.root_envelope(connection)["signed"]
    made = []
    with database.writing(engine) as connection:
        for n in range(count):
            folder = settings.folder.parent / f"device{n}"
            folder.mkdir()
            outlet = f"HT{n % OUTLETS:03d}"
            device = Device(f"{outlet}{'ABCDEFGH'[n // OUTLETS]}", outlet, root, folder)
            row = {"id": device.name, "outlet": outlet, "public": device.key.public.hex(), "state": "active",
                   "enrolled_at": now}  # fmt: skip
            connection.execute(insert(schema.devices).values(**row))
            made.append(device)
    return engine, made


async def floor(count, size):
    """Seconds in which a bare server gives `count` clients two answers of `size` bytes each."""
    server = subprocess.Popen(  # noqa: ASYNC220 (a bench has the time)
        [sys.executable, "-c", BARE, str(size), str(BARE_PORT)]
    )
    url = f"http://127.0.0.1:{BARE_PORT}/"
    try:
        sessions = [aiohttp.ClientSession() for _ in range(count)]

        async def get(session):
            async with session.get(url) as answer:
                await answer.read()

        while True:
            try:
                await asyncio.gather(*(get(session) for session in sessions))
                break
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)
        began = time.perf_counter()
        for _ in range(2):
            await asyncio.gather(*(get(session) for session in sessions))
        seconds = time.perf_counter() - began
        await asyncio.gather(*(session.close() for session in sessions))
        return seconds
    finally:
        server.terminate()
        server.wait()


async def run(count: int, folder: Path) -> None:
    config = folder / "office.toml"
    config.write_text(f'data = "office"\n[http]\nport = {PORT}\n', encoding="utf-8")
    settings = office_settings.load(config)
    engine, made = prepare(settings, count)
    office = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-m", "config", "office", "--config", str(config)], stderr=subprocess.DEVNULL
    )
    try:
        for device in made[:1]:
            while device.current is None:
                try:
                    await device.pull(0)
                except Exception:
                    await asyncio.sleep(0.2)
        for start in range(0, count, 20):
            await asyncio.gather(*(device.pull(0) for device in made[start : start + 20]))
        after_command, after_publishing, sizes = [], [], []
        for turn in range(TIMES):
            waiting = [asyncio.create_task(device.pull(60)) for device in made]
            await asyncio.sleep(3)  # all of them wait
            if any(task.done() for task in waiting):
                raise SystemExit("a device did not wait: the catalogue was not the newest")
            for device in made:
                device.counted.bytes = 0

            def withdraw(turn: int = turn) -> float:
                with database.writing(engine) as connection:
                    now = now_ms()
                    registry.withdraw(connection, f"SP{turn}", local_date(now), None, "bench", "bench", now)
                return time.time()

            began = await asyncio.to_thread(withdraw)
            await asyncio.gather(*waiting)
            last = max(device.at for device in made)
            published = min(device.current["version"] for device in made) / 1000
            after_command.append(last - began)
            after_publishing.append(last - published)
            sizes += [device.counted.bytes for device in made]
            names = catalogue.segments_by_name(made[0].current)
            if not names["withdrawals"]["base"]["size"]:
                raise SystemExit("no withdrawal came")
    finally:
        office.terminate()
        office.wait()
        await asyncio.gather(*(device.counted.session.close() for device in made))
        engine.dispose()
    bare = await floor(count, int(statistics.mean(sizes)) // 2)
    print(f"{count} devices of {OUTLETS} outlets, {PRODUCTS} products; {TIMES} withdrawals, median (worst):")
    print(f"bytes a device, both ways, heads included   {statistics.median(sizes):8.0f} ({max(sizes)})")
    for what, seconds in (
        ("all have it, s after it was entered", after_command),
        ("all have it, s after it was published", after_publishing),
    ):
        print(f"{what:43} {statistics.median(seconds):8.2f} ({max(seconds):.2f})")
    ratio = statistics.median(after_publishing) / bare
    print(f"the bare server gave them as many bytes in  {bare:8.2f} s; ratio {ratio:.1f}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        asyncio.run(run(int(sys.argv[1]) if len(sys.argv) > 1 else 200, Path(scratch)))
