"""Looks of phones, gathered in memory and counted in the database every few seconds."""

import asyncio
import contextlib
import logging

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from office.resolver import phone_looks
from office.resolver.phone_looks import Look
from office.storage.database import writing

PAUSE = 5.0  # seconds
MOST = 10_000  # looks that wait; beyond that they are not counted

log = logging.getLogger(__name__)


class Tally:
    """`add` counts a look; `run` writes until it is cancelled, and `write` what is left."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: list[Look] = []

    def add(self, look: Look) -> None:
        """Count a look."""
        if len(self._waiting) < MOST:
            self._waiting.append(look)

    async def run(self) -> None:
        """Write every five seconds."""
        while True:
            await asyncio.sleep(PAUSE)
            await self.write()

    async def write(self) -> None:
        """Write what waits; what the database does not take now waits on."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return

        def work() -> None:
            with writing(self._engine) as connection:
                phone_looks.add(connection, waiting)

        try:
            await asyncio.to_thread(work)
        except SQLAlchemyError as error:
            log.warning("looks of phones cannot be counted now: %s", error)
            with contextlib.suppress(IndexError):
                self._waiting = (waiting + self._waiting)[:MOST]
