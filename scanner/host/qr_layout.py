"""Where a QR code of ISO/IEC 18004 keeps what: fixed modules, format words, codewords and their blocks."""

from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np

LARGEST: Final = 20  # versions above are left to zxing-cpp; nobody prints them on goods

Matrix = np.ndarray[Any, np.dtype[np.int8]]

# Check codewords a block and number of blocks for versions 1 to 20 (table 9 of the standard).
_PARITY: Final = {
    "L": (7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28),
    "M": (10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26),
    "Q": (13, 22, 18, 26, 18, 24, 18, 22, 20, 24, 28, 26, 24, 20, 30, 24, 28, 28, 26, 30),
    "H": (17, 28, 22, 16, 22, 28, 26, 26, 24, 28, 24, 28, 22, 24, 24, 30, 28, 28, 26, 28),
}
_BLOCKS: Final = {
    "L": (1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8),
    "M": (1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16),
    "Q": (1, 1, 2, 2, 4, 4, 6, 6, 8, 8, 8, 10, 12, 16, 12, 17, 16, 18, 21, 20),
    "H": (1, 1, 2, 4, 4, 4, 5, 6, 8, 8, 11, 11, 16, 16, 18, 16, 19, 21, 25, 25),
}
LEVELS: Final = {0: "M", 1: "L", 2: "H", 3: "Q"}  # as the format word numbers them


class Layout(NamedTuple):
    """One version. fixed: 1 dark, -1 light, 0 for everything that differs from code to code."""

    version: int
    fixed: Matrix
    bits: tuple[np.ndarray[Any, np.dtype[np.intp]], np.ndarray[Any, np.dtype[np.intp]]]  # rows, columns
    formats: tuple[tuple[tuple[int, int], ...], ...]  # the two places of the format word, highest bit first
    anchors: tuple[tuple[int, int], ...]  # row and column of the middles of the alignment patterns

    @property
    def size(self) -> int:
        """Modules a side."""
        return int(self.fixed.shape[0])


@cache
def layout(version: int) -> Layout:
    """The layout of a version, 1 to LARGEST."""
    size = 17 + 4 * version
    fixed: Matrix = np.zeros((size, size), np.int8)
    taken = np.zeros((size, size), bool)
    anchors = _anchors(version)
    for row, column in anchors:
        ring = np.maximum.outer(abs(np.arange(-2, 3)), abs(np.arange(-2, 3)))
        fixed[row - 2 : row + 3, column - 2 : column + 3] = np.where(ring == 1, -1, 1)
    fixed[6, 8:-8] = fixed[8:-8, 6] = np.where(np.arange(8, size - 8) % 2, -1, 1)
    finder = np.full((8, 8), -1, np.int8)
    ring = np.maximum.outer(abs(np.arange(-3, 4)), abs(np.arange(-3, 4)))
    finder[:7, :7] = np.where(ring == 2, -1, 1)
    fixed[:8, :8], fixed[:8, -8:], fixed[-8:, :8] = finder, finder[:, ::-1], finder[::-1]
    fixed[-8, 8] = 1
    if version >= 7:
        word = _with_check(version, 0x1F25, 12)
        for bit in range(18):
            value = 1 if word >> bit & 1 else -1
            fixed[bit // 3, size - 11 + bit % 3] = fixed[size - 11 + bit % 3, bit // 3] = value
    first = [(8, c) for c in (0, 1, 2, 3, 4, 5, 7, 8)] + [(r, 8) for r in (7, 5, 4, 3, 2, 1, 0)]
    second = [(size - 1 - n, 8) for n in range(7)] + [(8, size - 8 + n) for n in range(8)]
    taken[fixed != 0] = True
    for row, column in first + second:
        taken[row, column] = True
    rows, columns = [], []
    right, upward = size - 1, True
    while right > 0:
        if right == 6:
            right = 5
        for row in range(size - 1, -1, -1) if upward else range(size):
            for column in (right, right - 1):
                if not taken[row, column]:
                    rows.append(row)
                    columns.append(column)
        right, upward = right - 2, not upward
    whole = len(rows) // 8 * 8
    bits = (np.array(rows[:whole], np.intp), np.array(columns[:whole], np.intp))
    return Layout(version, fixed, bits, (tuple(first), tuple(second)), anchors)


@cache
def blocks(version: int, level: str) -> tuple[tuple[tuple[int, ...], ...], int]:
    """The codewords of each block, as their places in the order of reading, and the check codewords a block."""
    total = len(layout(version).bits[0]) // 8
    parity, count = _PARITY[level][version - 1], _BLOCKS[level][version - 1]
    short = total // count - parity  # data codewords of the shorter blocks, which come first
    longer = total % count
    places: list[list[int]] = [[] for _ in range(count)]
    place = 0
    for turn in range(short + 1):
        for number in range(count):
            if turn < short or number >= count - longer:
                places[number].append(place)
                place += 1
    for _ in range(parity):
        for number in range(count):
            places[number].append(place)
            place += 1
    return tuple(tuple(block) for block in places), parity


@cache
def formats() -> tuple[tuple[int, ...], ...]:
    """The 32 format words as 15 values of 1 (dark) or -1, by their five bits: level and mask."""
    words = [_with_check(data, 0x537, 10) ^ 0x5412 for data in range(32)]
    return tuple(tuple(1 if word >> bit & 1 else -1 for bit in range(14, -1, -1)) for word in words)


@cache
def masked(version: int, mask: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which of the codewords' bits a mask turns over, in the order of reading."""
    y, x = layout(version).bits
    pattern = (
        (y + x) % 2,
        y % 2,
        x % 3,
        (y + x) % 3,
        (y // 2 + x // 3) % 2,
        y * x % 2 + y * x % 3,
        (y * x % 2 + y * x % 3) % 2,
        ((y + x) % 2 + y * x % 3) % 2,
    )[mask]
    return np.asarray(pattern == 0)


def _anchors(version: int) -> tuple[tuple[int, int], ...]:
    if version == 1:
        return ()
    count = version // 7 + 2
    last = 4 * version + 10
    step = (last - 6 + 2 * (count - 1) - 1) // (2 * (count - 1)) * 2 if count > 2 else last - 6
    lines = [6] + [last - step * n for n in range(count - 2, -1, -1)]
    corners = {(6, 6), (6, last), (last, 6)}
    return tuple((row, column) for row in lines for column in lines if (row, column) not in corners)


def _with_check(data: int, generator: int, bits: int) -> int:
    rest = data << bits
    while rest.bit_length() > bits:
        rest ^= generator << (rest.bit_length() - bits - 1)
    return data << bits | rest
