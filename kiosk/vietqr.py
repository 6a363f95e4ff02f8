"""VietQR: what a customer's bank app reads to fill in a transfer. EMVCo merchant-presented QR as NAPAS uses it
("QR switching, part IV: QR code format", version 1.5.2): objects of two digits id, two digits length, value.
"""

from kiosk.folding import fold

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_NAPAS: "Final" = "A000000727"
_DONG: "Final" = "704"  # ISO 4217
_DIGITS: "Final" = "0123456789"
_LETTERS: "Final" = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LONGEST_ACCOUNT: "Final" = 19
LONGEST_PURPOSE: "Final" = 25
MOST: "Final" = 9_999_999_999_999  # thirteen characters


class AccountError(ValueError):
    """No transfer can be asked for with this bank or account."""


def payload(
    bank: str, account: str, amount: int = 0, purpose: str = "", bill: str = "", card: bool = False
) -> str:
    """The QR code's text, ASCII. Raises AccountError.

    bank     the bank's BIN, six digits
    account  number of the account (letters and digits), or of the card where `card`
    amount   đồng; 0: the customer types it (a code of the kind that is used again and again)
    purpose  what the transfer says, cut to 25 characters, without marks
    bill     the bill's number, up to 25 characters
    """
    if len(bank) != 6 or bank.strip(_DIGITS):
        raise AccountError("the bank's BIN has six digits: " + bank)
    if not 1 <= len(account) <= LONGEST_ACCOUNT or account.strip(_DIGITS + _LETTERS):
        raise AccountError("an account has up to 19 letters and digits: " + account)
    if not 0 <= amount <= MOST:
        raise AccountError("no transfer is of " + str(amount) + " đồng")
    to = _object("00", bank) + _object("01", account)
    merchant = _object("00", _NAPAS) + _object("01", to) + _object("02", "QRIBFTTC" if card else "QRIBFTTA")
    text = _object("00", "01") + _object("01", "12" if amount else "11") + _object("38", merchant)
    text += _object("53", _DONG)
    if amount:
        text += _object("54", str(amount))
    text += _object("58", "VN")
    more = _object("01", bill[:LONGEST_PURPOSE]) if bill else ""
    words = plain(purpose)
    if words:
        more += _object("08", words)
    if more:
        text += _object("62", more)
    text += "6304"
    return text + crc(text)


def plain(purpose: str) -> str:
    """The purpose as every bank takes it: letters without marks, digits, single spaces, 25 characters."""
    parts = []
    for word in purpose.split(" "):
        if word and not word.strip(_LETTERS + _DIGITS):
            parts.append(word)  # plain already: keeps its capitals
        else:
            parts.append(fold(word))
    return " ".join([part for part in parts if part])[:LONGEST_PURPOSE].strip()


def crc(text: str) -> str:
    """CRC-16/CCITT-FALSE (polynomial 1021, start FFFF) of an ASCII text, four capital hex digits."""
    value = 0xFFFF
    for byte in text.encode():
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1) ^ (0x1021 if value & 0x8000 else 0)
            value &= 0xFFFF
    return f"{value:04X}"


def _object(name: str, value: str) -> str:
    return f"{name}{len(value):02d}{value}"
