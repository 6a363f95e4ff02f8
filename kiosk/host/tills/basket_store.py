"""The baskets, kept in outlet.db so that no page can lose one: one is open, others are on hold."""

import json
import sqlite3
import time
from collections.abc import Callable
from typing import Any

from kiosk import baskets
from kiosk.host.clock import Clock
from kiosk.host.data.journal import Writer
from kiosk.host.stamps.judging import Judged, Stamp
from kiosk.host.tills.prices import Prices
from kiosk.host.web.access import Person
from kiosk.host.web.problems import Problem

Lines = list[dict[str, Any]]
MOST_HELD = 20
NOT_FOUND = ("no_line", "no_set")

_CLOSED = "Giỏ này đã bán hoặc đã huỷ. / This basket has been sold or dropped."


class Baskets:
    """The till's baskets. `publish(event, data)` tells the staff page of each change."""

    def __init__(
        self,
        db: sqlite3.Connection,
        writer: Writer,
        clock: Clock,
        prices: Prices,
        publish: Callable[[str, dict[str, Any]], None],
    ) -> None:
        self._db = db
        self._writer = writer
        self._clock = clock
        self._prices = prices
        self._publish = publish
        self._version = (
            time.time_ns() // 1_000_000
        )  # so that a page can tell news from old; above that of an earlier run

    @property
    def is_open(self) -> bool:
        """Whether a basket is open."""
        return open_basket(self._db)[0] is not None

    def shown(self) -> dict[str, Any]:
        """The open basket and those on hold, as the staff page shows them."""
        number, lines = open_basket(self._db)
        held = self._db.execute(
            "SELECT id, name, staff, opened_at, lines FROM basket WHERE state = 'held' ORDER BY id"
        )
        return {
            "version": self._version,
            "id": number,
            "open": number is not None,
            "reference": reference(self._writer.device, number) if number else "",
            "lines": lines,
            "total": baskets.total(lines),
            "held": [
                {"id": one, "name": name, "staff": staff, "at": at}
                | {"count": sum(line["qty"] for line in kept), "total": baskets.total(kept)}
                for one, name, staff, at, text in held
                for kept in (json.loads(text),)
            ],
        }

    def lines(self, number: int | None = None) -> Lines:
        """The lines of a basket that is open or on hold, None: of the open one. Empty where it is neither."""
        if number is None:
            return open_basket(self._db)[1]
        row = self._db.execute(
            "SELECT lines FROM basket WHERE id = ? AND state IN ('open', 'held')", (number,)
        ).fetchone()
        return [] if row is None else list(json.loads(row[0]))

    def stamps(self, sold_now: int | None = None) -> set[Stamp]:
        """The stamps in every basket but the one that is being sold."""
        rows = self._db.execute("SELECT id, lines FROM basket WHERE state IN ('open', 'held')")
        taken: set[Stamp] = set()
        for number, text in rows:
            if number != sold_now:
                taken |= baskets.stamps(json.loads(text))
        return taken

    async def open(self, person: Person) -> dict[str, Any]:
        """Open a basket, or find the open one."""
        moment = self._clock.moment()

        def change(db: sqlite3.Connection) -> None:
            if open_basket(db)[0] is None:
                _insert(db, moment.at, person.id)

        await self._writer.write(change)
        return self.tell()

    async def drop(self) -> dict[str, Any]:
        """Put everything back on the shelf."""
        await self._writer.write(
            lambda db: db.execute("UPDATE basket SET state = 'dropped' WHERE state = 'open'")
        )
        return self.tell()

    async def hold(self, person: Person, name: str) -> dict[str, Any]:
        """Set the open basket aside under a name, and open an empty one. Raises Problem 409."""
        moment = self._clock.moment()

        def change(db: sqlite3.Connection) -> None:
            number, lines = open_basket(db)
            if number is None or not lines:
                raise Problem(409, "nothing_to_hold", "Giỏ đang trống. / The basket is empty.")
            (count,) = db.execute("SELECT count(*) FROM basket WHERE state = 'held'").fetchone()
            if count >= MOST_HELD:
                raise Problem(
                    409,
                    "too_many_held",
                    f"Đã giữ {MOST_HELD} giỏ; bán hoặc huỷ bớt. / {MOST_HELD} baskets are on hold; sell or drop one.",
                )
            db.execute("UPDATE basket SET state = 'held', name = ? WHERE id = ?", (name, number))
            _insert(db, moment.at, person.id)

        await self._writer.write(change)
        return self.tell()

    async def recall(self, wanted: int) -> dict[str, Any]:
        """Go on with a basket that was set aside; what is open now is set aside, if anything lies in it."""

        def change(db: sqlite3.Connection) -> None:
            row = db.execute("SELECT state FROM basket WHERE id = ?", (wanted,)).fetchone()
            if row is None or row[0] not in ("held", "open"):
                raise Problem(409, "basket_closed", _CLOSED)
            if row[0] == "open":
                return
            number, lines = open_basket(db)
            if number is not None:
                state = "held" if lines else "dropped"
                db.execute("UPDATE basket SET state = ? WHERE id = ?", (state, number))
            db.execute("UPDATE basket SET state = 'open' WHERE id = ?", (wanted,))

        await self._writer.write(change)
        return self.tell()

    async def add(self, judged: Judged, reader: str, qty: int = 1) -> None:
        """Put what was scanned for sale into the open basket, unless its verdict forbids that."""
        if judged.verdict.action in ("sell", "sell_and_flag", "supervisor"):
            line = baskets.line(judged.verdict, self._prices.usual(judged.code.gtin))
            line = baskets.with_qty(line, qty) if line["serial"] is None else line
            line |= {"code": judged.text, "reader": reader, "approval": None}
            await self.change(lambda lines: baskets.add(lines, line))

    async def remove(self, n: int) -> None:
        """Take one line out. Raises Problem 404 if there is none."""
        await self.change(lambda lines: baskets.remove(lines, n))

    async def change(self, change: Callable[[Lines], Lines]) -> None:
        """Replace the open basket's lines. Raises Problem 403, 404, 409 for what `baskets` refuses."""

        def write(db: sqlite3.Connection) -> None:
            number, lines = open_basket(db)
            if number is None:
                raise Problem(409, "no_basket", "Chưa mở giỏ hàng. / No basket is open.")
            changed = json.dumps(change(lines), ensure_ascii=False)
            db.execute("UPDATE basket SET lines = ? WHERE id = ?", (changed, number))

        try:
            await self._writer.write(write)
        except baskets.BasketError as error:
            status = 403 if error.code == "not_allowed" else 404 if error.code in NOT_FOUND else 409
            raise Problem(status, error.code, str(error)) from error
        self.tell()

    def tell(self) -> dict[str, Any]:
        """Tell the staff page of the basket."""
        self._version += 1
        shown = self.shown()
        self._publish("basket", shown)
        return shown


def open_basket(db: sqlite3.Connection) -> tuple[int | None, Lines]:
    """(number, lines) of the open basket; (None, []) if there is none."""
    row = db.execute("SELECT id, lines FROM basket WHERE state = 'open' ORDER BY id DESC LIMIT 1").fetchone()
    return (None, []) if row is None else (row[0], json.loads(row[1]))


def sold(db: sqlite3.Connection, number: int, codes: set[str]) -> None:
    """Empty a basket, all of whose goods are among the `codes` of the sale, inside its transaction.

    Raises Problem 409: sold or dropped before, or more lies in it than the page knew.
    """
    row = db.execute("SELECT state, lines FROM basket WHERE id = ?", (number,)).fetchone()
    if row is None or row[0] not in ("open", "held"):
        raise Problem(409, "basket_closed", _CLOSED)
    if any(line["code"] not in codes for line in json.loads(row[1])):
        raise Problem(
            409,
            "basket_changed",
            "Giỏ vừa có thêm hàng; xem lại rồi thu tiền. / Goods were just added to the basket; look again, then take the money.",
        )
    db.execute("UPDATE basket SET state = 'sold' WHERE id = ?", (number,))


def reference(device: str, number: int) -> str:
    """What a transfer for a basket says, so that it is found among the others: `HT01A G17`."""
    return f"{device} G{number}"


def _insert(db: sqlite3.Connection, at: int, staff: str) -> None:
    db.execute(
        "INSERT INTO basket (opened_at, staff, state, name, lines) VALUES (?, ?, 'open', '', '[]')",
        (at, staff),
    )
