"""Push: send the journal's unacknowledged entries until the office has signed for the last one."""

import asyncio
import functools
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from sync import segments
from sync.damage import Kept
from sync.envelopes import key_id, seal
from sync.host.device_key import DeviceKey
from sync.host.office import Office, OfficeError
from sync.journal import checkpoint

# Entries in a segment: ever more while they arrive, so that a line that breaks every few seconds still gets on.
FEWEST, MOST = 125, 2000
AT_ONCE = 250  # that are read before somebody else gets a turn


class JournalSource(Protocol):
    """What push needs of the outlet's journal."""

    def acknowledged(self) -> int:
        """Highest seq that the office has signed for; 0 for none."""

    def read(self, first: int, limit: int) -> list[Kept]:
        """Up to `limit` entries from seq `first` on, damaged ones marked."""

    def hash_at(self, seq: int) -> bytes | None:
        """Hash of the entry `seq` (32 zero bytes for 0), None if it is not known."""


async def push(
    office: Office, journal: JournalSource, acknowledge: Callable[[int, bytes], object], device: str = ""
) -> int:
    """Send everything that is waiting. Returns how many entries the office has now signed for. `device` is another
    one of the outlet if it is the journal of that, as far as it is known here.

    Counts as acknowledged only what the answer signs with this device's own hash. An office that
    lacks our past (restored from a backup) is sent it again, going back by doubling steps. Raises
    OfficeError when the office cannot be reached or refuses.
    """
    device = device or office.identity.device
    make = functools.partial(_make, device, journal, office.key)
    at, most, step, done = _Place(journal.acknowledged() + 1, FEWEST), MOST, 1, 0
    made: _Made | None = None
    while True:
        made = made or await make(at)
        if made is None:
            return done
        first, last = made.batch[0].seq, made.batch[-1].seq
        follows = _Place(last + 1, min(2 * at.limit, most), made.hash, made.batch[-1].damaged)
        # While this one is on its way, the next one is made: a slow line need not wait for a slow processor.
        ahead = asyncio.create_task(make(follows))
        try:
            await _send(office, device, made.wire, last, made.hash)
        except OfficeError as error:
            if error.code == "unknown_prev" and first > 1:
                wanted = error.detail.get("wanted_seq")
                back = max(1, min(first - step, wanted if isinstance(wanted, int) else first))
                at, step = _Place(back, at.limit), step * 2
            elif error.code == "too_much" and len(made.batch) > 1:
                most = len(made.batch) // 2
                at = at._replace(limit=most)
            else:
                raise
            made = None
        else:
            acknowledge(last, made.hash)
            done += len(made.batch)
            at, made = follows, await ahead
        finally:
            ahead.cancel()


class _Place(NamedTuple):
    """Where a segment begins, and how many entries it has at most; the hash before it, if that is known, and whether
    it is a damaged entry's.
    """

    start: int
    limit: int
    previous: bytes | None = None
    behind_damage: bool = False


class _Made(NamedTuple):
    """A segment to be sent: its entries, its bytes, the hash of its last entry."""

    batch: list[Kept]
    wire: bytes
    hash: bytes


async def _make(device: str, journal: JournalSource, key: DeviceKey, at: _Place) -> _Made | None:
    """The segment from there on; None if there are no entries. The till is not held up by it."""
    start, previous = at.start, at.previous
    while previous is None:  # some damaged entries have no hash to begin behind
        previous = journal.hash_at(start - 1)
        start -= previous is None
    batch: list[Kept] = []
    while part := journal.read(start + len(batch), min(AT_ONCE, at.limit - len(batch))):
        batch += part
        if len(batch) >= at.limit:
            break
        await asyncio.sleep(0)
    if not batch:
        return None
    return await asyncio.to_thread(_packed, device, previous, batch, at.behind_damage, key)


def _packed(device: str, previous: bytes, batch: list[Kept], behind_damage: bool, key: DeviceKey) -> _Made:
    def vouch(seq: int, digest: bytes) -> dict[str, Any]:
        return seal(checkpoint(device, seq, digest), [(key_id(key.public), key.sign)])

    wire, last = segments.pack(device, previous, batch, vouch, behind_damage)
    return _Made(batch, zlib.compress(wire, 9), last)


async def _send(office: Office, device: str, wire: bytes, seq: int, digest: bytes) -> None:
    """Returns once the office has signed for this very entry."""
    path = "/sync/v1/journal" if device == office.identity.device else f"/sync/v1/journal/{device}"
    ack = await office.checked(await office.ask("POST", path, body=wire), "ack")
    if ack.get("device") != device:
        raise OfficeError("not_office", "the office signed for another device.")
    if (ack.get("acked_seq"), ack.get("hash")) != (seq, digest.hex()):
        raise OfficeError("other_branch", "the office signed for another journal than the one sent.")
