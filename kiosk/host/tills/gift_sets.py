"""The shop's list of ready-made gift sets: kept from a basket, sold by one touch."""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable
from typing import Any

from aiohttp import web

from kiosk import baskets, gift_sets
from kiosk.host.data.database import fact, set_fact
from kiosk.host.data.journal import Moment, Writer, append
from kiosk.host.tills.basket_store import Baskets
from kiosk.host.tills.goods import Goods
from kiosk.host.web import api
from kiosk.host.web.access import Person
from kiosk.host.web.guard import Guard
from kiosk.host.web.problems import Problem
from kiosk.host.web.requests import decode, number

FACT = "gift_sets"
MOST, MOST_PARTS = 40, 20

Set = dict[str, Any]


class GiftSets:
    """The list, and its routes. A change of it is journalled."""

    def __init__(
        self,
        db: sqlite3.Connection,
        writer: Writer,
        goods: Goods,
        store: Baskets,
        now: Callable[[], Moment],
    ) -> None:
        self._db = db
        self._writer = writer
        self._goods = goods
        self._store = store
        self._now = now

    def all(self) -> list[Set]:
        """The sets as they are kept, by name."""
        kept: list[Set] = json.loads(fact(self._db, FACT) or "[]")
        return kept

    async def keep(self, person: Person, name: str, price: int, lines: list[int]) -> None:
        """Keep what these lines of the basket hold as a set of this name, in place of one so named.

        Raises Problem: fewer than two pieces, or the list is full.
        """
        chosen = [line for line in self._store.lines() if line["n"] in lines]
        count: Counter[str] = Counter()
        for line in chosen:
            count[line["gtin"]] += line["qty"]
        if count.total() < 2 or len(count) > MOST_PARTS or len(chosen) != len(lines):
            raise Problem(422, "no_set", str(baskets.BasketError("no_set")))
        others = [one for one in self.all() if one["name"] != name]
        if len(others) >= MOST:
            raise Problem(
                409, "full", f"Đã có {MOST} bộ quà; hãy bỏ bớt. / There are {MOST} gift sets; remove some."
            )
        made = {
            "id": 1 + max((one["id"] for one in self.all()), default=0),
            "name": name,
            "price": price,
            "parts": [{"gtin": gtin, "qty": qty} for gtin, qty in count.items()],
            "by": person.id,
        }
        await self._write(person, sorted([*others, made], key=lambda one: str(one["name"])))

    async def remove(self, person: Person, wanted: int) -> None:
        """Take a set off the list. Raises Problem 404."""
        self._one(wanted)
        await self._write(person, [one for one in self.all() if one["id"] != wanted])

    async def sell(self, wanted: int) -> None:
        """Join the lines of the basket that make up this set, at its price. Raises Problem: what is missing."""
        one = self._one(wanted)
        lines, numbers, missing = gift_sets.choose(self._store.lines(), one["parts"])
        if missing:
            vi, en = (
                ", ".join(f"{qty} × {self._names(gtin)[name]}" for gtin, qty in missing.items())
                for name in ("name", "name_en")
            )
            raise Problem(409, "missing", f"Trong giỏ còn thiếu {vi}. / The basket lacks {en}.")
        if one["price"] > sum(line["qty"] * line["price"] for line in lines if line["n"] in numbers):
            raise Problem(
                409,
                "price",
                "Mua lẻ rẻ hơn bộ quà này; hãy sửa giá bộ quà. / The goods cost less than this set; change its price.",
            )

        def join(current: list[Any]) -> list[Any]:
            parted, chosen, lacking = gift_sets.choose(current, one["parts"])
            if lacking:  # another page took something out meanwhile
                raise baskets.BasketError("no_set")
            return baskets.make_set(parted, chosen, one["price"], one["by"], one["name"])

        await self._store.change(join)

    def shown(self) -> list[Set]:
        """The list for the page: with the names of the parts, and what the basket lacks of each."""
        lines = self._store.lines()
        return [
            {
                "id": one["id"],
                "name": one["name"],
                "price": one["price"],
                "parts": [part | self._names(part["gtin"]) for part in one["parts"]],
                "ready": not gift_sets.choose(lines, one["parts"])[2],
            }
            for one in self.all()
        ]

    def routes(self, guard: Guard) -> list[web.RouteDef]:
        """What this answers."""
        return [
            web.get("/api/gift-sets", guard.inside(self._list)),
            web.post("/api/gift-sets", guard.inside(self._keep, "prices")),
            web.delete("/api/gift-sets/{n}", guard.inside(self._remove, "prices")),
            web.post("/api/basket/gift-sets/{n}", guard.inside(self._sell)),
        ]

    async def _list(self, _: web.Request, _person: Person) -> web.Response:
        return web.json_response({"sets": self.shown()})

    async def _keep(self, request: web.Request, person: Person) -> web.Response:
        body = await decode(request, api.ReadySet)
        await self.keep(person, body.name.strip(), body.price, body.lines)
        return await self._list(request, person)

    async def _remove(self, request: web.Request, person: Person) -> web.Response:
        await self.remove(person, number(request, "n") or 0)
        return await self._list(request, person)

    async def _sell(self, request: web.Request, _person: Person) -> web.Response:
        await self.sell(number(request, "n") or 0)
        return web.json_response(self._store.shown())

    def _one(self, wanted: int) -> Set:
        for one in self.all():
            if one["id"] == wanted:
                return one
        raise Problem(404, "no_set", "Không còn bộ quà này. / This gift set is gone.")

    def _names(self, gtin: str) -> dict[str, str]:
        """What a part is called, with its net content: {name, name_en}."""
        item = self._goods.one(gtin) or {"name": gtin, "name_en": "", "net": ""}
        return {
            "name": f"{item['name']} {item['net']}".strip(),
            "name_en": f"{item['name_en'] or item['name']} {item['net']}".strip(),
        }

    async def _write(self, person: Person, sets: list[Set]) -> None:
        text, moment = json.dumps(sets, ensure_ascii=False), self._now()
        body = {
            "v": 1,
            "staff": person.id,
            "gift_sets": [
                {"name": one["name"], "price": one["price"], "parts": one["parts"]} for one in sets
            ],
        }

        def change(db: sqlite3.Connection) -> None:
            set_fact(db, FACT, text)
            append(db, self._writer.device, "settings", body, moment)

        await self._writer.write(change)
