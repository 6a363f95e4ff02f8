"""Printers by name: `usb:VID:PID`, `serial:/dev/..?baud=`, `tcp:HOST:9100`, `file:PATH`, `cups:NAME`,
`virtual:FOLDER`. One contract for all: `open`, `write` all bytes, `close`. The bytes travel through
python-escpos's transports; what they leave open is closed here: a limit of time, and proof of delivery.

An error says whether paper may have come out. `not_printed`: nothing was sent, print again without
fear. `unknown`: something may have been sent, somebody has to look before it is printed again.
"""

import contextlib
import fcntl
import functools
import re
import socket
import struct
import subprocess
import termios
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from printer.host import virtual
from printer.host.transports import DeviceNotFoundError, printer

SECONDS = 10.0  # for a printer to take all the bytes
LINGER = 1.0  # for a network printer to close its side once it has them
FORMS = "usb:VID:PID, serial:/dev/ttyUSB0?baud=9600, tcp:HOST:9100, file:PATH, cups:NAME, virtual:FOLDER"
_ERRORS = (DeviceNotFoundError, OSError, RuntimeError, ValueError)  # of libraries, when a device fails


class PrinterError(Exception):
    """A device failed. The message is for people; `state` is "not_printed" or "unknown"."""

    def __init__(self, message: str, state: str) -> None:
        super().__init__(message)
        self.state = state


class Device:
    """A printer behind one of python-escpos's transports."""

    advice = "check that it is switched on and connected"

    def __init__(self, name: str, transport: Any, *arguments: Any, **options: Any) -> None:
        self.name = name
        self.make = functools.partial(transport, *arguments, **options)
        self.transport: Any = None  # there once it is open
        self.files: list[str] = []  # what the device left on this machine
        self.remarks: list[str] = []  # what is worth telling though it printed

    def open(self) -> None:
        """Reach the printer. Raises PrinterError (not_printed)."""
        try:
            self.transport = self.make()
            self.transport.open()
        except _ERRORS as error:
            reason = getattr(error, "msg", "") or str(error) or type(error).__name__
            reason = reason.splitlines()[-1]
            message = f"{self.name}: the printer cannot be reached ({reason}); {self.advice}."
            raise PrinterError(message, "not_printed") from error

    def write(self, data: bytes) -> None:
        """Send all of `data` and wait until the printer has it. Raises PrinterError (unknown)."""
        try:
            self.send(data)
        except _ERRORS as error:
            message = f"{self.name}: the printer stopped while it printed ({error}); look what came out."
            raise PrinterError(message, "unknown") from error

    def close(self) -> None:
        """Let go of the printer. Raises PrinterError (unknown)."""
        try:
            self.transport.close()
        except _ERRORS as error:
            raise PrinterError(f"{self.name}: closing the printer failed ({error}).", "unknown") from error
        finally:
            self.transport.device = False  # else its destructor would close once more

    def send(self, data: bytes) -> None:
        self.transport._raw(data)


class File(Device):
    """A file, or a device file such as /dev/usb/lp0."""

    advice = "check the path and the right to write there"

    def send(self, data: bytes) -> None:
        super().send(data)
        self.files.append(self.transport.devfile)


class Serial(Device):
    def open(self) -> None:
        super().open()
        self.transport.device.write_timeout = SECONDS

    def send(self, data: bytes) -> None:
        port = self.transport.device
        port.write(data)
        deadline = time.monotonic() + SECONDS
        # Not flush(): it would wait for ever on a printer that holds the line.
        while port.out_waiting:
            if time.monotonic() > deadline:
                port.reset_output_buffer()
                raise TimeoutError(f"it took no byte for {SECONDS:.0f} s")
            time.sleep(0.01)


class Network(Device):
    def send(self, data: bytes) -> None:
        """Success of a socket's `send` says little: wait until the printer's side has taken the bytes.

        Then the printer closes its side, or keeps quiet for LINGER seconds; one that dies resets.
        """
        connection: socket.socket = self.transport.device
        super().send(data)
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(LINGER)
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                if not connection.recv(256):
                    return
            except TimeoutError:
                (waiting,) = struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)))
                if not waiting:
                    return
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{waiting} of {len(data)} bytes were not taken") from None


class Usb(Device):
    def open(self) -> None:
        if not printer.Usb.is_usable():
            message = f"{self.name}: printing over USB needs pyusb; run `pip install python-escpos[usb]`."
            raise PrinterError(message, "not_printed")
        super().open()
        # Printers differ in their endpoints: take the one that the printer interface (class 7) names.
        for interface in self.transport.device.get_active_configuration():
            for endpoint in interface if interface.bInterfaceClass == 7 else ():
                if not endpoint.bEndpointAddress & 0x80:
                    self.transport.out_ep = endpoint.bEndpointAddress


class Cups(Device):
    """A queue of CUPS, through its `lp` command, sent raw."""

    advice = "check its name with `lpstat -e` (Debian package cups-client)"

    def send(self, data: bytes) -> None:
        process: subprocess.Popen[bytes] = self.transport.device
        self.transport.device = False  # its own close would send one more empty line
        try:
            process.communicate(data, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise TimeoutError(f"lp took no byte for {SECONDS:.0f} s") from None
        if process.returncode:
            raise OSError(f"lp ended with {process.returncode}")


class Virtual(Device):
    """A printer that paints the paper into a folder."""

    def __init__(self, name: str, folder: Path, dots: int) -> None:
        super().__init__(name, object)
        self.folder = folder
        self.dots = dots

    def open(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"{self.name}: this folder cannot be made ({error.strerror}); choose another."
            raise PrinterError(message, "not_printed") from error

    def send(self, data: bytes) -> None:
        files, self.remarks = virtual.save(data, self.folder, self.dots)
        self.files = [str(path) for path in files]

    def close(self) -> None:
        pass


def connect(name: str, dots: int = 576) -> Device:
    """The device of that name, not yet open; `dots` is the virtual printer's paper.

    Raises ValueError with what a name may look like.
    """
    kind, _, rest = name.partition(":")
    if kind == "file" and rest:
        return File(name, printer.File, rest)
    if kind == "virtual" and rest:
        return Virtual(name, Path(rest), dots)
    if kind == "cups" and rest:
        return Cups(name, printer.LP, rest)
    if kind == "tcp" and (found := re.fullmatch(r"([^:\s/]+)(?::(\d{1,5}))?", rest)):
        if int(found[2] or 9100) > 65535:
            raise ValueError(f"{name!r}: a port is at most 65535")
        return Network(name, printer.Network, found[1], int(found[2] or 9100), timeout=SECONDS)
    if kind == "serial" and (found := re.fullmatch(r"(/[^?]+)(?:\?(.*))?", rest)):
        options = dict(parse_qsl(found[2] or "", keep_blank_values=True))
        baud = options.pop("baud", "9600")
        if not options and re.fullmatch(r"[1-9]\d{2,6}", baud):
            return Serial(name, printer.Serial, found[1], baudrate=int(baud))
    if kind == "usb" and (found := re.fullmatch(r"([0-9a-fA-F]{4}):([0-9a-fA-F]{4})", rest)):
        ids = int(found[1], 16), int(found[2], 16)
        return Usb(name, printer.Usb, *ids, timeout=int(SECONDS * 1000))
    raise ValueError(f"{name!r} is no printer's name; write one of {FORMS}")


def deliver(device: Device, data: bytes) -> None:
    """Open, write everything, close. Raises PrinterError with the state the paper is in."""
    device.open()
    try:
        device.write(data)
    except PrinterError:
        with contextlib.suppress(PrinterError):  # what failed first is what people need to know
            device.close()
        raise
    device.close()
