"""VietQR at the till: the transfer to this shop's account as a text, and as a QR code for the screen."""

import io

from aiohttp import web

from kiosk import vietqr
from kiosk.host.settings import Bank
from kiosk.host.tills.basket_store import reference
from kiosk.host.tills.sales_made import SalesMade
from kiosk.host.web.access import Person
from kiosk.host.web.guard import Guard
from kiosk.host.web.problems import Problem


def transfer(bank: Bank, amount: int, purpose: str) -> str:
    """The QR code's text. Raises Problem 409 where the shop has no account."""
    if not bank.account:
        raise Problem(
            409,
            "no_account",
            "Chưa khai báo tài khoản ngân hàng; hãy gọi kỹ thuật viên. / No bank account is configured; call the technician.",
        )
    try:
        return vietqr.payload(bank.bin, bank.account, amount, purpose)
    except vietqr.AccountError as error:
        raise Problem(
            422, "no_transfer", f"Không lập được mã VietQR: {error} / No VietQR: {error}"
        ) from error


class VietQr:
    """The QR code that a customer's bank app reads from the screen."""

    def __init__(self, bank: Bank, made: SalesMade, device: str) -> None:
        self._bank = bank
        self._made = made
        self._device = device

    def routes(self, guard: Guard) -> list[web.RouteDef]:
        """What this answers."""
        return [web.get("/api/vietqr.svg", guard.inside(self._picture))]

    async def _picture(self, request: web.Request, _person: Person) -> web.Response:
        import segno  # only where people pay by transfer

        query = request.query
        if "sale" in query:
            sale = self._made.one(query["sale"])
            payments = [one for one in sale["payments"] if one["kind"] == "vietqr"]
            purpose = payments[0].get("reference", "") if payments else ""
            text = transfer(self._bank, sale["waiting"], purpose or sale["number"])
        else:
            amount, basket = _whole(query.get("amount", "")), _whole(query.get("basket", ""))
            text = transfer(self._bank, amount, reference(self._device, basket))
        picture = io.BytesIO()
        segno.make_qr(text, error="m").save(picture, kind="svg", border=4, light="#fff", xmldecl=False)
        return web.Response(body=picture.getvalue(), content_type="image/svg+xml")


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= len(text) <= 13 and int(text)):
        raise Problem(422, "invalid", "basket and amount are whole numbers above 0.")
    return int(text)
