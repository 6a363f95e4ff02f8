"""A camera's pictures by OpenCV's own V4L2 calls."""

import time
from pathlib import Path
from typing import Final

from scanner.host import vision
from scanner.host.camera import SILENT
from scanner.host.camera_options import Options
from scanner.host.vision import Picture, cv2

_TURNS: Final = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


class OpenCVCapture:
    """`scanner.host.camera.Capture` with numpy's arrays."""

    def __init__(self) -> None:
        self._options = Options()
        self._capture: cv2.VideoCapture | None = None
        self._coded = False  # it sends JPEGs

    def open(self, path: Path, options: Options) -> None:
        """Start the stream. Raises OSError."""
        capture = cv2.VideoCapture(str(path), cv2.CAP_V4L2)
        if not capture.isOpened():
            raise OSError(f"{path} does not start")
        self._options = options
        self._set(capture)
        self._capture = capture

    def picture(self) -> Picture | None:
        """The next picture, None for a garbled one. Raises TimeoutError after SILENT, OSError for no stream."""
        assert self._capture is not None
        asked = time.monotonic()
        good, frame = self._capture.read()
        if not good:
            raise TimeoutError if time.monotonic() - asked >= SILENT else OSError
        whole = vision.decode(frame.tobytes()) if self._coded else vision.to_grey(frame)
        return None if whole is None else view(whole, self._options)

    def points(self, picture: Picture) -> bytes:
        """Every sixteenth point of every sixteenth line."""
        return picture[::16, ::16].tobytes()

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


def view(picture: Picture, options: Options) -> Picture:
    """The part of a grey frame that is looked at, the right way up."""
    left, top, right, bottom = options.part(picture.shape[1], picture.shape[0])
    part = picture[top:bottom, left:right]
    return cv2.rotate(part, _TURNS[options.rotate]) if options.rotate else part
