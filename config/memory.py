"""How a long-lived process keeps its memory small."""

import ctypes
import mmap
import struct
import sys
from collections.abc import Iterator
from typing import Any, Final

# Bytes. Above the 256 KiB that asyncio asks for at every read: a block that is mapped and unmapped for each request
# costs a third of all answers a second.
LARGE: Final = 1024 * 1024
_TRIM_THRESHOLD: Final = -1  # M_TRIM_THRESHOLD in malloc.h
_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8
_HEAD: Final = struct.Struct("=4s28xQ14xHH")  # Elf64_Ehdr: e_ident, e_phoff, e_phentsize, e_phnum
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


class _Debug(ctypes.Structure):
    """The beginning of r_debug in link.h: what the loader tells debuggers."""

    _fields_ = (("version", ctypes.c_int), ("first", ctypes.c_void_p))


class _Library(ctypes.Structure):
    """link_map of dlinfo(3)."""

    _fields_ = (
        ("base", ctypes.c_size_t),
        ("name", ctypes.c_char_p),
        ("dynamic", ctypes.c_void_p),
        ("next", ctypes.c_void_p),
    )


def unmap_libraries() -> None:
    """Give back the pages of code and tables that libraries have touched; what is used again comes back by itself.

    Loading alone touches all of their relocations. The pages stay in the kernel's cache while it has room for them,
    so this takes a millisecond and the return a page fault for each 64 KiB. Only segments that are never written are
    named: MADV_DONTNEED would undo what was. Does nothing where there is no ELF of 64 bits, or no glibc.

    The loader's own list is walked. dl_iterate_phdr(3) would hold the loader's lock while it calls us, and an import in
    another thread waits for that one with Python's.
    """
    libc: Any = ctypes.CDLL(None)
    try:
        debug = _Debug.in_dll(libc, "_r_debug")
    except ValueError:
        return
    if sys.maxsize < 2**32 or not debug.first:
        return
    libc.madvise.argtypes = (ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int)
    # The first is the program itself, whose headers need not lie at its base.
    at = _Library.from_address(debug.first).next
    while at:
        library = _Library.from_address(at)
        for start, size in _never_written(library.base):
            page = start // mmap.PAGESIZE * mmap.PAGESIZE
            libc.madvise(page, start + size - page, _NOT_NEEDED)
        at = library.next


def _never_written(base: int) -> Iterator[tuple[int, int]]:
    """(address, bytes) of the segments of a library that are never written."""
    head = ctypes.string_at(base, _HEAD.size)
    magic, offset, entry, count = _HEAD.unpack(head)
    if magic != b"\x7fELF" or entry != _SEGMENT.size:
        return
    for kind, flags, _, address, _, size, _, _ in _SEGMENT.iter_unpack(
        ctypes.string_at(base + offset, count * entry)
    ):
        if kind == _LOADED and not flags & _WRITABLE:
            yield base + address, size
