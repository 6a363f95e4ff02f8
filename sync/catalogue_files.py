"""What the files of a catalogue's segments hold: lines of canonical JSON, packed with gzip.

The first line is the head, {"kind": "base" | "delta" | "sold" | "sold_delta", "name": the segment}. Then, a
line each:

    base   a row
    delta  {"put": row} or {"delete": [what names the row]}
    sold   {"device", "seq", "hash", "apart"?}: up to where the set is complete, but for the entries
           [first, last] in "apart"; and pieces of it, {"bitmap":
           base64}, which one after the other are a Roaring bitmap
    sold_delta  the marks that are others now; and pieces of two bitmaps, {"add"} and {"remove"}

Whoever writes or reads one keeps no more of it than a line, so that a country's catalogue passes through
a small device.
"""

import hashlib
import json
from binascii import a2b_base64, b2a_base64, hexlify

from .canonical import encode
from .catalogue import KEYS
from .envelopes import SyncError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, Protocol

    Row = dict[str, Any]

    class Lines(Protocol):
        """An unpacked file."""

        def readline(self, __most: int) -> bytes:
            """The next line with its end, or at most so many bytes of it; b"" at the end of the file."""


LONGEST_LINE = 1024 * 1024  # bytes
_PIECE = 48 * 1024  # bytes of a bitmap on one line; a multiple of three


class Arriving:
    """Checks a packed file, piece by piece, against the size and SHA-256 that `current` promised."""

    def __init__(self, name: str, file: "dict[str, Any]") -> None:
        self._name = name
        self._file = file
        self._sha256 = hashlib.sha256()
        self.size = 0  # bytes so far

    def add(self, piece: bytes) -> None:
        """The next bytes. Raises SyncError("segment") as soon as they are more than promised."""
        self.size += len(piece)
        if self.size > self._file["size"]:
            raise SyncError("segment", "a file of %s is longer than was signed" % self._name)
        self._sha256.update(piece)

    def finish(self) -> None:
        """That was all. Raises SyncError("segment") unless it is the very file that was signed."""
        if self.size != self._file["size"] or hexlify(self._sha256.digest()).decode() != self._file["sha256"]:
            raise SyncError("segment", "a file of %s is not the one that was signed" % self._name)


def changes(
    name: str, kind: str, length: int, lines: "Lines"
) -> "Iterator[tuple[int, tuple[Any, ...], Row | None]]":
    """Of a "base" or "delta" of `length` bytes: (number of the line, what names the row, row or None).

    None says that the row is gone. Raises SyncError("segment") at the first line that is not as it
    should be; what came before it must then not be used.
    """
    key = KEYS[name]
    for number, value in _values(name, kind, length, lines):
        try:
            gone = kind == "delta" and "delete" in value
            row = value["put"] if kind == "delta" and not gone else value
            names = tuple(value["delete"] if gone else [row[field] for field in key])
            if len(names) != len(key):
                raise ValueError("it takes %d values" % len(key))
            for part in names:
                if not isinstance(part, (str, int)):
                    raise ValueError("neither text nor number")
        except (KeyError, TypeError, ValueError) as error:
            raise line_error(name, number, "it lacks what names a row: %s" % error)
        yield number, names, None if gone else row


def rows(name: str, opened: "Iterable[tuple[int, Lines]]") -> "list[Row]":
    """The rows of a segment, ordered by what names them: (length, lines) of its base, then of its deltas.

    Holds them all: for small catalogues. Raises SyncError("segment").
    """
    table: "dict[tuple[Any, ...], Row]" = {}
    kind = "base"
    for length, lines in opened:
        for _, key, row in changes(name, kind, length, lines):
            if row is None:
                table.pop(key, None)
            else:
                table[key] = row
        kind = "delta"
    try:
        return [table[key] for key in sorted(table)]
    except TypeError as error:
        raise SyncError("segment", "the rows of %s are named by text and by number: %s" % (name, error))


def sold_set(name: str, length: int, lines: "Lines") -> "tuple[bytes, dict[str, list[Any]]]":
    """(Roaring bitmap, marks {device: [seq, hash hex, apart if there is any]}) of a sold set. Raises SyncError("segment")."""
    bitmaps, marks = _bitmaps(name, "sold", length, lines, ("bitmap",))
    return bitmaps[0], marks


def sold_delta(name: str, length: int, lines: "Lines") -> "tuple[bytes, bytes, dict[str, list[Any]]]":
    """(Roaring bitmaps of what is added and removed, marks that are others now). Raises SyncError("segment")."""
    bitmaps, marks = _bitmaps(name, "sold_delta", length, lines, ("add", "remove"))
    return bitmaps[0], bitmaps[1], marks


def line_error(name: str, number: int, what: str) -> SyncError:
    """A line of a file of `name` that cannot be used."""
    return SyncError("segment", "line %d of %s cannot be used: %s" % (number, name, what))


def base_lines(name: str, table: "Iterable[Row]") -> "Iterator[bytes]":
    """The lines of a base."""
    yield _line({"kind": "base", "name": name})
    for row in table:
        yield _line(row)


def delta_lines(name: str, changed: "Iterable[tuple[Any, Row | None]]") -> "Iterator[bytes]":
    """The lines of a delta, of (what names the row, row or None for a row that is gone)."""
    yield _line({"kind": "delta", "name": name})
    for key, row in changed:
        yield _line({"delete": key} if row is None else {"put": row})


def sold_lines(name: str, bitmap: bytes, marks: "dict[str, Any]") -> "Iterator[bytes]":
    """The lines of a sold set; `marks` as `sold_set` gives them."""
    yield _line({"kind": "sold", "name": name})
    yield from _marks(marks)
    yield from _pieces("bitmap", bitmap)


def sold_delta_lines(name: str, added: bytes, removed: bytes, marks: "dict[str, Any]") -> "Iterator[bytes]":
    """The lines of a delta to a sold set, as `sold_delta` gives them."""
    yield _line({"kind": "sold_delta", "name": name})
    yield from _marks(marks)
    yield from _pieces("add", added)
    yield from _pieces("remove", removed)


def _marks(marks: "dict[str, Any]") -> "Iterator[bytes]":
    for device in sorted(marks):
        seq, digest, *apart = marks[device]
        line = {"device": device, "seq": seq, "hash": digest}
        yield _line(dict(line, apart=apart[0]) if apart else line)


def _pieces(field: str, bitmap: bytes) -> "Iterator[bytes]":
    for start in range(0, len(bitmap), _PIECE):
        yield _line({field: b2a_base64(bitmap[start : start + _PIECE]).decode().rstrip("\n")})


def _bitmaps(
    name: str, kind: str, length: int, lines: "Lines", fields: "tuple[str, ...]"
) -> "tuple[list[bytes], dict[str, list[Any]]]":
    """The bitmaps of which pieces stand in `fields`, and the marks."""
    bitmaps: "dict[str, bytearray]" = {field: bytearray() for field in fields}
    marks = {}
    for number, value in _values(name, kind, length, lines):
        try:
            field = [field for field in fields if field in value]
            if field:
                bitmaps[field[0]].extend(a2b_base64(value[field[0]]))
            else:
                mark = [value["seq"] + 0, value["hash"]]
                if "apart" in value:
                    mark.append([[first + 0, last + 0] for first, last in value["apart"]])
                marks[value["device"]] = mark
        except (KeyError, TypeError, ValueError) as error:
            raise line_error(name, number, "neither a mark nor a piece of the set: %s" % error)
    return [bytes(bitmaps[field]) for field in fields], marks


def _line(value: "Any") -> bytes:
    return encode(value) + b"\n"


def _values(name: str, kind: str, length: int, lines: "Lines") -> "Iterator[tuple[int, Any]]":
    """Every line but the head, decoded, with its number (the head is line 1)."""
    number = total = 0
    while True:
        line = lines.readline(LONGEST_LINE + 1)
        if not line:
            break
        number += 1
        total += len(line)
        if total > length:
            raise SyncError(
                "segment", "a file of %s unpacks to more than the %d bytes signed" % (name, length)
            )
        if not line.endswith(b"\n"):
            raise line_error(name, number, "it is cut short or longer than %d bytes" % LONGEST_LINE)
        try:
            value = json.loads(line.decode())
        except (ValueError, RuntimeError) as error:  # RuntimeError: nested too deep
            raise line_error(name, number, "no JSON (%s)" % error)
        if number > 1:
            yield number, value
        elif not isinstance(value, dict) or (value.get("name"), value.get("kind")) != (name, kind):
            raise line_error(name, number, "it is not the head of a %s of %s" % (kind, name))
    if total != length or not number:
        raise SyncError("segment", "a file of %s ends before the %d bytes signed" % (name, length))
