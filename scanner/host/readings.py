"""What a reader of pictures reports, and each library's reader by itself, chosen by name.

Each is a function from a grey picture to its readings; a library loads when its reader is made.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypedDict

import zxingcpp

from scanner import ean, element_strings
from scanner.errors import CodeError
from scanner.host.vision import Picture, cv2

SYMBOLOGIES: Final = ("QR", "EAN13", "EAN8", "UPCA", "UPCE", "CODE128", "DATAMATRIX")

_FORMATS = {
    zxingcpp.BarcodeFormat.QRCode: "QR",
    zxingcpp.BarcodeFormat.QRCodeModel2: "QR",
    zxingcpp.BarcodeFormat.EAN13: "EAN13",
    zxingcpp.BarcodeFormat.EAN8: "EAN8",
    zxingcpp.BarcodeFormat.UPCA: "UPCA",
    zxingcpp.BarcodeFormat.UPCE: "UPCE",
    zxingcpp.BarcodeFormat.Code128: "CODE128",
    zxingcpp.BarcodeFormat.DataMatrix: "DATAMATRIX",
}
# Named one by one: zbar's other decoders print assertions and read codes that are not there.
_ZBAR = {"QRCODE": "QR"} | {name: name for name in ("EAN13", "EAN8", "UPCA", "UPCE", "CODE128")}
_TAPIRSCAN = {"EAN13": "EAN13", "EAN8": "EAN8", "UPCA": "UPCA", "UPCE": "UPCE", "Code128": "CODE128"}
_OPENCV = {"EAN_13": "EAN13", "EAN_8": "EAN8", "UPC_A": "UPCA", "UPC_E": "UPCE"}


class Reading(TypedDict):
    """One code in a picture. points: its corners [x, y] in pixels, clockwise from its own top left."""

    symbology: str
    text: str
    points: list[list[int]]


Read = Callable[[Picture], list[Reading]]


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
    symbology = _FORMATS.get(code.format)
    text = code.text
    if symbology is None or not text or not code.valid:
        return None
    if code.content_type == zxingcpp.ContentType.GS1:
        text = _with_fnc1(text)
    return reading(symbology, text, corners(code) if points is None else points)


def corners(code: zxingcpp.Barcode) -> list[tuple[float, float]]:
    """A barcode's corners in zxing-cpp's order, which is ours."""
    place = code.position
    four = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    return [(corner.x, corner.y) for corner in four]


def zxing() -> Read:
    """zxing-cpp as it comes, limited to our symbologies."""
    formats = [form for form, name in _FORMATS.items() if form != zxingcpp.BarcodeFormat.QRCodeModel2]

    def read(picture: Picture) -> list[Reading]:
        codes = zxingcpp.read_barcodes(picture, formats=formats, text_mode=zxingcpp.TextMode.Plain)
        return [found for code in codes if (found := from_zxing(code)) is not None]

    return read


def zbar() -> Read:
    """zbar through pyzbar."""
    from pyzbar import pyzbar

    symbols = [pyzbar.ZBarSymbol[name] for name in _ZBAR]

    def read(picture: Picture) -> list[Reading]:
        readings = []
        for code in pyzbar.decode(picture, symbols=symbols):
            text = code.data.decode("utf-8", "replace")
            if not text or code.type not in _ZBAR:
                continue
            symbology = _ZBAR[code.type]
            if symbology == "UPCE":
                text = _expanded(text)
            left, top, width, height = code.rect
            four = [[p.x, p.y] for p in code.polygon]
            if len(four) != 4:
                right, bottom = left + width, top + height
                four = [[left, top], [right, top], [right, bottom], [left, bottom]]
            readings.append(reading(symbology, text, four))
        return readings

    return read


def tapirscan() -> Read:
    """tapirscan in its middle mode: EAN, UPC and Code 128.

    Not QR: it guesses at the characters of a text in UTF-8. A scanner is made for each picture, which takes no
    time: one that is kept holds 8 MB of work space.
    """
    import tapirscan as library

    formats: Any = list(_TAPIRSCAN)

    def read(picture: Picture) -> list[Reading]:
        codes = library.Scanner("medium", formats=formats, parallel=False).scan(picture).barcodes
        return [
            reading(_TAPIRSCAN[code.format], _from_tapirscan(code), code.polygon)
            for code in codes
            if code.text
        ]

    return read


def second() -> Read:
    """What looks again where zxing-cpp reads nothing: tapirscan, or zbar on a machine that has no tapirscan."""
    try:
        return tapirscan()
    except ImportError:
        return zbar()


def opencv() -> Read:
    """OpenCV's own detectors of QR, EAN and UPC codes."""
    squares: Any = cv2.QRCodeDetector()
    bars: Any = cv2.barcode.BarcodeDetector()

    def read(picture: Picture) -> list[Reading]:
        readings = []
        good, texts, places, _ = squares.detectAndDecodeBytesMulti(picture)
        if good:
            readings += [
                reading("QR", text.decode("utf-8", "replace"), four)
                for text, four in zip(texts, places, strict=True)
                if text
            ]
        good, texts, kinds, places = bars.detectAndDecodeWithType(picture)
        if good:
            readings += [
                # From the bottom left, clockwise.
                reading(_OPENCV[kind], text, [*four[1:], four[0]])
                for text, kind, four in zip(texts, kinds, places, strict=True)
                if text and kind in _OPENCV
            ]
        return readings

    return read


def _from_tapirscan(code: Any) -> str:
    if code.format == "UPCE":
        return _expanded(code.text)
    return _with_fnc1(code.text) if code.gs1 else str(code.text)


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
