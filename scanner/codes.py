"""From a line of text to a code: what a scanner, a camera or a keyboard sent, and what it says.

`parse` answers for any text: a `Code`, or a `CodeError` for one that is GS1-shaped but wrong.
"""

from scanner import characters, check_digits, digital_link, ean, element_strings, stamps
from scanner.errors import CodeError as CodeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

LONGEST: "Final" = 4096  # characters; no code we know is longer, so no time is spent on more

_GS1_CARRIERS = ("]C1", "]d2", "]Q3", "]e0", "]J1")  # AIM identifiers of symbols that begin with FNC1
_EAN_CARRIERS = {"]E0": 13, "]E3": 13, "]E4": 8}  # digits of the code itself; ]E3 has an add-on behind
_ADD_ONS = ("]E1", "]E2")  # only the two or five digits that stand beside an EAN
_PLAIN_CARRIERS = "CdQeJXzL"  # second characters: Code 128, DataMatrix, QR... with no GS1 data, as in `]C0`
_COMPOSITE = "|]e0"  # between an EAN and the GS1 element string printed over it
_TYPED_SEPARATORS = " -.\t"


class Code:
    """What one text says.

    kind: stamp, gs1_digital_link, gs1_element_string, ean, text or typed.
    elements: [AI, value] pairs in the text's order; a retail code has its GTIN as (01).
    host: of a Digital Link or stamp, in capitals. stamp: its parts, if it has exactly a stamp's form.
    """

    def __init__(
        self,
        kind: str,
        text: str,
        elements: "list[list[str]] | None" = None,
        host: "str | None" = None,
        stamp: "stamps.Stamp | None" = None,
    ) -> None:
        self.kind = kind
        self.text = text
        self.elements = [] if elements is None else elements
        self.host = host
        self.stamp = stamp

    @property
    def gtin(self) -> "str | None":
        """The 14 digits of (01), or None."""
        return self._value("01")

    @property
    def serial(self) -> "str | None":
        """The value of (21), or None."""
        return self._value("21")

    def _value(self, ai: str) -> "str | None":
        for name, value in self.elements:
            if name == ai:
                return value
        return None


def parse(text: str) -> Code:
    """What a scanned text is. Raises CodeError if it is GS1-shaped but wrong, never anything else.

    An AIM symbology identifier (`]C1`, `]Q3`...) may stand first, and says more than the text's shape.
    """
    if len(text) > LONGEST:
        return Code("text", text)
    if not text.startswith("]") or len(text) < 3:
        return _parse_data(text, text)
    carrier, rest = text[:3], text[3:]
    if carrier in _GS1_CARRIERS:
        if rest.startswith(element_strings.FNC1):
            rest = rest[1:]
        return Code("gs1_element_string", text, element_strings.read(rest))
    if carrier in _EAN_CARRIERS:
        return _parse_ean(text, carrier, rest)
    if carrier in _ADD_ONS:
        raise CodeError("Only the small add-on of an EAN was read; scan the large bars beside it.")
    return _parse_data(text, rest if carrier[1] in _PLAIN_CARRIERS else text)


def parse_typed(text: str) -> Code:
    """What a keyboard sent: the digits under a stamp's QR (kind `typed`), else as `parse`.

    The digits are GTIN-14, serial and two check digits (`stamps.typed_line`), with or without spaces,
    dots or dashes between; 17 digits or more are always taken for these.
    """
    digits = text[: stamps.MAX_TYPED].strip()
    for separator in _TYPED_SEPARATORS:
        digits = digits.replace(separator, "")
    if len(text) > stamps.MAX_TYPED or len(digits) < 17 or not characters.is_digits(digits):
        return parse(text)
    gtin, serial = digits[:14], digits[14:-2]
    if not check_digits.mod97_ok(digits):
        raise CodeError(
            "The last two digits do not fit the others; compare them with the stamp and type again."
        )
    if not check_digits.is_gtin14(gtin) or stamps.read_serial(serial) is None:
        raise CodeError("These are not the digits of a stamp; type all those under its QR code.")
    return Code("typed", text, [["01", gtin], ["21", serial]])


def _parse_data(text: str, data: str) -> Code:
    if data.startswith(element_strings.FNC1):
        return Code("gs1_element_string", text, element_strings.read(data[1:]))
    stamp = stamps.read(data)
    if stamp is not None:
        elements = [["01", stamp.gtin], ["21", str(stamp.serial)]]
        return Code("stamp", text, elements, stamp.host, stamp)
    link = digital_link.read(data)
    if link is not None:
        return Code("gs1_digital_link", text, link[1], link[0])
    bracketed = element_strings.read_bracketed(data)
    if bracketed is not None:
        return Code("gs1_element_string", text, bracketed)
    if data != text and (len(data) > 13 or not check_digits.gs1_ok(data)):
        return Code("text", text)  # a number in a Code 128 or QR need not be an EAN
    gtin = ean.read(data)
    return Code("text", text) if gtin is None else Code("ean", text, [["01", gtin]])


def _parse_ean(text: str, carrier: str, data: str) -> Code:
    """An EAN of the length its carrier says, with an add-on or a composite part behind it."""
    length = _EAN_CARRIERS[carrier]
    digits, behind = data[:length], data[length:]
    elements = [["01", "0" * (14 - length) + digits]]
    if carrier == "]E3" and len(behind) in (2, 5) and characters.is_digits(behind):
        behind = ""
    elif carrier != "]E3" and behind.startswith(_COMPOSITE):
        elements.extend(element_strings.read(behind[len(_COMPOSITE) :]))
        behind = ""
    if behind or len(digits) != length or not check_digits.gs1_ok(digits):
        raise CodeError("The EAN's digits are incomplete or its check digit is wrong; scan it again.")
    return Code("ean", text, elements)
