"""Reads the codes in one grey picture: zxing-cpp first, and on a miss what has helped most.

Measured on 374 photographs: better contrast with a global threshold finds 19 codes more in 350, twice
the size 4 more, zbar another 7. What none of them can read is better shown to the camera again.
"""

from typing import Final, TypedDict

import zxingcpp

from scanner import ean, element_strings
from scanner.errors import CodeError
from scanner.host.vision import Picture, cv2

SYMBOLOGIES: Final = ("QR", "EAN13", "EAN8", "UPCA", "UPCE", "CODE128", "DATAMATRIX")
ENLARGED: Final = 1600  # pixels; a larger picture is not enlarged, codes in it are large enough

_FORMATS = {
    zxingcpp.BarcodeFormat.QRCode: "QR",
    zxingcpp.BarcodeFormat.EAN13: "EAN13",
    zxingcpp.BarcodeFormat.EAN8: "EAN8",
    zxingcpp.BarcodeFormat.UPCA: "UPCA",
    zxingcpp.BarcodeFormat.UPCE: "UPCE",
    zxingcpp.BarcodeFormat.Code128: "CODE128",
    zxingcpp.BarcodeFormat.DataMatrix: "DATAMATRIX",
}
# Named one by one: zbar's other decoders print assertions and read codes that are not there.
_ZBAR = {"QRCODE": "QR"} | {name: name for name in ("EAN13", "EAN8", "UPCA", "UPCE", "CODE128")}


class Reading(TypedDict):
    """One code in a picture. points: its corners [x, y] in pixels, clockwise from its own top left."""

    symbology: str
    text: str
    points: list[list[int]]


def is_linear(symbology: str) -> bool:
    """True for one-dimensional codes, which can be misread in a way that their check digit passes."""
    return symbology not in ("QR", "DATAMATRIX")


def read(picture: Picture, thorough: bool = True) -> list[Reading]:
    """All codes in a grey picture, [] for none. With `thorough`, a miss is looked at three more ways."""
    if picture.ndim != 2 or min(picture.shape) < 8:
        return []
    found = _zxing(picture)
    if found or not thorough:
        return found
    found = _zxing(_contrast(picture), zxingcpp.Binarizer.GlobalHistogram)
    if not found and max(picture.shape) <= ENLARGED:
        twice = cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        found = _zxing(twice, scale=2)
    return found or _zbar(picture)


def _zxing(
    picture: Picture,
    binarizer: zxingcpp.Binarizer = zxingcpp.Binarizer.LocalAverage,
    scale: int = 1,
) -> list[Reading]:
    readings = []
    for code in zxingcpp.read_barcodes(
        picture, formats=list(_FORMATS), text_mode=zxingcpp.TextMode.Plain, binarizer=binarizer
    ):
        symbology = _FORMATS.get(code.format)
        text = code.text
        if symbology is None or not text:
            continue
        if symbology == "UPCE" and not any(other["text"] == text for other in _zbar(picture)):
            continue  # half of a longer code passes for a UPC-E too easily to trust one reader
        if code.content_type == zxingcpp.ContentType.GS1:
            text = _with_fnc1(text)
        corners = code.position
        points = [
            [corner.x // scale, corner.y // scale]
            for corner in (corners.top_left, corners.top_right, corners.bottom_right, corners.bottom_left)
        ]
        readings.append(_reading(symbology, text, points))
    return readings


def _zbar(picture: Picture) -> list[Reading]:
    # Loaded at the first miss: an easy day never needs its 4 MB.
    from pyzbar import pyzbar

    readings = []
    symbols = [pyzbar.ZBarSymbol[name] for name in _ZBAR]
    for code in pyzbar.decode(picture, symbols=symbols):
        text = code.data.decode("utf-8", "replace")
        if not text or code.type not in _ZBAR:
            continue
        symbology = _ZBAR[code.type]
        if symbology == "UPCE":
            text = _expanded(text)
        left, top, width, height = code.rect
        corners = [[p.x, p.y] for p in code.polygon]
        if len(corners) != 4:
            right, bottom = left + width, top + height
            corners = [[left, top], [right, top], [right, bottom], [left, bottom]]
        readings.append(_reading(symbology, text, corners))
    return readings


def _reading(symbology: str, text: str, points: list[list[int]]) -> Reading:
    """A UPC-A is an EAN-13 with 0 in front, and readers say now the one, now the other: here UPC-A."""
    if symbology in ("EAN13", "UPCA") and len(text) == 13 and text[0] == "0":
        symbology, text = "UPCA", text[1:]
    return {"symbology": symbology, "text": text, "points": points}


def _with_fnc1(text: str) -> str:
    """The FNC1 that comes first is not part of zxing-cpp's text. Some use it without GS1's meaning."""
    try:
        element_strings.read(text)
    except CodeError:
        return text
    return element_strings.FNC1 + text


def _expanded(upc_e: str) -> str:
    """A UPC-E as zxing-cpp gives it: the UPC-A that it stands for, with 0 in front."""
    return "0" + ean.expand(upc_e) if len(upc_e) == 8 else upc_e


def _contrast(picture: Picture) -> Picture:
    equalised: Picture = cv2.createCLAHE(2.0, (8, 8)).apply(picture)
    return equalised
