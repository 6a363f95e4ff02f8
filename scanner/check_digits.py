"""Check digits: GS1's modulo 10 (GTIN, SSCC, GLN) and character pair (GMN), and ISO 7064 MOD 97-10."""

from scanner.characters import CAPITALS, CSET32, CSET82, DIGITS, is_digits, only

_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83)


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


def gs1_pair(body: str) -> str:
    """The two check characters that follow `body`, of at most 23 characters of CSET 82 (GenSpecs 7.9.5)."""
    total = 0
    for at in range(len(body)):
        total += CSET82.find(body[at]) * _PRIMES[len(body) - 1 - at]
    total %= 1021
    return CSET32[total >> 5] + CSET32[total & 31]


def gs1_pair_ok(text: str) -> bool:
    """True if the last two characters are the GS1 check characters of the others."""
    return 2 <= len(text) <= 25 and only(text, CSET82) and gs1_pair(text[:-2]) == text[-2:]


def mod97_digits(body: str) -> str:
    """The two check digits that follow the digits `body` (ISO 7064 MOD 97-10)."""
    return f"{98 - _mod97(body + '00'):02d}"


def mod97_ok(digits: str) -> bool:
    """True if `digits` are ASCII digits and the last two are the MOD 97-10 check digits of the others."""
    return len(digits) > 2 and is_digits(digits) and mod97_digits(digits[:-2]) == digits[-2:]


def iban_ok(text: str) -> bool:
    """True if the two digits after the country fit the rest of an IBAN (ISO 13616), letters being 10 to 35."""
    if not only(text, DIGITS + CAPITALS):
        return False
    numbers = [str((DIGITS + CAPITALS).find(char)) for char in text[4:] + text[:4]]
    return _mod97("".join(numbers)) == 1


def _mod97(digits: str) -> int:
    rest = 0
    for char in digits:
        rest = (rest * 10 + int(char)) % 97
    return rest
