"""Whether anything moves before a camera: the costly search for codes rests while nothing does."""

import math
from collections.abc import Callable
from typing import Final, Generic, TypeVar

AWAKE: Final = 3.0  # seconds that the search goes on after the last motion
SHARE: Final = 3.0  # of 255: a cell that changed by so much more than the picture's noise has moved
NOISE: Final = 8.0  # times the median change of all cells, above which it is no noise
ALL: Final = 6.0  # of 255: a median change that no sensor's noise has; then most of the picture is new
CELLS: Final = (40, 30)  # that a picture is shrunk to, across and down

P = TypeVar("P")  # a grey picture
C = TypeVar("C")  # its cells


class Motion(Generic[P, C]):
    """Compares each frame, shrunk to 40 x 30 cells, with the one in which something last moved.

    So what creeps in too slowly to differ from one frame to the next is seen too.
    """

    def __init__(self, shrunk: Callable[[P], C], changes: Callable[[C, C], tuple[float, float]]) -> None:
        """`changes` are the median and the largest change of the cells, beside a change of all alike: a lamp
        that flickers or an exposure that adapts is no motion."""
        self._shrunk = shrunk
        self._changes = changes
        self._reference: C | None = None
        self._moved_at = -math.inf

    def awake(self, picture: P, now: float) -> bool:
        """Whether codes should be searched in this grey frame; `now` in seconds of a steady clock."""
        cells = self._shrunk(picture)
        if self._reference is None or self._differs(cells, self._reference):
            self._moved_at, self._reference = now, cells
        return now - self._moved_at <= AWAKE

    def _differs(self, cells: C, reference: C) -> bool:
        usual, largest = self._changes(cells, reference)
        return usual > ALL or largest > SHARE + NOISE * usual
