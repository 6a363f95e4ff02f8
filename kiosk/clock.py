"""How far the device's clock can be believed, and by what time goods are judged. Pure: the caller
brings the readings of the wall clock (ms UTC) and of the monotonic clock (ms since some moment of
this boot).

The clock is sure only after NTP, a real-time clock or a signed office time in this boot, while it keeps
in step with the monotonic clock, and not below the floor. A time more than 24 hours ahead of the last
sure entry is not believed before the office has signed one. The floor is a time that has certainly
passed: the highest of the catalogue's, the build's, the office's last signed time and those of entries
written while the clock was sure. A signed time also lowers it, since it alone can tell that a clock once
ran ahead.

An office's clock can be wrong too. A signed time more than a day off is not followed by a clock that NTP or
an earlier signed time has vouched for in this boot, nor one from before this program was made; and NTP that
comes after such a signed time counts instead of it, if this till's own entries bear it out.
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
    """The state of one boot. `built` is the day of this program, ms UTC; `last_sure` the time of the last entry
    written while the clock was sure (None: there is none)."""

    def __init__(self, built: int, last_sure: "int | None" = None) -> None:
        self._built = built
        self._own = max(built, last_sure or 0)  # what of the floor does not rest on a catalogue
        self._issued = 0  # when the newest catalogue was issued, by the office's clock
        self._last_sure = last_sure
        self._offset = 0  # what to add to the wall clock, when the office said so
        self._anchor: tuple[int, int] | None = None  # (at, mono) when the time was last believed
        self._signed: tuple[int, int] | None = None  # (office time, mono) in this boot
        self._was_set: tuple[int, int] | None = None
        # In this boot NTP or a signed time agreed with the wall clock, to a day.
        self._vouched = False
        # `_own` and `_last_sure` before a signed time that nothing bore out was followed.
        self._before: tuple[int, int | None] | None = None
        self.ahead: int | None = None

    @property
    def floor(self) -> int:
        """The time that has certainly passed, ms UTC."""
        return max(self._own, self._issued)

    @property
    def follows_office(self) -> bool:
        """Whether the time is the office's, more than a day off the wall clock."""
        return abs(self._offset) > LEAP_MS

    def read(self, wall: int, mono: int) -> "Reading":
        """What the two clocks now say."""
        at = wall + self._offset
        floor = self._own if self._issued_by_a_wrong_clock(at, mono) else self.floor
        sure = self._in_step(at, mono) and at >= floor
        return Reading(at, sure, at if sure else floor)

    def trust(self, wall: int, mono: int, ntp: bool = True) -> bool:
        """NTP, or (not `ntp`) a real-time clock at start, vouches for the wall clock. Whether that was believed:
        not against what the office signed in this boot, nor a leap beyond the last sure entry."""
        if self._signed is not None:
            signed = self._signed[0] + mono - self._signed[1]
            if abs(wall - signed) <= AGREE_MS:
                self.ahead = None
            elif ntp and self._is_borne_out(wall):
                self.ahead = signed - wall
            else:
                return False
        elif (
            self._last_sure is not None and wall > self._last_sure + LEAP_MS and not self._in_step(wall, mono)
        ):
            return False
        self._note_set(wall, mono, wall)
        self._offset = 0
        self._anchor = (wall, mono)
        self._vouched = ntp or self._vouched
        return True

    def office_time(self, time: int, wall: int, mono: int) -> bool:
        """The office signed `time` over our nonce just now: it is the truth, also where it is earlier. Whether it is
        followed: not more than a day off a clock that was vouched for, nor before this program was made. `ahead` is
        then, in ms, how far the office's clock is from the wall clock; None within a day."""
        at = wall + self._offset
        self.ahead = time - wall if abs(time - wall) > LEAP_MS else None
        held = self._vouched and self._in_step(at, mono) and at >= self._own
        if time < self._built or (held and abs(time - at) > LEAP_MS):
            return False
        offset = 0 if abs(wall - time) <= AGREE_MS else time - wall
        self._note_set(wall, mono, wall + offset)
        self._vouched = abs(offset) <= LEAP_MS
        if self._vouched:
            self._before = None
        elif self._before is None:
            self._before = self._own, self._last_sure
        self._offset = offset
        self._anchor = (wall + self._offset, mono)
        self._signed = (time, mono)
        self._last_sure = time
        self._own, self._issued = min(time, wall + self._offset), 0
        return True

    def take_set(self) -> "tuple[int, int] | None":
        """(the time before, the time after) if this clock was set to another time since this was asked last."""
        was_set, self._was_set = self._was_set, None
        return was_set

    def noted(self, at: int) -> None:
        """An entry was written at `at` while the clock was sure."""
        self._own = max(self._own, at)
        if self._last_sure is None or at > self._last_sure:
            self._last_sure = at

    def raise_floor(self, time: int) -> None:
        """`time` has certainly passed: a verified catalogue was issued then."""
        self._issued = max(self._issued, time)

    def _issued_by_a_wrong_clock(self, at: int, mono: int) -> bool:
        """Whether the catalogue is of a time that a clock which was vouched for will reach in a day or later."""
        return self._vouched and self._in_step(at, mono) and self._issued > at + LEAP_MS

    def _is_borne_out(self, wall: int) -> bool:
        """Whether the wall clock goes on from this till's own entries, and a signed time that was followed does not.
        They are the floor again then."""
        if self._before is None:
            return False
        own, last_sure = self._before
        if wall < own or (last_sure is not None and wall > last_sure + LEAP_MS):
            return False
        (self._own, self._last_sure), self._before, self._signed = self._before, None, None
        return True

    def _note_set(self, wall: int, mono: int, after: int) -> None:
        before = [wall + self._offset]
        if self._anchor is not None:
            before.insert(0, self._anchor[0] + mono - self._anchor[1])
        if self.floor > after and not self._issued_by_a_wrong_clock(after, mono):
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
