"""The technician's requests about the office: enrol, push and pull now. From the loopback, for `ocop`."""

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from config.exits import CommandError
from kiosk.host import api
from kiosk.host.journal import StorageError
from kiosk.host.problems import Problem
from kiosk.host.requests import decode
from kiosk.host.syncing import Syncing
from sync.host.office import OfficeError

Enrol = Callable[[str, str], Awaitable[dict[str, Any]]]


class OfficeRoutes:
    """The handlers. `enrol(url, code)` makes this a device of that office."""

    def __init__(self, syncing: Syncing | None, enrol: Enrol) -> None:
        self._syncing = syncing
        self._enrol_at = enrol

    def routes(self) -> list[web.RouteDef]:
        """What this answers."""
        return [
            web.post("/api/office/sync", self._sync),
            web.post("/api/office/enrol", self._enrol),
        ]

    async def _sync(self, _: web.Request) -> web.Response:
        if self._syncing is None:
            raise Problem(
                409,
                "not_enrolled",
                "Thiết bị chưa ghi danh. / This device is not enrolled; see `ocop enrol --help`.",
            )
        try:
            sent, new = await self._syncing.now()
        except StorageError:
            raise
        except (OfficeError, OSError, sqlite3.Error) as error:
            raise Problem(502, "office", str(error)) from error
        return web.json_response({"acknowledged": sent, "new_catalogue": new})

    async def _enrol(self, request: web.Request) -> web.Response:
        wish = await decode(request, api.Enrolment)
        try:
            return web.json_response(await self._enrol_at(wish.url, wish.code))
        except CommandError as error:
            raise Problem(502, "not_enrolled", str(error)) from error
