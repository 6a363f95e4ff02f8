"""Hand scanners on a serial port (USB CDC or RS-232): a code a line, ended by CR, LF or both."""

import errno
import termios
from typing import Final

import serial

from scanner.host.sources import DeviceError, Read, now_ms

BAUD: Final = 9600
LONGEST: Final = 8192  # bytes kept of one line; no code is longer than about 4,300
WAIT: Final = 0.3  # seconds that a read waits for bytes


class Lines:
    """Cuts a stream of bytes into lines. Empty lines are none; what is over LONGEST is cut off."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> list[str]:
        """The lines that `data` completes, as text (UTF-8; other bytes become U+FFFD)."""
        *whole, rest = data.replace(b"\r", b"\n").split(b"\n")
        lines = []
        for part in whole:
            self._keep(part)
            if self._held:
                lines.append(self._held.decode("utf-8", "replace"))
            self._held.clear()
        self._keep(rest)
        return lines

    def _keep(self, part: bytes) -> None:
        self._held += part[: LONGEST - len(self._held)]


class SerialScanner:
    """A serial port such as `/dev/ttyACM0`, with `?baud=115200` behind it if it is not 9600."""

    def __init__(self, device: str) -> None:
        self._path, _, baud = device.partition("?baud=")
        self._baud = int(baud) if baud.isascii() and baud.isdigit() else BAUD
        self._port: serial.Serial | None = None
        self._lines = Lines()

    def open(self) -> None:
        """Open the port and forget what came before. Raises DeviceError."""
        try:
            self._port = serial.Serial(self._path, self._baud, timeout=WAIT, exclusive=True)
            self._port.reset_input_buffer()
        except (serial.SerialException, OSError, ValueError, termios.error) as error:
            self.close()
            raise self._explained(error) from None
        self._lines = Lines()

    def read(self) -> list[Read]:
        """The lines that came. Raises DeviceError when the scanner was unplugged."""
        assert self._port is not None
        try:
            data = self._port.read(self._port.in_waiting or 1)
        except (serial.SerialException, OSError, TypeError, termios.error):
            # pyserial raises TypeError when another thread or the kernel closed the port under it.
            raise DeviceError("missing", f"{self._path} was unplugged; plug the scanner in again.") from None
        return [Read("", line, [], now_ms()) for line in self._lines.feed(data)]

    def condition(self) -> tuple[str, str]:
        """An open port is all that can be known."""
        return "ok", ""

    def close(self) -> None:
        """Close the port."""
        if self._port is not None:
            self._port.close()
            self._port = None

    def _explained(self, error: Exception) -> DeviceError:
        number = getattr(error, "errno", None)
        if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO):
            return DeviceError("missing", f"{self._path} is not there; plug the scanner in.")
        if number == errno.EACCES:
            return DeviceError("error", f"{self._path} may not be used; add this user to the group dialout.")
        if number in (errno.EBUSY, errno.EAGAIN) or "lock" in str(error):
            return DeviceError("busy", f"{self._path} is in use by another program.")
        return DeviceError("error", f"{self._path} cannot be opened ({error}).")
