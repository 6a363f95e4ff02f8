"""The journal on disk, and the one writer of outlet.db.

Every change goes through `Writer.write`: one function, one transaction, one fsync. Scans may wait
(at most five seconds or a hundred) and go in with the next transaction; nothing else does.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

from kiosk.host.database import fact, set_fact
from sync import journal
from sync.canonical import encode
from sync.host.push import StoredEntry

T = TypeVar("T")

MOST_WAITING = 100  # scans
LONGEST_WAIT = 5.0  # seconds


class StorageError(Exception):
    """The disk did not take a change (full, read-only, broken); nothing of it was kept."""


class Moment(NamedTuple):
    """When something happened: ms UTC, ms of the monotonic clock, "sure" or "unsure"."""

    at: int
    mono: int
    clock: str


class Appended(NamedTuple):
    """Where an entry went."""

    seq: int
    hash: bytes


def append(db: sqlite3.Connection, device: str, kind: str, body: dict[str, Any], moment: Moment) -> Appended:
    """Add an entry to the journal, inside the caller's transaction."""
    seq, previous = head(db)
    data = encode(body)
    header = journal.header_bytes(device, seq + 1, moment.at, moment.mono, moment.clock, kind, data)
    digest = journal.entry_hash(previous, header)
    db.execute(
        "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?)", (seq + 1, kind, moment.at, header, data, digest)
    )
    return Appended(seq + 1, digest)


def head(db: sqlite3.Connection) -> tuple[int, bytes]:
    """(seq, hash) of the newest entry; (0, zeros) before the first."""
    row = db.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    return (0, journal.START) if row is None else row


def last_sure(db: sqlite3.Connection) -> int | None:
    """When the newest entry with a sure clock was written, ms UTC."""
    row = db.execute(
        'SELECT at FROM journal WHERE instr(header, CAST(\'"clock":"sure"\' AS BLOB)) ORDER BY seq DESC LIMIT 1'
    ).fetchone()
    return None if row is None else row[0]


class Source:
    """What push reads of the journal (sync.host.push.JournalSource), on a connection of its own."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def acknowledged(self) -> int:
        """Highest seq that the office has signed for."""
        return int(fact(self._db, "acked_seq") or 0)

    def waiting(self) -> int:
        """How many entries the office has not signed for."""
        return head(self._db)[0] - self.acknowledged()

    def entries(self, first: int, limit: int) -> list[StoredEntry]:
        """Up to `limit` entries from seq `first` on."""
        rows = self._db.execute(
            "SELECT seq, header, body, hash FROM journal WHERE seq >= ? ORDER BY seq LIMIT ?", (first, limit)
        )
        return [StoredEntry(*row) for row in rows]

    def hash_at(self, seq: int) -> bytes | None:
        """Hash of entry `seq`; zeros for 0; None where there is none."""
        if seq == 0:
            return journal.START
        row = self._db.execute("SELECT hash FROM journal WHERE seq = ?", (seq,)).fetchone()
        return None if row is None else row[0]


class Writer:
    """The single writer: a thread of its own, so that no fsync holds up the event loop."""

    def __init__(self, db: sqlite3.Connection, device: str) -> None:
        self._db = db
        self._thread = ThreadPoolExecutor(1, "outlet-db")
        self._waiting: list[tuple[str, dict[str, Any], Moment]] = []
        self._timer: asyncio.TimerHandle | None = None
        self.device = device

    async def write(self, change: Callable[[sqlite3.Connection], T]) -> T:
        """Run `change(db)` in one transaction and return its result once it is on disk.

        What `change` raises comes out here and undoes it. Raises StorageError when the disk fails.
        """
        waiting, self._waiting = self._waiting, []
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._thread, self._transaction, change, waiting
            )
        except StorageError:
            self._waiting = waiting + self._waiting
            self._wake(LONGEST_WAIT)
            raise

    async def entry(self, kind: str, body: dict[str, Any], moment: Moment) -> Appended:
        """Write one entry that has no projection."""
        return await self.write(lambda db: append(db, self.device, kind, body, moment))

    def later(self, kind: str, body: dict[str, Any], moment: Moment) -> None:
        """Take an entry (a scan) that may wait for the next transaction."""
        self._waiting.append((kind, body, moment))
        if len(self._waiting) == MOST_WAITING and self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._wake(0 if len(self._waiting) == MOST_WAITING else LONGEST_WAIT)

    async def flush(self) -> None:
        """Write what waits."""
        if self._waiting:
            await self.write(lambda _: None)

    async def close(self) -> None:
        """Write what waits and end the thread."""
        await self.flush()
        self._thread.shutdown()
        self._db.close()

    def _wake(self, delay: float) -> None:
        if self._waiting and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(delay, self._due)

    def _due(self) -> None:
        self._timer = None
        self._flushing = asyncio.ensure_future(self._flush_quietly())

    async def _flush_quietly(self) -> None:
        try:
            await self.flush()
        except StorageError:
            pass  # they wait on; the status shows the disk's trouble at the next sale

    def _transaction(
        self, change: Callable[[sqlite3.Connection], T], waiting: list[tuple[str, dict[str, Any], Moment]]
    ) -> T:
        db = self._db
        try:
            db.execute("BEGIN IMMEDIATE")
            for kind, body, moment in waiting:
                append(db, self.device, kind, body, moment)
            db.execute("SAVEPOINT change")
            try:
                result = change(db)
            except sqlite3.Error:
                raise
            except Exception:
                # The caller's own refusal undoes its change; the scans that waited stay.
                db.execute("ROLLBACK TO change")
                db.execute("COMMIT")
                raise
            db.execute("COMMIT")
        except sqlite3.Error as error:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise StorageError(f"the outlet's database did not take the change ({error})") from error
        return result


def acknowledge(db: sqlite3.Connection, seq: int, digest: bytes) -> None:
    """Remember that the office has signed for everything up to `seq`."""
    set_fact(db, "acked_seq", str(seq))
    set_fact(db, "acked_hash", digest.hex())
