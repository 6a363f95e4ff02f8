"""A recall's reach: a page that follows it while it happens, without a reload where scripts run."""

import json
from typing import Any

from aiohttp import web

from office.access.sessions import Session
from office.pages.frame import reading, show, staff
from office.pages.streams import follow, may_follow
from office.publishing import reach
from office.web.rendering import render

ROUTES = web.RouteTableDef()
_PATH = "/office/reach/{record}/{key}"


@ROUTES.get(_PATH)
@staff("look")
async def page(request: web.Request, session: Session) -> web.StreamResponse:
    """Which tills know of a recall or a withdrawal, since when, and whom to call."""
    found = await _found(request)
    answer = await show(
        request, session, "reach.html", here="registry", found=found, record=request.match_info["record"],
        events=f"{request.path}/events",
    )  # fmt: skip
    return may_follow(answer)


@ROUTES.get(_PATH + "/events")
@staff("look")
async def events(request: web.Request, _: Session) -> web.StreamResponse:
    """The changing part of the page whenever it changes, as server-sent events, until every till knows."""

    async def look() -> tuple[str, bool]:
        found = await _found(request)
        done = found.published_at is not None and found.reached == len(found.tills)
        html = render(request, "reach_tills.html", found=found)
        return json.dumps({"html": html, "done": done}, ensure_ascii=False), done

    return await follow(request, look)


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
