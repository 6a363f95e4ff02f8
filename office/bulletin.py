"""Which catalogue is the newest of each outlet: wakes the long polls when that changes.

The publisher is another process, so the database is asked once a second; the process that owns the
publisher pokes the bulletin as well, and its devices learn of a change at once.
"""

import asyncio
import contextlib
import logging

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from office.database import reading
from office.schema import catalogue_versions

POLL_SECONDS = 1.0

log = logging.getLogger("office.bulletin")


class Bulletin:
    """Versions by outlet. `run` keeps it up to date until it is cancelled."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._versions: dict[str, int] = {}
        self._changed = asyncio.Condition()
        self._poked = asyncio.Event()
        self._closed = False
        self.waiting = 0  # open long polls

    async def run(self) -> None:
        """Look every second, and whenever poked."""
        while True:
            try:
                versions = await asyncio.to_thread(self._read)
            except SQLAlchemyError:
                log.exception("cannot read the newest catalogue versions; trying again")
            else:
                if versions != self._versions:
                    self._versions = versions
                    async with self._changed:
                        self._changed.notify_all()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._poked.wait(), POLL_SECONDS)
            self._poked.clear()

    def poke(self) -> None:
        """Look now."""
        self._poked.set()

    async def close(self) -> None:
        """Let every waiting poll go: the service stops."""
        self._closed = True
        async with self._changed:
            self._changed.notify_all()

    async def wait_beyond(self, outlet: str, version: int, seconds: float) -> None:
        """Return when the newest version of `outlet` is above `version`, or `seconds` have passed."""
        self.waiting += 1
        try:
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(lambda: self._closed or self._versions.get(outlet, 0) > version)
        except TimeoutError:
            pass
        finally:
            self.waiting -= 1

    def _read(self) -> dict[str, int]:
        table = catalogue_versions
        newest = select(table.c.outlet, func.max(table.c.version).label("version")).group_by(table.c.outlet)
        with reading(self._engine) as connection:
            return {row.outlet: row.version for row in connection.execute(newest)}
