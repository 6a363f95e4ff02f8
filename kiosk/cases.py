"""One scan, and all that the rules of the verdict ask about it."""

from kiosk import calendar, patterns
from scanner import stamps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from kiosk.lookups import Basket, Catalogue, Sold
    from scanner.codes import Code

    Verify = Callable[[bytes, bytes, bytes], bool]


class Case:
    """One scan and all that the rows ask about it. What the catalogue holds is looked up when first
    asked for, in three lots: a scan that an early row settles costs few look-ups or none."""

    def __init__(
        self,
        code: "Code | None",
        purpose: str,
        catalogue: "Catalogue | None",
        sold: "Sold",
        basket: "Basket",
        now: int,
        verify: "Verify",
    ) -> None:
        self.code = code
        self.purpose = purpose
        self.catalogue: Any = catalogue
        self.sold: Any = sold
        self.basket = basket
        self.verify = verify
        self.today = calendar.date_of(now)
        self.gtin: str | None = None
        self.serial: int | None = None
        self.stamp: Any = None  # a stamp in the exact form, at a host of ours; not yet checked
        self.typed = False  # the digits under the QR, typed in: looked up, proves nothing
        self.older: Any = None  # an older stamp (`kiosk.patterns.Older`), without a signature
        self.lapsed: Any = None  # one after its last day: goods without their stamp
        self.forged = False  # looks like ours, but the signature was left off
        if code is not None:
            self._read(code)
        # Anything else is judged by its GTIN alone, like an EAN-13; its serial says nothing to us.
        self.by_gtin = self.stamp is None and self.older is None and not self.typed and not self.forged

    def _read(self, code: "Code") -> None:
        """What the code is to us."""
        catalogue = self.catalogue
        self.gtin = code.gtin
        if code.stamp is not None:
            if catalogue is None or code.stamp.host in catalogue.hosts:
                self.stamp = code.stamp
                self.serial = code.stamp.serial
        elif code.kind == "typed":
            self.typed = True
            self.serial = stamps.read_serial(code.serial or "")
        elif catalogue is not None and code.kind in ("gs1_digital_link", "text"):
            older = catalogue.patterns.match(code.text)
            if older is not None:
                self._read_older(older)
            elif code.kind == "text":
                self.forged = _claims_a_serial(code.text, catalogue.hosts)
            elif code.serial is not None and code.host in catalogue.hosts:
                self.forged = True
                self.serial = stamps.read_serial(code.serial)

    def _read_older(self, older: "patterns.Older") -> None:
        self.gtin = older.gtin
        if self.today <= older.last_day:
            self.older, self.serial = older, older.serial
            return
        self.lapsed = older
        if self.purpose == "return" and (older.gtin, older.serial) in self.basket:
            self.serial = older.serial  # it was sold while it counted

    def __getattr__(self, name: str) -> "Any":
        look_up = _LOOK_UPS.get(name)
        if look_up is None:
            raise AttributeError(name)
        look_up(self)
        return getattr(self, name)

    def _look_up_batch(self) -> None:
        self.batch: Any = self.serial and self.catalogue.batch(self.gtin, self.serial)

    def _look_up_goods(self) -> None:
        catalogue, gtin, serial = self.catalogue, self.gtin, self.serial
        item = catalogue.trade_item(gtin) if gtin else None
        product = item and catalogue.product(item["product"])
        batch = self.batch
        activation = batch and catalogue.activation(gtin, serial)
        lot = activation and catalogue.lot(activation["lot"])
        self.item: Any = item
        self.product: Any = product
        self.producer: Any = product and catalogue.producer(product["producer"])
        self.withdrawal: Any = product and catalogue.withdrawal(product["id"])
        self.contract: Any = product and catalogue.contract(product["producer"])
        self.retired: bool = self.stamp is not None and catalogue.stamp_key_retired(self.stamp.k)
        self.deleted: bool = bool(serial) and catalogue.deleted(gtin, serial)
        self.activation: Any = activation
        self.lot: Any = lot
        self.recall: Any = lot and catalogue.recall(lot["id"])
        self.ordinal: Any = batch and batch["base"] + serial - batch["first"]

    def _look_up_sales(self) -> None:
        # An older stamp without a serial is one of many alike: no sale is known by it.
        serial, ordinal = self.serial, self.ordinal
        self.sold_here: Any = serial and self.sold.here(self.gtin, serial, ordinal)
        self.sold_elsewhere: Any = serial and self.sold.elsewhere(self.gtin, serial, ordinal)


# What is looked up together, when the first of it is asked for.
_GOODS = "item product producer withdrawal contract retired deleted activation lot recall ordinal"
_LOOK_UPS: "dict[str, Callable[[Case], None]]" = {"batch": Case._look_up_batch}
for _name in _GOODS.split():
    _LOOK_UPS[_name] = Case._look_up_goods
for _name in ("sold_here", "sold_elsewhere"):
    _LOOK_UPS[_name] = Case._look_up_sales


def _claims_a_serial(text: str, hosts: "list[str]") -> bool:
    """Whether a text that is no GS1 code is nevertheless an address of ours that names a GTIN and a serial:
    one that was spoilt in some other place, so that the parser made nothing of it."""
    address = patterns.split(text)
    if address is None or "/21/" not in address[1].partition("/01/")[2]:
        return False
    host = address[0].split("/")[2].split("@")[-1].split(":")[0].rstrip(".")
    return host.upper() in hosts
