"""Compressed GS1 Digital Link URIs: told apart from other web addresses, not read.

GS1 lets the elements be packed into one piece of base64url at the end of the path: all of them, or all
but the key and its value (GS1 Digital Link Standard: Compression). GS1's own engine takes no such URI,
and neither do we; but who scans one should hear why. Many ordinary addresses end in such a piece
(`/watch/dQw4w9WgXcQ`), so it counts only if it unpacks to its last bit, and into right values.
"""

from scanner import ai_values, characters
from scanner.ai_table import KEYS, LENGTHS
from scanner.errors import CodeError

_SHORTEST, _LONGEST = 4, 256  # characters: a batch of one digit; packed to be short, so none is longer
_IN_PIECE = characters.CAPITALS + characters.LETTERS[26:] + characters.DIGITS + "-_"  # in base64url's order
_HEX = "0123456789ABCDEF"

# AIs that often stand together have one code, which has a letter among its two hexadecimal digits.
_TOGETHER = {
    "0A": "01 22", "0B": "01 10", "0C": "01 21", "0D": "01 17", "0E": "01 7003", "0F": "01 30",
    "1A": "01 10 21 17", "1B": "01 15", "1C": "01 11", "1D": "01 16", "1E": "01 91", "1F": "01 10 15",
    "2A": "01 3100", "2B": "01 3101", "2C": "01 3102", "2D": "01 3103", "2E": "01 3104", "2F": "01 3105",
    "3A": "01 3200", "3B": "01 3201", "3C": "01 3202", "3D": "01 3203", "3E": "01 3204", "3F": "01 3205",
    "9A": "8010 8011", "9B": "8017 8019", "9C": "8018 8019", "9D": "414 254",
    "CA": "255 3940", "CB": "255 3941", "CC": "255 3942", "CD": "255 3943",
}  # fmt: skip
_TOGETHER_BY_DIGIT = {"A": "01 392", "C": "255 390"}  # A0 to A9, C0 to C9


def is_packed(piece: str, has_key: bool) -> bool:
    """True if `piece` unpacks to GS1 elements with one of the keys among them, or `has_key` before them."""
    if not _SHORTEST <= len(piece) <= _LONGEST or not characters.only(piece, _IN_PIECE):
        return False
    if piece == piece.lower():  # words with hyphens; a packed GTIN all but always begins with a capital
        return False
    for in_order in (False, True):
        try:
            ais = _unpack(_Bits(piece), in_order)
        except CodeError:
            continue
        return has_key or any(ai in KEYS for ai in ais)
    return False


class _Bits:
    """The bits of a piece, read from the left. CodeError if there are too few."""

    def __init__(self, piece: str) -> None:
        self.piece = piece
        self.at = 0

    def left(self) -> int:
        return len(self.piece) * 6 - self.at

    def number(self, count: int) -> int:
        """The number in the next `count` bits."""
        if count > self.left():
            raise CodeError("The compressed piece ends within a value.")
        end = self.at + count
        number = 0
        for char in self.piece[self.at // 6 : (end + 5) // 6]:
            number = number << 6 | _IN_PIECE.find(char)
        self.at = end
        return number >> -end % 6 & ((1 << count) - 1)

    def digits(self, count: int) -> str:
        """A number of `count` digits: so many bits as hold it, to a hundredth of a bit."""
        number = self.number((count * 3321929 + 1009999) // 1000000)
        return f"{number:0{count}d}" if count else ""

    def text(self, coding: int, count: int) -> str:
        """Characters in one of five codings: digits, small or capital hexadecimal, base64url, ASCII."""
        if coding == 0:
            return self.digits(count)
        if coding > 4:
            raise CodeError("The compressed piece has a value in no known coding.")
        width = (4, 4, 6, 7)[coding - 1]
        codes = [self.number(width) for _ in range(count)]
        if coding == 4:
            return "".join([chr(code) for code in codes])
        alphabet = (_HEX.lower(), _HEX, _IN_PIECE)[coding - 1]
        return "".join([alphabet[code] for code in codes])


def _unpack(bits: _Bits, in_order: bool) -> "list[str]":
    """The AIs in the piece. CodeError if it has others, or a wrong value, or bits that are left over.

    in_order: AIs that share a code stand in the order of their numbers. So GS1's own toolkit packs 1A and
    9D, though the standard's table lists them otherwise.
    """
    ais = []  # type: list[str]
    while bits.left() > 8:
        code = f"{bits.number(8):02X}"
        if code[0] == "F":
            _skip_other(bits, int(code[1], 16))
            found = []  # type: list[str]
        elif characters.is_digits(code):
            more = int(LENGTHS[int(code)]) - 2
            found = [code + "".join([str(bits.number(4)) for _ in range(more)])]
        elif code[0] in _TOGETHER_BY_DIGIT and code[1] in characters.DIGITS:
            found = (_TOGETHER_BY_DIGIT[code[0]] + code[1]).split(" ")
        else:
            found = _TOGETHER.get(code, "-").split(" ")
        for ai in sorted(found) if in_order else found:
            ai_values.check(ai, _value(bits, ai))
        ais.extend(found)
    if not ais or bits.left() > 5 or bits.number(bits.left()):
        raise CodeError("The compressed piece is none.")
    return ais


def _skip_other(bits: _Bits, high: int) -> None:
    """A parameter that is none of GS1's: the lengths of name and value have seven bits each."""
    bits.text(3, high << 3 | bits.number(3))
    coding = bits.number(3)
    bits.text(coding, bits.number(7))


def _value(bits: _Bits, ai: str) -> str:
    """The value of an AI: its digits of fixed number as one, then what may vary in length."""
    known = ai_values.find(ai)
    if known is None:
        raise CodeError("The compressed piece has an AI that does not exist.")
    digits = least = most = 0
    kind = ""
    for part in known.components:
        if part.kind == "N" and part.low == part.high and not part.optional and not kind:
            digits += part.high
        else:
            kind = kind or part.kind
            least += 0 if part.optional else part.low
            most += part.high
    value = bits.digits(digits) if digits else ""
    if not kind:
        return value
    coding = 0 if kind == "N" else bits.number(3)
    return value + bits.text(coding, most if least == most else bits.number(len(f"{most:b}")))
