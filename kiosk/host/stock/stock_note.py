"""The delivery note that is being written: kept in outlet.db, so that no page can lose it, until it is an entry."""

import json
import secrets
import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

from kiosk import stock
from kiosk.host.clock import Clock
from kiosk.host.data.database import fact, set_fact
from kiosk.host.data.journal import Writer, append
from kiosk.host.data.readings import stock as stock_held
from kiosk.host.stamps.judging import Judge, Judged
from kiosk.host.web.access import Person
from kiosk.host.web.problems import Problem

NOTE, LAST = "stock_note", "stock_last"  # facts: the note, and the answer to the one written down last

Note = dict[str, Any]
Lines = list[dict[str, Any]]
T = TypeVar("T")


class StockNote:
    """One note at a time. `publish(event, data)` tells the staff's pages of each change, `told()` the sync."""

    def __init__(
        self,
        db: sqlite3.Connection,
        writer: Writer,
        judge: Judge,
        clock: Clock,
        publish: Callable[[str, dict[str, Any]], None],
        told: Callable[[], None],
    ) -> None:
        self._db = db
        self._writer = writer
        self._judge = judge
        self._clock = clock
        self._publish = publish
        self._told = told

    @property
    def current(self) -> Note | None:
        """{id, kind, outlet, producer, reason, lines} of the open note."""
        return _read(self._db)

    @property
    def purpose(self) -> str | None:
        """What scans are for while a note is open, "receive" or "look"; None without one."""
        note = self.current
        return None if note is None else stock.NOTES[note["kind"]][1]

    async def open(self, kind: str, about: dict[str, str]) -> Note:
        """Start a note, or find the open one of this kind. Raises Problem 409 where another kind is open."""
        if not self._writer.device:
            raise Problem(
                409,
                "not_enrolled",
                "Thiết bị chưa được ghi danh với Văn phòng. / This device is not enrolled with the office.",
            )

        def change(db: sqlite3.Connection) -> None:
            note = _read(db)
            if note is not None and note["kind"] != kind:
                raise Problem(
                    409,
                    "note_open",
                    "Còn một phiếu khác chưa ghi sổ. / Another note is still open; write it down or drop it.",
                )
            if note is None:
                fresh = {"id": secrets.token_hex(8), "kind": kind, "lines": []}
                _keep(db, fresh | {name: about.get(name, "") for name in ("outlet", "producer", "reason")})

        await self._writer.write(change)
        return self._tell()

    async def drop(self) -> None:
        """Forget the note: nothing was written down of it."""
        await self._writer.write(lambda db: db.execute("DELETE FROM fact WHERE name = ?", (NOTE,)))
        self._publish("stock", {"note": None})

    async def about(self, about: dict[str, str]) -> Note:
        """Say which outlet or producer, or why."""
        return await self._change(lambda note: note | about)

    async def add(self, judged: Judged, qty: int = 1) -> Note:
        """Put what was scanned into the note. Raises Problem 409, 422."""

        def change(note: Note) -> Note:
            return note | {"lines": stock.add(note["lines"], stock.line(judged.verdict, note["kind"], qty))}

        return await self._change(change)

    async def lines(self, change: Callable[[Lines], Lines]) -> Note:
        """Change the lines by one of `kiosk.stock`'s functions. Raises Problem 404, 409, 422."""
        return await self._change(lambda note: note | {"lines": change(note["lines"])})

    async def write_down(self, person: Person, note_id: str) -> dict[str, Any]:
        """Make the note an entry: {kind, number, seq, lines, items}. The same note gives the same answer again.

        Raises Problem 409 for a note that is not the open one, 422 for what it lacks.
        """
        moment = self._clock.moment()
        catalogue = self._judge.catalogue
        version, age = catalogue.version if catalogue else None, self._judge.age()

        def change(db: sqlite3.Connection) -> dict[str, Any]:
            last = json.loads(fact(db, LAST) or "{}")
            if last.get("id") == note_id:
                answer: dict[str, Any] = last["answer"]
                return answer
            note = _read(db)
            if note is None or note["id"] != note_id:
                raise Problem(409, "other_note", "Phiếu này không còn mở. / This note is no longer open.")
            body = stock.body(note["kind"], person.id, note["lines"], note, stock_held(db), version, age)
            entry = append(db, self._writer.device, stock.NOTES[note["kind"]][0], body, moment)
            items = sum(line["counted"] if "counted" in line else line["qty"] for line in body["lines"])
            answer = {"kind": note["kind"], "number": f"{self._writer.device}-{entry.seq}", "seq": entry.seq}
            answer |= {"lines": len(body["lines"]), "items": items}
            set_fact(db, LAST, json.dumps({"id": note_id, "answer": answer}))
            db.execute("DELETE FROM fact WHERE name = ?", (NOTE,))
            return answer

        answer = await self._write(change)
        self._publish("stock", {"note": None})
        self._told()
        return answer

    async def _change(self, change: Callable[[Note], Note]) -> Note:
        def write(db: sqlite3.Connection) -> None:
            note = _read(db)
            if note is None:
                raise Problem(409, "no_note", "Chưa mở phiếu nào. / No note is open.")
            _keep(db, change(note))

        await self._write(write)
        return self._tell()

    async def _write(self, change: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await self._writer.write(change)
        except stock.StockError as error:
            status = {"no_line": 404, "twice": 409, "full": 409}.get(error.code, 422)
            raise Problem(status, error.code, str(error)) from error

    def _tell(self) -> Note:
        note = self.current
        assert note is not None
        self._publish("stock", {"note": note})
        return note


def _read(db: sqlite3.Connection) -> Note | None:
    text = fact(db, NOTE)
    return None if text is None else json.loads(text)


def _keep(db: sqlite3.Connection, note: Note) -> None:
    set_fact(db, NOTE, json.dumps(note, ensure_ascii=False))
