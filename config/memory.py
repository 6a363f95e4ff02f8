"""How a long-lived process keeps its memory small."""

import ctypes
import mmap
import struct
import sys
from typing import Any, Final

# Bytes. Above the 256 KiB that asyncio asks for at every read: a block that is mapped and unmapped for each request
# costs a third of all answers a second.
LARGE: Final = 1024 * 1024
_TRIM_THRESHOLD: Final = -1  # M_TRIM_THRESHOLD in malloc.h
_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8
_SEGMENT: Final = struct.Struct("IIQQQQQQ")  # Elf64_Phdr of elf(5)
_LOADED: Final = 1  # PT_LOAD
_WRITABLE: Final = 2  # PF_W
_NOT_NEEDED: Final = 4  # MADV_DONTNEED in sys/mman.h


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


class _Library(ctypes.Structure):
    """The beginning of dl_phdr_info of dl_iterate_phdr(3)."""

    _fields_ = (
        ("base", ctypes.c_size_t),
        ("name", ctypes.c_char_p),
        ("segments", ctypes.c_void_p),
        ("count", ctypes.c_uint16),
    )


def unmap_libraries() -> None:
    """Give back the pages of code and tables that libraries have touched; what is used again comes back by itself.

    Loading alone touches all of their relocations. The pages stay in the kernel's cache while it has room for them,
    so this takes a millisecond and the return a page fault for each 64 KiB. Only segments that are never written are
    named: MADV_DONTNEED would undo what was. Does nothing where there is no ELF of 64 bits.
    """
    libc: Any = ctypes.PyDLL(None)  # keeps Python's lock, so that no import stands in the loader's meanwhile
    if not hasattr(libc, "dl_iterate_phdr") or sys.maxsize < 2**32:
        return
    libc.madvise.argtypes = (ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int)

    def each(found: Any, _size: int, _data: object) -> int:
        library = found.contents
        segments = ctypes.string_at(library.segments, library.count * _SEGMENT.size)
        for kind, flags, _, address, _, size, _, _ in _SEGMENT.iter_unpack(segments):
            if kind == _LOADED and not flags & _WRITABLE:
                start = library.base + address
                page = start // mmap.PAGESIZE * mmap.PAGESIZE
                libc.madvise(page, start + size - page, _NOT_NEEDED)
        return 0

    callback = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Library), ctypes.c_size_t, ctypes.c_void_p)
    libc.dl_iterate_phdr(callback(each), None)
