"""The Idempotency-Key of a request, and what tells one request from another."""

import hashlib

from aiohttp import web

from kiosk.host.web.problems import Problem


def key_of(request: web.Request) -> str:
    """The header's value. Raises Problem 400 where it is missing or too long."""
    key = request.headers.get("Idempotency-Key", "")
    if not 1 <= len(key) <= 100:
        raise Problem(400, "no_key", "The header Idempotency-Key (1 to 100 characters) is missing.")
    return key


async def digest_of(request: web.Request) -> bytes:
    """SHA-256 of what is asked for: of what, and how."""
    return hashlib.sha256(request.path.encode() + b"\n" + await request.read()).digest()
