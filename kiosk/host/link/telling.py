"""Tells the office how this device is (`POST /sync/v1/health`): at once when that changes, else now and then.

No part of a sale rests on it, and an office that does not take it is left in peace.
"""

import asyncio
import logging
import shutil
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sync.canonical import encode
from sync.host.office import Office, OfficeError

LOOK = 20.0  # seconds between looks at how the device is
AGAIN = 600.0  # seconds after which it is told though nothing changed
REFUSED = 60.0  # seconds in which an office that does not take it is left in peace
LITTLE_DISK = 500_000_000  # bytes free: a change of this is told at once
_LONGEST = 300  # letters of a detail
_PASSING = ("unreachable", "certificate", "clock")  # push and pull say so already

log = logging.getLogger(__name__)


def report(status: dict[str, Any], acknowledged: int, folder: Path) -> dict[str, Any]:
    """What the office is told: the outlet's `status` without its names, how far its journal is, the disk's room."""
    disk = shutil.disk_usage(folder)
    return {
        "v": 1,
        "version": status["version"][:40],
        "waiting": status["office"]["waiting"],
        "seq": acknowledged + status["office"]["waiting"],
        "clock": status["clock"]["state"],
        "office_ahead": status["clock"]["office_ahead"],
        "follows_office": status["clock"]["follows_office"],
        "sync": status["office"]["state"],
        "catalogue": status["catalogue"]["version"],
        "printer": _part(status["printer"]),
        "readers": {name[:40]: _part(part) for name, part in list(status["scanner"].items())[:20]},
        "disk": {"free": disk.free, "size": disk.total},
    }


def matters(told: dict[str, Any]) -> tuple[Any, ...]:
    """What of a report is told at once when it changes."""
    parts = tuple((name, part["state"]) for name, part in sorted(told["readers"].items()))
    clock = told["clock"], told["office_ahead"] is None, told["follows_office"]
    return told["version"], clock, told["printer"]["state"], parts, told["disk"]["free"] < LITTLE_DISK


class Telling:
    """Tells it for as long as `run` does. `collect` makes the report."""

    def __init__(self, collect: Callable[[], dict[str, Any]]) -> None:
        self._collect = collect
        self._told: tuple[Any, ...] = ()
        self._next = 0.0  # by the monotonic clock, if nothing changes
        self._rest = 0.0  # in any case

    async def run(self, office: Office) -> None:
        """Look every 20 seconds until cancelled."""
        while True:
            await self.once(office)
            await asyncio.sleep(LOOK)

    async def once(self, office: Office) -> None:
        """Tell it if it is time to."""
        try:
            told = self._collect()
            unchanged = matters(told) == self._told
            if time.monotonic() < max(self._rest, self._next if unchanged else 0.0):
                return
            await office.ask("POST", "/sync/v1/health", body=zlib.compress(encode(told)))
        except OfficeError as error:
            passing = error.code in _PASSING or error.retry_after
            self._rest = time.monotonic() + (error.retry_after if passing else REFUSED)
            if not passing:
                log.info("the office takes no report of how this device is: %s", error)
            return
        except OSError as error:
            log.warning("cannot look how this device is: %s", error)
            return
        self._told, self._next = matters(told), time.monotonic() + AGAIN


def _part(part: dict[str, Any]) -> dict[str, str]:
    return {"state": str(part["state"])[:40], "detail": str(part.get("detail") or "")[:_LONGEST]}
