"""When each device was heard last: noted for all at once every few seconds, since a country's are heard all the time."""

import asyncio
import logging
from collections.abc import Callable

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from office.outlets import devices
from office.storage.database import writing

NOTE_SECONDS = 2.0

log = logging.getLogger("office.outlets.contacts")


class Contacts:
    """Devices that were heard and are not noted yet. `run` notes them until it is cancelled; `clock` gives ms UTC."""

    def __init__(self, engine: Engine, clock: Callable[[], int]) -> None:
        self._engine, self._clock = engine, clock
        self._heard: set[str] = set()

    def heard(self, device: str) -> None:
        """A request came that this device had signed."""
        self._heard.add(device)

    async def run(self) -> None:
        """Note them every few seconds. What cannot be noted is tried again."""
        while True:
            await asyncio.sleep(NOTE_SECONDS)
            if not self._heard:
                continue
            noted, self._heard = self._heard, set()
            try:
                await asyncio.to_thread(self._note, noted)
            except SQLAlchemyError:
                log.exception("cannot note which devices were heard; trying again")
                self._heard |= noted

    def _note(self, heard: set[str]) -> None:
        with writing(self._engine) as connection:
            devices.seen(connection, heard, self._clock())
