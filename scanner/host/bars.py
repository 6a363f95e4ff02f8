"""Looks again, in several bands of a bar code, whether it says what a reader made of it.

A misread line passes its check digit one time in ten, and two readers can fall for the same line. So the bars
that the text asks for are laid over what each band shows, and no other digit may fit a digit's place better.
"""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any, Final

import numpy as np
import zxingcpp

from scanner.host import readings
from scanner.host.vision import Picture, cv2

FINE: Final = 4  # samples a module
MARGIN: Final = 5  # modules beside the code that are sampled too
QUIET: Final = 3  # of them that must be light, or it is a part of a longer code
LONGEST: Final = 480  # modules of a Code 128 that is looked at again
UPC_E: Final = 51  # modules of a UPC-E
BESIDE: Final = 8  # modules on both sides of one, of which all but the nearest must be light
LIGHT: Final = 0.7  # from which part of the way between its bars and its spaces a module is light
MIRROR: Final = 0.2  # by how much of that way more than its spaces a margin is no paper
BANDS: Final = (-0.075, -0.05, -0.025, 0.0, 0.025, 0.05, 0.075)  # of the code's width, along its bars
SPREADS: Final = (0.96, 0.98, 1.0, 1.02, 1.04)  # how wrong a reader may be about the code's width
BOWS: Final = (-0.07, -0.035, 0.0, 0.035, 0.07)  # how far bars are moved to the middle, on a jar
LEANS: Final = (-0.06, -0.03, 0.0, 0.03, 0.06)  # how far to one side, on a tilted label
FIRST: Final = 0.5  # correlation of the middle band, roughly laid in place
LIKE: Final = 0.72  # correlation from which a band shows the code
AGREEING: Final = 2  # bands that must show it
DOUBT: Final = 0.06  # by so much another digit may seem likelier
PARTS: Final = 4  # of a line that are laid in place one by one, since labels bend

Floats = np.ndarray[Any, np.dtype[np.float32]]

_PATTERNED: Final = ("EAN13", "EAN8", "UPCA")  # digits in the patterns below
# Which of an EAN-13's left half's digits have even parity, by its first digit; highest bit first.
_PARITIES: Final = (0, 11, 13, 14, 19, 25, 28, 21, 22, 26)
# Where the digits stand, in modules; the first half of them has the left half's patterns.
_LONG: Final = [3 + 7 * n for n in range(6)] + [50 + 7 * n for n in range(6)]
_SHORT: Final = [3 + 7 * n for n in range(4)] + [36 + 7 * n for n in range(4)]
# The samples of a digit and its neighbour modules, at seven places around its own.
_WINDOWS: Final = np.arange(-3, 4)[:, None] + np.arange(9 * FINE)


def agree(picture: Picture, symbology: str, text: str, points: Sequence[Sequence[float]]) -> bool | None:
    """True if at least two bands of the code in `points` show these bars, and no digit is likelier another.

    False if they show other digits. None where that cannot be said: bars that cannot be laid in place, of less than a
    pixel a module, or of symbologies that are not EAN, UPC-A or Code 128.
    """
    if symbology == "CODE128":
        return _reads_alike(picture, text, points)
    if symbology not in _PATTERNED:
        return None
    modules = _modules(symbology, text)
    bands = _bands(picture, points, len(modules) - 2 * QUIET)
    if bands is None:
        return None
    wanted = -cv2.GaussianBlur(np.repeat(modules, FINE)[None], (0, 0), FINE * 0.5)
    for way in (bands, bands[:, ::-1].copy()):  # readers differ in where a code begins
        line, agreeing = _fitted(way, wanted)
        if agreeing >= AGREEING:
            return _doubt(line, symbology, modules[QUIET:-QUIET]) <= DOUBT
    return None


def alone(picture: Picture, points: Sequence[Sequence[float]]) -> bool:
    """True if plain paper lies on both sides of the UPC-E in `points`: the left half of an EAN-13 looks like one.

    Lighter than paper is a lamp's mirror, which may hide the other half.
    """
    bands = _bands(picture, points, UPC_E, BESIDE)
    if bands is None:
        return False
    low, high = np.percentile(bands[:, BESIDE * FINE : -BESIDE * FINE], (10, 90), axis=1)
    beside = np.hstack([bands[:, : (BESIDE - 1) * FINE], bands[:, (1 - BESIDE) * FINE :]])
    # In every band: a slanted line leaves the bars at their side, where it is light too.
    bright = (beside.min(1) > low + LIGHT * (high - low)).all()
    return bool(bright and (beside.max(1) < high + MIRROR * (high - low)).all())


@cache
def _patterns() -> Floats:
    """The 20 patterns of the left half's digits, and the 10 of the right half's twice; 1 dark, 0 light."""
    bits = ("0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011")  # fmt: skip
    odd = np.array([[int(bit) for bit in digit] for digit in bits], np.float32)
    right = 1 - odd
    return np.stack([np.concatenate([odd, right[:, ::-1]]), np.concatenate([right, right])])


def _modules(symbology: str, text: str) -> Floats:
    """The bars of an EAN or UPC-A with quiet zones, 1 dark."""
    first, digits = (0, text) if symbology != "EAN13" else (int(text[0]), text[1:])
    middle = len(digits) // 2
    which = [int(digit) for digit in digits]
    for place in range(middle):
        which[place] += 10 * (_PARITIES[first] >> (middle - 1 - place) & 1)
    left, right = _patterns()
    bars = np.zeros(2 * QUIET + 11 + 7 * len(digits), np.float32)
    inside = bars[QUIET:-QUIET]
    inside[[0, 2, -3, -1]] = 1
    centre = 3 + 7 * middle
    inside[3:centre] = left[which[:middle]].ravel()
    inside[[centre + 1, centre + 3]] = 1
    inside[centre + 5 : -3] = right[which[middle:]].ravel()
    return bars


def _reads_alike(picture: Picture, text: str, points: Sequence[Sequence[float]]) -> bool | None:
    """True if most bands of the Code 128 in `points`, each by itself, are read as the text; False if one as another."""
    corners = np.array(points, np.float64)
    wide = float(np.hypot(*((corners[1] + corners[2] - corners[0] - corners[3]) / 2)))
    bands = _bands(picture, points, max(1, min(LONGEST, round(wide / 2))), LONGEST // 16)
    if bands is None:
        return None
    alike = 0
    for band in bands:
        row = np.clip(band, 0, 255).astype(np.uint8)
        codes = zxingcpp.read_barcodes(
            np.repeat(row[None], 8, 0),
            formats=zxingcpp.BarcodeFormat.Code128,
            try_downscale=False,
            try_invert=False,
            text_mode=zxingcpp.TextMode.Plain,
        )
        read = {found["text"] for code in codes if (found := readings.from_zxing(code)) is not None}
        if read - {text}:
            return False
        alike += bool(read)
    return True if 2 * alike > len(bands) else None


def _bands(
    picture: Picture, points: Sequence[Sequence[float]], count: int, margin: int = MARGIN
) -> Floats | None:
    """What light comes from the code along several lines across its bars, FINE samples a module."""
    corners = np.array(points, np.float64)
    start, end = (corners[0] + corners[3]) / 2, (corners[1] + corners[2]) / 2
    along = end - start
    length = float(np.hypot(*along))
    if length < count:
        return None
    across = _bar_direction(picture, start, end)
    steps = (np.arange(-margin * FINE, (count + margin) * FINE) + 0.5) / (count * FINE)
    offsets = np.array([band * length + line for band in BANDS for line in (-1.0, 0.0, 1.0)])
    x, y = (
        (start[axis] + steps * along[axis]).astype(np.float32)[None]
        + (offsets * across[axis]).astype(np.float32)[:, None]
        for axis in (0, 1)
    )
    seen = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    bands: Floats = np.asarray(seen, np.float32).reshape(len(BANDS), 3, -1).mean(1)
    return bands


def _bar_direction(picture: Picture, start: Any, end: Any) -> Any:
    """A unit vector along the bars, from the edges around the line."""
    high, wide = picture.shape
    along = (end - start) / np.hypot(*(end - start))
    upright = np.array([-along[1], along[0]])
    room = 0.08 * float(np.hypot(*(end - start))) + 2
    left, right = int(min(start[0], end[0]) - room), int(max(start[0], end[0]) + room)
    top, bottom = int(min(start[1], end[1]) - room), int(max(start[1], end[1]) + room)
    part = picture[max(0, top) : min(high, bottom) + 1, max(0, left) : min(wide, right) + 1]
    if min(part.shape) < 3:
        return upright
    dx, dy = (cv2.Sobel(part, cv2.CV_32F, *order) for order in ((1, 0), (0, 1)))
    xx, yy, xy = (float(np.vdot(a, b)) for a, b in ((dx, dx), (dy, dy), (dx, dy)))
    angle = 0.5 * np.arctan2(2 * xy, xx - yy)
    across = np.array([-np.sin(angle), np.cos(angle)])
    across = across if float(across @ upright) > 0 else -across
    return across if float(across @ upright) > 0.82 else upright  # else other edges than the bars' were seen


def _fitted(bands: Floats, wanted: Floats) -> tuple[Floats, int]:
    """The mean of the bands that show the code, dark high, laid in place; and how many bands they are."""
    scores, warped = cv2.matchTemplate(bands, wanted, cv2.TM_CCOEFF_NORMED), bands
    if (scores.max(1) >= LIKE).sum() < AGREEING:
        # Not flat: see how the middle band has to be bent.
        places = _warps(bands.shape[1])
        tried = _warped(bands[len(bands) // 2][None], places)
        _, likeness, _, (_, which) = cv2.minMaxLoc(cv2.matchTemplate(tried, wanted, cv2.TM_CCOEFF_NORMED))
        if likeness < FIRST:
            return bands[0], 0
        warped = _warped(bands, np.broadcast_to(places[which], bands.shape))
        scores = cv2.matchTemplate(warped, wanted, cv2.TM_CCOEFF_NORMED)
    good = scores.max(1) >= LIKE
    if not good.any():
        return bands[0], 0
    at = int(scores[good].max(0).argmax())
    line = np.pad(warped[good].mean(0), FINE, mode="edge")[at : at + wanted.shape[1] + 2 * FINE]
    found = _in_place(line, wanted)
    ends = np.partition(found, (len(found) // 20, -len(found) // 20))
    low, high = float(ends[len(found) // 20]), float(ends[-len(found) // 20])
    return (high - found) / max(1.0, high - low), int(good.sum())


@cache
def _warps(length: int) -> Floats:
    """Places along a line, spread and bowed in all the ways that are tried: a round label, seen from near."""
    unit = np.linspace(-1, 1, length)
    lines = []
    for spread in SPREADS:
        for bow in BOWS:
            for lean in LEANS:
                moved = unit * spread + bow * (unit**3 - unit) + lean * (unit**2 - 0.5)
                lines.append((moved + 1) * (length - 1) / 2)
    return np.array(lines, np.float32)


def _warped(bands: Floats, places: Floats) -> Floats:
    rows = np.arange(len(places), dtype=np.float32) if len(bands) > 1 else np.zeros(len(places), np.float32)
    down = np.broadcast_to(rows[:, None], places.shape)
    return np.asarray(
        cv2.remap(
            bands,
            np.ascontiguousarray(places),
            np.ascontiguousarray(down),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.float32,
    )


def _in_place(line: Floats, wanted: Floats) -> Floats:
    """The line (with FINE samples more at both ends) bent so that each part of it fits."""
    length = wanted.shape[1]
    ends = [round(n * length / PARTS) for n in range(PARTS + 1)]
    middles, moves = [], []
    for start, end in pairwise(ends):
        score = cv2.matchTemplate(
            line[None, start : end + 2 * FINE], wanted[:, start:end], cv2.TM_CCOEFF_NORMED
        )
        middles.append((start + end) / 2)
        moves.append(int(score.argmax()))
    places = np.arange(length)
    bent = np.interp(places + np.interp(places, middles, moves), np.arange(len(line)), line)
    return np.asarray(bent, np.float32)


@cache
def _drawn() -> Floats:
    """The patterns as bands show them, by half, module before, module after: blurred, mean 0, length 1.

    A digit is compared with its neighbour modules, whose edges blur into it.
    """
    modules = np.zeros((2, 2, 2, 20, 9), np.float32)
    modules[..., 1:8] = _patterns()[:, None, None]
    modules[:, 1, :, :, 0] = 1
    modules[:, :, 1, :, 8] = 1
    rows = modules.repeat(FINE, -1).reshape(-1, 9 * FINE)
    fine = np.asarray(cv2.GaussianBlur(rows, (0, 0), sigmaX=FINE * 0.5, sigmaY=1e-3), np.float32)
    fine -= fine.mean(1, keepdims=True)
    fine /= np.linalg.norm(fine, axis=1, keepdims=True)
    return fine.reshape(2, 2, 2, 20, 9 * FINE)


def _doubt(profile: Floats, symbology: str, modules: Floats) -> float:
    """How much likelier the likeliest other pattern is, at the digit where it is most so (negative: less)."""
    starts = np.array(_SHORT if symbology == "EAN8" else _LONG)
    half = np.arange(len(starts)) // (len(starts) // 2)
    dark = modules.astype(np.intp)
    claimed = np.stack([modules[start : start + 7] for start in starts])
    right = (_patterns()[half] == claimed[:, None]).all(2)
    windows = profile[(starts + (QUIET - 1))[:, None, None] * FINE + _WINDOWS]
    windows = windows - windows.mean(2, keepdims=True)
    windows /= np.maximum(np.linalg.norm(windows, axis=2, keepdims=True), 1e-6)
    fine = _drawn()[half, dark[starts - 1], dark[starts + 7]]
    scores = (fine @ windows.transpose(0, 2, 1)).max(2)
    others = np.where(right, -1, scores).max(1)
    return float((others - np.where(right, scores, -1).max(1)).max())
