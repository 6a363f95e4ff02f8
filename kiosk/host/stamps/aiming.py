"""The page for aiming a camera: its live picture, passed on from the scanner process to a browser.

Pictures come over a local socket in a folder of our own, made when the page opens and gone when it
closes. They are passed on as they come and never stored.
"""

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from kiosk.host.stamps.scanning import Scanning
from kiosk.host.web.problems import Problem

LARGEST_PICTURE = 512 * 1024  # bytes
PATIENCE = 5.0  # seconds until a camera's first picture, and from one to the next


class Aiming:
    """Passes pictures on from the scanner's cameras."""

    def __init__(self, scanning: Scanning) -> None:
        self._scanning = scanning

    async def stream(
        self, request: web.Request, reader: str, allowed: Callable[[], bool]
    ) -> web.StreamResponse:
        """Pictures as `multipart/x-mixed-replace`, until the browser goes, the camera stops, or it is not `allowed`.

        Raises Problem: there is no such reader, or no picture came.
        """
        if reader not in self._scanning.readers:
            raise Problem(404, "no_reader", f"Không có đầu đọc {reader}. / There is no reader {reader}.")
        connected: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = (
            asyncio.get_running_loop().create_future()
        )

        def accept(incoming: asyncio.StreamReader, outgoing: asyncio.StreamWriter) -> None:
            if connected.done():
                outgoing.close()
            else:
                connected.set_result((incoming, outgoing))

        with tempfile.TemporaryDirectory(prefix="ocop-aim-") as folder:  # mode 0700
            path = Path(folder) / "view"
            async with await asyncio.start_unix_server(accept, path):
                await self._scanning.aim(reader, str(path))
                try:
                    incoming, outgoing = await asyncio.wait_for(connected, PATIENCE)
                except TimeoutError:
                    raise Problem(
                        503,
                        "no_picture",
                        "Camera chưa cho hình. / The camera shows no picture; see its state.",
                    ) from None
                try:
                    return await _pass_on(incoming, request, allowed)
                finally:
                    outgoing.close()


async def _pass_on(
    incoming: asyncio.StreamReader, request: web.Request, allowed: Callable[[], bool]
) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "multipart/x-mixed-replace; boundary=frame"})
    await response.prepare(request)
    try:
        while allowed():
            async with asyncio.timeout(PATIENCE):
                length = int.from_bytes(await incoming.readexactly(4), "big")
                picture = await incoming.readexactly(min(length, LARGEST_PICTURE))
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
            await response.write(head.encode() + picture + b"\r\n")
    except (asyncio.IncompleteReadError, TimeoutError, ConnectionError):
        pass  # the camera stopped, or the page was closed
    return response
