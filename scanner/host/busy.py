"""Where in a picture something is printed finely enough to be a code. A fifth of a millisecond finds nothing."""

from typing import Final, NamedTuple

import numpy as np

from scanner.host.vision import Picture, cv2

BLOCK: Final = 16  # pixels a side of the squares that are judged
LEAST: Final = 60.0  # variance below which a square is plain paper or a wall
BLINDED: Final = 245.0  # mean of a square in which a lamp is mirrored
MOST: Final = 16  # parts; a sheet of labels or a shelf has more than a jar
ABOVE: Final = 3.0  # times the middling square's variance, which is noise in the dark


class Region(NamedTuple):
    """A part of the picture, in pixels."""

    left: int
    top: int
    right: int
    bottom: int
    strength: float  # how much light and dark differ within it, as a standard deviation


def regions(picture: Picture) -> list[Region]:
    """The busiest parts, at most `MOST`, busiest first. Edges alone are not busy: a code fills its squares."""
    every = min(4, max(1, min(picture.shape) // 120))  # a sample of the points tells as much as all
    points = picture[::every, ::every].astype(np.float32)
    side = BLOCK // every
    cells = (max(1, points.shape[1] // side), max(1, points.shape[0] // side))
    mean = cv2.resize(points, cells, interpolation=cv2.INTER_AREA)
    square = cv2.resize(points * points, cells, interpolation=cv2.INTER_AREA)
    variance = np.maximum(square - mean * mean, 0)
    busy = (variance > max(LEAST, ABOVE * float(np.median(variance)))).astype(np.uint8)
    solid = cv2.morphologyEx(busy, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    # A lamp's mirror may cut a code in two.
    near = cv2.dilate(solid, np.ones((5, 5), np.uint8))
    joined = solid | (near & (mean > BLINDED).astype(np.uint8))
    joined = cv2.morphologyEx(joined, cv2.MORPH_CLOSE, np.ones((2, 2), np.uint8))
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    found = []
    for number in range(1, count):
        x, y, wide, high, area = (int(value) for value in boxes[number])
        if min(wide, high) < 2:
            continue
        inside = labels[y : y + high, x : x + wide] == number  # a turned code's corners are paper
        strength = float(np.sqrt(np.median(variance[y : y + high, x : x + wide][inside])))
        pixels = BLOCK  # a cell may be a little larger than BLOCK where the picture ends
        across, down = picture.shape[1] / cells[0], picture.shape[0] / cells[1]
        found.append(
            (
                strength * area,
                Region(
                    max(0, int(x * across) - pixels),
                    max(0, int(y * down) - pixels),
                    min(picture.shape[1], int((x + wide) * across) + pixels),
                    min(picture.shape[0], int((y + high) * down) + pixels),
                    strength,
                ),
            )
        )
    return [region for _, region in sorted(found, reverse=True)[:MOST]]
