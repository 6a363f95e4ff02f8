"""The goods that can be sold: found by a few letters, by digits of their code, or among the favourites."""

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from aiohttp import web

from kiosk.folding import fold, rank
from kiosk.host.data.database import fact, set_fact
from kiosk.host.data.journal import Writer
from kiosk.host.data.readings import own_price
from kiosk.host.stamps.catalogue import Catalogue
from kiosk.host.stamps.judging import Judge
from kiosk.host.web import api
from kiosk.host.web.access import Person
from kiosk.host.web.guard import Guard
from kiosk.host.web.requests import decode

MOST_FOUND = 12
FAVOURITES = "favourites"
RECENT = 5000  # sale lines that tell what sells best

Item = dict[str, Any]


class Goods:
    """The trade items of the installed catalogue, kept with their folded words as long as it stays."""

    def __init__(self, db: sqlite3.Connection, writer: Writer, judge: Judge) -> None:
        self._db = db
        self._writer = writer
        self._judge = judge
        self.shown: Callable[[str], bool] = lambda _: False  # whether a picture of this name is here
        self._known: tuple[Catalogue, list[tuple[str, str, str]]] | None = None

    def one(self, gtin: str) -> Item | None:
        """A trade item: {gtin, name, name_en, unit, net, stamped, stars, producer, photo (or None), price
        (suggested)}."""
        catalogue = self._judge.catalogue
        item = catalogue.trade_item(gtin) if catalogue else None
        if catalogue is None or item is None:
            return None
        product = catalogue.product(item["product"]) or {}
        producer = catalogue.producer(product.get("producer", "")) or {}
        photo = product.get("photo")
        return {
            "gtin": gtin,
            "name": product.get("name") or gtin,
            "name_en": product.get("name_en") or "",
            "producer": producer.get("name") or "",
            "stars": product.get("stars") or 0,
            "photo": photo if photo and self.shown(photo) else None,
            **{name: item[name] for name in ("unit", "net", "stamped", "price")},
        }

    def suggested(self, gtin: str) -> int | None:
        """The catalogue's price, None where it has none."""
        catalogue = self._judge.catalogue
        item = catalogue.trade_item(gtin) if catalogue else None
        return item["price"] or None if item else None

    def all(self) -> list[Item]:
        """Every trade item, by name."""
        return [item for _, _, gtin in self._words() if (item := self.one(gtin)) is not None]

    def find(self, query: str, most: int = MOST_FOUND) -> list[Item]:
        """What a person means who typed this: the best first, each with what it costs here."""
        asked = fold(query)
        if not asked:
            return []
        digits = asked.replace(" ", "")
        found = []
        for name, words, gtin in self._words():
            place = rank(name, asked)
            if place < 0 and len(digits) >= 4 and digits.isdigit() and digits in gtin:
                place = 0
            if place < 0 and rank(words, asked) >= 0:
                place = 3  # by its producer or its English name
            if place >= 0:
                found.append((place, name, gtin))
        return self._priced([gtin for _, _, gtin in sorted(found)[:most]])

    def favourites(self) -> tuple[list[Item], bool]:
        """(goods on the first touch, whether staff chose them): else what sells best here."""
        kept: list[str] = json.loads(fact(self._db, FAVOURITES) or "[]")
        if kept:
            return self._priced(kept), True
        rows = self._db.execute(
            "SELECT gtin FROM (SELECT gtin, qty FROM sale_line JOIN sale USING (device, seq) ORDER BY at DESC LIMIT ?) "
            "GROUP BY gtin ORDER BY sum(qty) DESC, gtin LIMIT ?",
            (RECENT, MOST_FOUND),
        )
        return self._priced([gtin for (gtin,) in rows]), False

    async def keep_favourites(self, gtins: list[str]) -> None:
        """Choose the favourites, in this order; none: what sells best again. Raises StorageError."""
        text = json.dumps(gtins)
        await self._writer.write(lambda db: set_fact(db, FAVOURITES, text))

    def routes(self, guard: Guard) -> list[web.RouteDef]:
        """What this answers."""
        return [
            web.get("/api/goods", guard.inside(self._search)),
            web.get("/api/favourites", guard.inside(self._favourites)),
            web.put("/api/favourites", guard.inside(self._keep)),
        ]

    async def _search(self, request: web.Request, _person: Person) -> web.Response:
        return web.json_response({"goods": self.find(request.query.get("q", "")[:100])})

    async def _favourites(self, _: web.Request, _person: Person) -> web.Response:
        goods, chosen = self.favourites()
        return web.json_response({"goods": goods, "chosen": chosen})

    async def _keep(self, request: web.Request, person: Person) -> web.Response:
        body = await decode(request, api.Favourites)
        await self.keep_favourites(body.gtins)
        return await self._favourites(request, person)

    def _priced(self, gtins: list[str]) -> list[Item]:
        found = []
        for gtin in gtins:
            item = self.one(gtin)
            if item is not None:
                own = own_price(self._db, gtin)
                found.append(item | {"price": item["price"] if own is None else own})
        return found

    def _words(self) -> list[tuple[str, str, str]]:
        """(folded name, folded other words, GTIN) of each trade item, by name."""
        catalogue = self._judge.catalogue
        if catalogue is None:
            return []
        if self._known is None or self._known[0] is not catalogue:
            words = []
            for gtin in catalogue.gtins():
                item = self.one(gtin)
                if item is not None:
                    more = f"{item['name']} {item['net']} {item['producer']} {item['name_en']}"
                    words.append((fold(f"{item['name']} {item['net']}"), fold(more), gtin))
            self._known = catalogue, sorted(words)
        return self._known[1]
