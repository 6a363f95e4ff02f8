"""Push: send the journal's unacknowledged entries until the office has signed for the last one."""

import zlib
from collections.abc import Callable
from typing import Any, Protocol

from sync import segments
from sync.damage import Kept
from sync.envelopes import SyncError, key_id, seal
from sync.host.device_key import DeviceKey
from sync.host.office import Office, OfficeError

MOST_ENTRIES = 500


class JournalSource(Protocol):
    """What push needs of the outlet's journal."""

    def acknowledged(self) -> int:
        """Highest seq that the office has signed for; 0 for none."""

    def read(self, first: int, limit: int) -> list[Kept]:
        """Up to `limit` entries from seq `first` on, damaged ones marked."""

    def hash_at(self, seq: int) -> bytes | None:
        """Hash of the entry `seq` (32 zero bytes for 0), None if there is none."""


async def push(
    office: Office, journal: JournalSource, key: DeviceKey, acknowledge: Callable[[int, bytes], object]
) -> int:
    """Send everything that is waiting. Returns how many entries the office has now signed for.

    Counts as acknowledged only what the answer signs with this device's own hash. An office that
    lacks our past (restored from a backup) is sent it again, going back by doubling steps. Raises
    OfficeError when the office cannot be reached or refuses.
    """
    start, limit, step, done = journal.acknowledged() + 1, MOST_ENTRIES, 1, 0
    while batch := journal.read(start, limit):
        previous = journal.hash_at(start - 1)
        if previous is None:
            raise OfficeError("journal", f"entry {start - 1} is missing from this device's journal.")
        try:
            ack = await _send(office, key, previous, batch)
        except OfficeError as error:
            if error.code == "unknown_prev" and start > 1:
                start = max(1, min(start - step, int(error.detail.get("wanted_seq", start))))
                step *= 2
                continue
            if error.code == "too_much" and limit > 1:
                limit = max(1, len(batch) // 2)
                continue
            raise
        seq, stored = int(ack["acked_seq"]), bytes.fromhex(str(ack["hash"]))
        if journal.hash_at(seq) != stored or seq < batch[-1].seq:
            raise OfficeError("other_branch", "the office signed for another journal than this device's.")
        acknowledge(seq, stored)
        done += len(batch)
        start = seq + 1
    return done


async def _send(office: Office, key: DeviceKey, previous: bytes, batch: list[Kept]) -> dict[str, Any]:
    spoilt = next((entry.seq for entry in batch if entry.damaged), None)
    if spoilt is not None:
        raise OfficeError("journal", f"entry {spoilt} of this device's journal is spoilt.")
    last = batch[-1]
    checkpoint = seal(
        {"type": "checkpoint", "device": office.identity.device, "seq": last.seq, "hash": last.hash.hex()},
        [(key_id(key.public), key.sign)],
    )
    entries = [(entry.header, entry.body) for entry in batch]
    try:
        wire = segments.pack(office.identity.device, batch[0].seq, previous, entries, checkpoint)
    except SyncError as error:
        raise OfficeError("journal", f"an entry of this device's journal is spoilt: {error}.") from error
    answer = await office.ask("POST", "/sync/v1/journal", body=zlib.compress(wire, 9))
    ack = office.checked(answer, "ack")
    if ack["device"] != office.identity.device:
        raise OfficeError("not_office", "the office signed for another device.")
    return ack
