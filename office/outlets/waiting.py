"""Whose turn it is to write: how long what comes now would wait, which a web worker asks before it takes a push on,
and when those that it sends away shall come again."""

import asyncio
import math
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

AT_ONCE = (os.cpu_count() or 1) + 2
_NEWEST = 1 / 50  # weight of the newest in the mean
_SPREAD = 1.5  # devices come after once to twice the seconds that they are told


class Queue:
    """What waits to be written in this web worker, and how long that takes. It is done in threads of its own, so that
    a catalogue, a recall or a page never stands behind it."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE, "turn")
        self.waiting = 0  # pieces of work that wait, or are worked at
        self._each = 0.0  # seconds that one takes, of late
        self._booked_until = 0.0  # by the monotonic clock

    def seconds(self) -> float:
        """How long a piece of work that came now would take to be done."""
        return self.waiting * self._each / AT_ONCE

    def book(self) -> int:
        """The seconds after which one that is sent away shall come again.

        Each gets the next place behind those that were sent away before, so far apart that all of them together bring
        what this worker can do.
        """
        now = time.monotonic()
        self._booked_until = max(self._booked_until, now + self.seconds()) + self._each / AT_ONCE / _SPREAD
        return math.ceil(self._booked_until - now)

    async def work(self, do: Callable[[], T]) -> T:
        """What `do` returns, called in a thread."""
        self.waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._timed, do)
        finally:
            self.waiting -= 1

    def _timed(self, do: Callable[[], T]) -> T:
        began = time.monotonic()
        try:
            return do()
        finally:
            self.took(time.monotonic() - began)

    async def close(self, _app: object = None) -> None:
        """End the threads once they have done what they are at."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def took(self, seconds: float) -> None:
        """A piece of work took so long."""
        self._each += (seconds - self._each) * _NEWEST
