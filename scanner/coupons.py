"""North American coupons: the values of AI (8110) and AI (8112), digits alone.

The fields stand one after the other. A pattern is a row of steps: `=6` six digits; `12345+0` a digit
among those before the sign that says how many digits follow it, so many more as the number behind
(`|9`: nothing follows this one); `01234` a digit among these; `date` YYMMDD.

Facts from the GS1 US coupon specifications, as GS1's Syntax Engine reads them.
"""

from scanner import dates
from scanner.characters import is_digits

_PURCHASE = "12345+0 012349 =3"
_SECOND = _PURCHASE + " 01234569+6|9"
_HEAD = "0123456+6 =6 12345+0 " + _PURCHASE
# What may follow, each at most once and in this order, behind its own digit.
_OPTIONS = (
    ("1", "0123 " + _SECOND),
    ("2", _SECOND),
    ("3", "date"),
    ("4", "date"),
    ("5", "0123456789+6"),
    ("6", "1234567+6"),
    ("9", "01256 012 =1 01"),
)
_OFFER = "01 0123456+6 =6 0123456789+6"


def is_coupon(value: str) -> bool:
    """True for the value of an AI (8110)."""
    if not is_digits(value):
        return False
    at = _follow(value, 0, _HEAD)
    expiry = ""
    for mark, pattern in _OPTIONS:
        if at >= 0 and value[at : at + 1] == mark:
            start = at + 1
            at = _follow(value, start, pattern)
            if mark == "3":
                expiry = value[start:at]
            if mark == "4" and at > 0 and expiry and value[start:at] > expiry:
                return False
    return at == len(value)


def is_offer(value: str) -> bool:
    """True for the value of an AI (8112), a coupon of the positive offer file."""
    return is_digits(value) and _follow(value, 0, _OFFER) == len(value)


def _follow(value: str, at: int, pattern: str) -> int:
    """Where the pattern's fields end that begin at `at`; -1 if they do not fit."""
    for step in pattern.split():
        if step == "date":
            day = value[at : at + 6]
            if day[4:] == "00" or dates.read(day, dates.ANY_YEAR) is None:
                return -1
            at += 6
        elif step[0] == "=":
            at += int(step[1:])
        else:
            digit = value[at : at + 1]
            allowed, counts, more = step.partition("+")
            if not digit or digit not in allowed:
                return -1
            at += 1
            more, _, nothing = more.partition("|")
            if counts and digit != nothing:
                at += int(digit) + int(more)
    return at if at <= len(value) else -1
