"""When the clock is believed, and how old a catalogue counts."""

from kiosk.clock import Clock, catalogue_age

HOUR = 3_600_000
DAY = 24 * HOUR
BUILT = 1_790_000_000_000
NOW = BUILT + 30 * DAY


def test_unsure_until_something_vouches() -> None:
    clock = Clock(BUILT)
    assert clock.read(NOW, 5000) == (NOW, False, BUILT)
    assert clock.trust(NOW, 5000)
    assert clock.read(NOW + HOUR, 5000 + HOUR) == (NOW + HOUR, True, NOW + HOUR)


def test_out_of_step_with_the_monotonic_clock() -> None:
    clock = Clock(BUILT)
    clock.trust(NOW, 0)
    assert clock.read(NOW + HOUR + 9_000, HOUR).sure
    assert not clock.read(NOW + 2 * HOUR, HOUR).sure
    assert not clock.read(NOW, HOUR).sure
    assert clock.trust(NOW + 2 * HOUR, HOUR)  # NTP set it anew
    assert clock.read(NOW + 2 * HOUR, HOUR).sure


def test_below_the_floor_it_is_unsure_and_judged_by_the_floor() -> None:
    clock = Clock(BUILT)
    clock.raise_floor(NOW)
    clock.trust(NOW - DAY, 0)
    assert clock.read(NOW - DAY, 0) == (NOW - DAY, False, NOW)


def test_entries_written_while_sure_raise_the_floor() -> None:
    clock = Clock(BUILT)
    clock.noted(NOW)
    assert clock.floor == NOW
    clock.noted(NOW - HOUR)
    assert clock.floor == NOW


def test_a_leap_of_more_than_a_day_waits_for_the_office() -> None:
    clock = Clock(BUILT, last_sure=NOW)
    assert not clock.trust(NOW + DAY + 1, 0)
    assert not clock.read(NOW + DAY + 1, 0).sure
    clock.office_time(NOW + DAY + 1, NOW + DAY + 1, 10)
    assert clock.read(NOW + DAY + 1, 10).sure
    within = Clock(BUILT, last_sure=NOW)
    assert within.trust(NOW + DAY, 0)


def test_a_quiet_weekend_is_no_leap() -> None:
    clock = Clock(BUILT, last_sure=NOW)
    clock.trust(NOW, 0)
    assert clock.read(NOW + 3 * DAY, 3 * DAY).sure
    assert clock.trust(NOW + 3 * DAY, 3 * DAY)


def test_the_office_corrects_the_clock() -> None:
    clock = Clock(BUILT)
    clock.office_time(NOW, NOW - 400 * DAY, 1000)  # the Pi woke up in the year before
    assert clock.read(NOW - 400 * DAY + HOUR, 1000 + HOUR) == (NOW + HOUR, True, NOW + HOUR)
    assert not clock.trust(NOW - 400 * DAY + HOUR, 1000 + HOUR)  # nobody speaks against the office
    assert clock.read(NOW - 400 * DAY + HOUR, 1000 + HOUR).sure
    assert clock.trust(NOW + HOUR, 1000 + HOUR)  # NTP has now set it right
    assert clock.read(NOW + HOUR, 1000 + HOUR) == (NOW + HOUR, True, NOW + HOUR)


def test_an_office_time_a_moment_old_leaves_the_clock_alone() -> None:
    clock = Clock(BUILT)
    clock.office_time(NOW, NOW + 900, 0)
    assert clock.read(NOW + 900, 0) == (NOW + 900, True, NOW + 900)
    clock.office_time(NOW, NOW - 900, 0)
    assert clock.read(NOW - 900, 0).sure  # nor does it put it below the floor


def test_a_signed_time_lowers_a_floor_that_ran_ahead() -> None:
    clock = Clock(BUILT, last_sure=NOW + 400 * DAY)
    clock.raise_floor(NOW + 400 * DAY)
    assert not clock.read(NOW, 0).sure
    clock.office_time(NOW, NOW, 0)
    assert clock.floor == NOW
    assert clock.read(NOW, 0).sure


def test_the_age_of_a_catalogue() -> None:
    cases = (
        (HOUR, True, True, "confirmed"),
        (30 * DAY, True, True, "confirmed"),
        (0, True, False, "fresh"),
        (DAY, True, False, "fresh"),
        (DAY + 1, True, False, "stale"),
        (7 * DAY, True, False, "stale"),
        (7 * DAY + 1, True, False, "old"),
        (0, False, False, "stale"),
        (0, False, True, "stale"),
        (7 * DAY + 1, False, True, "old"),
    )
    for elapsed, sure, confirmed, age in cases:
        assert catalogue_age(NOW, NOW + elapsed, sure, confirmed) == age, (elapsed, sure, confirmed)


def test_a_clock_that_is_set_says_from_when_to_when():
    clock = Clock(0)
    assert clock.take_set() is None
    clock.trust(5_000_000, 0)  # the first reading that is believed; nothing was shown before
    assert clock.take_set() is None
    clock.trust(5_000_000 + 9_000, 8_000)
    assert clock.take_set() is None  # in step
    clock.trust(9_000_000, 10_000)  # set anew, against the monotonic clock
    assert clock.take_set() == (5_011_000, 9_000_000)
    assert clock.take_set() is None


def test_an_office_time_that_corrects_the_clock_sets_it():
    clock = Clock(0)
    clock.office_time(7_000_000_000, 1_000, 0)
    assert clock.take_set() == (1_000, 7_000_000_000)
    clock.office_time(7_000_020_000, 21_000, 20_000)
    assert clock.take_set() is None
    ahead = Clock(0, 9_000_000_000)
    ahead.office_time(7_000_000_000, 7_000_000_000, 0)  # the clock was right, what was written before was not
    assert ahead.take_set() == (9_000_000_000, 7_000_000_000)


YEAR = 365 * DAY


def confirmed(last_sure=None):
    """A clock of a boot in which the office has agreed with the wall clock, which is right."""
    clock = Clock(BUILT, last_sure)
    clock.office_time(NOW, NOW, 0)
    return clock


def test_a_leap_of_the_offices_clock_is_not_followed_by_one_that_was_vouched_for() -> None:
    by_ntp = Clock(BUILT)
    by_ntp.trust(NOW, 0)
    for clock in (by_ntp, confirmed()):
        for way in (YEAR, -20 * DAY, DAY + 2):
            assert not clock.office_time(NOW + HOUR + way, NOW + HOUR, HOUR)
            assert clock.read(NOW + HOUR, HOUR) == (NOW + HOUR, True, NOW + HOUR)
            assert clock.ahead == way and not clock.follows_office
        assert clock.office_time(NOW + HOUR + HOUR, NOW + HOUR, HOUR)  # within a day the office knows better
        assert clock.ahead is None
        assert clock.take_set() == (NOW + HOUR, NOW + 2 * HOUR)


def test_a_catalogue_of_the_leapt_clock_does_not_raise_the_floor_of_a_clock_that_was_vouched_for() -> None:
    clock = confirmed()
    clock.raise_floor(NOW + YEAR)
    assert clock.read(NOW + HOUR, HOUR) == (NOW + HOUR, True, NOW + HOUR)
    again = Clock(BUILT, NOW)  # after a restart, with that catalogue installed
    again.raise_floor(NOW + YEAR)
    assert not again.read(NOW + HOUR, 0).sure
    again.trust(NOW + HOUR, 0)
    assert again.read(NOW + HOUR, 0) == (NOW + HOUR, True, NOW + HOUR)
    again.office_time(NOW + HOUR, NOW + HOUR, 0)  # and it is right again
    assert again.floor == NOW + HOUR


def test_without_anybody_else_to_ask_the_offices_clock_is_followed_and_it_is_said() -> None:
    clock = Clock(BUILT, NOW)
    assert clock.office_time(NOW + YEAR, NOW + HOUR, 0)
    assert clock.read(NOW + HOUR, 0) == (NOW + YEAR, True, NOW + YEAR)
    assert clock.follows_office and clock.ahead == YEAR - HOUR
    assert clock.office_time(NOW + 2 * HOUR, NOW + 2 * HOUR, HOUR)  # it was set right
    assert clock.read(NOW + 2 * HOUR, HOUR) == (NOW + 2 * HOUR, True, NOW + 2 * HOUR)
    assert not clock.follows_office and clock.ahead is None


def test_a_real_time_clock_alone_does_not_stand_against_the_office() -> None:
    clock = Clock(BUILT)
    clock.trust(NOW - 40 * DAY + DAY * 12, 0, ntp=False)  # it stood still while there was no power
    assert clock.office_time(NOW, NOW - 28 * DAY, 0)
    assert clock.read(NOW - 28 * DAY, 0).at == NOW


def test_ntp_that_comes_after_a_leapt_office_counts_if_the_tills_own_entries_bear_it_out() -> None:
    clock = Clock(BUILT, NOW)
    clock.office_time(NOW + YEAR, NOW + HOUR, 0)
    assert clock.trust(NOW + 2 * HOUR, HOUR)
    assert clock.read(NOW + 2 * HOUR, HOUR) == (NOW + 2 * HOUR, True, NOW + 2 * HOUR)
    assert clock.ahead == YEAR - HOUR and not clock.follows_office
    assert not clock.office_time(NOW + YEAR + 2 * HOUR, NOW + 3 * HOUR, 2 * HOUR)
    stranger = Clock(BUILT, NOW)
    stranger.office_time(NOW + YEAR, NOW + HOUR, 0)
    assert not stranger.trust(NOW + 2 * DAY, HOUR)  # no more than the office is it borne out
    assert not stranger.trust(NOW - HOUR, HOUR)


def test_a_time_before_this_program_was_made_is_nobodys() -> None:
    clock = Clock(BUILT)
    assert not clock.office_time(BUILT - DAY, BUILT + HOUR, 0)
    assert clock.read(BUILT + HOUR, 0) == (BUILT + HOUR, False, BUILT)
    assert clock.ahead == -DAY - HOUR
