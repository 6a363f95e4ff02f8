"""How a long-lived process keeps its memory small."""

import ctypes
from typing import Final

LARGE: Final = 128 * 1024  # bytes
_MMAP_THRESHOLD: Final = -3  # M_MMAP_THRESHOLD in malloc.h


def give_large_blocks_back() -> None:
    """Keep glibc from holding on to large blocks once they are freed (mallopt(3), M_MMAP_THRESHOLD).

    By itself it raises the limit after the first one: each PIN check's 16 MiB and each picture would stay for
    good. Does nothing where the C library is another.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, LARGE)
