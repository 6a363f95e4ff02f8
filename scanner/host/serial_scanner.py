"""Hand scanners on a serial port: USB CDC, RS-232 or UART (GM65, Honeywell, Newland...).

A device is a path (`/dev/ttyACM0`) or USB ids (`usb:0c2e:0901`, found again at whatever path), with
options behind a `?`, percent-coded: `baud=115200`, `end=` (terminator: `%0D`; `quiet` for a scanner
that sends none; left out, it is found out), `prefix=`, `suffix=`. AIM symbology identifiers may be on
or off; the parser knows them.
"""

import errno
import termios
import time
from typing import Final
from urllib.parse import parse_qsl

import serial
from serial.tools import list_ports

from scanner.host.framing import Framing
from scanner.host.sources import DeviceError, Read, now_ms

BAUD: Final = 9600
WAIT: Final = 0.3  # seconds that a read waits for bytes
SHORT: Final = 0.05  # seconds, while the end of a scan is awaited

_OPTIONS: Final = ("baud", "end", "prefix", "suffix")


class SerialScanner:
    """One hand scanner. Raises DeviceError for a device text that says nothing."""

    def __init__(self, device: str) -> None:
        self._name, _, query = device.partition("?")
        # surrogateescape takes any percent-coded byte through, and gives it back in `_bytes`.
        options = dict(parse_qsl(query, keep_blank_values=True, errors="surrogateescape"))
        wrong = sorted(options.keys() - set(_OPTIONS))
        baud = options.get("baud", str(BAUD))
        if wrong or not (baud.isascii() and baud.isdigit()):
            raise DeviceError(
                "error",
                f"{device}: write PORT?baud=9600 and, if needed, &end=, &prefix=, &suffix= behind it.",
            )
        self._baud = int(baud)
        end = options.get("end")
        self._end = None if end is None else b"" if end == "quiet" else _bytes(end)
        self._prefix, self._suffix = _bytes(options.get("prefix", "")), _bytes(options.get("suffix", ""))
        self._port: serial.Serial | None = None
        self._framing = self._fresh()

    def open(self) -> None:
        """Open the port and forget what came before. Raises DeviceError."""
        path = self._path()
        try:
            self._port = serial.Serial(path, self._baud, timeout=WAIT, exclusive=True)
            self._port.reset_input_buffer()
        except (serial.SerialException, OSError, ValueError, termios.error) as error:
            self.close()
            raise _explained(path, error) from None
        self._framing = self._fresh()

    def read(self) -> list[Read]:
        """The scans that came. Raises DeviceError when the scanner was unplugged."""
        assert self._port is not None
        try:
            data = self._port.read(self._port.in_waiting or 1)
            self._port.timeout = SHORT if data else WAIT
        except (serial.SerialException, OSError, TypeError, termios.error):
            # pyserial raises TypeError when another thread or the kernel closed the port under it.
            raise DeviceError("missing", f"{self._name} was unplugged; plug the scanner in again.") from None
        return [Read("", text, [], now_ms()) for text in self._framing.feed(data, time.monotonic())]

    def condition(self) -> tuple[str, str]:
        """An open port is all that can be known."""
        return "ok", ""

    def close(self) -> None:
        """Close the port."""
        if self._port is not None:
            self._port.close()
            self._port = None

    def _fresh(self) -> Framing:
        return Framing(self._end, self._prefix, self._suffix)

    def _path(self) -> str:
        if not self._name.startswith("usb:"):
            return self._name
        wanted = self._name.removeprefix("usb:").lower()
        for port in list_ports.comports():
            if port.vid is not None and f"{port.vid:04x}:{port.pid:04x}" == wanted:
                return str(port.device)
        raise DeviceError("missing", f"no serial port with USB ids {wanted} is there; plug the scanner in.")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _explained(path: str, error: Exception) -> DeviceError:
    number = getattr(error, "errno", None)
    if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO):
        return DeviceError("missing", f"{path} is not there; plug the scanner in.")
    if number == errno.EACCES:
        return DeviceError("error", f"{path} may not be used; add this user to the group dialout.")
    if number in (errno.EBUSY, errno.EAGAIN) or "lock" in str(error):
        return DeviceError("busy", f"{path} is in use by another program.")
    return DeviceError("error", f"{path} cannot be opened ({error}).")
