"""The till: baskets, supervisors' approvals and sales, kept in outlet.db so that no page can lose one."""

import json
import secrets
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kiosk import baskets, sales
from kiosk.host import api
from kiosk.host.access import Person
from kiosk.host.clock import Clock
from kiosk.host.journal import Writer, append
from kiosk.host.judging import Judge, Judged, Stamp
from kiosk.host.print_jobs import enqueue, enqueue_again
from kiosk.host.printing import Printing
from kiosk.host.problems import Problem
from kiosk.host.receipt_settings import Receipt
from kiosk.host.receipts import draft, numbered
from kiosk.host.syncing import Syncing
from kiosk.host.undoing import Undoing
from sync.journal import JournalError, hash10

Lines = list[dict[str, Any]]


class Till:
    """One till with at most one open basket."""

    def __init__(
        self,
        db: sqlite3.Connection,
        writer: Writer,
        judge: Judge,
        printing: Printing,
        syncing: Syncing | None,
        clock: Clock,
        receipt: Receipt,
        publish: Callable[[str, dict[str, Any]], None],
    ) -> None:
        self._db = db
        self._writer = writer
        self._judge = judge
        self.printing = printing
        self._syncing = syncing
        self._clock = clock
        self.receipt = receipt
        self._publish = publish
        self._approvals: dict[str, tuple[str, str, str]] = {}  # token: code, verdict, supervisor
        self._in_flight: set[str] = set()
        self.undoing = Undoing(writer, clock, self._wake_sync)

    # --- the basket ---

    @property
    def is_open(self) -> bool:
        """Whether a basket is open."""
        return self._open_id() is not None

    def basket(self) -> dict[str, Any]:
        """The open basket as the staff page shows it."""
        number, lines = self._open_basket(self._db)
        return {"id": number, "open": number is not None, "lines": lines, "total": baskets.total(lines)}

    def basket_stamps(self, sold_now: int | None = None) -> set[Stamp]:
        """The stamps in the open basket; none if it is the one that is being sold."""
        number, lines = self._open_basket(self._db)
        return set() if number == sold_now else baskets.stamps(lines)

    async def open(self, person: Person) -> dict[str, Any]:
        """Open a basket (or find the open one) and get the print worker ready."""
        self._enrolled()
        moment = self._clock.moment()

        def change(db: sqlite3.Connection) -> None:
            if db.execute("SELECT 1 FROM basket WHERE state = 'open'").fetchone() is None:
                db.execute(
                    "INSERT INTO basket (opened_at, staff, state, lines) VALUES (?, ?, 'open', '[]')",
                    (moment.at, person.id),
                )

        await self._writer.write(change)
        await self.printing.warm()
        return self._tell()

    async def drop(self) -> dict[str, Any]:
        """Put everything back on the shelf."""
        await self._writer.write(
            lambda db: db.execute("UPDATE basket SET state = 'dropped' WHERE state = 'open'")
        )
        return self._tell()

    async def remove(self, n: int) -> None:
        """Take one line out. Raises Problem 404 if there is none."""
        await self._change_lines(lambda lines: baskets.remove(lines, n))

    async def add(self, judged: Judged, reader: str) -> None:
        """Put what was scanned for sale into the open basket, unless its verdict forbids that."""
        if judged.verdict.action in ("sell", "sell_and_flag", "supervisor"):
            line = baskets.line(judged.verdict) | {"code": judged.text, "reader": reader, "approval": None}
            await self._change_lines(lambda lines: baskets.add(lines, line))

    async def approve(self, supervisor: Person, text: str, verdict: str) -> str:
        """A supervisor's leave to sell `text` in spite of `verdict`; a line of the basket keeps it.

        Returns the token that a sale's line may name. Raises Problem 409 when the verdict has changed.
        """
        moment = self._clock.moment()
        judged = self._judge.judge(text, self._reader_of(text), "sell", set(), moment.at)
        if judged.verdict.verdict != verdict or judged.verdict.action != "supervisor":
            raise Problem(
                409,
                "not_for_approval",
                "Kết quả kiểm tra tem đã khác, hãy quét lại. / The verdict has changed; scan it again.",
            )
        token = secrets.token_urlsafe(16)
        self._approvals[token] = (text, verdict, supervisor.id)
        body = {"v": 1, "staff": supervisor.id, "verdict": verdict, "gtin": judged.code.gtin}
        if judged.stamp:
            body["serial"] = judged.stamp[1]
        await self._writer.entry("approval", body, moment)

        def mark(lines: Lines) -> Lines:
            leave = {"approval": token, "needs_approval": False}
            return [
                line | leave if line["code"] == text and line["verdict"] == verdict else line
                for line in lines
            ]

        if self.is_open:
            await self._change_lines(mark)
        return token

    async def _change_lines(self, change: Callable[[Lines], Lines]) -> None:
        def write(db: sqlite3.Connection) -> None:
            number, lines = self._open_basket(db)
            if number is None:
                raise Problem(409, "no_basket", "Chưa mở giỏ hàng. / No basket is open.")
            changed = json.dumps(change(lines), ensure_ascii=False)
            db.execute("UPDATE basket SET lines = ? WHERE id = ?", (changed, number))

        try:
            await self._writer.write(write)
        except baskets.BasketError as error:
            raise Problem(404 if error.code == "no_line" else 409, error.code, str(error)) from error
        self._tell()

    # --- the sale ---

    async def sell(self, person: Person, request: api.Sale, key: str, digest: bytes) -> dict[str, Any]:
        """Confirm a sale: one transaction holds the entry, its projections and the print job.

        The same key and body give the same answer for ever. Raises Problem: 409 in flight, 422
        another body under this key, or what is wrong with the sale.
        """
        self._enrolled()
        if (answer := self._answered(self._db, key, digest)) is not None:
            return answer
        if key in self._in_flight:
            raise Problem(409, "in_flight", "Đơn này đang được ghi. / This very sale is being written.")
        self._in_flight.add(key)
        try:
            if self._syncing is not None:
                await self._syncing.before_sale()
            answer = await self._sell(person, request, key, digest)
        finally:
            self._in_flight.discard(key)
        self.printing.wake()
        self._wake_sync()
        self._tell()
        return answer

    async def _sell(self, person: Person, request: api.Sale, key: str, digest: bytes) -> dict[str, Any]:
        moment = self._clock.moment()
        judged = self._judge_lines(request, moment.at)
        known = self._judge.sold()
        try:
            built = sales.build(
                person.id,
                [self._sale_line(line, answer) for line, answer in zip(request.lines, judged, strict=True)],
                [{"kind": payment.kind, "amount": payment.amount} for payment in request.payments],
                self._judge.catalogue.version if self._judge.catalogue else None,
                self._judge.age(),
                moment.clock == "sure",
            )
        except sales.SaleError as error:
            raise Problem(422, error.code, str(error), **error.fields) from error
        paper = draft(self.receipt.current, self._judge, moment.at, person.name, built, judged)

        def change(db: sqlite3.Connection) -> dict[str, Any]:
            if (answer := self._answered(db, key, digest)) is not None:
                return answer
            for one in judged:
                if one.stamp and known.is_sold(db, *one.stamp, one.verdict.facts["ordinal"]):
                    raise Problem(409, "sold_here", "Tem này vừa được bán. / This stamp has just been sold.")
            entry = append(db, self._writer.device, "sale", built, moment, (key, digest))
            number = f"{self._writer.device}-{entry.seq}"
            short = hash10(entry.hash)
            if request.basket is not None:
                db.execute(
                    "UPDATE basket SET state = 'sold' WHERE id = ? AND state = 'open'", (request.basket,)
                )
            enqueue(db, entry.seq, numbered(paper, self._writer.device, entry.seq, short))
            return _answer(number, entry.seq, entry.hash, built["total"], built["change"])

        try:
            return await self._writer.write(change)
        except JournalError as error:  # over 64 KiB, by names that nobody has
            raise Problem(
                422, "too_large", "Đơn quá dài; chia thành hai đơn. / The sale is too long; make it two."
            ) from error

    def _judge_lines(self, request: api.Sale, at: int) -> list[Judged]:
        """Every line judged again, each against the other lines and the other baskets."""
        taken = self.basket_stamps(sold_now=request.basket)
        judged = []
        for line in request.lines:
            if (line.code is None) == (line.gtin is None):
                raise Problem(422, "invalid", "A line has either a code or a gtin.")
            text = line.code if line.code is not None else f"(01){line.gtin:0>14}"
            one = self._judge.judge(text, self._reader_of(text), "sell", taken, at)
            if one.stamp:
                taken.add(one.stamp)
            judged.append(one)
        return judged

    def _sale_line(self, line: api.SaleLine, judged: Judged) -> dict[str, Any]:
        kept = next((one["approval"] for one in self.basket()["lines"] if one["code"] == judged.text), None)
        approval = self._approvals.get(line.approval or kept or "")
        facts = judged.verdict.facts
        return {
            "gtin": judged.code.gtin,
            "serial": judged.stamp[1] if judged.stamp else None,
            "ordinal": facts["ordinal"],
            "lot": (facts["lot"] or {}).get("id"),
            "qty": line.qty,
            "price": line.price,
            "verdict": judged.verdict.verdict,
            # Without a catalogue a supervisor may sell by the code's GTIN alone; some codes have none.
            "action": judged.verdict.action if judged.code.gtin else "refuse",
            # An approval is for that code and that verdict.
            "approval": approval[2]
            if approval and approval[:2] == (judged.text, judged.verdict.verdict)
            else None,
        }

    def _reader_of(self, text: str) -> str:
        """The reader by which a code came into the basket: typed digits are told by it."""
        return next((line["reader"] for line in self.basket()["lines"] if line["code"] == text), "till")

    # --- sales made ---

    def sale(self, number: str) -> dict[str, Any]:
        """A sale with its lines and how its receipt stands. Raises Problem 404."""
        row = self._db.execute(
            "SELECT seq, hash10, at, staff, total, change FROM sale WHERE number = ?", (number,)
        ).fetchone()
        if row is None:
            raise Problem(404, "no_sale", f"Không có đơn {number[:40]}. / There is no sale {number[:40]}.")
        lines = self._db.execute(
            "SELECT line, gtin, serial, qty, price, amount FROM sale_line WHERE seq = ? ORDER BY line",
            (row[0],),
        )
        jobs = self._db.execute(
            "SELECT id, state, detail FROM print_job WHERE sale = ? ORDER BY id", (row[0],)
        )
        names = ("line", "gtin", "serial", "qty", "price", "amount")
        return {
            "number": number,
            **dict(zip(("seq", "hash10", "at", "staff", "total", "change"), row, strict=True)),
            "lines": [dict(zip(names, line, strict=True)) for line in lines],
            "receipts": [dict(zip(("job", "state", "detail"), job, strict=True)) for job in jobs],
        }

    async def print_again(self, number: str) -> dict[str, Any]:
        """Queue the sale's receipt once more, marked as a copy. Raises Problem 404."""
        seq = self.sale(number)["seq"]

        job = await self._writer.write(lambda db: enqueue_again(db, seq))
        self.printing.wake()
        return {"job": job, "state": "queued"}

    def picture(self, number: str) -> str | None:
        """Path of the newest picture of a receipt (virtual printer), if there is one."""
        row = self._db.execute(
            "SELECT picture FROM print_job JOIN sale ON sale.seq = print_job.sale "
            "WHERE number = ? AND picture IS NOT NULL ORDER BY id DESC LIMIT 1",
            (number,),
        ).fetchone()
        return row[0] if row is not None and Path(row[0]).is_file() else None

    def _answered(self, db: sqlite3.Connection, key: str, digest: bytes) -> dict[str, Any] | None:
        row = db.execute(
            "SELECT number, sale.seq, hash, total, change, request FROM sale JOIN journal USING (seq) "
            "WHERE request_key = ?",
            (key,),
        ).fetchone()
        if row is None and db.execute("SELECT 1 FROM undo WHERE request_key = ?", (key,)).fetchone() is None:
            return None
        if row is None or row[5] != digest:
            raise Problem(
                422, "key_reused", "Mã đơn này đã dùng cho đơn khác. / This key belongs to another sale."
            )
        return _answer(*row[:5])

    def _wake_sync(self) -> None:
        if self._syncing is not None:
            self._syncing.wake()

    def _open_id(self) -> int | None:
        return self._open_basket(self._db)[0]

    def _open_basket(self, db: sqlite3.Connection) -> tuple[int | None, Lines]:
        row = db.execute(
            "SELECT id, lines FROM basket WHERE state = 'open' ORDER BY id DESC LIMIT 1"
        ).fetchone()
        return (None, []) if row is None else (row[0], json.loads(row[1]))

    def _tell(self) -> dict[str, Any]:
        basket = self.basket()
        self._publish("basket", basket)
        return basket

    def _enrolled(self) -> None:
        if not self._writer.device:
            raise Problem(
                409,
                "not_enrolled",
                "Thiết bị chưa được ghi danh với Văn phòng. / This device is not enrolled with the office.",
            )


def _answer(number: str, seq: int, digest: bytes, total: int, change: int) -> dict[str, Any]:
    return {"number": number, "seq": seq, "hash": digest.hex(), "total": total, "change": change}
