"""The types of the stock's part of the API, and its operations (`kiosk.host.web.api` makes the document of all)."""

from typing import Annotated, Literal

import msgspec

Gtin = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{8,14}$")]
Short = Annotated[str, msgspec.Meta(max_length=200)]
Outlet = Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9-]{0,24}$")]
Id = Annotated[str, msgspec.Meta(max_length=40)]
Qty = Annotated[int, msgspec.Meta(ge=1, le=10000)]
Kind = Literal["receiving", "opening", "count", "damage", "transfer_in", "transfer_out", "return"]
Date = Annotated[str, msgspec.Meta(pattern=r"^20[0-9]{2}-[01][0-9]-[0-3][0-9]$")]


class About(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What a note is about: another outlet's code, a producer's id, why."""

    outlet: Outlet = ""
    producer: Id = ""
    reason: Short = ""


class NewNote(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A note to be opened."""

    kind: Kind
    about: About = About()


class NoteScan(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A code scanned or typed into the note; `qty` counts for goods without stamps."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
    qty: Qty = 1


class NoteQty(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How many of a line."""

    qty: Qty


class NoteId(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Which note is to be written down, as it was shown."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class NoteWritten(msgspec.Struct, frozen=True):
    """A note that is an entry now: `number` is device-seq, `items` how many things."""

    kind: str
    number: str
    seq: int
    lines: int
    items: int


class ListAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A list to be printed: "off_shelf", "expiring" (`days`) or "statement" (`producer`, `first`, `last`)."""

    name: Literal["off_shelf", "expiring", "statement"]
    days: Annotated[int, msgspec.Meta(ge=0, le=366)] = 30
    producer: Id = ""
    first: Date = "2020-01-01"
    last: Date = "2099-12-31"


Operation = tuple[str, str, str, type | None, int, type | None]

OPERATIONS: list[Operation] = [
    ("get", "/api/stock", "What is in stock, by trade item", None, 200, None),
    ("get", "/api/stock/items/{gtin}", "The stamps of one trade item that should be here", None, 200, None),
    ("get", "/api/stock/producers", "Producers whose goods are sold here", None, 200, None),
    ("get", "/api/stock/note", "The note that is being written", None, 200, None),
    ("post", "/api/stock/note", "Open a note", NewNote, 201, None),
    ("put", "/api/stock/note", "Say what the note is about", About, 200, None),
    ("delete", "/api/stock/note", "Drop the note", None, 204, None),
    ("post", "/api/stock/note/scans", "Scan or type a code into the note", NoteScan, 200, None),
    ("put", "/api/stock/note/lines/{n}", "Change the quantity of a line", NoteQty, 200, None),
    ("delete", "/api/stock/note/lines/{n}", "Take a line out", None, 200, None),
    ("post", "/api/stock/note/lines/{n}/take-in", "Take in a line that was set aside", None, 200, None),
    ("post", "/api/stock/note/written", "Write the note down", NoteId, 201, NoteWritten),
    ("post", "/api/stock/lists", "One list", ListAsked, 200, None),
    ("post", "/api/stock/lists/print", "Print one list", ListAsked, 202, None),
]
