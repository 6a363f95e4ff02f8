"""Cameras by V4L2: USB cameras, and a Pi's camera modules through libcamera's V4L2 layer.

What a camera can suffer is told here, once; its frames come by OpenCV (`opencv_capture`) or, in light mode, by our
own calls (`v4l2_capture`). No frame is stored.
"""

import errno
import os
import time
from pathlib import Path
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

from scanner.host import camera_options
from scanner.host.camera_options import Options
from scanner.host.sources import DeviceError, now_ms

PACE: Final = 0.1  # seconds between frames that are looked at
SILENT: Final = 5  # seconds that a camera's next frame is waited for
FROZEN: Final = 5.0  # seconds without any change, not even the sensor's noise
DARK: Final = 8.0  # mean grey of 255 below which nothing can be read
BLINDED: Final = 247.0  # mean grey above which nothing can be read

P = TypeVar("P")  # a grey picture: numpy's array, or Pillow's in light mode


class Frame(NamedTuple, Generic[P]):
    """A grey picture, when it was taken (ms UTC), and a name that is the same while one view lasts."""

    picture: P
    at: int
    view: str


class PictureDevice(Protocol[P]):
    """Delivers frames. `frame` answers within about a second, None for nothing to look at."""

    def open(self) -> None: ...
    def frame(self) -> Frame[P] | None: ...
    def condition(self) -> tuple[str, str]: ...
    def close(self) -> None: ...


class Capture(Protocol[P]):
    """What takes pictures from a device file."""

    def open(self, path: Path, options: Options) -> None:
        """Start the stream. Raises OSError."""

    def picture(self) -> P | None:
        """The next picture, None for a garbled one. Raises TimeoutError after SILENT, OSError for no stream."""

    def points(self, picture: P) -> bytes:
        """A sample of its points."""

    def close(self) -> None:
        """Stop the stream; safe at any time."""


class Camera(Generic[P]):
    """A V4L2 camera: `0`, `/dev/video0`, or either with options. Raises DeviceError for a bad option."""

    def __init__(self, device: str, capture: Capture[P]) -> None:
        self._path, self._options = camera_options.split(device)
        self._capture = capture
        self._sound = 0.0  # when a whole picture last came
        self._health = Health()
        self._due = 0.0

    def open(self) -> None:
        """Start the stream. Raises DeviceError."""
        if not self._path.exists():
            raise DeviceError("missing", f"{self._path} is not there; plug the camera in.")
        if not os.access(self._path, os.R_OK | os.W_OK):
            raise DeviceError("error", f"{self._path} may not be used; add this user to the group video.")
        try:
            self._capture.open(self._path.resolve(), self._options)
        except OSError as error:
            if error.errno == errno.ENODEV:
                raise DeviceError(
                    "missing", f"{self._path} was unplugged; plug the camera in again."
                ) from error
            raise DeviceError(
                "busy", f"{self._path} does not start; is another program using the camera?"
            ) from error
        self._sound = time.monotonic()
        self._health = Health()

    def frame(self) -> Frame[P] | None:
        """The next frame, at most one in `PACE`. Raises DeviceError when none comes."""
        time.sleep(max(0.0, self._due - time.monotonic()))
        asked = time.monotonic()
        self._due = asked + PACE
        try:
            picture = self._capture.picture()
        except OSError as error:
            raise self._lost(error) from error
        if picture is None:  # garbled on its way, which happens
            if asked - self._sound >= FROZEN:
                raise DeviceError("frozen", f"{self._path} sends only garbled pictures; check its cable.")
            return None
        self._sound = asked
        self._health.look(self._capture.points(picture), time.monotonic())
        return Frame(picture, now_ms(), "")

    def condition(self) -> tuple[str, str]:
        """ok, frozen, dark or blinded."""
        return self._health.condition

    def close(self) -> None:
        """Stop the stream."""
        self._capture.close()

    def _lost(self, error: OSError) -> DeviceError:
        if not self._path.exists():
            return DeviceError("missing", f"{self._path} was unplugged; plug the camera in again.")
        if isinstance(error, TimeoutError):
            return DeviceError("frozen", f"{self._path} sends no pictures; unplug it and plug it in again.")
        return DeviceError("missing", f"{self._path} sends no pictures; check its cable.")


class Health:
    """Tells from its frames whether a camera really sees something."""

    def __init__(self) -> None:
        self.condition = ("ok", "")
        self._last = b""
        self._changed = 0.0

    def look(self, points: bytes, now: float) -> None:
        """Take a sample of one more frame's grey points into account; `now` in seconds of a steady clock."""
        if points != self._last:
            self._last, self._changed = points, now
        mean = sum(points) / max(1, len(points))
        if now - self._changed >= FROZEN:
            self.condition = (
                "frozen",
                "The picture does not change; unplug the camera and plug it in again.",
            )
        elif mean < DARK:
            self.condition = ("dark", "The picture is black; is the lens covered, or the light off?")
        elif mean > BLINDED:
            self.condition = ("blinded", "The picture is all white; is a lamp or the sun before the camera?")
        else:
            self.condition = ("ok", "")
