"""Requests about the print queue: what waits, and a person's answer about one job."""

from aiohttp import web

from kiosk.host.prints.print_jobs import AnswerError
from kiosk.host.prints.printing import Printing
from kiosk.host.web import api
from kiosk.host.web.access import Person
from kiosk.host.web.guard import Guard
from kiosk.host.web.problems import Problem
from kiosk.host.web.requests import decode, number


class QueueRoutes:
    """The handlers of the print queue; one queue, two printers."""

    def __init__(self, receipts: Printing, labels: Printing) -> None:
        self._receipts = receipts
        self._labels = labels

    def routes(self, guard: Guard) -> list[web.RouteDef]:
        """What this answers."""
        return [
            web.get("/api/print-jobs", guard.inside(self._jobs)),
            web.post("/api/print-jobs/{id}/answer", guard.inside(self._answer)),
        ]

    async def _jobs(self, _: web.Request, _person: Person) -> web.Response:
        return web.json_response({"jobs": await self._receipts.jobs()})

    async def _answer(self, request: web.Request, person: Person) -> web.Response:
        body = await decode(request, api.Printed)
        job = number(request, "id") or 0
        try:
            labels = {one["job"] for one in await self._receipts.jobs() if one["kind"] == "label"}
            printing = self._labels if job in labels else self._receipts
            return web.json_response(await printing.answer(job, body.printed, person.id))
        except AnswerError as error:
            if error.code == "no_job":
                raise Problem(
                    404, "no_job", "Không có phiếu in này. / There is no such print job."
                ) from error
            raise Problem(
                409, "not_asked", "Phiếu này đã có câu trả lời. / This print job asks nothing any more."
            ) from error
