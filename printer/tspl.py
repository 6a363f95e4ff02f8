"""Labels in TSPL, the language of TSC, Xprinter and most cheap label printers (TSC's programming manual).

Codes are the printer's own, and numbers where its letters have the size; other text is BITMAP, since the
fonts in these printers have no Vietnamese.
"""

from . import labels
from .drawings import cropped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .documents import Document
    from .drawings import Drawing, Raster


# The printer's letters: name, dots of one; the largest first, since larger dots are coarse.
_FONTS = [("5", 32, 48), ("3", 16, 24), ("2", 12, 20), ("1", 8, 12)]


def encode(document: "Document", dpi: int, count: int, raster: "Raster") -> bytes:
    """The bytes that print `count` labels. Raises ValueError as `printer.labels.place`."""
    placed = labels.place(document, dpi)
    width, height = placed["mm"]
    out = bytearray()
    _say(out, "SIZE " + str(width) + " mm," + str(height) + " mm")
    _say(out, "GAP " + str(placed["gap"]) + " mm,0 mm")
    _say(out, "DIRECTION 1")
    for beside, times in labels.rows(count, placed["across"]):
        _say(out, "CLS")
        for number in range(beside):
            for field in placed["fields"]:
                _field(out, field, field["x"] + number * placed["step"], raster)
        _say(out, "PRINT " + str(times))
    return bytes(out)


def _say(out: bytearray, command: str) -> None:
    out += command.encode() + b"\r\n"


def _quoted(text: str) -> str:
    """A text in quotes; the parser of codes lets only ASCII through."""
    return '"' + text.replace('"', '\\["]') + '"'


def _field(out: bytearray, field: "dict[str, Any]", x: int, raster: "Raster") -> None:
    kind, y = field["kind"], field["y"]
    at = str(x) + "," + str(y) + ","
    if kind == "text":
        for piece in labels.pieces(field, _FONTS):
            left, top = x + piece["x"] - field["x"], piece["y"]
            if "font" in piece:
                times = str(piece["times"])
                for strike in piece["strikes"]:
                    place = str(left + strike) + "," + str(top) + ',"' + piece["font"] + '",0,'
                    _say(out, "TEXT " + place + times + "," + times + "," + _quoted(piece["text"]))
            else:
                _bitmap(out, left, top, labels.drawn(piece, raster))
    elif kind == "picture":
        _bitmap(out, x, y, (field["width"], field["height"], field["rows"]))
    elif kind == "rule":
        _say(out, "BAR " + at + str(field["width"]) + "," + str(field["height"]))
    elif kind == "qr":
        level, module = field["level"].upper(), str(field["module"])
        _say(out, "QRCODE " + at + level + "," + module + ",A,0,M2," + _quoted(field["text"]))
    else:
        name = '"EAN13"' if field["type"] == "ean13" else '"128"'
        readable = "2" if field["hri"] else "0"
        module = str(field["module"])
        _say(
            out,
            "BARCODE "
            + at
            + name
            + ","
            + str(field["bars"])
            + ","
            + readable
            + ",0,"
            + module
            + ","
            + module
            + ","
            + _quoted(field["text"]),
        )


def _bitmap(out: bytearray, x: int, y: int, drawing: "Drawing") -> None:
    """Dots, without what is white around them; in TSPL a 0 is black."""
    left, top, (_, height, rows) = cropped(drawing)
    if not rows:
        return
    stride = len(rows) // height
    out += ("BITMAP %d,%d,%d,%d,1," % (x + left, y + top, stride, height)).encode()
    data = bytes([255 - value for value in rows])
    # ESC ! stops, pauses or resets the printer wherever it stands: one dot more.
    out += data.replace(b"\x1b!", b"\x13!") + b"\r\n"
