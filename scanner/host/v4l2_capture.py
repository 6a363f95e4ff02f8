"""A camera's pictures by our own V4L2 calls, for light mode: the driver's buffers, mapped, and Pillow for JPEGs.

Structures and numbers are those of linux/videodev2.h.
"""

import fcntl
import mmap
import os
import select
from ctypes import Structure, Union, c_char, c_int32, c_long, c_uint8, c_uint32, c_ulong, c_void_p, sizeof
from pathlib import Path
from typing import Any, Final, NamedTuple

from PIL import Image

from scanner.host import light
from scanner.host.camera import SILENT
from scanner.host.camera_options import Options

BUFFERS: Final = 2  # of the driver's; the older of two full ones is thrown away
# Where the grey values of a format stand: the first byte, and bytes from one to the next.
GREY: Final = {b"YUYV": (0, 2), b"UYVY": (1, 2), b"GREY": (0, 1), b"NV12": (0, 1), b"YU12": (0, 1)}
CODED: Final = (b"MJPG", b"JPEG")

_CAPTURE: Final = 1  # V4L2_BUF_TYPE_VIDEO_CAPTURE, and V4L2_CAP_VIDEO_CAPTURE
_STREAMING: Final = 0x04000000  # V4L2_CAP_STREAMING
_MAPPED: Final = 1  # V4L2_MEMORY_MMAP
_SPOILT: Final = 0x40  # V4L2_BUF_FLAG_ERROR
_MANUAL: Final = 1  # V4L2_EXPOSURE_MANUAL
_EXPOSURE_AUTO: Final = 0x009A0901
_EXPOSURE: Final = 0x009A0902
_FOCUS: Final = 0x009A090A
_FOCUS_AUTO: Final = 0x009A090C
_TURNS: Final = {
    90: Image.Transpose.ROTATE_270,  # Pillow turns the other way round
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}


class _Capability(Structure):
    _fields_ = (
        ("driver", c_char * 16),
        ("card", c_char * 32),
        ("bus_info", c_char * 32),
        ("version", c_uint32),
        ("capabilities", c_uint32),
        ("device_caps", c_uint32),
        ("reserved", c_uint32 * 3),
    )


class _Pixels(Structure):
    _fields_ = (
        ("width", c_uint32),
        ("height", c_uint32),
        ("pixelformat", c_char * 4),
        ("field", c_uint32),
        ("bytesperline", c_uint32),
        ("sizeimage", c_uint32),
        ("rest", c_uint32 * 6),
    )


class _Formats(Union):
    _fields_ = (("pix", _Pixels), ("raw", c_uint8 * 200), ("aligned", c_void_p))


class _Format(Structure):
    _fields_ = (("type", c_uint32), ("fmt", _Formats))


class _Request(Structure):
    _fields_ = (("count", c_uint32), ("type", c_uint32), ("memory", c_uint32), ("reserved", c_uint32 * 2))


class _Place(Union):
    _fields_ = (("offset", c_uint32), ("userptr", c_ulong))


class _Buffer(Structure):
    _fields_ = (
        ("index", c_uint32),
        ("type", c_uint32),
        ("bytesused", c_uint32),
        ("flags", c_uint32),
        ("field", c_uint32),
        ("timestamp", c_long * 2),
        ("timecode", c_uint32 * 4),
        ("sequence", c_uint32),
        ("memory", c_uint32),
        ("m", _Place),
        ("length", c_uint32),
        ("reserved", c_uint32 * 2),
    )


class _Control(Structure):
    _fields_ = (("id", c_uint32), ("value", c_int32))


def _call(direction: int, number: int, kind: type[Any]) -> int:
    """The ioctl's number: 1 writes to the driver, 2 reads, 3 both."""
    return direction << 30 | sizeof(kind) << 16 | ord("V") << 8 | number


_QUERYCAP: Final = _call(2, 0, _Capability)
_S_FMT: Final = _call(3, 5, _Format)
_REQBUFS: Final = _call(3, 8, _Request)
_QUERYBUF: Final = _call(3, 9, _Buffer)
_QBUF: Final = _call(3, 15, _Buffer)
_DQBUF: Final = _call(3, 17, _Buffer)
_STREAMON: Final = _call(1, 18, c_int32)
_STREAMOFF: Final = _call(1, 19, c_int32)
_S_CTRL: Final = _call(3, 28, _Control)


class _Given(NamedTuple):
    """What the camera gives, which need not be what it was asked for."""

    format: bytes
    size: tuple[int, int]
    line: int  # bytes from one line to the next


class V4L2Capture:
    """`scanner.host.camera.Capture` with Pillow's grey images."""

    def __init__(self) -> None:
        self._options = Options()
        self._file = -1
        self._given = _Given(b"", (0, 0), 0)
        self._buffers: list[mmap.mmap] = []

    def open(self, path: Path, options: Options) -> None:
        """Start the stream. Raises OSError."""
        self._options = options
        self._file = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def picture(self) -> Image.Image | None:
        """The newest picture, None for a garbled one. Raises TimeoutError after SILENT, OSError for no stream."""
        waiting = select.poll()
        waiting.register(self._file, select.POLLIN)
        if not waiting.poll(SILENT * 1000):
            raise TimeoutError
        full = self._taken()
        while waiting.poll(0):
            self._ask(_QBUF, full)
            full = self._taken()
        used = min(full.bytesused, full.length)
        data = None if full.flags & _SPOILT else self._bytes(self._buffers[full.index], used)
        self._ask(_QBUF, full)
        whole = None if data is None else self._decoded(data)
        return None if whole is None else view(whole, self._options)

    def points(self, picture: Image.Image) -> bytes:
        """Every sixteenth point of every sixteenth line."""
        return picture.resize(
            (max(1, picture.width // 16), max(1, picture.height // 16)), Image.Resampling.NEAREST
        ).tobytes()

    def close(self) -> None:
        """Stop the stream."""
        if self._file < 0:
            return
        try:
            self._ask(_STREAMOFF, c_int32(_CAPTURE))
        except OSError:
            pass  # it has gone, or had not begun
        for buffer in self._buffers:
            buffer.close()
        self._buffers = []
        os.close(self._file)
        self._file = -1

    def _start(self) -> None:
        able = _Capability()
        self._ask(_QUERYCAP, able)
        if not able.capabilities & _CAPTURE or not able.capabilities & _STREAMING:
            raise OSError("this device gives no pictures")
        self._given = self._format()
        for control, value in self._controls():
            try:
                self._ask(_S_CTRL, _Control(control, value))
            except OSError:
                pass  # a camera that cannot do one of them goes on as it does
        request = _Request(BUFFERS, _CAPTURE, _MAPPED)
        self._ask(_REQBUFS, request)
        for number in range(request.count):
            buffer = _Buffer(index=number, type=_CAPTURE, memory=_MAPPED)
            self._ask(_QUERYBUF, buffer)
            self._buffers.append(mmap.mmap(self._file, buffer.length, offset=buffer.m.offset))
            self._ask(_QBUF, buffer)
        self._ask(_STREAMON, c_int32(_CAPTURE))

    def _format(self) -> _Given:
        asked = _Format(_CAPTURE)
        pixels = asked.fmt.pix
        pixels.width, pixels.height = self._options.size
        pixels.pixelformat = self._options.format.encode()
        self._ask(_S_FMT, asked)
        if pixels.pixelformat not in (*GREY, *CODED):
            raise OSError(f"format {pixels.pixelformat!r} is not known")
        step = GREY.get(pixels.pixelformat, (0, 1))[1]
        return _Given(
            pixels.pixelformat, (pixels.width, pixels.height), max(pixels.bytesperline, step * pixels.width)
        )

    def _controls(self) -> list[tuple[int, int]]:
        options, controls = self._options, []
        if options.exposure is not None:
            controls += [(_EXPOSURE_AUTO, _MANUAL), (_EXPOSURE, options.exposure)]
        if options.focus is not None:
            controls += [(_FOCUS_AUTO, 0), (_FOCUS, options.focus)]
        return controls

    def _taken(self) -> _Buffer:
        buffer = _Buffer(type=_CAPTURE, memory=_MAPPED)
        self._ask(_DQBUF, buffer)
        return buffer

    def _bytes(self, buffer: mmap.mmap, used: int) -> bytes:
        """Out of the driver's buffer: a JPEG whole, of anything else the grey values."""
        if self._given.format in CODED:
            return buffer[:used]
        first, step = GREY[self._given.format]
        return buffer[first : min(used, self._given.line * self._given.size[1]) : step]

    def _decoded(self, data: bytes) -> Image.Image | None:
        if self._given.format in CODED:
            return light.decode(data)
        line = self._given.line // GREY[self._given.format][1]
        if len(data) < line * self._given.size[1]:
            return None
        return Image.frombytes("L", self._given.size, data, "raw", "L", line, 1)

    def _ask(self, call: int, what: Any) -> None:
        fcntl.ioctl(self._file, call, what)


def view(picture: Image.Image, options: Options) -> Image.Image:
    """The part of a grey frame that is looked at, the right way up."""
    part = options.part(*picture.size)
    seen = picture if part == (0, 0, *picture.size) else picture.crop(part)
    return seen.transpose(_TURNS[options.rotate]) if options.rotate else seen
