"""The journal's rules: what an entry is and how the chain is hashed (design, 6.3).

An entry is a header and a body, both canonical JSON, kept as the exact bytes. The header holds the
body's SHA-256; an entry's hash covers the previous hash and the header. So a body can be set apart
without breaking the chain, and nothing can be removed from it unseen.
"""

import hashlib
from binascii import hexlify

from .bodies import KINDS
from .canonical import CanonicalError, decode, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

VERSION = 1
PREFIX = b"OCOP-ENTRY-1"
START = bytes(32)  # the "previous hash" of entry 1
LARGEST = 65536  # bytes, header and body together

FIELDS = ("at", "body_sha256", "clock", "device", "kind", "mono", "seq", "v")

_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


class JournalError(ValueError):
    """An entry breaks a rule of the journal."""


def header_bytes(device: str, seq: int, at: int, mono: int, clock: str, kind: str, body: bytes) -> bytes:
    """Canonical header of an entry.

    `at` is ms UTC, `mono` ms of the monotonic clock of this boot, `clock` "sure" or "unsure",
    `body` the canonical body. Raises JournalError for an unknown kind, a seq below 1, an unknown
    clock state or an entry over 64 KiB.
    """
    if kind not in KINDS:
        raise JournalError("unknown kind of entry: %s" % kind)
    if seq < 1:
        raise JournalError("seq starts at 1")
    if clock not in ("sure", "unsure"):
        raise JournalError("clock is sure or unsure")
    header = encode(
        {
            "v": VERSION,
            "device": device,
            "seq": seq,
            "at": at,
            "mono": mono,
            "clock": clock,
            "kind": kind,
            "body_sha256": hexlify(hashlib.sha256(body).digest()).decode(),
        }
    )
    if len(header) + len(body) > LARGEST:
        raise JournalError("an entry of %d bytes; the most is %d" % (len(header) + len(body), LARGEST))
    return header


def entry_hash(previous: bytes, header: bytes) -> bytes:
    """SHA-256 over the prefix, the previous entry's hash (32 bytes) and the header."""
    return hashlib.sha256(PREFIX + previous + header).digest()


def read_header(header: bytes) -> "dict[str, Any]":
    """The header's fields. Raises JournalError unless it is canonical and has just these, well typed."""
    try:
        fields = decode(header)
    except CanonicalError as error:
        raise JournalError("header: %s" % error)
    if not isinstance(fields, dict) or sorted(fields) != list(FIELDS):
        raise JournalError("a header has the fields " + " ".join(FIELDS))
    for name in ("at", "mono", "seq", "v"):
        if isinstance(fields[name], bool) or not isinstance(fields[name], int):
            raise JournalError("header: %s is no integer" % name)
    for name in ("body_sha256", "clock", "device", "kind"):
        if not isinstance(fields[name], str):
            raise JournalError("header: %s is no text" % name)
    return fields


def names(header: "bytes | None", seq: int) -> bool:
    """Whether a header as it was written says that it is of entry `seq`; nothing else of it is looked at."""
    return header is not None and (',"seq":%d,' % seq).encode() in header


def claimed(header: "bytes | None") -> int:
    """The number of the entry that a header says it is of; 0 if it cannot be read."""
    try:
        return int(read_header(header or b"")["seq"])
    except JournalError:
        return 0


def body_fits(fields: "dict[str, Any]", body: bytes) -> bool:
    """Whether `body` is the one that the header's `body_sha256` names."""
    return bool(fields["body_sha256"] == hexlify(hashlib.sha256(body).digest()).decode())


def checkpoint(device: str, seq: int, entry: bytes) -> "dict[str, Any]":
    """What a device signs (`sync.envelopes.seal`) to vouch for its journal up to entry `seq` of this hash.

    It travels with each segment and closes each export; the office keeps it.
    """
    return {"type": "checkpoint", "device": device, "seq": seq, "hash": hexlify(entry).decode()}


def hash10(entry: bytes) -> str:
    """The first ten base32 characters (50 bits) of an entry's hash, as receipts carry them."""
    bits = int.from_bytes(entry[:7], "big") >> 6
    return "".join([_BASE32[bits >> (5 * (9 - place)) & 31] for place in range(10)])
