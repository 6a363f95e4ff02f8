"""Push: send the journal's unacknowledged entries until the office has signed for the last one."""

import zlib
from collections.abc import Callable
from typing import Any, Protocol

from sync import segments
from sync.damage import Kept
from sync.envelopes import key_id, seal
from sync.host.device_key import DeviceKey
from sync.host.office import Office, OfficeError
from sync.journal import checkpoint

# Entries in a segment: ever more while they arrive, so that a line that breaks every few seconds still gets on.
FEWEST, MOST = 125, 2000


class JournalSource(Protocol):
    """What push needs of the outlet's journal."""

    def acknowledged(self) -> int:
        """Highest seq that the office has signed for; 0 for none."""

    def read(self, first: int, limit: int) -> list[Kept]:
        """Up to `limit` entries from seq `first` on, damaged ones marked."""

    def hash_at(self, seq: int) -> bytes | None:
        """Hash of the entry `seq` (32 zero bytes for 0), None if it is not known."""


async def push(
    office: Office, journal: JournalSource, key: DeviceKey, acknowledge: Callable[[int, bytes], object]
) -> int:
    """Send everything that is waiting. Returns how many entries the office has now signed for.

    Counts as acknowledged only what the answer signs with this device's own hash. An office that
    lacks our past (restored from a backup) is sent it again, going back by doubling steps. Raises
    OfficeError when the office cannot be reached or refuses.
    """
    start, limit, most, step, done = journal.acknowledged() + 1, FEWEST, MOST, 1, 0
    previous: bytes | None = None
    behind_damage = False
    while True:
        while previous is None:  # some damaged entries have no hash to begin behind
            previous = journal.hash_at(start - 1)
            start -= previous is None
        batch = journal.read(start, limit)
        if not batch:
            return done
        wire, last = _packed(office.identity.device, previous, batch, behind_damage, key)
        try:
            ack = await _send(office, wire)
        except OfficeError as error:
            if error.code == "unknown_prev" and start > 1:
                wanted = error.detail.get("wanted_seq")
                start = max(1, min(start - step, wanted if isinstance(wanted, int) else start))
                step *= 2
                previous, behind_damage = None, False
                continue
            if error.code == "too_much" and len(batch) > 1:
                limit = most = len(batch) // 2
                continue
            raise
        if (ack.get("acked_seq"), ack.get("hash")) != (batch[-1].seq, last.hex()):
            raise OfficeError("other_branch", "the office signed for another journal than this device's.")
        acknowledge(batch[-1].seq, last)
        done += len(batch)
        start, previous, behind_damage = batch[-1].seq + 1, last, batch[-1].damaged
        limit = min(2 * limit, most)


def _packed(
    device: str, previous: bytes, batch: list[Kept], behind_damage: bool, key: DeviceKey
) -> tuple[bytes, bytes]:
    """The segment as it is sent, and the hash of its last entry."""

    def vouch(seq: int, digest: bytes) -> dict[str, Any]:
        return seal(checkpoint(device, seq, digest), [(key_id(key.public), key.sign)])

    wire, last = segments.pack(device, previous, batch, vouch, behind_damage)
    return zlib.compress(wire, 9), last


async def _send(office: Office, wire: bytes) -> dict[str, Any]:
    answer = await office.ask("POST", "/sync/v1/journal", body=wire)
    ack = await office.checked(answer, "ack")
    if ack.get("device") != office.identity.device:
        raise OfficeError("not_office", "the office signed for another device.")
    return ack
