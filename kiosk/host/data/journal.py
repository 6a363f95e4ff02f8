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

from kiosk.host.data import projections
from kiosk.host.data.database import fact, set_fact
from sync import bodies, damage, journal
from sync.canonical import encode
from sync.damage import Kept, Stored

T = TypeVar("T")

MOST_WAITING = 100  # scans
LONGEST_WAIT = 5.0  # seconds
AT_ONCE = 500  # entries that are read at a time

# Bytes that an entry takes in the file at least: its header, its hash, and that once more in an index.
SMALLEST = 200
# The highest number that anything beside the journal speaks of. An entry that was lost is never written a second
# time; but a number is believed only if so many entries find room in the file (none is ever removed).
_HIGHEST = """
    WITH own AS (SELECT value AS device FROM fact WHERE name = 'device')
    SELECT max(
        coalesce((SELECT max(seq) FROM undo JOIN own USING (device) WHERE seq <= :room), 0),
        coalesce((SELECT max(seq) FROM shift JOIN own USING (device) WHERE seq <= :room), 0),
        coalesce((SELECT max(seq) FROM shift_close JOIN own USING (device) WHERE seq <= :room), 0),
        coalesce((SELECT sale FROM print_job WHERE sale <= :room ORDER BY id DESC LIMIT 1), 0),
        coalesce((
            SELECT seq FROM sale JOIN own USING (device)
            WHERE seq <= :room AND number LIKE '%-' || seq ORDER BY seq DESC LIMIT 1
        ), 0)
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
    if db.execute("SELECT 1 FROM journal WHERE seq > ?", (last,)).fetchone() is not None:
        _renumber(db)
    header = journal.header_bytes(device, seq, moment.at, moment.mono, moment.clock, kind, data)
    digest = journal.entry_hash(previous, header)
    db.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?)", (seq, kind, moment.at, header, data, digest))
    projections.project(db, projections.Entry(device, seq, digest, moment.at), kind, body, request)
    return Appended(seq, digest)


def head(db: sqlite3.Connection) -> tuple[int, bytes]:
    """(seq, hash) after which the next entry is written; (0, zeros) before the first.

    Where newer entries were lost, seq is the highest that anything here speaks of and that can be believed, and
    the hash that of the newest one that is known.
    """
    seq, digest = _newest(db)
    (room,) = db.execute(
        "SELECT page_count * page_size / ? FROM pragma_page_count, pragma_page_size", (SMALLEST,)
    ).fetchone()
    (highest,) = db.execute(_HIGHEST, {"room": room}).fetchone()
    acked, acked_hash = acknowledged(db)
    if seq < acked and highest <= acked <= room and acked_hash and not _holds(db, acked_hash):
        return acked, acked_hash
    return max(seq, highest), digest


def _newest(db: sqlite3.Connection) -> tuple[int, bytes]:
    """(seq, hash) of the newest row. Behind the last one whose header confirms its number, each is one more."""
    newest, behind = None, 0
    for seq, header, digest in db.execute("SELECT seq, header, hash FROM journal ORDER BY seq DESC"):
        newest = _bytes(digest) or journal.START if newest is None else newest
        if journal.names(_bytes(header), seq):
            return seq + behind, newest
        behind += 1
    return behind, newest or journal.START


def _renumber(db: sqlite3.Connection) -> None:
    """Give the newest rows the numbers that they were written with: a spoilt one is never in a new entry's way."""
    seq, _ = _newest(db)
    wrong = []
    for (stored,) in db.execute("SELECT seq FROM journal ORDER BY seq DESC"):
        if stored == seq:
            break
        wrong.append((seq, stored))
        seq -= 1
    db.executemany("UPDATE journal SET seq = ? WHERE seq = ?", reversed(wrong))


def _holds(db: sqlite3.Connection, digest: bytes) -> bool:
    return db.execute("SELECT 1 FROM journal WHERE hash = ?", (digest,)).fetchone() is not None


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
        return acknowledged(self._db)[0]

    def waiting(self) -> int:
        """How many entries the office has not signed for."""
        return head(self._db)[0] - self.acknowledged()

    def read(self, first: int, limit: int) -> list[Kept]:
        """Up to `limit` entries from seq `first` on, each judged: what was damaged or lost is marked.

        `sync.damage.wire` puts a damaged one into the form that travels.
        """
        # The hash before `first` is what the entry there says, or what its bytes give.
        start = max(1, first - 1)
        parent = journal.START if start == 1 else self._stored_hash(start - 1)
        rows = self._rows(start, first + limit - start + 1)
        return damage.sort_out(rows, start, parent, self._name(), first + limit - start)[first - start :]

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
        if (seq, digest) == acknowledged(self._db):
            return True
        found = self.read(seq, 1)
        return bool(found) and found[0].damaged and found[0].hash is None

    def hash_at(self, seq: int) -> bytes | None:
        """Hash of entry `seq`; zeros for 0; None where there is none."""
        if seq == 0:
            return journal.START
        found = self.read(seq, 1)
        return found[0].hash if found else None

    def _name(self) -> str | None:
        return fact(self._db, "device")

    def _stored_hash(self, seq: int) -> bytes | None:
        rows = self._rows(seq, 1)
        same = rows and rows[0].seq == seq and len(rows[0].hash) == len(journal.START)
        return rows[0].hash if same else None

    def _rows(self, first: int, limit: int) -> list[Stored]:
        # Twice: a spoilt number misleads the search for the first, and +seq is looked at in each row.
        query = (
            "SELECT seq, header, body, hash FROM journal WHERE seq >= ?1 AND +seq >= ?1 ORDER BY seq LIMIT ?2"
        )
        try:
            return [_stored(*row) for row in self._db.execute(query, (first, limit))]
        except sqlite3.DatabaseError:  # a page of the file cannot be read: one by one, what can be
            rows = []
            for seq in range(first, min(first + limit, self._last_indexed() + 1)):
                try:
                    rows += [_stored(*row) for row in self._db.execute(query, (seq, 1)) if row[0] == seq]
                except sqlite3.DatabaseError:
                    rows.append(Stored(seq, None, None, b""))
            return rows

    def _last_indexed(self) -> int:
        """The newest number by the index of hashes, which lies on other pages."""
        query = "SELECT max(seq) FROM journal INDEXED BY sqlite_autoindex_journal_1"
        try:
            return int(self._db.execute(query).fetchone()[0] or 0)
        except sqlite3.DatabaseError:
            return 0


def _stored(seq: int, header: object, body: object, digest: object) -> Stored:
    return Stored(seq, _bytes(header), _bytes(body), _bytes(digest) or b"")


def _bytes(value: object) -> bytes | None:
    """A spoilt row may hold anything."""
    return value if isinstance(value, bytes) else None


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


def acknowledged(db: sqlite3.Connection) -> tuple[int, bytes]:
    """(seq, hash) of the newest entry that the office has signed for; (0, nothing) if none, or if it cannot be read:
    the office is asked for it again."""
    try:
        return int(fact(db, "acked_seq") or 0), bytes.fromhex(fact(db, "acked_hash") or "")
    except ValueError:
        return 0, b""


def acknowledge(db: sqlite3.Connection, seq: int, digest: bytes) -> None:
    """Remember that the office has signed for everything up to `seq`."""
    set_fact(db, "acked_seq", str(seq))
    set_fact(db, "acked_hash", digest.hex())
