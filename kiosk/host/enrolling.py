"""What the commands `ocop enrol` and `ocop sync` do while no service runs on the data folder."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp

from config.exits import FAILED, CommandError
from kiosk.host import database
from kiosk.host.catalogue import Holder
from kiosk.host.clock import Clock
from kiosk.host.identity import remember, remembered_identity
from kiosk.host.journal import Source, Writer, last_sure
from kiosk.host.syncing import Syncing
from sync.enrolment import CodeError
from sync.host.device_key import load_or_create
from sync.host.office import Identity, OfficeError, enrol


@contextmanager
def _alone(folder: Path) -> Iterator[sqlite3.Connection]:
    lock = database.lock(folder)
    try:
        db = database.connect(folder)
        try:
            yield db
        finally:
            db.close()
    finally:
        os.close(lock)


async def enrol_here(folder: Path, url: str, code: str) -> Identity:
    """Enrol with the office at `url` and remember who we are. Raises CommandError.

    A device that is enrolled already keeps its key and its journal, and stays who it is.
    """
    with _alone(folder) as db:
        known = remembered_identity(db)
        key = load_or_create(folder / "device.key")
        try:
            async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
                identity, root = await enrol(session, url, code, key)
        except (CodeError, OfficeError) as error:
            raise CommandError(f"not enrolled: {error}", FAILED) from error
        if known is not None and known[0].device != identity.device:
            raise CommandError(
                f"this folder is device {known[0].device}, but the office called it {identity.device}; "
                "ask the office for a code of the same device.",
                FAILED,
            )
        remember(db, identity, root)
        return identity


async def sync_here(folder: Path, url: str) -> tuple[int, bool]:
    """Push and pull once: (entries acknowledged, whether a new catalogue came). Raises CommandError."""
    with _alone(folder) as db:
        known = remembered_identity(db)
        if known is None or not url:
            raise CommandError(
                "this device is not enrolled, or office.url is empty; see `ocop enrol --help`."
            )
        writer = Writer(database.connect(folder), known[0].device)
        key = load_or_create(folder / "device.key")
        held = Holder(folder, known[0].outlet)
        syncing = Syncing(
            folder, writer, Source(db), key, *known, held, url, Clock(last_sure(db)), lambda: None
        )
        try:
            return await syncing.once()
        except OfficeError as error:
            raise CommandError(f"{error}", FAILED) from error
        finally:
            await writer.close()
