"""The outlet: takes what was scanned, has it judged, writes it down and tells the screens."""

from collections import deque
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from config.province import Province, province
from kiosk import calendar, texts
from kiosk.host.clock import Clock
from kiosk.host.data.journal import Source, Writer
from kiosk.host.link.enrolling import ByCamera
from kiosk.host.link.syncing import Syncing
from kiosk.host.prints.printing import Printing
from kiosk.host.settings import Bank, Settings
from kiosk.host.stamps.judging import Judge, Judged
from kiosk.host.stamps.photos import Photos
from kiosk.host.stamps.scan_log import ScanLog
from kiosk.host.stock.stocking import Stocking
from kiosk.host.tills.selling import Selling
from kiosk.host.web.access import Person
from kiosk.host.web.events import Hub

RECENT = 8  # scans of shoppers that a report may be about
VERSION = version("ocop-kiosk")
CHOSEN = "list"  # the reader's name for goods that a person chose from a list
REPEATED_WITHIN = 10_000  # ms in which the same code at the same reader is the same shopper's


class Outlet:
    """One outlet's service without its listeners and processes."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        writer: Writer,
        source: Source,
        judge: Judge,
        selling: Selling,
        stocking: Stocking,
        printing: Printing,
        syncing: Syncing | None,
        shopper: Hub,
        staff: Hub,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._writer = writer
        self._source = source
        self._judge = judge
        self._printing = printing
        self._syncing = syncing
        self._shopper = shopper
        self._staff = staff
        self._places = {reader.name: (reader.place, reader.purpose) for reader in settings.reader}
        self._last: dict[str, tuple[str, int]] = {}
        self._shown: deque[Judged] = deque(maxlen=RECENT)  # to shoppers, the newest last
        self._shown_version: tuple[Any, ...] = ()
        self.scans = ScanLog(writer, clock.moment)
        self.selling = selling
        self.stocking = stocking
        self.till = selling.till
        self._prices = selling.prices
        self.photos: Photos | None = None  # without an office there are none
        self.by_camera: ByCamera  # given once it can enrol
        self.readers: dict[str, dict[str, str]] = {}
        self.attended: Callable[[], bool] = lambda: True  # whether anybody is logged in at the till
        clock.on_set = self._clock_set

    @property
    def cameras(self) -> list[str]:
        """The names of the cameras: what can be aimed."""
        return [reader.name for reader in self._settings.reader if reader.kind == "camera"]

    @property
    def bank(self) -> Bank:
        """The account that transfers go to, for the pages."""
        return self._settings.bank

    @property
    def shop_name(self) -> str:
        """The shop's name, for the pages."""
        return self.till.receipt.current.name

    @property
    def province(self) -> Province:
        """The province, for the map of the shopper's page."""
        return province(self._settings.province)

    @property
    def illustrative(self) -> bool:
        """Whether what is shown is sample data."""
        return self._judge.illustrative

    async def read(self, message: dict[str, Any]) -> None:
        """A code that the scanner process read. The reader's place and purpose are the config's."""
        reader = str(message["reader"])
        if await self.by_camera.read(reader, str(message["text"])):
            return
        place, purpose = self._places[reader]
        if purpose == "sell" and not (self.till.baskets.is_open and self.attended()):
            purpose = "look"
            if self.attended() and self.stocking.note.current is not None:
                await self.scan_into_note(str(message["text"]), reader)
                return
        last_text, last_at = self._last.get(reader, ("", 0))
        beside = last_at if last_text in message.get("beside", ()) else None
        await self.scan(str(message["text"]), reader, place, purpose, beside=beside)

    async def scan(
        self, text: str, reader: str, place: str, purpose: str, qty: int = 1, beside: int | None = None
    ) -> dict[str, Any]:
        """Judge one code, show it, journal it; at the till with a basket open, put it in (`qty` of goods without
        stamps). `beside`: when the reader's last code was read, if it is in view too (ms UTC). Returns the event."""
        judged, event = await self._look_at(text, reader, place, purpose, beside)
        if place == "till" and purpose == "sell":
            await self.till.baskets.add(judged, reader, qty)
        return event

    async def scan_into_note(self, text: str, reader: str, qty: int = 1) -> dict[str, Any]:
        """As `scan`, into the open delivery note instead of the basket. Returns the note. Raises Problem."""
        judged, _ = await self._look_at(text, reader, "till", self.stocking.note.purpose or "look")
        return await self.stocking.note.add(judged, qty)

    async def _look_at(
        self, text: str, reader: str, place: str, purpose: str, beside: int | None = None
    ) -> tuple[Judged, dict[str, Any]]:
        if purpose in ("sell", "receive") and self._syncing is not None:
            await self._syncing.before_sale()
        moment = self._clock.moment()
        judged = self._judge.judge(text, reader, purpose, self.till.baskets.stamps(), moment.at)
        event = self._event(judged, reader, place, beside)
        if place == "shopper":
            self._shown.append(judged)
            self._shopper.publish("verdict", event)
        else:
            event["code"] = judged.text  # for a supervisor's approval of it
            event["staff_text"] = texts.staff_text(judged.verdict, judged.words_for)
            self._staff.publish("verdict", event)
        if self._writer.device:
            self.scans.add(self._scan_body(judged, reader), place, moment)
        return judged, event

    async def add_goods(self, gtin: str, qty: int) -> dict[str, Any]:
        """Put goods into the basket that somebody chose from a list. Judged by their GTIN alone."""
        return await self.scan(f"(01){gtin}", CHOSEN, "till", "sell", qty)

    async def report(self, reason: str, at: int | None = None) -> None:
        """A shopper says that something is wrong with what the page shows: the scan of `at` (ms UTC), else the
        newest. No personal data."""
        newest = self._shown[-1] if self._shown else None
        judged = next((one for one in self._shown if one.at == at), newest)
        body: dict[str, Any] = {
            "v": 1,
            "verdict": judged.verdict.verdict if judged else "none",
            "reason": reason,
        }
        if judged and judged.stamp:
            body |= {"gtin": judged.stamp[0], "serial": judged.stamp[1]}
        if self._writer.device:
            await self._writer.entry("report", body, self._clock.moment())
            self._wake_sync()

    async def access(self, person: Person | None, event: str, source: str) -> None:
        """Somebody logged in or out, or was refused; `source` is where they sat."""
        if self._writer.device:
            body = {"v": 1, "staff": person.id if person else None, "event": event, "source": source}
            await self._writer.entry("access", body, self._clock.moment())

    def _clock_set(self, source: str, before: int, after: int) -> None:
        if self._writer.device:
            body = {"v": 1, "source": source, "before": max(before, 0), "after": max(after, 0)}
            self._writer.later("clock_set", body, self._clock.moment())

    def status(self) -> dict[str, Any]:
        """How everything is, for the strip on the staff page and for `ocop status`."""
        catalogue = self._judge.catalogue
        syncing = self._syncing
        return {
            "version": VERSION,
            "device": self._writer.device,
            "printer": self._printing.state | {"template": self.till.receipt.problem},
            "scanner": self.readers,
            "office": {
                "state": "not_enrolled" if syncing is None else syncing.state,
                "detail": syncing.trouble if syncing else self.by_camera.problem,
                "last_contact": syncing.last_contact if syncing else None,
                "waiting": self._source.waiting(),
            },
            "enrolment": {"state": self.by_camera.state, "detail": self.by_camera.problem},
            "catalogue": {
                "version": catalogue.version if catalogue else None,
                "issued": catalogue.issued if catalogue else None,
                "age": self._judge.age(),
            },
            "clock": {
                "state": self._clock.state,
                "office_ahead": self._clock.office_ahead,
                "follows_office": self._clock.follows_office,
            },
        }

    def changed(self) -> None:
        """Tell the staff page how everything is, and the shopper's which products there are if they are others."""
        self._staff.publish("status", self.status())
        catalogue, today = self._judge.catalogue, calendar.date_of(self._clock.judged)
        came = self.photos.came if self.photos else 0
        version = (catalogue.version if catalogue else None, today, came)
        if version != self._shown_version:
            self._shown_version = version
            if self.photos is not None:
                self.photos.wake()
            products = self._judge.products(today)
            for product in products:
                product["photo"] = self._photo_of(product)
            self._shopper.publish("products", {"products": products})

    def _photo_of(self, product: dict[str, Any]) -> str | None:
        """The name of a product's picture, once it is here to be shown."""
        name: str | None = product.get("photo")
        return name if name and self.photos and self.photos.has(name) else None

    def _wake_sync(self) -> None:
        if self._syncing is not None:
            self._syncing.wake()

    def _event(self, judged: Judged, reader: str, place: str, beside: int | None) -> dict[str, Any]:
        last_text, last_at = self._last.get(reader, ("", 0))
        self._last[reader] = (judged.text, judged.at)
        catalogue = self._judge.catalogue
        verdict = judged.verdict
        facts = {name: fact for name, fact in verdict.facts.items() if name != "ordinal"}
        if facts["trade_item"] is not None:
            facts["trade_item"] = facts["trade_item"] | {"price": self._prices.usual(facts["gtin"])}
        if facts["product"] is not None:
            facts["product"] = facts["product"] | {"photo": self._photo_of(facts["product"])}
        return {
            "reader": reader,
            "place": place,
            "purpose": judged.purpose,
            "verdict": verdict.verdict,
            "class": verdict.cls,
            "action": verdict.action,
            "mistyped": judged.mistyped,
            "text": texts.shopper_text(verdict, judged.words_for),
            "provenance": facts,
            "catalogue_age": judged.age,
            "catalogue_issued": catalogue.issued if catalogue else None,
            "at": judged.at,
            "repeated": judged.text == last_text and judged.at - last_at < REPEATED_WITHIN,
            "beside": beside,
            "illustrative": self.illustrative,
        }

    def _scan_body(self, judged: Judged, reader: str) -> dict[str, Any]:
        """What the journal keeps of a scan: of a text that is no product code only its kind and length."""
        code, catalogue = judged.code, self._judge.catalogue
        body: dict[str, Any] = {
            "v": 1,
            "reader": reader,
            "purpose": judged.purpose,
            "verdict": judged.verdict.verdict,
            "action": judged.verdict.action,
            "kind": code.kind,
            "length": len(judged.text),
            "catalogue": catalogue.version if catalogue else None,
            "age": judged.age,
        }
        if code.gtin is not None:
            body["gtin"] = code.gtin
            if judged.stamp:
                body["serial"] = judged.stamp[1]
            if code.stamp is not None:
                body["k"] = code.stamp.k
        return body
