"""Which entries of a stored journal can still be trusted: a flipped bit is found, and blocks nothing else.

An entry is whole when its bytes fit its hash after the entry before, and its body and number fit its header.
If the next entry follows the hash that the bytes give, only the stored hash was spoilt, and the entry is
whole under the right one. A row's number is believed if its header says the same; any other only where one
is free among those, or right behind them: so no spoilt number makes others seem lost. Anything else travels as {"damaged": true, "seq"} with the "hash" and the "bytes"
that were found (design, 6.5); the entry after it is taken as it claims to be, if it is whole in itself.
"""

from binascii import a2b_base64, b2a_base64, hexlify, unhexlify
from collections import namedtuple

from .journal import JournalError, body_fits, claimed, entry_hash, names, read_header

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

    rows    in stored order; the last of `most` is judged better with one more behind it
    parent  hash of the entry before `first`, None if it is not known
    """
    kept: "list[Kept]" = []
    before = [] if parent is None else [parent]
    rows = _numbered(rows, first)
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


def _numbered(rows: "list[Stored]", first: int) -> "list[Stored]":
    """The rows from number `first` on, ascending, under the numbers that they were written with.

    A row whose header does not confirm its number has the one that its header claims, or else its own, or else the
    one after the row before it, if that is free among the confirmed ones; or else the next behind them, for nothing
    tells that more were lost there.
    """
    placed = {row.seq: row for row in rows if names(row.header, row.seq)}
    last = max(placed) if placed else first - 1
    before = first - 1
    for row in rows:
        if placed.get(row.seq) is not row:
            claims = (claimed(row.header), row.seq, before + 1)
            free = [seq for seq in claims if first <= seq <= last and seq not in placed]
            if not free and (0 < claims[0] < first or (row is rows[0] and first in placed)):
                continue  # its place is before these
            last = last if free else last + 1
            before = free[0] if free else last
            placed[before] = Stored(before, row.header, row.body, row.hash)
        else:
            before = row.seq
    return [placed[seq] for seq in sorted(placed) if seq >= first]


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
