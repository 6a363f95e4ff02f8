"""The till: supervisors' approvals and sales. One sale is one transaction: entry, projections, print job."""

import secrets
import sqlite3
from typing import Any

import msgspec

from kiosk import baskets, rights, sales
from kiosk.host.clock import Clock
from kiosk.host.data.journal import Writer, append
from kiosk.host.link.syncing import Syncing
from kiosk.host.prints.print_jobs import enqueue
from kiosk.host.prints.printing import Printing
from kiosk.host.prints.receipt_settings import Receipt
from kiosk.host.settings import Settings
from kiosk.host.stamps.judging import Judge, Judged
from kiosk.host.tills import basket_store
from kiosk.host.tills.basket_store import Baskets, Lines, reference
from kiosk.host.tills.prices import Prices
from kiosk.host.tills.receipts import draft, numbered
from kiosk.host.tills.sales_made import arrived
from kiosk.host.tills.shift_opening import begin
from kiosk.host.tills.undoing import Undoing
from kiosk.host.tills.vietqr import transfer
from kiosk.host.web import api
from kiosk.host.web.access import Person
from kiosk.host.web.problems import Problem
from sync.journal import JournalError, hash10


class Till:
    """One till: sells what its baskets hold."""

    def __init__(
        self,
        db: sqlite3.Connection,
        writer: Writer,
        judge: Judge,
        baskets: Baskets,
        prices: Prices,
        printing: Printing,
        syncing: Syncing | None,
        clock: Clock,
        receipt: Receipt,
        settings: Settings,
    ) -> None:
        self._db = db
        self._writer = writer
        self._judge = judge
        self._prices = prices
        self.baskets = baskets
        self.printing = printing
        self._syncing = syncing
        self._clock = clock
        self.receipt = receipt
        self._settings = settings
        self._approvals: dict[str, tuple[str, str, str]] = {}  # token: code, verdict, supervisor
        self._in_flight: set[str] = set()
        self.undoing = Undoing(db, writer, clock, settings.approval, self.wake_sync)

    async def open(self, person: Person) -> dict[str, Any]:
        """Open a basket (or find the open one) and get the print worker ready."""
        self._enrolled()
        await self.printing.warm()
        return await self.baskets.open(person)

    async def approve(self, supervisor: Person, text: str, verdict: str) -> str:
        """A supervisor's leave to sell `text` in spite of `verdict`; a line of the basket keeps it.

        Returns the token that a sale's line may name. Raises Problem 409 when the verdict has changed.
        """
        moment = self._clock.moment()
        judged = self._judge.judge(text, _reader_of(text, self.baskets.lines()), "sell", set(), moment.at)
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

        if self.baskets.is_open:
            await self.baskets.change(mark)
        return token

    async def sell(self, person: Person, request: api.Sale, key: str, digest: bytes) -> dict[str, Any]:
        """Confirm a sale: one transaction holds the entry, its projections and the print job.

        The same key and body give the same answer for ever. Raises Problem: 409 in flight, or the basket
        is no longer what the page showed; 422 another body under this key, or what is wrong with the sale.
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
        self.wake_sync()
        self.baskets.tell()
        return answer

    def wake_sync(self) -> None:
        """Send what was written."""
        if self._syncing is not None:
            self._syncing.wake()

    async def _sell(self, person: Person, request: api.Sale, key: str, digest: bytes) -> dict[str, Any]:
        moment = self._clock.moment()
        kept = self.baskets.lines(request.basket)
        judged = self._judge_lines(request, kept, moment.at)
        known, left = self._judge.sold(), list(kept)
        try:
            built = sales.build(
                person.id,
                [
                    self._sale_line(person, kept, left, line, answer)
                    for line, answer in zip(request.lines, judged, strict=True)
                ],
                [self._payment(request, payment) for payment in request.payments],
                self._judge.catalogue.version if self._judge.catalogue else None,
                self._judge.age(),
                moment.clock == "sure",
                self.receipt.current.tax_code,
                msgspec.to_builtins(request.buyer),
            )
        except sales.SaleError as error:
            await self._tell_why(judged)
            status = 403 if error.code == "price_not_allowed" else 422
            raise Problem(status, error.code, str(error), **error.fields) from error
        sets = {one["set"]: one.get("set_name", "") for one in kept}
        paper = draft(self.receipt.current, self._judge, moment.at, person.name, built, judged, sets)
        seen = sum(one.amount for one in request.payments if one.kind == "vietqr" and one.confirmed)
        waiting = sum(one.amount for one in request.payments if one.kind == "vietqr" and not one.confirmed)
        if waiting:
            paper["vietqr"] = transfer(self._settings.bank, waiting, self._reference(request))
        codes = {one.text for one in judged}

        def change(db: sqlite3.Connection) -> dict[str, Any]:
            if (answer := self._answered(db, key, digest)) is not None:
                return answer
            for one in judged:
                if one.stamp and known.is_sold(db, *one.stamp, one.verdict.facts["ordinal"]):
                    raise Problem(409, "sold_here", "Tem này vừa được bán. / This stamp has just been sold.")
            if request.basket is not None:
                basket_store.sold(db, request.basket, codes)
            device = self._writer.device
            begin(db, device, person.id, moment)
            entry = append(db, device, "sale", built, moment, (key, digest))
            if seen:
                append(db, device, "payment_confirmed", arrived(person, device, entry.seq, seen), moment)
            enqueue(db, "receipt", numbered(paper, device, entry.seq, hash10(entry.hash)), entry.seq)
            number = f"{device}-{entry.seq}"
            return _answer(number, entry.seq, entry.hash, built["total"], built["change"])

        try:
            return await self._writer.write(change)
        except JournalError as error:  # over 64 KiB, by names that nobody has
            raise Problem(
                422, "too_large", "Đơn quá dài; chia thành hai đơn. / The sale is too long; make it two."
            ) from error

    async def _tell_why(self, judged: list[Judged]) -> None:
        """Have the open basket's lines say what was found just now, where that is another verdict."""
        found = {one.text: one.verdict for one in judged}

        def change(lines: Lines) -> Lines:
            return [
                baskets.judged(line, found[line["code"]])
                if line["code"] in found and found[line["code"]].verdict != line["verdict"]
                else line
                for line in lines
            ]

        if self.baskets.is_open:
            await self.baskets.change(change)

    def _judge_lines(self, request: api.Sale, kept: Lines, at: int) -> list[Judged]:
        """Every line judged again, each against the other lines and the other baskets."""
        taken = self.baskets.stamps(sold_now=request.basket)
        judged = []
        for line in request.lines:
            if (line.code is None) == (line.gtin is None):
                raise Problem(422, "invalid", "A line has either a code or a gtin.")
            text = line.code if line.code is not None else f"(01){line.gtin:0>14}"
            one = self._judge.judge(text, _reader_of(text, kept), "sell", taken, at)
            if one.stamp:
                taken.add(one.stamp)
            judged.append(one)
        return judged

    def _sale_line(
        self, person: Person, kept: Lines, left: Lines, line: api.SaleLine, judged: Judged
    ) -> dict[str, Any]:
        """What `sales.build` takes. The basket's line that it is leaves `left`: the same goods may lie there twice,
        inside a gift set and outside."""
        given = next((one["approval"] for one in kept if one["code"] == judged.text), None)
        wanted = (judged.text, line.price, line.discount)
        asked = next((one for one in left if (one["code"], one["price"], one["discount"]) == wanted), None)
        if asked is not None:
            left.remove(asked)
        approval = self._approvals.get(line.approval or given or "")
        facts, gtin = judged.verdict.facts, judged.code.gtin
        return {
            "gtin": gtin,
            "serial": judged.stamp[1] if judged.stamp else None,
            "ordinal": facts["ordinal"],
            "lot": (facts["lot"] or {}).get("id"),
            "qty": line.qty,
            "price": line.price,
            "discount": line.discount,
            # What was usual when it went into the basket: a price that changes meanwhile is for the next customer.
            "list": asked["list"] if asked else self._prices.usual(gtin),
            "allowed": (asked["allowed"] if asked else "")
            or (person.id if rights.may(person.role, "prices") else ""),
            "set": asked["set"] if asked else 0,
            "vat": self._settings.tax.rate(gtin, self.receipt.current.vat),
            "verdict": judged.verdict.verdict,
            # Without a catalogue a supervisor may sell by the code's GTIN alone; some codes have none.
            "action": judged.verdict.action if gtin else "refuse",
            # An approval is for that code and that verdict.
            "approval": approval[2]
            if approval and approval[:2] == (judged.text, judged.verdict.verdict)
            else None,
        }

    def _payment(self, request: api.Sale, payment: api.Payment) -> dict[str, Any]:
        made: dict[str, Any] = {"kind": payment.kind, "amount": payment.amount}
        if payment.kind == "vietqr":
            made["reference"] = self._reference(request)
        return made

    def _reference(self, request: api.Sale) -> str:
        return reference(self._writer.device, request.basket) if request.basket else self._writer.device

    def _answered(self, db: sqlite3.Connection, key: str, digest: bytes) -> dict[str, Any] | None:
        row = db.execute(
            "SELECT number, sale.seq, hash, total, change, request FROM sale JOIN journal USING (seq) "
            "WHERE request_key = ? AND device = ?",
            (key, self._writer.device),
        ).fetchone()
        if row is None and db.execute("SELECT 1 FROM undo WHERE request_key = ?", (key,)).fetchone() is None:
            return None
        if row is None or row[5] != digest:
            raise Problem(
                422, "key_reused", "Mã đơn này đã dùng cho đơn khác. / This key belongs to another sale."
            )
        return _answer(*row[:5])

    def _enrolled(self) -> None:
        if not self._writer.device:
            raise Problem(
                409,
                "not_enrolled",
                "Thiết bị chưa được ghi danh với Văn phòng. / This device is not enrolled with the office.",
            )


def _reader_of(text: str, lines: Lines) -> str:
    """The reader by which a code came into the basket: typed digits are told by it."""
    return next((line["reader"] for line in lines if line["code"] == text), "till")


def _answer(number: str, seq: int, digest: bytes, total: int, change: int) -> dict[str, Any]:
    return {"number": number, "seq": seq, "hash": digest.hex(), "total": total, "change": change}
