"""Voids and refunds of the outlet's sales: one entry each, and never the same one twice."""

import secrets
import sqlite3
from collections.abc import Callable
from typing import Any

from kiosk import rights, undoing
from kiosk.host.clock import Clock
from kiosk.host.data.journal import Writer, append
from kiosk.host.data.readings import open_shift
from kiosk.host.settings import Approval
from kiosk.host.tills.sales_made import Sale, sale_named
from kiosk.host.tills.shift_opening import begin
from kiosk.host.web import api
from kiosk.host.web.access import Person
from kiosk.host.web.problems import Problem
from sync import bodies

KINDS = ("void", "refund")

Body = dict[str, Any]
Build = Callable[[Sale, Body, dict[int, int]], Body]


class Undoing:
    """Undoes sales. `told()` is called after each entry."""

    def __init__(
        self, db: sqlite3.Connection, writer: Writer, clock: Clock, asks: Approval, told: Callable[[], None]
    ) -> None:
        self._db = db
        self._writer = writer
        self._clock = clock
        self._asks = asks
        self._told = told
        self._approvals: dict[str, tuple[str, str, str]] = {}  # token: what, number, supervisor

    def asks(self, person: Person, number: str) -> dict[str, bool]:
        """Whether this person needs a supervisor's approval for a "void" and for a "refund" of the sale."""
        return {what: self._ask(self._db, person, what, sale_named(self._db, number)) for what in KINDS}

    def approve(self, supervisor: Person, number: str, what: str) -> str:
        """A supervisor's leave for one "void" or "refund" of a sale: the token that the request names. Raises
        Problem 404."""
        sale_named(self._db, number)
        token = secrets.token_urlsafe(16)
        self._approvals[token] = (what, number, supervisor.id)
        return token

    async def void(
        self, person: Person, number: str, request: api.Void, key: str, digest: bytes
    ) -> dict[str, Any]:
        """Undo a whole sale. The same key and request give the same answer for ever. Raises Problem."""

        def build(named: Sale, sale: Body, undone: dict[int, int]) -> Body:
            return undoing.void(person.id, *named, sale, undone, request.reason)

        return await self._write(person, "void", number, request.approval, build, key, digest)

    async def refund(
        self, person: Person, number: str, request: api.Refund, key: str, digest: bytes
    ) -> dict[str, Any]:
        """Take goods back and give their price back. The same key and request give the same answer for
        ever. Raises Problem."""
        lines = [{"line": one.line, "qty": one.qty, "unharmed": one.unharmed} for one in request.lines]
        payments = [{"kind": payment.kind, "amount": payment.amount} for payment in request.payments]

        def build(named: Sale, sale: Body, undone: dict[int, int]) -> Body:
            return undoing.refund(person.id, *named, sale, undone, lines, payments, request.reason)

        return await self._write(person, "refund", number, request.approval, build, key, digest)

    async def _write(
        self,
        person: Person,
        kind: str,
        number: str,
        approval: str | None,
        build: Build,
        key: str,
        digest: bytes,
    ) -> dict[str, Any]:
        moment, device = self._clock.moment(), self._writer.device
        what, about, supervisor = self._approvals.get(approval or "", ("", "", ""))

        def change(db: sqlite3.Connection) -> dict[str, Any]:
            if (answer := _answered(db, device, key, digest)) is not None:
                return answer
            named = sale_named(db, number)
            try:
                body = build(named, *_sale(db, named))
            except undoing.UndoError as error:
                status = 409 if error.code == "undone_before" else 422
                raise Problem(status, error.code, str(error), **error.fields) from error
            if (what, about) == (kind, number):
                body["approval"] = supervisor
            elif self._ask(db, person, kind, named):
                raise Problem(
                    403,
                    "needs_approval",
                    "Việc này cần người phụ trách bấm PIN của họ. / This needs a supervisor's PIN.",
                )
            begin(db, device, person.id, moment)
            entry = append(db, device, kind, body, moment, (key, digest))
            return _answer(device, entry.seq, entry.hash, body["total"])

        answer = await self._writer.write(change)
        self._approvals.pop(approval or "", None)
        self._told()
        return answer

    def _ask(self, db: sqlite3.Connection, person: Person, what: str, sale: Sale) -> bool:
        if rights.may(person.role, "approve"):
            return False
        asks = self._asks.void if what == "void" else self._asks.refund
        if asks != "later":
            return asks == "always"
        opened = open_shift(db)
        return sale[0] != self._writer.device or opened is None or sale[1] < opened


def _sale(db: sqlite3.Connection, named: Sale) -> tuple[Body, dict[int, int]]:
    """(body, how many of each line were undone, at whichever till) of a sale. Raises Problem 409."""
    (data,) = db.execute("SELECT body FROM entry WHERE device = ? AND seq = ?", named).fetchone() or (b"",)
    try:
        sale = bodies.read("sale", data)
    except bodies.BodyError as error:
        raise Problem(
            409,
            "sale_damaged",
            "Bản ghi của đơn này đã hỏng; hãy gọi kỹ thuật viên. / This sale's record is damaged; "
            "call the technician.",
        ) from error
    undone = db.execute(
        "SELECT line, sum(qty) FROM undo JOIN undo_line USING (device, seq) WHERE sold_by = ? AND sale = ? GROUP BY line",
        named,
    )
    return sale, dict(undone.fetchall())


def _answered(db: sqlite3.Connection, device: str, key: str, digest: bytes) -> dict[str, Any] | None:
    row = db.execute(
        "SELECT undo.seq, hash, total, request FROM undo JOIN journal USING (seq) WHERE request_key = ?",
        (key,),
    ).fetchone()
    used = db.execute("SELECT 1 FROM sale WHERE request_key = ?", (key,)).fetchone()
    if used is not None or (row is not None and row[3] != digest):
        raise Problem(
            422,
            "key_reused",
            "Mã yêu cầu này đã dùng cho việc khác. / This key belongs to another request.",
        )
    return None if row is None else _answer(device, *row[:3])


def _answer(device: str, seq: int, digest: bytes, total: int) -> dict[str, Any]:
    return {"number": f"{device}-{seq}", "seq": seq, "hash": digest.hex(), "total": total}
