"""Hand scanners that pose as a keyboard ("wedge"), read from their input device and grabbed.

Grabbed, their keys reach no window: so no input method (Telex, VNI), no Caps Lock and no focus can
change a code or lose it, and no code can type into a page. The device is a path that stays the same,
such as `/dev/input/by-id/usb-NAME-event-kbd`.

Source: Linux `input_event` and `EVIOCGRAB` (include/uapi/linux/input.h), key numbers of
input-event-codes.h; scanners send the keys of a US keyboard.
"""

import errno
import fcntl
import os
import select
import struct
import time
from typing import Final

from scanner.host.framing import LONGEST, STALE
from scanner.host.sources import DeviceError, Read, now_ms

WAIT: Final = 0.3  # seconds that a read waits for keys

_EVENT: Final = struct.Struct("llHHi")  # time (two words), type, code, value
_KEY: Final = 1  # EV_KEY
_DOWN: Final = 1
_GRAB: Final = 0x40044590  # EVIOCGRAB
_SHIFT: Final = (42, 54)
_CTRL: Final = (29, 97)
_ENDS: Final = (28, 96, 15)  # Enter, keypad Enter, Tab
_GS: Final = "\x1d"  # scanners send FNC1 as Ctrl and ]

# Rows of a US keyboard: the number of the first key, plain and shifted characters.
_ROWS: Final = (
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    (55, "*", "*"),
    (57, " ", " "),
    (71, "789-456+1230.", "789-456+1230."),
)
_PLAIN: Final = {first + n: char for first, row, _ in _ROWS for n, char in enumerate(row)}
_SHIFTED: Final = {first + n: char for first, _, row in _ROWS for n, char in enumerate(row)}


class Keys:
    """Turns key events into scans: what stands between two presses of Enter or Tab.

    A scan whose keys pause for longer than `framing.STALE` seconds was cut off, and is dropped.
    """

    def __init__(self) -> None:
        self._held: set[int] = set()
        self._text = ""
        self._last = 0.0

    def feed(self, data: bytes, now: float) -> list[str]:
        """The scans that whole `input_event`s complete at `now` (seconds of a steady clock)."""
        scans = []
        for _, _, kind, code, value in _EVENT.iter_unpack(data[: len(data) - len(data) % _EVENT.size]):
            if kind != _KEY:
                continue
            if code in _SHIFT + _CTRL:
                (self._held.add if value else self._held.discard)(code)
            elif value == _DOWN:
                if now - self._last > STALE:
                    self._text = ""
                self._last = now
                if code not in _ENDS:
                    self._press(code)
                elif self._text:
                    scans.append(self._text)
                    self._text = ""
        return scans

    def _press(self, code: int) -> None:
        char = (_SHIFTED if self._held.intersection(_SHIFT) else _PLAIN).get(code, "")
        if self._held.intersection(_CTRL):
            char = _GS if char in "]}" else ""
        if len(self._text) < LONGEST:
            self._text += char


class Wedge:
    """One keyboard scanner."""

    def __init__(self, device: str) -> None:
        self._path = device
        self._file: int | None = None
        self._keys = Keys()

    def open(self) -> None:
        """Open and grab it. Raises DeviceError."""
        try:
            self._file = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            fcntl.ioctl(self._file, _GRAB, 1)
        except OSError as error:
            self.close()
            raise self._explained(error) from None
        self._keys = Keys()

    def read(self) -> list[Read]:
        """The scans that came. Raises DeviceError when the scanner was unplugged."""
        assert self._file is not None
        if not select.select([self._file], [], [], WAIT)[0]:
            return []
        try:
            data = os.read(self._file, _EVENT.size * 64)
        except OSError as error:
            raise DeviceError("missing", f"{self._path} was unplugged; plug the scanner in again.") from error
        if not data:
            raise DeviceError("missing", f"{self._path} was unplugged; plug the scanner in again.")
        return [Read("", text, [], now_ms()) for text in self._keys.feed(data, time.monotonic())]

    def condition(self) -> tuple[str, str]:
        """A grabbed device is all that can be known."""
        return "ok", ""

    def close(self) -> None:
        """Let go of it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _explained(self, error: OSError) -> DeviceError:
        if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
            return DeviceError("missing", f"{self._path} is not there; plug the scanner in.")
        if error.errno in (errno.EACCES, errno.EPERM):
            return DeviceError("error", f"{self._path} may not be used; add this user to the group input.")
        if error.errno == errno.EBUSY:
            return DeviceError("busy", f"{self._path} is grabbed by another program.")
        return DeviceError("error", f"{self._path} is no keyboard that can be grabbed ({error.strerror}).")
