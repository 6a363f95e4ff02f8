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
from kiosk.host.assembly import Assembly
from kiosk.host.clock import Clock
from kiosk.host.data import database
from kiosk.host.data.data_folder import DataFolder, opened
from kiosk.host.link import renewing
from kiosk.host.link.enrolling import become_a_device
from kiosk.host.link.identity import remember
from kiosk.host.link.office_routes import Enrol
from kiosk.host.link.syncing import Syncing
from kiosk.host.settings import Listener, Settings
from kiosk.host.stamps.outlet import VERSION
from kiosk.host.web.events import Hub

SHUTDOWN = 2.0  # seconds that open requests get

log = logging.getLogger(__name__)


async def serve(settings: Settings, path: Path, config: Path) -> bool:
    """Run until SIGTERM or SIGINT, or until it has to start again because it is another device now (True).

    Raises CommandError: folder in use, port in use, spoilt files.
    """
    give_large_blocks_back()
    async with AsyncExitStack() as stack:
        lock = database.lock(path)
        stack.callback(os.close, lock)
        renewing.complete(path, Clock().moment())
        folder, again = opened(stack, path), asyncio.Event()
        parts = Assembly(settings, config, folder, _enrolment(folder, again))
        parts.close_with(stack)
        if folder.known is None:
            log.warning("this device is not enrolled: run `ocop enrol --config %s URL CODE`", config)
        else:
            body = {"v": 1, "version": VERSION, "clock": folder.clock.state}
            await folder.writer.entry("device_started", body, folder.clock.moment())
        await _listen(stack, parts.shopper_app(), parts.shopper_events, settings.shopper, "shopper")
        await _listen(stack, parts.staff_app(), parts.staff_events, settings.staff, "staff")
        for work in parts.work():
            _start(stack, work)
        if parts.syncing is not None:
            _start(stack, _start_again_once_renewed(parts.syncing, folder.db, again))
        parts.outlet.changed()
        told = await _until_told_to_stop(again)
    return not told.is_set()


def _enrolment(folder: DataFolder, again: asyncio.Event) -> Enrol:
    """How this device becomes one of an office's: it then starts `again`, with its new name."""

    async def enrol(url: str, code: str, root_sha256: str = "") -> dict[str, Any]:
        was = folder.known[0] if folder.known else None
        identity, root = await become_a_device(was, folder.key, url, code, root_sha256)
        await folder.writer.write(lambda db: remember(db, identity, root, url))
        asyncio.get_running_loop().call_later(SHUTDOWN, again.set)  # once this is answered
        return {"device": identity.device, "outlet": identity.outlet}

    return enrol


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
            vi=f"cổng {at.port} của {at.host} không dùng được cho trang {name} ({error.strerror}); dừng chương trình đang dùng nó, hoặc đặt {name}.port.",
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
