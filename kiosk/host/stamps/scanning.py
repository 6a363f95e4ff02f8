"""Keeps the scanner process running and passes on what it reads."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from kiosk.host.children import Child, ChildEndedError

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0  # seconds between restarts
STEADY = 30.0  # seconds alive after which a death counts as the first again

log = logging.getLogger(__name__)


class Scanning:
    """The scanner process. `read(message)` is called for each code, `changed()` when a reader's state does."""

    def __init__(
        self, config: Path, read: Callable[[dict[str, Any]], Awaitable[None]], changed: Callable[[], None]
    ) -> None:
        self._config = config
        self._read = read
        self._changed = changed
        self._child: Child | None = None
        self.readers: dict[str, dict[str, str]] = {}

    async def run(self) -> None:
        """Start it, listen, start it again when it dies; until cancelled."""
        pause = FIRST_PAUSE
        clock = asyncio.get_running_loop().time
        while True:
            started = clock()
            try:
                self._child = await Child.start("scanner.host", "--config", str(self._config))
                await self._listen(self._child)
            except (ChildEndedError, OSError) as error:
                log.warning("the scanner process: %s; it is started again", error)
            for state in self.readers.values():
                state.update(state="error", detail="scanner process restarting")
            self._changed()
            pause = FIRST_PAUSE if clock() - started > STEADY else min(pause * 2, LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def aim(self, reader: str, path: str) -> bool:
        """Have a camera show what it sees at the local socket `path`. False while the process is down."""
        try:
            if self._child is None:
                return False
            await self._child.send({"aim": reader, "socket": path})
        except ChildEndedError:
            return False
        return True

    async def stop(self) -> None:
        """End the process."""
        if self._child is not None:
            await self._child.stop()

    async def _listen(self, child: Child) -> None:
        while True:
            message = await child.receive()
            if message.get("type") == "read":
                try:
                    await self._read(message)
                except Exception:
                    # One read must not end all reading; what went wrong is for the log.
                    log.exception("a read could not be handled")
            elif message.get("type") == "status":
                self.readers[str(message.get("reader"))] = {
                    "state": str(message.get("state")),
                    "detail": str(message.get("detail") or ""),
                }
                self._changed()
