"""The office's web service: devices (`sync_api`), people and phones (`pages`), and the publisher."""

import asyncio
import contextlib
import errno
import fcntl
import logging
import os
import signal
import ssl
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import msgspec
from aiohttp import web

from config.exits import FAILED, CommandError
from config.memory import give_large_blocks_back, share_arenas
from office import pages, setup
from office.outlets import sync_api
from office.outlets.contacts import Contacts
from office.publishing import keys, roots
from office.publishing.bulletin import Bulletin
from office.settings import Settings
from office.storage.database import reading
from office.times import now_ms
from office.web import tls
from office.web.keys_app import ACK, BULLETIN, CLOCK, CONTACTS, ENGINE, SETTINGS, STOPPING

_LARGEST_FORM = 1024 * 1024
_PATIENCE = 10.0  # seconds that the publisher has for its last file

log = logging.getLogger("office")


def build(settings: Settings, clock: Callable[[], int] = now_ms) -> web.Application:
    """The application. Opens and migrates the database; keeps no state of its own.

    Raises CommandError when there is no office in the data folder, or its key cannot be read.
    """
    setup.require_initialised(settings)
    app = web.Application(client_max_size=_LARGEST_FORM)
    app[SETTINGS] = settings
    app[CLOCK] = clock
    app[ENGINE] = setup.open_database(settings)
    with reading(app[ENGINE]) as connection:
        app[ACK] = keys.Acting(settings.folder / "keys", "ack", roots.newest(connection))
    app[BULLETIN] = Bulletin(app[ENGINE], app[ACK].follow)
    app[CONTACTS] = Contacts(app[ENGINE], clock)
    app[STOPPING] = asyncio.Event()
    sync_api.setup(app)
    pages.setup(app)
    app.cleanup_ctx.append(_running)
    app.on_shutdown.append(_let_go)
    return app


async def _running(app: web.Application) -> AsyncIterator[None]:
    running = [asyncio.create_task(part.run()) for part in (app[BULLETIN], app[CONTACTS])]
    yield
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    app[ENGINE].dispose()


async def _let_go(app: web.Application) -> None:
    """Open streams and long polls would hold up the shutdown for a minute."""
    app[STOPPING].set()
    app[BULLETIN].close()


async def start(
    app: web.Application, host: str, port: int, secured: ssl.SSLContext | None = None
) -> web.AppRunner:
    """Listen, with TLS if `secured`. Raises CommandError when the port is taken or the address is not this machine's."""
    runner = web.AppRunner(app, auto_decompress=False, access_log=None, shutdown_timeout=5.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, ssl_context=secured).start()
    except OSError as error:
        await runner.cleanup()
        if error.errno == errno.EADDRINUSE:
            message = f"port {port} of {host} is in use; stop what listens there, or change http.port."
            vi = f"cổng {port} của {host} đang được dùng; dừng chương trình nghe ở đó, hoặc đổi http.port."
        else:
            message = f"cannot listen on {host}, port {port} ({error.strerror}); see http.host and http.port."
            vi = f"không nghe được ở {host}, cổng {port} ({error.strerror}); xem http.host và http.port."
        raise CommandError(message, FAILED, vi=vi) from error
    return runner


async def run(settings: Settings, config: Path) -> None:
    """Serve, with a publisher, until SIGTERM or SIGINT."""
    setup.require_initialised(settings)
    with _alone(settings.folder):
        async with _serving(settings, config.parent) as app:
            publisher = asyncio.create_task(_keep_publishing(config, app[BULLETIN]))
            try:
                await _told_to_stop()
            finally:
                publisher.cancel()
                await asyncio.gather(publisher, return_exceptions=True)


async def work(settings: Settings, config: Path, port: int) -> None:
    """Serve on `port` as one more web worker, beside the service that has the publisher, until SIGTERM or SIGINT.

    Raises CommandError on SQLite, whose one writer more workers only wait for.
    """
    if not settings.database:
        raise CommandError(
            "more web workers need PostgreSQL; see `database` in office.toml.",
            vi="thêm tiến trình web thì cần PostgreSQL; xem `database` trong office.toml.",
        )
    http = msgspec.structs.replace(settings.http, port=port)
    async with _serving(msgspec.structs.replace(settings, http=http), config.parent):
        await _told_to_stop()


@contextlib.asynccontextmanager
async def _serving(settings: Settings, folder: Path) -> AsyncIterator[web.Application]:
    """The application while it listens; paths of TLS files are relative to `folder`."""
    give_large_blocks_back()
    share_arenas()
    secured = tls.context(settings.http, folder)
    app = build(settings)
    runner = await start(app, settings.http.host, settings.http.port, secured)
    try:
        host, port = runner.addresses[0][:2]
        log.info("the office listens on %s://%s:%s", "https" if secured else "http", host, port)
        yield app
    finally:
        await runner.cleanup()


async def _told_to_stop() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


async def _keep_publishing(config: Path, bulletin: Bulletin) -> None:
    """The publisher as a child that is started again when it dies, ever more slowly."""
    delay = 1.0
    while True:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "office.publishing.publisher",
            "--config",
            str(config),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for us; we tell the child
        )
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            while await child.stdout.readline():
                bulletin.poke()
                delay = 1.0
            code = await child.wait()
        except asyncio.CancelledError:
            child.stdin.close()  # at the end of its stdin it ends by itself
            try:
                await asyncio.wait_for(child.communicate(), _PATIENCE)
            except TimeoutError:
                child.kill()
                await child.wait()
            raise
        log.error("the publisher ended with code %s; starting it again in %d s", code, delay)
        await asyncio.sleep(delay)
        delay = min(60.0, 2 * delay)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the data folder's lock. Raises CommandError when another office holds it."""
    path = folder / "office.lock"
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise CommandError(
            f"{path}: cannot write here ({error.strerror}).",
            FAILED,
            vi=f"{path}: không ghi được ở đây ({error.strerror}).",
        ) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise CommandError(
            f"{folder}: another office service runs on this data folder; stop that one first.",
            FAILED,
            vi=f"{folder}: một dịch vụ văn phòng khác đang chạy trên thư mục này; hãy dừng nó trước.",
        ) from error
    else:
        yield
    finally:
        os.close(file)
