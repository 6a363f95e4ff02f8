"""The journal on disk, and the one writer of outlet.db.

Every change goes through `Writer.write`: one function, one transaction, one fsync. Scans may wait
(at most five seconds or a hundred) and go in with the next transaction; nothing else does.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

from kiosk.host import projections
from kiosk.host.database import fact, set_fact
from sync import bodies, damage, journal
from sync.canonical import encode
from sync.damage import Kept, Stored

T = TypeVar("T")

MOST_WAITING = 100  # scans
LONGEST_WAIT = 5.0  # seconds
AT_ONCE = 500  # entries that are read at a time

# The highest number that anything speaks of: an entry that was lost is never written a second time.
_HIGHEST = """
    SELECT max(
        coalesce((SELECT max(seq) FROM journal), 0), coalesce((SELECT max(seq) FROM sale), 0),
        coalesce((SELECT max(seq) FROM undo), 0), coalesce((SELECT max(seq) FROM shift), 0),
        coalesce((SELECT max(seq) FROM shift_close), 0),
        coalesce((SELECT sale FROM print_job ORDER BY id DESC LIMIT 1), 0),
        coalesce((SELECT CAST(value AS INTEGER) FROM fact WHERE name = 'acked_seq'), 0)
    )
"""


class StorageError(Exception):
    """The disk did not take a change (full, read-only, broken). `certain`: nothing of it was kept; else it
    may turn out to be there once the service has started again."""

    def __init__(self, message: str, certain: bool = True) -> None:
        super().__init__(message)
        self.certain = certain


class Moment(NamedTuple):
    """When something happened: ms UTC, ms of the monotonic clock, "sure" or "unsure"."""

    at: int
    mono: int
    clock: str


class Appended(NamedTuple):
    """Where an entry went."""

    seq: int
    hash: bytes


def append(
    db: sqlite3.Connection,
    device: str,
    kind: str,
    body: dict[str, Any],
    moment: Moment,
    request: projections.Request | None = None,
) -> Appended:
    """Add an entry to the journal, and its rows to the projections, inside the caller's transaction.

    `request` says under which Idempotency-Key a sale, void or refund was asked for. Raises
    sync.bodies.BodyError for a body that is not what its kind must be, JournalError for one too large.
    """
    bodies.check(kind, body)
    data = encode(body)
    last, previous = head(db)
    seq = last + 1
    header = journal.header_bytes(device, seq, moment.at, moment.mono, moment.clock, kind, data)
    digest = journal.entry_hash(previous, header)
    db.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?)", (seq, kind, moment.at, header, data, digest))
    projections.project(db, projections.Entry(device, seq, digest, moment.at), kind, body, request)
    return Appended(seq, digest)


def head(db: sqlite3.Connection) -> tuple[int, bytes]:
    """(seq, hash) after which the next entry is written; (0, zeros) before the first.

    Where newer entries were lost, seq is the highest that anything here speaks of, and the hash that of the
    newest one that is known.
    """
    (highest,) = db.execute(_HIGHEST).fetchone()
    seq, digest = db.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone() or (
        0,
        journal.START,
    )
    if seq < highest and str(highest) == fact(db, "acked_seq"):
        return highest, bytes.fromhex(fact(db, "acked_hash") or "")
    return highest, digest


def last_sure(db: sqlite3.Connection) -> int | None:
    """When the newest entry with a sure clock was written, ms UTC."""
    for (header,) in db.execute("SELECT header FROM journal ORDER BY seq DESC"):
        try:
            fields = journal.read_header(header)
        except journal.JournalError:
            continue  # damaged
        if fields["clock"] == "sure":
            return int(fields["at"])
    return None


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

    def read(self, first: int, limit: int) -> list[Kept]:
        """Up to `limit` entries from seq `first` on, each judged: what was damaged or lost is marked.

        `sync.damage.wire` puts a damaged one into the form that travels.
        """
        # The hash before `first` is what the entry there says, or what its bytes give.
        start = max(1, first - 1)
        device = fact(self._db, "device")
        parent = journal.START if start == 1 else self._stored_hash(start - 1)
        rows = self._rows(start, first + limit - start + 1)
        return damage.sort_out(rows, start, parent, device, first + limit - start)[first - start :]

    def all(self) -> Iterator[Kept]:
        """Every entry, judged."""
        first = 1
        while batch := self.read(first, AT_ONCE):
            yield from batch
            first += len(batch)

    def holds(self, seq: int, digest: bytes) -> bool:
        """Whether `digest` is the hash of entry `seq` here, as far as can be told of a damaged or lost one."""
        if self.hash_at(seq) == digest:
            return True
        if seq == self.acknowledged() and fact(self._db, "acked_hash") == digest.hex():
            return True
        found = self.read(seq, 1)
        return bool(found) and found[0].damaged and found[0].hash is None

    def hash_at(self, seq: int) -> bytes | None:
        """Hash of entry `seq`; zeros for 0; None where there is none."""
        if seq == 0:
            return journal.START
        found = self.read(seq, 1)
        return found[0].hash if found else None

    def _stored_hash(self, seq: int) -> bytes | None:
        row = self._db.execute("SELECT hash FROM journal WHERE seq = ?", (seq,)).fetchone()
        return None if row is None or len(row[0]) != len(journal.START) else row[0]

    def _rows(self, first: int, limit: int) -> list[Stored]:
        query = "SELECT seq, header, body, hash FROM journal WHERE seq >= ? ORDER BY seq LIMIT ?"
        try:
            return [Stored(*row) for row in self._db.execute(query, (first, limit))]
        except sqlite3.DatabaseError:  # a page of the file cannot be read: one by one, what can be
            rows = []
            for seq in range(first, first + limit):
                try:
                    rows += [Stored(*row) for row in self._db.execute(query, (seq, 1)) if row[0] == seq]
                except sqlite3.DatabaseError:
                    rows.append(Stored(seq, None, None, b""))
            return rows


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
        """Take an entry (a scan) that may wait for the next transaction. Raises sync.bodies.BodyError."""
        bodies.check(kind, body)  # here, so that it cannot stand in a sale's way
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
        db, committing = self._db, False
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
            committing = True
            db.execute("COMMIT")
        except sqlite3.Error as error:
            certain = self._undone(committing)
            raise StorageError(f"the outlet's database did not take the change ({error})", certain) from error
        return result

    def _undone(self, committing: bool) -> bool:
        """After a failure: roll back. Whether it is certain that nothing of the change comes back.

        A commit that failed at its fsync lies whole in the WAL, and a restart would find it valid there:
        another commit has to write over it.
        """
        db = self._db
        try:
            if db.in_transaction:
                db.execute("ROLLBACK")
            if committing:
                db.execute("BEGIN IMMEDIATE")
                set_fact(db, "undone", str(int(fact(db, "undone") or 0) + 1))
                db.execute("COMMIT")
        except sqlite3.Error:
            with contextlib.suppress(sqlite3.Error):
                if db.in_transaction:
                    db.execute("ROLLBACK")
            return False
        return True


def acknowledge(db: sqlite3.Connection, seq: int, digest: bytes) -> None:
    """Remember that the office has signed for everything up to `seq`."""
    set_fact(db, "acked_seq", str(seq))
    set_fact(db, "acked_hash", digest.hex())
