"""A shop to test in: real outlet.db and catalogue.db, signed stamps, real listeners on free ports."""

import json
import time
from contextlib import AsyncExitStack, closing
from types import SimpleNamespace

import aiohttp
import pytest
from aiohttp import web
from nacl.signing import SigningKey

from config.exits import CommandError
from kiosk.host import clock as device_clock
from kiosk.host.assembly import Assembly
from kiosk.host.data import database
from kiosk.host.data.data_folder import opened
from kiosk.host.data.database import set_fact
from kiosk.host.settings import Bank, LabelPrinter, Reader, Settings
from kiosk.host.stamps.installing import build
from kiosk.host.web import access
from office.publishing.segment_files import SegmentFiles
from scanner.stamps import Stamp, message, uri
from sync import catalogue
from sync.catalogue_files import base_lines, sold_lines

HOST = "OCOP.HATINH.VN"
GTIN, PLAIN = "08931234567019", "08931234567026"
EMPTY_ROARING = b"\x3a\x30\x00\x00\x00\x00\x00\x00"  # cookie 12346, no containers
ISSUING_KEY = SigningKey(b"k" * 32)


def stamp(serial, key=ISSUING_KEY):
    return uri(Stamp(HOST, "A", key.sign(message(HOST, "A", GTIN, serial)).signature, GTIN, serial))


def documents(files, now):
    """root and current of a small catalogue issued at `now`, with its files in the folder `files`."""
    rows = {name: [] for name in catalogue.KEYS}
    rows["producers"] = [
        {"id": "p", "name": "HTX Kỳ Ninh", "address": "Kỳ Ninh", "commune": "Kỳ Ninh", "district": ""}
        | {"phone": "", "lat_e5": None, "lon_e5": None}
    ]
    rows["products"] = [
        {
            "id": name,
            "name": title,
            "name_en": english,
            "stars": 4,
            "producer": "p",
            "recognised_until": "2099-01-01",
        }
        | {"grace_days": 0, "story": "", "group_name": "", "commune": "", "district": "", "ingredients": ""}
        | {"group": "", "process": "", "storage": "", "allergens": [], "decision": "", "illustrative": True}
        | {"recognised": "2020-01-01"}
        for name, title, english in (("mam", "Nước mắm", "Fish sauce"), ("non", "Nón lá", ""))
    ]
    rows["trade_items"] = [
        {
            "gtin": GTIN,
            "product": "mam",
            "unit": "chai",
            "net": "500 ml",
            "price": 110000,
            "stamped": True,
            "mark": 40,
        },
        {
            "gtin": PLAIN,
            "product": "non",
            "unit": "chiếc",
            "net": "1",
            "price": 50000,
            "stamped": False,
            "mark": 0,
        },
    ]
    rows["batches"] = [{"gtin": GTIN, "batch": 1, "first": 1, "last": 40, "base": 0, "k": "A"}]
    rows["activations"] = [{"gtin": GTIN, "first": 1, "last": 30, "lot": "l", "at": now - 1000}]
    rows["lots"] = [
        {"id": "l", "gtin": GTIN, "code": "L1", "produced": "2026-01-01", "expires": "2098-01-01"}
    ]
    rows["contracts"] = [{"producer": "p", "from": "2020-01-01", "until": None, "grace_days": 0}]
    rows["settings"] = [
        {"name": "illustrative", "value": True},
        {"name": "no_stamp_action", "value": "supervisor"},
    ]
    files.mkdir()
    store = SegmentFiles(files)
    written = {name: store.write(base_lines(name, table)) for name, table in rows.items()}
    for name in catalogue.SOLD_SETS:
        written[name] = store.write(sold_lines(name, EMPTY_ROARING, {}))
    public = bytes(ISSUING_KEY.verify_key).hex()
    root = {
        "signed": {"hosts": [HOST], "stamp_keys": [{"k": "A", "public": public, "from": 0, "retired": False}]}
    }
    segments = [{"name": name, "base": base, "deltas": []} for name, base in written.items()]
    current = {"signed": {"version": now, "issued": now, "outlet": "HT01", "segments": segments}}
    return root, current


@pytest.fixture
async def shop(tmp_path):
    """The parts of an enrolled outlet by name, its listeners' addresses, and a logged-in session."""
    now = time.time_ns() // 1_000_000
    root, current = documents(tmp_path / "files", now)
    build(tmp_path, tmp_path / "files", root, current, True)
    async with AsyncExitStack() as stack:
        folder = enrolled(stack, tmp_path, root)
        folder.clock.office_time(now)
        settings = Settings(
            data=str(tmp_path),
            bank=Bank(bin="970436", account="0011001234567", name="Vietcombank", holder="HTX KY NINH"),
            label_printer=LabelPrinter(device=f"virtual:{tmp_path}"),
            reader=[
                Reader(name="eye", kind="camera", place="shopper"),
                Reader(name="pictures", kind="folder", place="shopper"),
                Reader(name="gun", kind="serial", place="till", purpose="sell"),
            ],
        )
        parts = Assembly(settings, tmp_path / "outlet.toml", folder, nowhere)
        parts.close_with(stack)
        staff_app = parts.staff_app()
        addresses = []
        for app in (parts.shopper_app(), staff_app):
            app.on_shutdown.append(end_of(parts.shopper_events, parts.staff_events))
            runner = web.AppRunner(app, shutdown_timeout=1)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            addresses.append(f"http://127.0.0.1:{runner.addresses[0][1]}")
        jar = aiohttp.CookieJar(unsafe=True)
        session = await stack.enter_async_context(aiohttp.ClientSession(addresses[1], cookie_jar=jar))
        yield SimpleNamespace(
            folder=tmp_path, db=folder.db, writer=folder.writer, held=folder.held, source=folder.source,
            clock=folder.clock, outlet=parts.outlet, selling=parts.selling, till=parts.selling.till,
            receipt=parts.receipt, label_printing=parts.label_printing, scanning=parts.scanning,
            sessions=parts.sessions, staff_app=staff_app, shopper=addresses[0], staff=addresses[1], session=session,
            stamp=stamp, gtin=GTIN, plain=PLAIN, forger=SigningKey(b"f" * 32),
        )  # fmt: skip


def enrolled(stack, path, root):
    """The data folder of HT01A, a device of outlet HT01 with a clerk and a supervisor."""
    with closing(database.connect(path)) as db:
        for name, value in (("device", "HT01A"), ("outlet", "HT01"), ("root", json.dumps(root))):
            set_fact(db, name, value)
        access.add(db, access.Person("nv1", "An", "clerk"), "123456")
        access.add(db, access.Person("ql1", "Bình", "supervisor"), "654321")
    return opened(stack, path)


async def nowhere(url, code, root_sha256=""):
    told = "Chưa ghi danh được: thử không có Văn phòng. / Not enrolled: there is no office in this test."
    raise CommandError(told, vi=told)


def end_of(*hubs):
    async def end(_):
        for hub in hubs:
            hub.end()

    return end


async def logged_in(shop, pin):
    async with shop.session.post("/api/session", json={"pin": pin}) as answer:
        assert answer.status == 204
    async with shop.session.post("/api/basket") as answer:
        assert answer.status == 201
    return shop


@pytest.fixture
async def clerk(shop):
    """The shop, with the clerk logged in and a basket open."""
    return await logged_in(shop, "123456")


@pytest.fixture
async def supervisor(shop):
    """The shop, with the supervisor logged in and a basket open."""
    return await logged_in(shop, "654321")


@pytest.fixture
def become(monkeypatch):
    """Time goes by until a moment (ms UTC), by both clocks of this machine."""

    def until(at):
        ahead = at - device_clock._wall()
        for name in ("_wall", "_mono"):
            read = getattr(device_clock, name)
            monkeypatch.setattr(device_clock, name, lambda read=read: read() + ahead)

    return until
