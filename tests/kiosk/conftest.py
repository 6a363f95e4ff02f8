"""A shop to test in: real outlet.db and catalogue.db, signed stamps, real listeners on free ports."""

import time
from contextlib import AsyncExitStack
from types import SimpleNamespace

import aiohttp
import pytest
from aiohttp import web
from nacl.signing import SigningKey

from config.exits import CommandError
from kiosk.host import access, database
from kiosk.host.aiming import Aiming
from kiosk.host.catalogue import Holder
from kiosk.host.clock import Clock
from kiosk.host.database import set_fact
from kiosk.host.enrolling import ByCamera
from kiosk.host.events import Hub
from kiosk.host.guard import Guard
from kiosk.host.installing import build
from kiosk.host.journal import Source, Writer
from kiosk.host.judging import Judge
from kiosk.host.labels import Labels, own_templates
from kiosk.host.office_routes import OfficeRoutes
from kiosk.host.outlet import Outlet
from kiosk.host.peers import Peers
from kiosk.host.previews import Previews
from kiosk.host.printing import Printing
from kiosk.host.receipt_page import ReceiptPage
from kiosk.host.receipt_settings import TEMPLATE, Receipt
from kiosk.host.scanning import Scanning
from kiosk.host.selling import Selling
from kiosk.host.settings import Bank, LabelPrinter, Reader, Settings
from kiosk.host.shopper import listener
from kiosk.host.staff import StaffPages
from kiosk.host.stocking import Stocking
from office.segment_files import SegmentFiles
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
            "name_en": "x",
            "stars": 4,
            "producer": "p",
            "recognised_until": "2099-01-01",
        }
        | {"grace_days": 0, "story": "", "group_name": "", "commune": "", "district": "", "ingredients": ""}
        | {"group": "", "process": "", "storage": "", "allergens": [], "decision": "", "illustrative": True}
        | {"recognised": "2020-01-01"}
        for name, title in (("mam", "Nước mắm"), ("non", "Nón lá"))
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
    build(tmp_path, tmp_path / "files", *documents(tmp_path / "files", now), True)
    async with AsyncExitStack() as stack:
        db, writing = database.connect(tmp_path), database.connect(tmp_path)
        stack.callback(db.close)
        set_fact(db, "device", "HT01A")
        access.add(db, access.Person("nv1", "An", "clerk"), "123456")
        access.add(db, access.Person("ql1", "Bình", "supervisor"), "654321")
        writer = Writer(writing, "HT01A")
        stack.push_async_callback(writer.close)
        clock = Clock()
        clock.office_time(now)
        held, source, staff, shopper = (
            Holder(tmp_path, "HT01"),
            Source(db),
            Hub("status", "basket"),
            Hub("products"),
        )
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
        receipt = Receipt(db, writer, settings.shop, tmp_path / TEMPLATE, clock.moment)
        printing = Printing(writer, settings.printer, clock.moment, staff.publish, receipt.look)
        judge = Judge(db, held, clock, "HT01A")
        selling = Selling(
            db,
            writer,
            judge,
            Peers(db, writer, lambda: clock.moment().at),
            printing,
            None,
            clock,
            receipt,
            settings,
            staff.publish,
        )
        stocking = Stocking(
            db, writer, judge, selling.goods, printing, clock, receipt, staff.publish, selling.till.wake_sync
        )
        outlet = Outlet(
            settings, clock, writer, source, judge, selling, stocking, printing, None, shopper, staff
        )
        outlet.by_camera = ByCamera(nowhere, False, outlet.changed)
        scanning = Scanning(tmp_path / "outlet.toml", outlet.read, outlet.changed)
        previews = Previews()
        stack.push_async_callback(previews.stop)
        label_printing = Printing(writer, settings.label_printer, clock.moment, staff.publish, receipt.look)
        stack.push_async_callback(label_printing.stop)
        own = own_templates(db, writer, tmp_path)
        labels = Labels(
            judge,
            label_printing,
            previews,
            settings.label_printer,
            writer,
            clock.moment,
            own,
            db,
            selling.prices,
        )
        selling.prices.changed = labels.price_changed
        sessions = access.Sessions(db)
        staff_app = StaffPages(
            outlet,
            sessions,
            staff,
            Aiming(scanning),
            ReceiptPage(receipt, previews, settings.printer, outlet.changed),
            labels,
        ).listener()
        office = OfficeRoutes(None, nowhere, Guard(sessions), lambda: not access.has(db, "technician"))
        staff_app.add_routes(office.routes())
        addresses = []
        for app in (
            listener(outlet, shopper),
            staff_app,
        ):
            app.on_shutdown.append(end_of(shopper, staff))
            runner = web.AppRunner(app, shutdown_timeout=1)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            addresses.append(f"http://127.0.0.1:{runner.addresses[0][1]}")
        jar = aiohttp.CookieJar(unsafe=True)
        session = await stack.enter_async_context(aiohttp.ClientSession(addresses[1], cookie_jar=jar))
        yield SimpleNamespace(
            folder=tmp_path, sessions=sessions, scanning=scanning, db=db, writer=writer, held=held, source=source, till=selling.till, selling=selling, receipt=receipt, staff_app=staff_app, label_printing=label_printing, outlet=outlet,
            shopper=addresses[0], staff=addresses[1], session=session, clock=clock, stamp=stamp, gtin=GTIN,
            plain=PLAIN, forger=SigningKey(b"f" * 32),
        )  # fmt: skip


async def nowhere(url, code, root_sha256=""):
    raise CommandError("not enrolled: there is no office in this test.")


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
