"""Which scans the journal tells one by one: a shopper's look after the 600th of an hour is only counted."""

import asyncio
from collections.abc import Callable
from typing import Any

from kiosk.host.data.journal import Moment, Writer

MOST = 600  # of shoppers' looks told one by one, in each hour
HOUR = 3600.0  # seconds


class ScanLog:
    """Writes scans down, in front of the journal."""

    def __init__(self, writer: Writer, now: Callable[[], Moment], hour: float = HOUR) -> None:
        self._writer = writer
        self._now = now
        self._hour = hour
        self._told = 0
        self._counted = 0
        self._since = 0  # ms UTC, of the first that was only counted
        self._timer: asyncio.TimerHandle | None = None

    def add(self, body: dict[str, Any], place: str, moment: Moment) -> None:
        """One scan. Those at the till are always told."""
        if place != "shopper":
            self._writer.later("scan", body, moment)
            return
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._hour, self.end_hour)
        if self._told < MOST:
            self._told += 1
            self._writer.later("scan", body, moment)
            return
        self._since = self._since or moment.at
        self._counted += 1

    def end_hour(self) -> None:
        """Write the count, if there is one, and tell the next ones again. Also before the service stops."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._counted:
            moment = self._now()
            since = min(self._since, moment.at)
            body = {"v": 2, "purpose": "look", "count": self._counted, "since": since, "until": moment.at}
            self._writer.later("scan", body, moment)
        self._told = self._counted = self._since = 0
