"""Names what is wrong with an exported journal: the code path behind `ocop journal verify`.

Written apart from the code that makes journals, and sharing nothing with it: the header is spelled
out below once more, so that a mistake there does not vouch for itself (design, 6.3).

An export is JSON lines: a head {"device", "key", "from", "prev_hash"}, the entries {"header",
"body", "hash"} and last a checkpoint envelope. Kinds of problem, each with the seq where it shows:

    no_journal      nothing in the file is a head or an entry (seq 0; nothing else is said then)
    malformed       a line that is no head and no entry (head: seq 0)
    truncated       the file ends inside of a line, so that entries or the checkpoint are missing
    other_device    an entry of another device than the head's (the first of them)
    altered         an entry's header, body or hash is not what was written
    damaged         the device itself found that an entry's bytes no longer fit its hash, or are lost
    gap             entries are missing before the last one (seq: the first of them)
    reordered       an entry stands behind a later one
    duplicate       an entry stands here a second time
    renumbered      an entry carries another number than its place in the chain
    forked          two entries follow the same one; or the device has signed another history
    removed_head    the file does not begin with entry 1, as every export does: no entry is ever removed
    removed_tail    a checkpoint proves entries after the last one here
    clock_moved     a clock that was sure ran back or leapt, and no `clock_set` says why
    bad_checkpoint  missing, not signed by the device, or about another journal than this

A damaged entry is {"damaged": true, "seq"} with the "hash" and "bytes" that were found, if any; without a
hash, the next entry's is taken as claimed.
"""

import hashlib
import json
from binascii import unhexlify
from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    Verify = Callable[[bytes, bytes, bytes], bool]

_HEADER = '{"at":%d,"body_sha256":"%s","clock":"%s","device":"%s","kind":"%s","mono":%d,"seq":%d,"v":1}'
_CHECKPOINT = '{"device":"%s","hash":"%s","seq":%d,"type":"checkpoint"}'

MINUTE = 60000  # ms; clocks drift, and an entry may have waited a little

# device, key (32 bytes or None), first: seq, previous: hash before it. Unknown parts are None.
_Head = namedtuple("_Head", ("device", "key", "first", "previous"))
# seq None: malformed. fields None: damaged. header: bytes; hash: as claimed, None when there is none.
_Entry = namedtuple("_Entry", ("seq", "fields", "header", "hash", "sound_body"))


def verify_export(
    lines: "Iterable[str]",
    verify: "Verify",
    key: "bytes | None" = None,
    checkpoint: "dict[str, Any] | None" = None,
) -> "list[dict[str, Any]]":
    """Problems of an exported journal, [{"kind", "seq"}] by seq; an empty list for a sound one.

    `key` is the device's public key (32 bytes) from somewhere else than the file: without it the
    file's own is used, which proves only that the file agrees with itself. `checkpoint` is an
    envelope from elsewhere (the office, an earlier export), which a removed tail or a second
    history cannot escape.
    """
    rows = [line for line in lines if line.strip()]
    head = _head(rows[0]) if rows else _Head(None, None, None, None)
    own = _json(rows[-1]) if len(rows) > 1 else None
    closed = isinstance(own, dict) and "signed" in own
    cut = len(rows) > 1 and own is None
    entries = [_entry(row) for row in (rows[1:-1] if closed or cut else rows[1:])]
    if head.first is None and not closed and all(entry.seq is None for entry in entries):
        return [{"kind": "no_journal", "seq": 0}]
    walk = _Walk(head, entries)
    public = head.key if key is None else key

    good = False
    if cut:
        walk.say("truncated", walk.last + 1)
    else:
        good = walk.check_own(_opened(own, head.device, public, verify), own)
    if checkpoint is not None:
        walk.check_other(_opened(checkpoint, head.device, public, verify), checkpoint, good)
    return [{"kind": kind, "seq": seq} for seq, _, kind in sorted(walk.problems)]


class _Walk:
    """One walk along the entries. `known`: seq → the hashes that stand for it."""

    def __init__(self, head: _Head, entries: "list[_Entry]") -> None:
        self.problems: "list[tuple[int, int, str]]" = []
        self.known: "dict[int, list[bytes]]" = {}
        self._said: "set[tuple[int, str]]" = set()
        self._claimed: "dict[int, list[bytes]]" = {}  # seq → hashes of the entries that carry it
        self._ahead: "dict[int, int]" = {}  # seq → how many entries still to come carry it
        self._children: "dict[bytes, bytes]" = {}  # hash → hash of the entry that follows it
        # hash → (highest time, time, monotonic time) of the sure clock up to that entry; Nones at first
        self._clocks: "dict[bytes, tuple[int | None, int | None, int]]" = {}
        self._shift = 0
        self._device = head.device
        self._strangers = False
        if head.first is None:
            self.say("malformed", 0)
        self.first = head.first or (entries[0].seq if entries else None) or 1
        if head.first is not None and head.first > 1:
            self.say("removed_head", 1)
        self.last = self._place = self.first - 1
        self._before = [head.previous] if head.previous is not None else []
        self.known[self.last] = list(self._before)
        self._claimed[self.last] = list(self._before)
        # A head that no entry agrees with is said once, and then it is the head that lies.
        self._mixed = any(entry.fields and entry.fields["device"] == head.device for entry in entries)
        for entry in entries:
            if entry.seq is not None and not self._strange(entry):
                self._claimed.setdefault(entry.seq, []).extend([entry.hash] if entry.hash else [])
                self._ahead[entry.seq] = self._ahead.get(entry.seq, 0) + 1
        for index, entry in enumerate(entries):
            self._step(entry, entries[index + 1] if index + 1 < len(entries) else None)
        self._name_gaps()

    def check_own(self, opened: "tuple[int, bytes] | None", envelope: "Any") -> bool:
        """Hold the export's checkpoint against its entries. Whether it vouches for them."""
        if opened is None:
            self.say("bad_checkpoint", _claimed_seq(envelope, self.last))
            return False
        seq, signed = opened
        if seq > self.last:
            self.say("removed_tail", self.last + 1)
        elif seq < self.last or signed not in self.known[seq]:
            self.say("bad_checkpoint", seq)
            return False
        return True

    def check_other(self, opened: "tuple[int, bytes] | None", envelope: "Any", good: bool) -> None:
        """Hold a checkpoint from elsewhere against the entries; `good`: the export's own fits them."""
        if opened is None:
            self.say("bad_checkpoint", _claimed_seq(envelope, self.last))
            return
        seq, signed = opened
        if seq > self.last:
            self.say("removed_tail", self.last + 1)
        elif self.known.get(seq) and signed not in self.known[seq]:
            self.say("forked" if good else "bad_checkpoint", seq)

    def say(self, kind: str, seq: int) -> None:
        if (seq, kind) not in self._said:
            self._said.add((seq, kind))
            self.problems.append((seq, len(self.problems), kind))

    def _strange(self, entry: _Entry) -> bool:
        """Whether an entry is another device's, in a file that holds this device's too."""
        return self._mixed and entry.fields is not None and entry.fields["device"] != self._device

    def _step(self, entry: _Entry, following: "_Entry | None") -> None:
        if entry.seq is None:
            self._stand(self._place + 1, [entry.hash] if entry.hash else [])
            self.say("malformed", self._place)
            return
        if self._strange(entry):
            if not self._belongs(entry, following):
                self._name_stranger(entry.seq)
                return
        else:
            self._ahead[entry.seq] -= 1
        if entry.fields is None:
            self._damaged(entry)
            return
        place, parent, problem = self._find(entry, following)
        if not entry.sound_body:
            self.say("altered", place)
        if entry.hash in self.known.get(place, []):
            self.say("duplicate", place)
            return
        if entry.fields["device"] != self._device and self._device is not None and problem != "altered":
            self._name_stranger(place)
        if problem == "altered" or (problem == "renumbered" and entry.seq - place != self._shift):
            self.say(problem, place)
        self._shift = entry.seq - place
        if parent is not None and self._children.setdefault(parent, entry.hash) != entry.hash:
            self.say("forked", place)
            parent = None
        elif place <= self.last and place not in self.known and place != self._place + 1:
            self.say("reordered", place)
        if parent is not None:
            self._read_clock(entry, place, parent)
        hashes = [entry.hash]
        if problem == "altered" and self._before:
            hashes.append(_hash(self._before[0], entry.header))  # perhaps only the hash was altered
        self._stand(place, hashes)

    def _belongs(self, entry: _Entry, following: "_Entry | None") -> bool:
        """Whether another device's entry is a link of this chain: it follows, or is followed."""
        if entry.seq != self._place + 1 or self._ahead.get(entry.seq, 0):
            return False
        if _follows(entry.header, entry.hash, self._before) is not None:
            return True
        if following is None or following.fields is None or self._strange(following):
            return False
        return _follows(following.header, following.hash, [entry.hash]) is not None

    def _name_stranger(self, place: int) -> None:
        if not self._strangers:
            self._strangers = True
            self.say("other_device", place)

    def _damaged(self, entry: _Entry) -> None:
        if entry.seq in self.known:
            self.say("duplicate", entry.seq)
            return
        self.say("damaged", entry.seq)
        if entry.seq < self._place:
            self.say("reordered", entry.seq)
        self._stand(entry.seq, [] if entry.hash is None else [entry.hash])

    def _read_clock(self, entry: _Entry, place: int, parent: bytes) -> None:
        fields = entry.fields
        at, mono = fields["at"], fields["mono"]
        highest, last, last_mono = self._clocks.get(parent, (None, None, 0))
        if fields["kind"] == "clock_set":
            highest = last = None
        elif fields["kind"] == "device_started":
            last = None  # another boot, perhaps
        if fields["clock"] == "sure":
            back = highest is not None and at < highest - MINUTE
            running = fields["kind"] != "catalogue_installed"  # `ocop sync` writes it too, unstarted
            leapt = last is not None and mono >= last_mono and abs(at - last - (mono - last_mono)) > MINUTE
            if back or (leapt and running):
                self.say("clock_moved", place)
            highest = at if highest is None or back or at > highest else highest
            if running:
                last, last_mono = at, mono
        self._clocks[entry.hash] = (highest, last, last_mono)

    def _stand(self, place: int, hashes: "list[bytes]") -> None:
        self.known.setdefault(place, []).extend(hashes)
        self._place, self._before = place, hashes
        self.last = max(self.last, place)

    def _find(self, entry: _Entry, following: "_Entry | None") -> "tuple[int, bytes | None, str | None]":
        """(the place of `entry` in the chain, the hash it follows if that is here, what is wrong)."""
        seq, expected = entry.seq, self._place + 1
        parent = _follows(entry.header, entry.hash, self._before)
        if parent is not None:
            elsewhere = expected in self.known or self._ahead.get(expected, 0) > 0
            moved = seq not in self.known and (seq < expected or elsewhere)
            if seq == expected or moved:
                return seq, parent, None
            return expected, parent, "renumbered"  # hashed anew, but the numbers do not run
        parent = _follows(entry.header, entry.hash, self._claimed.get(seq - 1, []))
        if parent is not None:
            return seq, parent, None
        parent = _follows(_numbered(entry, expected), entry.hash, self._before)
        if parent is not None:
            return expected, parent, "renumbered"
        place = seq
        for guess in (seq, expected, expected + 1):  # the next entry knows where this one stood
            if following is None or following.fields is None:
                break
            if _follows(_numbered(following, guess + 1), following.hash, [entry.hash]):
                place = guess
                break
        if (place == expected and self._before) or (place == seq and self._claimed.get(seq - 1)):
            return place, None, "altered"
        return place, None, None if place == seq else "renumbered"

    def _name_gaps(self) -> None:
        before = self.first - 1
        for seq in sorted(self.known):
            if seq > before + 1:
                self.say("gap", before + 1)
            before = max(before, seq)


def _hash(previous: bytes, header: bytes) -> bytes:
    return hashlib.sha256(b"OCOP-ENTRY-1" + previous + header).digest()


def _follows(header: bytes, claimed: bytes, parents: "list[bytes]") -> "bytes | None":
    """The one of `parents` after which an entry of this header has the hash `claimed`."""
    for parent in parents:
        if _hash(parent, header) == claimed:
            return parent
    return None


def _numbered(entry: _Entry, seq: int) -> bytes:
    """The header that the entry would have as number `seq`."""
    f = entry.fields
    return (
        _HEADER % (f["at"], f["body_sha256"], f["clock"], f["device"], f["kind"], f["mono"], seq)
    ).encode()


def _json(text: str) -> "Any":
    try:
        return json.loads(text)
    except (ValueError, RuntimeError):  # RuntimeError: nested too deep
        return None


def _bytes32(text: "Any") -> "bytes | None":
    try:
        data = unhexlify(text)
    except (TypeError, ValueError):
        return None
    return data if len(data) == 32 else None


def _head(line: str) -> _Head:
    value = _json(line)
    if isinstance(value, dict):
        device, first = value.get("device"), value.get("from", 0)
        key, previous = _bytes32(value.get("key")), _bytes32(value.get("prev_hash"))
        sound = isinstance(device, str) and isinstance(first, int) and key and previous
        if sound and (first > 1 or (first == 1 and previous == bytes(32))):
            return _Head(device, key, first, previous)
    return _Head(None, None, None, None)


def _entry(line: str) -> _Entry:
    header, claimed, fields = b"", None, None
    try:
        value = json.loads(line)
        if value.get("damaged") is True:
            claimed = _bytes32(value.get("hash"))
            if type(value["seq"]) is int and value["seq"] >= 1:
                return _Entry(value["seq"], None, b"", claimed, True)
        header, claimed = value["header"].encode(), _bytes32(value["hash"])
        fields = json.loads(value["header"])
        entry = _Entry(fields["seq"], fields, header, claimed, False)
        body = value["body"].encode()
        fits = unhexlify(fields["body_sha256"]) == hashlib.sha256(body).digest()
        # Spelled as we spell it means: just these fields, of these types, in this order.
        sound = claimed is not None and entry.seq >= 1 and _numbered(entry, entry.seq) == header
        if sound and (not fits or isinstance(json.loads(value["body"]), dict)):
            return _Entry(entry.seq, fields, header, claimed, fits)
    except (AttributeError, KeyError, TypeError, ValueError, RuntimeError):
        pass
    return _Entry(None, None, header, claimed, True)


def _opened(
    envelope: "Any", device: "str | None", public: "bytes | None", verify: "Verify"
) -> "tuple[int, bytes] | None":
    """(seq, hash) of a checkpoint that the device has signed, or None."""
    try:
        signed, seq = envelope["signed"], envelope["signed"]["seq"]
        text = _CHECKPOINT % (signed["device"], signed["hash"], seq)
        signature = unhexlify(envelope["signatures"][0]["sig"])
        claimed = _bytes32(signed["hash"])
        sound = len(signed) == 4 and signed["type"] == "checkpoint" and isinstance(seq, int) and seq >= 0
    except (IndexError, KeyError, TypeError, ValueError):
        return None
    if not sound or claimed is None or public is None or len(signature) != 64:
        return None
    if device is not None and signed["device"] != device:
        return None
    if not verify(public, b"OCOP-CHECKPOINT-1" + text.encode(), signature):
        return None
    return seq, claimed


def _claimed_seq(envelope: "Any", otherwise: int) -> int:
    try:
        seq = envelope["signed"]["seq"]
    except (KeyError, TypeError):
        return otherwise
    return seq if isinstance(seq, int) else otherwise
