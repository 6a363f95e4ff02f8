"""Each library's reader of pictures by itself: a function from a grey picture to its readings.

A library loads when its reader is made.
"""

from collections.abc import Callable
from typing import Any

import zxingcpp

from scanner import ean
from scanner.host.readings import FORMATS, Reading, from_zxing, reading, with_fnc1
from scanner.host.vision import Picture, cv2

Read = Callable[[Picture], list[Reading]]

# Named one by one: zbar's other decoders print assertions and read codes that are not there.
_ZBAR = {"QRCODE": "QR"} | {name: name for name in ("EAN13", "EAN8", "UPCA", "UPCE", "CODE128")}
_TAPIRSCAN = {"EAN13": "EAN13", "EAN8": "EAN8", "UPCA": "UPCA", "UPCE": "UPCE", "Code128": "CODE128"}
_OPENCV = {"EAN_13": "EAN13", "EAN_8": "EAN8", "UPC_A": "UPCA", "UPC_E": "UPCE"}


def zxing() -> Read:
    """zxing-cpp as it comes, limited to our symbologies."""
    formats = [form for form, name in FORMATS.items() if form != zxingcpp.BarcodeFormat.QRCodeModel2]

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
    return with_fnc1(code.text) if code.gs1 else str(code.text)


def _expanded(upc_e: str) -> str:
    """A UPC-E as zxing-cpp gives it: the UPC-A that it stands for, with 0 in front."""
    return "0" + ean.expand(upc_e) if len(upc_e) == 8 else upc_e
