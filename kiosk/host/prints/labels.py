"""Shelf and product labels: what one says, from the catalogue; its preview; and its job in the print queue."""

import logging
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from kiosk import texts
from kiosk.host.data.journal import Moment, Writer, append
from kiosk.host.data.readings import shelf_label
from kiosk.host.prints import print_jobs
from kiosk.host.prints.previews import Previews
from kiosk.host.prints.printing import Printing
from kiosk.host.prints.template_files import TemplateFile
from kiosk.host.settings import LabelPrinter
from kiosk.host.stamps.judging import Judge, Judged
from kiosk.host.tills.prices import Prices
from kiosk.host.web import api, pages
from kiosk.host.web.access import Person
from kiosk.host.web.guard import Guard
from kiosk.host.web.problems import Problem
from kiosk.host.web.requests import decode
from printer.host import label_data
from printer.money import dong

log = logging.getLogger(__name__)

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
        templates: dict[str, TemplateFile],
        db: sqlite3.Connection,
        prices: Prices,
    ) -> None:
        self._judge = judge
        self._previews = previews
        self._printer = printer
        self._writer = writer
        self._now = now
        self._templates = templates
        self._db = db
        self._prices = prices
        self.printing = printing

    def routes(self, guard: Guard) -> list[web.RouteDef]:
        """What this answers."""
        return [
            web.post("/api/labels", guard.inside(self.print)),
            web.post("/api/labels/preview", guard.inside(self.preview)),
        ]

    async def page(self, shown: dict[str, Any]) -> web.Response:
        """The page, with what is wrong with the technician's templates."""
        for template in self._templates.values():
            await template.read()
        problems = [template.problem for template in self._templates.values() if template.problem]
        return pages.render("labels.html", templates=list(self._templates), problems=problems, **shown)

    async def preview(self, request: web.Request, _person: Person) -> web.Response:
        """One label as it would print (PNG)."""
        body = await decode(request, api.Labels)
        data, _ = self._label(body)
        picture, _ = await self._drawn(body, data)
        return web.Response(body=picture, content_type="image/png")

    async def print(self, request: web.Request, person: Person) -> web.Response:
        """Queue labels. Their journal entry is written with the job."""
        if not self._printer.device:
            raise Problem(
                409,
                "no_label_printer",
                "Chưa khai báo máy in nhãn; hãy gọi kỹ thuật viên. / No label printer is configured; call the technician.",
            )
        body = await decode(request, api.Labels)
        queued, number = await self._queue(body, person.id)
        return web.json_response({"job": queued, "number": number}, status=202)

    async def price_changed(self, gtin: str, staff: str) -> None:
        """Print the shelf's label of these goods anew, as it was printed last. Nothing where there never was one."""
        last = shelf_label(self._db, gtin)
        if last is None or not self._printer.device or last[0] not in self._templates:
            return
        try:
            await self._queue(api.Labels(template=last[0], code=gtin, count=last[1]), staff)
        except Problem as problem:
            log.warning("the shelf's label of %s is not printed anew: %s", gtin, problem.text)

    async def _queue(self, body: api.Labels, staff: str) -> tuple[int, str]:
        label, gtin = self._label(body)
        size = body.template.partition("-")[2]
        _, template = await self._drawn(body, label)  # what cannot be drawn is refused here, not in the queue
        moment = self._now()
        number = f"{label['name']}, {size} × {body.count}"
        job = {"label": label, "size": size, "count": body.count, "number": number, "template": template}
        entry = {"v": 1, "staff": staff, "template": body.template, "count": body.count, "gtin": gtin}

        def change(db: Any) -> int:
            append(db, self._writer.device, "label_printed", entry, moment)
            return print_jobs.enqueue(db, "label", job)

        queued = await self._writer.write(change)
        self.printing.wake()
        return queued, number

    async def _drawn(self, body: api.Labels, data: dict[str, Any]) -> tuple[bytes, str]:
        """(PNG of one label, the template that it was drawn by, "" for the one that ships). Raises Problem."""
        template = await self._templates[body.template].read()
        job = {
            "kind": "label",
            "data": data,
            "size": body.template.partition("-")[2],
            "dpi": self._printer.dpi,
            "look": {"template": template},
        }
        return await self._previews.picture(job), template

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
            price = self._prices.usual(gtin) or 0
            label |= {"price": price, "unit_price": unit_price(price, item["net"])}
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


def own_templates(db: sqlite3.Connection, writer: Writer, folder: Path) -> dict[str, TemplateFile]:
    """The technician's templates, by names as "shelf-50x30": files of that name, with .receipt, in `folder`."""
    return {
        name: TemplateFile(db, writer, folder / f"{name}.receipt", f"label_template_{name}", label_data.fault)
        for name in label_data.names()
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
