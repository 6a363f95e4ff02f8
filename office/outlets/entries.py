"""Entries as they arrive, judged: the header's fields, and the body by its kind and version.

`sync.journal` and `sync.bodies` say what is right, and what is wrong with the rest. Nearly all entries are
right, so these are told apart first, by types made from the same table: what msgspec takes for such a header
or body, and writes back as the very same bytes, is canonical and has the fields, types and bounds.
"""

import hashlib
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from sync import bodies, journal, segments
from sync.canonical import LARGEST
from sync.damage import Kept


class Fresh(NamedTuple):
    """A new entry. `body` is what `sync.bodies` reads of an entry that is ok, else None."""

    seq: int
    hash: bytes
    prev_hash: bytes
    header: bytes
    raw: bytes
    branch: int
    state: str  # ok | damaged | quarantined
    at: int  # ms UTC, by the device
    kind: str
    body: dict[str, Any] | None
    problem: str
    clock: str = ""  # sure | unsure


LOST = "the device has lost it"

_LAST_YEAR = 253_370_764_800_000  # 9999, ms UTC: the last that Python's dates know

_Whole = Annotated[int, msgspec.Meta(ge=-LARGEST, le=LARGEST)]


class Header(msgspec.Struct, forbid_unknown_fields=True):
    """The header of an entry."""

    # In the order of the alphabet, as canonical JSON has them.
    at: _Whole
    body_sha256: str
    clock: str
    device: str
    kind: str
    mono: _Whole
    seq: _Whole
    v: _Whole


def unpacked(data: bytes) -> segments.Segment:
    """As `sync.segments.unpack`, and faster. Raises SyncError("malformed")."""
    return segments.unpack(data, _parsed)


def _parsed(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from error


_encode = msgspec.json.Encoder().encode
_header = msgspec.json.Decoder(Header)


def judge(entry: Kept, previous: bytes, branch: int, device: str) -> Fresh:
    """The entry of `device` as it is to be kept."""
    header, raw = entry.header or b"", entry.body or b""
    at, kind, clock = 0, "", ""

    def kept(state: str, problem: str, body: dict[str, Any] | None = None) -> Fresh:
        problem = problem[:200]
        return Fresh(
            entry.seq, entry.hash, previous, header, raw, branch, state, at, kind, body, problem, clock
        )  # fmt: skip

    if entry.damaged:
        return kept("damaged", LOST if entry.header is None else "its bytes do not fit its hash")
    if len(header) + len(raw) > journal.LARGEST:
        return kept("quarantined", f"an entry of {len(header) + len(raw)} bytes")
    try:
        fields = read_header(header)
    except journal.JournalError as error:
        return kept("quarantined", str(error))
    if fields.seq != entry.seq or fields.device != device:
        return kept("quarantined", f"the header is of entry {fields.seq} of {fields.device}")
    if not 0 <= fields.at < _LAST_YEAR:
        return kept("quarantined", "a time that no calendar has")
    at, kind, clock = fields.at, fields.kind, fields.clock
    if fields.body_sha256 != hashlib.sha256(raw).hexdigest():
        return kept("damaged", "the body is not the one that was hashed")
    if b"\\u0000" in raw:  # no text of PostgreSQL can hold it, and none of a till does
        return kept("quarantined", "a text with the letter U+0000")
    try:
        return kept("ok", "", read_body(kind, raw))
    except bodies.BodyError as error:
        return kept("quarantined", str(error))


def read_body(kind: str, raw: bytes) -> dict[str, Any]:
    """As `sync.bodies.read`, and much faster for what is right. Raises BodyError."""
    try:
        body = msgspec.json.decode(raw)
        decoder = _BODIES[kind, body["v"]]
        if _encode(decoder.decode(raw)) == raw:
            return body  # type: ignore[no-any-return]  # an object
    except (msgspec.MsgspecError, UnicodeDecodeError, LookupError, TypeError, RecursionError):
        pass
    return bodies.read(kind, raw)


def read_header(header: bytes) -> Header:
    """As `sync.journal.read_header`, and much faster for what is right. Raises JournalError."""
    try:
        fields = _header.decode(header)
        if _encode(fields) == header:
            return fields
    except (msgspec.MsgspecError, UnicodeDecodeError):
        pass
    return Header(**journal.read_header(header))


def _type(wanted: Any) -> Any:
    """The msgspec type of a type of `sync.bodies.TABLE`; None for any object, which is left to the core."""
    match wanted:
        case ("whole", least, most):
            return Annotated[int, msgspec.Meta(ge=least, le=most)]
        case ("text", shortest, longest):
            return Annotated[str, msgspec.Meta(min_length=shortest, max_length=longest)]
        case ("set", letters, shortest, longest):
            # \Z: a $ would let a line feed pass.
            pattern = f"^[{letters}]{{{shortest},{longest}}}\\Z"
            return Annotated[str, msgspec.Meta(pattern=pattern)]
        case ("one", words):
            return Literal[tuple(words)]
        case ("truth",):
            return bool
        case ("list", item, shortest, longest):
            return Annotated[list[_type(item)], msgspec.Meta(min_length=shortest, max_length=longest)]  # type: ignore[misc]
        case ("or_null", inner):
            return _type(inner) | None
        case ("object", fields):
            return _struct(fields)
        case _:
            raise LookupError(wanted)


def _struct(fields: dict[str, tuple[Any, bool]]) -> type[msgspec.Struct]:
    made: list[Any] = []
    for name in sorted(fields):
        wanted, needed = fields[name]
        made.append(
            (name, _type(wanted)) if needed else (name, _type(wanted) | msgspec.UnsetType, msgspec.UNSET)
        )
    return msgspec.defstruct("Body", made, kw_only=True, forbid_unknown_fields=True)


def _decoders() -> dict[tuple[str, int], msgspec.json.Decoder[Any]]:
    """Decoders by kind and version."""
    found = {}
    for kind, version, fields in bodies.TABLE:
        shape = {name.rstrip("?"): (wanted, not name.endswith("?")) for name, wanted in fields}
        shape["v"] = (("whole", version, version), True)
        try:
            found[kind, version] = msgspec.json.Decoder(_struct(shape))
        except LookupError:
            continue  # holds any object
    return found


_BODIES = _decoders()
