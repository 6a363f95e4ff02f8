"""Reads a set of 32-bit numbers in the standard portable Roaring format, in place.

Format: https://github.com/RoaringBitmap/RoaringFormatSpec. A set is cut into containers by the upper
16 bits; each holds the lower 16 as a sorted array, a bitmap, or runs. `Roaring` keeps the bytes it
was given (a memoryview of a mapped file will do) and looks things up inside them, so that 10 million
sold stamps cost no more memory than their file. There is no writer here: the office has its own.
"""

from struct import unpack_from

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_PLAIN = 12346  # first word: no run containers; the count of containers follows
_RUNS = 12347  # first half word: some are; the second half word is their count less one
_OFFSETS_FROM = 4  # with run containers, fewer containers than this carry no offsets
_ARRAY_MOST = 4096  # values an array holds; with more, a container is a bitmap
_BITMAP_BYTES = 8192

_ARRAY, _BITMAP, _RUN = 0, 1, 2


class RoaringError(ValueError):
    """The bytes are no Roaring bitmap; the message says what is wrong with them."""


class Roaring:
    """A read-only set of integers from 0 to 2**32 - 1.

    Raises RoaringError unless header, order of containers, their places, sizes and the end of
    `data` (bytes, bytearray or memoryview) all fit. What stands inside a container is taken as it
    is: such a set can be wrong, but never makes a look-up read outside its container.
    """

    def __init__(self, data: "bytes | bytearray | memoryview") -> None:
        self._data = memoryview(data)
        self._containers: "list[tuple[int, int, int]]" = []  # kind, start, values (runs: their count)
        self._keys: "list[int]" = []
        self._length = 0
        self._read_header()

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> "Iterator[int]":
        """The values, ascending."""
        for i in range(len(self._keys)):
            base = self._keys[i] << 16
            for low in self._lows(*self._containers[i]):
                yield base + low

    def contains(self, value: int) -> bool:
        """Whether `value` is in the set; a value outside of 32 bits is not."""
        key, low = value >> 16, value & 0xFFFF
        i = _last_at_most(self._keys, key)
        if i < 0 or self._keys[i] != key:
            return False
        kind, start, count = self._containers[i]
        if kind == _BITMAP:
            return bool(self._data[start + (low >> 3)] >> (low & 7) & 1)
        if kind == _ARRAY:
            place = self._place(start, 2, count, low)
            return place >= 0 and self._word(place) == low
        place = self._place(start, 4, count, low)
        return place >= 0 and low - self._word(place) <= self._word(place + 2)

    __contains__ = contains

    def _read_header(self) -> None:
        cookie = self._long(0)
        run_flags = 0  # where they stand
        if cookie == _PLAIN:
            count, at = self._long(4), 8
        elif cookie & 0xFFFF == _RUNS:
            count, run_flags = (cookie >> 16) + 1, 4
            at = 4 + (count + 7) // 8
        else:
            raise RoaringError("no Roaring bitmap: it starts with %d" % cookie)
        offsets = at + 4 * count
        with_offsets = not run_flags or count >= _OFFSETS_FROM
        start = offsets + 4 * count if with_offsets else offsets
        self._need(start)
        for i in range(count):
            key, size = unpack_from("<HH", self._data, at + 4 * i)
            if self._keys and key <= self._keys[-1]:
                raise RoaringError("container %d is out of order" % i)
            if with_offsets and self._long(offsets + 4 * i) != start:
                raise RoaringError("container %d is not where its offset says" % i)
            self._length += size + 1
            self._keys.append(key)
            is_run = run_flags and self._data[run_flags + i // 8] >> i % 8 & 1
            start = self._read_container(start, size + 1, bool(is_run))
        if start != len(self._data):
            raise RoaringError("%d bytes after the last container" % (len(self._data) - start))

    def _read_container(self, start: int, values: int, is_run: bool) -> int:
        """Note the container at `start`. Returns where it ends."""
        if is_run:
            self._need(start + 2)
            runs = self._word(start)
            end = start + 2 + 4 * runs
            self._containers.append((_RUN, start + 2, runs))
        elif values > _ARRAY_MOST:
            end = start + _BITMAP_BYTES
            self._containers.append((_BITMAP, start, values))
        else:
            end = start + 2 * values
            self._containers.append((_ARRAY, start, values))
        self._need(end)
        return end

    def _lows(self, kind: int, start: int, count: int) -> "Iterator[int]":
        if kind == _ARRAY:
            for i in range(count):
                yield self._word(start + 2 * i)
        elif kind == _BITMAP:
            for i in range(_BITMAP_BYTES):
                byte = self._data[start + i]
                for bit in range(8):
                    if byte >> bit & 1:
                        yield 8 * i + bit
        else:
            for i in range(count):
                first = self._word(start + 4 * i)
                last = min(first + self._word(start + 4 * i + 2), 0xFFFF)
                yield from range(first, last + 1)

    def _place(self, start: int, step: int, count: int, low: int) -> int:
        """Where the last of `count` ascending words that is at most `low` stands; -1 if none is."""
        below, above = -1, count
        while above - below > 1:
            middle = (below + above) // 2
            if self._word(start + step * middle) <= low:
                below = middle
            else:
                above = middle
        return start + step * below if below >= 0 else -1

    def _need(self, end: int) -> None:
        if end > len(self._data):
            raise RoaringError("cut short: %d bytes where %d or more are due" % (len(self._data), end))

    def _word(self, at: int) -> int:
        return self._data[at] | self._data[at + 1] << 8

    def _long(self, at: int) -> int:
        self._need(at + 4)
        number: int = unpack_from("<I", self._data, at)[0]
        return number


def _last_at_most(ascending: "list[int]", value: int) -> int:
    """Index of the last entry that is at most `value`; -1 if none is."""
    below, above = -1, len(ascending)
    while above - below > 1:
        middle = (below + above) // 2
        if ascending[middle] <= value:
            below = middle
        else:
            above = middle
    return below
