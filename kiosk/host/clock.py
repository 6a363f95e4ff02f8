"""The device's clock: readings, who vouches for it, and the state that `kiosk.clock` keeps."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from kiosk import clock
from kiosk.host.data.journal import Moment

# Nothing that this program writes can be earlier: the day of this release, ms UTC.
BUILT = 1_795_392_000_000  # 2026-11-23

# systemd-timesyncd makes this file in each boot once NTP has set the clock.
NTP_SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
REAL_TIME_CLOCK = Path("/dev/rtc0")

log = logging.getLogger(__name__)


class Clock:
    """The clock of this boot. `last_sure` is the time of the journal's last entry with a sure clock.

    `on_set(source, before, after)` is told, in ms UTC, when the "office" or the "system" set it to another time.
    """

    def __init__(self, last_sure: int | None = None) -> None:
        self.on_set: Callable[[str, int, int], None] | None = None
        self._state = clock.Clock(BUILT, last_sure)
        self._heard_ntp = False
        if REAL_TIME_CLOCK.exists():
            self._state.trust(_wall(), _mono(), ntp=False)

    def moment(self) -> Moment:
        """Now, for the header of an entry."""
        reading = self._read()
        if reading.sure:
            self._state.noted(reading.at)
        return Moment(reading.at, _mono(), "sure" if reading.sure else "unsure")

    @property
    def state(self) -> str:
        """ "sure" or "unsure"."""
        return "sure" if self._read().sure else "unsure"

    @property
    def judged(self) -> int:
        """The time by which expiry is judged, ms UTC."""
        return int(self._read().judged)

    @property
    def office_ahead(self) -> int | None:
        """How far the office's clock is ahead of this machine's, in ms (negative: behind); None within a day."""
        return self._state.ahead

    @property
    def follows_office(self) -> bool:
        """Whether the time is the office's, more than a day off this machine's clock."""
        return self._state.follows_office

    def age(self, issued: int, confirmed: bool) -> str:
        """confirmed, fresh, stale or old: a catalogue issued at `issued`."""
        reading = self._read()
        return clock.catalogue_age(issued, reading.judged, reading.sure, confirmed)

    def office_time(self, at: int) -> None:
        """The office signed this time just now."""
        before = self._state.ahead
        self._state.office_time(at, _wall(), _mono())
        if (ahead := self._state.ahead) is not None and before is None:
            followed = "followed" if self._state.follows_office else "not followed"
            log.warning(
                "the office's clock is %d s ahead of this machine's; it is %s", ahead // 1000, followed
            )
        self._tell("office")

    def passed(self, at: int) -> None:
        """This time has certainly passed: a verified catalogue was issued then."""
        self._state.raise_floor(at)

    def _read(self) -> clock.Reading:
        reading = self._state.read(_wall(), _mono())
        if not (reading.sure and self._heard_ntp) and NTP_SYNCHRONISED.exists():
            self._heard_ntp = True
            self._state.trust(_wall(), _mono())
            reading = self._state.read(_wall(), _mono())
            self._tell("system")
        return reading

    def _tell(self, source: str) -> None:
        was_set = self._state.take_set()
        if was_set is not None and self.on_set is not None:
            self.on_set(source, *was_set)


def _wall() -> int:
    return time.time_ns() // 1_000_000


def _mono() -> int:
    return time.monotonic_ns() // 1_000_000
