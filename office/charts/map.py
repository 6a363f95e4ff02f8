"""A map of places in a province: a circle for each, its area by a figure."""

import re
from collections.abc import Callable, Sequence
from math import sqrt
from typing import NamedTuple

from config.province import Province
from office.charts.shapes import Area, Dot, Drawing, Mark, Shape, Text, cut

_LARGEST, _SMALLEST = 0.05, 4.0  # radius: of the map's width, px


class Place(NamedTuple):
    """A place and its figure; degrees × 100,000."""

    name: str
    lat_e5: int
    lon_e5: int
    value: float
    link: str = ""


def places(
    title: str,
    province: Province,
    found: Sequence[Place],
    said: Callable[[float], str],
    width: int,
    named: int = 6,
) -> Drawing:
    """The largest `named` bear their names. Places off the map are left out."""
    scale = width / province.width
    height = province.height * scale
    most = max([1.0, *(place.value for place in found)])

    def at(x: float, y: float) -> tuple[float, float]:
        return round(x * scale, 1), round(y * scale, 1)

    ground: list[Shape] = [
        Area([at(*point) for point in _corners(province.sea)], "sea"),
        Area([at(*point) for point in _corners(province.land)], "land"),
    ]
    marks = []
    for number, place in enumerate(sorted(found, key=lambda place: -place.value)):
        point = province.point(place.lat_e5 / 1e5, place.lon_e5 / 1e5)
        if point is None:
            continue
        x, y = at(*point)
        radius = max(_SMALLEST, sqrt(max(0.0, place.value) / most) * _LARGEST * width)
        shapes: list[Shape] = [Dot(x, y, radius, "place" if place.value > 0 else "place-none")]
        if number < named:
            right = x < width * 0.55
            room = (width - x if right else x) - radius - 6
            shapes.append(
                Text(
                    x + (radius + 4) * (1 if right else -1),
                    y + 4,
                    cut(place.name, room * 0.85),
                    "place-name",
                    "start" if right else "end",
                )
            )
        marks.append(Mark(f"{place.name}: {said(place.value)}", shapes, place.link))
    return Drawing(title, width, height, ground, marks)


def _corners(path: str) -> list[tuple[float, float]]:
    """The corners of an SVG path of straight lines: M, L, H, V and z, not relative."""
    found: list[tuple[float, float]] = []
    x = y = 0.0
    for command, numbers in re.findall(r"([MLHV])([^MLHVz]*)", path):
        values = [float(number) for number in re.findall(r"-?[0-9.]+", numbers)]
        if command in "ML":
            x, y = values
        elif command == "H":
            (x,) = values
        else:
            (y,) = values
        found.append((x, y))
    return found
