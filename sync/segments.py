"""The push segment: consecutive entries of one journal as they travel (design, 6.5).

Canonical JSON, compressed by the host. `body_sha256` is left out of a header on the wire where it
fits the body sent, and put back before anything is hashed: it is a third of a small entry.
"""

import hashlib
from binascii import hexlify, unhexlify
from collections import namedtuple

from .canonical import CanonicalError, decode, encode
from .envelopes import SyncError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

VERSION = 1
MARK = ',"body_sha256":"'

# device: str; first, last: seq; prev_hash: 32 bytes; entries: [(header, body)] as bytes;
# checkpoint: envelope over {type, device, seq, hash} of the last entry
Segment = namedtuple("Segment", ("device", "first", "last", "prev_hash", "entries", "checkpoint"))


def pack(
    device: str,
    first: int,
    prev_hash: bytes,
    entries: "list[tuple[bytes, bytes]]",
    checkpoint: "dict[str, Any]",
) -> bytes:
    """Wire bytes (before compression) of `entries`, whose seqs run from `first` without gaps.

    Raises SyncError("malformed") for an entry that would not arrive as the same bytes: one that is
    no UTF-8, or whose header has lost its `body_sha256`.
    """
    return encode(
        {
            "v": VERSION,
            "device": device,
            "from": first,
            "to": first + len(entries) - 1,
            "prev_hash": hexlify(prev_hash).decode(),
            "entries": [{"header": _shortened(h, b), "body": b.decode()} for h, b in entries],
            "checkpoint": checkpoint,
        }
    )


def unpack(data: bytes) -> Segment:
    """The segment of wire bytes, headers whole again. Raises SyncError("malformed")."""
    try:
        value = decode(data)
        if value["v"] != VERSION:
            raise SyncError("malformed", "segment version %s is not understood" % value["v"])
        entries = [_whole(item["header"], item["body"]) for item in value["entries"]]
        segment = Segment(
            value["device"],
            value["from"],
            value["to"],
            unhexlify(value["prev_hash"]),
            entries,
            value["checkpoint"],
        )
        sound = (
            isinstance(segment.device, str)
            and len(segment.prev_hash) == 32
            and entries
            and not isinstance(segment.first, bool)
            and segment.first >= 1
            and segment.last - segment.first + 1 == len(entries)
        )
    except (CanonicalError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise SyncError("malformed", "not a journal segment: %s" % error)
    if not sound:
        raise SyncError("malformed", "a segment's device, range or hash is wrong")
    return segment


def _shortened(header: bytes, body: bytes) -> str:
    try:
        text = header.decode()
        start, mark, rest = text.partition(MARK + _sha256(body) + '"')
        for wire in (start + rest if mark else text, text):
            if _whole(wire, body.decode()) == (header, body):
                return wire
    except ValueError:
        pass
    raise SyncError("malformed", "an entry cannot travel: its bytes are spoilt")


def _whole(header: str, body: str) -> "tuple[bytes, bytes]":
    raw = body.encode()
    if MARK not in header:
        # Keys are sorted: "at" comes first, "body_sha256" right after it.
        at = header.find(",")
        header = header[:at] + MARK + _sha256(raw) + '"' + header[at:]
    return header.encode(), raw


def _sha256(data: bytes) -> str:
    return hexlify(hashlib.sha256(data).digest()).decode()
