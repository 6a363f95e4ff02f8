"""What may stand behind a GS1 application identifier: length, characters, check digits, dates.

Lists that GS1 borrows from others (countries, currencies, package types, IBAN countries) are not
kept here: such values are checked for length and digits only, and so are coupons.
"""

from scanner import characters, check_digits, dates
from scanner.ai_table import SPECS
from scanner.errors import CodeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

_CENTURY = 2026  # only decides whether a year 00 has a 29 February


def spec_of(ai: str) -> "str | None":
    """Flags and components of an AI as `ai_table` writes them, or None for an unknown AI."""
    if not characters.is_digits(ai):
        return None
    spec = SPECS.get(ai)
    if spec is None and len(ai) == 4:
        row = SPECS.get(ai[:3] + "n")
        if row is not None and ai[3] <= row[0]:
            return row[1:]
    return spec


def starts(data: str, at: int) -> str:
    """The AI that `data` has at `at`, or "" if none begins there. No AI begins another one."""
    for length in (2, 3, 4):
        ai = data[at : at + length]
        if len(ai) == length and spec_of(ai) is not None:
            return ai
    return ""


def is_predefined(ai: str) -> bool:
    """True if no FNC1 has to follow the value."""
    return (spec_of(ai) or "").startswith("*")


def is_attribute(ai: str) -> bool:
    """True if the AI may stand in the query of a Digital Link URI."""
    return "?" in (spec_of(ai) or "")[:2]


def longest(ai: str) -> int:
    """How many characters a value of the AI has at most."""
    total = 0
    for word in (spec_of(ai) or "").lstrip("*?").split():
        total += _component(word)[2]
    return total


def check(ai: str, value: str) -> None:
    """Raise CodeError if `value` is no value of the AI."""
    spec = spec_of(ai)
    if spec is None:
        raise CodeError(f"({ai}) is no GS1 application identifier; check how the code was made.")
    at = 0
    for word in spec.lstrip("*?").split():
        kind, low, high, optional, rules = _component(word)
        part = value[at : at + high]
        if not part and optional:
            break
        if len(part) < low:
            raise CodeError(f"The value of ({ai}) is too short; check how the code was made or read.")
        _check_characters(ai, kind, part)
        for rule in rules:
            if rule in _RULES and not _RULES[rule](part):
                raise CodeError(f"The value of ({ai}) {_WRONG.get(rule, 'is out of range')}: {part}")
        at += len(part)
    if at < len(value):
        raise CodeError(f"The value of ({ai}) is too long; check how the code was made or read.")


def _component(word: str) -> "tuple[str, int, int, bool, list[str]]":
    """Kind, lowest and highest length, optional, rules of one component, such as `[N..12],nonzero`."""
    shape, *rules = word.split(",")
    optional = shape[0] == "["
    if optional:
        shape = shape[1:-1]
    length = int(shape.split(".")[-1] if "." in shape else shape[1:])
    return shape[0], 1 if "." in shape else length, length, optional, rules


def _check_characters(ai: str, kind: str, part: str) -> None:
    if kind == "Z":
        bare = part.rstrip("=")  # GS1 counts padding to a multiple of three, and lets it be left off
        padding = len(part) - len(bare)
        if not characters.only(bare, characters.CSET64) or (
            padding and (padding > 2 or not bare or len(part) % 3)
        ):
            raise CodeError(f"The value of ({ai}) is not URL-safe base64; check how the code was made.")
    elif not characters.only(
        part, {"N": characters.DIGITS, "X": characters.CSET82, "Y": characters.CSET39}[kind]
    ):
        raise CodeError(f"The value of ({ai}) has a character that is not allowed there: {_shown(part)}")


def _shown(text: str) -> str:
    """The text with every character that cannot be printed plainly as `?`."""
    return "".join([char if " " <= char <= "~" else "?" for char in text])


def _between(low: int, high: int) -> "Callable[[str], bool]":
    return lambda value: low <= int(value) <= high


def _is_date(value: str) -> bool:
    return dates.read(value, _CENTURY) is not None


def _is_yyyymmdd(value: str) -> bool:
    return 1 <= int(value[6:]) <= dates.days_in_month(int(value[:4]), int(value[4:6]))


def _is_percent_coded(value: str) -> bool:
    return all(len(part) > 1 and characters.only(part[:2], characters.HEX) for part in value.split("%")[1:])


def _is_position(value: str) -> bool:
    first, slash, last = value[0], value[1], value[2]
    return slash == "/" and "1" <= first <= "9" and "1" <= last <= "9" and first <= last


_RULES = {
    "csum": check_digits.gs1_ok,
    "gcppos1": lambda value: len(value) >= 4 and characters.is_digits(value[:4]),
    "gcppos2": lambda value: len(value) >= 5 and characters.is_digits(value[1:5]),
    "hasnondigit": lambda value: not characters.is_digits(value),
    "hh": _between(0, 23),
    "hhmi": lambda value: int(value[:2]) < 24 and int(value[2:]) < 60,
    "hyphen": lambda value: value == "-",
    "importeridx": lambda value: characters.only(value, characters.CSET64),
    "iso5218": lambda value: value in "0129",
    "latitude": _between(0, 1800000000),
    "longitude": _between(0, 3600000000),
    "mi": _between(0, 59),
    "nonzero": lambda value: int(value) != 0,
    "nozeroprefix": lambda value: value == "0" or value[0] != "0",
    "pcenc": _is_percent_coded,
    "pieceoftotal": lambda value: 1 <= int(value[:2]) <= int(value[2:]),
    "posinseqslash": _is_position,
    "ss": _between(0, 59),
    "winding": lambda value: value in "019",
    "yesno": lambda value: value in "01",
    "yymmdd": lambda value: value[4:] != "00" and _is_date(value),
    "yymmd0": _is_date,
    "yyyymmdd": _is_yyyymmdd,
    "zero": lambda value: int(value) == 0,
}  # type: dict[str, Callable[[str], bool]]

_WRONG = {
    "csum": "has a wrong check digit, so it was misread or misprinted",
    "gcppos1": "does not begin with a company's digits",
    "gcppos2": "does not begin with a company's digits",
    "yymmdd": "is no date (YYMMDD)",
    "yymmd0": "is no date (YYMMDD)",
    "yyyymmdd": "is no date (YYYYMMDD)",
}
