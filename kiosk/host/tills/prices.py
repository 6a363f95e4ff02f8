"""What this outlet asks for goods: its own price where it has set one, else the catalogue's suggestion."""

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from kiosk.host.data.journal import Moment, Writer
from kiosk.host.data.readings import own_price
from kiosk.host.tills.goods import Goods
from kiosk.host.web import api, pages
from kiosk.host.web.access import Person
from kiosk.host.web.guard import Guard
from kiosk.host.web.problems import Problem
from kiosk.host.web.requests import decode


class Prices:
    """The outlet's prices. `changed(gtin, staff)` is awaited after each change."""

    def __init__(
        self, db: sqlite3.Connection, writer: Writer, goods: Goods, now: Callable[[], Moment]
    ) -> None:
        self._db = db
        self._writer = writer
        self._goods = goods
        self._now = now
        self.changed: Callable[[str, str], Awaitable[None]] | None = None

    def usual(self, gtin: str | None) -> int | None:
        """What one costs here, đồng; None where nobody has said so."""
        if gtin is None:
            return None
        own = own_price(self._db, gtin)
        return self._goods.suggested(gtin) if own is None else own

    async def set(self, person: Person, gtin: str, price: int | None) -> None:
        """Ask this price from now on; None: the catalogue's again. Raises Problem 404, StorageError."""
        if self._goods.one(gtin) is None:
            raise Problem(404, "no_goods", "Không có mặt hàng này. / There are no such goods.")
        if own_price(self._db, gtin) == price:
            return
        body = {"v": 1, "staff": person.id, "gtin": gtin, "price": price}
        await self._writer.entry("price", body, self._now())
        if self.changed is not None:
            await self.changed(gtin, person.id)

    def table(self) -> list[dict[str, Any]]:
        """Every trade item with its suggested and its own price."""
        return [
            item | {"suggested": item["price"], "own": own_price(self._db, item["gtin"])}
            for item in self._goods.all()
        ]

    def routes(self, guard: Guard, shown: Callable[[Person], dict[str, Any]]) -> list[web.RouteDef]:
        """What this answers. `shown` is what every page is told."""

        async def page(_: web.Request, person: Person) -> web.Response:
            return pages.render("prices.html", **shown(person))

        return [
            web.get("/staff/prices", guard.page(page)),
            web.get("/api/prices", guard.inside(self._list)),
            web.put("/api/prices/{gtin}", guard.inside(self._set, "prices")),
        ]

    async def _list(self, _: web.Request, _person: Person) -> web.Response:
        return web.json_response({"prices": self.table()})

    async def _set(self, request: web.Request, person: Person) -> web.Response:
        body = await decode(request, api.Price)
        await self.set(person, request.match_info["gtin"], body.price)
        return web.json_response({"gtin": request.match_info["gtin"], "own": body.price})
