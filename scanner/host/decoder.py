"""The readers of pictures by name: ours, which is the default, and each library's alone."""

from collections.abc import Callable
from typing import Final

from config.exits import USAGE, CommandError
from scanner.host import readings, search
from scanner.host.readings import Read, Reading
from scanner.host.vision import Picture

BEST: Final = "best"

_ALONE: Final[dict[str, Callable[[], Read]]] = {
    "zxing-cpp": readings.zxing,
    "pyzbar": readings.zbar,
    "opencv": readings.opencv,
    "tapirscan": readings.tapirscan,
}
NAMES: Final = (BEST, *_ALONE)


def stills(name: str = BEST) -> Read:
    """A reader of pictures that have nothing to do with each other. Raises CommandError for an unknown name."""
    if name == BEST:
        return lambda picture: search.Search(search.STILL).look(picture)
    return _careful(_alone(name))


class Frames:
    """A reader of one camera's frames, one after another. Raises CommandError for an unknown name."""

    def __init__(self, name: str = BEST) -> None:
        self._ours = search.Search(search.FRAME) if name == BEST else None
        self._alone = None if name == BEST else _careful(_alone(name))
        self._before: set[str] = set()

    def read(self, picture: Picture) -> list[Reading]:
        """The codes in the next frame. A library alone is believed a bar code when two frames show it."""
        if self._ours is not None:
            return self._ours.look(picture)
        assert self._alone is not None
        found = self._alone(picture)
        before, self._before = self._before, {code["text"] for code in found}
        return [code for code in found if not readings.is_linear(code["symbology"]) or code["text"] in before]


def _alone(name: str) -> Read:
    if name not in _ALONE:
        raise CommandError(f"{name}: no such reader of pictures; there are {', '.join(NAMES)}.", USAGE)
    return _ALONE[name]()


def _careful(read: Read) -> Read:
    """Libraries differ in what they make of a picture of no size."""
    return lambda picture: read(picture) if picture.ndim == 2 and min(picture.shape) >= 8 else []
