"""Who may call a handler: those who are logged in, and of them those who have the right."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from kiosk import rights
from kiosk.host.web.access import Person, Sessions
from kiosk.host.web.problems import Problem

COOKIE = "ocop_staff"
BY_ITSELF = ("/api/events", "/api/print-jobs", "/api/basket")  # read by the page whenever its stream opens

Work = Callable[[web.Request, Person], Awaitable[web.StreamResponse]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def token_of(request: web.Request) -> str | None:
    """The session's token in the header Cookie (RFC 6265, 5.4); None without one.

    aiohttp reads every cookie into an object, which costs more than all else that a small answer needs.
    """
    for pair in request.headers.get("Cookie", "").split(";"):
        name, _, value = pair.strip().partition("=")
        if name == COOKIE:
            return value
    return None


def _not_allowed(right: str) -> Problem:
    if rights.may(rights.SUPERVISOR, right):
        detail = "Việc này cần người phụ trách đăng nhập. / A supervisor has to log in for this."
        return Problem(403, "not_supervisor", detail)
    detail = "Việc này cần kỹ thuật viên đăng nhập. / A technician has to log in for this."
    return Problem(403, "not_technician", detail)


class Guard:
    """Lets requests with a session through to their work."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def person(self, request: web.Request) -> Person | None:
        """Who asks, if they are logged in. What a page asks for by itself does not keep its person logged in."""
        return self._sessions.person(
            token_of(request), request.method != "GET" or request.path not in BY_ITSELF
        )

    def still_in(self, request: web.Request) -> Callable[[], bool]:
        """Tells at any time whether the session of `request` goes on: not once it has ended or locked itself."""
        token = token_of(request)
        return lambda: self._sessions.person(token, touch=False) is not None

    def inside(self, work: Work, right: str = "sell") -> Handler:
        """`work` for those who have `right`; 401 for strangers, 403 for everybody else."""

        async def handler(request: web.Request) -> web.StreamResponse:
            person = self.person(request)
            if person is None:
                raise Problem(401, "log_in", "Hãy đăng nhập bằng mã PIN. / Log in with your PIN.")
            if not rights.may(person.role, right):
                raise _not_allowed(right)
            return await work(request, person)

        return handler

    def page(self, work: Work) -> Handler:
        """A page for those who are logged in; everybody else is led to the log-in."""

        async def handler(request: web.Request) -> web.StreamResponse:
            person = self.person(request)
            if person is None:
                raise web.HTTPFound("/staff")
            return await work(request, person)

        return handler
