"""One scan, and all that the rules of the verdict ask about it."""

from kiosk import calendar
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
        self.forged = False  # looks like ours, but the signature was left off
        if code is not None:
            self.gtin = code.gtin
            hosts = () if catalogue is None else catalogue.hosts
            if code.stamp is not None and (catalogue is None or code.stamp.host in hosts):
                self.stamp = code.stamp
                self.serial = code.stamp.serial
            elif code.kind == "typed":
                self.typed = True
                self.serial = stamps.read_serial(code.serial or "")
            elif code.serial is not None and code.host in hosts:
                self.forged = True
                self.serial = stamps.read_serial(code.serial)
        # Anything else is judged by its GTIN alone, like an EAN-13; its serial says nothing to us.
        self.by_gtin = self.stamp is None and not self.typed and not self.forged

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
    "activation": lambda case: case.serial and case.catalogue.activation(case.gtin, case.serial),
    "lot": lambda case: case.activation and case.catalogue.lot(case.activation["lot"]),
    "recall": lambda case: case.lot and case.catalogue.recall(case.lot["id"]),
    "withdrawal": lambda case: case.product and case.catalogue.withdrawal(case.product["id"]),
    "contract": lambda case: case.product and case.catalogue.contract(case.product["producer"]),
    "ordinal": lambda case: case.batch and case.batch["base"] + case.serial - case.batch["first"],
    "sold_here": lambda case: case.sold.here(case.gtin, case.serial, case.ordinal),
    "sold_elsewhere": lambda case: case.sold.elsewhere(case.gtin, case.serial, case.ordinal),
}
