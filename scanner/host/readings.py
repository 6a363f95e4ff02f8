"""What a reader of pictures reports, whatever the library."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Generic, TypedDict, TypeVar

import zxingcpp

from scanner import element_strings
from scanner.errors import CodeError

SYMBOLOGIES: Final = ("QR", "EAN13", "EAN8", "UPCA", "UPCE", "CODE128", "DATAMATRIX")

FORMATS = {
    zxingcpp.BarcodeFormat.QRCode: "QR",
    zxingcpp.BarcodeFormat.QRCodeModel2: "QR",
    zxingcpp.BarcodeFormat.EAN13: "EAN13",
    zxingcpp.BarcodeFormat.EAN8: "EAN8",
    zxingcpp.BarcodeFormat.UPCA: "UPCA",
    zxingcpp.BarcodeFormat.UPCE: "UPCE",
    zxingcpp.BarcodeFormat.Code128: "CODE128",
    zxingcpp.BarcodeFormat.DataMatrix: "DATAMATRIX",
}
P = TypeVar("P")  # a grey picture


class Reading(TypedDict):
    """One code in a picture. points: its corners [x, y] in pixels, clockwise from its own top left."""

    symbology: str
    text: str
    points: list[list[int]]


def is_linear(symbology: str) -> bool:
    """True for one-dimensional codes, which can be misread in a way that their check digit passes."""
    return symbology not in ("QR", "DATAMATRIX")


def reading(symbology: str, text: str, points: Iterable[Sequence[float]]) -> Reading:
    """A UPC-A is an EAN-13 with 0 in front, and readers say now the one, now the other: here UPC-A."""
    if symbology in ("EAN13", "UPCA") and len(text) == 13 and text[0] == "0":
        symbology, text = "UPCA", text[1:]
    return {"symbology": symbology, "text": text, "points": [[round(x), round(y)] for x, y in points]}


def from_zxing(code: zxingcpp.Barcode, points: Iterable[Sequence[float]] | None = None) -> Reading | None:
    """zxing-cpp's barcode as a reading, None for what is none; points where its own position is not meant."""
    symbology = FORMATS.get(code.format)
    text = code.text
    if symbology is None or not text or not code.valid:
        return None
    if code.content_type == zxingcpp.ContentType.GS1:
        text = with_fnc1(text)
    return reading(symbology, text, corners(code) if points is None else points)


def corners(code: zxingcpp.Barcode) -> list[tuple[float, float]]:
    """A barcode's corners in zxing-cpp's order, which is ours."""
    place = code.position
    four = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    return [(corner.x, corner.y) for corner in four]


class Believed(Generic[P]):
    """A library alone, on one frame after another: it is believed a bar code when two frames show it."""

    def __init__(self, read: Callable[[P], list[Reading]]) -> None:
        self._read = read
        self._before: set[str] = set()

    def read(self, picture: P) -> list[Reading]:
        """The codes in the next frame."""
        found = self._read(picture)
        before, self._before = self._before, {code["text"] for code in found}
        return [code for code in found if not is_linear(code["symbology"]) or code["text"] in before]


def with_fnc1(text: str) -> str:
    """The FNC1 that comes first is not part of zxing-cpp's text. Some use it without GS1's meaning."""
    try:
        element_strings.read(text)
    except CodeError:
        return text
    return element_strings.FNC1 + text
