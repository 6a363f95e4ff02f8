"""Calendar dates of Vietnam (UTC+7, no summer time) in integers: no clock, no time zone data.

A date is an ISO string, "2026-11-23": such strings of equal length compare like the dates they name.
A time is a number of milliseconds since 1970-01-01 UTC. Days are counted by the proleptic Gregorian
calendar (the "days from civil" arithmetic of Howard Hinnant, public domain).
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

DAY_MS: "Final" = 86_400_000
_OFFSET_MS: "Final" = 7 * 3_600_000
_MONTHS: "Final" = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_last: "list[Any]" = [None, ""]  # the day last asked for, nearly always today, and its date


def date_of(ms: int) -> str:
    """The local date at `ms` (milliseconds UTC)."""
    day = (ms + _OFFSET_MS) // DAY_MS
    if _last[0] != day:
        _last[:] = [day, _date(day)]
    return str(_last[1])


def start_of(date: str) -> int:
    """The milliseconds UTC at which `date` begins here (midnight, UTC+7)."""
    return _days(date) * DAY_MS - _OFFSET_MS


def clock_of(ms: int) -> str:
    """The local time of day at `ms`, "14:05"."""
    minutes = (ms + _OFFSET_MS) // 60_000 % 1440
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def add_days(date: str, days: int) -> str:
    """The date `days` days after `date` (before it, if negative)."""
    return _date(_days(date) + days)


def add_month(date: str) -> str:
    """The same day of the next month, or that month's last day: 31 January gives 28 or 29 February."""
    year, month, day = _parts(date)
    year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return f"{year:04d}-{month:02d}-{min(day, month_length(year, month)):02d}"


def month_length(year: int, month: int) -> int:
    """The number of days of a month (1 to 12)."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def is_date(text: str) -> bool:
    """Whether `text` is a date that exists, written as ISO 8601 does: "2026-11-23"."""
    if len(text) != 10 or text[4] != "-" or text[7] != "-":
        return False
    for place in (0, 1, 2, 3, 5, 6, 8, 9):
        if text[place] not in "0123456789":
            return False
    year, month, day = _parts(text)
    return 1 <= month <= 12 and 1 <= day <= month_length(year, month)


def vietnamese(date: str) -> str:
    """A date as Vietnamese readers write it, "23/11/2026"."""
    return f"{date[8:]}/{date[5:7]}/{date[:4]}"


def english(date: str) -> str:
    """A date as no English reader can mistake it, "23 Nov 2026"."""
    year, month, day = _parts(date)
    return f"{day} {_MONTHS[month - 1]} {year}"


def _parts(date: str) -> "tuple[int, int, int]":
    return int(date[:4]), int(date[5:7]), int(date[8:])


def _days(date: str) -> int:
    """Days since 1970-01-01. The year is taken to begin in March, so that a leap day comes last."""
    year, month, day = _parts(date)
    if month < 3:
        year -= 1
        month += 12
    of_year = (153 * (month - 3) + 2) // 5 + day - 1
    return 365 * year + year // 4 - year // 100 + year // 400 + of_year - 719_468


def _date(days: int) -> str:
    days += 719_468
    era = days // 146_097
    of_era = days - era * 146_097
    of_era_year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * of_era_year + of_era_year // 4 - of_era_year // 100)
    march = (5 * of_year + 2) // 153
    day = of_year - (153 * march + 2) // 5 + 1
    month = march + 3 if march < 10 else march - 9
    year = of_era_year + era * 400 + (1 if month < 3 else 0)
    return f"{year:04d}-{month:02d}-{day:02d}"
