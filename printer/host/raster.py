"""Text and QR codes as rows of dots, for printers that lack the letters (`printer.escpos.Raster`)."""

from functools import cache

import segno
from PIL import Image, ImageDraw

from printer.host import fonts
from printer.profiles import CELL_HEIGHT, CELL_WIDTH

_PIXELS = 18  # the size of the font whose letters fill a cell of 12 x 24 dots
_BASELINE = 20  # rows of a cell above the baseline
_ROOM = 12  # rows drawn above the cell, for capitals with two marks
# A dot is black from this grey on. Regular stems become two dots wide everywhere, bold ones three,
# and a tilde does not run into a bar.
_INK = {False: 75, True: 118}


@cache
def cell(letter: str, bold: bool = False) -> Image.Image:
    """One letter in its cell of 12 x 24 dots (mode "1", ink is 1)."""
    if letter == "★" and not fonts.has(letter):
        return _star()
    font = fonts.load(_PIXELS, bold)
    grey = Image.new("L", (CELL_WIDTH + 4, _ROOM + CELL_HEIGHT))
    at = ((CELL_WIDTH - font.getlength(letter)) / 2, _ROOM + _BASELINE)
    ImageDraw.Draw(grey).text(at, letter, fill=255, font=font, anchor="ls")
    ink = _black(grey, bold).getbbox()
    # The horn of a bold ư reaches one dot beyond the cell: the letter moves to the left.
    grey = grey.crop((over := max(0, ink[2] - CELL_WIDTH) if ink else 0, 0, over + CELL_WIDTH, grey.height))
    if ink and ink[1] < _ROOM:
        # A capital with two marks is higher than the cell: pressed down, as in printers' own fonts.
        foot = _ROOM + _BASELINE
        high = grey.crop((0, ink[1], CELL_WIDTH, foot))
        grey.paste(0, (0, 0, CELL_WIDTH, foot))
        grey.paste(high.resize((CELL_WIDTH, _BASELINE), Image.Resampling.BOX), (0, _ROOM))
    return _black(grey.crop((0, _ROOM, CELL_WIDTH, _ROOM + CELL_HEIGHT)), bold)


def _black(grey: Image.Image, bold: bool) -> Image.Image:
    ink = _INK[bold]
    return grey.point([255 if value >= ink else 0 for value in range(256)], "1")


def _star() -> Image.Image:
    """★, which the font lacks."""
    shape = Image.new("1", (CELL_WIDTH, CELL_HEIGHT))
    points = [(5.5, 5), (7, 10), (11, 10), (8, 13), (9, 18), (5.5, 15), (2, 18), (3, 13), (0, 10), (4, 10)]
    ImageDraw.Draw(shape).polygon(points, fill=1)
    return shape


def line(text: str, bold: bool = False) -> Image.Image:
    """A line of text, 12 x 24 dots a letter (mode "1", ink is 1)."""
    image = Image.new("1", (CELL_WIDTH * len(text), CELL_HEIGHT))
    for index, letter in enumerate(text):
        image.paste(cell(letter, bold), (CELL_WIDTH * index, 0))
    return image


def qr(text: str) -> Image.Image:
    """A QR code of the text, error correction M, one dot a module, no margin (mode "1", ink is 1)."""
    rows = segno.make_qr(text, error="m", boost_error=False).matrix
    image = Image.new("1", (len(rows[0]), len(rows)))
    image.putdata([255 if module else 0 for row in rows for module in row])
    return image


def raster(text: str, style: str) -> tuple[int, int, bytes]:
    """(width, height, rows) for `printer.escpos.encode`; styles "text", "bold" and "qr"."""
    image = qr(text) if style == "qr" else line(text, style == "bold")
    return image.width, image.height, image.tobytes()
