"""Cameras: real ones by V4L2, and a folder of pictures that plays as one. No frame is stored."""

import os
import time
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from scanner.host import decoder, vision
from scanner.host.sightings import Sightings
from scanner.host.sources import DeviceError, Read, now_ms
from scanner.host.vision import Picture, cv2

PACE: Final = 0.1  # seconds between frames that are looked at
HOLD: Final = 0.6  # seconds that a folder's picture stays in view
FROZEN: Final = 5.0  # seconds without any change, not even the sensor's noise
DARK: Final = 8.0  # mean grey of 255 below which nothing can be read


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


class Camera:
    """A V4L2 camera by number (`0`) or path (`/dev/video0`)."""

    def __init__(self, device: str) -> None:
        self._path = Path(device if device.startswith("/") else f"/dev/video{device}")
        self._capture: cv2.VideoCapture | None = None
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
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        self._capture = capture
        self._health = Health()

    def frame(self) -> Frame | None:
        """The next frame, at most one in `PACE`. Raises DeviceError when none comes."""
        assert self._capture is not None
        time.sleep(max(0.0, self._due - time.monotonic()))
        self._due = time.monotonic() + PACE
        good, picture = self._capture.read()
        if not good:
            raise DeviceError("missing", f"{self._path} sends no pictures; check its cable.")
        grey = vision.to_grey(picture)
        self._health.look(grey, time.monotonic())
        return Frame(grey, now_ms(), "")

    def condition(self) -> tuple[str, str]:
        """ok, frozen or dark."""
        return self._health.condition

    def close(self) -> None:
        """Stop the stream."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None


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
        else:
            self.condition = ("ok", "")


class FolderCamera:
    """Plays a folder's pictures in the order of their names, each once; new and changed ones follow."""

    def __init__(self, folder: Path, hold: float = HOLD, pace: float = PACE) -> None:
        self._folder = folder
        self._hold = hold
        self._pace = pace
        self._shown: set[str] = set()
        self._current: tuple[Picture, str, float] | None = None  # picture, view, until
        self._detail = ""

    def open(self) -> None:
        """Raises DeviceError if there is no such folder."""
        if not self._folder.is_dir():
            raise DeviceError(
                "missing", f"{self._folder} is no folder; make it, or correct the configuration."
            )

    def frame(self) -> Frame | None:
        """The picture in view, again and again while it stays; None when all have been shown."""
        time.sleep(self._pace)
        if self._current is None or time.monotonic() >= self._current[2]:
            self._current = self._next()
        if self._current is None:
            return None
        return Frame(self._current[0], now_ms(), self._current[1])

    def condition(self) -> tuple[str, str]:
        """ok, with a word on the last file that was no picture."""
        return "ok", self._detail

    def close(self) -> None:
        """Forgets the picture in view, not which ones were shown."""
        self._current = None

    def _next(self) -> tuple[Picture, str, float] | None:
        files = self._files()
        self._shown.intersection_update(view for _, view in files)
        for path, view in files:
            if view in self._shown:
                continue
            self._shown.add(view)
            try:
                picture = vision.load(path)
            except (vision.PictureError, OSError) as error:
                # A file that is still being copied comes again: its view has its size and time in it.
                self._detail = f"{path.name} {error}"
                continue
            return picture, view, time.monotonic() + self._hold
        return None

    def _files(self) -> list[tuple[Path, str]]:
        files = []
        try:
            for entry in os.scandir(self._folder):
                if entry.is_file() and not entry.name.startswith("."):
                    status = entry.stat()
                    files.append((Path(entry.path), f"{entry.name}/{status.st_mtime_ns}/{status.st_size}"))
        except FileNotFoundError:
            if not self._folder.is_dir():
                raise DeviceError("missing", f"{self._folder} has gone.") from None
        return sorted(files)


class Watched:
    """A camera with its decoder: reads the codes that come into view."""

    EVERY = 3  # of the frames without a code, how many pass for each that is looked at thoroughly

    def __init__(self, device: PictureDevice) -> None:
        self._device = device
        self._sightings = Sightings()
        self._misses = 0

    def open(self) -> None:
        """Open the camera. Raises DeviceError."""
        self._device.open()

    def read(self) -> list[Read]:
        """Look at one frame. Raises DeviceError."""
        frame = self._device.frame()
        if frame is None:
            return []
        found = decoder.read(frame.picture, thorough=self._misses % self.EVERY == 0)
        self._misses = 0 if found else self._misses + 1
        now = time.monotonic()
        return [
            Read(code["symbology"], code["text"], code["points"], frame.at)
            for code in found
            if self._sightings.is_new(
                code["text"], frame.view, now, looks=2 if decoder.is_linear(code["symbology"]) else 1
            )
        ]

    def condition(self) -> tuple[str, str]:
        """The camera's."""
        return self._device.condition()

    def close(self) -> None:
        """Close the camera."""
        self._device.close()
