"""Character sets, ASCII all. (`str.isdigit` and `\\d` also take other alphabets' digits.)"""

DIGITS = "0123456789"
HEX = DIGITS + "ABCDEFabcdef"
CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LETTERS = CAPITALS + "abcdefghijklmnopqrstuvwxyz"
CSET82 = "!\"%&'()*+,-./" + DIGITS + ":;<=>?" + CAPITALS + "_" + LETTERS[26:]  # in GS1's order
CSET64 = "-_" + DIGITS + LETTERS
CSET39 = "#-/" + DIGITS + CAPITALS
CSET32 = DIGITS[2:] + "ABCDEFGHJKLMNPQRSTUVWXYZ"  # in GS1's order: a check character's value is its place


def only(text: str, allowed: str) -> bool:
    """True if `text` has no other characters than `allowed`; so also if it is empty."""
    return not text.strip(allowed)


def is_digits(text: str) -> bool:
    """True for one or more ASCII digits."""
    return text != "" and only(text, DIGITS)
