"""Requests about the baskets: open, drop, hold, recall; scan into one, change its lines, approve."""

from aiohttp import web

from kiosk import baskets, rights
from kiosk.host.stamps.outlet import Outlet
from kiosk.host.tills import undoing
from kiosk.host.web import api
from kiosk.host.web.access import Person, Sessions, source_of
from kiosk.host.web.guard import Guard
from kiosk.host.web.problems import Problem
from kiosk.host.web.requests import decode, number


class BasketRoutes:
    """The handlers behind the till's page."""

    def __init__(self, outlet: Outlet, sessions: Sessions) -> None:
        self._outlet = outlet
        self._till = outlet.till
        self._baskets = outlet.till.baskets
        self._sessions = sessions

    def routes(self, guard: Guard) -> list[web.RouteDef]:
        """What this answers."""
        return [
            web.get("/api/basket", guard.inside(self._basket)),
            web.post("/api/basket", guard.inside(self._open)),
            web.delete("/api/basket", guard.inside(self._drop)),
            web.post("/api/basket/hold", guard.inside(self._hold)),
            web.post("/api/baskets/{id}/recall", guard.inside(self._recall)),
            web.post("/api/basket/lines", guard.inside(self._add)),
            web.patch("/api/basket/lines/{n}", guard.inside(self._change)),
            web.delete("/api/basket/lines/{n}", guard.inside(self._remove)),
            web.put("/api/basket/discount", guard.inside(self._reduce)),
            web.post("/api/basket/sets", guard.inside(self._make_set)),
            web.delete("/api/basket/sets/{n}", guard.inside(self._open_set)),
            web.post("/api/scans", guard.inside(self._scan)),
            web.post("/api/approvals", guard.inside(self._approve)),
        ]

    async def _basket(self, _: web.Request, _person: Person) -> web.Response:
        return web.json_response(self._baskets.shown())

    async def _open(self, _: web.Request, person: Person) -> web.Response:
        return web.json_response(await self._till.open(person), status=201)

    async def _drop(self, _: web.Request, _person: Person) -> web.Response:
        return web.json_response(await self._baskets.drop())

    async def _hold(self, request: web.Request, person: Person) -> web.Response:
        body = await decode(request, api.Hold)
        return web.json_response(await self._baskets.hold(person, body.name.strip()))

    async def _recall(self, request: web.Request, _person: Person) -> web.Response:
        return web.json_response(await self._baskets.recall(number(request, "id") or 0))

    async def _add(self, request: web.Request, _person: Person) -> web.Response:
        body = await decode(request, api.AddGoods)
        event = await self._outlet.add_goods(body.gtin, body.qty)
        return web.json_response({"event": event, "basket": self._baskets.shown()})

    async def _change(self, request: web.Request, person: Person) -> web.Response:
        body, n = await decode(request, api.ChangeLine), number(request, "n") or 0
        allowed = await self._allowed(request, person, body.pin)
        await self._baskets.change(
            lambda lines: baskets.change(lines, n, body.qty, body.price, body.discount, allowed)
        )
        return await self._basket(request, person)

    async def _remove(self, request: web.Request, person: Person) -> web.Response:
        await self._baskets.remove(number(request, "n") or 0)
        return await self._basket(request, person)

    async def _reduce(self, request: web.Request, person: Person) -> web.Response:
        body = await decode(request, api.Reduce)
        allowed = await self._allowed(request, person, body.pin)
        await self._baskets.change(lambda lines: baskets.reduce(lines, body.discount, allowed))
        return await self._basket(request, person)

    async def _make_set(self, request: web.Request, person: Person) -> web.Response:
        body = await decode(request, api.GiftSet)
        allowed = await self._allowed(request, person, body.pin)
        await self._baskets.change(lambda lines: baskets.make_set(lines, body.lines, body.price, allowed))
        return await self._basket(request, person)

    async def _open_set(self, request: web.Request, person: Person) -> web.Response:
        n = number(request, "n") or 0
        await self._baskets.change(lambda lines: baskets.open_set(lines, n))
        return await self._basket(request, person)

    async def _scan(self, request: web.Request, _person: Person) -> web.Response:
        body = await decode(request, api.Scan)
        purpose = "sell" if self._baskets.is_open else "look"
        return web.json_response(await self._outlet.scan(body.text, body.reader, "till", purpose))

    async def _approve(self, request: web.Request, _person: Person) -> web.Response:
        body = await decode(request, api.Approval)
        found = await self._supervisor(request, body.pin, "approve")
        if body.verdict in undoing.KINDS:
            token = self._till.undoing.approve(found, body.code, body.verdict)
        else:
            token = await self._till.approve(found, body.code, body.verdict)
        return web.json_response({"token": token}, status=201)

    async def _allowed(self, request: web.Request, person: Person, pin: str | None) -> str:
        """Who lets another price be asked: a supervisor by PIN, or who asks; "" if neither may."""
        if pin is not None:
            return (await self._supervisor(request, pin, "prices")).id
        return person.id if rights.may(person.role, "prices") else ""

    async def _supervisor(self, request: web.Request, pin: str, right: str) -> Person:
        found = await self._sessions.check(pin, source_of(request.remote))
        if found is None or not rights.may(found.role, right):
            raise Problem(
                403, "not_supervisor", "Cần mã PIN của người phụ trách. / A supervisor's PIN is needed."
            )
        return found
