"""OpenCV, loaded once and with limits: import this module instead of `cv2`.

The limits are read while the libraries load, so they stand before the imports: a picture's header
may not ask for more pixels than `MAX_PIXELS`, and numpy's linear algebra keeps no threads of its own.
"""

import os
from pathlib import Path
from typing import Any

from scanner.host import picture_files
from scanner.host.camera import SILENT
from scanner.host.motion import CELLS
from scanner.host.picture_files import MAX_PIXELS, NoPictureError, TooManyPixelsError

os.environ["OPENCV_IO_MAX_IMAGE_PIXELS"] = str(MAX_PIXELS)
os.environ["OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT"] = str(SILENT)
os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import cv2 as cv2
import numpy as np

cv2.setNumThreads(1)

Picture = np.ndarray[Any, np.dtype[np.uint8]]
Cells = np.ndarray[Any, np.dtype[np.int16]]


def load(path: Path) -> Picture:
    """The picture in a file, in grey. Raises PictureError for anything else, OSError for no file."""
    data = picture_files.read(path)
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE) if data else None
    except cv2.error as error:
        if "pixels" in str(error).lower():
            raise TooManyPixelsError from None
        picture = None
    if picture is None or picture.size == 0:
        raise NoPictureError
    return np.asarray(picture, np.uint8)


def decode(data: bytes) -> Picture | None:
    """A camera's JPEG in grey; None if it is cut off or no JPEG."""
    if not data.startswith(b"\xff\xd8") or picture_files.is_cut_off(data):
        return None
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    except cv2.error:
        return None
    return None if picture is None else np.asarray(picture, np.uint8)


def to_grey(frame: Picture) -> Picture:
    """A camera's frame (colour, BGR) in grey."""
    return frame if frame.ndim == 2 else np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), np.uint8)


def shrunk(picture: Picture) -> Cells:
    """A grey picture's cells, for `scanner.host.motion`."""
    step = max(1, min(picture.shape) // 240)
    cells = cv2.resize(picture[::step, ::step], CELLS, interpolation=cv2.INTER_AREA)
    return np.asarray(cells, np.int16)


def changes(cells: Cells, reference: Cells) -> tuple[float, float]:
    """The median and the largest change of cells, beside a change of all alike."""
    change = cells - reference
    change = np.abs(change - np.int16(np.median(change)))
    return float(np.median(change)), float(change.max())
