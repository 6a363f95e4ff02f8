"""What the demo does as a person would: opens the outlet's pages' streams, logs in, sells."""

import asyncio
import json
import secrets
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import aiohttp

from config.exits import FAILED, CommandError
from office.demo.stage import Outlet

PATIENCE = 60.0  # seconds for anything to happen


class Visitor:
    """One open page: its event stream is read all along, its requests carry its session."""

    def __init__(self, base: str) -> None:
        self._base = base
        # Cookies of an address by number need an unsafe jar; it never leaves this machine.
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self._events: list[tuple[str, dict[str, Any]]] = []
        self._arrived = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])
        await self._session.close()

    async def listen(self) -> None:
        """Open the event stream; returns when it is open."""
        timeout = aiohttp.ClientTimeout(total=None)
        response = await self._session.get(self._base + "/api/events", timeout=timeout)
        if response.status != 200:
            raise CommandError(
                f"{self._base}: the event stream answered {response.status}.",
                FAILED,
                vi=f"{self._base}: luồng sự kiện trả lời {response.status}.",
            )
        self._reading = asyncio.ensure_future(self._read(response))

    async def request(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The JSON (or None) of an answer below 400. Raises CommandError with its sentence else."""
        async with self._session.request(method, self._base + path, json=body, headers=headers) as answer:
            value = await answer.json(content_type=None) if answer.content_length != 0 else None
            if answer.status >= 400:
                detail = value.get("detail") if isinstance(value, dict) else ""
                raise CommandError(
                    f"{method} {path} answered {answer.status}: {detail}",
                    FAILED,
                    vi=f"{method} {path} trả lời {answer.status}",
                )
            return value

    async def get(self, path: str) -> bytes:
        """The bytes of an answer. Raises CommandError unless it is a 200."""
        async with self._session.get(self._base + path) as answer:
            if answer.status != 200:
                raise CommandError(
                    f"GET {path} answered {answer.status}.", FAILED, vi=f"GET {path} trả lời {answer.status}."
                )
            return await answer.read()

    async def event(
        self,
        kind: str,
        wanted: Callable[[dict[str, Any]], bool] = lambda _: True,
        patience: float | None = PATIENCE,
    ) -> dict[str, Any]:
        """The first event of this kind that fits, from those that came and have not been taken."""
        try:
            async with asyncio.timeout(patience):
                while True:
                    self._arrived.clear()
                    for number, (name, data) in enumerate(self._events):
                        if name == kind and wanted(data):
                            del self._events[: number + 1]
                            return data
                    await self._arrived.wait()
        except TimeoutError as error:
            raise CommandError(
                f"{self._base}: no {kind!r} event came within {PATIENCE:.0f} s.",
                FAILED,
                vi=f"{self._base}: trong {PATIENCE:.0f} giây không có sự kiện {kind!r} nào.",
            ) from error

    def forget(self) -> None:
        """Drop the events that came so far."""
        self._events.clear()

    async def _read(self, response: aiohttp.ClientResponse) -> None:
        kind = ""
        async for line in response.content:
            text = line.decode().rstrip("\n")
            if text.startswith("event: "):
                kind = text[7:]
            elif text.startswith("data: "):
                self._events.append((kind, json.loads(text[6:])))
                self._arrived.set()


class Clerk(Visitor):
    """Somebody at the till of an outlet."""

    def __init__(self, outlet: Outlet, pin: str) -> None:
        super().__init__(outlet.staff)
        self._pin = pin

    async def start(self) -> None:
        """Log in and open the till's page."""
        await self.request("POST", "/api/session", {"pin": self._pin})
        await self.listen()

    async def pay(self, basket: dict[str, Any], cash: int) -> dict[str, Any]:
        """Sell what is in the basket; {number, seq, hash, total, change}."""
        lines = [
            {"code": line["code"], "qty": line["qty"], "price": line["price"]} for line in basket["lines"]
        ]
        body = {"basket": basket["id"], "lines": lines, "payments": [{"kind": "cash", "amount": cash}]}
        sold: dict[str, Any] = await self.request(
            "POST", "/api/sales", body, **{"Idempotency-Key": secrets.token_hex(16)}
        )
        return sold
