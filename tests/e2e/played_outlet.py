"""A small outlet that plays the service's part for the two pages: the contract's requests and events."""

import asyncio
import json
import struct
import zlib
from typing import Any

from aiohttp import web
from honey import AT, HONEY, VERDICTS, scanned, words

from config.province import province
from kiosk import phrases
from kiosk.host.settings import Bank
from kiosk.host.web import pages

LOG_IN = "Hãy đăng nhập lại. / Log in again."
CLOSED = {"id": None, "open": False, "lines": [], "total": 0}


def paper(width: int, height: int) -> bytes:
    """A white receipt of that size, as a PNG of one bit a pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = (b"\0" + b"\xff" * (width // 8)) * height
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def problem(status: int, detail: str) -> web.Response:
    return web.json_response(
        {"type": "urn:ocop:problem:test", "title": "refused", "status": status, "detail": detail},
        status=status,
        content_type="application/problem+json",
    )


class Outlet:
    """Plays the service for the pages: the contract's requests and events, and nothing behind them."""

    def __init__(self) -> None:
        self.streams: set[web.StreamResponse] = set()
        self.opened = asyncio.Event()
        self.jobs: list[dict[str, Any]] = []  # of the print queue
        self.posted: list[tuple[str, Any, str | None]] = []
        self.logged_in = True
        self.basket: dict[str, Any] = dict(CLOSED)
        self.refusal: web.Response | None = None
        self.drop_next_sale = False
        self.sales: dict[str, dict[str, Any]] = {}
        app = web.Application()
        pages.attach(app)
        app.router.add_get("/", self.shopper)
        app.router.add_get("/staff", self.staff)
        app.router.add_get("/api/events", self.events)
        app.router.add_get("/api/basket", self.get_basket)
        app.router.add_get("/api/print-jobs", self.get_jobs)
        app.router.add_get("/api/sales/{number}/receipt.png", self.picture)
        app.router.add_route("*", "/api/{path:.*}", self.api)
        app.on_shutdown.append(self.end)
        self.app = app

    async def shopper(self, _: web.Request) -> web.Response:
        return pages.render(
            "shopper.html",
            outlet="Cửa hàng OCOP Vũ Quang",
            illustrative=True,
            idle_seconds=45,
            province=province(),
        )

    async def staff(self, _: web.Request) -> web.Response:
        if not self.logged_in:
            return pages.render("login.html", outlet="Cửa hàng OCOP Vũ Quang", illustrative=True)
        return pages.render(
            "staff.html",
            outlet="Cửa hàng OCOP Vũ Quang",
            illustrative=True,
            staff="Chị An",
            may_prices=False,
            bank=Bank(bin="970436", account="0011001234567", name="Vietcombank"),
        )

    async def events(self, request: web.Request) -> web.StreamResponse:
        if not self.logged_in:
            return problem(401, LOG_IN)
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        await stream.write(b"retry: 50\n\n")
        self.streams.add(stream)
        self.opened.set()
        self.ended = asyncio.Event()
        await self.ended.wait()
        self.streams.discard(stream)
        return stream

    async def end(self, _: web.Application | None = None) -> None:
        """Break the event streams, as a service does that stops."""
        if self.streams:
            self.opened.clear()
            self.ended.set()

    async def send(self, event: str, data: dict[str, Any]) -> None:
        async with asyncio.timeout(60):  # the page's stream
            await self.opened.wait()
        for stream in list(self.streams):
            await stream.write(f"event: {event}\ndata: {json.dumps(data)}\n\n".encode())

    async def get_basket(self, _: web.Request) -> web.Response:
        return web.json_response(self.basket) if self.logged_in else problem(401, LOG_IN)

    async def get_jobs(self, _: web.Request) -> web.Response:
        return web.json_response({"jobs": self.jobs})

    async def picture(self, _: web.Request) -> web.Response:
        return web.Response(body=paper(576, 1100), content_type="image/png")

    async def add(self, provenance: dict[str, Any], verdict: str = "genuine", action: str = "sell") -> None:
        """What the till's reader does: a verdict, and a line unless it is refused."""
        text = words(verdict, phrases.STAFF)
        at = AT + len(self.basket["lines"])
        event = scanned(verdict, at=at, place="till", purpose="sell", action=action, provenance=provenance)
        await self.send("verdict", event | {"reader": "till", "code": f"CODE {at}", "staff_text": text})
        if action in ("refuse", "supervisor"):
            return
        await self.put(provenance, verdict, action)

    async def put(
        self, provenance: dict[str, Any], verdict: str, action: str, approval: str | None = None
    ) -> None:
        """One more line in the basket."""
        kind, text = VERDICTS[verdict][0], words(verdict, phrases.STAFF)
        number = len(self.basket["lines"]) + 1
        price = provenance["trade_item"]["price"]
        self.basket["lines"].append(
            {
                "n": number,
                "gtin": provenance["gtin"],
                "serial": provenance["serial"] + number,
                "code": f"HTTPS://OCOP.HATINH.VN/S/A{number}",
                "name": provenance["product"]["name"],
                "unit": provenance["trade_item"]["unit"],
                "list": price,
                "price": price,
                "discount": 0,
                "set": 0,
                "qty": 1,
                "amount": price,
                "verdict": verdict,
                "class": kind,
                "action": action,
                "approval": approval,
                "needs_approval": False,
                "text": text,
            }
        )
        await self.tell_basket()

    async def tell_basket(self) -> None:
        self.basket["total"] = sum(line["amount"] for line in self.basket["lines"])
        await self.send("basket", self.basket)

    async def api(self, request: web.Request) -> web.Response:
        body = await request.json() if request.can_read_body else None
        key = request.headers.get("Idempotency-Key")
        self.posted.append((f"{request.method} {request.path}", body, key))
        if self.refusal is not None:
            answer, self.refusal = self.refusal, None
            return answer
        match request.method, request.path.removeprefix("/api/").split("/"):
            case "POST", ["session"]:
                if body != {"pin": "123456"}:
                    return problem(401, "Mã PIN không đúng; hãy thử lại. / Wrong PIN; try again.")
                self.logged_in = True
                return web.Response(status=204)
            case "DELETE", ["session"]:
                self.logged_in = False
                return web.Response(status=204)
            case "GET", ["shift"]:
                return web.json_response({"open": None, "last": None, "left": 0})
            case "POST", ["basket"]:
                self.basket = {
                    "id": 2,
                    "reference": "HT01A G2",
                    "held": [],
                    "open": True,
                    "lines": [],
                    "total": 0,
                }
                return web.json_response(self.basket, status=201)
            case "DELETE", ["basket"]:
                self.basket = dict(CLOSED)
                return web.Response(status=204)
            case "DELETE", ["basket", "lines", number]:
                self.basket["lines"] = [line for line in self.basket["lines"] if line["n"] != int(number)]
                await self.tell_basket()
                return web.Response(status=204)
            case "POST", ["sales"]:
                return await self.sell(body, str(key))
            case "POST", ["sales", _, "receipt"]:
                return web.json_response({"job": 2, "state": "queued"}, status=202)
            case "POST", ["print-jobs", number, "answer"]:
                self.jobs = [job for job in self.jobs if job["job"] != int(number)]
                return web.json_response({"job": int(number), "state": "printed", "again": None})
            case "POST", ["approvals"]:
                if body["pin"] != "999999":
                    return problem(403, "Cần mã PIN của người phụ trách. / A supervisor's PIN is needed.")
                await self.put(HONEY, body["verdict"], "supervisor", "token")
                return web.json_response({"token": "token"}, status=201)
            case "POST", ["reports"]:
                return web.Response(status=204)
            case "POST", ["scans"]:
                place = "till" if self.basket["open"] else "shopper"
                event = scanned("unsigned", reader="keyboard", place=place, at=AT + len(self.posted))
                return web.json_response(event | {"staff_text": words("unsigned", phrases.STAFF)})
        raise web.HTTPNotFound

    async def sell(self, body: dict[str, Any], key: str) -> web.Response:
        if key not in self.sales:
            total = self.basket["total"]
            self.sales[key] = {
                "number": f"HT01A-{12 + len(self.sales)}",
                "seq": 12,
                "hash": "00" * 32,
                "total": total,
                "change": body["payments"][0]["amount"] - total,
            }
            self.basket = dict(CLOSED)
            if self.drop_next_sale:
                return web.Response(status=503)
            await self.tell_basket()
        return web.json_response(self.sales[key], status=201)
