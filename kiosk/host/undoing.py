"""Voids and refunds of the outlet's sales: one entry each, and never the same one twice."""

import sqlite3
from collections.abc import Callable
from typing import Any

from kiosk import undoing
from kiosk.host import api
from kiosk.host.access import Person
from kiosk.host.clock import Clock
from kiosk.host.journal import Writer, append
from kiosk.host.problems import Problem
from kiosk.host.sales_made import Sale, sale_named
from sync import bodies

Body = dict[str, Any]
Build = Callable[[Sale, Body, dict[int, int]], Body]


class Undoing:
    """Undoes sales. `told()` is called after each entry."""

    def __init__(self, writer: Writer, clock: Clock, told: Callable[[], None]) -> None:
        self._writer = writer
        self._clock = clock
        self._told = told

    async def void(
        self, person: Person, number: str, request: api.Void, key: str, digest: bytes
    ) -> dict[str, Any]:
        """Undo a whole sale. The same key and request give the same answer for ever. Raises Problem."""

        def build(named: Sale, sale: Body, undone: dict[int, int]) -> Body:
            return undoing.void(person.id, *named, sale, undone, request.reason)

        return await self._write("void", number, build, key, digest)

    async def refund(
        self, person: Person, number: str, request: api.Refund, key: str, digest: bytes
    ) -> dict[str, Any]:
        """Take goods back and give their price back. The same key and request give the same answer for
        ever. Raises Problem."""
        lines = [{"line": one.line, "qty": one.qty, "unharmed": one.unharmed} for one in request.lines]
        payments = [{"kind": payment.kind, "amount": payment.amount} for payment in request.payments]

        def build(named: Sale, sale: Body, undone: dict[int, int]) -> Body:
            return undoing.refund(person.id, *named, sale, undone, lines, payments, request.reason)

        return await self._write("refund", number, build, key, digest)

    async def _write(self, kind: str, number: str, build: Build, key: str, digest: bytes) -> dict[str, Any]:
        moment, device = self._clock.moment(), self._writer.device

        def change(db: sqlite3.Connection) -> dict[str, Any]:
            if (answer := _answered(db, device, key, digest)) is not None:
                return answer
            named = sale_named(db, number)
            try:
                body = build(named, *_sale(db, named))
            except undoing.UndoError as error:
                status = 409 if error.code == "undone_before" else 422
                raise Problem(status, error.code, str(error), **error.fields) from error
            entry = append(db, device, kind, body, moment, (key, digest))
            return _answer(device, entry.seq, entry.hash, body["total"])

        answer = await self._writer.write(change)
        self._told()
        return answer


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
