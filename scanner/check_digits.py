"""Check digits: GS1's modulo 10 (GTIN, SSCC, GLN) and ISO 7064 MOD 97-10."""

from scanner.characters import DIGITS, is_digits


def gs1_digit(body: str) -> str:
    """The check digit that follows the digits `body` (GS1 General Specifications, 7.9.1)."""
    total = 0
    weight = 3 if len(body) % 2 else 1
    for char in body:
        total += weight * int(char)
        weight = 4 - weight
    return DIGITS[-total % 10]


def gs1_ok(digits: str) -> bool:
    """True if `digits` are ASCII digits and the last one is the GS1 check digit of the others."""
    return len(digits) > 1 and is_digits(digits) and gs1_digit(digits[:-1]) == digits[-1]


def is_gtin14(text: str) -> bool:
    """True for 14 ASCII digits with a right check digit."""
    return len(text) == 14 and gs1_ok(text)


def mod97_digits(body: str) -> str:
    """The two check digits that follow the digits `body` (ISO 7064 MOD 97-10)."""
    return f"{98 - _mod97(body + '00'):02d}"


def mod97_ok(digits: str) -> bool:
    """True if `digits` are ASCII digits and the last two are the MOD 97-10 check digits of the others."""
    return len(digits) > 2 and is_digits(digits) and mod97_digits(digits[:-2]) == digits[-2:]


def _mod97(digits: str) -> int:
    rest = 0
    for char in digits:
        rest = (rest * 10 + int(char)) % 97
    return rest
