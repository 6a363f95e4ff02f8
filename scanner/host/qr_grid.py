"""Samples a QR code of which only the corners are known: on a bent label, blurred, half under a lamp's mirror.

The grid is bent until the fixed patterns, and then the modules already read, lie where the picture has them.
An equaliser learnt from the fixed modules undoes blur and motion. Each module gets a number: above 0 dark,
below 0 light, near 0 not known, as under glare where nothing is left to see.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from scanner.host.qr_layout import Layout
from scanner.host.vision import Picture, cv2

FINE: Final = 4  # pixels a module of the flattened code
MARGIN: Final = 4  # modules around it
LEAST_LIKENESS: Final = 0.35  # correlation of the fixed patterns below which it is no code
SATURATED: Final = 250.0

Floats = np.ndarray[Any, np.dtype[np.float32]]


class Modules(NamedTuple):
    """The modules of one code as numbers, how like a code the fixed ones are (1: just like), and its corners."""

    values: Floats
    likeness: float
    corners: list[list[int]]


def sample(picture: Picture, corners: Sequence[Sequence[float]], layout: Layout) -> Modules | None:
    """The modules inside the four corners (clockwise from the code's own top left), or None for no code."""
    size = layout.size
    square = np.array([[0, 0], [size, 0], [size, size], [0, size]], np.float32)
    part, offset, scale = _part(picture, np.array(corners, np.float32), size)
    if part.size == 0:
        return None
    matrix = cv2.getPerspectiveTransform(square, (np.array(corners, np.float32) - offset) * scale)
    bend = _Bend(size)
    fixed = layout.fixed.astype(np.float32)
    for reach in (3.0, 1.5):
        flat = _flatten(part, matrix, bend, size)
        bend.add(*_match(flat, fixed, _patterns(layout), reach))
    flat = _flatten(part, matrix, bend, size)
    clear, contrast = _normalised(flat)
    known = layout.fixed != 0
    if float((_middles(clear, size)[known] * fixed[known]).mean()) < LEAST_LIKENESS / 2:
        return None
    values = _equalised(clear, contrast, fixed, size)
    # What has been read so far is a pattern too: bend the grid until it fits everywhere.
    guess = np.where(known, fixed, np.sign(values)).astype(np.float32)
    bend.add(*_match(flat, guess, _squares(size), 0.7))
    flat = _flatten(part, matrix, bend, size)
    clear, contrast = _normalised(flat)
    values = _equalised(clear, contrast, fixed, size)
    likeness = float(np.corrcoef(values[known], fixed[known])[0, 1])
    if not likeness >= LEAST_LIKENESS:
        return None
    found = bend.place(matrix, square) / scale + offset
    return Modules(values, likeness, [[round(float(x)), round(float(y))] for x, y in found])


class _Bend:
    """How far the grid is bent away from a plane: a polynomial in both directions, in modules."""

    # Stiffness of each term: a label bends like a sheet, not like a cloth.
    POWERS: Final = ((0, 0), (1, 0), (0, 1), (1, 1), (2, 0), (0, 2), (2, 1), (1, 2), (3, 0), (0, 3), (2, 2))
    STIFF: Final = (0.002, 0.002, 0.002, 0.01, 0.03, 0.03, 0.15, 0.15, 0.3, 0.3, 0.3)

    def __init__(self, size: int) -> None:
        self._size = size
        self._factors = np.zeros((len(self.POWERS), 2), np.float64)

    def _terms(self, points: Floats) -> np.ndarray[Any, np.dtype[np.float64]]:
        unit = np.asarray(points, np.float64) * (2 / self._size) - 1
        return np.stack([unit[..., 0] ** a * unit[..., 1] ** b for a, b in self.POWERS], -1)

    def bent(self, points: Floats) -> Floats:
        """Where these points (x, y in modules) lie in the plane."""
        return (points + self._terms(points) @ self._factors).astype(np.float32)

    def place(self, matrix: Any, points: Floats) -> Floats:
        """Where they lie in the picture."""
        found: Floats = cv2.perspectiveTransform(self.bent(points).reshape(1, -1, 2), matrix)[0]
        return found

    def add(self, points: Floats, moves: Floats, weights: Floats) -> None:
        """Bend further, so that these points move so."""
        if len(points) < 3 or weights.sum() <= 0:
            return
        terms = self._terms(points)
        weighted = terms * (weights / weights.mean())[:, None]
        stiff = np.diag(np.array(self.STIFF) * len(points))
        self._factors += np.linalg.solve(weighted.T @ terms + stiff, weighted.T @ moves)


def _part(picture: Picture, corners: Floats, size: int) -> tuple[Picture, Floats, float]:
    """The part of the picture with the code, shrunk where its modules are larger than needed."""
    low, high = corners.min(0), corners.max(0)
    room = (high - low).max() * (MARGIN + 3) / size
    height, width = picture.shape
    left, top = max(0, int(low[0] - room)), max(0, int(low[1] - room))
    right, bottom = min(width, int(high[0] + room) + 1), min(height, int(high[1] + room) + 1)
    part = picture[top:bottom, left:right]
    scale = min(1.0, 6 * size / max(1.0, float((high - low).max())))
    if scale < 1 and part.size:
        scaled = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        part = np.asarray(scaled, np.uint8)
    return part, np.array([left, top], np.float32), scale


def _flatten(part: Picture, matrix: Any, bend: _Bend, size: int) -> Floats:
    """The code as a square picture, FINE pixels a module."""
    step = 4  # the map is smooth: every fourth pixel of it is enough
    line = np.arange(0, (size + 2 * MARGIN) * FINE + step, step, dtype=np.float32)
    at = (line + 0.5) / FINE - MARGIN
    points = np.stack(np.meshgrid(at, at), -1).astype(np.float32)
    shape = points.shape[:2]
    coarse = bend.place(matrix, points.reshape(-1, 2)).reshape(*shape, 2)
    side = (size + 2 * MARGIN) * FINE
    shift = np.array([[1 / step, 0, 0], [0, 1 / step, 0]], np.float32)
    place = cv2.warpAffine(
        coarse.astype(np.float32), shift, (side, side), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    flat = cv2.remap(part, place, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(flat, np.float32)


def _patterns(layout: Layout) -> list[tuple[int, int, int, int]]:
    """Patches (top, left, bottom, right in modules) of what looks the same in every code of this version."""
    size = layout.size
    patches = [(0, 0, 8, 8), (0, size - 8, 8, size), (size - 8, 0, size, 8)]
    patches += [(row - 2, column - 2, row + 3, column + 3) for row, column in layout.anchors]
    return patches


def _squares(size: int) -> list[tuple[int, int, int, int]]:
    count = max(3, size // 7)
    ends = [round(n * size / count) for n in range(count + 1)]
    return [(ends[a], ends[b], ends[a + 1], ends[b + 1]) for a in range(count) for b in range(count)]


def _match(
    flat: Floats, modules: Floats, patches: list[tuple[int, int, int, int]], reach: float
) -> tuple[Floats, Floats, Floats]:
    """For each patch: its middle, how far it lies from where it should, and how sure that is."""
    drawn = cv2.GaussianBlur(
        cv2.resize(-modules, None, fx=FINE, fy=FINE, interpolation=cv2.INTER_NEAREST), (0, 0), FINE * 0.35
    )
    far = round(reach * FINE)
    points, moves, weights = [], [], []
    for top, left, bottom, right in patches:
        y, x = (top + MARGIN) * FINE, (left + MARGIN) * FINE
        wanted = drawn[top * FINE : bottom * FINE, left * FINE : right * FINE]
        high, wide = wanted.shape
        window = flat[max(0, y - far) : y + high + far, max(0, x - far) : x + wide + far]
        score = cv2.matchTemplate(window, wanted, cv2.TM_CCOEFF_NORMED)
        _, best, _, (column, row) = cv2.minMaxLoc(score)
        if not 0.3 < best <= 1.01:
            continue
        points.append(((left + right) / 2, (top + bottom) / 2))
        moves.append(
            (
                (column + _peak(score[row, :], column) - min(far, x)) / FINE,
                (row + _peak(score[:, column], row) - min(far, y)) / FINE,
            )
        )
        weights.append(best**2 * np.sqrt(wanted.size) / FINE)
    return (
        np.array(points, np.float32).reshape(-1, 2),
        np.array(moves, np.float32).reshape(-1, 2),
        np.array(weights, np.float32),
    )


def _peak(line: Floats, place: int) -> float:
    """How far the top of the parabola through the best place and its neighbours is from it."""
    if place == 0 or place == len(line) - 1:
        return 0.0
    before, here, after = (float(value) for value in line[place - 1 : place + 2])
    curve = before - 2 * here + after
    return 0.0 if curve >= 0 else max(-0.5, min(0.5, (before - after) / (2 * curve)))


def _normalised(flat: Floats) -> tuple[Floats, Floats]:
    """The flattened code with local light and contrast taken out: dark 1, light -1; and the contrast, 0 to 1."""
    smooth = cv2.GaussianBlur(flat, (0, 0), FINE * 0.3)
    around = np.ones((5 * FINE + 1, 5 * FINE + 1), np.uint8)
    soft = (0, 0)
    light = cv2.GaussianBlur(cv2.dilate(smooth, around), soft, FINE * 1.5)
    dark = cv2.GaussianBlur(cv2.erode(smooth, around), soft, FINE * 1.5)
    contrast = light - dark
    inside = slice(MARGIN * FINE, -MARGIN * FINE)
    usual = float(np.median(contrast[inside, inside])) + 1e-3
    clear = ((light + dark) / 2 - smooth) / np.maximum(contrast / 2, usual * 0.1)
    trust = np.minimum(1.0, contrast / usual)
    if float(np.median(light[inside, inside])) < SATURATED - 10:
        # Paper does not blind the sensor here; where something does, it is a lamp, and black looks white too.
        trust = trust * cv2.GaussianBlur((smooth < SATURATED).astype(np.float32), (0, 0), FINE * 0.4)
    return np.clip(clear, -1.5, 1.5), np.where(dark > SATURATED, 0.0, trust).astype(np.float32)


def _middles(clear: Floats, size: int, x: int = 0, y: int = 0) -> Floats:
    """The values at the middles of the modules, or so many pixels beside them."""
    top, left = MARGIN * FINE + FINE // 2 + y, MARGIN * FINE + FINE // 2 + x
    # Between two pixels: a module has an even number of them.
    part = clear[top - 1 :, left - 1 :]
    high = size * FINE
    corners = [part[y : y + high : FINE, x : x + high : FINE] for y in (0, 1) for x in (0, 1)]
    return np.asarray(sum(corners[1:], corners[0]) / 4, np.float32)


def _equalised(clear: Floats, contrast: Floats, fixed: Floats, size: int) -> Floats:
    """Module values from their surroundings, by weights learnt from the modules whose value is known."""
    half = FINE // 2
    offsets = [(x * half, y * half) for y in range(-2, 3) for x in range(-2, 3)]
    seen = np.stack([_middles(clear, size, x, y) for x, y in offsets], -1)
    trust = _middles(contrast, size)
    features = seen.reshape(-1, len(offsets)).astype(np.float64)
    weight = trust.reshape(-1).astype(np.float64)
    known = fixed.reshape(-1) != 0
    target = fixed.reshape(-1).astype(np.float64)
    ease = np.eye(len(offsets))
    prior = np.zeros(len(offsets))
    prior[len(offsets) // 2] = 0.9
    values = features @ prior
    for turn in range(2):
        use = known if turn == 0 else known | (np.abs(values) > 0.3)
        wanted = np.where(known, target, np.sign(values))[use]
        scaled = features[use] * weight[use, None]
        stiff = 0.03 * use.sum()
        left = scaled.T @ features[use] + stiff * ease
        values = features @ np.linalg.solve(left, scaled.T @ wanted + stiff * prior)
    return np.asarray((values * weight).reshape(size, size), np.float32)
