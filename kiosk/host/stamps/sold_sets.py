"""A sold set on the device: the base as the office packed it, and beside it what deltas have changed.

Unpacking ten million stamps to change one would take a Pi seconds; so the base stays as it is.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable

from sync.roaring import Roaring


class SoldSet:
    """`base`, without `removed`, with `added` (ascending ordinals, four bytes each)."""

    def __init__(self, base: Roaring, added: bytes, removed: bytes) -> None:
        self._base = base
        self._added, self._removed = array("I", added), array("I", removed)

    def contains(self, ordinal: int) -> bool:
        """Whether the stamp is in the set."""
        if self._added and _holds(self._added, ordinal):
            return True
        return self._base.contains(ordinal) and not (self._removed and _holds(self._removed, ordinal))


def changed(added: bytes, removed: bytes, more: Iterable[int], less: Iterable[int]) -> tuple[bytes, bytes]:
    """(added, removed) after one delta more, that adds `more` and removes `less`."""
    plus, minus = set(array("I", added)), set(array("I", removed))
    more, less = set(more), set(less)
    plus, minus = (plus - less) | more, (minus - more) | less
    return array("I", sorted(plus)).tobytes(), array("I", sorted(minus)).tobytes()


def _holds(ascending: "array[int]", ordinal: int) -> bool:
    place = bisect_left(ascending, ordinal)
    return place < len(ascending) and ascending[place] == ordinal
