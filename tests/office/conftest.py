"""An office with a small registry, on real files."""

import hashlib
import importlib.util
import json
import re
import shutil
import socket
import sqlite3
import tempfile
import time
import zlib
from datetime import date
from pathlib import Path

import aiohttp
import msgspec
import pytest
from aiohttp import web

from kiosk.host.clock import Clock
from kiosk.host.data import database as outlet_db
from kiosk.host.data.database import fact
from kiosk.host.data.journal import Moment, Source, Writer
from kiosk.host.link import renewing
from kiosk.host.link.enrolling import become_a_device
from kiosk.host.link.identity import remember, remembered_identity
from kiosk.host.link.peers import Peers
from kiosk.host.link.syncing import Syncing
from kiosk.host.stamps.catalogue import Holder
from office import registry, service, setup, stamps
from office.outlets import devices
from office.publishing import keys, roots
from office.publishing.publish import Publisher
from office.settings import Publish, Settings, Stamps
from office.storage import backup, database, partitions
from office.times import now_ms
from sync import canonical, enrolment, http_signatures, journal, segments
from sync.damage import Kept
from sync.envelopes import key_id, open_envelope, seal
from sync.host.device_key import load_or_create

_spec = importlib.util.spec_from_file_location("postgresql_server", Path(__file__).with_name("postgresql.py"))
postgresql_server = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(postgresql_server)

NOW = 1_795_420_800_000  # 2026-11-23, in ms UTC
GTIN = "08930000000019"
OTHER_GTIN = "08930000000026"
PASSWORD = "một mật khẩu dài"


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def gtin():
    return GTIN


@pytest.fixture
def other_gtin():
    return OTHER_GTIN


@pytest.fixture(scope="session")
def postgresql():
    """A PostgreSQL server, and in it the name of a migrated database to copy."""
    if postgresql_server.binaries() is None:
        pytest.skip("no PostgreSQL: apt-get install postgresql")
    server = postgresql_server.Server().start()
    try:
        template = server.create()
        migrated = database.open_engine(server.url(template))
        database.migrate(migrated)
        partitions.make_ahead(migrated, now_ms())
        migrated.dispose()
        yield server, template
    finally:
        server.stop()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory):
    """A migrated SQLite database, to copy."""
    path = tmp_path_factory.mktemp("migrated") / "office.db"
    engine = database.open_engine(f"sqlite:///{path}")
    database.migrate(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


def pytest_generate_tests(metafunc):
    """Every test of an office runs on both databases, unless it is marked `only_on` one."""
    if "office_settings" in metafunc.fixturenames:
        only = metafunc.definition.get_closest_marker("only_on")
        kinds = only.args if only else ("sqlite", "postgresql")
        metafunc.parametrize("office_settings", kinds, indirect=True)


@pytest.fixture
def office_settings(request, tmp_path):
    """An office in a folder of its own, its database migrated."""
    folder, stamps_ = tmp_path / "office", Stamps(gs1_prefix="893888")
    if request.param == "sqlite":
        folder.mkdir()
        shutil.copy(request.getfixturevalue("migrated_file"), folder / "office.db")
        yield Settings(data=str(folder), stamps=stamps_)
        return
    server, template = request.getfixturevalue("postgresql")
    name = server.create(template)
    yield Settings(data=str(folder), database=server.url(name), stamps=stamps_)
    server.drop(name)


@pytest.fixture
def config(office_settings, tmp_path):
    """office.toml of this office, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    path = tmp_path / "office.toml"
    path.write_text(
        f'data = "{office_settings.data}"\ndatabase = "{office_settings.database}"\n[http]\nport = {port}\n'
    )
    return path


@pytest.fixture
def key_folder(office_settings):
    return office_settings.folder / "keys"


@pytest.fixture
def sticks(tmp_path):
    """Two media, each for a root key."""
    made = [tmp_path / "a", tmp_path / "b"]
    for folder in made:
        folder.mkdir()
    return made


@pytest.fixture
def current_key(engine, key_folder):
    """The publisher's key, as the newest root says."""
    with database.reading(engine) as connection:
        return keys.Acting(key_folder, "current", roots.newest(connection))


@pytest.fixture
def sample():
    """Two producers, a product and trade item each, two lots, two outlets, their contracts."""
    return registry.Import(
        producers=[
            registry.Producer(id="P1", name="HTX Mật ong"),
            registry.Producer(id="P2", name="HTX Chè"),
        ],
        products=[
            registry.Product(
                id="SP1", name="Mật ong", producer="P1", stars=4,
                recognised=date(2025, 1, 2), recognised_until=date(2028, 1, 2), illustrative=True,
            ),
            registry.Product(
                id="SP2", name="Chè", producer="P2", stars=3,
                recognised=date(2025, 1, 2), recognised_until=date(2028, 1, 2), illustrative=True,
            ),
        ],
        trade_items=[
            registry.TradeItem(gtin=GTIN, product="SP1", unit="chai", net="500 ml", price=185000),
            registry.TradeItem(gtin=OTHER_GTIN, product="SP2", unit="gói", net="100 g", price=60000),
        ],
        lots=[
            registry.Lot(
                id="L1", gtin=GTIN, code="MO-01", produced=date(2026, 10, 1), expires=date(2027, 10, 1)
            ),
            registry.Lot(id="L2", gtin=OTHER_GTIN, code="CH-01", produced=date(2026, 10, 1)),
        ],
        outlets=[registry.Outlet(code="HT01", name="Điểm 1"), registry.Outlet(code="HT02", name="Điểm 2")],
        contracts=[
            registry.Contract(outlet="HT01", producer="P1", from_=date(2026, 1, 1)),
            registry.Contract(outlet="HT02", producer="P2", from_=date(2026, 1, 1)),
        ],
        settings=[
            registry.Setting(name="office_name", value="Văn phòng OCOP"),
            registry.Setting(name="no_stamp_action", value="sell_and_flag"),
            registry.Setting(name="no_stamp_action", value="refuse", outlet="HT02"),
        ],
    )  # fmt: skip


@pytest.fixture
def engine(office_settings, sample):
    """The office with `sample`; serials 1 to 100 of GTIN issued, 1 to 50 activated to L1."""
    engine = setup.initialise(office_settings, NOW)
    with database.writing(engine) as connection:
        registry.import_rows(connection, sample, "test", NOW)
        stamps.issue(connection, GTIN, 100, "A", "test", NOW)
        stamps.activate(connection, GTIN, 1, 50, "L1", "test", NOW)
    yield engine
    engine.dispose()


class FakeDevice:
    """A device's journal in memory, and its key; `copy` is a card restored from a backup."""

    def __init__(self, name):
        self.name = name
        self.key = keys.Signer(hashlib.sha256(name.encode()).digest())
        self.entries = []  # (header, body, hash)

    def copy(self):
        twin = FakeDevice(self.name)
        twin.entries = list(self.entries)
        return twin

    def add(self, kind, body, at=NOW, mono=None, clock="sure"):
        """Append an entry; a body given as bytes is taken as it is."""
        body = body if isinstance(body, bytes) else canonical.encode(body)
        seq = len(self.entries) + 1
        mono = 1000 * seq if mono is None else mono
        header = journal.header_bytes(self.name, seq, at, mono, clock, kind, body)
        return self.add_raw(header, body)

    def add_raw(self, header, body):
        digest = journal.entry_hash(self.hash_at(len(self.entries)), header)
        self.entries.append((header, body, digest))
        return digest

    def sell(self, gtin, serial, verdict="genuine", flagged=False, price=185000, total=None, **when):
        line = {"gtin": gtin, "qty": 1, "price": price, "amount": price,
                "verdict": verdict, "flagged": flagged}  # fmt: skip
        if serial is not None:
            line["serial"] = serial
        return self.add(
            "sale",
            {"v": 1, "staff": "An", "lines": [line], "total": price if total is None else total,
             "payments": [{"kind": "cash", "amount": price}], "change": 0, "catalogue": 0, "age": "fresh"},
            **when,
        )  # fmt: skip

    def undo(self, kind, device, seq, gtin, serial, line=1, **more):
        """Append a void or a refund of one line of the sale device-seq."""
        undone = {"line": line, "gtin": gtin, "qty": 1, "amount": 185000} | more
        if serial is not None:
            undone["serial"] = serial
        return self.add(
            kind,
            {"v": 1, "staff": "An", "device": device, "seq": seq, "lines": [undone], "total": 185000,
             "payments": [{"kind": "cash", "amount": 185000}], "reason": "x"},
        )  # fmt: skip

    def scan(self, gtin, serial):
        return self.add(
            "scan",
            {"v": 1, "reader": "camera-shopper", "purpose": "look", "verdict": "genuine", "action": "show",
             "kind": "stamp", "length": 161, "gtin": gtin, "serial": serial, "catalogue": 0, "age": "fresh"},
        )  # fmt: skip

    def hash_at(self, seq):
        return self.entries[seq - 1][2] if seq else journal.START

    def checkpoint(self, seq, digest=None):
        signed = {"type": "checkpoint", "device": self.name, "seq": seq,
                  "hash": (digest or self.hash_at(seq)).hex()}  # fmt: skip
        return seal(signed, [(key_id(self.key.public), self.key.sign)])

    def segment(self, first=1, last=None, vouch=None):
        kept = [Kept(seq, *entry, False) for seq, entry in enumerate(self.entries, 1)][first - 1 : last]
        return segments.pack(self.name, self.hash_at(first - 1), kept, vouch or self.checkpoint)[0]

    def wire(self, first=1, last=None):
        return zlib.compress(self.segment(first, last))


@pytest.fixture
def make_device():
    return FakeDevice


@pytest.fixture
def enrolled(engine):
    """Make a device of outlet HT01 (or another) known to the office, as enrolment does."""
    from sqlalchemy import insert

    from office.schema import devices

    def enrol(name, outlet="HT01"):
        device = FakeDevice(name)
        row = {"id": name, "outlet": outlet, "public": device.key.public.hex(), "state": "active",
               "enrolled_at": NOW}  # fmt: skip
        with database.writing(engine) as connection:
            connection.execute(insert(devices).values(**row))
        return device

    return enrol


class Server:
    """The real service on a free port, with office time in `now` (ms UTC)."""

    def __init__(self, settings, now):
        self.settings, self.now = settings, now

    async def start(self):
        self.app = service.build(self.settings, lambda: self.now)
        self.runner = await service.start(self.app, "127.0.0.1", 0)
        self.authority = f"127.0.0.1:{self.runner.addresses[0][1]}"
        self.url = f"http://{self.authority}"
        self.session = aiohttp.ClientSession(auto_decompress=False)

    async def stop(self):
        await self.session.close()
        await self.runner.cleanup()

    async def call(
        self, method, path, device=None, body=None, created=None, headers=None, query="", signed=None
    ):
        """Status, parsed or raw body; signed by `device`, `signed` overriding what is signed."""
        sent = {} if body is None else {"Content-Encoding": "deflate"}
        if device is not None:
            signed = signed or {}
            made = http_signatures.signed_headers(
                signed.get("method", method),
                signed.get("authority", self.authority),
                signed.get("path", path),
                signed.get("query", query),
                signed.get("body", body),
                self.now // 1000 if created is None else created,
                signed.get("keyid", device.name),
                "n1",
                device.key.sign,
            )
            sent |= dict(made)
        sent |= headers or {}
        url = self.url + path + (f"?{query}" if query else "")
        async with self.session.request(method, url, data=body, headers=sent) as response:
            content = await response.read()
            if response.headers.get("Content-Encoding") == "deflate":
                content = zlib.decompress(content)
            self.headers = response.headers
            is_json = "json" in response.content_type
            return response.status, json.loads(content) if is_json else content


@pytest.fixture
async def server(engine, office_settings, now):
    server = Server(office_settings, now)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def make_server(office_settings):
    """The service with another clock; the test starts and stops it."""
    return lambda now: Server(office_settings, now)


@pytest.fixture
def opened(key_folder):
    """Open an answer of the office with the public half of its acknowledgement key."""
    ack = keys.load(key_folder, "ack")
    return lambda envelope, kind: open_envelope(envelope, kind, {ack.id: ack.public}, 1, keys.verify)


class Desk:
    """An official at the office's pages: logs in as a role, opens pages, sends forms."""

    def __init__(self, client, engine, clock):
        self.client, self.engine, self.clock = client, engine, clock
        self.csrf = ""

    async def log_in(self, role, **more):
        """Log in to a new account of this role; an administrator with a confirmed second factor."""
        from office.access import accounts, totp
        from office.access.sessions import SESSIONS

        code = ""
        with database.writing(self.engine) as connection:
            known = accounts.find(connection, role)
            if known is None:
                producer = "P1" if role == "producer" else ""
                accounts.add(connection, role, PASSWORD, role, role.title(), self.clock[0], producer)
            if role == "administrator":
                from sqlalchemy import update

                from office.schema import accounts as table

                secret = b"12345678901234567890"
                sealed = bytes(self.client.app[SESSIONS].box.encrypt(secret))
                values = {"totp": sealed, "totp_step": 1}
                connection.execute(update(table).where(table.c.login == role).values(**values))
                code = totp.code(secret, self.clock[0] // totp.STEP_MS)
        self.client.session.cookie_jar.clear()
        form = {"login": role, "password": PASSWORD, "code": code} | more
        answer = await self.client.post("/office/login", data=form, allow_redirects=False)
        assert answer.headers["Location"] == "/office"
        page = await (await self.client.get("/office/account")).text()
        self.csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', page)[1]
        return self

    async def get(self, path, status=200):
        answer = await self.client.get(path, allow_redirects=False)
        assert answer.status == status, (path, answer.status, await answer.text())
        return await answer.text()

    async def post(self, path, status=303, **fields):
        """Send a form; returns the address it leads to, or, if `status` is another than 303, the page there."""
        data = {"csrf": self.csrf} | {name.rstrip("_"): value for name, value in fields.items()}
        answer = await self.client.post(path, data=data, allow_redirects=False)
        return await self._led_to(answer, status)

    async def look(self, path, **fields):
        """Send a form whose act is shown before it is done; returns the form that does it."""
        page = await self.post(path, 200, **fields)
        return fields | {"once": re.search(r'name="once" value="([0-9a-f]{32})"', page)[1]}

    async def upload(self, path, name, data, status=200, **fields):
        form = aiohttp.FormData()
        for field, value in ({"csrf": self.csrf} | fields).items():
            form.add_field(field, value)
        form.add_field("file", data, filename=name)
        answer = await self.client.post(path, data=form, allow_redirects=False)
        return await self._led_to(answer, status)

    async def _led_to(self, answer, status):
        if answer.status == 303 != status:
            answer = await self.client.get(answer.headers["Location"], allow_redirects=False)
        text = await answer.text()
        assert answer.status == status, (answer.url, answer.status, text)
        return answer.headers["Location"] if status == 303 else text


@pytest.fixture
def clock(now):
    """The office's time, to be moved: a list of one."""
    return [now]


@pytest.fixture
async def desk(engine, office_settings, clock):
    """Somebody at the office's pages, not logged in yet."""
    from aiohttp.test_utils import TestClient, TestServer

    from office import service

    app = service.build(office_settings, lambda: clock[0])
    async with TestClient(TestServer(app)) as client:
        yield Desk(client, engine, clock)


class LiveOffice:
    """The real service on one port, which can go back to what it was at a backup."""

    def __init__(self, settings, engine, postgresql=None):
        self.settings, self.engine = settings, engine
        self.postgresql = postgresql  # the server, if it is on one
        self.port = 0
        self.lost = 0  # so many of the next answers to a push get lost on the way

    async def start(self):
        self.app = service.build(self.settings)

        @web.middleware
        async def lose(request, handler):
            answer = await handler(request)
            if self.lost and request.method == "POST":
                self.lost -= 1
                request.transport.close()
            return answer

        self.app.middlewares.append(lose)
        self.runner = await service.start(self.app, "127.0.0.1", self.port)
        self.port = self.runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self.port}"

    async def stop(self):
        await self.runner.cleanup()

    def save(self, folder):
        backup.backup(self.settings, folder)

    async def go_back_to(self, folder):
        await self.stop()
        self.engine.dispose()
        if self.postgresql is None:
            for path in self.settings.folder.glob("office.db*"):
                path.unlink()
        else:
            self.postgresql.empty(self.engine.url.database)
        elsewhere = Path(tempfile.mkdtemp(dir=folder))  # the keys are there still
        backup.restore(msgspec.structs.replace(self.settings, data=str(elsewhere)), folder)
        if self.postgresql is None:
            shutil.move(elsewhere / "office.db", self.settings.folder)
        await self.start()

    def code(self, outlet="HT01"):
        with database.writing(self.engine) as connection:
            return enrolment.spell(devices.new_code(connection, outlet, "test", int(time.time() * 1000)))

    def change(self, work, *arguments):
        with database.writing(self.engine) as connection:
            return work(connection, *arguments, "test", int(time.time() * 1000))

    def run(self, statement):
        with database.writing(self.engine) as connection:
            connection.execute(statement)

    def rows(self, query):
        with database.reading(self.engine) as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query)]

    def publish(self):
        with database.reading(self.engine) as connection:
            key = keys.Acting(self.settings.folder / "keys", "current", roots.newest(connection))
        return Publisher(self.engine, self.settings.folder / "segments", key, Publish()).publish(
            int(time.time() * 1000)
        )


class OutletSync:
    """An outlet's data folder, and the service's sync on it."""

    def __init__(self, folder, office, gtin):
        self.folder, self.office, self.gtin = folder, office, gtin

    async def enrol(self, code=None):
        db = outlet_db.connect(self.folder)
        known = remembered_identity(db)
        key = load_or_create(self.folder / "device.key")
        identity, root = await become_a_device(
            known[0] if known else None, key, self.office.url, code or self.office.code()
        )
        db.execute("BEGIN IMMEDIATE")
        remember(db, identity, root, self.office.url)
        db.execute("COMMIT")
        db.close()

    def start(self):
        """As the service starts."""
        renewing.complete(self.folder, Clock().moment())
        self.db = outlet_db.connect(self.folder)
        known = remembered_identity(self.db)
        self.identity = known[0]
        self.name = known[0].device
        self.writer = Writer(outlet_db.connect(self.folder), self.name)
        self.source = Source(self.db)
        self.held = Holder(self.folder, known[0].outlet)
        self.held.revoked = fact(self.db, "revoked") == "1"
        self.peers = Peers(self.db, self.writer, lambda: NOW)
        self.syncing = Syncing(
            self.folder, self.writer, self.source, load_or_create(self.folder / "device.key"), *known,
            self.held, self.office.url, Clock(), self.peers, lambda: None,
        )  # fmt: skip

    async def stop(self):
        await self.writer.close()
        self.db.close()

    async def restart(self):
        await self.stop()
        self.start()

    async def sell(self, serial):
        line = {"gtin": self.gtin, "qty": 1, "price": 185000, "amount": 185000, "serial": serial,
                "verdict": "genuine", "flagged": False}  # fmt: skip
        body = {"v": 1, "staff": "An", "lines": [line], "total": 185000, "change": 0, "catalogue": 0,
                "payments": [{"kind": "cash", "amount": 185000}], "age": "fresh"}  # fmt: skip
        return await self.writer.entry("sale", body, Moment(1_795_420_800_000, 1, "sure"))

    async def new_card(self):
        """The card is lost, and an empty one is enrolled."""
        await self.stop()
        shutil.rmtree(self.folder)
        await self.enrol()
        self.start()

    def copy_card(self, folder):
        """What a copy of the card taken now holds."""
        folder.mkdir()
        copy = sqlite3.connect(folder / "outlet.db")
        self.db.backup(copy)
        copy.close()
        shutil.copy(self.folder / "device.key", folder)

    async def restore_card(self, folder):
        await self.stop()
        for path in self.folder.glob("outlet.db*"):
            path.unlink()
        for name in ("outlet.db", "device.key"):
            shutil.copy(folder / name, self.folder / name)
        self.start()


@pytest.fixture
async def live_office(request, engine, office_settings):
    server = request.getfixturevalue("postgresql")[0] if office_settings.database else None
    office = LiveOffice(office_settings, engine, server)
    await office.start()
    yield office
    await office.stop()


@pytest.fixture
async def make_outlet(live_office, gtin, tmp_path):
    """Make an enrolled device."""
    made = []

    async def make():
        device = OutletSync(tmp_path / f"device-{len(made)}", live_office, gtin)
        await device.enrol()
        device.start()
        made.append(device)
        return device

    yield make
    for device in made:
        await device.stop()
