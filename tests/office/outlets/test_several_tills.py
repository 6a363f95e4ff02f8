"""Several tills of one outlet as real services, each with its own journal, and a real office between them."""

import asyncio
import contextlib
import secrets
import sqlite3
import sys

import aiohttp
import pytest

from kiosk.host.data import checking, database, projections, readings
from office.alerting import alerts
from office.publishing import keys
from office.storage import database as office_database
from scanner import stamps

OUTLET = """\
data = "data"
[shopper]
port = 0
[staff]
port = {port}
[approval]
refund = "never"
void = "never"
"""
PRICE = 185_000


class Till:
    """One kiosk service in a process of its own."""

    def __init__(self, folder, office, key_folder, gtin, port):
        self.folder, self.office, self.gtin = folder, office, gtin
        self.signer = keys.load(key_folder, "stamp-A")
        folder.mkdir()
        self.config = str(folder / "outlet.toml")
        (folder / "outlet.toml").write_text(OUTLET.format(port=port))
        self.url = f"http://127.0.0.1:{port}"
        self.process = None

    async def ocop(self, *arguments, stdin=b""):
        made = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "config", *arguments, "--config", self.config,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        await made.communicate(stdin)
        assert made.returncode == 0, arguments

    async def start(self):
        """Start it and log in."""
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "config", "kiosk", "--config", self.config, stdin=asyncio.subprocess.DEVNULL
        )
        self.session = aiohttp.ClientSession(self.url, cookie_jar=aiohttp.CookieJar(unsafe=True))

        async def logged_in():
            async with self.session.post("/api/session", json={"pin": "123456"}) as answer:
                return answer.status == 204

        await until(logged_in)

    async def stop(self):
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()
        await self.session.close()

    async def kill(self):
        self.process.kill()
        await self.process.wait()
        await self.session.close()

    async def get(self, path):
        async with self.session.get(path) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def post(self, path, body):
        headers = {"Idempotency-Key": secrets.token_hex(8)}
        async with self.session.post(path, json=body, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)

    def stamp(self, serial):
        signature = self.signer.sign(stamps.message("OCOP.HATINH.VN", "A", self.gtin, serial))
        return stamps.uri(stamps.Stamp("OCOP.HATINH.VN", "A", signature, self.gtin, serial))

    async def sell(self, serial):
        line = {"code": self.stamp(serial), "qty": 1, "price": PRICE}
        return await self.post(
            "/api/sales", {"lines": [line], "payments": [{"kind": "cash", "amount": PRICE}]}
        )

    async def refund(self, number):
        body = {"lines": [{"line": 1, "qty": 1, "unharmed": True}]}
        return await self.post(
            f"/api/sales/{number}/refunds", body | {"payments": [{"kind": "cash", "amount": PRICE}]}
        )

    def read(self, work):
        """What the till's own database says, read beside the service."""
        db = sqlite3.connect(self.folder / "data" / "outlet.db")
        try:
            return work(db)
        finally:
            db.close()

    def knows(self, number):
        device, _, seq = number.rpartition("-")
        query = "SELECT 1 FROM entry WHERE device = ? AND seq = ?"
        return self.read(lambda db: db.execute(query, (device, int(seq))).fetchone() is not None)

    def rows(self):
        """Every row that is told from an entry, of whichever till."""
        return self.read(
            lambda db: {
                table: set(db.execute(f"SELECT {columns} FROM {table}"))
                for table, columns in projections.TABLES.items()
            }
        )


async def until(true):
    """Wait for a state; the test's own time is the limit."""
    while True:
        with contextlib.suppress(aiohttp.ClientError, sqlite3.OperationalError):
            found = true()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return
        await asyncio.sleep(0.05)


@pytest.fixture
async def tills(live_office, key_folder, gtin, tmp_path, unused_tcp_port_factory):
    """Two tills of one outlet, each with a catalogue and a first sale, by which the office tells of it."""
    live_office.publish()
    made = []
    for name in ("A", "B"):
        till = Till(tmp_path / name, live_office, key_folder, gtin, unused_tcp_port_factory())
        await till.ocop("enrol", live_office.url, live_office.code())
        await till.ocop("staff", "nv1", f"An {name}", stdin=b"123456\n")
        made.append(till)
    live_office.publish()
    for till in made:
        await till.start()
    for till in made:
        await until(lambda till=till: till.read(lambda db: database.fact(db, "catalogue_file")))
    for serial, till in enumerate(made, 41):
        assert (await till.sell(serial))[0] == 201
    await meet(live_office, made)
    yield made
    for till in made:
        await till.stop()


async def meet(office, tills):
    """Until every till has what every other wrote."""

    def newest(till, device):
        query = "SELECT coalesce(max(seq), 0) FROM entry WHERE device = ?"
        return till.read(lambda db: db.execute(query, (device,)).fetchone()[0])

    names = [till.read(lambda db: database.fact(db, "device")) for till in tills]
    wanted = {name: newest(till, name) for name, till in zip(names, tills, strict=True)}

    def pushed():
        acked = [till.read(lambda db: int(database.fact(db, "acked_seq") or 0)) for till in tills]
        return all(seq >= wanted[name] for seq, name in zip(acked, names, strict=True))

    await until(pushed)
    office.publish()
    await until(lambda: all(newest(till, name) >= seq for till in tills for name, seq in wanted.items()))


@pytest.mark.timeout(600)
async def test_what_one_till_sells_the_other_refuses_and_takes_back(live_office, tills, gtin):
    first, second = tills
    status, sale = await first.sell(1)
    assert status == 201
    await meet(live_office, tills)
    status, problem = await second.sell(1)
    assert status == 422 and "sold_here" in str(problem)
    assert (await second.get(f"/api/sales?find={sale['number']}"))["sales"][0]["number"] == sale["number"]
    assert (await second.get(f"/api/sales/{sale['number']}"))["device"] == "HT01A"
    status, back = await second.refund(sale["number"])
    assert status == 201
    assert (await second.refund(sale["number"]))[0] == 422  # nothing is left of it
    assert (await second.sell(1))[0] == 201  # it came back unharmed, to this till
    await meet(live_office, tills)
    assert (await first.refund(sale["number"]))[0] == 422  # the other till gave the money back
    assert (await first.sell(1))[0] == 422
    listed = (await first.get(f"/api/sales/{sale['number']}"))["undone"]
    assert listed == "refund" and first.knows(back["number"])
    # A plug is pulled; both tell the same afterwards.
    await second.kill()
    assert checking.check(second.folder / "data")["ok"]
    await second.start()
    assert (await first.sell(2))[0] == 201
    assert (await second.sell(3))[0] == 201
    await meet(live_office, tills)
    assert first.read(readings.stock) == second.read(readings.stock) == {gtin: -5}
    days = [await till.get("/api/day") for till in tills]
    tellings = [
        {till["device"]: (till["sales"], till["sold"], till["undone"], till["cash"]) for till in day["tills"]}
        for day in days
    ]
    assert tellings[0] == tellings[1] == {
        "HT01A": (3, 3 * PRICE, 0, 3 * PRICE), "HT01B": (3, 3 * PRICE, PRICE, 2 * PRICE),
    }  # fmt: skip
    assert all(till["known_until"] for day in days for till in day["tills"])
    assert [day["conflicts"] for day in days] == [[], []]
    for till in tills:
        await till.stop()
    for till in tills:
        live = till.rows()
        assert checking.rebuild(till.folder / "data")["ok"]
        assert till.rows() == live


@pytest.mark.timeout(600)
async def test_tills_that_could_not_see_each_other_name_what_does_not_fit(live_office, tills, gtin):
    first, second = tills
    _, sale = await first.sell(1)
    await meet(live_office, tills)
    await live_office.stop()
    _, copy = await first.sell(2)
    status, other = await second.sell(2)
    assert status == 201  # it cannot know
    statuses = [(await till.refund(sale["number"]))[0] for till in tills]
    assert statuses == [201, 201]
    assert [(await till.get("/api/day"))["conflicts"] for till in tills] == [[], []]
    await live_office.start()
    await meet(live_office, tills)
    for till in tills:
        told = (await till.get("/api/day"))["conflicts"]
        assert [(one["kind"], one["name"]) for one in told] == [
            ("sold_twice", "Mật ong"), ("undone_twice", "Mật ong"),
        ]  # fmt: skip
        assert told[0]["serial"] == 2 and set(told[0]["entries"]) == {copy["number"], other["number"]}
        assert told[1]["entries"][0] == sale["number"] and len(told[1]["entries"]) == 3
        # Five jars left the shelf, one came back: not two, though both tills gave its price back.
        assert till.read(readings.stock) == {gtin: -4}
        assert (await till.sell(2))[0] == 422
    with office_database.reading(live_office.engine) as connection:
        raised = {one["kind"]: one["detail"] for one in alerts.listed(connection, "open")}
    assert raised["sold_twice"] == {"sales": sorted([copy["number"], other["number"]])}
    assert raised["undone_twice"]["sale"] == sale["number"]
    tellings = [sorted(till["cash"] for till in (await one.get("/api/day"))["tills"]) for one in tills]
    assert tellings[0] == tellings[1] == [PRICE, 2 * PRICE]
