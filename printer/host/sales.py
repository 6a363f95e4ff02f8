"""The receipt's data as JSON: checked, and its texts brought to one form (NFC)."""

import unicodedata
from typing import Any

import msgspec


class Shop(msgspec.Struct):
    name: str
    address: str
    tax_code: str = ""
    header: str = ""
    footer: str = ""


class Vat(msgspec.Struct):
    rate: int
    base: int
    amount: int


class Provenance(msgspec.Struct):
    verdict: str
    stars: int | None = None
    producer: str | None = None
    lot: str | None = None
    produced: str | None = None
    expires: str | None = None
    serial: str | int | None = None
    catalogue_age: str | None = None


class Line(msgspec.Struct):
    name: str
    qty: int
    price: int
    amount: int
    unit: str = ""
    discount: int = 0
    provenance: Provenance | None = None


class Buyer(msgspec.Struct):
    name: str = ""
    tax_code: str = ""
    address: str = ""


class Payment(msgspec.Struct):
    kind: str
    amount: int


class Sale(msgspec.Struct):
    """What `printer.receipts.receipt` takes; fields that we do not know are left aside."""

    shop: Shop
    number: str
    hash10: str
    check_url: str
    at: int
    lines: list[Line]
    total: int
    payments: list[Payment]
    change: int = 0
    cashier: str = ""
    copy: int = 0
    illustrative: bool = False
    catalogue_issued: int | None = None
    vat: list[Vat] = []
    einvoice: str = ""
    vietqr: str = ""
    buyer: Buyer | None = None


def check(data: Any) -> dict[str, Any]:
    """`data` with every field that a receipt needs. Raises ValueError that names the field."""
    try:
        checked: dict[str, Any] = msgspec.to_builtins(msgspec.convert(normalised(data), Sale))
    except msgspec.ValidationError as error:
        raise ValueError(f"this is no sale: {error}") from error
    return checked


def normalised(value: Any) -> Any:
    """`value` with every text inside in NFC, one letter a cell: no marks beside their letter, and no
    letters that have no width (such as a zero-width space from a web page)."""
    if isinstance(value, str):
        text = unicodedata.normalize("NFC", value)
        return "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    if isinstance(value, list):
        return [normalised(item) for item in value]
    if isinstance(value, dict):
        return {key: normalised(item) for key, item in value.items()}
    return value
