"""Stamps to print: sheets of A4 as PDF (all of them) or SVG (one), rolls in TSPL or ZPL.

A batch has up to a million stamps, 18,000 sheets: they are made as they are asked for and never stand in
memory together. The QR codes are vectors, version 7-M (45 × 45), one mask for all: choosing the best of
eight costs seven times as long and a reader does not care.
"""

import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import segno

from printer import tspl, zpl
from printer.host import label_data
from scanner.stamps import typed_line

ACROSS, DOWN = 7, 8
A_SHEET = ACROSS * DOWN
_PAGE = (210.0, 297.0)  # mm
_CELL = (27.0, 34.0)
_QR = 21.0  # mm, without the quiet zone
_MODULES = 45
_POINT = 72 / 25.4
_LABEL = "50x30"

Stamp = tuple[int, str]
"""Serial and URI."""


def pdf(gtin: str, stamps: Iterable[Stamp], count: int) -> Iterator[bytes]:
    """A PDF of A4 sheets, piece by piece."""
    pages = -(-count // A_SHEET)
    offsets: list[int] = []
    position = 0

    def put(data: bytes) -> bytes:
        nonlocal position
        position += len(data)
        return data

    def item(number: int, body: bytes) -> bytes:
        offsets.append(position)
        return put(b"%d 0 obj\n%s\nendobj\n" % (number, body))

    kids = b" ".join(b"%d 0 R" % (4 + 2 * page) for page in range(pages))
    yield put(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    yield item(1, b"<</Type/Catalog/Pages 2 0 R>>")
    yield item(2, b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, pages))
    yield item(3, b"<</Type/Font/Subtype/Type1/BaseFont/Courier-Bold>>")
    box = b"%.2f %.2f" % (_PAGE[0] * _POINT, _PAGE[1] * _POINT)
    for page, some in enumerate(_chunks(stamps, A_SHEET)):
        content = zlib.compress("".join(_drawn(gtin, some)).encode())
        here = 4 + 2 * page
        yield item(
            here,
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %s]/Contents %d 0 R/Resources<</Font<</F 3 0 R>>>>>>"
            % (box, here + 1),
        )
        yield item(
            here + 1,
            b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(content), content),
        )
    start = position
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(offsets) + 1
    yield (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
        % (size, table, size, start)
    )


def svg(gtin: str, stamps: Iterable[Stamp]) -> str:
    """One sheet of A4 as SVG, of the first stamps that fit on it."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_PAGE[0]:g}mm" height="{_PAGE[1]:g}mm" '
        f'viewBox="0 0 {_PAGE[0]:g} {_PAGE[1]:g}">'
    ]
    step = _QR / _MODULES
    for place, (serial, uri) in enumerate(stamps):
        if place >= A_SHEET:
            break
        left, top = _place(place)
        path = "".join(f"M{x} {y}h{wide}v1h-{wide}z" for x, y, wide in _runs(uri))
        parts.append(f'<g transform="translate({left:g} {top:g}) scale({step:.5f})"><path d="{path}"/></g>')
        for line, text in enumerate(_texts(gtin, serial)):
            parts.append(
                f'<text x="{left + _QR / 2:g}" y="{top + _QR + 3.4 + 2.6 * line:g}" font-size="2.2" '
                f'font-family="monospace" font-weight="bold" text-anchor="middle">{text}</text>'
            )
    return "".join(parts) + "</svg>\n"


def roll(gtin: str, stamps: Iterable[Stamp], language: str, dpi: int, name: str) -> Iterator[bytes]:
    """Labels of 50 × 30 mm for a label printer, in "tspl" or "zpl"; `name` is that of the goods."""
    from printer.host.raster import raster  # Pillow: 3 MB of memory that most requests do not need

    for serial, uri in stamps:
        data: dict[str, Any] = {"name": name, "stamp": uri, "serial": typed_line(gtin, serial)}
        document = label_data.label(data, _LABEL)
        yield (tspl if language == "tspl" else zpl).encode(document, dpi, 1, raster)


def _drawn(gtin: str, stamps: Iterable[Stamp]) -> Iterator[str]:
    """PDF's drawing of a sheet; its y runs upwards."""
    step = _QR / _MODULES * _POINT
    for place, (serial, uri) in enumerate(stamps):
        left, top = _place(place)
        x, y = left * _POINT, (_PAGE[1] - top) * _POINT
        yield f"q {step:.4f} 0 0 {-step:.4f} {x:.2f} {y:.2f} cm "
        yield "".join(f"{a} {b} {wide} 1 re " for a, b, wide in _runs(uri))
        yield "f Q\n"
        for line, text in enumerate(_texts(gtin, serial)):
            size = 6.2
            start = x + (_QR * _POINT - 0.6 * size * len(text)) / 2  # a letter of Courier is 0.6 wide
            yield f"BT /F {size} Tf {start:.2f} {y - (_QR + 3.4 + 2.6 * line) * _POINT:.2f} Td ({text}) Tj ET\n"


def _place(place: int) -> tuple[float, float]:
    """Left and top of a stamp's QR on its sheet, mm."""
    row, column = divmod(place, ACROSS)
    margin = ((_PAGE[0] - ACROSS * _CELL[0]) / 2, (_PAGE[1] - DOWN * _CELL[1]) / 2)
    return margin[0] + column * _CELL[0] + (_CELL[0] - _QR) / 2, margin[1] + row * _CELL[1] + 2


def _runs(uri: str) -> Iterator[tuple[int, int, int]]:
    """The dark modules as runs: x, y, width."""
    code = segno.make_qr(uri, version=7, error="m", boost_error=False, mode="alphanumeric", mask=3)
    for y, row in enumerate(code.matrix):
        x = 0
        while x < len(row):
            if row[x]:
                end = row.find(0, x)
                end = len(row) if end < 0 else end
                yield x, y, end - x
                x = end
            else:
                x += 1


def _texts(gtin: str, serial: int) -> tuple[str, ...]:
    """What stands under the QR: GTIN, then serial with its two check digits."""
    return gtin, typed_line(gtin, serial).removeprefix(gtin).strip()


def _chunks(stamps: Iterable[Stamp], size: int) -> Iterator[list[Stamp]]:
    some: list[Stamp] = []
    for stamp in stamps:
        some.append(stamp)
        if len(some) == size:
            yield some
            some = []
    if some:
        yield some
