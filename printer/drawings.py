"""Drawings: `(width, height, rows)`, rows of dots, one bit each, the leftmost the highest bit, every row
filled up to whole bytes; ink is 1."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Drawing = tuple[int, int, bytes]
    # raster(text, style, width, height): styles "text" and "bold" draw a letter in width x height dots
    # (twice as wide for a letter of two cells), 12 x 24 when not given. "qr-l", "qr-m", "qr-q" and "qr-h"
    # draw a QR code of that level with one dot a module and no margin; "qr" is "qr-m".
    Raster = Callable[..., Drawing]


def enlarge(drawing: "Drawing", wide: int, high: int) -> "Drawing":
    """Every dot `wide` dots wide and `high` dots high."""
    width, height, rows = drawing
    if wide == high == 1:
        return drawing
    stride, target = (width + 7) // 8, (width * wide + 7) // 8
    spread = [0] * 256
    for value in range(256):
        for bit in range(8):
            if value >> bit & 1:
                spread[value] |= ((1 << wide) - 1) << (bit * wide)
    out = bytearray()
    for y in range(height):
        bits = 0
        for value in rows[y * stride : (y + 1) * stride]:
            bits = bits << (8 * wide) | spread[value]
        row = bits.to_bytes(stride * wide, "big")[:target]
        for _ in range(high):
            out += row
    return width * wide, height * high, bytes(out)


def beside(drawings: "list[Drawing]") -> "Drawing":
    """Drawings beside each other, their feet on one line."""
    if len(drawings) == 1:
        return drawings[0]
    width = sum([drawing[0] for drawing in drawings])
    height = max([drawing[1] for drawing in drawings] + [0])
    out = bytearray()
    for y in range(height):
        bits = 0
        for wide, high, rows in drawings:
            stride = (wide + 7) // 8
            at = (y - height + high) * stride
            row = int.from_bytes(rows[at : at + stride], "big") >> (stride * 8 - wide) if at >= 0 else 0
            bits = bits << wide | row
        stride = (width + 7) // 8
        out += (bits << (stride * 8 - width)).to_bytes(stride, "big")
    return width, height, bytes(out)


_spread: dict[int, list[int]] = {}  # height -> the 16 values of four dots, as the bits of four columns


def columns(drawing: "Drawing", top: int, height: int) -> bytes:
    """The rows from `top` on, `height` (8 or 24) of them, column by column, the top dot the highest bit."""
    width, high, rows = drawing
    stride = (width + 7) // 8
    if height not in _spread:
        _spread[height] = [
            sum([1 << (height * bit) for bit in range(4) if value >> bit & 1]) for value in range(16)
        ]
    spread, four = _spread[height], 4 * height
    bits = 0
    for y in range(top, min(top + height, high)):
        row, shift = 0, (2 * stride - 1) * four
        for value in rows[y * stride : (y + 1) * stride]:
            if value:
                row |= spread[value >> 4] << shift | spread[value & 15] << (shift - four)
            shift -= 2 * four
        bits |= row << (height - 1 - y + top)
    return bits.to_bytes(stride * height, "big")[: width * height // 8]


def trimmed(drawing: "Drawing") -> tuple[int, int]:
    """The first row with ink and the row behind the last; (0, 0) without any."""
    _, height, rows = drawing
    stride = len(rows) // height if height else 0
    inked = [y for y in range(height) if any(rows[y * stride : (y + 1) * stride])]
    return (inked[0], inked[-1] + 1) if inked else (0, 0)


def cropped(drawing: "Drawing") -> "tuple[int, int, Drawing]":
    """(left, top, drawing) without what is blank around its ink; without any it is empty."""
    width, _, rows = drawing
    stride = (width + 7) // 8
    top, foot = trimmed(drawing)
    if top == foot:
        return 0, 0, (0, 0, b"")
    every = 0
    lines = [int.from_bytes(rows[y * stride : (y + 1) * stride], "big") for y in range(top, foot)]
    for line in lines:
        every |= line
    size, end = stride * 8, 0
    while not every >> end & 1:
        end += 1
    left = 0
    while not every >> (size - 1 - left) & 1:
        left += 1
    inked = size - left - end
    target = (inked + 7) // 8
    out = b"".join([((line >> end) << (target * 8 - inked)).to_bytes(target, "big") for line in lines])
    return left, top, (inked, foot - top, out)


_REAL_TIME = [(b"\x10\x04", 1, 8), (b"\x10\x05", 0, 2), (b"\x10\x14", 1, 8)]  # and the next byte, from to


def quiet(data: bytes) -> bytes:
    """Dots without what reads as a real-time command (DLE EOT, ENQ, DC4), one dot more for each: printers obey
    these wherever they stand, and DLE DC4 opens the drawer or switches off."""
    for pair, first, last in _REAL_TIME:
        at = data.find(pair)
        while at >= 0:
            if first <= (data[at + 2] if at + 2 < len(data) else first) <= last:
                data = data[:at] + b"\x18" + data[at + 1 :]
            at = data.find(pair, at + 1)
    return data
