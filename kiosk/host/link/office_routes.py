"""The technician's requests about the office: enrol, push and pull now. From the loopback, for `ocop`.

They take a technician's session, once a technician has a PIN: before that, on the first day, there is nobody yet.
"""

import sqlite3
from collections.abc import Callable
from typing import Any, Protocol

from aiohttp import web

from config.exits import CommandError
from kiosk.host.data.journal import StorageError
from kiosk.host.link.status import not_synced
from kiosk.host.link.syncing import Syncing
from kiosk.host.link.troubles import word
from kiosk.host.web import api
from kiosk.host.web.guard import Guard, Handler
from kiosk.host.web.problems import Problem
from kiosk.host.web.requests import decode
from sync.host.office import OfficeError


class Enrol(Protocol):
    """Makes this device one of the office's at `url`: {"device", "outlet"}. Raises CommandError."""

    async def __call__(self, url: str, code: str, root_sha256: str = "") -> dict[str, Any]: ...


class OfficeRoutes:
    """The handlers. `enrol(url, code)` makes this a device of that office."""

    def __init__(
        self,
        syncing: Syncing | None,
        enrol: Enrol,
        guard: Guard,
        first_day: Callable[[], bool],
        waiting: Callable[[], int],
    ) -> None:
        """`first_day`: whether no technician has a PIN yet; `waiting`: how many entries wait to be sent."""
        self._waiting = waiting
        self._guard = guard
        self._first_day = first_day
        self._syncing = syncing
        self._enrol_at = enrol

    def routes(self) -> list[web.RouteDef]:
        """What this answers."""
        return [
            web.post("/api/office/sync", self._for_technicians(self._sync)),
            web.post("/api/office/enrol", self._for_technicians(self._enrol)),
        ]

    def _for_technicians(self, work: Handler) -> Handler:
        guarded = self._guard.inside(lambda request, _: work(request), "office")

        async def handler(request: web.Request) -> web.StreamResponse:
            return await (work if self._first_day() else guarded)(request)

        return handler

    async def _sync(self, _: web.Request) -> web.StreamResponse:
        if self._syncing is None:
            raise self._not_synced(409, "not_enrolled", "")
        try:
            sent, new = await self._syncing.now()
        except StorageError:
            raise
        except (OfficeError, OSError, sqlite3.Error) as error:
            raise self._not_synced(502, word(error), str(error)) from error
        return web.json_response({"acknowledged": sent, "new_catalogue": new})

    def _not_synced(self, status: int, word: str, why: str) -> Problem:
        waiting = self._waiting()
        told = not_synced(word, why, waiting)
        return Problem(status, "not_synced", told, word=word, why=why, waiting=waiting)

    async def _enrol(self, request: web.Request) -> web.StreamResponse:
        wish = await decode(request, api.Enrolment)
        try:
            return web.json_response(await self._enrol_at(wish.url, wish.code))
        except CommandError as error:
            raise Problem(502, "not_enrolled", str(error), word=error.cause) from error
