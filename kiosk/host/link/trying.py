"""What is tried at the office for ever: again after each failure, after a pause that the office may set."""

import asyncio
import logging
import random
import sqlite3
import time
from collections.abc import Callable
from typing import Any

from kiosk.host.data.journal import StorageError
from kiosk.host.link.troubles import Troubles
from sync.envelopes import SyncError
from sync.host.office import OfficeError
from sync.pauses import Pauses

FAILURES = (OfficeError, SyncError, StorageError, OSError, sqlite3.Error)

log = logging.getLogger(__name__)


class Trying:
    """Steps that never give up, and why the last try of each failed. `failed()` is called after a failure,
    `recovered()` once a try succeeds again.

    Where the office asks to be left alone for a while (`Retry-After`), every step waits for that, but for one that
    listens: by it a recall comes.
    """

    def __init__(self, failed: Callable[[], None], recovered: Callable[[], None]) -> None:
        self._failed = failed
        self._recovered = recovered
        self._rests_until = 0.0  # by the monotonic clock
        self.troubles = Troubles()  # by the steps' names

    async def for_ever(self, name: str, step: Callable[[], Any], listens: bool = False) -> None:
        """Await `step()` again and again, until cancelled."""
        pauses = Pauses(random.uniform)
        while True:
            try:
                if not listens:
                    await asyncio.sleep(max(0.0, self._rests_until - time.monotonic()))
                await step()
                pauses.over()
                if self.troubles.over(name):
                    self._recovered()
            except Exception as error:
                await asyncio.sleep(self._pause(name, error, pauses))

    def _pause(self, name: str, error: Exception, pauses: Pauses) -> float:
        """The seconds until the next try."""
        told = error.retry_after if isinstance(error, OfficeError) else 0
        pause = pauses.next(told)
        if told:
            self._rests_until = max(self._rests_until, time.monotonic() + pause)
        self.troubles.failed(name, error)
        if not isinstance(error, FAILURES):  # whatever an office may answer, the till goes on
            log.exception("sync: an answer that nobody foresaw", exc_info=error)
        self._failed()
        log.warning("sync: %s", error)
        return pause
