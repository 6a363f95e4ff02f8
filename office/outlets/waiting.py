"""Whose turn it is: how long what comes now would wait, which a web worker asks before it takes a request on, and when
those that it sends away shall come again."""

import asyncio
import math
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from aiohttp import web

from office.web.problems import ProblemError

# Seconds that a request would wait for its turn. Those that would wait longer are sent away at once, and told when to come
# again: after an outage all would else wait until they have no patience left, and the work be done for nobody.
LONGEST_QUEUE = 5.0
# By lookups recalls come, and three in a row are within a kiosk's patience. Pushes need them too, and as patiently: while all
# of a country's polls wait for theirs, nobody else would ever be let in.
LONGEST_LOOKUP = 15.0
_THREADS = 4  # of each queue

T = TypeVar("T")

_NEWEST = 1 / 50  # weight of the newest in the mean
_SPREAD = 1.5  # devices come after once to twice the seconds that they are told


class Queue:
    """Work of one kind that waits in this web worker, and how long it takes. It is done in threads of its own, so that it
    stands behind no other kind."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS)
        self.waiting = 0  # pieces of work that wait, or are worked at
        self._each = 0.0  # seconds that one takes, of late
        self._booked_until = 0.0  # by the monotonic clock

    def seconds(self) -> float:
        """How long a piece of work that came now would take to be done."""
        return self.waiting * self._each / _THREADS

    def book(self) -> int:
        """The seconds after which one that is sent away shall come again.

        Each gets the next place behind those that were sent away before, so far apart that all of them together bring
        what this worker can do.
        """
        now = time.monotonic()
        self._booked_until = max(self._booked_until, now + self.seconds()) + self._each / _THREADS / _SPREAD
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


LOOKUPS: web.AppKey[Queue] = web.AppKey("lookups", Queue)  # who asks, and what is new: short
TURNS: web.AppKey[Queue] = web.AppKey("turns", Queue)  # what is stored, and long parts of journals
Limits = Mapping[web.AppKey[Queue], float]
"""Seconds that a request may have to wait, by queue."""
ASKS: Limits = {LOOKUPS: LONGEST_LOOKUP}
TELLS: Limits = {LOOKUPS: LONGEST_LOOKUP, TURNS: LONGEST_QUEUE}
# A push is taken on longer: its head was asked for before, and would be again.
PUSHES: Limits = {LOOKUPS: LONGEST_LOOKUP, TURNS: 2 * LONGEST_QUEUE}


def setup(app: web.Application) -> None:
    """Give the application its queues."""
    for key in (LOOKUPS, TURNS):
        app[key] = Queue()
        app.on_cleanup.append(app[key].close)


def sent_away(app: web.Application, limits: Limits) -> ProblemError | None:
    """What whoever would have to wait longer than that is told; None for a request that may come in."""
    for key, longest in limits.items():
        if app[key].seconds() > longest:
            return busy(app[key], "the office has too much to do right now; try again")
    return None


def busy(queue: Queue, detail: str) -> ProblemError:
    """A refusal that says when to come again."""
    problem = ProblemError(503, "busy", detail)
    problem.headers["Retry-After"] = str(queue.book())
    return problem
