"""What everybody was told, and whether the files hold to it."""

import io
import json
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

from kiosk.host.data import checking, exporting
from office.outlets import exporting as office_exporting
from office.storage import database
from sync.host.device_key import verify
from sync.verification import verify_export

REFUSED = range(400, 600)
PROMISES = ("lost", "missing", "doubled", "number twice", "half done", "unnamed", "stuck")


class BrokenError(Exception):
    """A promise was not kept; the message begins with its name (PROMISES)."""


class Oracle:
    """Remembers every answer of the till. `check` holds the files of the outlet and the office against them."""

    def __init__(self) -> None:
        self.sales: dict[str, list[tuple[int, Any]]] = {}  # Idempotency-Key: answers; status 0: none came
        self.stamps: dict[str, tuple[str, int]] = {}
        self.given_up: set[str] = set()  # the clerk was told that nothing was saved, and let it be
        self._serial = 0

    def next_serial(self) -> int:
        """A stamp that nobody has had."""
        self._serial += 1
        return self._serial

    def asked(self, key: str, stamp: tuple[str, int]) -> None:
        """A sale is being asked for."""
        self.sales.setdefault(key, [])
        self.stamps[key] = stamp

    def told(self, key: str, status: int, answer: Any) -> None:
        """What the clerk was told. Raises BrokenError when it contradicts what was told before."""
        if status == 201 and (before := self.confirmed(key)) is not None and before != answer:
            raise BrokenError(f"doubled: the same request was confirmed as {before} and as {answer}")
        if status in REFUSED:
            if self.confirmed(key) is not None:
                raise BrokenError(
                    f"lost: {before_text(self.confirmed(key))} was refused when asked again: {answer}"
                )
            if not isinstance(answer, dict) or not answer.get("detail"):
                raise BrokenError(f"half done: refused with {status} and no reason: {answer}")
        self.sales[key].append((status, answer))

    def confirmed(self, key: str) -> dict[str, Any] | None:
        """The answer by which a sale was confirmed."""
        return next((answer for status, answer in self.sales[key] if status == 201), None)

    def settled(self, key: str) -> bool:
        """Whether the last press had an answer."""
        return bool(self.sales[key]) and self.sales[key][-1][0] != 0

    # --- afterwards ---

    def check(self, outlet: Path, office: Path, papers: list[dict[str, Any]], printed: bool = True) -> None:
        """Hold the two databases and the papers against what was told, everything healed and drained.

        `printed`: every confirmed sale must also have its receipt. Raises BrokenError.
        """
        here = _read(outlet / "outlet.db")
        there = _read(office / "office.db")
        try:
            self._check_outlet(here)
            self._check_office(here, there)
            self._check_papers(here, papers, printed)
        finally:
            here.close()
            there.close()

    def check_acknowledged(self, outlet: Path, office: Path) -> None:
        """The office has all that it signed for, also before anybody could have sent it again. Raises BrokenError."""
        here, there = _read(outlet / "outlet.db"), _read(office / "office.db")
        try:
            facts = dict(
                here.execute(
                    "SELECT name, value FROM fact WHERE name IN ('device', 'acked_seq', 'acked_hash')"
                )
            )
            if "acked_seq" not in facts:
                return
            query = "SELECT count(*) FROM entries WHERE device = ? AND seq = ? AND hash = ?"
            row = (facts["device"], int(facts["acked_seq"]), bytes.fromhex(facts["acked_hash"]))
            if not there.execute(query, row).fetchone()[0]:
                raise BrokenError(f"lost: the office signed for entry {row[1]} and does not have it any more")
        finally:
            here.close()
            there.close()

    def _check_outlet(self, db: sqlite3.Connection) -> None:
        sales = {
            key: (number, seq, digest.hex())
            for key, number, seq, digest in db.execute(
                "SELECT request_key, number, seq, hash FROM sale JOIN entry USING (device, seq) "
                "WHERE device = (SELECT value FROM fact WHERE name = 'device')"
            )
        }
        for key, answers in self.sales.items():
            answer, kept = self.confirmed(key), sales.get(key)
            if answer is not None:
                if kept is None:
                    raise BrokenError(f"lost: {before_text(answer)} was confirmed and is not at the outlet")
                if kept != (answer["number"], answer["seq"], answer["hash"]):
                    raise BrokenError(f"lost: {before_text(answer)} was confirmed, the outlet has {kept}")
            elif key in self.given_up and kept is not None:
                raise BrokenError(f"half done: refused with {answers[-1]}, and yet there as {kept}")
        numbers = Counter((kept[0], kept[2]) for kept in sales.values())
        if twice := [number for number, count in numbers.items() if count > 1]:
            raise BrokenError(f"number twice: {twice}")
        doubled = db.execute(
            "SELECT gtin, serial, count(*) FROM sale_line WHERE serial IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1"
        ).fetchall()
        if doubled:
            raise BrokenError(f"doubled: stamps in two sales at the outlet: {doubled}")
        in_journal = {
            (device, seq): len(json.loads(body)["lines"])
            for device, seq, body in db.execute("SELECT device, seq, body FROM entry WHERE kind = 'sale'")
        }
        in_tables = {
            (device, seq): count
            for device, seq, count in db.execute(
                "SELECT device, seq, count(*) FROM sale JOIN sale_line USING (device, seq) GROUP BY device, seq"
            )
        }
        if in_journal != in_tables:
            raise BrokenError(f"half done: sales in the journal {in_journal}, in the tables {in_tables}")
        jobs = {seq for (seq,) in db.execute("SELECT DISTINCT sale FROM print_job")}
        own = {seq for (seq,) in db.execute("SELECT seq FROM journal WHERE kind = 'sale'")}
        if jobs != own:
            raise BrokenError(f"half done: sales without a print job: {own ^ jobs}")
        seqs = [seq for (seq,) in db.execute("SELECT seq FROM journal ORDER BY seq")]
        if seqs != list(range(1, len(seqs) + 1)):
            raise BrokenError("lost: the journal has a gap")

    def _check_office(self, here: sqlite3.Connection, there: sqlite3.Connection) -> None:
        """Both go on while they are read: an entry is written here, stored there, and acknowledged here. So what was
        acknowledged is read first, the office's books next, and the outlet's last.
        """
        facts = dict(
            here.execute("SELECT name, value FROM fact WHERE name IN ('device', 'acked_seq')").fetchall()
        )
        device, acked = facts["device"], int(facts.get("acked_seq", 0))
        there.execute("BEGIN")
        stored: dict[int, list[Any]] = {}
        for seq, *kept in there.execute(
            "SELECT seq, hash, header, body, state FROM entries WHERE device = ?", (device,)
        ):
            stored.setdefault(seq, []).append(tuple(kept))
        sold_there = {
            seq for (seq,) in there.execute("SELECT seq FROM sales WHERE device = ?", (device,)).fetchall()
        }
        query = "SELECT head_seq, state FROM devices WHERE id = ?"
        ((head, state),) = there.execute(query, (device,)).fetchall()
        there.execute("COMMIT")
        here.execute("BEGIN")
        mine = here.execute("SELECT seq, hash, header, body FROM journal ORDER BY seq").fetchall()
        sold = {seq for (seq,) in here.execute("SELECT seq FROM sale WHERE device = ?", (device,)).fetchall()}
        here.execute("COMMIT")

        for seq, *entry in mine:
            rows = stored.pop(seq, [])
            if seq <= acked and not any(row[0] == entry[0] for row in rows):
                raise BrokenError(f"lost: entry {seq} was acknowledged, and the office does not have it")
            if len(rows) > 1:
                raise BrokenError(f"doubled: the office has {len(rows)} entries {seq}")
            if rows and rows[0] != (*entry, "ok"):
                raise BrokenError(f"lost: the office's entry {seq} is not the outlet's ({rows[0][3]})")
        if stored:
            raise BrokenError(f"lost: the office has entries {sorted(stored)} that the outlet lacks")
        if head < acked or state != "active":
            raise BrokenError(f"lost: the office's head is {head}, acknowledged {acked}, device {state}")
        if {seq for seq in sold if seq <= head} != sold_there:
            raise BrokenError(f"doubled or lost: sales in one book only: {sold ^ sold_there}")
        twice = there.execute(
            "SELECT count(*) FROM alerts WHERE device = ? "
            "AND kind IN ('sold_twice', 'fork', 'damaged', 'quarantined')",
            (device,),
        )
        if twice.fetchone()[0]:
            raise BrokenError("doubled: alerts of sold_twice, fork, damaged or quarantined")

    def _check_papers(self, here: sqlite3.Connection, papers: list[dict[str, Any]], printed: bool) -> None:
        kept = dict(here.execute("SELECT number, hash10 FROM sale").fetchall())
        counted = Counter((paper["number"], paper["copy"]) for paper in papers)
        for paper in papers:
            if kept.get(paper["number"]) != paper["hash10"]:
                raise BrokenError(f"missing: printed {paper}, and no such sale is at the outlet")
        for (number, copy), count in counted.items():
            if count > 1:
                raise BrokenError(f"doubled: {count} papers of {number}, copy {copy}")
        if printed:
            missing = set(kept) - {number for number, _ in counted}
            if missing:
                raise BrokenError(f"missing: no receipt of {sorted(missing)} came out")


def check_journals(config: Path, office: Path) -> None:
    """Nothing was tampered with, so nobody may say so: `ocop journal check`, and `verify` on both sides."""
    answer = checking.check(config.parent / "data" / "outlet")
    if not answer["ok"]:
        raise BrokenError(f"half done: the tables are not what the journal tells: {answer}")
    device, here = outlet_problems(config)
    if here:
        raise BrokenError(f"lost: the outlet's journal: {here}")
    if there := office_problems(office, device):
        raise BrokenError(f"lost: the office's copy of the journal: {there}")


def outlet_problems(config: Path) -> tuple[str, list[dict[str, Any]]]:
    """The device, and what the verifier names in its exported journal. Raises CommandError when it cannot be
    exported."""
    out = io.StringIO()
    exporting.export(config, out)
    lines = out.getvalue().splitlines()
    return json.loads(lines[0])["device"], verify_export(lines, verify)


def office_problems(office: Path, device: str) -> list[dict[str, Any]]:
    """What the verifier names in the office's copy. Raises CommandError when it cannot be exported."""
    engine = database.open_engine(f"sqlite:///{office / 'office.db'}")
    out = io.StringIO()
    try:
        with database.reading(engine) as connection:
            office_exporting.export(connection, device, out)
    finally:
        engine.dispose()
    return verify_export(out.getvalue().splitlines(), verify)


def before_text(answer: dict[str, Any] | None) -> str:
    """A confirmed sale in words."""
    return "sale " + (f"{answer['number']} ({answer['hash'][:8]})" if answer else "?")


def _read(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)
