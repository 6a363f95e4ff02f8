"""Still lifes of the sample products, drawn: a bottle, a box, a bag or a fruit on a table, in the goods' colours.

The sample has no photographs, and other people's are not ours to publish.
"""

import io
import zlib
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFilter

from kiosk.folding import fold

_SIDE = 640  # pixels; what shoppers see is made smaller
_FLOOR = 510  # where goods stand
_TABLE = 430

Colour = tuple[int, int, int]
Draw = ImageDraw.ImageDraw
Drawing = Callable[[Draw, Colour, Colour], None]

_WALLS: tuple[Colour, ...] = ((244, 226, 196), (222, 232, 214), (236, 220, 214), (218, 228, 236))
_CREAM, _INK, _GOLD = (252, 246, 230), (74, 52, 36), (226, 172, 44)


def picture(name: str) -> bytes | None:
    """A JPEG of the product of this name, the same every time; None for goods that we cannot draw."""
    words = f" {fold(name)} "
    for key, drawing, colour, accent in _GOODS:
        if f" {key} " in words:
            return _jpeg(drawing, colour, accent, _WALLS[zlib.crc32(name.encode()) % len(_WALLS)])
    return None


def _jpeg(drawing: Drawing, colour: Colour, accent: Colour, wall: Colour) -> bytes:
    scene = Image.new("RGB", (_SIDE, _SIDE), wall)
    draw = ImageDraw.Draw(scene)
    for y in range(_TABLE):  # light from above
        draw.line((0, y, _SIDE, y), fill=_mixed(wall, (255, 255, 255), 0.5 - y / 900))
    draw.rectangle((0, _TABLE, _SIDE, _SIDE), fill=(176, 128, 84))
    for y in range(_TABLE, _SIDE, 26):
        draw.line((0, y, _SIDE, y + 9), fill=(160, 113, 72), width=3)
    shadow = Image.new("L", scene.size, 0)
    ImageDraw.Draw(shadow).ellipse((150, _FLOOR - 34, 560, _FLOOR + 44), fill=120)
    scene.paste((52, 34, 22), mask=shadow.filter(ImageFilter.GaussianBlur(14)))
    drawing(ImageDraw.Draw(scene), colour, accent)
    out = io.BytesIO()
    scene.resize((_SIDE // 2, _SIDE // 2), Image.Resampling.LANCZOS).save(out, "JPEG", quality=90)
    return out.getvalue()


def _mixed(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _dark(colour: Colour) -> Colour:
    return _mixed(colour, (20, 10, 0), 0.3)


def _light(colour: Colour) -> Colour:
    return _mixed(colour, (255, 255, 255), 0.35)


def _label(draw: Draw, box: tuple[int, int, int, int], accent: Colour) -> None:
    """A paper label: a band, a star, and lines where words would stand."""
    left, top, right, bottom = box
    middle, height = (left + right) // 2, bottom - top
    draw.rectangle(box, fill=_CREAM)
    draw.rectangle((left, top, right, top + height // 6), fill=accent)
    draw.regular_polygon((middle, top + height * 45 // 100, height // 7), 3, fill=_GOLD)
    draw.regular_polygon((middle, top + height * 45 // 100, height // 7), 3, rotation=180, fill=_GOLD)
    for row, half in ((66, 30), (77, 22), (88, 26)):
        y = top + height * row // 100
        width = (right - left) * half // 100
        draw.rounded_rectangle((middle - width, y, middle + width, y + height // 20), 4, fill=_INK)


def _bottle(draw: Draw, colour: Colour, accent: Colour) -> None:
    draw.rectangle((284, 110, 356, 190), fill=colour)
    draw.rounded_rectangle((276, 70, 364, 128), 10, fill=accent)
    draw.polygon(((284, 176), (356, 176), (430, 262), (210, 262)), fill=colour)
    draw.rounded_rectangle((210, 240, 430, _FLOOR), 26, fill=colour)
    draw.rounded_rectangle((226, 262, 246, _FLOOR - 24), 9, fill=_light(colour))
    draw.line((296, 134, 296, 180), fill=_light(colour), width=9)
    _label(draw, (210, 300, 430, 470), accent)


def _jar(draw: Draw, colour: Colour, accent: Colour) -> None:
    draw.rounded_rectangle((196, 220, 444, _FLOOR), 44, fill=colour)
    draw.rounded_rectangle((190, 150, 450, 226), 16, fill=accent)
    draw.line((190, 196, 450, 196), fill=_dark(accent), width=5)
    draw.rounded_rectangle((216, 246, 238, _FLOOR - 40), 10, fill=_light(colour))
    _label(draw, (196, 300, 444, 458), accent)


def _box(draw: Draw, colour: Colour, accent: Colour) -> None:
    draw.polygon(((160, 250), (430, 250), (430, _FLOOR), (160, _FLOOR)), fill=colour)
    draw.polygon(((430, 250), (506, 206), (506, _FLOOR - 50), (430, _FLOOR)), fill=_dark(colour))
    draw.polygon(((160, 250), (236, 206), (506, 206), (430, 250)), fill=_light(colour))
    draw.line((160, 250, 430, 250), fill=_dark(colour), width=3)
    _label(draw, (196, 284, 394, 474), accent)


def _bag(draw: Draw, colour: Colour, accent: Colour) -> None:
    draw.polygon(((216, 170), (424, 170), (452, 260), (440, _FLOOR), (200, _FLOOR), (188, 260)), fill=colour)
    draw.rectangle((208, 148, 432, 186), fill=_dark(colour))
    for x in range(216, 432, 18):
        draw.line((x, 150, x, 184), fill=colour, width=4)
    draw.polygon(((214, 206), (236, 206), (222, 480), (208, 480)), fill=_light(colour))
    _label(draw, (240, 236, 404, 380), accent)
    draw.ellipse((256, 396, 388, 488), fill=_mixed(accent, (255, 240, 200), 0.55), outline=_CREAM, width=6)


def _fruit(draw: Draw, colour: Colour, accent: Colour) -> None:
    for x, y, radius in ((220, 402, 96), (424, 408, 92), (322, 380, 124)):
        draw.ellipse(
            (x - radius, y - radius, x + radius, y + radius), fill=colour, outline=_dark(colour), width=4
        )
        shine = radius // 3
        draw.ellipse((x - radius // 2 - shine // 2, y - radius // 2 - shine // 2, x - shine // 2, y - shine // 2),
                     fill=_light(colour))  # fmt: skip
    draw.line((322, 262, 334, 226), fill=_INK, width=11)
    draw.polygon(((334, 240), (404, 190), (438, 214), (386, 256)), fill=accent)


def _roll(draw: Draw, colour: Colour, accent: Colour) -> None:
    """A sausage in banana leaves."""
    draw.rounded_rectangle((120, 330, 480, 460), 60, fill=colour)
    for x in (200, 280, 360):
        draw.line((x, 330, x - 14, 460), fill=_GOLD, width=9)
    draw.ellipse((440, 330, 540, 460), fill=_dark(colour))
    draw.ellipse((452, 346, 528, 444), fill=accent)
    draw.rounded_rectangle((160, 438, 520, _FLOOR), 30, fill=_mixed(colour, (255, 255, 255), 0.12))
    draw.ellipse((476, 430, 556, _FLOOR), fill=_dark(colour))
    draw.ellipse((486, 440, 546, _FLOOR - 10), fill=accent)


def _discs(draw: Draw, colour: Colour, accent: Colour) -> None:
    """Rice crackers with sesame, leaning on one another."""
    for place, x in enumerate((400, 350, 290)):
        shade = _mixed(colour, (110, 70, 30), 0.22 - 0.11 * place)
        draw.ellipse((x - 150, 196, x + 150, _FLOOR), fill=shade, outline=_dark(colour), width=4)
    for seed in range(90):
        x, y = 290 + (seed * 53) % 210 - 105, 352 + (seed * 97) % 210 - 105
        if (x - 290) ** 2 + (y - 352) ** 2 < 118**2:
            draw.ellipse((x, y, x + 9, y + 6), fill=accent)


def _tree(draw: Draw, colour: Colour, accent: Colour) -> None:
    """A flowering tree in a pot."""
    draw.polygon(((220, 410), (420, 410), (390, _FLOOR), (250, _FLOOR)), fill=(156, 84, 56))
    draw.rectangle((208, 392, 432, 424), fill=(176, 100, 68))
    draw.line((320, 396, 306, 300, 336, 200), fill=_INK, width=18, joint="curve")
    draw.line((310, 320, 220, 240), fill=_INK, width=11)
    draw.line((318, 270, 424, 214), fill=_INK, width=11)
    for seed in range(26):
        x, y = 190 + (seed * 71) % 270, 110 + (seed * 43) % 180
        draw.regular_polygon((x, y, 19), 5, rotation=seed * 17, fill=colour if seed % 3 else accent)


_GREEN, _RED, _BROWN, _AMBER = (74, 124, 74), (178, 50, 40), (108, 58, 28), (214, 138, 30)
_LEAF: Colour = (58, 110, 62)
# By the first of these words, folded, in the product's name.
_GOODS: tuple[tuple[str, Drawing, Colour, Colour], ...] = (
    ("mat ong", _bottle, _AMBER, _BROWN),
    ("mat mia", _bottle, (92, 46, 22), _GREEN),
    ("trai nghiem", _bottle, (150, 66, 26), (42, 92, 140)),
    ("nuoc mam", _bottle, (150, 66, 26), _RED),
    ("mam tom", _jar, (132, 86, 112), _RED),
    ("ruou", _bottle, (216, 222, 214), (120, 46, 90)),
    ("tinh dau", _bottle, (128, 92, 40), _GREEN),
    ("dau", _bottle, (226, 186, 66), _GREEN),
        ("cu do", _box, (196, 132, 62), _RED),
    ("banh gai", _box, (66, 74, 58), _GREEN),
    ("banh da", _discs, (236, 212, 164), (52, 40, 32)),
    ("gio", _roll, _LEAF, (238, 206, 186)),
    ("dua luoi", _fruit, (200, 196, 130), _LEAF),
    ("buoi", _fruit, (206, 206, 84), _LEAF),
    ("cam", _fruit, (236, 138, 30), _LEAF),
    ("hong yen", _fruit, (222, 92, 36), _LEAF),
    ("gao", _bag, (232, 226, 206), _GREEN),
    ("muc", _bag, (86, 134, 164), (196, 132, 92)),
    ("ca mom", _bag, (72, 120, 150), (196, 120, 62)),
    ("ca com", _bag, (72, 120, 150), (196, 120, 62)),
    ("lac rang", _jar, (206, 158, 98), _RED),
    ("lac cuc", _jar, (206, 158, 98), _RED),
    ("sua", _box, (196, 218, 226), (42, 92, 140)),
    ("tram muoi", _jar, (64, 58, 74), _GREEN),
    ("ca muoi", _jar, (196, 176, 190), (120, 60, 110)),
    ("cheo", _jar, (150, 92, 46), _RED),
    ("che", _box, (96, 132, 74), _AMBER),
    ("tra", _box, (116, 150, 84), _AMBER),
    ("tinh bot", _box, (236, 220, 190), (206, 138, 34)),
    ("ngu coc", _box, (214, 186, 142), _GREEN),
    ("bot nem", _box, (230, 196, 120), _RED),
    ("nhung huou", _box, (150, 44, 40), _GOLD),
    ("cao xuong", _box, (110, 40, 36), _GOLD),
    ("dong trung", _box, (206, 100, 36), _BROWN),
    ("huong tram", _box, (122, 72, 44), _GOLD),
    ("mai vang", _tree, (246, 200, 40), _LEAF),
)  # fmt: skip
