"""The push segment: consecutive entries of one journal as they travel (design, 6.5).

Canonical JSON when we write it, any JSON when we read it, compressed by the host. `body_sha256` is left out of a header on the wire where it
fits the body sent, and put back before anything is hashed: it is a third of a small entry. An entry
that is damaged, lost or no text travels as `sync.damage.wire` puts it, and stands in nobody's way.
"""

import hashlib
import json
from binascii import hexlify, unhexlify
from collections import namedtuple

from .canonical import LARGEST, encode
from .damage import Kept, from_wire, wire
from .envelopes import SyncError
from .journal import entry_hash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Vouch = Callable[[int, bytes], dict[str, Any]]

VERSION = 1
MARK = ',"body_sha256":"'

# device: str; first, last: seq; prev_hash: 32 bytes; entries: [Kept], every one with a hash;
# checkpoint: envelope over {type, device, seq, hash} of the last entry
Segment = namedtuple("Segment", ("device", "first", "last", "prev_hash", "entries", "checkpoint"))


def lost_hash(previous: bytes) -> bytes:
    """What stands for the hash of a damaged entry that has none, after the entry of hash `previous`.

    It does not depend on what was found of the entry, so that both sides know it.
    """
    return hashlib.sha256(b"OCOP-LOST-1" + previous).digest()


def pack(
    device: str, prev_hash: bytes, entries: "list[Kept]", vouch: "Vouch", behind_damage: bool = False
) -> "tuple[bytes, bytes]":
    """Wire bytes (before compression) of `entries`, which follow `prev_hash` without gaps; and the last one's hash.

    `vouch(seq, hash)` gives the checkpoint's envelope. An entry that would not arrive as the same bytes travels as
    damaged, and so does one that does not follow, unless behind a damaged one, whose bytes nobody can hash
    (`behind_damage`: the last one of the segment before was such).
    """
    forms, previous = [], prev_hash
    for entry in entries:
        form, previous, behind_damage = _form(entry, previous, behind_damage)
        forms.append(form)
    last = entries[-1].seq
    data = encode(
        {
            "v": VERSION,
            "device": device,
            "from": entries[0].seq,
            "to": last,
            "prev_hash": hexlify(prev_hash).decode(),
            "entries": forms,
            "checkpoint": vouch(last, previous),
        }
    )
    return data, previous


def unpack(data: bytes, parse: "Callable[[str], Any]" = json.loads) -> Segment:
    """The segment of wire bytes: headers whole again, every hash there. Raises SyncError("malformed").

    `parse` reads JSON, and raises ValueError for what is none.
    """
    try:
        value = parse(data.decode())  # nothing is signed or hashed of how it is written
        if value["v"] != VERSION:
            raise SyncError("malformed", "segment version %s is not understood" % value["v"])
        first, prev_hash = value["from"], unhexlify(value["prev_hash"])
        sound = (
            isinstance(value["device"], str)
            and len(prev_hash) == 32
            and isinstance(value["entries"], list)
            and value["entries"]
            and type(first) is int
            and 1 <= first <= LARGEST
            and value["to"] - first + 1 == len(value["entries"])
            and "checkpoint" in value
        )
        if not sound:
            raise SyncError("malformed", "a segment's device, range or hash is wrong")
        entries: "list[Kept]" = []
        previous, behind_damage = prev_hash, True  # the office knows what is before the first
        for form in value["entries"]:
            entry = _read(form, first + len(entries), previous, behind_damage)
            entries.append(entry)
            previous, behind_damage = entry.hash, entry.damaged
    except (KeyError, TypeError, AttributeError, ValueError, RuntimeError) as error:
        if isinstance(error, SyncError):
            raise
        raise SyncError("malformed", "not a journal segment: %s" % error)
    return Segment(value["device"], first, value["to"], prev_hash, entries, value["checkpoint"])


def _form(entry: Kept, previous: bytes, behind_damage: bool) -> "tuple[dict[str, Any], bytes, bool]":
    """An entry as it travels, its hash, and whether it travels as damaged."""
    if not entry.damaged:
        header = _shortened(entry)
        follows = entry_hash(previous, entry.header) == entry.hash
        if header is not None and (follows or behind_damage):
            form: "dict[str, Any]" = {"header": header, "body": entry.body.decode()}
            if not follows:
                form["hash"] = hexlify(entry.hash).decode()
            return form, entry.hash, False
    return wire(entry), entry.hash or lost_hash(previous), True


def _read(form: "dict[str, Any]", seq: int, previous: bytes, behind_damage: bool) -> Kept:
    """The entry of a form."""
    if "damaged" in form:
        found = from_wire(form)
        if found.seq != seq:
            raise ValueError("a damaged entry stands at another's place")
        return Kept(seq, found.header, found.body, found.hash or lost_hash(previous), True)
    header, body = _whole(form["header"], form["body"])
    if "hash" not in form and len(form) == 2:
        return Kept(seq, header, body, entry_hash(previous, header), False)
    digest = unhexlify(form["hash"])
    if len(digest) != 32 or not behind_damage or len(form) != 3:
        raise ValueError("entry %d claims a hash" % seq)
    return Kept(seq, header, body, digest, False)


def _shortened(entry: Kept) -> "str | None":
    """The header without the body's digest; None for an entry that would not arrive as the same bytes."""
    try:
        text, body = entry.header.decode(), entry.body.decode()
    except ValueError:
        return None
    start, mark, rest = text.partition(MARK + _sha256(entry.body) + '"')
    short = start + rest if mark else text
    if _whole(short, body) == (entry.header, entry.body):
        return str(short)
    return str(text) if _whole(text, body) == (entry.header, entry.body) else None


def _whole(header: str, body: str) -> "tuple[bytes, bytes]":
    raw = body.encode()
    if MARK not in header:
        # Keys are sorted: "at" comes first, "body_sha256" right after it.
        at = header.find(",")
        header = header[:at] + MARK + _sha256(raw) + '"' + header[at:]
    return header.encode(), raw


def _sha256(data: bytes) -> str:
    return hexlify(hashlib.sha256(data).digest()).decode()
