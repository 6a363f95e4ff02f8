"""The document: what goes on paper, as plain data, before any printer's language.

A document is `{"columns": int, "items": [item, ...]}`; a label has `"label"` too (`printer.labels`).
Items, by `kind`:

    row      {cells, widths, border, align}  text in columns; `printer.layout` makes lines of it
    rule     {}                              a line across the paper
    qr       {text, align, cell, level}      a QR code of an ASCII text
    barcode  {text, type, align, module, height, hri}  "ean13" (12 or 13 digits) or "code128" (ASCII)
    picture  {width, height, rows, align}    rows of dots, each filled up to whole bytes, ink is 1
    feed     {lines}                         empty lines, 1 to 255
    cut      {}                              feed past the knife and cut
    drawer   {}                              open the cash drawer

A cell is `(align, runs)`: "left", "center" or "right", and runs of text, each in one style:
`(text, bold, wide, high)`, 1 to 6 times as wide and as high. `widths` has a number of cells for each
column, or -1 for a share of what is left; empty means -1 for all. `border` is the gap between columns.
A code's `place` is "" (a block of its own) or, on labels, "left" or "right": text stands beside it.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Item = dict[str, Any]
    Document = dict[str, Any]
    Run = tuple[str, bool, int, int]
    Cell = tuple[str, list[Run]]

_SIZES = {"normal": (1, 1), "wide": (2, 1), "tall": (1, 2), "large": (2, 2)}


def document(columns: int) -> "Document":
    """An empty document for paper that is `columns` cells wide."""
    return {"columns": columns, "items": []}


def run(content: str, bold: bool = False, size: str = "normal") -> "Run":
    """Text in one style; sizes "normal", "wide", "tall", "large" (twice in both)."""
    wide, high = _SIZES[size]
    return content, bold, wide, high


def row(
    cells: "list[Cell]", widths: "list[int] | None" = None, border: int = 1, align: str = "center"
) -> "Item":
    """Cells beside each other; `align` is for the whole row when it is narrower than the paper."""
    return {"kind": "row", "cells": cells, "widths": widths or [], "border": border, "align": align}


def text(content: str, align: str = "left", bold: bool = False, size: str = "normal") -> "Item":
    """A paragraph."""
    return row([(align, [run(content, bold, size)])])


def pair(start: str, end: str, bold: bool = False, size: str = "normal") -> "Item":
    """`start` at the left, and `end` flush right, which takes the room it needs."""
    return row([("left", [run(start, bold, size)]), ("right", [run(end, bold, size)])], [-1, 1])


def rule() -> "Item":
    """A line across the paper."""
    return {"kind": "rule"}


def qr(content: str, align: str = "center", cell: int = 0, level: str = "m", place: str = "") -> "Item":
    """A QR code of an ASCII text. `cell` is dots a module, 0 for what suits its length."""
    return {"kind": "qr", "text": content, "align": align, "cell": cell, "level": level, "place": place}


def barcode(
    content: str, kind: str, align: str = "center", module: int = 2, height: int = 72, hri: bool = True
) -> "Item":
    """A barcode; `kind` is "ean13" or "code128", `hri` prints the text under it."""
    return {
        "kind": "barcode",
        "text": content,
        "type": kind,
        "align": align,
        "module": module,
        "height": height,
        "hri": hri,
        "place": "",
    }


def picture(width: int, height: int, rows: bytes, align: str = "center") -> "Item":
    """Dots."""
    return {"kind": "picture", "width": width, "height": height, "rows": rows, "align": align}


def feed(lines: int = 1) -> "Item":
    """Empty lines, 1 to 255."""
    return {"kind": "feed", "lines": lines}


def cut() -> "Item":
    """The end of the slip."""
    return {"kind": "cut"}


def drawer() -> "Item":
    """Open the cash drawer."""
    return {"kind": "drawer"}
