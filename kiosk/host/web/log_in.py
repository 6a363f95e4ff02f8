"""Logging in and out, and the pages that stand behind the log-in."""

from typing import Any

from aiohttp import web

from kiosk import rights
from kiosk.host.stamps.outlet import Outlet
from kiosk.host.web import api, pages
from kiosk.host.web.access import LockedOutError, Person, Sessions, source_of
from kiosk.host.web.events import Hub
from kiosk.host.web.guard import COOKIE, Guard, token_of
from kiosk.host.web.problems import Problem
from kiosk.host.web.requests import decode


class LogIn:
    """The staff's entrance."""

    def __init__(self, outlet: Outlet, sessions: Sessions, guard: Guard, hub: Hub) -> None:
        self._outlet = outlet
        self._sessions = sessions
        self._guard = guard
        self._hub = hub

    def routes(self) -> list[web.RouteDef]:
        """What this answers."""
        return [
            web.get("/", self._home),
            web.get("/staff", self._page),
            web.post("/api/session", self._log_in),
            web.delete("/api/session", self._log_out),
        ]

    def shown(self, person: Person | None) -> dict[str, Any]:
        """What every staff page is told."""
        return {
            "outlet": self._outlet.shop_name,
            "illustrative": self._outlet.illustrative,
            "status": self._outlet.status(),
            "staff": person.name if person else "",
            "may_prices": person is not None and rights.may(person.role, "prices"),
            "bank": self._outlet.bank,
        }

    async def _home(self, _: web.Request) -> web.Response:
        raise web.HTTPFound("/staff")

    async def _page(self, request: web.Request) -> web.Response:
        person = self._guard.person(request)
        return pages.render("staff.html" if person else "login.html", **self.shown(person))

    async def _log_in(self, request: web.Request) -> web.Response:
        body = await decode(request, api.LogIn)
        source = source_of(request.remote)
        try:
            found = await self._sessions.log_in(body.pin, source)
        except LockedOutError:
            await self._outlet.access(None, "locked_out", source)
            raise
        await self._outlet.access(found[1] if found else None, "in" if found else "refused", source)
        if found is None:
            raise Problem(401, "wrong_pin", "Mã PIN không đúng. / That PIN is not right.")
        response = web.Response(status=204)
        response.set_cookie(COOKIE, found[0], httponly=True, samesite="Strict", path="/")
        return response

    async def _log_out(self, request: web.Request) -> web.Response:
        token = token_of(request)
        person = self._sessions.person(token)
        if person is not None:
            self._sessions.log_out(token)
            self._hub.look_again()  # in every tab
            idle = request.query.get("idle") == "1"
            await self._outlet.access(person, "idle" if idle else "out", source_of(request.remote))
        response = web.Response(status=204)
        response.del_cookie(COOKIE)
        return response
