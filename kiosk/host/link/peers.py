"""What the other tills of this outlet wrote, as the office hands it on: for stamps, stock, refunds and the day's takings.

Their entries lie beside this till's own journal in outlet.db, and the same tables are told from both. They can be
fetched again, but not where the office has lost them (a backup of before): such are handed over to it, and none is taken
out before the office has signed for it.
"""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from kiosk.host.data import projections
from kiosk.host.data.database import fact
from kiosk.host.data.journal import Source, Writer
from sync.damage import Kept, Stored
from sync.host.office import Office, OfficeError
from sync.host.peers import entries
from sync.host.push import push
from sync.journal import START, JournalError, read_header

EVERY = 15.0  # seconds between questions for what is new
PATIENCE = 600.0  # seconds in which a till that lives sends by itself what a restored office lacks of it
AT_ONCE = 100  # entries in a transaction, so that a sale does not wait long for its turn
# An officer has not agreed yet, or has to decide first; or there is nothing of that device on either side.
_WAITS = ("pending", "refused", "not_found")

log = logging.getLogger(__name__)


class Peer(NamedTuple):
    """Another till, and how much is known of it: its newest entry (0 for none), and the moment (ms UTC, by that
    entry's clock or this till's) up to which nothing more was to be had."""

    device: str
    seq: int
    known_until: int | None


class Peers:
    """The journals of the outlet's other tills. `came(kinds)` is called when entries of these kinds came."""

    def __init__(self, db: sqlite3.Connection, writer: Writer, now: Callable[[], int]) -> None:
        self._db = db
        self._writer = writer
        self._now = now
        self.came: Callable[[set[str]], None] = lambda _: None
        self.pending = False  # whether the office waits for an officer to agree to this till's restored card
        self._marks: dict[str, tuple[int, str]] = {}
        self._asked: dict[str, int] = {}
        self._lacking: dict[str, float] = {}  # since when the office is known to lack entries, monotonic
        self._one_at_a_time = asyncio.Lock()

    def expect(self, marks: dict[str, list[Any]]) -> bool:
        """What the newest catalogue says of this outlet's devices (name: seq, hash). Whether something is missing
        here that its sets hold."""
        self._marks = {
            name: (seq, digest) for name, (seq, digest) in marks.items() if name != self._writer.device
        }
        return any(
            self._newest(name)[0] < seq or self._is_other(name) for name, (seq, _) in self._marks.items()
        )

    def known(self) -> list[Peer]:
        """The other tills, by name."""
        rows = self._db.execute("SELECT device, max(seq), at FROM peer_entry GROUP BY device")
        found = {device: (seq, at) for device, seq, at in rows}
        peers = []
        for device in sorted({*found, *self._marks}):
            seq, at = found.get(device, (0, None))
            peers.append(Peer(device, seq, self._asked.get(device, at)))
        return peers

    async def follow(self, office: Office) -> None:
        """Fetch what the other tills have beyond what is here, and hand over what the office lacks of it. Raises
        OfficeError, StorageError."""
        async with self._one_at_a_time:
            for device in [one.device for one in self.known() if one.device != self._writer.device]:
                try:
                    await self._follow(office, device)
                    self.pending = False
                except OfficeError as error:
                    self.pending = error.code == "pending"
                    if error.code not in _WAITS:
                        raise
                    log.info("the journal of %s: %s", device, error)

    async def _follow(self, office: Office, device: str) -> None:
        try:
            if self._is_other(device):
                await self._replace(office, device)
            await self._fetch(office, device)
        except OfficeError as error:
            if error.code == "other_branch":
                await self._replace(office, device)
            elif error.code == "not_found" and self._newest(device)[0]:
                await self._hand_over(office, device)
            elif error.code == "unknown_entry":
                since = self._lacking.setdefault(device, time.monotonic())
                if time.monotonic() - since >= PATIENCE:
                    await self._hand_over(office, device)
            else:
                raise
        else:
            self._lacking.pop(device, None)

    async def _replace(self, office: Office, device: str) -> None:
        """Give up what is here for the history that the office goes by, once it has signed for it."""
        await self._hand_over(office, device)
        await self._writer.write(partial(_forget, device))
        log.warning("%s: its entries are fetched anew; the office goes by another history", device)

    async def _hand_over(self, office: Office, device: str) -> None:
        """Have the office sign for the newest entry that is here, and send it what it lacks before that."""
        sent = await push(office, PeerSource(self._db, device), lambda *_: None, device)
        log.warning("%s: its last %d entries here are at the office now", device, sent)

    async def step(self, office: Office) -> None:
        """As `follow`, in a while."""
        await asyncio.sleep(EVERY)
        await self.follow(office)

    def _newest(self, device: str) -> tuple[int, bytes]:
        query = "SELECT seq, hash FROM peer_entry WHERE device = ? ORDER BY seq DESC LIMIT 1"
        return self._db.execute(query, (device,)).fetchone() or (0, START)

    def _is_other(self, device: str) -> bool:
        """Whether what is here is a branch of a forked journal that a person at the office did not choose."""
        seq, digest = self._marks.get(device, (0, ""))
        query = "SELECT hash FROM peer_entry WHERE device = ? AND seq = ?"
        row = self._db.execute(query, (device, seq)).fetchone()
        return row is not None and row[0].hex() != digest

    async def _fetch(self, office: Office, device: str) -> None:
        asked = self._now()
        async for part in entries(office, device, *self._newest(device)):
            for place in range(0, len(part), AT_ONCE):
                self.came(await self._writer.write(partial(keep, device, part[place : place + AT_ONCE])))
        self._asked[device] = asked


def keep(device: str, some: list[Kept], db: sqlite3.Connection) -> set[str]:
    """Write entries of another till and their rows, inside the caller's transaction. The kinds of what was new."""
    kinds = set()
    for entry in some:
        try:
            fields = read_header(entry.header)
        except JournalError:
            continue
        if (fields["device"], fields["seq"]) != (device, entry.seq):
            continue
        row = (device, entry.seq, fields["kind"], fields["at"], entry.header, entry.body, entry.hash)
        if db.execute("INSERT OR IGNORE INTO peer_entry VALUES (?, ?, ?, ?, ?, ?, ?)", row).rowcount:
            projections.replay(db, entry)
            kinds.add(str(fields["kind"]))
    return kinds


class PeerSource(Source):
    """The journal of another till, as far as it is here. What the office has set apart of it is not."""

    def __init__(self, db: sqlite3.Connection, device: str) -> None:
        super().__init__(db)
        self._device = device

    def acknowledged(self) -> int:
        """All but the last: an office that knows what is before it has all of it, and any other asks for more."""
        query = "SELECT max(seq) FROM peer_entry WHERE device = ?"
        return int(self._db.execute(query, (self._device,)).fetchone()[0] or 1) - 1

    def all(self) -> Iterator[Kept]:
        """Every entry that is here, judged."""
        return (entry for entry in super().all() if entry.header is not None)

    def _name(self) -> str | None:
        return self._device

    def _rows(self, first: int, limit: int) -> list[Stored]:
        query = "SELECT seq, header, body, hash FROM peer_entry WHERE device = ? AND seq >= ? ORDER BY seq LIMIT ?"
        return [Stored(*row) for row in self._db.execute(query, (self._device, first, limit))]


def every_entry(db: sqlite3.Connection) -> Iterator[tuple[str, Kept]]:
    """(device, entry) of this till's journal and of every other's here, judged."""
    own = fact(db, "device") or ""
    for entry in Source(db).all():
        yield own, entry
    for (device,) in db.execute("SELECT DISTINCT device FROM peer_entry ORDER BY device").fetchall():
        for entry in PeerSource(db, device).all():
            yield device, entry


def forget_spoilt(db: sqlite3.Connection) -> None:
    """Take out the whole of each other till's journal that the card has spoilt, inside the caller's transaction.
    It is fetched again."""
    for (device,) in db.execute("SELECT DISTINCT device FROM peer_entry").fetchall():
        if any(entry.damaged for entry in PeerSource(db, device).all()):
            _forget(device, db)


def _forget(device: str, db: sqlite3.Connection) -> None:
    """Take out what is here of another till, inside the caller's transaction."""
    db.execute("DELETE FROM peer_entry WHERE device = ?", (device,))
    for table in reversed(projections.TABLES):
        db.execute(f"DELETE FROM {table} WHERE device = ?", (device,))  # noqa: S608
