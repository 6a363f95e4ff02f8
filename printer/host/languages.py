"""How printers are asked how they are: receipt printers (ESC/POS), label printers (TSPL, ZPL)."""

import contextlib
import time
from collections.abc import Callable
from typing import Protocol

from printer.host import statuses
from printer.host.statuses import Condition
from printer.host.transports import Transport

ANSWER = 0.6  # seconds for an answer that is given at once
_PROCESS = b"\x1d(H\x06\x0000OCOP"  # GS ( H: answered when everything before it is on the paper
_MARKS = b"\x1d(L\x04\x000PKC"  # GS ( L: the names of the graphics that it holds
_ACK, _CAN = b"\x06", b"\x18"  # after such an answer the printer waits for one of these
_MORE = 0x41  # the status of an answer that has another one behind it
_PAPER = b"\x1dr\x01"  # GS r: answered when everything before it, the cut too, has been carried out


class Language(Protocol):
    """All methods raise OSError when the printer is gone.

    ask        how it is now; None for silence
    question   what goes behind a job, by what is known of how this printer answers it
    rest       wait so long, or until that question is answered
    marks      the names of the graphics that it was taught (`printer.glyphs`); None for so long a silence
    settled    whether the job is printed, by that answer or by its condition (None: it keeps silent)
    clean      what ends a command that a broken job may have left open, wanting up to `size` more bytes
    proof      how the last question is answered (`conversation.Known.proof`)
    """

    proof: str

    def ask(self) -> Condition | None: ...
    def question(self, proof: str) -> bytes: ...
    def rest(self, seconds: float) -> None: ...
    def marks(self, seconds: float) -> str | None: ...
    def settled(self, condition: Condition | None) -> bool: ...
    def clean(self, size: int) -> bytes: ...


class EscPos:
    """Receipt printers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._replies = statuses.Replies()
        self._before = 0
        self.proof = ""

    def ask(self) -> Condition | None:
        """By DLE EOT, and by what it may have reported on its own (ASB) meanwhile."""
        self._replies.report = b""
        answers: dict[int, int] = {}
        for number in (1, 4, 2, 3):
            heard = len(self._replies.realtime)
            self._say(b"\x10\x04" + bytes((number,)), lambda heard=heard: len(self._replies.realtime) > heard)  # type: ignore[misc]
            if len(self._replies.realtime) > heard:
                answers[number] = self._replies.realtime[-1]
            elif number == 4 and not answers:
                return None
        condition = statuses.escpos(answers)
        if not condition.trouble and self._replies.report:
            trouble = statuses.automatic(self._replies.report).trouble
            condition = condition._replace(trouble=trouble)
        return condition

    def question(self, proof: str) -> bytes:
        """GS ( H or GS r, as this printer is known to answer; at first GS r, and from Epson's both."""
        self.proof = proof
        if not proof:
            self._say(b"\x1dI\x42", lambda: bool(self._replies.texts))
            maker = b"".join(self._replies.texts).upper()
            self.proof = "either" if b"EPSON" in maker else "paper"
        self._before = self._answered()
        return {"process": _PROCESS, "paper": _PAPER, "either": _PROCESS + _PAPER}.get(self.proof, b"")

    def rest(self, seconds: float) -> None:
        self._hear(seconds, lambda: self._answered() > self._before)

    def settled(self, _condition: Condition | None) -> bool:
        if self._answered() == self._before:
            return False
        if self.proof == "either":
            with contextlib.suppress(OSError):  # GS r may come first: it does not wait for the paper
                self._hear(ANSWER, lambda: bool(self._replies.processes))
            self.proof = "process" if self._replies.processes else "paper"
        return True

    def marks(self, seconds: float) -> str | None:
        """The printer takes the next byte for an answer to its own."""
        names, question = "", _MARKS
        while True:
            heard = len(self._replies.lists)
            self._say(question, lambda heard=heard: len(self._replies.lists) > heard, seconds)  # type: ignore[misc]
            if len(self._replies.lists) == heard:
                self._transport.send(_CAN, ANSWER)
                return None
            status, found = self._replies.lists[-1][:1], self._replies.lists[-1][1:]
            names += found.decode("ascii", "replace")
            question = _ACK
            if status != bytes((_MORE,)):
                self._transport.send(_ACK, ANSWER)
                return names

    def clean(self, size: int) -> bytes:
        """NULs fill an open command up, and are nothing outside of one; ESC @ drops the line begun."""
        return bytes(size) + b"\x1b@"

    def _answered(self) -> int:
        return len(self._replies.processes) + len(self._replies.paper)

    def _say(self, question: bytes, enough: Callable[[], bool], seconds: float | None = None) -> None:
        self._transport.send(question, ANSWER)
        self._hear(seconds or ANSWER, enough)

    def _hear(self, seconds: float, enough: Callable[[], bool]) -> None:
        end = time.monotonic() + seconds
        while not enough() and (left := end - time.monotonic()) > 0:
            data = self._transport.receive(left)
            if not data:
                return
            self._replies.take(data)


class _Labels:
    """Label printers tell whether they are at work: at rest twice in a row, they have printed."""

    proof = "rest"
    _question = b""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._rests = 0

    def ask(self) -> Condition | None:
        self._transport.send(self._question, ANSWER)
        heard, end = b"", time.monotonic() + ANSWER
        while (found := self._read(heard)) is None and (left := end - time.monotonic()) > 0:
            data = self._transport.receive(left)
            if not data:
                break
            heard += data
        return found

    def _read(self, heard: bytes) -> Condition | None:
        raise NotImplementedError

    def question(self, _proof: str) -> bytes:
        return b""

    def rest(self, seconds: float) -> None:
        time.sleep(seconds)

    def marks(self, _seconds: float) -> str | None:
        return None

    def settled(self, condition: Condition | None) -> bool:
        quiet = condition is not None and not condition.busy and not condition.trouble
        self._rests = self._rests + 1 if quiet else 0
        return self._rests > 1


class Tspl(_Labels):
    """TSC, Xprinter and most others: ESC ! ? answers one byte."""

    _question = b"\x1b!?"

    def _read(self, heard: bytes) -> Condition | None:
        return statuses.tspl(heard[-1]) if heard else None

    def clean(self, size: int) -> bytes:
        """A picture left open takes it all for dots; a PRINT left without its end prints no copies."""
        return b",0" + bytes(size) + b"\r\nCLS\r\n"


class Zpl(_Labels):
    """Zebra: ~HS answers three lines; ~JA drops everything, also inside of a graphic."""

    _question = b"~HS"

    def _read(self, heard: bytes) -> Condition | None:
        return statuses.zpl(heard)

    def clean(self, _size: int) -> bytes:
        return b"~JA"


LANGUAGES: dict[str, Callable[[Transport], Language]] = {"escpos": EscPos, "tspl": Tspl, "zpl": Zpl}
