"""Signed documents: `{"signed": {...}, "signatures": [{"key": id, "sig": hex}]}`.

A signature is Ed25519 over a prefix of its own kind and the canonical bytes of `signed`, so that
no signed thing can be passed off as another kind of thing.
"""

import hashlib
from binascii import hexlify, unhexlify

from .canonical import CanonicalError, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Sign = Callable[[bytes], bytes]
    Verify = Callable[[bytes, bytes, bytes], bool]  # public key, message, signature

PREFIXES = {
    "root": b"OCOP-ROOT-1",
    "current": b"OCOP-CURRENT-1",
    "ack": b"OCOP-ACK-1",
    "head": b"OCOP-ACK-1",
    "renewed": b"OCOP-ACK-1",
    "time": b"OCOP-TIME-1",
    "checkpoint": b"OCOP-CHECKPOINT-1",
}


class SyncError(ValueError):
    """Something received is not what it says it is. `code` is for programs, the message for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def key_id(public: bytes) -> str:
    """The name of a public key: the first 16 hex digits of its SHA-256."""
    return hexlify(hashlib.sha256(public).digest()).decode()[:16]


def message(signed: "dict[str, Any]") -> bytes:
    """The bytes that are signed. Raises KeyError for a `type` that nobody signs."""
    return PREFIXES[signed["type"]] + encode(signed)


def seal(signed: "dict[str, Any]", signers: "list[tuple[str, Sign]]") -> "dict[str, Any]":
    """An envelope around `signed`, signed by each (key id, sign function) of `signers`."""
    data = message(signed)
    signatures = [{"key": key, "sig": hexlify(sign(data)).decode()} for key, sign in signers]
    return {"signed": signed, "signatures": signatures}


def open_envelope(
    envelope: "Any", kind: str, keys: "dict[str, bytes]", threshold: int, verify: "Verify"
) -> "dict[str, Any]":
    """The `signed` part, once at least `threshold` different keys of `keys` have signed it.

    Raises SyncError: "malformed" (shape, or not of this kind), "signature" (too few good ones).
    """
    try:
        signed, signatures = envelope["signed"], envelope["signatures"]
        if signed["type"] != kind:
            raise SyncError("malformed", "expected a signed %s, got %s" % (kind, signed["type"]))
        data = message(signed)
        pairs = [(str(s["key"]), unhexlify(s["sig"])) for s in signatures]
    except SyncError:
        raise
    except (KeyError, TypeError, ValueError, CanonicalError) as error:
        raise SyncError("malformed", "not a signed %s: %s" % (kind, error))
    good = set()
    for key, signature in pairs:
        if key in keys and key not in good and len(signature) == 64 and verify(keys[key], data, signature):
            good.add(key)
    if len(good) < threshold:
        raise SyncError(
            "signature", "the %s has %d of the %d signatures it needs" % (kind, len(good), threshold)
        )
    return signed  # type: ignore[no-any-return]
