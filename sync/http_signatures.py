"""HTTP message signatures: the subset of RFC 9421 that devices and the office speak.

Ed25519 (section 3.3.6) over @method, @authority, @path, @query and, with a body, content-digest
(RFC 9530), with the parameters created, keyid, alg, nonce and tag. The caller passes the signing
and verifying functions, the time and the nonce.
"""

import hashlib
from binascii import a2b_base64, b2a_base64

from .envelopes import SyncError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .envelopes import Sign, Verify

TAG = "ocop-sync-1"
SKEW = 300  # seconds that `created` may be off the office's clock
_COVERED = ("@method", "@authority", "@path", "@query")


class ClockError(SyncError):
    """A request that is signed well, but too far off in time; `nonce` is its own."""

    def __init__(self, nonce: str) -> None:
        super().__init__("clock", "the device's clock is too far from the office's")
        self.nonce = nonce


def content_digest(body: bytes) -> str:
    """Value of the Content-Digest header (RFC 9530, 2): `sha-256=:...:`."""
    return "sha-256=" + _byte_sequence(hashlib.sha256(body).digest())


def signed_headers(
    method: str,
    authority: str,
    path: str,
    query: str,
    body: "bytes | None",
    created: int,
    keyid: str,
    nonce: str,
    sign: "Sign",
) -> "list[tuple[str, str]]":
    """Headers to add to a request. `query` is without the question mark, `created` seconds UTC."""
    digest = None if body is None else content_digest(body)
    covered = _COVERED if digest is None else _COVERED + ("content-digest",)
    params = _params(covered, created, keyid, nonce)
    signature = sign(base(method, authority, path, query, digest, params))
    headers = [
        ("Signature-Input", "ocop=" + params),
        ("Signature", "ocop=" + _byte_sequence(signature)),
    ]
    if digest is not None:
        headers.append(("Content-Digest", digest))
    return headers


def check_request(
    method: str,
    authority: str,
    path: str,
    query: str,
    body: bytes,
    headers: "Callable[[str], str | None]",
    now: int,
    public_key: "Callable[[str], bytes | None]",
    verify: "Verify",
) -> "tuple[str, str]":
    """The (keyid, nonce) of a request that is signed as `signed_headers` does.

    `headers(name)` gives a header's value or None; `now` is seconds UTC; `public_key(keyid)` a key
    or None. Raises SyncError: "unsigned", "unknown_device", "digest" (the body is another one), "signature",
    and ClockError ("clock": created too far off).
    """
    params, signature = _member(headers("Signature-Input")), _member(headers("Signature"))
    if params is None or signature is None:
        raise SyncError("unsigned", "the request carries no signature")
    digest = headers("Content-Digest")
    covered = _COVERED if digest is None else _COVERED + ("content-digest",)
    created, keyid, nonce = _parameters(params, covered)
    if (body and digest is None) or (digest is not None and digest != content_digest(body)):
        raise SyncError("digest", "the body does not fit its Content-Digest")
    public = public_key(keyid)
    if public is None:
        raise SyncError("unknown_device", "no device of this name is enrolled: %s" % keyid)
    try:
        raw = a2b_base64(signature.strip(":"))
    except ValueError:
        raw = b""
    covers = base(method, authority, path, query, digest, params)
    # a2b_base64 drops what is no base64; written back, only the one spelling is left.
    if len(raw) != 64 or _byte_sequence(raw) != signature or not verify(public, covers, raw):
        raise SyncError("signature", "the request's signature does not verify")
    if not now - SKEW <= created <= now + SKEW:
        raise ClockError(nonce)
    return keyid, nonce


def base(method: str, authority: str, path: str, query: str, digest: "str | None", params: str) -> bytes:
    """The signature base (RFC 9421, 2.5): what is signed. `params` is the value of @signature-params."""
    lines = [
        '"@method": ' + method,
        '"@authority": ' + authority.lower(),
        '"@path": ' + path,
        '"@query": ?' + query,
    ]
    if digest is not None:
        lines.append('"content-digest": ' + digest)
    lines.append('"@signature-params": ' + params)
    return "\n".join(lines).encode()


def _byte_sequence(data: bytes) -> str:
    """Bytes as structured fields write them (RFC 9651, 3.3.5)."""
    return ":" + b2a_base64(data).decode().strip() + ":"


def _member(value: "str | None") -> "str | None":
    return value[5:] if value is not None and value.startswith("ocop=") else None


def _params(covered: "tuple[str, ...]", created: int, keyid: str, nonce: str) -> str:
    """The covered components and the parameters, in the one order and spelling used here."""
    names = " ".join(['"%s"' % name for name in covered])
    return '(%s);created=%d;keyid="%s";alg="ed25519";nonce="%s";tag="%s"' % (
        names,
        created,
        keyid,
        nonce,
        TAG,
    )


def _parameters(params: str, covered: "tuple[str, ...]") -> "tuple[int, str, str]":
    """(created, keyid, nonce) of parameters that are exactly what `_params` writes."""
    fields = {}
    for part in params.split(";")[1:]:
        name, _, value = part.partition("=")
        fields[name] = value.strip('"')
    created, keyid, nonce = fields.get("created", ""), fields.get("keyid", ""), fields.get("nonce", "")
    if not 0 < len(created) < 12 or not all(letter in "0123456789" for letter in created):
        raise SyncError("unsigned", "the signature does not say when it was made")
    if not keyid or not nonce or params != _params(covered, int(created), keyid, nonce):
        raise SyncError(
            "unsigned", "the signature does not cover what it must, or has another tag, algorithm or order"
        )
    return int(created), keyid, nonce
