"""Holds back clients that ask too often (`office.resolver.limits`)."""

import asyncio
import math
from collections.abc import Awaitable, Callable

from aiohttp import web

from office.resolver.limits import Limits, client
from office.web.keys_app import SETTINGS

LIMITS: web.AppKey[Limits] = web.AppKey("limits", Limits)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guarded(handler: Handler) -> Handler:
    """A page that a client may open so many times a minute (`phones.a_minute`), and then has to wait for."""

    async def answer(request: web.Request) -> web.StreamResponse:
        now = asyncio.get_running_loop().time()
        seconds = request.app[LIMITS].wait(_client(request), now)
        if seconds:
            rest = math.ceil(seconds)
            return web.Response(
                status=429,
                headers={"Retry-After": str(rest), "Cache-Control": "no-store"},
                text=f"Mạng này tra cứu quá nhiều; hãy thử lại sau {rest} giây. / "
                f"Too many look-ups from this network; try again in {rest} s.",
            )
        return await handler(request)

    return answer


def charge(request: web.Request, cost: int) -> None:
    """Let the client pay more for what it asked."""
    request.app[LIMITS].charge(_client(request), asyncio.get_running_loop().time(), cost)


def _client(request: web.Request) -> str:
    return client(request, request.app[SETTINGS].http.client_header)
