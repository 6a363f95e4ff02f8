"""A folder of pictures that plays as a camera."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Generic

from scanner.host import picture_files
from scanner.host.camera import PACE, Frame, P
from scanner.host.sources import DeviceError, now_ms

HOLD: Final = 0.6  # seconds that a folder's picture stays in view


class FolderCamera(Generic[P]):
    """Plays a folder's pictures in the order of their names, each once; new and changed ones follow."""

    def __init__(
        self, folder: Path, load: Callable[[Path], P], hold: float = HOLD, pace: float = PACE
    ) -> None:
        self._folder = folder
        self._load = load
        self._hold = hold
        self._pace = pace
        self._shown: set[str] = set()
        self._current: tuple[P, str, float] | None = None  # picture, view, until
        self._detail = ""

    def open(self) -> None:
        """Raises DeviceError if there is no such folder."""
        if not self._folder.is_dir():
            raise DeviceError(
                "missing", f"{self._folder} is no folder; make it, or correct the configuration."
            )

    def frame(self) -> Frame[P] | None:
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

    def _next(self) -> tuple[P, str, float] | None:
        files = self._files()
        self._shown.intersection_update(view for _, view in files)
        for path, view in files:
            if view in self._shown:
                continue
            self._shown.add(view)
            try:
                picture = self._load(path)
            except (picture_files.PictureError, OSError) as error:
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
