"""OpenCV, loaded once and with limits: import this module instead of `cv2`.

The limits are read while the libraries load, so they stand before the imports: a picture's header
may not ask for more pixels than `MAX_PIXELS`, and numpy's linear algebra keeps no threads of its own.
"""

import os
import stat
from pathlib import Path
from typing import Any, Final

MAX_PIXELS: Final = 50_000_000
MAX_BYTES: Final = 64 * 1024 * 1024
SILENT: Final = 5  # seconds that OpenCV waits for a camera's frame

os.environ["OPENCV_IO_MAX_IMAGE_PIXELS"] = str(MAX_PIXELS)
os.environ["OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT"] = str(SILENT)
os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import cv2 as cv2  # noqa: E402  (after the limits)
import numpy as np  # noqa: E402

cv2.setNumThreads(1)

Picture = np.ndarray[Any, np.dtype[np.uint8]]


class PictureError(ValueError):
    """A file that cannot be read as a picture. The message says why, without the file's name."""


def load(path: Path) -> Picture:
    """The picture in a file, in grey. Raises PictureError for anything else, OSError for no file."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise PictureError("is no file with a picture but a folder or a device.")
    if status.st_size > MAX_BYTES:
        raise PictureError(f"is larger than {MAX_BYTES // 1024 // 1024} MiB; make the picture smaller.")
    data = path.read_bytes()
    if _is_cut_off(data):
        raise PictureError("is cut off before its end; copy it again.")
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE) if data else None
    except cv2.error as error:
        if "pixels" in str(error).lower():
            raise PictureError(
                f"has more than {MAX_PIXELS // 1_000_000} million pixels; make the picture smaller."
            ) from None
        picture = None
    if picture is None or picture.size == 0:
        raise PictureError("is no picture that can be read; check that it is whole (PNG or JPEG is best).")
    return np.asarray(picture, np.uint8)


def _is_cut_off(data: bytes) -> bool:
    """True for the first part of a PNG or JPEG, which OpenCV would fill up with grey and pass."""
    if data.startswith(b"\x89PNG"):
        return b"IEND" not in data[-4096:]
    # Coded data never holds an end marker, so one behind the last scan's start is the real end.
    return data.startswith(b"\xff\xd8") and data.rfind(b"\xff\xd9") < data.rfind(b"\xff\xda")


def decode(data: bytes) -> Picture | None:
    """A camera's JPEG in grey; None if it is cut off or no JPEG."""
    if not data.startswith(b"\xff\xd8") or _is_cut_off(data):
        return None
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    except cv2.error:
        return None
    return None if picture is None else np.asarray(picture, np.uint8)


def to_grey(frame: Picture) -> Picture:
    """A camera's frame (colour, BGR) in grey."""
    return frame if frame.ndim == 2 else np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), np.uint8)
