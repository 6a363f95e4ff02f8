"""How a long-lived process keeps its memory small."""

import ctypes
from typing import Final

# Bytes. Above the 256 KiB that asyncio asks for at every read: a block that is mapped and unmapped for each request
# costs a third of all answers a second.
LARGE: Final = 1024 * 1024
_TRIM_THRESHOLD: Final = -1  # M_TRIM_THRESHOLD in malloc.h
_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8


def give_large_blocks_back() -> None:
    """Keep glibc from holding on to large blocks once they are freed (mallopt(3), M_MMAP_THRESHOLD).

    By itself it raises the limit after the first one: each PIN check's 16 MiB and each picture would stay for
    good. Does nothing where the C library is another.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, LARGE)
        mallopt(_TRIM_THRESHOLD, 2 * LARGE)


def share_arenas(most: int = 2) -> None:
    """Keep glibc from giving each thread a heap of its own (mallopt(3), M_ARENA_MAX): what one thread frees another takes."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, most)
