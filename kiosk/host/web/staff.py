"""The staff's listener: every subject's routes behind one log-in."""

from contextlib import nullcontext

from aiohttp import web

from kiosk import rights
from kiosk.host.health import Health
from kiosk.host.prints.labels import Labels
from kiosk.host.prints.receipt_page import ReceiptPage
from kiosk.host.prints.receipt_settings import OPTIONAL
from kiosk.host.stamps import photos
from kiosk.host.stamps.aiming import Aiming
from kiosk.host.stamps.outlet import Outlet
from kiosk.host.stock.stock_routes import StockRoutes
from kiosk.host.web import pages
from kiosk.host.web.access import Person, Sessions
from kiosk.host.web.basket_routes import BasketRoutes
from kiosk.host.web.events import Hub
from kiosk.host.web.guard import Guard
from kiosk.host.web.log_in import LogIn
from kiosk.host.web.problems import answer_problems, same_site_only
from kiosk.host.web.queue_routes import QueueRoutes
from kiosk.host.web.sale_routes import SaleRoutes

LARGEST_BODY = 256 * 1024  # bytes


class StaffPages:
    """The application of the staff's listener. A subject with its own routes is one line in `listener`."""

    def __init__(
        self,
        outlet: Outlet,
        sessions: Sessions,
        hub: Hub,
        aiming: Aiming,
        receipt: ReceiptPage,
        labels: Labels,
    ) -> None:
        self._outlet = outlet
        self._sessions = sessions
        self._hub = hub
        self._aiming = aiming
        self._receipt = receipt
        self._labels = labels
        self._guard = Guard(sessions)
        self._log_in = LogIn(outlet, sessions, self._guard, hub)

    def listener(self) -> web.Application:
        """The staff's application."""
        app = web.Application(middlewares=[same_site_only, answer_problems], client_max_size=LARGEST_BODY)
        guard = self._guard
        app.add_routes(self._log_in.routes())
        app.add_routes(BasketRoutes(self._outlet, self._sessions).routes(guard))
        app.add_routes(SaleRoutes(self._outlet.selling).routes(guard, self._log_in.shown))
        app.add_routes(self._outlet.selling.routes(guard, self._log_in.shown))
        app.add_routes(QueueRoutes(self._outlet.till.printing, self._labels.printing).routes(guard))
        app.add_routes(self._receipt.routes(guard))
        app.add_routes(self._labels.routes(guard))
        app.add_routes(StockRoutes(self._outlet).routes(guard, self._log_in.shown))
        app.add_routes(Health(self._outlet).routes())
        app.add_routes(
            [
                web.get("/api/events", guard.inside(self._events)),
                web.get("/staff/aim", guard.page(self._aim_page)),
                web.get("/staff/aim/{reader}", guard.inside(self._aim)),
                web.get("/staff/receipt", guard.page(self._receipt_page)),
                web.get("/staff/labels", guard.page(self._labels_page)),
            ]
        )
        if self._outlet.photos is not None:
            app.router.add_get(photos.PATH, guard.inside(self._photo))
        pages.attach(app)
        return app

    async def _photo(self, request: web.Request, _person: Person) -> web.Response:
        assert self._outlet.photos is not None
        return await self._outlet.photos.serve(request)

    async def _events(self, request: web.Request, _person: Person) -> web.StreamResponse:
        return await self._hub.stream(request, self._guard.still_in(request))

    async def _receipt_page(self, _: web.Request, person: Person) -> web.Response:
        return pages.render("receipt.html", optional=OPTIONAL, **self._log_in.shown(person))

    async def _labels_page(self, _: web.Request, person: Person) -> web.Response:
        return await self._labels.page(self._log_in.shown(person))

    async def _aim_page(self, _: web.Request, person: Person) -> web.Response:
        enrols = rights.may(person.role, "office")
        return pages.render(
            "aim.html", cameras=self._outlet.cameras, enrols=enrols, **self._log_in.shown(person)
        )

    async def _aim(self, request: web.Request, person: Person) -> web.StreamResponse:
        reader = request.match_info["reader"]
        enrols = rights.may(person.role, "office")
        with self._outlet.by_camera.shown_by(reader) if enrols else nullcontext():
            return await self._aiming.stream(request, reader, self._guard.still_in(request))
