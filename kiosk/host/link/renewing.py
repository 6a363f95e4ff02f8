"""A card that was restored from a copy: its device goes on as a new one, with a new key and a new journal.

The old journal has two ends from then on, and nobody can say any more which receipt a number of it means. So
the old entries are pushed to their last, the office is asked for a new name, and once it gave one and nothing
waits any more, the next start of the service begins a new outlet.db. The old one stays beside it for ever, as
`outlet-NAME.db`; so does the old key, as `device-NAME.key`: an office that was restored from a backup may need
both again.
"""

import contextlib
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from config import durable
from kiosk.host.data import database
from kiosk.host.data.database import fact, set_fact
from kiosk.host.data.journal import Moment, Source, append, head
from kiosk.host.link.peers import PeerSource
from sync import bodies
from sync.host.device_key import DeviceKey, load_or_create
from sync.host.office import Office, OfficeError
from sync.host.push import push

NEW_NAME = "renewed_as"  # in the old outlet.db: the name that the office gave
NEW_KEY = "key_waits"  # in the new one, the old name: its key is not in place yet

log = logging.getLogger(__name__)

_DB, _NEXT_DB = "outlet.db", "outlet.next"  # a folder: `database.connect` makes an outlet.db in it
_KEY, _NEXT_KEY = "device.key", "device.next.key"
# What a device knows that no entry tells.
_NOT_CARRIED = ("device", "acked_seq", "acked_hash", "revoked", NEW_NAME, NEW_KEY)


def next_key(folder: Path) -> DeviceKey:
    """The key that this device asks to go on under; made once."""
    return load_or_create(folder / _NEXT_KEY)


def complete(folder: Path, moment: Moment) -> None:
    """Before anything of `folder` is opened: become the new device, if the office gave a name for it and
    everything of the old one has arrived. What was cut off before is finished. Raises CommandError, OSError.
    """
    if (folder / _DB).exists():
        _begin(folder, moment)
    else:
        _put_in_place(folder)
    if (folder / _DB).exists():
        _take_key(folder)


async def send_former(folder: Path, office: Office) -> None:
    """Make sure that the office has all of what this device wrote under former names, and what it knew of others
    then. Raises OfficeError if it cannot be reached."""
    for name, key, db in former(folder):
        if not await _sent(office.under(name, key), Former(db), name):
            await _sent(
                office, Former(db), name
            )  # it may have forgotten that device: as the word of this one
        for (device,) in db.execute("SELECT DISTINCT device FROM peer_entry").fetchall():
            if device != office.identity.device:
                await _sent(office, PeerSource(db, device), device)


async def _sent(office: Office, source: Source, device: str) -> bool:
    """Whether the office has all of a journal now."""
    try:
        await push(office, source, lambda *_: None, device)
    except OfficeError as error:
        if error.code in ("unreachable", "not_office", "busy"):
            raise
        log.warning("what is kept here of %s: %s", device, error)  # an installer has to look at it
        return False
    return True


class Former(Source):
    """The journal of the device that this one was. Only its last entry counts as not acknowledged: an office
    that knows what is before it has all of it, and any other asks for more."""

    def acknowledged(self) -> int:
        """All but the last."""
        return max(0, head(self._db)[0] - 1)


def former(folder: Path) -> Iterator[tuple[str, DeviceKey, sqlite3.Connection]]:
    """(name, key, outlet.db) of each device that this one was."""
    for path in sorted(folder.glob("outlet-*.db")):
        name = path.stem.removeprefix("outlet-")
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        try:
            yield name, load_or_create(folder / f"device-{name}.key"), db
        finally:
            db.close()


def _begin(folder: Path, moment: Moment) -> None:
    old = database.connect(folder)
    try:
        name, device = fact(old, NEW_NAME), fact(old, "device")
        if name is None or busy(old):
            return
        _make_next(old, folder / _NEXT_DB, name, moment)
        # All of it in one file, so that a rename takes all of it.
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        old.execute("PRAGMA journal_mode = DELETE")
    finally:
        old.close()
    durable.put(folder / _DB, folder / f"outlet-{device}.db")
    _put_in_place(folder)


def busy(db: sqlite3.Connection) -> bool:
    """Whether something of the old journal is under way: not acknowledged, not printed, or in a basket."""
    under_way = (
        "SELECT 1 FROM print_job WHERE state IN ('queued', 'printing') "
        "UNION ALL SELECT 1 FROM basket WHERE state NOT IN ('sold', 'dropped') LIMIT 1"
    )
    return Source(db).waiting() > 0 or db.execute(under_way).fetchone() is not None


def _make_next(old: sqlite3.Connection, folder: Path, name: str, moment: Moment) -> None:
    for left in folder.glob("*"):  # of a start that was cut off
        left.unlink()
    new = database.connect(folder)
    try:
        new.execute("BEGIN IMMEDIATE")
        for known, value in old.execute("SELECT name, value FROM fact").fetchall():
            if known not in _NOT_CARRIED:
                set_fact(new, known, value)
        set_fact(new, "device", name)
        set_fact(new, NEW_KEY, fact(old, "device") or "")
        staff = old.execute("SELECT id, name, role, salt, pin FROM staff").fetchall()
        new.executemany("INSERT INTO staff (id, name, role, salt, pin) VALUES (?, ?, ?, ?, ?)", staff)
        prices = (
            "SELECT body FROM journal WHERE seq IN "
            "(SELECT max(seq) FROM price WHERE device = ? GROUP BY gtin) ORDER BY seq"
        )
        for (body,) in old.execute(prices, (fact(old, "device"),)).fetchall():
            with contextlib.suppress(bodies.BodyError):  # damaged
                append(new, name, "price", bodies.read("price", body), moment)
        new.execute("COMMIT")
        new.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        new.execute("PRAGMA journal_mode = DELETE")
    finally:
        new.close()


def _put_in_place(folder: Path) -> None:
    made = folder / _NEXT_DB / _DB
    if made.exists():
        made.rename(folder / _DB)
        durable.sync(folder)  # before anything is written to it
        (folder / _NEXT_DB).rmdir()


def _take_key(folder: Path) -> None:
    db = database.connect(folder)
    try:
        old = fact(db, NEW_KEY)
        if old is None:
            return
        if (folder / _NEXT_KEY).exists():
            if (folder / _KEY).exists():
                durable.put(folder / _KEY, folder / f"device-{old}.key")
            durable.put(folder / _NEXT_KEY, folder / _KEY)
        db.execute("DELETE FROM fact WHERE name = ?", (NEW_KEY,))
    finally:
        db.close()
