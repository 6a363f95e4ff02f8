"""A child process that speaks JSON lines on its standard input and output.

It ends by itself when its input closes, so that it never outlives a service that was killed. Its
stderr is the service's own: an unread pipe would block it.
"""

import asyncio
import json
import logging
import sys
from typing import Any

LONGEST_LINE = 1024 * 1024  # bytes
PATIENCE = 3.0  # seconds from the end of its input until it is killed

log = logging.getLogger(__name__)


class ChildEndedError(Exception):
    """The child has ended; `code` is its exit status."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"the process ended with status {code}")
        self.code = code


class Child:
    """One running child: `python -m MODULE ARGUMENTS`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, module: str, *arguments: str) -> "Child":
        """Start it. Raises OSError when that is not possible."""
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                module,
                *arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=LONGEST_LINE,
            )
        )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended, as far as is known."""
        return self._process.returncode is None

    async def send(self, message: dict[str, Any]) -> None:
        """Write one line to it. Raises ChildEndedError."""
        stdin = self._process.stdin
        assert stdin is not None
        try:
            stdin.write(json.dumps(message, ensure_ascii=False).encode() + b"\n")
            await stdin.drain()
        except ConnectionError:
            raise ChildEndedError(await self._process.wait()) from None

    async def receive(self) -> dict[str, Any]:
        """The next line it wrote; lines that are no JSON object are logged and skipped.

        Raises ChildEndedError at its end.
        """
        stdout = self._process.stdout
        assert stdout is not None
        while True:
            try:
                line = await stdout.readline()
            except ValueError:  # longer than LONGEST_LINE
                log.warning("a child wrote a line that is too long; it was dropped")
                continue
            if not line:
                raise ChildEndedError(await self._process.wait())
            try:
                message = json.loads(line)
            except ValueError:
                message = None
            if isinstance(message, dict):
                return message
            log.warning("a child wrote a line that is no JSON object")

    async def stop(self) -> None:
        """Close its input and wait; kill it if it does not end in time."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), PATIENCE)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
