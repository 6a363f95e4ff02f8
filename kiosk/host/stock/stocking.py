"""The stock's side of one outlet: the note that is being written, the lists, and lists on paper."""

import sqlite3
from collections.abc import Callable
from typing import Any

from kiosk.host.clock import Clock
from kiosk.host.data.journal import Writer
from kiosk.host.prints.print_jobs import enqueue
from kiosk.host.prints.printing import Printing
from kiosk.host.prints.receipt_settings import Receipt
from kiosk.host.stamps.judging import Judge
from kiosk.host.stock.stock_lists import StockLists
from kiosk.host.stock.stock_note import StockNote
from kiosk.host.tills.goods import Goods


class Stocking:
    """`publish(event, data)` tells the staff's pages of each change, `told()` the sync of each entry."""

    def __init__(
        self,
        db: sqlite3.Connection,
        writer: Writer,
        judge: Judge,
        goods: Goods,
        printing: Printing,
        clock: Clock,
        receipt: Receipt,
        publish: Callable[[str, dict[str, Any]], None],
        told: Callable[[], None],
    ) -> None:
        self._writer = writer
        self._printing = printing
        self._clock = clock
        self._receipt = receipt
        self.note = StockNote(db, writer, judge, clock, publish, told)
        self.lists = StockLists(db, judge, goods, clock)

    async def print(self, name: str, made: dict[str, Any]) -> int:
        """Queue a list (`printer.reports.listing` without shop and time) under this name. Returns the job."""
        settings = self._receipt.current
        shop = {"name": settings.name, "tax_code": settings.tax_code}
        report = made | {"kind": "list", "shop": shop, "at": self._clock.moment().at}
        job = await self._writer.write(lambda db: enqueue(db, "report", {"number": name, "report": report}))
        self._printing.wake()
        return job
