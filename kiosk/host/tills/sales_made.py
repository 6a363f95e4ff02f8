"""Sales that were made: listed, found by what a customer brings, their receipts again, transfers that arrived."""

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from kiosk import calendar, texts
from kiosk.host.clock import Clock
from kiosk.host.data.journal import Writer, append
from kiosk.host.prints.print_jobs import enqueue_again, newest_of_sale
from kiosk.host.prints.printing import Printing
from kiosk.host.stamps.judging import Judge
from kiosk.host.tills.goods import Goods
from kiosk.host.web.access import Person
from kiosk.host.web.problems import Problem
from sync import bodies

MOST_LISTED = 300
_RECEIPT: Final = re.compile(r"/R/([A-Z0-9-]{1,24})/([0-9]{1,15})/[A-Z2-7]{10}$", re.IGNORECASE)
_NUMBER: Final = re.compile(r"([A-Z0-9]{1,24}-)?([0-9]{1,15})", re.IGNORECASE)

_LISTED: Final = """
    SELECT sale.device, sale.seq, number, hash10, at,
        coalesce((SELECT name FROM staff WHERE staff.id = sale.staff), sale.staff), total, change,
        (SELECT sum(qty) FROM sale_line WHERE device = sale.device AND seq = sale.seq),
        (SELECT coalesce(sum(total), 0) FROM undo WHERE sold_by = sale.device AND undo.sale = sale.seq),
        (SELECT max(kind) FROM undo WHERE sold_by = sale.device AND undo.sale = sale.seq),
        coalesce((SELECT amount FROM money WHERE device = sale.device AND seq = sale.seq AND kind = 'vietqr'), 0)
            - coalesce((SELECT sum(amount) FROM confirmed WHERE sold_by = sale.device AND sale = sale.seq), 0)
    FROM sale
"""
_NAMES: Final = (
    "device", "seq", "number", "hash10", "at", "staff", "total", "change", "items", "paid_back", "undone", "waiting",
)  # fmt: skip

Sale = tuple[str, int]  # device, seq


class SalesMade:
    """The outlet's sales, of this till and of the others as far as they are known here. `told()` is called after
    each entry."""

    def __init__(
        self,
        db: sqlite3.Connection,
        writer: Writer,
        judge: Judge,
        goods: Goods,
        printing: Printing,
        clock: Clock,
        told: Callable[[], None],
    ) -> None:
        self._db = db
        self._writer = writer
        self._judge = judge
        self._goods = goods
        self._printing = printing
        self._clock = clock
        self._told = told

    def on(self, day: str | None = None) -> dict[str, Any]:
        """The sales of a day ("2026-11-23", in the shop's time; None: today), the newest first."""
        wanted = day or calendar.date_of(self._clock.moment().at)
        if not calendar.is_date(wanted):
            raise Problem(422, "no_day", "Ngày phải có dạng 2026-11-23. / A day looks like 2026-11-23.")
        start = calendar.start_of(wanted)
        rows = self._db.execute(
            _LISTED + "WHERE at >= ? AND at < ? ORDER BY at DESC, device, seq DESC LIMIT ?",
            (start, start + calendar.DAY_MS, MOST_LISTED),
        )
        return {"day": wanted, "sales": [self._listed(row) for row in rows]}

    def find(self, text: str) -> dict[str, Any]:
        """The sales that a receipt's number or QR code, or a stamp on the goods, belongs to; newest first. Of a stamp
        also its verdict, which is shown and decides nothing: recalled goods are what people bring back."""
        text = text.strip()
        sales: list[Sale] = []
        stamp = None
        receipt = _RECEIPT.search(text)
        number = _NUMBER.fullmatch(text)
        if receipt is not None:
            sales = self._sales("sale WHERE device = ? AND seq = ?", receipt[1].upper(), int(receipt[2]))
        elif number is not None:
            device = number[1].rstrip("-").upper() if number[1] else self._writer.device
            sales = self._sales("sale WHERE device = ? AND seq = ?", device, int(number[2]))
        if not sales:
            judged = self._judge.judge(text, "keyboard", "return", set(), self._clock.moment().at)
            if judged.stamp is None:
                judged = self._judge.judge(text, "till", "return", set(), self._clock.moment().at)
            if judged.stamp is not None:
                words = texts.staff_text(judged.verdict, "return")
                stamp = {"verdict": judged.verdict.verdict, "class": judged.verdict.cls, "text": words}
                sales = self._sales(
                    "stamp_move WHERE gtin = ? AND serial = ? AND sold_by IS NULL ORDER BY at DESC",
                    *judged.stamp,
                )
        found = [
            self._listed(row)
            for sale in sales
            for row in self._db.execute(_LISTED + "WHERE sale.device = ? AND sale.seq = ?", sale)
        ]
        return {"sales": found, "stamp": stamp}

    def one(self, number: str) -> dict[str, Any]:
        """A sale with its lines, what came back of them, and how its receipt stands. Raises Problem 404."""
        sale = device, seq = sale_named(self._db, number)
        row = self._db.execute(_LISTED + "WHERE sale.device = ? AND sale.seq = ?", sale).fetchone()
        lines = self._db.execute(
            "SELECT line, gtin, serial, qty, price, amount, coalesce((SELECT sum(undo_line.qty) FROM undo JOIN undo_line "
            "USING (device, seq) WHERE sold_by = ?1 AND sale = ?2 AND undo_line.line = sale_line.line), 0) "
            "FROM sale_line WHERE device = ?1 AND seq = ?2 ORDER BY line",
            sale,
        )
        own = device == self._writer.device
        query = "SELECT id, state, detail FROM print_job WHERE sale = ? AND ? ORDER BY id"
        jobs = self._db.execute(query, (seq, own))
        names = ("line", "gtin", "serial", "qty", "price", "amount", "returned")
        return self._listed(row) | {
            "lines": [self._line(dict(zip(names, line, strict=True))) for line in lines],
            "payments": self._payments(sale),
            "receipts": [dict(zip(("job", "state", "detail"), job, strict=True)) for job in jobs],
            "picture": self.picture(number) is not None,
        }

    async def print_again(self, number: str) -> dict[str, Any]:
        """Queue the sale's receipt once more, marked as a copy. Raises Problem 404, 409 for another till's."""
        device, seq = sale_named(self._db, number)
        if device != self._writer.device:
            raise Problem(
                409,
                "other_till",
                f"Phiếu này do máy {device} in; hãy in lại ở máy ấy. / Till {device} has this receipt; print it there.",
            )
        job = await self._writer.write(lambda db: enqueue_again(db, newest_of_sale(db, seq)))
        self._printing.wake()
        return {"job": job, "state": "queued"}

    def picture(self, number: str) -> str | None:
        """Path of the newest picture of a receipt of this till (virtual printer), if there is one."""
        row = self._db.execute(
            "SELECT picture FROM print_job JOIN sale ON sale.seq = print_job.sale "
            "WHERE device = ? AND number = ? AND picture IS NOT NULL ORDER BY id DESC LIMIT 1",
            (self._writer.device, number),
        ).fetchone()
        return row[0] if row is not None and Path(row[0]).is_file() else None

    async def confirm(self, person: Person, number: str) -> dict[str, Any]:
        """Somebody saw the transfer for a sale arrive; a second time changes nothing. Raises Problem 404."""
        sale, moment = sale_named(self._db, number), self._clock.moment()

        def change(db: sqlite3.Connection) -> None:
            (waiting,) = db.execute(
                "SELECT coalesce((SELECT amount FROM money WHERE device = ?1 AND seq = ?2 AND kind = 'vietqr'), 0) - "
                "coalesce((SELECT sum(amount) FROM confirmed WHERE sold_by = ?1 AND sale = ?2), 0)",
                sale,
            ).fetchone()
            if waiting > 0:
                body = arrived(person, *sale, waiting)
                append(db, self._writer.device, "payment_confirmed", body, moment)

        await self._writer.write(change)
        self._told()
        return self.one(number)

    def _sales(self, rest: str, *arguments: Any) -> list[Sale]:
        return self._db.execute(f"SELECT device, seq FROM {rest}", arguments).fetchall()  # noqa: S608 (written above)

    def _listed(self, row: tuple[Any, ...]) -> dict[str, Any]:
        listed = dict(zip(_NAMES, row, strict=True))
        if listed["undone"] == "void":
            listed["waiting"] = 0  # nobody waits for the money of a sale that is no more
        return listed

    def _line(self, line: dict[str, Any]) -> dict[str, Any]:
        item = self._goods.one(line["gtin"]) or {}
        names = {"name": item.get("name") or line["gtin"], "name_en": item.get("name_en") or ""}
        return line | names | {"unit": item.get("unit") or ""}

    def _payments(self, sale: Sale) -> list[dict[str, Any]]:
        query = "SELECT body FROM entry WHERE device = ? AND seq = ?"
        (data,) = self._db.execute(query, sale).fetchone() or (b"",)
        try:
            payments: list[dict[str, Any]] = bodies.read("sale", data)["payments"]
        except bodies.BodyError:
            return []  # damaged on the card
        return payments


def sale_named(db: sqlite3.Connection, number: str) -> Sale:
    """(device, seq) of the sale with this receipt's number. Raises Problem 404."""
    device, _, seq = number.rpartition("-")
    if seq.isascii() and seq.isdigit():
        sale = (device, int(seq[:16]))
        if db.execute("SELECT 1 FROM sale WHERE device = ? AND seq = ?", sale).fetchone() is not None:
            return sale
    raise Problem(404, "no_sale", f"Không có đơn {number[:40]}. / There is no sale {number[:40]}.")


def arrived(person: Person, device: str, seq: int, amount: int) -> dict[str, Any]:
    """The journal's body for a transfer that somebody saw arrive."""
    made = {"v": 1, "staff": person.id, "device": device, "seq": seq}
    return made | {"kind": "vietqr", "amount": amount}
