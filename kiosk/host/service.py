"""The kiosk service: one process, two listeners, a scanner process and a print worker beside it."""

import asyncio
import logging
import os
import signal
import sqlite3
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from aiohttp import web

from config.exits import FAILED, CommandError
from config.memory import give_large_blocks_back
from kiosk import rights
from kiosk.host import database, renewing
from kiosk.host.access import Sessions, has
from kiosk.host.aiming import Aiming
from kiosk.host.catalogue import Holder
from kiosk.host.clock import Clock
from kiosk.host.database import fact
from kiosk.host.enrolling import ByCamera, become_a_device
from kiosk.host.events import Hub
from kiosk.host.guard import Guard
from kiosk.host.identity import office_url, remember, remembered_identity
from kiosk.host.journal import Source, Writer, last_sure
from kiosk.host.judging import Judge
from kiosk.host.labels import Labels, own_templates
from kiosk.host.office_routes import OfficeRoutes
from kiosk.host.outlet import VERSION, Outlet
from kiosk.host.peers import Peers
from kiosk.host.photos import Photos
from kiosk.host.previews import Previews
from kiosk.host.printing import Printing
from kiosk.host.receipt_page import ReceiptPage
from kiosk.host.receipt_settings import TEMPLATE, Receipt
from kiosk.host.scanning import Scanning
from kiosk.host.selling import Selling
from kiosk.host.settings import Listener, Settings
from kiosk.host.shopper import listener as shopper_listener
from kiosk.host.staff import StaffPages
from kiosk.host.stocking import Stocking
from kiosk.host.syncing import Syncing
from kiosk.host.telling import report
from sync.host.device_key import load_or_create

SHUTDOWN = 2.0  # seconds that open requests get

log = logging.getLogger(__name__)


async def serve(settings: Settings, folder: Path, config: Path) -> bool:
    """Run until SIGTERM or SIGINT, or until it has to start again because it is another device now (True).

    Raises CommandError: folder in use, port in use, spoilt files.
    """
    give_large_blocks_back()
    async with AsyncExitStack() as stack:
        lock = database.lock(folder)
        stack.callback(os.close, lock)
        renewing.complete(folder, Clock().moment())
        reading, writing = database.connect(folder), database.connect(folder)
        stack.callback(reading.close)
        key = load_or_create(folder / "device.key")
        known = remembered_identity(reading)
        held = Holder(folder, known[0].outlet if known else "")
        held.revoked = fact(reading, "revoked") == "1"
        clock = Clock(last_sure(reading))
        if held.catalogue is not None:
            clock.passed(held.catalogue.issued)
        writer = Writer(writing, known[0].device if known else "")
        stack.push_async_callback(writer.close)
        source = Source(reading)
        shopper, staff = Hub("products"), Hub("status", "basket")
        receipt = Receipt(reading, writer, settings.shop, config.parent / TEMPLATE, clock.moment)
        printing = Printing(writer, settings.printer, clock.moment, staff.publish, receipt.look)
        stack.push_async_callback(printing.stop)
        outlet: Outlet
        peers = Peers(reading, writer, lambda: clock.moment().at)
        syncing, again = None, asyncio.Event()
        url = office_url(reading, settings.office.url)
        if known is not None and url:
            syncing = Syncing(
                folder,
                writer,
                source,
                key,
                *known,
                held,
                url,
                clock,
                peers,
                lambda: outlet.changed(),
                lambda: report(outlet.status(), source.acknowledged(), folder),
            )
        judge = Judge(reading, held, clock, writer.device)
        selling = Selling(
            reading, writer, judge, peers, printing, syncing, clock, receipt, settings, staff.publish
        )
        stocking = Stocking(
            reading,
            writer,
            judge,
            selling.goods,
            printing,
            clock,
            receipt,
            staff.publish,
            selling.till.wake_sync,
        )
        outlet = Outlet(
            settings, clock, writer, source, judge, selling, stocking, printing, syncing, shopper, staff
        )
        if syncing is not None:
            outlet.photos = Photos(folder / "photos", held, syncing.photo, lambda: outlet.changed())
            selling.goods.shown = outlet.photos.has
        stack.callback(outlet.scans.end_hour)
        scanning = Scanning(config, outlet.read, outlet.changed)
        stack.push_async_callback(scanning.stop)
        outlet.readers = scanning.readers

        if writer.device:
            body = {"v": 1, "version": VERSION, "clock": clock.state}
            await writer.entry("device_started", body, clock.moment())
        sessions = Sessions(reading)
        outlet.attended = sessions.anybody
        previews = Previews()
        stack.push_async_callback(previews.stop)
        label_printing = Printing(writer, settings.label_printer, clock.moment, staff.publish, receipt.look)
        stack.push_async_callback(label_printing.stop)
        own = own_templates(reading, writer, config.parent)
        labels = Labels(
            judge,
            label_printing,
            previews,
            settings.label_printer,
            writer,
            clock.moment,
            own,
            reading,
            selling.prices,
        )
        selling.prices.changed = labels.price_changed
        receipt_page = ReceiptPage(receipt, previews, settings.printer, outlet.changed)

        async def enrol(url: str, code: str, root_sha256: str = "") -> dict[str, Any]:
            was = known[0] if known else None
            identity, root = await become_a_device(was, key, url, code, root_sha256)
            await writer.write(lambda db: remember(db, identity, root, url))
            asyncio.get_running_loop().call_later(SHUTDOWN, again.set)  # once this is answered
            return {"device": identity.device, "outlet": identity.outlet}

        outlet.by_camera = ByCamera(enrol, known is None, outlet.changed)
        pages = StaffPages(outlet, sessions, staff, Aiming(scanning), receipt_page, labels).listener()
        office = OfficeRoutes(syncing, enrol, Guard(sessions), lambda: not has(reading, rights.TECHNICIAN))
        pages.add_routes(office.routes())
        await _listen(stack, shopper_listener(outlet, shopper), shopper, settings.shopper, "shopper")
        await _listen(stack, pages, staff, settings.staff, "staff")
        _start(stack, printing.run())
        _start(stack, label_printing.run())
        if settings.reader:
            _start(stack, scanning.run())
        if syncing is not None:
            _start(stack, syncing.run())
            assert outlet.photos is not None
            _start(stack, outlet.photos.run())
            _start(stack, _start_again_once_renewed(syncing, reading, again))
        elif known is None:
            log.warning("this device is not enrolled: run `ocop enrol URL CODE`")
        outlet.changed()
        told = await _until_told_to_stop(again)
    return not told.is_set()


async def _listen(stack: AsyncExitStack, app: web.Application, hub: Hub, at: Listener, name: str) -> None:
    async def end_streams(_: web.Application) -> None:
        hub.end()

    app.on_shutdown.append(end_streams)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    try:
        await web.TCPSite(runner, at.host, at.port).start()
    except OSError as error:
        raise CommandError(
            f"port {at.port} of {at.host} cannot be used for the {name} page ({error.strerror}); "
            f"stop what uses it, or set {name}.port.",
            FAILED,
        ) from error
    host, port = runner.addresses[0][:2]
    log.info("%s page: http://%s:%s/%s", name, host, port, "staff" if name == "staff" else "")


def _start(stack: AsyncExitStack, work: Coroutine[Any, Any, None]) -> None:
    """Run `work` until the stack closes. If it fails for a reason nobody foresaw, the service stops."""
    task = asyncio.ensure_future(work)

    def ended(done: asyncio.Future[None]) -> None:
        if not done.cancelled() and done.exception() is not None:
            log.critical("a part of the service failed; it stops", exc_info=done.exception())
            os.kill(os.getpid(), signal.SIGTERM)

    task.add_done_callback(ended)

    async def cancel() -> None:
        task.cancel()
        await asyncio.wait([task])

    stack.push_async_callback(cancel)


async def _start_again_once_renewed(
    syncing: Syncing, reading: sqlite3.Connection, again: asyncio.Event
) -> None:
    """When the card was restored and the office gave a new name: begin the new journal between two sales."""
    await syncing.renewed.wait()
    while renewing.busy(reading):  # noqa: ASYNC110 (a row of a database tells nobody)
        await asyncio.sleep(1)
    again.set()


async def _until_told_to_stop(again: asyncio.Event) -> asyncio.Event:
    """Until it is told to, or `again` is set; what is set once it was told, be it while it stops to start again."""
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    waiting = [asyncio.ensure_future(event.wait()) for event in (told, again)]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    return told
