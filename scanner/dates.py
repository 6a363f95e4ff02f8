"""Dates as GS1 codes carry them: six digits YYMMDD, day 00 for the last day of the month."""

from scanner import characters

ANY_YEAR = 2026  # a reference year for who only asks whether a date exists: a year 00 has a 29 February
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def full_year(yy: int, reference_year: int) -> int:
    """The year that ends in `yy` within 49 years back and 50 ahead of `reference_year` (GenSpecs 7.12)."""
    year = reference_year - reference_year % 100 + yy
    if year - reference_year > 50:
        return year - 100
    if reference_year - year > 49:
        return year + 100
    return year


def read(yymmdd: str, reference_year: int) -> "str | None":
    """The date as ISO 8601 (`2027-02-28` for `270200`), or None if there is no such date."""
    if len(yymmdd) != 6 or not characters.is_digits(yymmdd):
        return None
    year = full_year(int(yymmdd[:2]), reference_year)
    month, day = int(yymmdd[2:4]), int(yymmdd[4:])
    last = days_in_month(year, month)
    if day > last:
        return None
    return f"{year}-{month:02d}-{day or last:02d}" if last else None


def days_in_month(year: int, month: int) -> int:
    """How many days the month has; 0 for a month that does not exist."""
    if not 1 <= month <= 12:
        return 0
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 2 and leap else _DAYS[month - 1]
