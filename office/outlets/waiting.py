"""How long what comes now would wait: what a web worker asks before it takes a request on, and when those that it
sends away shall come again."""

import asyncio
import math
import os
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_THREADS = min(32, (os.cpu_count() or 1) + 4)  # that `asyncio.to_thread` works in
_NEWEST = 1 / 50  # weight of the newest in the mean
_VISIT = 5  # pieces of work of a device that comes back: a head, a push and a pull, and whose they are


class Queue:
    """What waits for the database in this web worker, and how long that takes."""

    def __init__(self) -> None:
        self.waiting = 0  # pieces of work that wait, or are worked at
        self._each = 0.0  # seconds that one takes, of late
        self._booked_until = 0.0  # by the monotonic clock

    def seconds(self) -> float:
        """How long a piece of work that came now would take to be done."""
        return self.waiting * self._each / _THREADS

    def book(self) -> int:
        """The seconds after which one that is sent away shall come again.

        Each gets the next place behind those that were sent away before, as far apart as a visit takes. Since they come
        in once to twice that time, all of them together bring half to all of what this worker can do.
        """
        now = time.monotonic()
        self._booked_until = max(self._booked_until, now + self.seconds()) + _VISIT * self._each / _THREADS
        return math.ceil(self._booked_until - now)

    async def work(self, do: Callable[[], T]) -> T:
        """What `do` returns, called in a thread."""
        self.waiting += 1
        try:
            return await asyncio.to_thread(self._timed, do)
        finally:
            self.waiting -= 1

    def _timed(self, do: Callable[[], T]) -> T:
        began = time.monotonic()
        try:
            return do()
        finally:
            self.took(time.monotonic() - began)

    def took(self, seconds: float) -> None:
        """A piece of work took so long."""
        self._each += (seconds - self._each) * _NEWEST
