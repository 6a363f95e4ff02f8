"""Canonical JSON: one value, one sequence of bytes (RFC 8785 with ASCII keys and integers only).

Whatever is signed or hashed here is encoded by `encode`. MicroPython's own json neither sorts keys
nor keeps their order, and floats have no place in a till, so the encoder is ours and small.
"""

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LARGEST = 9007199254740991  # 2**53 - 1: what every JSON reader keeps exactly (RFC 7493, 2.2)
DEEPEST = 16  # nesting; a board's stack allows about a hundred calls

_SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
_SURROGATES = (chr(0xD800), chr(0xDFFF))

try:
    b"\xc0\xaf".decode()  # a slash in two bytes, which UTF-8 forbids
    _LENIENT = True
except ValueError:
    _LENIENT = False


class CanonicalError(ValueError):
    """The value, or the bytes, have no canonical form; the message says what and where."""


def encode(value: "Any") -> bytes:
    """Bytes of None, bool, int, str, list, tuple and dict (str keys, ASCII).

    Raises CanonicalError on any other type, an integer beyond 2**53 - 1, a lone surrogate, a
    non-ASCII key or nesting deeper than 16. Texts must be NFC already: the host normalises.
    """
    parts: "list[str]" = []
    _write(value, parts, 0)
    return "".join(parts).encode()


def decode(data: bytes) -> "Any":
    """The value of canonical bytes. Raises CanonicalError for bytes that `encode` would not give."""
    try:
        text = data.decode()
        if _LENIENT and "".join([chr(ord(letter)) for letter in text]) != text:
            raise CanonicalError("not UTF-8")
        value = json.loads(text)
    except (ValueError, RuntimeError) as error:  # RuntimeError: too deep for the interpreter's stack
        raise CanonicalError("not JSON: %s" % error)
    if encode(value) != bytes(data):
        raise CanonicalError("JSON, but not in canonical form")
    return value


def _write(value: "Any", parts: "list[str]", depth: int) -> None:
    if depth > DEEPEST:
        raise CanonicalError("nested deeper than %d" % DEEPEST)
    if value is None:
        parts.append("null")
    elif value is True:
        parts.append("true")
    elif value is False:
        parts.append("false")
    elif isinstance(value, str):
        parts.append(_quoted(value))
    elif isinstance(value, int):
        if not -LARGEST <= value <= LARGEST:
            raise CanonicalError("integer beyond 2**53 - 1: %d" % value)
        parts.append(str(value))
    elif isinstance(value, (list, tuple)):
        before = "["
        for item in value:
            parts.append(before)
            _write(item, parts, depth + 1)
            before = ","
        parts.append("]" if before == "," else "[]")
    elif isinstance(value, dict):
        before = "{"
        for key in _sorted_keys(value):
            parts.append(before + _quoted(key) + ":")
            _write(value[key], parts, depth + 1)
            before = ","
        parts.append("}" if before == "," else "{}")
    else:
        raise CanonicalError("no canonical form for %s" % type(value).__name__)


def _sorted_keys(value: "dict[str, Any]") -> "list[str]":
    for key in value:
        if not isinstance(key, str) or (key and max(key) > "~"):
            raise CanonicalError("a key is not ASCII text")
    return sorted(value)


def _quoted(text: str) -> str:
    if not text:
        return '""'
    if min(text) < " ":
        text = "".join([_escaped(letter) for letter in text])
    elif '"' in text or "\\" in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    if max(text) >= _SURROGATES[0]:
        for letter in text:
            if _SURROGATES[0] <= letter <= _SURROGATES[1]:
                raise CanonicalError("a lone surrogate in a text")
    return '"' + text + '"'


def _escaped(letter: str) -> str:
    if letter in _SHORT:
        return _SHORT[letter]
    if _SURROGATES[0] <= letter <= _SURROGATES[1]:
        raise CanonicalError("a lone surrogate in a text")
    return "\\u%04x" % ord(letter) if letter < " " else letter
