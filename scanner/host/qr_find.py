"""Finds where a QR code may lie when its finder patterns are too blurred, dirty or bright for zxing-cpp.

A busy region is turned upright by its own edges, finder patterns are looked for by likeness, at several
sizes, and every two or three that could belong to one code give a guess. The fixed patterns rank the guesses.
"""

from functools import cache
from itertools import permutations
from typing import Any, Final, NamedTuple

import numpy as np

from scanner.host.busy import Region
from scanner.host.qr_layout import LARGEST, layout
from scanner.host.vision import Picture, cv2

FINE: Final = 2.5  # pixels a module at which finder patterns are compared
STEP: Final = 1.25  # between sizes that are tried
SQUEEZED: Final = (1.0, 0.6, 1 / 0.6)  # height to width of a finder pattern, as at the edge of a jar
LIKE: Final = 0.45  # likeness of a finder pattern worth a guess
SEEN: Final = 0.15  # likeness that a guess from three patterns has ahead of one from two
PATTERNS: Final = 7  # the best so many are combined
TRIED: Final = 160  # combinations held against the picture, those of three patterns first

Points = np.ndarray[Any, np.dtype[np.float32]]


class Guess(NamedTuple):
    """Four corners of a code, clockwise from its own top left, and its version."""

    likeness: float
    corners: list[list[float]]
    version: int


class _Finder(NamedTuple):
    likeness: float
    x: float
    y: float
    wide: float  # pixels a module
    high: float

    def along(self, direction: Points) -> float:
        """Pixels a module in this direction, which is more or less one of the two axes."""
        return self.wide if abs(direction[0]) > abs(direction[1]) else self.high


def guesses(picture: Picture, region: Region, most: int = 4) -> list[Guess]:
    """Where a code may lie in the region, best guess first."""
    upright, matrix = _upright(picture, region)
    finders = _finders(upright)
    found: list[tuple[float, Points, int]] = []
    soft = cv2.GaussianBlur(upright, (0, 0), 0.8).astype(np.float32)
    tried: set[tuple[int, ...]] = set()
    for three, modules, bonus in sorted(_corners(finders), key=lambda corners: -corners[2]):
        if len(found) >= TRIED:
            break
        for version in range(max(1, int((modules - 17) / 4)), min(LARGEST, int((modules - 17) / 4 + 1)) + 1):
            key = (version, *(three / 4).round().astype(int).ravel().tolist())
            if key not in tried:
                tried.add(key)
                corners = _outer(three, version)
                found.append((_likeness(soft, corners, version) + bonus, corners, version))
    found.sort(key=lambda guess: -guess[0])
    back = cv2.invertAffineTransform(matrix)
    return [
        Guess(likeness, cv2.transform(corners[None], back)[0].tolist(), version)
        for likeness, corners, version in found[:most]
        if likeness > 0.2
    ]


def _upright(picture: Picture, region: Region) -> tuple[Picture, Any]:
    """The region, turned so that most of its edges run along the axes, and the map that did it."""
    part = picture[region.top : region.bottom, region.left : region.right]
    soft = cv2.GaussianBlur(part, (0, 0), 1.0)
    dx, dy = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    # Four times the angle: a square's four directions are one.
    turned = (dx + 1j * dy) ** 4
    size = np.abs(turned) ** 0.75  # so that an edge counts by its strength, not by the fourth power
    angle = float(np.angle((turned / np.maximum(size, 1e-3)).sum())) / 4
    high, wide = part.shape
    middle = (region.left + wide / 2, region.top + high / 2)
    matrix = cv2.getRotationMatrix2D(middle, np.degrees(angle), 1.0)
    cos, sin = abs(np.cos(angle)), abs(np.sin(angle))
    across, down = round(wide * cos + high * sin), round(wide * sin + high * cos)
    matrix[:, 2] += (across / 2 - middle[0], down / 2 - middle[1])
    turned_part = cv2.warpAffine(
        picture, matrix, (across, down), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(turned_part, np.uint8), matrix


def _finders(upright: Picture) -> list[_Finder]:
    """What looks like a finder pattern, best first."""
    ring = np.maximum.outer(abs(np.arange(-4, 5)), abs(np.arange(-4, 5)))
    drawn = np.where((ring == 2) | (ring == 4), 255, 0).astype(np.uint8)
    side = round(9 * FINE)
    wanted = cv2.GaussianBlur(cv2.resize(drawn, (side, side), interpolation=cv2.INTER_AREA), (0, 0), 0.7)
    found: list[_Finder] = []
    shortest = min(upright.shape)
    for squeezed in SQUEEZED:
        module = max(1.4, shortest / 140)
        while module < min(12.0, shortest / 21):
            high, wide = module * min(1, squeezed), module * min(1, 1 / squeezed)
            module *= STEP
            across, down = FINE / wide, FINE / high
            way = cv2.INTER_AREA if max(across, down) < 1 else cv2.INTER_LINEAR
            sized = cv2.resize(upright, None, fx=across, fy=down, interpolation=way)
            if min(sized.shape) < side:
                continue
            score = cv2.matchTemplate(sized, wanted, cv2.TM_CCOEFF_NORMED)
            peaks = (score >= cv2.dilate(score, np.ones((9, 9), np.uint8))) & (score > LIKE)
            for row, column in np.argwhere(peaks):
                x, y = (column + side / 2) / across, (row + side / 2) / down
                found.append(_Finder(float(score[row, column]), x, y, wide, high))
    best: list[_Finder] = []
    for finder in sorted(found, reverse=True):
        if all(abs(finder.x - f.x) / f.wide + abs(finder.y - f.y) / f.high > 6 for f in best):
            best.append(finder)
    return best[:PATTERNS]


def _corners(finders: list[_Finder]) -> list[tuple[Points, float, float]]:
    """Middles of the top left, top right and bottom left finder patterns of what may be codes, and modules a side."""
    found = []
    for a, b in permutations(finders, 2):
        first, second = np.array([a.x, a.y]), np.array([b.x, b.y])
        along = second - first
        modules = 7 + float(np.hypot(*along)) * 2 / (a.along(along) + b.along(along))
        across = np.array([-along[1], along[0]])
        if not 19 < modules < 24 + 4 * LARGEST:
            continue
        for c in finders:
            third = np.array([c.x, c.y]) - first
            length = float(np.hypot(*third))
            if c is a or c is b or not 0.4 < length / float(np.hypot(*along)) < 2.5:
                continue
            if float(third @ across) < 0.87 * length * float(np.hypot(*across)):
                continue
            other = 7 + length * 2 / (a.along(third) + c.along(third))
            if 0.75 < modules / other < 1.33:
                three = np.array([first, second, first + third], np.float32)
                found.append((three, (modules + other) / 2, SEEN))
        # One finder pattern is lost: the third corner by the other two.
        found.append((np.array([first, second, first + across], np.float32), modules, 0.0))
        half = (along - across) / 2
        diagonal = 7 + (modules - 7) / np.sqrt(2)
        found.append((np.array([first + half, second, first], np.float32), diagonal, 0.0))
        found.append((np.array([first, first - across, second], np.float32), modules, 0.0))
    return found


def _outer(three: Points, version: int) -> Points:
    """The code's four corners, from the middles of its three finder patterns."""
    size = 17 + 4 * version
    right = (three[1] - three[0]) / (size - 7)
    down = (three[2] - three[0]) / (size - 7)
    start = three[0] - 3.5 * (right + down)
    return np.array(
        [start, start + size * right, start + size * (right + down), start + size * down], np.float32
    )


def _likeness(soft: Any, corners: Points, version: int) -> float:
    """How well the fixed patterns fit there, 1 for perfectly."""
    rows, columns, values = _fixed(version)
    right, down = (
        (corners[1] - corners[0]) / (17 + 4 * version),
        (corners[3] - corners[0]) / (17 + 4 * version),
    )
    x = corners[0][0] + (columns + 0.5) * right[0] + (rows + 0.5) * down[0]
    y = corners[0][1] + (columns + 0.5) * right[1] + (rows + 0.5) * down[1]
    high, wide = soft.shape
    inside = (x >= 0) & (y >= 0) & (x < wide) & (y < high)
    if inside.mean() < 0.85:
        return 0.0
    seen = soft[y[inside].astype(int), x[inside].astype(int)]
    wanted = values[inside]
    spread = float(seen.std() * wanted.std())
    return -float(((seen - seen.mean()) * (wanted - wanted.mean())).mean()) / spread if spread > 0 else 0.0


@cache
def _fixed(version: int) -> tuple[Any, Any, Any]:
    fixed = layout(version).fixed
    rows, columns = np.nonzero(fixed)
    return rows, columns, fixed[rows, columns].astype(np.float32)
