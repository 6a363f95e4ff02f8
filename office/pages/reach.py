"""A recall's reach: a page that follows it while it happens, without a reload where scripts run."""

import asyncio
import contextlib
import json
from typing import Any

from aiohttp import web

from office import reach
from office.keys_app import STOPPING
from office.pages.frame import reading, show, staff, still_logged_in
from office.rendering import HEADERS, render
from office.sessions import Session

ROUTES = web.RouteTableDef()
_PATH = "/office/reach/{record}/{key}"
_LOOK = 1.0  # seconds between looks at the database
_LONGEST = 3600  # looks of one stream: a browser asks again by itself


@ROUTES.get(_PATH)
@staff("look")
async def page(request: web.Request, session: Session) -> web.StreamResponse:
    """Which tills know of a recall or a withdrawal, since when, and whom to call."""
    found = await _found(request)
    answer = await show(
        request, session, "reach.html", here="registry", found=found, record=request.match_info["record"],
        events=f"{request.path}/events",
    )  # fmt: skip
    policy = HEADERS["Content-Security-Policy"]
    answer.headers["Content-Security-Policy"] = f"{policy}; connect-src 'self'"
    return answer


@ROUTES.get(_PATH + "/events")
@staff("look")
async def events(request: web.Request, _: Session) -> web.StreamResponse:
    """The changing part of the page whenever it changes, as server-sent events, until every till knows."""
    answer = web.StreamResponse(headers=HEADERS | {"X-Accel-Buffering": "no"})
    answer.content_type = "text/event-stream"
    stopping, shown = request.app[STOPPING], ""
    found = await _found(request)
    await answer.prepare(request)
    with contextlib.suppress(ConnectionResetError):
        for _look in range(_LONGEST):
            html = render(request, "reach_tills.html", found=found)
            if html != shown:
                shown = html
                data = json.dumps({"html": html, "done": _done(found)}, ensure_ascii=False)
                await answer.write(f"data: {data}\n\n".encode())
            if _done(found):
                break
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), _LOOK)
                break
            if not await still_logged_in(request):
                break
            try:
                found = await _found(request)
            except web.HTTPNotFound:  # it was taken back meanwhile
                break
    return answer


def _done(found: reach.Reach) -> bool:
    return found.published_at is not None and found.reached == len(found.tills)


async def _found(request: web.Request) -> reach.Reach:
    record, key = request.match_info["record"], request.match_info["key"]
    found: Any = None
    if record in reach.KINDS:
        found = await reading(request, lambda connection: reach.find(connection, record, key))
    if found is None:
        raise web.HTTPNotFound(
            text="Nothing of this name was recalled. / Không có gì bị thu hồi dưới tên này."
        )
    assert isinstance(found, reach.Reach)
    return found
