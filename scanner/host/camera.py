"""Cameras by V4L2: USB cameras, and a Pi's camera modules through libcamera's V4L2 layer.

A device is a number or path, with options behind a `?`: `0?size=1280x720&format=YUYV&rotate=180`.
No frame is stored.
"""

import os
import time
from pathlib import Path
from typing import Final, NamedTuple, Protocol
from urllib.parse import parse_qsl

from scanner.host import vision
from scanner.host.sources import DeviceError, now_ms
from scanner.host.vision import Picture, cv2

PACE: Final = 0.1  # seconds between frames that are looked at
FROZEN: Final = 5.0  # seconds without any change, not even the sensor's noise
DARK: Final = 8.0  # mean grey of 255 below which nothing can be read
BLINDED: Final = 247.0  # mean grey above which nothing can be read

_TURNS: Final = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
_HELP: Final = (
    "write NUMBER or /dev/videoN, and behind a ? any of size=1280x720, format=MJPG or YUYV, exposure=N, "
    "focus=N (both left out: automatic), rotate=90, 180 or 270, region=LEFT,TOP,WIDTH,HEIGHT"
)


class Frame(NamedTuple):
    """A grey picture, when it was taken (ms UTC), and a name that is the same while one view lasts."""

    picture: Picture
    at: int
    view: str


class PictureDevice(Protocol):
    """Delivers frames. `frame` answers within about a second, None for nothing to look at."""

    def open(self) -> None: ...
    def frame(self) -> Frame | None: ...
    def condition(self) -> tuple[str, str]: ...
    def close(self) -> None: ...


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
        sound = not values and options.format in ("MJPG", "YUYV") and options.rotate in (0, *_TURNS)
        whole = corners is None or (len(corners) == 4 and min(corners) >= 0 and min(corners[2:]) > 0)
        if not sound or not whole or min(options.size) < 1:
            raise DeviceError("error", f"{query}: {_HELP}.")
        return options

    def view(self, picture: Picture) -> Picture:
        """The part of a grey frame that is looked at, the right way up."""
        if self.region is not None:
            left, top, width, height = self.region
            part = picture[top : top + height, left : left + width]
            picture = part if part.size else picture  # a region outside the picture is no region
        return cv2.rotate(picture, _TURNS[self.rotate]) if self.rotate else picture


class Camera:
    """A V4L2 camera: `0`, `/dev/video0`, or either with options. Raises DeviceError for a bad option."""

    def __init__(self, device: str) -> None:
        name, _, query = device.partition("?")
        self._path = Path(name if name.startswith("/") else f"/dev/video{name}")
        self._options = Options.read(query)
        self._capture: cv2.VideoCapture | None = None
        self._coded = False  # it sends JPEGs
        self._sound = 0.0  # when a whole picture last came
        self._health = Health()
        self._due = 0.0

    def open(self) -> None:
        """Start the stream. Raises DeviceError."""
        if not self._path.exists():
            raise DeviceError("missing", f"{self._path} is not there; plug the camera in.")
        if not os.access(self._path, os.R_OK | os.W_OK):
            raise DeviceError("error", f"{self._path} may not be used; add this user to the group video.")
        capture = cv2.VideoCapture(str(self._path.resolve()), cv2.CAP_V4L2)
        if not capture.isOpened():
            raise DeviceError("busy", f"{self._path} does not start; is another program using the camera?")
        self._set(capture)
        self._capture = capture
        self._sound = time.monotonic()
        self._health = Health()

    def frame(self) -> Frame | None:
        """The next frame, at most one in `PACE`. Raises DeviceError when none comes."""
        assert self._capture is not None
        time.sleep(max(0.0, self._due - time.monotonic()))
        self._due = time.monotonic() + PACE
        asked = time.monotonic()
        good, picture = self._capture.read()
        if not good and not self._path.exists():
            raise DeviceError("missing", f"{self._path} was unplugged; plug the camera in again.")
        if not good and time.monotonic() - asked >= vision.SILENT:
            raise DeviceError("frozen", f"{self._path} sends no pictures; unplug it and plug it in again.")
        if not good:
            raise DeviceError("missing", f"{self._path} sends no pictures; check its cable.")
        whole = vision.decode(picture.tobytes()) if self._coded else vision.to_grey(picture)
        if whole is None:  # garbled on its way, which happens
            if asked - self._sound >= FROZEN:
                raise DeviceError("frozen", f"{self._path} sends only garbled pictures; check its cable.")
            return None
        self._sound = asked
        grey = self._options.view(whole)
        self._health.look(grey, time.monotonic())
        return Frame(grey, now_ms(), "")

    def condition(self) -> tuple[str, str]:
        """ok, frozen, dark or blinded."""
        return self._health.condition

    def close(self) -> None:
        """Stop the stream."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    def _set(self, capture: cv2.VideoCapture) -> None:
        """Ask for what the options say; a camera that cannot do one of them goes on as it does."""
        options = self._options
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*options.format))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, options.size[0])
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, options.size[1])
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        if options.exposure is not None:
            capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, 1)  # V4L2_EXPOSURE_MANUAL
            capture.set(cv2.CAP_PROP_EXPOSURE, options.exposure)
        if options.focus is not None:
            capture.set(cv2.CAP_PROP_AUTOFOCUS, 0)
            capture.set(cv2.CAP_PROP_FOCUS, options.focus)
        # JPEGs are decoded here, grey at once, because OpenCV passes a garbled one as a picture of old memory.
        self._coded = capture.get(cv2.CAP_PROP_FOURCC) == cv2.VideoWriter.fourcc(*"MJPG")
        if self._coded:
            capture.set(cv2.CAP_PROP_CONVERT_RGB, 0)


class Health:
    """Tells from its frames whether a camera really sees something."""

    def __init__(self) -> None:
        self.condition = ("ok", "")
        self._last = b""
        self._changed = 0.0

    def look(self, picture: Picture, now: float) -> None:
        """Take one more grey frame into account; `now` in seconds of a steady clock."""
        sample = picture[::16, ::16]
        points = sample.tobytes()
        if points != self._last:
            self._last, self._changed = points, now
        if now - self._changed >= FROZEN:
            self.condition = (
                "frozen",
                "The picture does not change; unplug the camera and plug it in again.",
            )
        elif sample.mean() < DARK:
            self.condition = ("dark", "The picture is black; is the lens covered, or the light off?")
        elif sample.mean() > BLINDED:
            self.condition = ("blinded", "The picture is all white; is a lamp or the sun before the camera?")
        else:
            self.condition = ("ok", "")


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)
