"""One job sent to a printer: how it is, the bytes, what became of them.

A printer is asked before a byte of the job goes out; one that says why it cannot print, or has answered
before and now keeps silent, gets nothing. Behind the job goes a question that the printer answers when it
comes to it: only that answer proves that everything before it was printed.
"""

import contextlib
import time
from typing import NamedTuple

import msgspec

from printer.host import statuses
from printer.host.languages import ANSWER, LANGUAGES, Language
from printer.host.statuses import both
from printer.host.transports import Transport

STALL = 10.0  # seconds without a byte being taken, until the printer counts as stuck
LONGEST = 180.0  # seconds for all bytes of a job, however slowly they are taken
POLL = 0.5  # seconds between two questions after a job
FIRST = 3.0  # seconds for an answer that this printer has never given
PROOF = 30.0  # and for one that it has, while its status is good
BUSY = 240.0  # and while it says that it works
LINGER = 1.0  # seconds for a network printer without status to close its side
OPEN_COMMAND = 4096  # bytes that a command of a broken job, of a size that we do not know, may still want

STOPPED = "Máy in ngừng giữa chừng. / The printer stopped in the middle."
GONE = "Mất liên lạc với máy in giữa chừng. / The printer was lost in the middle."
LATE = (
    "Máy in đã nhận nhưng chưa báo in xong. / The printer took the job but has not said that it is printed."
)
STUCK = "Máy in không nhận dữ liệu: tắt rồi bật lại. / The printer takes no data: switch it off and on."
REFUSED = (
    "Máy in không nhận dữ liệu ({reason}): xem công tắc và dây cắm. "
    "/ The printer takes no data ({reason}): check its switch and cable."
)
RESTARTED = "Máy in bị tắt rồi bật lại khi đang in. / The printer was switched off and on while it printed."
UNSAID = (
    "Máy in này không báo đã in xong; hãy nhìn giấy. "
    "/ This printer does not say when it has printed; look at the paper."
)


class Memory(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a printer remembers (`printer.escpos.job`): its letters' codes, and the marks that prove them."""

    letters: dict[str, int] = {}
    marks: str = ""


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was learned about a printer, to be handed in with its next job.

    `answers`: it tells its status. `proof`: how it answers the last question: "process" (GS ( H), "paper"
    (GS r), "none" (not at all), "" (not yet known). `unsettled`: its last job broke off, perhaps inside a
    command. `memory`: what it remembered after its last job. `keeps`: "yes" when it has
    listed the marks that a job gave it, "no" when it was asked and did not, "" not yet known.
    """

    answers: bool = False
    proof: str = ""
    unsettled: bool = False
    memory: Memory = Memory()
    keeps: str = ""


class Taught(NamedTuple):
    """What a job does to a printer's memory: `after` it; and the same job, `shorter`, for a printer that
    has the marks `needs` at that moment, with what it remembers `then`."""

    after: Memory = Memory()
    needs: str = ""
    shorter: bytes = b""
    then: Memory = Memory()


class Outcome(msgspec.Struct, frozen=True):
    """How a job ended: "printed", "not_printed" (no byte of it went out) or "unknown", and why.

    `proof`, when printed, is who says so: "printer" (it confirmed the very job), "status" (it took all and
    is well), "closed" (its side read all and closed), "taken" (all bytes were taken, nothing more is known).
    `shorter`: it was `Taught.shorter` that went out.
    """

    state: str
    detail: str = ""
    proof: str = ""
    known: Known = Known()
    shorter: bool = False


class Sending:
    """One job on its way."""

    def __init__(self, transport: Transport, language: str, known: Known) -> None:
        self._transport = transport
        self._printer: Language = LANGUAGES[language](transport)
        self._known = known
        self._sent = 0  # bytes of the job
        self._memory = Memory()  # what the printer remembers if all of it is carried out
        self._relied = False  # on what it remembered before

    def run(self, data: bytes, taught: Taught = Taught()) -> Outcome:  # noqa: B008 - frozen
        """Send `data`, or its shorter form, and find out what became of it. Never raises OSError; the
        transport is closed."""
        try:
            outcome = self._run(data, taught)
        except OSError as error:
            reason = error.strerror or str(error)
            self._known = msgspec.structs.replace(self._known, unsettled=True)  # perhaps inside a question
            outcome = self._broken(GONE) if self._sent else self._nothing(REFUSED.format(reason=reason))
        outcome = msgspec.structs.replace(outcome, shorter=self._relied)
        with contextlib.suppress(OSError):  # there may be nothing left to let go of
            if outcome.state == "not_printed" or outcome.known.unsettled:
                self._transport.abort()
            else:
                self._transport.close()
        return outcome

    def _nothing(self, detail: str) -> Outcome:
        return Outcome("not_printed", detail, known=self._known)

    def _unclear(self, detail: str) -> Outcome:
        """The printer has all of it."""
        return Outcome("unknown", both(detail, statuses.LOOK), known=self._known)

    def _broken(self, detail: str) -> Outcome:
        """The printer may have a part of it."""
        self._known = msgspec.structs.replace(self._known, unsettled=True)
        return self._unclear(detail)

    def _run(self, data: bytes, taught: Taught) -> Outcome:
        if self._known.unsettled:
            self._give(self._printer.clean(max(len(data), OPEN_COMMAND)))
            self._sent = 0
            self._known = msgspec.structs.replace(self._known, unsettled=False)
        condition = self._printer.ask()
        if condition is None and self._known.answers:
            condition = self._printer.ask()
            if condition is None:
                return self._nothing(statuses.SILENT)
        if condition is None and self._transport.waiting():
            return self._nothing(STUCK)  # not even the question was taken
        if condition is not None and condition.trouble:
            return self._nothing(condition.trouble)
        if condition is not None:
            self._known = msgspec.structs.replace(self._known, answers=True)
            self._memory, self._relied = taught.after, bool(taught.needs) and self._has(taught.needs, ANSWER)
            if self._relied:
                data, self._memory = taught.shorter, taught.then
            data += self._printer.question(self._known.proof)
        self._known = msgspec.structs.replace(self._known, memory=Memory())
        try:
            self._give(data)
        except TimeoutError:
            return self._broken(STOPPED) if self._sent else self._nothing(STUCK)
        if condition is None:
            closed = self._transport.finish(LINGER)
            return Outcome("printed", UNSAID, "closed" if closed else "taken", self._known)
        return self._proof(condition.remark)

    def _give(self, data: bytes) -> None:
        """Send all. Raises TimeoutError when the printer takes nothing for STALL seconds."""
        limit = time.monotonic() + LONGEST
        rest = memoryview(data)
        while rest:
            count = self._transport.send(bytes(rest[:65536]), STALL)
            self._sent += count
            rest = rest[count:]
            if not count or time.monotonic() > limit:
                raise TimeoutError("no byte was taken")
        left, moved = self._transport.waiting(), time.monotonic()
        while left:
            time.sleep(0.002)
            before, left, now = left, self._transport.waiting(), time.monotonic()
            moved = now if left != before else moved
            if now > moved + STALL or now > limit:
                raise TimeoutError("the last bytes were not taken")

    def _proof(self, remark: str) -> Outcome:
        """Wait for the printer to say that it has come to the end."""
        printer, known = self._printer, self._known
        busiest = time.monotonic() + BUSY
        limit = time.monotonic() + (PROOF if known.proof in ("process", "paper") else FIRST)
        while True:
            try:
                printer.rest(POLL)
                condition = printer.ask() or printer.ask()
            except OSError:
                condition = None
            if printer.settled(condition):
                if condition is not None:  # what ails it now came after the job
                    remark = condition.trouble or condition.remark or remark
                self._known = msgspec.structs.replace(known, proof=printer.proof)
                if not self._kept():
                    return self._broken(RESTARTED)
                return Outcome("printed", remark, "printer", self._known)
            if condition is None:
                return self._broken(GONE)
            if condition.trouble:
                return self._unclear(condition.trouble)
            if time.monotonic() > (busiest if condition.busy else limit):
                break
        if known.proof in ("process", "paper") or condition.busy:
            return self._unclear(LATE)
        self._known = msgspec.structs.replace(known, proof="none")
        self._transport.finish(LINGER)
        return Outcome("printed", remark or UNSAID, "status", self._known)

    def _has(self, marks: str, seconds: float) -> bool:
        """Whether the printer has these marks and no others."""
        found = self._printer.marks(seconds)
        return found is not None and _names(found) == _names(marks)

    def _kept(self) -> bool:
        """Note what the printer remembers after a job. False: it lost it during the job, and so letters."""
        if not self._memory.marks:
            return True
        known = self._known
        try:
            if self._has(self._memory.marks, FIRST):
                self._known = msgspec.structs.replace(known, memory=self._memory, keeps="yes")
                return True
        except OSError:  # the job itself is printed
            return not self._relied
        if known.keeps == "yes":
            return False
        self._known = msgspec.structs.replace(known, keeps="no")
        return True


def _names(marks: str) -> set[str]:
    return {marks[at : at + 2] for at in range(0, len(marks), 2)}
