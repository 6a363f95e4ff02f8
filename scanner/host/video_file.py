"""A video file that plays as a camera."""

import time
from pathlib import Path

from scanner.host import vision
from scanner.host.camera import PACE, Frame
from scanner.host.sources import DeviceError, now_ms
from scanner.host.vision import Picture, cv2


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

    def frame(self) -> Frame[Picture] | None:
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
