"""Dates and times as people write them in Vietnam: 23/11/2026 14:05, always UTC+7 (no summer time)."""

_UTC_PLUS_7 = 7 * 3600


def _civil(days: int) -> tuple[int, int, int]:
    """(year, month, day) of a day counted from 1 January 1970, in the Gregorian calendar.

    Counts from 1 March of year 0, so that the leap day is the last of its year; 146,097 days are
    400 years. Integers only.
    """
    days += 719468
    era, day_of_era = divmod(days, 146097)
    year = (day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096) // 365
    day_of_year = day_of_era - (365 * year + year // 4 - year // 100)
    month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    return year + era * 400 + (1 if month <= 2 else 0), month, day


def local_time(at: int) -> str:
    """Milliseconds UTC -> "23/11/2026 14:05" in Vietnam."""
    days, second = divmod(at // 1000 + _UTC_PLUS_7, 86400)
    year, month, day = _civil(days)
    return f"{day:02d}/{month:02d}/{year} {second // 3600:02d}:{second % 3600 // 60:02d}"


def day(date: str) -> str:
    """ "2026-11-23" -> "23/11/2026". Raises ValueError when `date` is not of that form."""
    parts = date.split("-")
    if [len(part) for part in parts] != [4, 2, 2] or any(c not in "0123456789" for c in "".join(parts)):
        raise ValueError(f"not a date like 2026-11-23: {date}")
    return "/".join((parts[2], parts[1], parts[0]))
