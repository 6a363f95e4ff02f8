"""Voids and refunds of this device's sales: one entry each, and never the same one twice."""

import sqlite3
from collections.abc import Callable
from typing import Any

from kiosk import undoing
from kiosk.host import api
from kiosk.host.access import Person
from kiosk.host.clock import Clock
from kiosk.host.journal import Writer, append
from kiosk.host.problems import Problem
from sync import bodies

Body = dict[str, Any]
Build = Callable[[int, Body, dict[int, int]], Body]


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

        def build(seq: int, sale: Body, undone: dict[int, int]) -> Body:
            return undoing.void(person.id, self._writer.device, seq, sale, undone, request.reason)

        return await self._write("void", number, build, key, digest)

    async def refund(
        self, person: Person, number: str, request: api.Refund, key: str, digest: bytes
    ) -> dict[str, Any]:
        """Take goods back and give their price back. The same key and request give the same answer for
        ever. Raises Problem."""
        lines = [{"line": one.line, "qty": one.qty, "unharmed": one.unharmed} for one in request.lines]
        payments = [{"kind": payment.kind, "amount": payment.amount} for payment in request.payments]

        def build(seq: int, sale: Body, undone: dict[int, int]) -> Body:
            return undoing.refund(
                person.id, self._writer.device, seq, sale, undone, lines, payments, request.reason
            )

        return await self._write("refund", number, build, key, digest)

    async def _write(self, kind: str, number: str, build: Build, key: str, digest: bytes) -> dict[str, Any]:
        moment, device = self._clock.moment(), self._writer.device

        def change(db: sqlite3.Connection) -> dict[str, Any]:
            if (answer := _answered(db, device, key, digest)) is not None:
                return answer
            seq, sale, undone = _sale(db, device, number)
            try:
                body = build(seq, sale, undone)
            except undoing.UndoError as error:
                status = 409 if error.code == "undone_before" else 422
                raise Problem(status, error.code, str(error), **error.fields) from error
            entry = append(db, device, kind, body, moment, (key, digest))
            return _answer(device, entry.seq, entry.hash, body["total"])

        answer = await self._writer.write(change)
        self._told()
        return answer


def _sale(db: sqlite3.Connection, device: str, number: str) -> tuple[int, Body, dict[int, int]]:
    """(seq, body, how many of each line were undone) of a sale of this device. Raises Problem 404, 409."""
    row = db.execute(
        "SELECT seq, body FROM sale JOIN journal USING (seq) WHERE number = ?", (number,)
    ).fetchone()
    if row is None:
        raise Problem(404, "no_sale", f"Không có đơn {number[:40]}. / There is no sale {number[:40]}.")
    try:
        sale = bodies.read("sale", row[1])
    except bodies.BodyError as error:
        raise Problem(
            409,
            "sale_damaged",
            "Bản ghi của đơn này đã hỏng; hãy gọi kỹ thuật viên. / This sale's record is damaged; "
            "call the technician.",
        ) from error
    undone = db.execute(
        "SELECT line, sum(qty) FROM undo JOIN undo_line USING (seq) WHERE device = ? AND sale = ? GROUP BY line",
        (device, row[0]),
    )
    return row[0], sale, dict(undone.fetchall())


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
