"""A device's data folder, opened: its database, journal, key, name, catalogue and clock."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from kiosk.host.clock import Clock
from kiosk.host.data import database
from kiosk.host.data.database import fact
from kiosk.host.data.journal import Source, Writer, last_sure
from kiosk.host.link.identity import remembered_identity
from kiosk.host.stamps.catalogue import Holder
from sync.host.device_key import DeviceKey, load_or_create
from sync.host.office import Identity


@dataclass(frozen=True)
class DataFolder:
    """`db` is for reading; only `writer` writes. `known` is who this device is and its root envelope, None before it
    is enrolled."""

    path: Path
    db: Connection
    writer: Writer
    source: Source
    key: DeviceKey
    known: tuple[Identity, dict[str, Any]] | None
    held: Holder
    clock: Clock


def opened(stack: AsyncExitStack, path: Path) -> DataFolder:
    """The folder at `path`, which `stack` closes. Raises CommandError: spoilt files."""
    db, writing = database.connect(path), database.connect(path)
    stack.callback(db.close)
    key = load_or_create(path / "device.key")
    known = remembered_identity(db)
    held = Holder(path, known[0].outlet if known else "")
    held.revoked = fact(db, "revoked") == "1"
    clock = Clock(last_sure(db))
    if held.catalogue is not None:
        clock.passed(held.catalogue.issued)
    writer = Writer(writing, known[0].device if known else "")
    stack.push_async_callback(writer.close)
    return DataFolder(path, db, writer, Source(db), key, known, held, clock)
