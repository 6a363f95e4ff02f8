"""Which catalogue is the newest of each outlet: wakes the long polls when that changes.

The publisher is another process, so the database is asked once a second; the process that owns the
publisher pokes the bulletin as well, and its devices learn of a change at once.
"""

import asyncio
import contextlib
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from config.exits import CommandError
from office.outlets.devices import root_envelope
from office.schema import catalogue_versions, roots
from office.storage.database import reading

POLL_SECONDS = 1.0
_STALE = 10 * POLL_SECONDS  # after which what is known here is not told any more

log = logging.getLogger("office.publishing.bulletin")


class Posted(NamedTuple):
    """The newest `current` of an outlet, as far as is known here: version and SHA-256; 0 and None before the first."""

    version: int = 0
    sha256: str | None = None


class Bulletin:
    """What is newest, by outlet. `run` keeps it up to date until it is cancelled, and tells `on_root` of each new root."""

    def __init__(self, engine: Engine, on_root: Callable[[dict[str, Any]], object]) -> None:
        self._engine = engine
        self._on_root = on_root
        self._root = 0
        self._posted: dict[str, Posted] = {}
        self._newest = 0  # version of them
        self._looked = -_STALE  # by the monotonic clock
        self._polls: dict[str, set[asyncio.Event]] = defaultdict(set)  # that wait, by outlet
        self._poked = asyncio.Event()
        self._closed = False

    @property
    def waiting(self) -> int:
        """How many long polls are open."""
        return sum(map(len, self._polls.values()))

    async def run(self) -> None:
        """Look every second, and whenever poked."""
        while True:
            try:
                began, read = time.monotonic(), await asyncio.to_thread(self._read)
            except (SQLAlchemyError, CommandError):
                log.exception(
                    "cannot read the newest catalogue versions, or the key that root names; trying again"
                )
            else:
                changed = [outlet for outlet, posted in read.items() if self._posted.get(outlet) != posted]
                self._looked = began
                self._posted |= read
                self._newest = max((posted.version for posted in read.values()), default=self._newest)
                self._wake(changed)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._poked.wait(), POLL_SECONDS)
            self._poked.clear()

    def poke(self) -> None:
        """Look now."""
        self._poked.set()

    def close(self) -> None:
        """Let every waiting poll go: the service stops."""
        self._closed = True
        self._wake(list(self._polls))

    def newest(self, outlet: str) -> Posted | None:
        """What is newest for `outlet`, as it was a second ago; None while the database cannot be asked."""
        if time.monotonic() - self._looked > _STALE:
            return None
        return self._posted.get(outlet, Posted())

    async def wait_beyond(self, outlet: str, version: int, seconds: float) -> None:
        """Return when the newest version of `outlet` is above `version`, or `seconds` have passed."""
        woken = asyncio.Event()
        polls = self._polls[outlet]
        polls.add(woken)
        try:
            async with asyncio.timeout(seconds):
                while not self._closed and self._posted.get(outlet, Posted()).version <= version:
                    await woken.wait()
                    woken.clear()
        except TimeoutError:
            pass
        finally:
            polls.discard(woken)

    def _wake(self, outlets: Iterable[str]) -> None:
        for outlet in outlets:
            for woken in self._polls[outlet]:
                woken.set()

    def _read(self) -> dict[str, Posted]:
        """What is newest by outlet, of those outlets that got one since we looked, or just before: a version goes out to a
        country's outlets in many transactions."""
        table = catalogue_versions
        newer = select(table.c.outlet, table.c.version, table.c.sha256).where(table.c.version >= self._newest)
        with reading(self._engine) as connection:
            newest_root = connection.execute(select(func.max(roots.c.version))).scalar_one()
            if newest_root != self._root:
                envelope = root_envelope(connection)
                assert envelope is not None
                self._on_root(envelope["signed"])
                self._root = newest_root
            rows = connection.execute(newer.order_by(table.c.version))
            return {row.outlet: Posted(row.version, row.sha256) for row in rows}
