"""Finished answers, kept for as long as nothing has changed that they rest on.

Whatever the registry, the sold sets, root or the day say may change an answer, and the counters tell of all that:
they are asked at most twice a second. So a recall reaches every phone within half a second, and most looks at a
busy stamp or product cost one look into a dictionary.
"""

import asyncio
import hashlib
from collections import OrderedDict
from typing import Any, NamedTuple

from sqlalchemy import Engine, func, select

from office.schema import roots
from office.storage import counters
from office.storage.database import reading
from office.times import local_date

FRESH = 0.5  # seconds
MOST = 1000  # answers, of some 4 kB
MOST_KNOWN = 2000  # records, of some 1 kB


def _but_sales(seen: Any) -> Any:
    """What the registry rests on: of the counters only its own."""
    found, root, day = seen
    return found.get(counters.REGISTRY), root, day


class Answer(NamedTuple):
    """An answer as it is sent. `gtin` and `serial` are what a look at it counts for; `keep`: it may be kept."""

    body: bytes
    content_type: str
    etag: str
    status: int
    gtin: str
    serial: int | None
    keep: bool


def made(
    body: str, content_type: str, status: int, gtin: str = "", serial: int | None = None, keep: bool = False
) -> Answer:
    """An answer with its tag, which names its content."""
    data = body.encode()
    etag = f'"{hashlib.sha256(data).hexdigest()[:24]}"'
    return Answer(data, content_type, etag, status, gtin, serial, keep)


class Answers:
    """Answers by what was asked. `clock` is office time in ms UTC."""

    def __init__(self, engine: Engine, clock: Any) -> None:
        self._engine = engine
        self._clock = clock
        self._kept: OrderedDict[Any, Answer] = OrderedDict()
        self._seen: Any = None
        self.known: dict[
            Any, Any
        ] = {}  # of the registry, for `office.resolver.lookups`: another one when that changes
        self._asked = float("-inf")  # by the loop's clock
        self._asking = asyncio.Lock()
        self.fresh = FRESH

    async def find(self, key: Any) -> Answer | None:
        """The answer to `key`, if it still is one."""
        if asyncio.get_running_loop().time() - self._asked > self.fresh:
            await self._ask()
        answer = self._kept.get(key)
        if answer is not None:
            self._kept.move_to_end(key)
        return answer

    def keep(self, key: Any, seen: Any, answer: Answer) -> None:
        """Keep an answer that was made of what `seen` (the property, read before it was made) knew."""
        if not answer.keep or seen != self._seen:
            return
        self._kept[key] = answer
        if len(self._kept) > MOST:
            self._kept.popitem(last=False)

    @property
    def seen(self) -> Any:
        """What the answers rest on."""
        return self._seen

    async def _ask(self) -> None:
        async with self._asking:
            now = asyncio.get_running_loop().time()
            if now - self._asked <= self.fresh:
                return  # somebody has asked meanwhile
            seen = await asyncio.to_thread(self._read)
            if seen != self._seen:
                self._kept.clear()
                if self._seen is None or _but_sales(seen) != _but_sales(self._seen):
                    self.known = {}
                self._seen = seen
            if len(self.known) > MOST_KNOWN:
                self.known = {}
            self._asked = now

    def _read(self) -> Any:
        with reading(self._engine) as connection:
            root = connection.execute(select(func.max(roots.c.version))).scalar_one()
            return counters.read(connection), root, local_date(self._clock())
