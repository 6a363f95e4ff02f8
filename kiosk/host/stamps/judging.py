"""From a line of text to what the screens show: parse, judge, put into words, journal the scan."""

import sqlite3
import unicodedata
from typing import Any, NamedTuple

from kiosk import sold
from kiosk.host.clock import Clock
from kiosk.host.stamps.catalogue import Catalogue, Holder
from kiosk.host.stamps.showcase import showcase
from kiosk.verdicts import Verdict, verdict
from scanner.codes import Code, CodeError, parse, parse_typed
from sync.host.device_key import verify

KEYBOARD = "keyboard"  # the reader's name for digits that a person typed

Stamp = tuple[str, int]  # GTIN-14, serial


class Judged(NamedTuple):
    """One scan and its answer."""

    text: str
    code: Code  # of kind "older" if one of the catalogue's patterns told what the text is
    purpose: str
    verdict: Verdict
    age: str  # of the catalogue: confirmed, fresh, stale, old, none
    at: int  # ms UTC
    typed: bool  # by a person, told by the reader

    @property
    def mistyped(self) -> bool:
        """Whether somebody typed digits that are no code: a slip, as a rule."""
        return self.typed and self.code.kind == "text" and self.text.replace(" ", "").isdigit()

    @property
    def words_for(self) -> str:
        """What `kiosk.texts` says it for: its purpose, or "typed" where somebody has to type it again."""
        return "typed" if self.mistyped else self.purpose

    @property
    def stamp(self) -> Stamp | None:
        """(GTIN, serial) if the code names one item: what the verdict took it for, not what it claims."""
        gtin, serial = self.verdict.facts["gtin"], self.verdict.facts["serial"]
        return None if gtin is None or serial is None else (gtin, serial)


def read_code(text: str, reader: str) -> Code:
    """What was scanned, or typed (told by the reader, never by the text); a malformed code is a text."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    try:
        if reader == KEYBOARD:
            try:
                return parse_typed(text)
            except CodeError:
                pass  # an EAN or a whole link may be typed too
        return parse(text)
    except CodeError:
        return Code("text", text)


class SoldHere:
    """What is known to be sold: the published sets and the later entries of the outlet's devices (design, 6.4).
    One serves as long as its catalogue."""

    def __init__(self, db: sqlite3.Connection, catalogue: Catalogue, device: str) -> None:
        self._db = db
        self._device = device
        self._published = catalogue.published
        self._marks = {name: seq for name, (seq, _) in self._published.marks.items()}
        self._marks[device] = self._own_mark(device)

    def here(self, gtin: str, serial: int, ordinal: int | None) -> dict[str, Any] | None:
        """The sale at this outlet, None if there is none; empty where only the fact is known."""
        moves = _moves(self._db, gtin, serial)
        if not self._sold(self._db, ordinal, moves):
            return None
        rows = [
            self._db.execute("SELECT at, number FROM sale WHERE device = ? AND seq = ?", move).fetchone()
            for move in moves
            if isinstance(move, sold.Taken)
        ]
        newest = max((row for row in rows if row is not None), default=None)
        return {} if newest is None else {"number": newest[1], "at": newest[0]}

    def is_sold(self, db: sqlite3.Connection, gtin: str, serial: int, ordinal: int | None) -> bool:
        """Whether it is sold at this outlet by what `db` now holds (the writer's, inside a transaction)."""
        return self._sold(db, ordinal, _moves(db, gtin, serial))

    def elsewhere(self, gtin: str, serial: int, ordinal: int | None) -> dict[str, Any] | None:  # noqa: ARG002 (protocol)
        """{} if another outlet sold it, else None: the published set does not say where or when."""
        return {} if sold.sold_elsewhere(self._published, ordinal) else None

    def _sold(
        self, db: sqlite3.Connection, ordinal: int | None, moves: list[sold.Taken | sold.Undone]
    ) -> bool:
        complete = not moves or self._complete(db)
        return sold.sold_here(self._published, self._marks, ordinal, moves, complete)

    def _complete(self, db: sqlite3.Connection) -> bool:
        """Whether what the other devices wrote up to their marks is here: the entry of each mark, by its hash."""
        query = "SELECT 1 FROM peer_entry WHERE (device, seq, hash) = (?, ?, ?)"
        return all(
            seq == 0 or db.execute(query, (name, seq, bytes.fromhex(digest))).fetchone() is not None
            for name, (seq, digest) in self._published.marks.items()
            if name != self._device
        )

    def _own_mark(self, device: str) -> int:
        """Up to where the sets hold this device's entries; 0 if its journal has no such entry. Entries
        do not change, so this holds for as long as the sets do."""
        seq, digest = self._published.marks.get(device, (0, ""))
        row = self._db.execute("SELECT hash FROM journal WHERE seq = ?", (seq,)).fetchone()
        return seq if row is not None and row[0].hex() == digest else 0


def _moves(db: sqlite3.Connection, gtin: str, serial: int) -> list[sold.Taken | sold.Undone]:
    """What of the entries known here took the stamp or undid a sale of it. Nearly always nothing, and that the
    primary key alone answers."""
    return [
        sold.Taken(device, seq) if sale is None else sold.Undone(device, seq, sold_by, sale)
        for device, seq, sold_by, sale in db.execute(
            "SELECT device, seq, sold_by, sale FROM stamp_move WHERE gtin = ? AND serial = ?", (gtin, serial)
        )
    ]


class NothingSold:
    """Before there is a catalogue."""

    def here(self, gtin: str, serial: int, ordinal: int | None) -> None:
        """Nothing is known."""

    def elsewhere(self, gtin: str, serial: int, ordinal: int | None) -> None:
        """Nothing is known."""

    def is_sold(self, db: sqlite3.Connection, gtin: str, serial: int, ordinal: int | None) -> bool:  # noqa: ARG002 (as SoldHere)
        """Without a catalogue nothing is known to be a stamp."""
        return False


class Judge:
    """Judges codes by the newest catalogue, the outlet's own sales and the clock."""

    def __init__(self, db: sqlite3.Connection, held: Holder, clock: Clock, device: str) -> None:
        self._db = db
        self._held = held
        self._clock = clock
        self._device = device
        self._known: tuple[Catalogue, SoldHere] | None = None

    @property
    def catalogue(self) -> Catalogue | None:
        """The installed catalogue."""
        return self._held.catalogue

    @property
    def illustrative(self) -> bool:
        """Whether the catalogue is sample data."""
        return bool(self.catalogue and self.catalogue.setting("illustrative"))

    def age(self) -> str:
        """The catalogue's age: confirmed, fresh, stale, old; none without a catalogue."""
        catalogue = self.catalogue
        if catalogue is None:
            return "none"
        if self._held.revoked:
            return "old"
        return self._clock.age(catalogue.issued, self._held.confirmed)

    def judge(self, text: str, reader: str, purpose: str, basket: set[Stamp], at: int) -> Judged:
        """The answer to one scan made at `at` (ms UTC). Any text has one."""
        code, catalogue, age = read_code(text, reader), self.catalogue, self.age()
        judged_age = "old" if age == "none" else age
        answer = verdict(
            code, purpose, catalogue, self.sold(), basket, self._clock.judged, judged_age, verify
        )
        if answer.facts["older"] is not None:
            code = _older(text, answer.facts["gtin"], answer.facts["serial"])
        return Judged(text, code, purpose, answer, age, at, reader == KEYBOARD)

    def products(self, today: str) -> list[dict[str, Any]]:
        """What the shopper's idle screen shows of the shop's goods."""
        return showcase(self.catalogue, self._db, today)

    def sold(self) -> SoldHere | NothingSold:
        """What is known to be sold, by the installed catalogue."""
        catalogue = self.catalogue
        if catalogue is None:
            return NothingSold()
        if self._known is None or self._known[0] is not catalogue:
            self._known = catalogue, SoldHere(self._db, catalogue, self._device)
        return self._known[1]


def _older(text: str, gtin: str, serial: int | None) -> Code:
    """An older stamp as a code, for all that asks a code for its GTIN and serial."""
    elements = [["01", gtin]]
    if serial is not None:
        elements.append(["21", str(serial)])
    return Code("older", text, elements)
