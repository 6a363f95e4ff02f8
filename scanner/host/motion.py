"""Whether anything moves before a camera: the costly search for codes rests while nothing does."""

import math
from typing import Any, Final

import numpy as np

from scanner.host.vision import Picture, cv2

AWAKE: Final = 3.0  # seconds that the search goes on after the last motion
SHARE: Final = 3.0  # of 255: a cell that changed by so much more than the picture's noise has moved
NOISE: Final = 8.0  # times the median change of all cells, above which it is no noise
ALL: Final = 6.0  # of 255: a median change that no sensor's noise has; then most of the picture is new

_CELLS: Final = (40, 30)


class Motion:
    """Compares each frame, shrunk to 40 x 30 cells, with the one in which something last moved.

    So what creeps in too slowly to differ from one frame to the next is seen too.
    """

    def __init__(self) -> None:
        self._reference: np.ndarray[Any, np.dtype[np.int16]] | None = None
        self._moved_at = -math.inf

    def awake(self, picture: Picture, now: float) -> bool:
        """Whether codes should be searched in this grey frame; `now` in seconds of a steady clock."""
        step = max(1, min(picture.shape) // 240)
        cells = cv2.resize(picture[::step, ::step], _CELLS, interpolation=cv2.INTER_AREA).astype(np.int16)
        if self._reference is None or _differs(cells, self._reference):
            self._moved_at, self._reference = now, cells
        return now - self._moved_at <= AWAKE


def _differs(
    cells: np.ndarray[Any, np.dtype[np.int16]], reference: np.ndarray[Any, np.dtype[np.int16]]
) -> bool:
    change = cells - reference
    # A lamp that flickers or an exposure that adapts changes all cells alike: that is no motion.
    change = np.abs(change - np.int16(np.median(change)))
    usual = float(np.median(change))
    return usual > ALL or bool(change.max() > SHARE + NOISE * usual)
