"""The province of an office or outlet: its name, and its map for every page that shows where something is.

`office.toml` and `outlet.toml` name it by `province`: a map of `config/maps`, or a file of their own like those.
"""

from functools import cache
from pathlib import Path

import msgspec

from config.settings import SettingsError

HOME = "ha-tinh"
_MAPS = Path(__file__).parent / "maps"


class Province(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A map in its own units: `sea` and `land` are SVG paths of straight lines, `city` the capital's point."""

    name: str
    city_name: str
    city_name_en: str = ""  # "": as in Vietnamese
    about: str = ""  # how the map was drawn
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


@cache
def province(name: str = HOME) -> Province:
    """A map of `config/maps` by its name, or one in a file by its path, which ends in .json.

    Raises SettingsError: there is no such map, or the file is none.
    """
    path = Path(name) if name.endswith(".json") else _MAPS / f"{name}.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Province)
    except OSError as error:
        known = ", ".join(sorted(file.stem for file in _MAPS.glob("*.json")))
        raise SettingsError(
            f"province: cannot read the map {path} ({error.strerror}); known are {known}, or the path of a .json file like them.",
            vi=f"province: không đọc được bản đồ {path} ({error.strerror}); có sẵn {known}, hoặc đường dẫn một tệp .json như thế.",
        ) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"province: {path} is no map of a province: {error}.",
            vi=f"province: {path} không phải bản đồ của một tỉnh: {error}.",
        ) from error


def beside(config: Path, name: str) -> str:
    """The setting's value with a relative path made absolute: it counts from the configuration file's folder.

    Raises SettingsError as `province` does, with the configuration file's name.
    """
    found = str((config.parent / name).absolute()) if name.endswith(".json") else name
    try:
        province(found)
    except SettingsError as error:
        raise SettingsError(f"{config}: {error}", vi=f"{config}: {error.vi}") from error
    return found
