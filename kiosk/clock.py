"""How far the device's clock can be believed, and by what time goods are judged. Pure: the caller
brings the readings of the wall clock (ms UTC) and of the monotonic clock (ms since some moment of
this boot).

The clock is sure only after NTP, a real-time clock or a signed office time in this boot, while it keeps
in step with the monotonic clock, and not below the floor. A time more than 24 hours ahead of the last
sure entry is not believed before the office has signed one. The floor is a time that has certainly
passed: the highest of the catalogue's, the build's, the office's last signed time and those of entries
written while the clock was sure. A signed time also lowers it, since it alone can tell that a clock once
ran ahead.
"""

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

CONFIRMED_MS: "Final" = 15 * 60_000
FRESH_MS: "Final" = 24 * 3_600_000
STALE_MS: "Final" = 7 * 24 * 3_600_000
LEAP_MS: "Final" = 24 * 3_600_000
STEP_MS: "Final" = 10_000  # a wall clock that moved so much against the monotonic one was set anew
AGREE_MS: "Final" = 60_000  # an office time this near confirms the wall clock instead of correcting it

Reading = namedtuple("Reading", ("at", "sure", "judged"))
"""`at`: the best known time, ms UTC; `sure`: whether it is to be believed; `judged`: the time by which
expiry is judged: `at` if sure, else the floor. A sale made while unsure is flagged."""


class Clock:
    """The state of one boot. `floor` in ms UTC; `last_sure` is the time of the last entry written while
    the clock was sure (None: there is none). Take both from after the last signed office time, if any."""

    def __init__(self, floor: int, last_sure: "int | None" = None) -> None:
        self.floor = floor
        self._last_sure = last_sure
        self._offset = 0  # what to add to the wall clock, when the office said so
        self._anchor: tuple[int, int] | None = None  # (at, mono) when the time was last believed
        self._signed: tuple[int, int] | None = None  # (office time, mono) in this boot
        self._was_set: tuple[int, int] | None = None

    def read(self, wall: int, mono: int) -> "Reading":
        """What the two clocks now say."""
        at = wall + self._offset
        sure = self._in_step(at, mono) and at >= self.floor
        return Reading(at, sure, at if sure else self.floor)

    def trust(self, wall: int, mono: int) -> bool:
        """NTP, or a real-time clock at start, vouches for the wall clock. Whether that was believed:
        not against what the office signed in this boot, nor a leap beyond the last sure entry."""
        if self._signed is not None:
            if abs(wall - self._signed[0] - (mono - self._signed[1])) > AGREE_MS:
                return False
        elif (
            self._last_sure is not None and wall > self._last_sure + LEAP_MS and not self._in_step(wall, mono)
        ):
            return False
        self._note_set(wall, mono, wall)
        self._offset = 0
        self._anchor = (wall, mono)
        return True

    def office_time(self, time: int, wall: int, mono: int) -> None:
        """The office signed `time` over our nonce just now: it is the truth, also where it is earlier."""
        offset = 0 if abs(wall - time) <= AGREE_MS else time - wall
        self._note_set(wall, mono, wall + offset)
        self._offset = offset
        self._anchor = (wall + self._offset, mono)
        self._signed = (time, mono)
        self._last_sure = time
        self.floor = min(time, wall + self._offset)

    def take_set(self) -> "tuple[int, int] | None":
        """(the time before, the time after) if this clock was set to another time since this was asked last."""
        was_set, self._was_set = self._was_set, None
        return was_set

    def noted(self, at: int) -> None:
        """An entry was written at `at` while the clock was sure."""
        self.raise_floor(at)
        if self._last_sure is None or at > self._last_sure:
            self._last_sure = at

    def raise_floor(self, time: int) -> None:
        """`time` has certainly passed: a verified catalogue was issued then."""
        self.floor = max(self.floor, time)

    def _note_set(self, wall: int, mono: int, after: int) -> None:
        before = [wall + self._offset]
        if self._anchor is not None:
            before.insert(0, self._anchor[0] + mono - self._anchor[1])
        if self.floor > after:
            before.append(self.floor)
        for at in before:
            if abs(at - after) > STEP_MS:
                self._was_set = (at, after)
                return

    def _in_step(self, at: int, mono: int) -> bool:
        if self._anchor is None:
            return False
        return abs(at - self._anchor[0] - (mono - self._anchor[1])) <= STEP_MS


def catalogue_age(issued: int, now: int, sure: bool, confirmed: bool) -> str:
    """confirmed, fresh, stale or old: how sure we are of a catalogue issued at `issued` (ms UTC).

    now        the time by which goods are judged (`Reading.judged`)
    confirmed  within `CONFIRMED_MS` by the monotonic clock the office signed that it is the newest
    """
    if now - issued > STALE_MS and not (sure and confirmed):
        return "old"
    if not sure:
        return "stale"
    if confirmed:
        return "confirmed"
    return "fresh" if now - issued <= FRESH_MS else "stale"
