"""Pictures of the products that this outlet sells: fetched one after another, kept in files, shown by the pages.

The catalogue names a picture by its SHA-256, so whatever comes or stands on the card is that very picture or
none. Nothing waits for one: a page shows a drawing until it is here. Fetching takes a quarter of the line.
"""

import asyncio
import hashlib
import logging
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from kiosk.host.stamps.catalogue import Holder
from sync.catalogue import LARGEST_PHOTO
from sync.host.office import OfficeError

MOST = 5000  # pictures: 80 MB of the card at the worst
REST = 3  # times as long as a picture took to come
LONGEST_REST = 60.0  # seconds, also after a failure
PATH = "/photos/{sha256:[0-9a-f]{64}}"

log = logging.getLogger(__name__)


class Photos:
    """The folder of pictures. `fetch` gives the bytes of one from the office, and raises OfficeError."""

    def __init__(
        self,
        folder: Path,
        held: Holder,
        fetch: Callable[[str], Awaitable[bytes]],
        changed: Callable[[], None],
    ) -> None:
        """`changed` is called when pictures came."""
        self._folder = folder
        self._held = held
        self._fetch = fetch
        self._changed = changed
        self._look = asyncio.Event()
        self.came = 0  # since the start

    def has(self, sha256: str) -> bool:
        """Whether the picture is here."""
        return (self._folder / sha256).is_file()

    def wake(self) -> None:
        """There is another catalogue."""
        self._look.set()

    async def run(self) -> None:
        """Fetch what is missing, for ever."""
        self._folder.mkdir(exist_ok=True)
        while True:
            self._look.clear()
            try:
                missing = await asyncio.to_thread(self._missing, self._named())
            except OSError as error:
                log.warning("pictures of products: %s", error)
                missing = []
            failed = await self._fetch_all(missing) if missing else False
            if not self._look.is_set():
                try:
                    async with asyncio.timeout(LONGEST_REST if failed else None):
                        await self._look.wait()
                except TimeoutError:
                    pass

    async def serve(self, request: web.Request) -> web.Response:
        """Answers `GET /photos/{sha256}`."""
        name = request.match_info["sha256"]
        path = self._folder / name
        try:
            data = path.read_bytes()
        except OSError:
            raise web.HTTPNotFound from None
        if hashlib.sha256(data).hexdigest() != name:  # the card changed a bit of it
            path.unlink(missing_ok=True)
            self.wake()
            raise web.HTTPNotFound
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return web.Response(body=data, content_type="image/webp", headers=headers)

    def _named(self) -> list[str] | None:
        catalogue = self._held.catalogue
        return None if catalogue is None else catalogue.photos()[:MOST]

    def _missing(self, named: list[str] | None) -> list[str]:
        """Which of the named pictures are not here; those that nobody names any more go. Raises OSError."""
        if named is None:
            return []
        wanted = set(named)
        here = {path.name for path in self._folder.iterdir()}
        for name in here - wanted:
            (self._folder / name).unlink(missing_ok=True)
        return [name for name in named if name not in here]

    async def _fetch_all(self, names: list[str]) -> bool:
        """Whether one could not be had, so that it is tried again later."""
        failed, before = False, self.came
        for name in names:
            began = time.monotonic()
            try:
                await self._one(name)
            except (OfficeError, OSError) as error:
                log.info("picture %s: %s", name[:8], error)
                failed = True
                if not isinstance(error, OfficeError) or error.code == "unreachable":
                    break
            if self._look.is_set():
                break  # of another catalogue, others may be wanted
            await asyncio.sleep(min(REST * (time.monotonic() - began), LONGEST_REST))
        if self.came != before:
            self._changed()
        return failed

    async def _one(self, name: str) -> None:
        data = await self._fetch(name)
        if len(data) > LARGEST_PHOTO or hashlib.sha256(data).hexdigest() != name:
            raise OfficeError("not_office", "a picture that is not the one the catalogue names")
        await asyncio.to_thread(self._keep, name, data)
        self.came += 1

    def _keep(self, name: str, data: bytes) -> None:
        aside = self._folder / f"{name}.new"
        with aside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.rename(self._folder / name)
