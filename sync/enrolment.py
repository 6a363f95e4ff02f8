"""Enrolment: how a new device and the office prove to each other that they know the one-use code.

The code (128 bits, 26 base32 characters) is never sent: each side sends a MAC by it. The MAC itself
(HMAC-SHA-256, RFC 2104) is the caller's; here are the bytes it covers and the code's spelling.
"""

_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
CODE_BYTES = 16
QR = "OCOP-ENROL"
CODE_LETTERS = 26


class CodeError(ValueError):
    """What was typed is no enrolment code; the message says why."""


def request_message(public: bytes, device: str = "") -> bytes:
    """What the device's MAC covers: its public key (32 bytes), and the name it had, if it had one."""
    return b"OCOP-ENROL-1" + public + device.encode()


def renewal_message(device: str, public: bytes) -> bytes:
    """What a new key signs to become the device that follows `device`."""
    return b"OCOP-RENEW-1" + device.encode() + b"/" + public


def answer_message(body: bytes, public: bytes) -> bytes:
    """What the office's MAC covers: all bytes of its answer, and the device's key."""
    return b"OCOP-ENROLLED-1" + body + public


def qr_text(url: str, code: bytes, root_sha256: str) -> str:
    """What the office's QR code says: its address, the code, and SHA-256 (hex) of its newest root."""
    return " ".join((QR, url, spell(code).replace("-", ""), root_sha256))


def read_qr(text: str) -> "tuple[str, str, str]":
    """(address, code as typed, SHA-256 in hex) of such a QR code. Raises CodeError."""
    parts = text.split(" ")
    if len(parts) != 4 or parts[0] != QR or len(parts[3]) != 64:
        raise CodeError("this is not the QR code that the office shows to enrol a device")
    if not (parts[1].startswith("https://") or parts[1].startswith("http://")):
        raise CodeError("the office's address in this QR code is none")
    return parts[1], parts[2], parts[3]


def spell(code: bytes) -> str:
    """The code as people see it: base32 in groups, `ABCD-EFGH-...`."""
    bits = int.from_bytes(code, "big") << 2
    letters = "".join([_BASE32[bits >> (5 * (CODE_LETTERS - 1 - i)) & 31] for i in range(CODE_LETTERS)])
    return "-".join([letters[i : i + 4] for i in range(0, CODE_LETTERS, 4)])


def read(text: str) -> bytes:
    """The 16 bytes of a code as typed: any case; dashes and spaces do not matter. Raises CodeError."""
    if text and max(text) > "~":  # before upper(), which makes letters of some that are none
        raise CodeError("an enrolment code has only the letters A to Z and the digits 2 to 7")
    letters = "".join([c for c in text.strip().upper() if c not in "- "])
    if len(letters) != CODE_LETTERS:
        raise CodeError("an enrolment code has %d letters and digits, not %d" % (CODE_LETTERS, len(letters)))
    bits = 0
    for letter in letters:
        if letter not in _BASE32:
            raise CodeError("an enrolment code has no %s in it" % letter)
        bits = bits << 5 | _BASE32.find(letter)
    if bits & 3:
        raise CodeError("this enrolment code was mistyped")
    return (bits >> 2).to_bytes(CODE_BYTES, "big")
