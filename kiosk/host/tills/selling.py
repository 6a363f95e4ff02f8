"""Everything that selling consists of, put together: goods, prices, baskets, till, sales made, shifts, VietQR."""

import sqlite3
from collections.abc import Callable
from typing import Any

from aiohttp import web

from kiosk.host.clock import Clock
from kiosk.host.data.journal import Writer
from kiosk.host.link.peers import Peers
from kiosk.host.link.syncing import Syncing
from kiosk.host.prints.printing import Printing
from kiosk.host.prints.receipt_settings import Receipt
from kiosk.host.settings import Settings
from kiosk.host.stamps.judging import Judge
from kiosk.host.tills.basket_store import Baskets
from kiosk.host.tills.day import Day
from kiosk.host.tills.gift_sets import GiftSets
from kiosk.host.tills.goods import Goods
from kiosk.host.tills.prices import Prices
from kiosk.host.tills.sales_made import SalesMade
from kiosk.host.tills.shifts import Shifts
from kiosk.host.tills.till import Till
from kiosk.host.tills.vietqr import VietQr
from kiosk.host.web.access import Person
from kiosk.host.web.guard import Guard


class Selling:
    """The selling side of one outlet. `publish(event, data)` tells the staff page of each change."""

    def __init__(
        self,
        db: sqlite3.Connection,
        writer: Writer,
        judge: Judge,
        peers: Peers,
        printing: Printing,
        syncing: Syncing | None,
        clock: Clock,
        receipt: Receipt,
        settings: Settings,
        publish: Callable[[str, dict[str, Any]], None],
    ) -> None:
        self.goods = Goods(db, writer, judge)
        self.prices = Prices(db, writer, self.goods, clock.moment)
        self.baskets = Baskets(db, writer, clock, self.prices, publish)
        self._gift_sets = GiftSets(db, writer, self.goods, self.baskets, clock.moment)
        self.till = Till(
            db, writer, judge, self.baskets, self.prices, printing, syncing, clock, receipt, settings
        )
        told = self.till.wake_sync
        self.made = SalesMade(db, writer, judge, self.goods, printing, clock, told)
        self.shifts = Shifts(db, writer, clock, printing, receipt, told)
        self.day = Day(db, writer, peers, self.goods, clock)
        self._vietqr = VietQr(settings.bank, self.made, writer.device)

    def routes(self, guard: Guard, shown: Callable[[Person], dict[str, Any]]) -> list[web.RouteDef]:
        """What goods, prices, shifts and VietQR answer; baskets and sales have routes of their own."""
        return [
            *self.goods.routes(guard),
            *self.prices.routes(guard, shown),
            *self._gift_sets.routes(guard),
            *self.shifts.routes(guard, shown),
            *self.day.routes(guard),
            *self._vietqr.routes(guard),
        ]
