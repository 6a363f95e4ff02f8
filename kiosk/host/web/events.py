"""Server-sent events: what happens is pushed to the pages that are open (WHATWG HTML, 9.2)."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

HEARTBEAT = 15.0  # seconds; a comment line that tells a page and a proxy that we live
MOST_BEHIND = 100  # events; a page that reads slower is cut off and reconnects


class Hub:
    """One listener's open event streams. `latest` events are repeated to a page that (re)connects."""

    def __init__(self, *latest: str) -> None:
        self._streams: set[asyncio.Queue[bytes | None]] = set()
        self._repeat = latest
        self._last: dict[str, bytes] = {}

    def publish(self, event: str, data: dict[str, Any]) -> None:
        """Send one event to every open page. Never waits."""
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        message = f"event: {event}\ndata: {text}\n\n".encode()
        if event in self._repeat:
            self._last[event] = message
        for queue in list(self._streams):
            if queue.qsize() >= MOST_BEHIND:
                self._streams.discard(queue)
                queue.put_nowait(None)
            else:
                queue.put_nowait(message)

    async def stream(
        self, request: web.Request, allowed: Callable[[], bool] = lambda: True
    ) -> web.StreamResponse:
        """Handler of `GET /api/events`; lasts until the page goes, the service stops, or it is no longer `allowed`."""
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        await response.prepare(request)
        self._streams.add(queue)
        try:
            await response.write(b"retry: 1000\n\n" + b"".join(self._last.values()))
            while True:
                try:
                    message = await asyncio.wait_for(queue.get(), HEARTBEAT)
                except TimeoutError:
                    message = b":\n\n"
                if message is None or not allowed():
                    break
                await response.write(message)
        except ConnectionResetError:
            pass  # the page has gone
        finally:
            self._streams.discard(queue)
        return response

    def look_again(self) -> None:
        """Whether a stream is still allowed has changed: those that are not end now."""
        for queue in self._streams:
            queue.put_nowait(b"")

    def end(self) -> None:
        """End every stream, so that the service can stop at once."""
        for queue in self._streams:
            queue.put_nowait(None)
