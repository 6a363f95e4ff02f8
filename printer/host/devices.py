"""Printers by name: `usb:VID:PID`, `serial:/dev/..?baud=`, `tcp:HOST:9100`, `file:PATH`, `cups:NAME`,
`virtual:FOLDER`. One contract for all: `deliver` prints the bytes of one job and says what became of it.
"""

import contextlib
import os
import re
import shutil
import socket
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl

from printer.host import conversation, transports, virtual
from printer.host.conversation import Known, Outcome, Sending, Taught
from printer.host.statuses import LOOK, both
from printer.host.transports import Transport

TAKEN = 15.0  # seconds for another program to let go of the printer
SPOOLED = 30.0  # seconds for CUPS to hand a job to its printer
_NOTHING = Taught()
FORMS = "usb:VID:PID, serial:/dev/ttyUSB0?baud=9600, tcp:HOST:9100, file:PATH, cups:NAME, virtual:FOLDER"


class Device:
    """A printer: `name` as people write it, `files` what the last job left on this machine."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.files: list[str] = []

    def deliver(self, data: bytes, language: str, known: Known, taught: Taught = _NOTHING) -> Outcome:
        """Print one job; where `taught` names a shorter form of it, that one, if the printer can prove what
        it needs. Never raises: what went wrong is in the outcome."""
        raise NotImplementedError

    def unreachable(self, reason: object) -> Outcome:
        """Nothing went out, since the printer cannot be opened."""
        return Outcome(
            "not_printed",
            f"Không nối được máy in: xem công tắc và dây cắm ({self.name}, {reason}). "
            f"/ The printer cannot be reached: check its switch and cable ({self.name}, {reason}).",
        )


class Line(Device):
    """A printer at the other end of a line of bytes, in both directions."""

    def __init__(self, name: str, opened: Callable[[], Transport]) -> None:
        super().__init__(name)
        self._opened = opened

    def deliver(self, data: bytes, language: str, known: Known, taught: Taught = _NOTHING) -> Outcome:
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(_alone(self.name))
                transport = self._opened()
            except OSError as error:
                reason = error.strerror or str(error)
                return Outcome("not_printed", self.unreachable(reason).detail, known=known)
            return Sending(transport, language, known).run(data, taught)


class File(Device):
    """A file, written anew."""

    def __init__(self, name: str, path: Path) -> None:
        super().__init__(name)
        self._path = path

    def deliver(self, data: bytes, _language: str, _known: Known, _taught: Taught = _NOTHING) -> Outcome:
        try:
            target = self._path.open("wb", buffering=0)
        except OSError as error:
            return self.unreachable(error.strerror)
        try:
            with target:
                rest = data
                while rest:
                    rest = rest[target.write(rest) or 0 :]
                os.fsync(target.fileno())
        except OSError as error:
            return Outcome(
                "unknown", both(f"{self.name}: {error.strerror}. / {self.name}: {error.strerror}.", LOOK)
            )
        self.files = [str(self._path)]
        return Outcome("printed", proof="printer")


class Cups(Device):
    """A queue of CUPS, sent raw through its commands (Debian package cups-client)."""

    def __init__(self, name: str, queue: str) -> None:
        super().__init__(name)
        self._queue = queue

    def deliver(self, data: bytes, _language: str, _known: Known, _taught: Taught = _NOTHING) -> Outcome:
        if shutil.which("lp") is None:
            return self.unreachable("run `apt install cups-client`")
        try:
            state = self._run(["lpstat", "-p", self._queue])
            if state.returncode:
                return self.unreachable("`lpstat -e` names the queues")
            if b"disabled" in state.stdout:
                return self.unreachable("`cupsenable` starts its queue")
            job = self._run(["lp", "-d", self._queue, "-o", "raw", "-"], data)
            if job.returncode:
                return self.unreachable(job.stderr.decode(errors="replace").strip() or "lp")
            found = re.search(rb"request id is (\S+)", job.stdout)
            return self._followed(found[1].decode() if found else self._queue)
        except subprocess.TimeoutExpired:
            return self._broken()

    def _followed(self, request: str) -> Outcome:
        """CUPS has the job: wait until it has left the queue. Whether it then printed, CUPS does not know."""
        end = time.monotonic() + SPOOLED
        while time.monotonic() < end:
            left = self._run(["lpstat", "-o", self._queue])
            if not left.returncode and request not in left.stdout.decode(errors="replace").split():
                return Outcome("printed", conversation.UNSAID, "taken")
            time.sleep(conversation.POLL)
        self._run(["cancel", request])  # else it would come out later, perhaps twice
        return self._broken()

    def _broken(self) -> Outcome:
        return Outcome("unknown", both(conversation.STOPPED, LOOK))

    def _run(self, command: list[str], data: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
        environment = os.environ | {"LC_ALL": "C"}
        return subprocess.run(  # noqa: S603 - a list, no shell; the queue's name cannot begin with "-"
            command, input=data, capture_output=True, check=False, timeout=conversation.STALL, env=environment
        )


class Virtual(Device):
    """A printer that paints the paper into a folder."""

    def __init__(self, name: str, folder: Path, dots: int, dpi: int) -> None:
        super().__init__(name)
        self._folder = folder
        self._dots = dots
        self._dpi = dpi

    def deliver(self, data: bytes, _language: str, _known: Known, _taught: Taught = _NOTHING) -> Outcome:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            return self.unreachable(error.strerror)
        try:
            files, problems = virtual.save(data, self._folder, self._dots, self._dpi)
        except OSError as error:
            return Outcome("unknown", both(f"{error.strerror}. / {error.strerror}.", LOOK))
        self.files = [str(path) for path in files]
        return Outcome("printed", "; ".join(problems), "printer")


@contextlib.contextmanager
def _alone(name: str) -> Iterator[None]:
    """Hold the printer for this process: what two programs send at once would be mixed on the paper.

    The kernel frees the name when the process ends, however it ends. Raises OSError after TAKEN seconds.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as lock:
        end = time.monotonic() + TAKEN
        while True:
            try:
                lock.bind("\0ocop-printer-" + name[:80])
                break
            except OSError:
                if time.monotonic() > end:
                    raise OSError("another program is printing on it") from None
                time.sleep(0.05)
        yield


def _usb(vendor: int, product: int) -> Transport:
    found = transports.linux_printer(vendor, product)
    return transports.DeviceFile(found) if found else transports.Usb(vendor, product)


def connect(name: str, dots: int = 576, dpi: int = 203) -> Device:
    """The device of that name; `dots` across and `dpi` are the virtual printer's.

    Raises ValueError with what a name may look like.
    """
    kind, _, rest = name.partition(":")
    if kind == "file" and rest:
        path = Path(rest)
        with contextlib.suppress(OSError):
            if not stat.S_ISREG(path.stat().st_mode) and not path.is_dir():
                return Line(name, lambda: transports.DeviceFile(rest))
        return File(name, path)
    if kind == "virtual" and rest:
        return Virtual(name, Path(rest), dots, dpi)
    if kind == "cups" and re.fullmatch(r"[^-\s/#][^\s/#]*", rest):
        return Cups(name, rest)
    if kind == "tcp" and (found := re.fullmatch(r"([^:\s/]+|\[[0-9a-fA-F:.%]+\])(?::(\d{1,5}))?", rest)):
        host, port = found[1].strip("[]"), int(found[2] or 9100)
        if port > 65535:
            raise ValueError(f"{name!r}: a port is at most 65535")
        return Line(name, lambda: transports.Tcp(host, port))
    if kind == "serial" and (found := re.fullmatch(r"(/[^?]+)(?:\?(.*))?", rest)):
        path_, options = found[1], dict(parse_qsl(found[2] or "", keep_blank_values=True))
        baud, flow = options.pop("baud", "9600"), options.pop("flow", "")
        if not options and re.fullmatch(r"[1-9]\d{2,6}", baud) and flow in transports.FLOWS:
            return Line(name, lambda: transports.Serial(path_, int(baud), flow))
    if kind == "usb" and (found := re.fullmatch(r"([0-9a-fA-F]{4}):([0-9a-fA-F]{4})", rest)):
        ids = int(found[1], 16), int(found[2], 16)
        return Line(name, lambda: _usb(*ids))
    raise ValueError(f"{name!r} is no printer's name; write one of {FORMS}")
