"""Character sets, ASCII all. (`str.isdigit` and `\\d` also take other alphabets' digits.)"""

DIGITS = "0123456789"
HEX = DIGITS + "ABCDEFabcdef"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CSET82 = "!\"%&'()*+,-./:;<=>?_" + DIGITS + LETTERS
CSET64 = "-_" + DIGITS + LETTERS
CSET39 = "#-/" + DIGITS + LETTERS[:26]


def only(text: str, allowed: str) -> bool:
    """True if `text` has no other characters than `allowed`; so also if it is empty."""
    return not text.strip(allowed)


def is_digits(text: str) -> bool:
    """True for one or more ASCII digits."""
    return text != "" and only(text, DIGITS)
