"""The rules for parts of GS1 values that the AI table names behind commas (`csum`, `iso3166`, `iban`...).

Each gets a part whose length and characters were found right for its component, and says whether it
holds. They follow the reference routines of GS1's Syntax Dictionary.
"""

from scanner import characters, check_digits, code_lists, coupons, dates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

_SHORTEST_IBAN = 11  # the engine's; the standard has none


def is_base64(part: str) -> bool:
    """True for URL-safe base64. GS1 counts padding to a multiple of three, and lets it be left off."""
    bare = part.rstrip("=")
    padding = len(part) - len(bare)
    return characters.only(bare, characters.CSET64) and (not padding or (padding < 3 and len(part) % 3 == 0))


def is_percent_coded(part: str) -> bool:
    """True if two hexadecimal digits follow every `%`."""
    return all(len(code) > 1 and characters.only(code[:2], characters.HEX) for code in part.split("%")[1:])


def is_yymmd0(part: str) -> bool:
    """True for a date YYMMDD, day 00 allowed."""
    return dates.read(part, dates.ANY_YEAR) is not None


def is_yymmdd(part: str) -> bool:
    """True for a date YYMMDD with its day."""
    return part[4:] != "00" and is_yymmd0(part)


def _is_yyyymmdd(part: str) -> bool:
    return 1 <= int(part[6:]) <= dates.days_in_month(int(part[:4]), int(part[4:6]))


def _between(low: int, high: int) -> "Callable[[str], bool]":
    return lambda part: low <= int(part) <= high


def _among(codes: str) -> "Callable[[str], bool]":
    return lambda part: code_lists.has(codes, part)


def _is_iban(part: str) -> bool:
    return (
        len(part) >= _SHORTEST_IBAN
        and code_lists.has(code_lists.COUNTRY_LETTERS, part[:2])
        and check_digits.iban_ok(part)
    )


def _is_position(part: str) -> bool:
    """Such as 1/3: the first of three, which AI (7258) writes with one digit each."""
    first, slash, last = part[0], part[1], part[2]
    return slash == "/" and "1" <= first <= "9" and "1" <= last <= "9" and first <= last


RULES = {
    "couponcode": coupons.is_coupon,
    "couponposoffer": coupons.is_offer,
    "csum": check_digits.gs1_ok,
    "csumalpha": check_digits.gs1_pair_ok,
    "gcppos1": lambda part: len(part) >= 4 and characters.is_digits(part[:4]),
    "gcppos2": lambda part: len(part) >= 5 and characters.is_digits(part[1:5]),
    "hasnondigit": lambda part: not characters.is_digits(part),
    "hh": _between(0, 23),
    "hhmi": lambda part: int(part[:2]) < 24 and int(part[2:]) < 60,
    "hyphen": lambda part: part == "-",
    "iban": _is_iban,
    "importeridx": lambda part: characters.only(part, characters.CSET64),
    "iso3166": _among(code_lists.COUNTRY_NUMBERS),
    "iso3166999": code_lists.is_country_or_none,
    "iso3166alpha2": _among(code_lists.COUNTRY_LETTERS),
    "iso4217": _among(code_lists.CURRENCY_NUMBERS),
    "iso5218": lambda part: part in "0129",
    "latitude": _between(0, 1800000000),
    "longitude": _between(0, 3600000000),
    "mediatype": _among(code_lists.MEDIA_TYPES),
    "mi": _between(0, 59),
    "nonzero": lambda part: int(part) != 0,
    "nozeroprefix": lambda part: part[0] != "0",
    "packagetype": code_lists.is_package_type,
    "pcenc": is_percent_coded,
    "pieceoftotal": lambda part: 1 <= int(part[:2]) <= int(part[2:]),
    "posinseqslash": _is_position,
    "ss": _between(0, 59),
    "winding": lambda part: part in "019",
    "yesno": lambda part: part in "01",
    "yymmdd": is_yymmdd,
    "yymmd0": is_yymmd0,
    "yyyymmdd": _is_yyyymmdd,
    "zero": lambda part: int(part) == 0,
}  # type: dict[str, Callable[[str], bool]]

WRONG = {
    "csum": "has a wrong check digit, so it was misread or misprinted",
    "csumalpha": "has wrong check characters, so it was misread or misprinted",
    "gcppos1": "does not begin with a company's digits",
    "gcppos2": "does not begin with a company's digits",
    "iban": "is no account number (IBAN)",
    "iso3166": "is no country",
    "iso3166999": "is no country",
    "iso3166alpha2": "is no country",
    "iso4217": "is no currency",
    "yymmdd": "is no date (YYMMDD)",
    "yymmd0": "is no date (YYMMDD)",
    "yyyymmdd": "is no date (YYYYMMDD)",
}
