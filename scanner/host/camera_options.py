"""How a camera is set: what stands behind the `?` of its device, `0?size=1280x720&format=YUYV&rotate=180`."""

from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

from scanner.host.sources import DeviceError

FORMATS: Final = ("MJPG", "YUYV", "GREY")
_HELP: Final = (
    "write NUMBER or /dev/videoN, and behind a ? any of size=1280x720, format=MJPG, YUYV or GREY, exposure=N, "
    "focus=N (both left out: automatic), rotate=90, 180 or 270, region=LEFT,TOP,WIDTH,HEIGHT"
)


class Options(NamedTuple):
    """How a camera is set. Defaults suit common USB cameras and the Pi's camera modules 2 and 3: MJPG
    carries 1280 x 720 over USB 2, focus and exposure are left to the camera."""

    size: tuple[int, int] = (1280, 720)  # width and height asked for; a camera gives the nearest it has
    format: str = "MJPG"
    exposure: int | None = None  # in the driver's units; None: automatic
    focus: int | None = None  # likewise
    rotate: int = 0  # degrees clockwise: 0, 90, 180, 270
    region: tuple[int, int, int, int] | None = None  # left, top, width, height of the part looked at

    @classmethod
    def read(cls, query: str) -> "Options":
        """From `size=640x480&rotate=90`. Raises DeviceError, saying what can be written."""
        values: dict[str, str] = dict(parse_qsl(query, keep_blank_values=True))
        try:
            width, height = map(int, values.pop("size", "1280x720").split("x"))
            region = values.pop("region", None)
            corners = None if region is None else tuple(map(int, region.split(",")))
            options = cls(
                size=(width, height),
                format=values.pop("format", "MJPG"),
                exposure=_number(values.pop("exposure", None)),
                focus=_number(values.pop("focus", None)),
                rotate=int(values.pop("rotate", "0")),
                region=corners,  # type: ignore[arg-type]  # its length is checked below
            )
        except ValueError:
            raise DeviceError("error", f"{query}: {_HELP}.") from None
        sound = not values and options.format in FORMATS and options.rotate in (0, 90, 180, 270)
        whole = corners is None or (len(corners) == 4 and min(corners) >= 0 and min(corners[2:]) > 0)
        if not sound or not whole or min(options.size) < 1:
            raise DeviceError("error", f"{query}: {_HELP}.")
        return options

    def part(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Left, top, right, bottom of what is looked at in a frame; all of it if the region lies outside."""
        if self.region is None or self.region[0] >= width or self.region[1] >= height:
            return 0, 0, width, height
        left, top, wide, high = self.region
        return left, top, min(width, left + wide), min(height, top + high)


def split(device: str) -> tuple[Path, Options]:
    """The device file and options of `0`, `/dev/video0`, or either with options. Raises DeviceError."""
    name, _, query = device.partition("?")
    return Path(name if name.startswith("/") else f"/dev/video{name}"), Options.read(query)


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)
