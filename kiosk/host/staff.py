"""The staff's listener: log-in, the till's page, and the API behind it."""

import hashlib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from kiosk.host import api, pages
from kiosk.host.access import Person, Sessions
from kiosk.host.aiming import Aiming
from kiosk.host.events import Hub
from kiosk.host.labels import Labels
from kiosk.host.outlet import VERSION, Outlet
from kiosk.host.print_jobs import AnswerError
from kiosk.host.problems import Problem, answer_problems, same_site_only
from kiosk.host.receipt_page import ReceiptPage
from kiosk.host.receipt_settings import OPTIONAL
from kiosk.host.requests import decode

COOKIE = "ocop_staff"
LARGEST_BODY = 256 * 1024  # bytes

Work = Callable[[web.Request, Person], Awaitable[web.StreamResponse]]


class StaffPages:
    """The handlers of the staff's listener."""

    def __init__(
        self,
        outlet: Outlet,
        sessions: Sessions,
        hub: Hub,
        aiming: Aiming,
        receipt: ReceiptPage,
        labels: Labels,
    ) -> None:
        self._labels = labels
        self._receipt = receipt
        self._outlet = outlet
        self._aiming = aiming
        self._sessions = sessions
        self._hub = hub

    def listener(self) -> web.Application:
        """The staff's application."""
        app = web.Application(middlewares=[same_site_only, answer_problems], client_max_size=LARGEST_BODY)
        add = app.router
        add.add_get("/", self._home)
        add.add_get("/staff", self._page)
        add.add_get("/staff/aim", self._aim_page)
        add.add_get("/staff/aim/{reader}", self._inside(self._aim))
        add.add_get("/staff/receipt", self._receipt_page)
        add.add_get("/staff/labels", self._labels_page)
        add.add_post("/api/labels", self._inside(self._labels.print))
        add.add_post("/api/labels/preview", self._inside(self._labels.preview))
        add.add_get("/api/receipt-settings", self._supervised(self._receipt.show))
        add.add_put("/api/receipt-settings", self._supervised(self._receipt.save))
        add.add_delete("/api/receipt-settings", self._supervised(self._receipt.reset))
        add.add_post("/api/receipt-settings/undo", self._supervised(self._receipt.undo))
        add.add_post("/api/receipt-settings/preview", self._supervised(self._receipt.preview))
        add.add_post("/api/receipt-settings/logo", self._supervised(self._receipt.logo))
        add.add_post("/api/session", self._log_in)
        add.add_delete("/api/session", self._log_out)
        add.add_get("/api/basket", self._inside(self._basket))
        add.add_post("/api/basket", self._inside(self._open_basket))
        add.add_delete("/api/basket", self._inside(self._drop_basket))
        add.add_delete("/api/basket/lines/{n}", self._inside(self._remove_line))
        add.add_post("/api/scans", self._inside(self._scan))
        add.add_post("/api/approvals", self._inside(self._approve))
        add.add_post("/api/sales", self._inside(self._sell))
        add.add_get("/api/sales/{number}", self._inside(self._sale))
        add.add_post("/api/sales/{number}/refunds", self._inside(self._refund))
        add.add_post("/api/sales/{number}/void", self._inside(self._void))
        add.add_post("/api/sales/{number}/receipt", self._inside(self._print_again))
        add.add_get("/api/sales/{number}/receipt.png", self._inside(self._picture))
        add.add_get("/api/print-jobs", self._inside(self._print_jobs))
        add.add_post("/api/print-jobs/{id}/answer", self._inside(self._answer))
        add.add_get("/api/events", self._inside(self._events))
        # This listener answers the loopback only, which may always see these (design, 7).
        add.add_get("/api/status", self._status)
        add.add_get("/metrics", self._metrics)
        add.add_get("/api/openapi.json", self._openapi)
        pages.attach(app)
        return app

    def _inside(self, work: Work) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """`work` for those who are logged in; 401 for everybody else."""

        async def handler(request: web.Request) -> web.StreamResponse:
            person = self._sessions.person(request.cookies.get(COOKIE))
            if person is None:
                raise Problem(401, "log_in", "Hãy đăng nhập bằng mã PIN. / Log in with your PIN.")
            return await work(request, person)

        return handler

    def _supervised(self, work: Work) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """`work` for supervisors and technicians; 403 for clerks."""

        async def allowed(request: web.Request, person: Person) -> web.StreamResponse:
            if person.role == "clerk":
                raise Problem(
                    403,
                    "not_supervisor",
                    "Việc này cần người phụ trách đăng nhập. / A supervisor has to log in for this.",
                )
            return await work(request, person)

        return self._inside(allowed)

    async def _home(self, _: web.Request) -> web.Response:
        raise web.HTTPFound("/staff")

    async def _page(self, request: web.Request) -> web.Response:
        person = self._sessions.person(request.cookies.get(COOKIE))
        shown = {"outlet": self._outlet.shop_name, "illustrative": self._outlet.illustrative}
        return (
            pages.render("staff.html", staff=person.name, **shown)
            if person
            else pages.render("login.html", **shown)
        )

    async def _receipt_page(self, request: web.Request) -> web.Response:
        if self._sessions.person(request.cookies.get(COOKIE)) is None:
            raise web.HTTPFound("/staff")
        shown = {"outlet": self._outlet.shop_name, "illustrative": self._outlet.illustrative}
        return pages.render("receipt.html", optional=OPTIONAL, **shown)

    async def _labels_page(self, request: web.Request) -> web.Response:
        if self._sessions.person(request.cookies.get(COOKIE)) is None:
            raise web.HTTPFound("/staff")
        return self._labels.page(
            {"outlet": self._outlet.shop_name, "illustrative": self._outlet.illustrative}
        )

    async def _aim_page(self, request: web.Request) -> web.Response:
        if self._sessions.person(request.cookies.get(COOKIE)) is None:
            raise web.HTTPFound("/staff")
        shown = {"outlet": self._outlet.shop_name, "illustrative": self._outlet.illustrative}
        return pages.render("aim.html", cameras=self._outlet.cameras, **shown)

    async def _aim(self, request: web.Request, _person: Person) -> web.StreamResponse:
        return await self._aiming.stream(request, request.match_info["reader"])

    async def _log_in(self, request: web.Request) -> web.Response:
        body = await decode(request, api.LogIn)
        found = await self._sessions.log_in(body.pin)
        await self._outlet.access(found[1] if found else None, "in" if found else "refused")
        if found is None:
            raise Problem(401, "wrong_pin", "Mã PIN không đúng. / That PIN is not right.")
        response = web.Response(status=204)
        response.set_cookie(COOKIE, found[0], httponly=True, samesite="Strict", path="/")
        return response

    async def _log_out(self, request: web.Request) -> web.Response:
        token = request.cookies.get(COOKIE)
        person = self._sessions.person(token)
        if person is not None:
            self._sessions.log_out(token)
            await self._outlet.access(person, "out")
        response = web.Response(status=204)
        response.del_cookie(COOKIE)
        return response

    async def _basket(self, _: web.Request, _person: Person) -> web.Response:
        return web.json_response(self._outlet.till.basket())

    async def _open_basket(self, _: web.Request, person: Person) -> web.Response:
        return web.json_response(await self._outlet.till.open(person), status=201)

    async def _drop_basket(self, _: web.Request, _person: Person) -> web.Response:
        return web.json_response(await self._outlet.till.drop())

    async def _remove_line(self, request: web.Request, _person: Person) -> web.Response:
        n = request.match_info["n"]
        if not n.isascii() or not n.isdigit() or len(n) > 9:
            raise Problem(404, "no_line", "Giỏ hàng không có dòng này. / The basket has no such line.")
        await self._outlet.till.remove(int(n))
        return web.json_response(self._outlet.till.basket())

    async def _scan(self, request: web.Request, _person: Person) -> web.Response:
        body = await decode(request, api.Scan)
        purpose = "sell" if self._outlet.till.is_open else "look"
        return web.json_response(await self._outlet.scan(body.text, body.reader, "till", purpose))

    async def _approve(self, request: web.Request, _person: Person) -> web.Response:
        body = await decode(request, api.Approval)
        found = await self._sessions.check(body.pin)
        if found is None or found.role == "clerk":
            raise Problem(
                403, "not_supervisor", "Cần mã PIN của người phụ trách. / A supervisor's PIN is needed."
            )
        token = await self._outlet.till.approve(found, body.code, body.verdict)
        return web.json_response({"token": token}, status=201)

    async def _sell(self, request: web.Request, person: Person) -> web.Response:
        key = _idempotency_key(request)
        body = await decode(request, api.Sale)
        digest = hashlib.sha256(await request.read()).digest()
        return web.json_response(await self._outlet.till.sell(person, body, key, digest), status=201)

    async def _refund(self, request: web.Request, person: Person) -> web.Response:
        key, body = _idempotency_key(request), await decode(request, api.Refund)
        asked = (person, request.match_info["number"], body, key, await _digest(request))
        return web.json_response(await self._outlet.till.undoing.refund(*asked), status=201)

    async def _void(self, request: web.Request, person: Person) -> web.Response:
        key, body = _idempotency_key(request), await decode(request, api.Void)
        asked = (person, request.match_info["number"], body, key, await _digest(request))
        return web.json_response(await self._outlet.till.undoing.void(*asked), status=201)

    async def _sale(self, request: web.Request, _person: Person) -> web.Response:
        return web.json_response(self._outlet.till.sale(request.match_info["number"]))

    async def _print_again(self, request: web.Request, _person: Person) -> web.Response:
        return web.json_response(
            await self._outlet.till.print_again(request.match_info["number"]), status=202
        )

    async def _picture(self, request: web.Request, _person: Person) -> web.StreamResponse:
        path = self._outlet.till.picture(request.match_info["number"])
        if path is None:
            raise Problem(404, "no_picture", "Phiếu này không có ảnh. / There is no picture of this receipt.")
        return web.FileResponse(path, headers={"Cache-Control": "no-store"})

    async def _print_jobs(self, _: web.Request, _person: Person) -> web.Response:
        return web.json_response({"jobs": await self._outlet.till.printing.jobs()})

    async def _answer(self, request: web.Request, person: Person) -> web.Response:
        body = await decode(request, api.Printed)
        job = request.match_info["id"]
        try:
            number = int(job) if job.isascii() and job.isdigit() and len(job) <= 15 else 0
            printing = self._outlet.till.printing
            labels = {one["job"] for one in await printing.jobs() if one["kind"] == "label"}
            printing = self._labels.printing if number in labels else printing
            return web.json_response(await printing.answer(number, body.printed, person.id))
        except AnswerError as error:
            if error.code == "no_job":
                raise Problem(
                    404, "no_job", "Không có phiếu in này. / There is no such print job."
                ) from error
            raise Problem(
                409, "not_asked", "Phiếu này đã có câu trả lời. / This print job asks nothing any more."
            ) from error

    async def _events(self, request: web.Request, _person: Person) -> web.StreamResponse:
        return await self._hub.stream(request)

    async def _status(self, _: web.Request) -> web.Response:
        return web.json_response(self._outlet.status())

    async def _openapi(self, _: web.Request) -> web.Response:
        return web.json_response(api.openapi(VERSION))

    async def _metrics(self, _: web.Request) -> web.Response:
        status = self._outlet.status()
        lines = [
            "# TYPE ocop_entries_waiting gauge",
            f"ocop_entries_waiting {status['office']['waiting']}",
            "# TYPE ocop_catalogue_issued_seconds gauge",
            f"ocop_catalogue_issued_seconds {(status['catalogue']['issued'] or 0) // 1000}",
            "# TYPE ocop_resident_bytes gauge",
            f"ocop_resident_bytes {_resident_bytes()}",
        ]
        return web.Response(text="\n".join(lines) + "\n", content_type="text/plain", charset="utf-8")


def _idempotency_key(request: web.Request) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not 1 <= len(key) <= 100:
        raise Problem(400, "no_key", "The header Idempotency-Key (1 to 100 characters) is missing.")
    return key


async def _digest(request: web.Request) -> bytes:
    """SHA-256 of what is asked for: of which sale, and how."""
    return hashlib.sha256(request.path.encode() + b"\n" + await request.read()).digest()


def _resident_bytes() -> int:
    """RSS of this process (proc(5), statm: the second field, in pages)."""
    pages_used = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages_used) * os.sysconf("SC_PAGE_SIZE")
