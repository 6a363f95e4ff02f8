"""Dates of Vietnam in integers."""

from kiosk import calendar

DAY = calendar.DAY_MS


def test_a_day_begins_at_midnight_here_not_in_greenwich() -> None:
    midnight = 1795194000000  # 2026-11-20 17:00 UTC
    assert calendar.date_of(midnight) == "2026-11-21"
    assert calendar.date_of(midnight - 1) == "2026-11-20"
    assert calendar.start_of("2026-11-21") == midnight
    assert calendar.clock_of(midnight) == "00:00"
    assert calendar.clock_of(midnight - 1) == "23:59"


def test_known_dates() -> None:
    assert calendar.date_of(0) == "1970-01-01"
    assert calendar.date_of(1709164800000) == "2024-02-29"
    assert calendar.date_of(951782400000) == "2000-02-29"
    assert calendar.date_of(4107542400000) == "2100-03-01"
    assert calendar.date_of(-7 * 3_600_000 - 1) == "1969-12-31"


def test_every_day_of_four_centuries_follows_the_one_before() -> None:
    year, month, day = 1970, 1, 1
    ms = calendar.start_of("1970-01-01")
    for _ in range(146_097):
        date = calendar.date_of(ms)
        if day == 1:
            assert date == f"{year:04d}-{month:02d}-{day:02d}"
            assert calendar.start_of(date) == ms
        ms += DAY
        day += 1
        if day > calendar.month_length(year, month):
            day = 1
            month += 1
            if month > 12:
                year, month = year + 1, 1
    assert calendar.date_of(ms) == "2370-01-01"


def test_one_calendar_month_later() -> None:
    cases = (
        ("2026-01-31", "2026-02-28"),
        ("2028-01-31", "2028-02-29"),
        ("2027-01-29", "2027-02-28"),
        ("2026-03-31", "2026-04-30"),
        ("2026-10-23", "2026-11-23"),
        ("2026-12-31", "2027-01-31"),
        ("2026-02-28", "2026-03-28"),
    )
    for date, later in cases:
        assert calendar.add_month(date) == later, date


def test_days_are_added_over_months_and_years() -> None:
    assert calendar.add_days("2026-12-31", 1) == "2027-01-01"
    assert calendar.add_days("2024-02-28", 1) == "2024-02-29"
    assert calendar.add_days("2026-03-01", -1) == "2026-02-28"
    assert calendar.add_days("2026-11-23", 0) == "2026-11-23"
    assert calendar.add_days("2023-11-23", 1096) == "2026-11-23"


def test_what_is_a_date() -> None:
    for good in ("2026-11-23", "2028-02-29", "0001-01-01"):
        assert calendar.is_date(good), good
    for bad in (
        "2026-02-29",
        "2026-13-01",
        "2026-00-10",
        "2026-11-31",
        "2026-1-23",
        "23/11/2026",
        "",
        "２026-11-23",
    ):
        assert not calendar.is_date(bad), bad


def test_dates_as_people_write_them() -> None:
    assert calendar.vietnamese("2026-11-03") == "03/11/2026"
    assert calendar.english("2026-11-03") == "3 Nov 2026"
