"""Server-sent events for pages that follow something while it happens."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from aiohttp import web

from office.pages.frame import still_logged_in
from office.web.keys_app import STOPPING
from office.web.rendering import HEADERS

_LOOK = 1.0  # seconds between looks
_LONGEST = 3600  # looks of one stream: a browser asks again by itself

Look = Callable[[], Awaitable[tuple[str, bool]]]
"""What to send now, on one line, and whether nothing will follow it. Raises HTTPNotFound when it is gone."""


def may_follow(answer: web.Response) -> web.Response:
    """The page, allowed to open a stream and to fetch itself anew."""
    answer.headers["Content-Security-Policy"] = f"{HEADERS['Content-Security-Policy']}; connect-src 'self'"
    return answer


async def follow(request: web.Request, look: Look) -> web.StreamResponse:
    """Send what `look` gives whenever that changes, until the last, or until the session ends."""
    answer = web.StreamResponse(headers=HEADERS | {"X-Accel-Buffering": "no"})
    answer.content_type = "text/event-stream"
    stopping, sent = request.app[STOPPING], ""
    text, last = await look()
    # Whoever has turned the page meanwhile is no fault to log.
    with contextlib.suppress(ConnectionResetError):
        await answer.prepare(request)
        for _ in range(_LONGEST):
            if text != sent:
                sent = text
                await answer.write(f"data: {text}\n\n".encode())
            if last:
                break
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), _LOOK)
                break
            if not await still_logged_in(request):
                break
            try:
                text, last = await look()
            except web.HTTPNotFound:
                break
    return answer
