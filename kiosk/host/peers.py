"""What the other devices of this outlet wrote, as the office hands it on: for stock, shifts and refunds.

Each has a folder of its own, `peers/NAME`, with an outlet.db like ours: the same journal, and the same tables
that are told from it. They can always be fetched again.
"""

import logging
import sqlite3
from pathlib import Path
from typing import Any

from kiosk.host import database, projections
from sync.damage import Kept
from sync.host.office import Office, OfficeError
from sync.host.peers import entries
from sync.journal import JournalError, read_header

FOLDER = "peers"
_WAITS = ("pending", "not_found")  # an officer has not agreed yet; or the office has forgotten that device

log = logging.getLogger(__name__)


class Peers:
    """The journals of the other devices of the outlet of `device`, in the data folder."""

    def __init__(self, folder: Path, device: str) -> None:
        self._folder = folder / FOLDER
        self._device = device

    async def follow(self, office: Office, marks: dict[str, list[Any]]) -> None:
        """Fetch what the devices of `marks` (name: seq, hash) have beyond what is here. Raises OfficeError,
        OSError, sqlite3.Error."""
        for device, (seq, _) in sorted(marks.items()):
            if device == self._device or self._newest(device) >= seq:
                continue
            try:
                await self._fetch(office, device)
            except OfficeError as error:
                if error.code not in _WAITS:
                    raise
                log.info("the journal of %s: %s", device, error)

    def names(self) -> list[str]:
        """The devices whose entries are here."""
        return sorted(path.name for path in self._folder.glob("*")) if self._folder.exists() else []

    def opened(self, device: str) -> sqlite3.Connection:
        """The tables of `device`, made if need be. The caller closes it."""
        return database.connect(self._folder / device)

    def _newest(self, device: str) -> int:
        if not (self._folder / device).exists():
            return 0
        db = self.opened(device)
        try:
            (seq,) = db.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()
            return int(seq)
        finally:
            db.close()

    async def _fetch(self, office: Office, device: str) -> None:
        first = self._newest(device) + 1
        db = None
        try:
            async for part in entries(office, device, first):
                db = db or self.opened(device)
                _write(db, device, part)
        finally:
            if db is not None:
                db.close()


def _write(db: sqlite3.Connection, device: str, part: list[Kept]) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        for entry in part:
            try:
                fields = read_header(entry.header)
            except JournalError:
                continue
            if (fields["device"], fields["seq"]) != (device, entry.seq):
                continue
            row = (entry.seq, fields["kind"], fields["at"], entry.header, entry.body, entry.hash)
            db.execute("INSERT OR IGNORE INTO journal VALUES (?, ?, ?, ?, ?, ?)", row)
            projections.replay(db, entry)
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise
