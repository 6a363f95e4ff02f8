"""Requests about the basket: open, drop, scan into it, take out, approve."""

from aiohttp import web

from kiosk import rights
from kiosk.host import api
from kiosk.host.access import Person, Sessions
from kiosk.host.guard import Guard
from kiosk.host.outlet import Outlet
from kiosk.host.problems import Problem
from kiosk.host.requests import decode, number


class BasketRoutes:
    """The handlers behind the till's page."""

    def __init__(self, outlet: Outlet, sessions: Sessions) -> None:
        self._outlet = outlet
        self._sessions = sessions

    def routes(self, guard: Guard) -> list[web.RouteDef]:
        """What this answers."""
        return [
            web.get("/api/basket", guard.inside(self._basket)),
            web.post("/api/basket", guard.inside(self._open)),
            web.delete("/api/basket", guard.inside(self._drop)),
            web.delete("/api/basket/lines/{n}", guard.inside(self._remove_line)),
            web.post("/api/scans", guard.inside(self._scan)),
            web.post("/api/approvals", guard.inside(self._approve)),
        ]

    async def _basket(self, _: web.Request, _person: Person) -> web.Response:
        return web.json_response(self._outlet.till.basket())

    async def _open(self, _: web.Request, person: Person) -> web.Response:
        return web.json_response(await self._outlet.till.open(person), status=201)

    async def _drop(self, _: web.Request, _person: Person) -> web.Response:
        return web.json_response(await self._outlet.till.drop())

    async def _remove_line(self, request: web.Request, _person: Person) -> web.Response:
        n = number(request, "n")
        if n is None:
            raise Problem(404, "no_line", "Giỏ hàng không có dòng này. / The basket has no such line.")
        await self._outlet.till.remove(n)
        return web.json_response(self._outlet.till.basket())

    async def _scan(self, request: web.Request, _person: Person) -> web.Response:
        body = await decode(request, api.Scan)
        purpose = "sell" if self._outlet.till.is_open else "look"
        return web.json_response(await self._outlet.scan(body.text, body.reader, "till", purpose))

    async def _approve(self, request: web.Request, _person: Person) -> web.Response:
        body = await decode(request, api.Approval)
        found = await self._sessions.check(body.pin)
        if found is None or not rights.may(found.role, "approve"):
            raise Problem(
                403, "not_supervisor", "Cần mã PIN của người phụ trách. / A supervisor's PIN is needed."
            )
        token = await self._outlet.till.approve(found, body.code, body.verdict)
        return web.json_response({"token": token}, status=201)
