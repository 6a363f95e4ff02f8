"""Shelf and product labels: what one says, from the catalogue; its preview; and its job in the print queue."""

import re
from collections.abc import Callable
from typing import Any, Final

from aiohttp import web

from kiosk import texts
from kiosk.host import api, pages, print_jobs
from kiosk.host.access import Person
from kiosk.host.guard import Guard
from kiosk.host.journal import Moment, Writer, append
from kiosk.host.judging import Judge, Judged
from kiosk.host.previews import Previews
from kiosk.host.printing import Printing
from kiosk.host.problems import Problem
from kiosk.host.requests import decode
from kiosk.host.settings import LabelPrinter
from printer.host import label_data
from printer.money import dong

_PARTS: Final = {"g": (1000, "kg"), "kg": (1, "kg"), "ml": (1000, "lít"), "l": (1, "lít"), "lít": (1, "lít")}
_NET: Final = re.compile(r"([0-9]+)(?:[.,]([0-9]{1,3}))? ?(kg|g|ml|lít|l)", re.IGNORECASE)


class Labels:
    """The handlers behind the page for labels."""

    def __init__(
        self,
        judge: Judge,
        printing: Printing,
        previews: Previews,
        printer: LabelPrinter,
        writer: Writer,
        now: Callable[[], Moment],
    ) -> None:
        self._judge = judge
        self._previews = previews
        self._printer = printer
        self._writer = writer
        self._now = now
        self.printing = printing

    def routes(self, guard: Guard) -> list[web.RouteDef]:
        """What this answers."""
        return [
            web.post("/api/labels", guard.inside(self.print)),
            web.post("/api/labels/preview", guard.inside(self.preview)),
        ]

    def page(self, shown: dict[str, Any]) -> web.Response:
        """The page."""
        return pages.render("labels.html", templates=label_data.names(), **shown)

    async def preview(self, request: web.Request, _person: Person) -> web.Response:
        """One label as it would print (PNG)."""
        body = await decode(request, api.Labels)
        data, _ = self._label(body)
        size = body.template.partition("-")[2]
        job = {"kind": "label", "data": data, "size": size, "dpi": self._printer.dpi}
        return web.Response(body=await self._previews.picture(job), content_type="image/png")

    async def print(self, request: web.Request, person: Person) -> web.Response:
        """Queue labels. Their journal entry is written with the job."""
        if not self._printer.device:
            raise Problem(
                409,
                "no_label_printer",
                "Chưa khai báo máy in nhãn; hãy gọi kỹ thuật viên. / No label printer is configured; call the technician.",
            )
        body = await decode(request, api.Labels)
        label, gtin = self._label(body)
        size = body.template.partition("-")[2]
        # What cannot be drawn is refused here, not in the queue.
        await self._previews.picture({"kind": "label", "data": label, "size": size, "dpi": self._printer.dpi})
        moment = self._now()
        number = f"{label['name']}, {size} × {body.count}"
        job = {"label": label, "size": size, "count": body.count, "number": number}
        entry = {"v": 1, "staff": person.id, "template": body.template, "count": body.count, "gtin": gtin}

        def change(db: Any) -> int:
            append(db, self._writer.device, "label_printed", entry, moment)
            return print_jobs.enqueue_labels(db, job)

        queued = await self._writer.write(change)
        self.printing.wake()
        return web.json_response({"job": queued, "number": number}, status=202)

    def _label(self, body: api.Labels) -> tuple[dict[str, Any], str]:
        """(fields of `printer.labels`, GTIN) of what was scanned or typed. Raises Problem."""
        kind = body.template.partition("-")[0]
        if body.template not in label_data.names():
            raise Problem(422, "no_template", f"Không có mẫu nhãn {body.template}. / There is no such label.")
        # A GTIN of 14 digits, as lists have it, is the EAN-13 on the goods.
        code = body.code[1:] if len(body.code) == 14 and body.code[0] == "0" else body.code
        judged = self._judge.judge(code, "keyboard", "look", set(), self._now().at)
        catalogue, gtin = self._judge.catalogue, judged.code.gtin
        item = catalogue.trade_item(gtin) if catalogue and gtin else None
        if catalogue is None or gtin is None or item is None:
            raise Problem(
                422,
                "not_our_goods",
                "Mã này không phải hàng của cửa hàng. / This is no code of this shop's goods.",
            )
        product = catalogue.product(item["product"]) or {}
        producer = catalogue.producer(product.get("producer", "")) or {}
        label = {"kind": kind, "name": product.get("name") or gtin, "net": item["net"]}
        if kind == "shelf":
            label |= {"price": item["price"], "unit_price": unit_price(item["price"], item["net"])}
            label |= {"ean": gtin[1:] if gtin.startswith("0") else "", "stars": _stars(product)}
        else:
            label |= {"producer": producer.get("name", ""), "ingredients": product.get("ingredients", "")}
            label |= {"storage": product.get("storage", "")} | self._stamp(judged, body.count)
        return {name: value for name, value in label.items() if value}, gtin

    def _stamp(self, judged: Judged, count: int) -> dict[str, Any]:
        """A stamp that is on the goods, printed anew, with its lot. A second one would be a copied stamp."""
        if judged.stamp is None:
            return {}
        if judged.verdict.verdict != "genuine":
            words = texts.staff_text(judged.verdict, "look")
            detail = f"{words['vi']['title']} / {words['en']['title']}"
            raise Problem(422, "stamp_not_sound", detail)
        if count != 1:
            raise Problem(
                422,
                "one_stamp_one_label",
                "Một tem chỉ in được một nhãn. / One stamp makes one label only.",
            )
        lot = judged.verdict.facts.get("lot") or {}
        return {
            "stamp": judged.text,
            "serial": str(judged.stamp[1]),
            "lot": lot.get("code"),
            "produced": lot.get("produced"),
            "expires": lot.get("expires"),
        }


def unit_price(price: int, net: str) -> str:
    """`220.000 ₫/lít` of 110,000 đồng for "500 ml"; "" for goods that are not weighed or measured."""
    found = _NET.fullmatch(net.strip())
    if found is None or not price:
        return ""
    whole, part, unit = found.groups()
    parts, large = _PARTS[unit.lower()]
    digits = len(part or "")
    amount = int(whole + (part or ""))  # in units of 10 to the minus `digits`
    return f"{dong(round(price * parts * 10**digits / amount))}/{large}" if amount else ""


def _stars(product: dict[str, Any]) -> str:
    return f"OCOP {product['stars']} sao" if product.get("stars") else ""
