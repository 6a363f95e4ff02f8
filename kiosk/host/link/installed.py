"""What outlet.db remembers of the file catalogue.db: that it is what was installed, and not what a card made of it.

The SHA-256 of a new file is written down before it takes the old one's place, and again once it is there. Whoever is
cut off between the two finds at the next start a file that was announced, and completes the record.
"""

import asyncio
import logging
import sqlite3
from pathlib import Path

from kiosk.host.clock import Clock
from kiosk.host.data import journal
from kiosk.host.data.database import fact, set_fact
from kiosk.host.stamps.catalogue import FILE, Holder
from kiosk.host.stamps.installing import digest

_THIS, _NEXT = "catalogue_file", "catalogue_next"  # facts: the file's SHA-256 in hex

log = logging.getLogger(__name__)


class Installed:
    """The record of the catalogue that `held` holds."""

    def __init__(self, folder: Path, writer: journal.Writer, held: Holder, clock: Clock) -> None:
        self._file = folder / FILE
        self._writer = writer
        self._held = held
        self._clock = clock

    async def announce(self, sha256: str) -> None:
        """A file of this SHA-256 is about to become catalogue.db. Raises StorageError."""
        await self._writer.write(lambda db: set_fact(db, _NEXT, sha256))

    async def record(self, sha256: str) -> None:
        """It has become it, and the catalogue in it is held. Raises StorageError."""
        assert self._held.catalogue is not None
        version, moment = self._held.catalogue.version, self._clock.moment()
        body = {"v": 1, "catalogue": version, "sha256": self._held.catalogue.sha256}

        def write(db: sqlite3.Connection) -> None:
            set_fact(db, _THIS, sha256)
            journal.append(db, self._writer.device, "catalogue_installed", body, moment)

        await self._writer.write(write)
        log.info("catalogue %d installed", version)

    async def is_spoilt(self) -> bool:
        """Whether the file is none that was installed. Raises StorageError, OSError."""
        this, coming = await self._writer.write(lambda db: (fact(db, _THIS), fact(db, _NEXT)))
        if self._held.catalogue is None or (this is None and coming is None):
            return False
        found = await asyncio.to_thread(digest, self._file)
        if found == coming != this:
            await self.record(found)
            return False
        return found != this
