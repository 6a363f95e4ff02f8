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
    asked for: a scan that an early row settles costs no look-ups."""

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
        if name not in _LOOK_UPS:
            raise AttributeError(name)
        value = _LOOK_UPS[name](self)
        setattr(self, name, value)
        return value


_LOOK_UPS: "dict[str, Callable[[Case], Any]]" = {
    "item": lambda case: case.catalogue.trade_item(case.gtin) if case.gtin else None,
    "product": lambda case: case.item and case.catalogue.product(case.item["product"]),
    "producer": lambda case: case.product and case.catalogue.producer(case.product["producer"]),
    "retired": lambda case: case.stamp is not None and case.catalogue.stamp_key_retired(case.stamp.k),
    "batch": lambda case: case.serial and case.catalogue.batch(case.gtin, case.serial),
    "deleted": lambda case: bool(case.serial) and case.catalogue.deleted(case.gtin, case.serial),
    "activation": lambda case: case.batch and case.catalogue.activation(case.gtin, case.serial),
    "lot": lambda case: case.activation and case.catalogue.lot(case.activation["lot"]),
    "recall": lambda case: case.lot and case.catalogue.recall(case.lot["id"]),
    "withdrawal": lambda case: case.product and case.catalogue.withdrawal(case.product["id"]),
    "contract": lambda case: case.product and case.catalogue.contract(case.product["producer"]),
    "ordinal": lambda case: case.batch and case.batch["base"] + case.serial - case.batch["first"],
    # An older stamp without a serial is one of many alike: no sale is known by it.
    "sold_here": lambda case: case.serial and case.sold.here(case.gtin, case.serial, case.ordinal),
    "sold_elsewhere": lambda case: case.serial and case.sold.elsewhere(case.gtin, case.serial, case.ordinal),
}


def _claims_a_serial(text: str, hosts: "list[str]") -> bool:
    """Whether a text that is no GS1 code is nevertheless an address of ours that names a GTIN and a serial:
    one that was spoilt in some other place, so that the parser made nothing of it."""
    address = patterns.split(text)
    if address is None or "/21/" not in address[1].partition("/01/")[2]:
        return False
    host = address[0].split("/")[2].split("@")[-1].split(":")[0].rstrip(".")
    return host.upper() in hosts
