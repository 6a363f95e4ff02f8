"""The stamp: a GS1 Digital Link URI that carries the office's signature.

    HTTPS://OCOP.HATINH.VN/S/<K><SIGNATURE>/01/<GTIN-14>/21/<SERIAL>

K is one base32 character that names the issuing key; the signature is 64 bytes in 103 base32
characters (RFC 4648 without padding). There is one way to write a stamp, and `read` takes no other:
so a copy of a stamp's text is the stamp's text. Whether the host is ours, whether K is known and
whether the signature holds is not judged here.
"""

from scanner import characters, check_digits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

ALPHABET: "Final" = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
MAX_SERIAL: "Final" = 4294967295
SIGNATURE_BYTES: "Final" = 64
SIGNATURE_CHARS: "Final" = 103
MAX_TYPED: "Final" = 60  # characters of a typed line: 26 digits, and a separator after each

# Our characters and what `int` takes for them in base 32. Replacing all 32 costs a fifth of a loop over
# the 103 characters; in this order (2 to 7, then letters) none is replaced twice.
_TO_DIGITS = [(char, "0123456789abcdefghijklmnopqrstuv"[value]) for value, char in enumerate(ALPHABET)]
_TO_DIGITS.sort()

_SCHEME = "HTTPS://"
_HOST_CHARS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-."
_MAX_HOST = 253  # RFC 1035


class Stamp:
    """The parts of one stamp: host in capitals, key name, signature (64 bytes), GTIN-14, serial."""

    def __init__(self, host: str, k: str, signature: bytes, gtin: str, serial: int) -> None:
        self.host = host
        self.k = k
        self.signature = signature
        self.gtin = gtin
        self.serial = serial


def message(host: str, k: str, gtin: str, serial: int) -> bytes:
    """The bytes that the office signs: `OCOP-STAMP-1/HOST/K/GTIN14/SERIAL`, host in capitals."""
    return f"OCOP-STAMP-1/{host}/{k}/{gtin}/{serial}".encode()


def uri(stamp: Stamp) -> str:
    """The text of the stamp's QR: capitals, digits and `:/.-` only (QR's alphanumeric mode)."""
    signature = base32(stamp.signature)
    return f"{_SCHEME}{stamp.host}/S/{stamp.k}{signature}/01/{stamp.gtin}/21/{stamp.serial}"


def read(text: str) -> "Stamp | None":
    """The stamp that `text` is, or None if it is not exactly of the form that `uri` writes."""
    if not text.startswith(_SCHEME) or len(text) > _MAX_HOST + 160:
        return None
    parts = text[len(_SCHEME) :].split("/")
    if len(parts) != 7 or parts[1] != "S" or parts[3] != "01" or parts[5] != "21":
        return None
    host, signed, gtin = parts[0], parts[2], parts[4]
    serial = read_serial(parts[6])
    if serial is None or not check_digits.is_gtin14(gtin) or not _is_host(host):
        return None
    if len(signed) != 1 + SIGNATURE_CHARS or signed[0] not in ALPHABET:
        return None
    signature = unbase32(signed[1:])
    if signature is None:
        return None
    return Stamp(host, signed[0], signature, gtin, serial)


def read_serial(text: str) -> "int | None":
    """The number that `text` writes in decimal without leading zeros, if it is 1 to 4,294,967,295."""
    if len(text) > 10 or not characters.is_digits(text) or text[0] == "0":
        return None
    serial = int(text)
    return serial if serial <= MAX_SERIAL else None


def typed_line(gtin: str, serial: int) -> str:
    """The line under the QR: GTIN-14, serial, check digits, with spaces between.

    The check digits are ISO 7064 MOD 97-10 over the 14 digits of the GTIN followed by those of the
    serial (no leading zeros, no separator).
    """
    return f"{gtin} {serial} {check_digits.mod97_digits(gtin + str(serial))}"


def base32(data: bytes) -> str:
    """RFC 4648 base32 without padding; the spare bits of the last character are zero."""
    out = []
    held = bits = 0
    for byte in data:
        held = held << 8 | byte
        bits += 8
        while bits >= 5:
            bits -= 5
            out.append(ALPHABET[held >> bits & 31])
        held &= (1 << bits) - 1
    if bits:
        out.append(ALPHABET[held << (5 - bits) & 31])
    return "".join(out)


def unbase32(text: str) -> "bytes | None":
    """The bytes that `base32` wrote as `text`, or None: another character, length or spare bit."""
    if not characters.only(text, ALPHABET):
        return None
    spare = len(text) * 5 % 8
    for char, digit in _TO_DIGITS:
        text = text.replace(char, digit)
    number = int(text, 32) if text else 0
    if spare >= 5 or number & ((1 << spare) - 1):
        return None
    return (number >> spare).to_bytes(len(text) * 5 // 8, "big")


def _is_host(text: str) -> bool:
    """True for labels apart by dots, none of them empty or with a hyphen at either end."""
    if len(text) > _MAX_HOST or not characters.only(text, _HOST_CHARS):
        return False
    dotted = f".{text}."
    return ".." not in dotted and ".-" not in dotted and "-." not in dotted
