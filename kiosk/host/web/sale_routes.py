"""Requests about sales: make one, look at it, undo it, print its receipt again."""

import hashlib
from collections.abc import Callable
from typing import Any

from aiohttp import web

from kiosk.host.tills.selling import Selling
from kiosk.host.web import api, pages
from kiosk.host.web.access import Person
from kiosk.host.web.guard import Guard
from kiosk.host.web.idempotency import digest_of, key_of
from kiosk.host.web.problems import Problem
from kiosk.host.web.requests import decode


class SaleRoutes:
    """The handlers of sales."""

    def __init__(self, selling: Selling) -> None:
        self._till = selling.till
        self._made = selling.made

    def routes(self, guard: Guard, shown: Callable[[Person], dict[str, Any]]) -> list[web.RouteDef]:
        """What this answers. `shown` is what every page is told."""

        async def page(_: web.Request, person: Person) -> web.Response:
            return pages.render("sales.html", **shown(person))

        return [
            web.get("/staff/sales", guard.page(page)),
            web.get("/api/sales", guard.inside(self._list)),
            web.post("/api/sales/{number}/arrival", guard.inside(self._arrived)),
            web.post("/api/sales", guard.inside(self._sell)),
            web.get("/api/sales/{number}", guard.inside(self._sale)),
            web.post("/api/sales/{number}/refunds", guard.inside(self._refund)),
            web.post("/api/sales/{number}/void", guard.inside(self._void)),
            web.post("/api/sales/{number}/receipt", guard.inside(self._print_again)),
            web.get("/api/sales/{number}/receipt.png", guard.inside(self._picture)),
        ]

    async def _sell(self, request: web.Request, person: Person) -> web.Response:
        key = key_of(request)
        body = await decode(request, api.Sale)
        digest = hashlib.sha256(await request.read()).digest()
        return web.json_response(await self._till.sell(person, body, key, digest), status=201)

    async def _list(self, request: web.Request, _person: Person) -> web.Response:
        if "find" in request.query:
            return web.json_response(self._made.find(request.query["find"][:4096]))
        return web.json_response(self._made.on(request.query.get("day")))

    async def _arrived(self, request: web.Request, person: Person) -> web.Response:
        return web.json_response(await self._made.confirm(person, request.match_info["number"]))

    async def _refund(self, request: web.Request, person: Person) -> web.Response:
        key, body = key_of(request), await decode(request, api.Refund)
        asked = (person, request.match_info["number"], body, key, await digest_of(request))
        return web.json_response(await self._till.undoing.refund(*asked), status=201)

    async def _void(self, request: web.Request, person: Person) -> web.Response:
        key, body = key_of(request), await decode(request, api.Void)
        asked = (person, request.match_info["number"], body, key, await digest_of(request))
        return web.json_response(await self._till.undoing.void(*asked), status=201)

    async def _sale(self, request: web.Request, person: Person) -> web.Response:
        number = request.match_info["number"]
        return web.json_response(
            self._made.one(number) | {"approval": self._till.undoing.asks(person, number)}
        )

    async def _print_again(self, request: web.Request, _person: Person) -> web.Response:
        return web.json_response(await self._made.print_again(request.match_info["number"]), status=202)

    async def _picture(self, request: web.Request, _person: Person) -> web.StreamResponse:
        path = self._made.picture(request.match_info["number"])
        if path is None:
            raise Problem(404, "no_picture", "Phiếu này không có ảnh. / There is no picture of this receipt.")
        return web.FileResponse(path, headers={"Cache-Control": "no-store"})
