"""A folder of pictures, or a video file, that plays as a camera."""

import os
import time
from pathlib import Path
from typing import Final

from scanner.host import vision
from scanner.host.camera import PACE, Frame
from scanner.host.sources import DeviceError, now_ms
from scanner.host.vision import Picture, cv2

HOLD: Final = 0.6  # seconds that a folder's picture stays in view


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


class VideoFile:
    """Plays a video file once, as fast as it was recorded."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._capture: cv2.VideoCapture | None = None
        self._pace = PACE
        self._due = 0.0
        self._ended = False

    def open(self) -> None:
        """Raises DeviceError if it is no video that can be played."""
        capture = cv2.VideoCapture(str(self._path))
        if not capture.isOpened():
            raise DeviceError("missing", f"{self._path} is no video that can be played.")
        rate = capture.get(cv2.CAP_PROP_FPS)
        self._pace = 1 / rate if rate > 0 else PACE
        self._capture = capture

    def frame(self) -> Frame | None:
        """The next frame; None after the last."""
        assert self._capture is not None
        time.sleep(max(0.0, self._due - time.monotonic()))
        self._due = time.monotonic() + self._pace
        good, picture = self._capture.read()
        self._ended = not good
        if not good:
            return None
        return Frame(vision.to_grey(picture), now_ms(), "")

    def condition(self) -> tuple[str, str]:
        """ok, with a word at the end of the video."""
        return "ok", f"{self._path.name} has ended" if self._ended else ""

    def close(self) -> None:
        """Close the file."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None
