"""The second factor: time-based one-time codes (RFC 6238), as authenticator apps on phones make them."""

import base64
import hmac
import os
from urllib.parse import quote

STEP_MS = 30_000
_DIGITS = 6
_SLACK = 1  # steps that a phone's clock may be off
SECRET_BYTES = 20


def new_secret() -> bytes:
    """A random secret."""
    return os.urandom(SECRET_BYTES)


def code(secret: bytes, step: int, digits: int = _DIGITS) -> str:
    """The code of a time step (time / 30 s): HOTP of RFC 4226 with SHA-1, as every app has it."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def matching_step(secret: bytes, given: str, now: int, last: int | None) -> int | None:
    """The step after `last` whose code `given` is, at `now` (ms UTC), else None: a code counts once."""
    given = "".join(given.split())
    found = None
    for step in range(now // STEP_MS - _SLACK, now // STEP_MS + _SLACK + 1):
        same = hmac.compare_digest(code(secret, step).encode(), given.encode())
        if same and (last is None or step > last):
            found = step
    return found


def address(secret: bytes, login: str, issuer: str) -> str:
    """What an app reads from a QR code."""
    return f"otpauth://totp/{quote(f'{issuer}:{login}')}?secret={spelt(secret)}&issuer={quote(issuer)}"


def spelt(secret: bytes) -> str:
    """The secret for typing: base32."""
    return base64.b32encode(secret).decode().rstrip("=")
