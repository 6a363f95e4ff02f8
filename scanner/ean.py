"""Retail codes: EAN-13, EAN-8, UPC-A, UPC-E, all as a GTIN of 14 digits."""

from scanner import characters, check_digits
from scanner.errors import CodeError


def read(text: str) -> "str | None":
    """The GTIN-14 of 8, 12 or 13 ASCII digits; None for any other text.

    Eight digits can be EAN-8 or UPC-E, and a text does not say which. Those that begin with 0 are
    UPC-E if that fits (an EAN-8 with 0 is a shop's own number), others EAN-8 if that fits.
    """
    if len(text) not in (8, 12, 13) or not characters.is_digits(text):
        return None
    candidates = [text]
    if len(text) == 8 and text[0] in "01":
        candidates.insert(0 if text[0] == "0" else 1, expand(text))
    for digits in candidates:
        if check_digits.gs1_ok(digits):
            return "0" * (14 - len(digits)) + digits
    raise CodeError(f"The check digit of {text} is wrong; scan it again, or check the digits.")


def expand(upc_e: str) -> str:
    """The UPC-A (12 digits) that a UPC-E of 8 digits stands for (GenSpecs 5.2.2.4)."""
    system, body, check = upc_e[0], upc_e[1:7], upc_e[7]
    last = body[5]
    if last in "012":
        middle = body[:2] + last + "0000" + body[2:5]
    elif last == "3":
        middle = body[:3] + "00000" + body[3:5]
    elif last == "4":
        middle = body[:4] + "00000" + body[4]
    else:
        middle = body[:5] + "0000" + last
    return system + middle + check
