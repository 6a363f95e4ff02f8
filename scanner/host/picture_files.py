"""Pictures as files and bytes, before anything decodes them: what is refused, and why."""

import stat
from pathlib import Path
from typing import Final

MAX_PIXELS: Final = 50_000_000
MAX_BYTES: Final = 64 * 1024 * 1024


class PictureError(ValueError):
    """A file that cannot be read as a picture. The message says why, without the file's name."""


class TooManyPixelsError(PictureError):
    """A picture whose header asks for more than MAX_PIXELS."""

    def __init__(self) -> None:
        super().__init__(f"has more than {MAX_PIXELS // 1_000_000} million pixels; make the picture smaller.")


class NoPictureError(PictureError):
    """Bytes that no decoder knows."""

    def __init__(self) -> None:
        super().__init__("is no picture that can be read; check that it is whole (PNG or JPEG is best).")


def read(path: Path) -> bytes:
    """A file's bytes. Raises PictureError for what cannot be a picture, OSError for no file."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise PictureError("is no file with a picture but a folder or a device.")
    if status.st_size > MAX_BYTES:
        raise PictureError(f"is larger than {MAX_BYTES // 1024 // 1024} MiB; make the picture smaller.")
    data = path.read_bytes()
    if is_cut_off(data):
        raise PictureError("is cut off before its end; copy it again.")
    return data


def is_cut_off(data: bytes) -> bool:
    """True for the first part of a PNG or JPEG, which libraries would fill up with grey and pass."""
    if data.startswith(b"\x89PNG"):
        return b"IEND" not in data[-4096:]
    # Coded data never holds an end marker, so one behind the last scan's start is the real end.
    return data.startswith(b"\xff\xd8") and data.rfind(b"\xff\xd9") < data.rfind(b"\xff\xda")
