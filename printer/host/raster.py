"""Text and QR codes as rows of dots, for printers that lack the letters (`printer.drawings.Raster`)."""

import io
from functools import lru_cache

import segno
from PIL import Image, ImageDraw

from printer.host import fonts
from printer.layout import width as cells
from printer.profiles import CELL_HEIGHT, CELL_WIDTH

_PIXELS = 18  # the size of the font whose letters fill a cell of 12 x 24 dots
_BASELINE = 20  # rows of a cell above the baseline
_ROOM = 12  # rows drawn above the cell, for capitals with two marks
# A dot is black from this grey on. Regular stems become two dots wide everywhere, bold ones three,
# and a tilde does not run into a bar.
_INK = {False: 75, True: 118}
_LARGEST = 4000  # dots of a side of a picture that we open
_FINE = 4  # other cells are drawn so many times as large, and brought down


@lru_cache(4096)
def cell(letter: str, bold: bool = False, width: int = CELL_WIDTH, height: int = CELL_HEIGHT) -> Image.Image:
    """One letter in its cell (mode "1", ink is 1); a letter of two cells is twice as wide."""
    wide = cells(letter)
    if (width, height) == (CELL_WIDTH, CELL_HEIGHT) and wide == 1:
        return _small(letter, bold)
    fine = _grey(letter, bold, _FINE * max(1, height // CELL_HEIGHT), wide)
    return _black(fine.resize((width * wide, height), Image.Resampling.BOX), bold)


def _small(letter: str, bold: bool) -> Image.Image:
    """A letter in 12 x 24 dots, where every dot counts."""
    if letter == "★" and not fonts.has(letter):
        return _star(1)
    return _black(_grey(letter, bold, 1, 1), bold)


def _grey(letter: str, bold: bool, scale: int, wide: int) -> Image.Image:
    """A letter in grey, in `wide` cells of 12 x 24 dots, `scale` times as large."""
    if letter == "★" and not fonts.has(letter):
        return _star(scale).convert("L")
    across, down = CELL_WIDTH * scale * wide, CELL_HEIGHT * scale
    baseline, room = _BASELINE * scale, _ROOM * scale
    font = fonts.load(_PIXELS * scale, bold)
    grey = Image.new("L", (across + 4 * scale, room + down))
    at = ((across - font.getlength(letter)) / 2, room + baseline)
    ImageDraw.Draw(grey).text(at, letter, fill=255, font=font, anchor="ls")
    ink = _black(grey, bold).getbbox()
    # The horn of a bold ư reaches one dot beyond the cell: the letter moves to the left.
    grey = grey.crop((over := max(0, ink[2] - across) if ink else 0, 0, over + across, grey.height))
    if ink and ink[1] < room:
        # A capital with two marks is higher than the cell: pressed down, as in printers' own fonts.
        high = grey.crop((0, ink[1], across, room + baseline))
        grey.paste(0, (0, 0, across, room + baseline))
        grey.paste(high.resize((across, baseline), Image.Resampling.BOX), (0, room))
    return grey.crop((0, room, across, room + down))


def _black(grey: Image.Image, bold: bool) -> Image.Image:
    ink = _INK[bold]
    return grey.point([255 if value >= ink else 0 for value in range(256)], "1")


def _star(scale: int) -> Image.Image:
    """★, which the font lacks."""
    shape = Image.new("1", (CELL_WIDTH * scale, CELL_HEIGHT * scale))
    points = [(5.5, 5), (7, 10), (11, 10), (8, 13), (9, 18), (5.5, 15), (2, 18), (3, 13), (0, 10), (4, 10)]
    ImageDraw.Draw(shape).polygon([(x * scale, y * scale) for x, y in points], fill=1)
    return shape


def line(text: str, bold: bool = False, width: int = CELL_WIDTH, height: int = CELL_HEIGHT) -> Image.Image:
    """A line of text in cells of that size (mode "1", ink is 1)."""
    shapes = [cell(letter, bold, width, height) for letter in text]
    image = Image.new("1", (sum(shape.width for shape in shapes), height))
    x = 0
    for shape in shapes:
        image.paste(shape, (x, 0))
        x += shape.width
    return image


def qr(text: str, level: str = "m") -> Image.Image:
    """A QR code of the text, one dot a module, no margin (mode "1", ink is 1)."""
    rows = segno.make_qr(text, error=level, boost_error=False).matrix
    image = Image.new("1", (len(rows[0]), len(rows)))
    image.putdata([255 if module else 0 for row in rows for module in row])
    return image


def raster(
    text: str, style: str, width: int = CELL_WIDTH, height: int = CELL_HEIGHT
) -> tuple[int, int, bytes]:
    """(width, height, rows): styles "text", "bold", "qr" and "qr-l", "qr-m", "qr-q", "qr-h"."""
    if len(text) == 1 and style[:2] != "qr":
        return _letter(text, style == "bold", width, height)
    image = qr(text, style[3:] or "m") if style[:2] == "qr" else line(text, style == "bold", width, height)
    return image.width, image.height, image.tobytes()


@lru_cache(2048)
def _letter(letter: str, bold: bool, width: int, height: int) -> tuple[int, int, bytes]:
    image = cell(letter, bold, width, height)
    return image.width, image.height, image.tobytes()


def picture(data: bytes, width: int) -> tuple[int, int, bytes]:
    """A picture file (a shop's logo) as dots, at most `width` across; what is see-through is paper.

    Raises ValueError when it is no picture or more than 4,000 dots in a side.
    """
    try:
        with Image.open(io.BytesIO(data)) as opened:
            if max(opened.size) > _LARGEST:
                raise ValueError(f"the picture has {opened.width} x {opened.height} dots, at most {_LARGEST}")
            colour = opened.convert("RGBA")
    except (OSError, Image.DecompressionBombError) as error:
        raise ValueError(f"this is no picture: {error}") from error
    paper = Image.new("RGBA", colour.size, "white")
    paper.alpha_composite(colour)
    grey = paper.convert("L")
    if grey.width > width:
        size = (width, max(1, grey.height * width // grey.width))
        grey = grey.resize(size, Image.Resampling.LANCZOS)
    ink = grey.point([255 - value for value in range(256)]).convert("1")
    return ink.width, ink.height, ink.tobytes()
