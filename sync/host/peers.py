"""Fetching the journals of the outlet's other devices, which the office hands on as segments."""

import secrets
from collections.abc import AsyncIterator
from typing import Any

from sync import segments
from sync.canonical import CanonicalError, encode
from sync.damage import Kept
from sync.envelopes import SyncError
from sync.host.office import Office, OfficeError


async def entries(office: Office, device: str, first: int) -> AsyncIterator[list[Kept]]:
    """Entries of `device` from seq `first` on, in parts, until there are no more.

    The office's acknowledgement key signed the hash of a part's last. What the office has set apart is
    left out. Raises OfficeError.
    """
    while True:
        nonce = secrets.token_hex(16)
        answer = await office.ask("GET", f"/sync/v1/journal/{device}", {"from": str(first), "nonce": nonce})
        if answer == {}:
            return
        part = await _checked(office, device, first, nonce, answer)
        yield part
        first = part[-1].seq + 1


async def _checked(office: Office, device: str, first: int, nonce: str, answer: Any) -> list[Kept]:
    try:
        segment = segments.unpack(encode(answer))
    except (SyncError, CanonicalError) as error:
        raise OfficeError("not_office", f"the office's copy of {device}'s journal: {error}.") from error
    found: list[Kept] = segment.entries
    digest = found[-1].hash.hex()
    head = await office.checked(segment.checkpoint, "head")
    wanted = {"type": "head", "device": device, "seq": segment.last, "hash": digest, "nonce": nonce}
    if head != wanted or segment.device != device or segment.first < first:
        raise OfficeError("not_office", f"the office's copy of {device}'s journal is not what it signed.")
    return found
