"""The province's map, for every page that shows where something is: outlines, and where a place lies on it."""

import json
from pathlib import Path
from typing import Any, NamedTuple

_FILE = Path(__file__).parent / "maps" / "ha-tinh.json"


class Province(NamedTuple):
    """A map in its own units: `sea` and `land` are SVG paths, `city` the capital's point."""

    name: str
    west: float
    north: float
    across: float  # units a degree of longitude
    down: float  # units a degree of latitude
    width: float
    height: float
    sea: str
    land: str
    city: tuple[float, float]

    def point(self, lat: float, lon: float) -> tuple[float, float] | None:
        """(x, y) of a place in degrees; None for one that is off the map."""
        x, y = (lon - self.west) * self.across, (self.north - lat) * self.down
        return (round(x, 1), round(y, 1)) if 0 <= x <= self.width and 0 <= y <= self.height else None


def province() -> Province:
    """The map of `config/maps`."""
    told: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    told.pop("about")
    return Province(**told | {"city": tuple(told["city"])})
