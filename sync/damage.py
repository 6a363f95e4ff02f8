"""Which entries of a stored journal can still be trusted: a flipped bit is found, and blocks nothing else.

An entry is whole when its bytes fit its hash after the entry before, and its body and number fit its header.
If the next entry follows the hash that the bytes give, only the stored hash was spoilt, and the entry is
whole under the right one. Anything else travels as {"damaged": true, "seq"} with the "hash" and the "bytes"
that were found (design, 6.5); the entry after it is taken as it claims to be, if it is whole in itself.
"""

from binascii import a2b_base64, b2a_base64, hexlify, unhexlify
from collections import namedtuple

from .journal import JournalError, body_fits, entry_hash, read_header

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Stored = namedtuple("Stored", ("seq", "header", "body", "hash"))
"""A row as it lies on disk: an int and three bytes, header and body None if they cannot be read."""

Kept = namedtuple("Kept", ("seq", "header", "body", "hash", "damaged"))
"""An entry. `damaged`: header and body are what was found, None for nothing; hash is None if it is not known."""


def sort_out(
    rows: "list[Stored]", first: int, parent: "bytes | None", device: "str | None", most: int
) -> "list[Kept]":
    """`rows` of the journal of `device` as entries from seq `first` on, `most` at most; the lost among them too.
    Before enrolment there is no device, and nothing is asked of it.

    rows    ascending; the last of `most` is judged better with one more behind it
    parent  hash of the entry before `first`, None if it is not known
    """
    kept: "list[Kept]" = []
    before = [] if parent is None else [parent]
    for place, row in enumerate(rows):
        while first + len(kept) < row.seq and len(kept) < most:  # lost
            kept.append(Kept(first + len(kept), None, None, None, True))
            before = []
        if len(kept) == most:
            break
        following = rows[place + 1] if place + 1 < len(rows) else None
        if following is not None and following.seq != row.seq + 1:
            following = None
        one = _judge(row, following, before, device)
        kept.append(one)
        before = [] if one.hash is None or one.damaged else [one.hash]
    return kept


def wire(entry: Kept) -> "dict[str, Any]":
    """A damaged entry as it travels and is exported; "bytes" is base64 of header, line feed, body."""
    form: "dict[str, Any]" = {"damaged": True, "seq": entry.seq}
    if entry.hash is not None:
        form["hash"] = hexlify(entry.hash).decode()
    if entry.header is not None:
        form["bytes"] = b2a_base64(entry.header + b"\n" + (entry.body or b"")).decode().strip()
    return form


def from_wire(form: "dict[str, Any]") -> Kept:
    """The damaged entry of a form that `wire` made. Raises ValueError, KeyError or TypeError for another."""
    digest, found = form.get("hash"), form.get("bytes")
    kept = Kept(form["seq"], None, None, None if digest is None else unhexlify(digest), True)
    if found is not None:
        header, _, body = a2b_base64(found).partition(b"\n")
        kept = Kept(kept.seq, header, body, kept.hash, True)
    if form["damaged"] is not True or wire(kept) != form or len(kept.hash or bytes(32)) != 32:
        raise ValueError("not a damaged entry")
    return kept


def _judge(row: Stored, following: "Stored | None", before: "list[bytes]", device: "str | None") -> Kept:
    if _whole(row, device):
        given = [entry_hash(parent, row.header) for parent in before]
        if not before or row.hash in given:
            return Kept(row.seq, row.header, row.body, row.hash, False)
        for digest in given:
            if following is not None and _follows(following, digest):
                return Kept(row.seq, row.header, row.body, digest, False)
    claimed = len(row.hash) == 32 if following is None else _follows(following, row.hash)
    return Kept(row.seq, row.header, row.body, row.hash if claimed else None, True)


def _whole(row: Stored, device: "str | None") -> bool:
    """Whether the entry agrees with itself."""
    if row.header is None or row.body is None or len(row.hash) != 32:
        return False
    try:
        fields = read_header(row.header)
    except JournalError:
        return False
    if fields["seq"] != row.seq or (device is not None and fields["device"] != device):
        return False
    return body_fits(fields, row.body)


def _follows(row: Stored, parent: bytes) -> bool:
    return row.header is not None and len(parent) == 32 and entry_hash(parent, row.header) == row.hash
