"""Shifts: opened with a float, cash in and out, the X report at any time, closed with what was counted (Z report)."""

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from aiohttp import web

from kiosk import shifts
from kiosk.host.clock import Clock
from kiosk.host.data.database import fact, set_fact
from kiosk.host.data.journal import Writer, append
from kiosk.host.data.readings import open_shift
from kiosk.host.prints.print_jobs import enqueue, enqueue_again, newest_of_shift
from kiosk.host.prints.printing import Printing
from kiosk.host.prints.receipt_settings import Receipt
from kiosk.host.tills.shift_opening import left_in_drawer
from kiosk.host.web import api, pages
from kiosk.host.web.access import Person
from kiosk.host.web.guard import Guard
from kiosk.host.web.idempotency import digest_of, key_of
from kiosk.host.web.problems import Problem
from kiosk.host.web.requests import decode, number
from sync import bodies

KINDS = ("sale", "void", "refund", "cash_moved", "payment_confirmed")
REQUESTS = "shift_requests"  # the last requests: [key, digest, answer]
REMEMBERED = 50

Answer = dict[str, Any]
Change = Callable[[sqlite3.Connection], Answer]


class Shifts:
    """The drawer's shifts. `told()` is called after each entry."""

    def __init__(
        self,
        db: sqlite3.Connection,
        writer: Writer,
        clock: Clock,
        printing: Printing,
        receipt: Receipt,
        told: Callable[[], None],
    ) -> None:
        self._db = db
        self._writer = writer
        self._clock = clock
        self._printing = printing
        self._receipt = receipt
        self._told = told

    def now(self) -> Answer:
        """{"open": the X report of the open shift or None, "last": the Z report of the last one or None, "left": what
        was counted when that ended, đồng}."""
        opened = open_shift(self._db)
        query = "SELECT seq FROM shift_close WHERE device = ? ORDER BY seq DESC LIMIT 1"
        last = self._db.execute(query, (self._writer.device,)).fetchone()
        return {
            "open": None if opened is None else self._report(self._db, opened, None),
            "last": None if last is None else self.closed(last[0]),
            "left": left_in_drawer(self._db, self._writer.device),
        }

    def closed(self, seq: int) -> Answer:
        """The Z report of the shift that entry `seq` closed. Raises Problem 404."""
        query = "SELECT opened FROM shift_close WHERE device = ? AND seq = ?"
        row = self._db.execute(query, (self._writer.device, seq)).fetchone()
        if row is None:
            raise Problem(404, "no_shift", "Không có ca này. / There is no such shift.")
        return self._report(self._db, row[0], seq)

    async def open(self, person: Person, cash: int, key: str, digest: bytes) -> Answer:
        """Begin a shift with so much in the drawer. Raises Problem 409 while one is open."""
        moment, device = self._clock.moment(), self._writer.device

        def change(db: sqlite3.Connection) -> Answer:
            if open_shift(db) is not None:
                raise Problem(409, "shift_open", "Ca đang mở rồi. / A shift is open already.")
            body = {"v": 2, "staff": person.id, "cash": cash, "counted": True}
            entry = append(db, device, "shift_opened", body, moment)
            return {"seq": entry.seq}

        return await self._once(change, key, digest)

    async def move(self, person: Person, request: api.MoveCash, key: str, digest: bytes) -> Answer:
        """Put money into the drawer, or take it out, and say why. Raises Problem 409 without a shift."""
        moment, device = self._clock.moment(), self._writer.device
        body = {"v": 1, "staff": person.id, "direction": request.direction, "amount": request.amount}

        def change(db: sqlite3.Connection) -> Answer:
            _opened(db)
            entry = append(db, device, "cash_moved", body | {"reason": request.reason}, moment)
            return {"seq": entry.seq}

        return await self._once(change, key, digest)

    async def close(self, person: Person, counted: int, key: str, digest: bytes) -> Answer:
        """End the shift with what was counted, and queue its Z report. Raises Problem 409 without one."""
        moment, device = self._clock.moment(), self._writer.device

        def change(db: sqlite3.Connection) -> Answer:
            opened = _opened(db)
            expected = self._report(db, opened, None)["cash"]["expected"]
            body = {"v": 1, "staff": person.id, "opened": opened, "expected": expected, "counted": counted}
            entry = append(db, device, "shift_closed", body, moment)
            made = self._report(db, opened, entry.seq)
            enqueue(db, "report", self._paper(made))
            return {"seq": entry.seq, "expected": expected, "counted": counted, "job": made["number"]}

        answer = await self._once(change, key, digest)
        self._printing.wake()
        return answer

    async def print(self, seq: int | None) -> Answer:
        """Queue a closed shift's Z report again, marked as a copy, or the X report of the open one (None).

        Raises Problem 404, 409."""
        made = self._report(self._db, _opened(self._db), None) if seq is None else self.closed(seq)
        paper, device = self._paper(made), self._writer.device

        def change(db: sqlite3.Connection) -> int:
            return (
                enqueue(db, "report", paper)
                if seq is None
                else enqueue_again(db, newest_of_shift(db, device, seq))
            )

        job = await self._writer.write(change)
        self._printing.wake()
        return {"job": job, "number": paper["number"]}

    def routes(self, guard: Guard, shown: Callable[[Person], dict[str, Any]]) -> list[web.RouteDef]:
        """What this answers. `shown` is what every page is told."""

        async def page(_: web.Request, person: Person) -> web.Response:
            return pages.render("shift.html", **shown(person))

        return [
            web.get("/staff/shift", guard.page(page)),
            web.get("/api/shift", guard.inside(self._now)),
            web.post("/api/shift", guard.inside(self._open)),
            web.post("/api/shift/cash", guard.inside(self._move)),
            web.post("/api/shift/close", guard.inside(self._close)),
            web.post("/api/shift/print", guard.inside(self._print)),
            web.post("/api/shifts/{seq}/print", guard.inside(self._print_again)),
        ]

    async def _now(self, _: web.Request, _person: Person) -> web.Response:
        return web.json_response(self.now())

    async def _open(self, request: web.Request, person: Person) -> web.Response:
        body, key = await decode(request, api.OpenShift), key_of(request)
        return web.json_response(
            await self.open(person, body.cash, key, await digest_of(request)), status=201
        )

    async def _move(self, request: web.Request, person: Person) -> web.Response:
        body, key = await decode(request, api.MoveCash), key_of(request)
        return web.json_response(await self.move(person, body, key, await digest_of(request)), status=201)

    async def _close(self, request: web.Request, person: Person) -> web.Response:
        body, key = await decode(request, api.CloseShift), key_of(request)
        return web.json_response(
            await self.close(person, body.counted, key, await digest_of(request)), status=201
        )

    async def _print(self, _: web.Request, _person: Person) -> web.Response:
        return web.json_response(await self.print(None), status=202)

    async def _print_again(self, request: web.Request, _person: Person) -> web.Response:
        return web.json_response(await self.print(number(request, "seq") or 0), status=202)

    async def _once(self, change: Change, key: str, digest: bytes) -> Answer:
        """The answer of `change`, or the one that the same request got before. Raises Problem 422."""

        def write(db: sqlite3.Connection) -> Answer:
            kept = json.loads(fact(db, REQUESTS) or "[]")
            for known, asked, answer in kept:
                if known == key:
                    if asked != digest.hex():
                        raise Problem(
                            422, "key_reused", "Mã yêu cầu này đã dùng. / This key was used before."
                        )
                    return dict(answer)
            made = change(db)
            kept.append([key, digest.hex(), made])
            set_fact(db, REQUESTS, json.dumps(kept[-REMEMBERED:]))
            return made

        if not self._writer.device:
            raise Problem(409, "not_enrolled", "Thiết bị chưa được ghi danh. / This device is not enrolled.")
        answer = await self._writer.write(write)
        self._told()
        return answer

    def _report(self, db: sqlite3.Connection, opened: int, closed: int | None) -> Answer:
        device = self._writer.device
        query = "SELECT at, staff, cash FROM shift WHERE device = ? AND seq = ?"
        at, staff, cash = db.execute(query, (device, opened)).fetchone()
        (data,) = db.execute("SELECT body FROM journal WHERE seq = ?", (opened,)).fetchone() or (b"",)
        made = shifts.report(cash, self._entries(db, opened, closed))
        made["float_counted"] = _counted(data)
        made |= {"kind": "x", "opened_at": at, "opened_by": _name(db, staff), "at": self._clock.moment().at}
        made["staff"] = [one | {"name": _name(db, one["id"])} for one in made["staff"]]
        if closed is not None:
            query = "SELECT at, staff, expected, counted FROM shift_close WHERE device = ? AND seq = ?"
            at, staff, expected, counted = db.execute(query, (device, closed)).fetchone()
            query = "SELECT count(*) FROM shift_close WHERE device = ? AND seq <= ?"
            (count,) = db.execute(query, (device, closed)).fetchone()
            made |= {"kind": "z", "seq": closed, "at": at, "closed_by": _name(db, staff), "count": count}
            made["counted"], made["difference"] = counted, counted - expected
            made["number"] = f"{device}-{closed}"
        return made

    def _entries(
        self, db: sqlite3.Connection, after: int, before: int | None
    ) -> list[tuple[str, str, dict[str, Any]]]:
        marks = ", ".join("?" * len(KINDS))
        rows = db.execute(
            f"SELECT seq, kind, body FROM journal WHERE seq > ? AND seq < ? AND kind IN ({marks}) ORDER BY seq",  # noqa: S608
            (after, before or 2**62, *KINDS),
        )
        entries = []
        for seq, kind, data in rows:
            try:
                entries.append((f"{self._writer.device}-{seq}", kind, bodies.read(kind, data)))
            except bodies.BodyError:
                continue  # damaged on the card: `ocop journal verify` names it
        return entries

    def _paper(self, made: Answer) -> Answer:
        """The print job's data."""
        name = f"Z {made['count']}" if made["kind"] == "z" else "X"
        settings = self._receipt.current
        shop = {"name": settings.name, "address": settings.address, "tax_code": settings.tax_code}
        return {"number": f"Báo cáo {name}", "report": made | {"shop": shop}}


def _counted(data: bytes) -> bool:
    """Whether somebody counted the float of the shift that this entry opened."""
    try:
        return bool(bodies.read("shift_opened", data).get("counted", True))
    except bodies.BodyError:
        return True  # damaged on the card


def _opened(db: sqlite3.Connection) -> int:
    opened = open_shift(db)
    if opened is None:
        raise Problem(409, "no_shift_open", "Chưa mở ca. / No shift is open.")
    return opened


def _name(db: sqlite3.Connection, staff: str) -> str:
    row = db.execute("SELECT name FROM staff WHERE id = ?", (staff,)).fetchone()
    return staff if row is None else row[0]
