"""Typed bodies of the journal entries that the office reads; other kinds are kept as they are."""

from typing import Annotated

import msgspec

from scanner.stamps import MAX_SERIAL
from sync.canonical import LARGEST, CanonicalError, decode

Text = Annotated[str, msgspec.Meta(max_length=200)]
Whole = Annotated[int, msgspec.Meta(ge=-LARGEST, le=LARGEST)]


class BodyError(ValueError):
    """A body is not what its kind says; the message says why."""


class SaleLine(msgspec.Struct):
    """One line of a sale; `serial` is None for goods sold without a stamp."""

    gtin: Annotated[str, msgspec.Meta(max_length=14)]
    qty: Whole
    price: Whole
    amount: Whole
    verdict: Text
    flagged: bool
    serial: int | str | None = None
    lot: str | None = None

    @property
    def number(self) -> int | None:
        """The serial as a number."""
        return _serial(self.serial)


class Sale(msgspec.Struct):
    """A posted sale; money in đồng."""

    v: int
    staff: Text
    lines: list[SaleLine]
    total: Whole
    change: Whole
    catalogue: Whole | None = None


class Scan(msgspec.Struct):
    """A judged scan. The text of what is no product code is never there."""

    v: int
    reader: Text
    purpose: Annotated[str, msgspec.Meta(max_length=10)]
    verdict: Annotated[str, msgspec.Meta(max_length=40)]
    action: Annotated[str, msgspec.Meta(max_length=20)]
    kind: Annotated[str, msgspec.Meta(max_length=40)]
    gtin: Annotated[str, msgspec.Meta(max_length=14)] | None = None
    serial: int | str | None = None

    @property
    def number(self) -> int | None:
        """The serial as a number, if it is one of ours."""
        return _serial(self.serial)


class Report(msgspec.Struct):
    """A shopper's report of a problem."""

    v: int
    reason: Text
    verdict: Text = ""
    gtin: Annotated[str, msgspec.Meta(max_length=14)] | None = None
    serial: int | str | None = None

    @property
    def number(self) -> int | None:
        """The serial as a number, if it is one of ours."""
        return _serial(self.serial)


Body = Sale | Scan | Report
_KINDS: dict[str, type[Body]] = {"sale": Sale, "scan": Scan, "report": Report}


def read(kind: str, body: bytes) -> Body | None:
    """The typed body of a sale, scan or report, None for other kinds.

    Raises BodyError for a body that is not canonical JSON with a version, or of the wrong shape.
    """
    try:
        value = decode(body)
    except CanonicalError as error:
        raise BodyError(f"the body is no canonical JSON: {error}") from error
    if not isinstance(value, dict) or value.get("v") != 1:
        raise BodyError("the body has no version, or one that is not known")
    if kind not in _KINDS:
        return None
    try:
        return msgspec.convert(value, _KINDS[kind])
    except msgspec.ValidationError as error:
        raise BodyError(f"the body is no {kind}: {error}") from error


def _serial(serial: int | str | None) -> int | None:
    if isinstance(serial, str):
        serial = int(serial) if serial.isascii() and serial.isdigit() and len(serial) <= 10 else None
    return serial if serial is not None and 1 <= serial <= MAX_SERIAL else None
