"""`ocop verify`: judge one code with the catalogue that is installed, without a running service."""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from config.exits import CommandError
from kiosk import texts
from kiosk.clock import catalogue_age
from kiosk.host.clock import Clock
from kiosk.host.data import database
from kiosk.host.data.journal import last_sure
from kiosk.host.link.identity import remembered_identity
from kiosk.host.stamps.catalogue import Holder
from kiosk.host.stamps.judging import Judge

VIETNAM = timezone(timedelta(hours=7))


class _FixedClock(Clock):
    """A clock that stands at one time and is sure of it: somebody gave it with --now."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self._at = at

    @property
    def state(self) -> str:
        """Always sure."""
        return "sure"

    @property
    def judged(self) -> int:
        """The given time."""
        return self._at

    def age(self, issued: int, confirmed: bool) -> str:
        """The catalogue's age at the given time."""
        return catalogue_age(issued, self._at, True, confirmed)


def verify_here(folder: Path, text: str, purpose: str, now: str | None) -> dict[str, Any]:
    """What `ocop verify --json` prints. Raises CommandError for a wrong --now or a spoilt folder."""
    db = database.connect(folder)
    known = remembered_identity(db)
    device, outlet = (known[0].device, known[0].outlet) if known else ("", "")
    clock = Clock(last_sure(db)) if now is None else _FixedClock(_time(now))
    held = Holder(folder, outlet)
    if held.catalogue is not None:
        clock.passed(held.catalogue.issued)
    judge = Judge(db, held, clock, device)
    judged = judge.judge(text, "command", purpose, set(), clock.judged)
    catalogue = held.catalogue
    verdict = judged.verdict
    words = texts.shopper_text if purpose == "look" else texts.staff_text
    db.close()
    return {
        "verdict": verdict.verdict,
        "class": verdict.cls,
        "action": verdict.action,
        "catalogue_age": judged.age,
        "catalogue_version": catalogue.version if catalogue else None,
        "clock": clock.state,
        "text": words(verdict, purpose),
        "provenance": verdict.facts,
    }


def _time(text: str) -> int:
    """Milliseconds UTC; a time without an offset is Vietnam's, as all dates here are."""
    try:
        at = datetime.fromisoformat(text)
        if not 1970 < at.year < 9999:
            raise ValueError("the calendar of stamps does not reach so far")
    except ValueError as error:
        raise CommandError(
            f"--now: {text!r} is no ISO 8601 time, such as 2026-11-23T08:00:00+07:00.",
            vi=f"--now: {text!r} không phải thời điểm ISO 8601, như 2026-11-23T08:00:00+07:00.",
        ) from error
    return int((at if at.tzinfo else at.replace(tzinfo=VIETNAM)).timestamp() * 1000)
