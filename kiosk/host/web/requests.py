"""Bodies of requests as typed values; what does not fit is a problem document that says where."""

from typing import TypeVar

import msgspec
from aiohttp import web

from kiosk.host.web.problems import Problem

T = TypeVar("T")


async def decode(request: web.Request, kind: type[T]) -> T:
    """The JSON body as `kind`. Raises Problem 413, 415 or 422."""
    if request.content_type != "application/json":
        raise Problem(415, "not_json", "The body must be application/json.")
    try:
        return msgspec.json.decode(await request.read(), type=kind)
    except web.HTTPRequestEntityTooLarge as error:
        raise Problem(413, "too_large", "Nội dung gửi quá dài. / What was sent is too long.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem(422, "invalid", f"Yêu cầu sai: {error} / The request is wrong: {error}") from error


def number(request: web.Request, name: str) -> int | None:
    """A whole number in the path, None where it is none (of up to 15 digits)."""
    text = request.match_info[name]
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None
