"""The readers of pictures by name: ours, which is the default, and each library's alone."""

from collections.abc import Callable
from typing import Final

from config.exits import USAGE, CommandError
from scanner.host import libraries, search
from scanner.host.libraries import Read
from scanner.host.readings import Believed

BEST: Final = "best"

_ALONE: Final[dict[str, Callable[[], Read]]] = {
    "zxing-cpp": libraries.zxing,
    "pyzbar": libraries.zbar,
    "opencv": libraries.opencv,
    "tapirscan": libraries.tapirscan,
}
NAMES: Final = (BEST, *_ALONE)


def stills(name: str = BEST) -> Read:
    """A reader of pictures that have nothing to do with each other. Raises CommandError for an unknown name."""
    if name == BEST:
        return lambda picture: search.Search(search.STILL).look(picture)
    return _careful(_alone(name))


def frames(name: str = BEST) -> Read:
    """A reader of one camera's frames, one after another. Raises CommandError for an unknown name."""
    return search.Search(search.FRAME).look if name == BEST else Believed(_careful(_alone(name))).read


def _alone(name: str) -> Read:
    if name not in _ALONE:
        raise CommandError(
            f"{name}: no such reader of pictures; there are {', '.join(NAMES)}.",
            USAGE,
            vi=f"{name}: không có bộ đọc ảnh này; chỉ có {', '.join(NAMES)}.",
        )
    return _ALONE[name]()


def _careful(read: Read) -> Read:
    """Libraries differ in what they make of a picture of no size."""
    return lambda picture: read(picture) if picture.ndim == 2 and min(picture.shape) >= 8 else []
