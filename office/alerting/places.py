"""Outlets on the province's map: numbered marks, as an alert's page draws them."""

from collections.abc import Iterable
from typing import NamedTuple

from config.province import Province


class Place(NamedTuple):
    """Where something is: its code, its name, and degrees × 100,000 where they are known."""

    code: str
    name: str
    lat_e5: int | None
    lon_e5: int | None


class Mark(NamedTuple):
    """A place on the map, numbered from 1 on; the middle of its mark in the map's units."""

    number: int
    code: str
    name: str
    x: float
    y: float


def marks(province: Province, places: Iterable[Place]) -> list[Mark]:
    """Each place that is on the map once, in the order given."""
    found: dict[str, Mark] = {}
    for place in places:
        if place.code in found or place.lat_e5 is None or place.lon_e5 is None:
            continue
        point = province.point(place.lat_e5 / 100_000, place.lon_e5 / 100_000)
        if point is not None:
            found[place.code] = Mark(len(found) + 1, place.code, place.name, *point)
    return list(found.values())
