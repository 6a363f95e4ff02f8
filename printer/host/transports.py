"""Bytes to and from a printer, with a limit of time for each call and a count of what was taken.

Sockets and device files are the system's own, serial ports pyserial's, USB python-escpos's. A transport has

    send(data, seconds)   hand over a part of `data`, waiting so long for room: how many bytes, 0 without room
    receive(seconds)      what the printer said, b"" for nothing in that time
    waiting()             bytes handed over that have not left this machine, as far as can be known
    finish(seconds)       say that no more comes; whether the printer's side agreed
    close(), abort()      let go; `abort` also takes back what has not left this machine

and all of them raise OSError when the printer is gone.
"""

import contextlib
import fcntl
import logging
import os
import select
import socket
import stat
import struct
import tempfile
import termios
import time
from pathlib import Path
from typing import Any, Protocol

import serial

CONNECT = 5.0  # seconds for a network printer to take the connection
_NO_PYUSB = "Linux has no driver for this printer, and pyusb is missing: `pip install pyusb`, `apt install libusb-1.0-0`"
FLOWS = ("", "dsr", "cts", "xonxoff", "none")
_PIECE = 64  # bytes on their way to a serial printer that may say "stop" at any time
_USB_PIECE = 512  # bytes of one USB transfer: how many of a failed one were taken is not known


class Transport(Protocol):
    """See the module's text."""

    def send(self, data: bytes, seconds: float) -> int: ...
    def receive(self, seconds: float) -> bytes: ...
    def waiting(self) -> int: ...
    def finish(self, seconds: float) -> bool: ...
    def close(self) -> None: ...
    def abort(self) -> None: ...


def _ready(descriptor: int, writing: bool, seconds: float) -> bool:
    """Whether a descriptor can be read or written within that time."""
    lists = select.select([] if writing else [descriptor], [descriptor] if writing else [], [], seconds)
    return bool(lists[writing])


def _count(descriptor: int, request: int) -> int:
    """The number that an ioctl answers."""
    (number,) = struct.unpack("i", fcntl.ioctl(descriptor, request, bytes(4)))
    return int(number)


class Tcp:
    """A network printer, usually at port 9100."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), CONNECT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setblocking(False)

    def send(self, data: bytes, seconds: float) -> int:
        if not _ready(self._socket.fileno(), True, seconds):
            return 0
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0

    def receive(self, seconds: float) -> bytes:
        if not _ready(self._socket.fileno(), False, seconds):
            return b""
        data = self._socket.recv(256)
        if not data:
            raise ConnectionError("the printer closed the connection")
        return data

    def waiting(self) -> int:
        if error := self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(error, os.strerror(error))  # of a broken connection the bytes wait for ever
        return _count(self._socket.fileno(), termios.TIOCOUTQ)

    def finish(self, seconds: float) -> bool:
        """True when the printer closed its side: its program has read everything."""
        self._socket.shutdown(socket.SHUT_WR)
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if _ready(self._socket.fileno(), False, left) and not self._socket.recv(256):
                return True
        return False

    def close(self) -> None:
        self._socket.close()

    def abort(self) -> None:
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()


class Serial:
    """A serial printer. `flow`: "dsr", "cts", "xonxoff", "none", or "" for the lines that are up at first.

    pyserial and Linux do RTS/CTS and XON/XOFF; DTR/DSR, which most receipt printers speak, neither of them
    does: here no byte is sent while the printer holds DSR down.
    """

    def __init__(self, path: str, baud: int, flow: str) -> None:
        self._port: Any = serial.Serial(
            path, baud, timeout=0, exclusive=True, rtscts=flow == "cts", xonxoff=flow == "xonxoff"
        )
        self._descriptor: int = self._port.fileno()
        self._dsr = flow == "dsr" or (flow == "" and self._up("dsr"))
        if flow == "" and self._up("cts"):
            self._port.rtscts = True

    def _up(self, line: str) -> bool:
        try:
            return bool(getattr(self._port, line))
        except OSError:  # a port without such lines
            return False

    def send(self, data: bytes, seconds: float) -> int:
        if self._dsr:
            data = data[:_PIECE]
            end = time.monotonic() + seconds
            while not self._up("dsr") or self.waiting():
                if time.monotonic() > end:
                    return 0
                time.sleep(0.002)
        if not _ready(self._descriptor, True, seconds):
            return 0
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:
            return 0

    def receive(self, seconds: float) -> bytes:
        return os.read(self._descriptor, 256) if _ready(self._descriptor, False, seconds) else b""

    def waiting(self) -> int:
        return _count(self._descriptor, termios.TIOCOUTQ)

    def finish(self, _seconds: float) -> bool:
        """False: the line is only one way, a serial port has no end."""
        return False

    def close(self) -> None:
        self._port.close()

    def abort(self) -> None:
        with contextlib.suppress(termios.error):  # the port is gone
            termios.tcflush(self._descriptor, termios.TCOFLUSH)
        self._port.close()


class DeviceFile:
    """A printer's device file, such as /dev/usb/lp0 of Linux's own USB printer driver, or a pipe."""

    def __init__(self, path: str) -> None:
        options = os.O_NONBLOCK | os.O_NOCTTY
        pipe = stat.S_ISFIFO(Path(path).stat().st_mode)
        try:
            self._descriptor = os.open(path, (os.O_WRONLY if pipe else os.O_RDWR) | options)
            self._mute = pipe
        except PermissionError:
            self._descriptor = os.open(path, os.O_WRONLY | options)
            self._mute = True

    def send(self, data: bytes, seconds: float) -> int:
        if not _ready(self._descriptor, True, seconds):
            return 0
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:
            return 0

    def receive(self, seconds: float) -> bytes:
        if self._mute or not _ready(self._descriptor, False, seconds):
            return b""
        data = os.read(self._descriptor, 256)
        self._mute = not data  # a device that has nothing to say is always at its end
        return data

    def waiting(self) -> int:
        return 0

    def finish(self, _seconds: float) -> bool:
        return False

    def close(self) -> None:
        os.close(self._descriptor)

    abort = close


class Usb:
    """A USB printer through python-escpos and pyusb, for those that Linux's own driver does not take."""

    def __init__(self, vendor: int, product: int) -> None:
        """Raises OSError, also when pyusb or libusb is not installed."""
        made, missing = _python_escpos()
        if not made.is_usable():
            raise OSError(_NO_PYUSB)
        self._printer: Any = made(vendor, product)
        try:
            self._printer.open()
        except missing as error:
            reason = str(error).splitlines()[-1]  # before it stands what it tried
            raise OSError("not found on USB" if "not found" in reason else reason) from error
        except ValueError as error:  # pyusb's word for: no libusb
            raise OSError(_NO_PYUSB) from error
        self._out, self._in = self._printer.out_ep, self._printer.in_ep
        # Printers differ in their endpoints: take those that the printer interface (class 7) names.
        for interface in self._printer.device.get_active_configuration():
            for endpoint in interface if interface.bInterfaceClass == 7 else ():
                if endpoint.bEndpointAddress & 0x80:
                    self._in = endpoint.bEndpointAddress
                else:
                    self._out = endpoint.bEndpointAddress

    def send(self, data: bytes, seconds: float) -> int:
        """Raises OSError when the time is over: a part may have been taken."""
        return int(self._printer.device.write(self._out, data[:_USB_PIECE], int(seconds * 1000)))

    def receive(self, seconds: float) -> bytes:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                # Some printers answer a few times with nothing.
                if data := bytes(self._printer.device.read(self._in, 64, max(1, int(left * 1000)))):
                    return data
            except TimeoutError:
                break
            except OSError as error:
                if error.errno != 110:  # ETIMEDOUT, as pyusb says it
                    raise
                break
        return b""

    def waiting(self) -> int:
        return 0

    def finish(self, _seconds: float) -> bool:
        return False

    def close(self) -> None:
        self._printer.close()

    abort = close


def _python_escpos() -> tuple[Any, Any]:
    """python-escpos's USB transport and its error. Loaded for USB only: it takes 0.2 s and 17 MB.

    Its import leaves a folder in /tmp and gives the root logger a handler; here it does neither.
    """
    handlers, usual = list(logging.getLogger().handlers), tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix="ocop-print-") as folder:
        tempfile.tempdir = folder
        try:
            from escpos import printer
            from escpos.exceptions import DeviceNotFoundError
        finally:
            tempfile.tempdir = usual
    logging.getLogger().handlers[:] = handlers
    return printer.Usb, DeviceNotFoundError


def linux_printer(vendor: int, product: int, sysfs: Path = Path("/sys/class/usbmisc")) -> str | None:
    """The device file that Linux's USB printer driver (usblp) made for a printer, if it did."""
    for place in sorted(sysfs.glob("lp*")):
        usb = (place / "device").resolve().parent
        try:
            ids = [int((usb / name).read_text(), 16) for name in ("idVendor", "idProduct")]
        except (OSError, ValueError):
            continue
        if ids == [vendor, product]:
            return f"/dev/usb/{place.name}"
    return None
