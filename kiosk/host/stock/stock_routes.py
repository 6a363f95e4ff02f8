"""The stock's page and its part of the API."""

from collections.abc import Callable
from typing import Any

import msgspec
from aiohttp import web

from kiosk import calendar, stock
from kiosk.host.stamps.judging import KEYBOARD
from kiosk.host.stamps.outlet import Outlet
from kiosk.host.stock import stock_api
from kiosk.host.web import pages
from kiosk.host.web.access import Person
from kiosk.host.web.guard import Guard
from kiosk.host.web.problems import Problem
from kiosk.host.web.requests import decode, number

TITLES = {
    "off_shelf": "LẤY KHỎI KỆ / TAKE OFF THE SHELF",
    "expiring": "SẮP HẾT HẠN / EXPIRING",
    "statement": "ĐỐI CHIẾU KÝ GỬI / CONSIGNMENT",
}


class StockRoutes:
    """The handlers."""

    def __init__(self, outlet: Outlet) -> None:
        self._outlet = outlet
        self._stocking = outlet.stocking
        self._note = outlet.stocking.note
        self._lists = outlet.stocking.lists

    def routes(self, guard: Guard, shown: Callable[[Person], dict[str, Any]]) -> list[web.RouteDef]:
        """What this answers. `shown` is what every page is told."""

        async def page(_: web.Request, person: Person) -> web.Response:
            return pages.render("stock.html", **shown(person))

        inside = guard.inside
        return [
            web.get("/staff/stock", guard.page(page)),
            web.get("/api/stock", inside(self._held)),
            web.get("/api/stock/items/{gtin}", inside(self._stamps)),
            web.get("/api/stock/producers", inside(self._producers)),
            web.get("/api/stock/note", inside(self._show)),
            web.post("/api/stock/note", inside(self._open)),
            web.put("/api/stock/note", inside(self._about)),
            web.delete("/api/stock/note", inside(self._drop)),
            web.post("/api/stock/note/scans", inside(self._scan)),
            web.put("/api/stock/note/lines/{n}", inside(self._qty)),
            web.delete("/api/stock/note/lines/{n}", inside(self._remove)),
            web.post("/api/stock/note/lines/{n}/take-in", inside(self._take_in, "approve")),
            web.post("/api/stock/note/written", inside(self._write_down)),
            web.post("/api/stock/lists", inside(self._list)),
            web.post("/api/stock/lists/print", inside(self._print)),
        ]

    async def _held(self, _: web.Request, _person: Person) -> web.Response:
        return web.json_response({"stock": self._lists.held()})

    async def _stamps(self, request: web.Request, _person: Person) -> web.Response:
        return web.json_response({"stamps": self._lists.stamps(request.match_info["gtin"])})

    async def _producers(self, _: web.Request, _person: Person) -> web.Response:
        return web.json_response({"producers": self._lists.producers()})

    async def _show(self, _: web.Request, _person: Person) -> web.Response:
        return web.json_response({"note": self._note.current})

    async def _open(self, request: web.Request, _person: Person) -> web.Response:
        body = await decode(request, stock_api.NewNote)
        note = await self._note.open(body.kind, msgspec.structs.asdict(body.about))
        return web.json_response({"note": note}, status=201)

    async def _about(self, request: web.Request, _person: Person) -> web.Response:
        body = await decode(request, stock_api.About)
        return web.json_response({"note": await self._note.about(msgspec.structs.asdict(body))})

    async def _drop(self, _: web.Request, _person: Person) -> web.Response:
        await self._note.drop()
        return web.Response(status=204)

    async def _scan(self, request: web.Request, _person: Person) -> web.Response:
        body = await decode(request, stock_api.NoteScan)
        note = await self._outlet.scan_into_note(body.text, KEYBOARD, body.qty)
        return web.json_response({"note": note})

    async def _qty(self, request: web.Request, _person: Person) -> web.Response:
        body = await decode(request, stock_api.NoteQty)
        n = number(request, "n") or 0
        note = await self._note.lines(lambda lines: stock.change(lines, n, body.qty))
        return web.json_response({"note": note})

    async def _remove(self, request: web.Request, _person: Person) -> web.Response:
        n = number(request, "n") or 0
        return web.json_response({"note": await self._note.lines(lambda lines: stock.remove(lines, n))})

    async def _take_in(self, request: web.Request, _person: Person) -> web.Response:
        n = number(request, "n") or 0
        return web.json_response({"note": await self._note.lines(lambda lines: stock.take_in(lines, n))})

    async def _write_down(self, request: web.Request, person: Person) -> web.Response:
        body = await decode(request, stock_api.NoteId)
        return web.json_response(await self._note.write_down(person, body.id), status=201)

    async def _list(self, request: web.Request, _person: Person) -> web.Response:
        return web.json_response(self._made(await decode(request, stock_api.ListAsked)))

    async def _print(self, request: web.Request, person: Person) -> web.Response:
        asked = await decode(request, stock_api.ListAsked)
        made = self._made(asked)
        printed = {"title": TITLES[asked.name], "staff": person.name} | _paper(asked, made)
        job = await self._stocking.print(TITLES[asked.name].split(" / ")[0].capitalize(), printed)
        return web.json_response({"job": job}, status=202)

    def _made(self, asked: stock_api.ListAsked) -> dict[str, Any]:
        if asked.name == "off_shelf":
            return {"rows": self._lists.off_the_shelf()}
        if asked.name == "expiring":
            return {"rows": self._lists.expiring(asked.days), "days": asked.days}
        if not (calendar.is_date(asked.first) and calendar.is_date(asked.last)) or asked.first > asked.last:
            raise Problem(422, "dates", "Ngày không đúng. / These are no dates, or the wrong way round.")
        return self._lists.statement(asked.producer, asked.first, asked.last)


_WHY = {
    "stamp_void": "Tem đã huỷ / Stamp void",
    "lot_recalled": "Thu hồi lô / Lot recalled",
    "recognition_withdrawn": "Thu hồi công nhận / Withdrawn",
    "recognition_lapsed": "Hết công nhận / Lapsed",
    "expired": "Hết hạn dùng / Expired",
}


def _paper(asked: stock_api.ListAsked, made: dict[str, Any]) -> dict[str, Any]:
    """The list as `printer.reports.listing` takes it."""
    if asked.name == "statement":
        rows = [
            {
                "name": row["name"],
                "more": [
                    f"Đầu kỳ {row['opening']} + nhập {row['received']} - bán {row['sold']} + trả {row['returned']}",
                    f"- hỏng {row['damaged']} - chuyển {row['sent']} + kiểm {row['found']} = tồn {row['closing']}",
                ],
                "qty": row["sold"],
                "amount": row["amount"],
            }
            for row in made["rows"]
        ]
        span = f"{calendar.vietnamese(asked.first)} - {calendar.vietnamese(asked.last)}"
        return {"about": [made["producer"]["name"], span], "rows": rows, "total": made["sold"]}
    rows = []
    for row in made["rows"]:
        lot = [f"Lô {row['lot']}"] if row["lot"] else []
        expires = [f"HSD {calendar.vietnamese(row['expires'])}"] if row["expires"] else []
        more = [" · ".join(lot + expires)] if lot or expires else []
        more += [f"Tem {row['stamps']}"] if row["stamps"] else []
        more += [_WHY[row["why"]]] if row["why"] in _WHY else []
        rows.append({"name": row["name"], "more": more, "qty": row["qty"], "amount": None})
    about = [f"Trong {asked.days} ngày / Within {asked.days} days"] if asked.name == "expiring" else []
    return {"about": about, "rows": rows, "total": None}
