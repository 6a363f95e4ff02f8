"""The outlet's day over all its tills, how much of each is known here, and what does not fit together."""

import sqlite3
from typing import Any

from aiohttp import web

from kiosk import calendar
from kiosk.host.clock import Clock
from kiosk.host.data import readings
from kiosk.host.data.journal import Writer
from kiosk.host.link.peers import Peers
from kiosk.host.tills.goods import Goods
from kiosk.host.web.access import Person
from kiosk.host.web.guard import Guard

_NOTHING = {"sales": 0, "sold": 0, "undone": 0, "cash": 0, "vietqr": 0, "card": 0}


class Day:
    """Made anew whenever it is asked for."""

    def __init__(
        self, db: sqlite3.Connection, writer: Writer, peers: Peers, goods: Goods, clock: Clock
    ) -> None:
        self._db = db
        self._writer = writer
        self._peers = peers
        self._goods = goods
        self._clock = clock

    def now(self) -> dict[str, Any]:
        """{day, tills [{device, own, known_until (ms UTC, None: nothing yet), sales, sold, undone, cash, vietqr, card}],
        conflicts [{kind "sold_twice" or "undone_twice", name, serial, entries}]}; this till first."""
        at = self._clock.moment().at
        day = calendar.date_of(at)
        since = calendar.start_of(day)
        taken = readings.takings(self._db, since, since + calendar.DAY_MS)
        tills = [{"device": self._writer.device, "own": True, "known_until": at}]
        tills += [
            {"device": peer.device, "own": False, "known_until": peer.known_until}
            for peer in self._peers.known()
        ]
        return {
            "day": day,
            "tills": [till | taken.get(str(till["device"]), _NOTHING) for till in tills],
            "conflicts": self._conflicts(),
        }

    def routes(self, guard: Guard) -> list[web.RouteDef]:
        """What this answers."""
        return [web.get("/api/day", guard.inside(self._answer))]

    async def _answer(self, _: web.Request, _person: Person) -> web.Response:
        return web.json_response(self.now())

    def _conflicts(self) -> list[dict[str, Any]]:
        twice = [
            {"kind": "sold_twice", "name": self._name(gtin), "serial": serial, "entries": entries}
            for gtin, serial, entries in readings.sold_twice(self._db)
        ]
        back = [
            {"kind": "undone_twice", "name": self._name(gtin), "serial": None, "entries": [sale, *entries]}
            for sale, gtin, _, entries in readings.undone_twice(self._db)
        ]
        return twice + back

    def _name(self, gtin: str) -> str:
        return (self._goods.one(gtin) or {}).get("name") or gtin
