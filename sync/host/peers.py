"""Fetching the journals of the outlet's other devices, which the office hands on as segments."""

import secrets
from collections.abc import AsyncIterator
from typing import Any

from sync import segments
from sync.canonical import CanonicalError, encode
from sync.damage import Kept
from sync.envelopes import SyncError
from sync.host.office import Office, OfficeError


async def entries(office: Office, device: str, known: int, digest: bytes) -> AsyncIterator[list[Kept]]:
    """Entries of `device` behind entry `known` (0 for all), in parts, until there are no more.

    The office's acknowledgement key signed the hash of a part's last. What the office has set apart is left out. Raises
    OfficeError; its code is "other_branch" if `known` does not have the hash `digest` in the history that the office
    hands on, which a person there has chosen anew, and "unknown_entry" if the office lacks that entry.
    """
    while True:
        nonce = secrets.token_hex(16)
        wish = {"from": str(known + 1), "nonce": nonce} | ({"hash": digest.hex()} if known else {})
        answer = await office.ask("GET", f"/sync/v1/journal/{device}", wish)
        if answer == {}:
            return
        segment = await _checked(office, device, known + 1, nonce, answer)
        if segment.first == known + 1 and segment.prev_hash != digest:
            raise OfficeError("other_branch", f"the office hands on another history of {device} now.")
        yield segment.entries
        known, digest = segment.last, segment.entries[-1].hash


async def _checked(office: Office, device: str, first: int, nonce: str, answer: Any) -> segments.Segment:
    try:
        segment = segments.unpack(encode(answer))
    except (SyncError, CanonicalError) as error:
        raise OfficeError("not_office", f"the office's copy of {device}'s journal: {error}.") from error
    digest = segment.entries[-1].hash.hex()
    head = await office.checked(segment.checkpoint, "head")
    wanted = {"type": "head", "device": device, "seq": segment.last, "hash": digest, "nonce": nonce}
    if head != wanted or segment.device != device or segment.first < first:
        raise OfficeError("not_office", f"the office's copy of {device}'s journal is not what it signed.")
    return segment
