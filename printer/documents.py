"""The document: what goes on paper, as plain data, before any printer's language.

A document is `{"columns": int, "items": [item, ...]}`. Items, by `kind`:

    text  {text, align: "left"|"center", bold: bool, size: "normal"|"tall"|"large"}   one line of paper
    rule  {}                    a line across the paper
    qr    {text}                a QR code, centred
    feed  {lines}               empty lines
    cut   {}                    feed past the knife and cut

A text is NFC, holds no line break, and fits: `columns` cells, half of it when the size is "large"
(twice as wide and as high; "tall" is twice as high only). `printer.layout` makes lines that fit.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Item = dict[str, Any]
    Document = dict[str, Any]


def document(columns: int) -> "Document":
    """An empty document for paper that is `columns` cells wide."""
    return {"columns": columns, "items": []}


def text(content: str, align: str = "left", bold: bool = False, size: str = "normal") -> "Item":
    """One line of text."""
    return {"kind": "text", "text": content, "align": align, "bold": bold, "size": size}


def rule() -> "Item":
    """A line across the paper."""
    return {"kind": "rule"}


def qr(content: str) -> "Item":
    """A QR code of an ASCII text."""
    return {"kind": "qr", "text": content}


def feed(lines: int = 1) -> "Item":
    """Empty lines, 1 to 255."""
    return {"kind": "feed", "lines": lines}


def cut() -> "Item":
    """The end of the slip."""
    return {"kind": "cut"}
