"""The page on which a supervisor changes how receipts look, and sees at once what would print."""

import base64
from collections.abc import Callable
from typing import Any

import msgspec
from aiohttp import web

from kiosk.host.prints.previews import Previews
from kiosk.host.prints.receipt_settings import Receipt, ReceiptSettings
from kiosk.host.settings import Printer
from kiosk.host.tills import receipts
from kiosk.host.web import api
from kiosk.host.web.access import Person
from kiosk.host.web.guard import Guard
from kiosk.host.web.requests import decode


class ReceiptPage:
    """The handlers behind the page. `changed()` tells the till's page of a new name."""

    def __init__(
        self, receipt: Receipt, previews: Previews, printer: Printer, changed: Callable[[], None]
    ) -> None:
        self._receipt = receipt
        self._previews = previews
        self._printer = printer
        self._changed = changed

    def routes(self, guard: Guard) -> list[web.RouteDef]:
        """What this answers."""
        path, right = "/api/receipt-settings", "receipt_form"
        return [
            web.get(path, guard.inside(self.show, right)),
            web.put(path, guard.inside(self.save, right)),
            web.delete(path, guard.inside(self.reset, right)),
            web.post(f"{path}/undo", guard.inside(self.undo, right)),
            web.post(f"{path}/preview", guard.inside(self.preview, right)),
            web.post(f"{path}/logo", guard.inside(self.logo, right)),
        ]

    async def show(self, _: web.Request, _person: Person) -> web.Response:
        """The settings, and what is wrong with the template's file."""
        await self._receipt.look()
        return self._answer(self._receipt.current)

    async def save(self, request: web.Request, person: Person) -> web.Response:
        """New settings, if a receipt can be made with them."""
        wanted = await decode(request, ReceiptSettings)
        await self._picture(wanted)
        return self._answer(await self._receipt.save(wanted, person.id))

    async def undo(self, _: web.Request, person: Person) -> web.Response:
        """The settings before the last change."""
        return self._answer(await self._receipt.undo(person.id))

    async def reset(self, _: web.Request, person: Person) -> web.Response:
        """What outlet.toml says."""
        return self._answer(await self._receipt.reset(person.id))

    async def preview(self, request: web.Request, _person: Person) -> web.Response:
        """A receipt with settings that are not saved, as the printer would print it."""
        picture = await self._picture(await decode(request, ReceiptSettings))
        return web.Response(body=picture, content_type="image/png")

    async def logo(self, request: web.Request, _person: Person) -> web.Response:
        """A picture as dots for this paper."""
        body = await decode(request, api.LogoFile)
        answer = await self._previews.ask(self._job("logo", base64.b64encode(body.file).decode()))
        return web.json_response(answer["logo"])

    async def _picture(self, settings: ReceiptSettings) -> bytes:
        data = receipts.SAMPLE | receipts.shop_of(settings, receipts.SAMPLE["total"])
        await self._receipt.look()  # a template that was changed just now
        return await self._previews.picture(
            self._job("receipt", data) | {"look": self._receipt.look_of(settings)}
        )

    def _job(self, kind: str, data: Any) -> dict[str, Any]:
        return {
            "kind": kind,
            "data": data,
            "profile": self._printer.profile,
            "columns": self._printer.columns,
        }

    def _answer(self, settings: ReceiptSettings) -> web.Response:
        self._changed()
        return web.json_response(
            {"settings": msgspec.to_builtins(settings), "template": self._receipt.problem}
        )
