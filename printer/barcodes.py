"""EAN-13 and Code 128 as bars, and how large codes come out. ISO/IEC 15420, 15417 and 18004."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .drawings import Drawing

_LEFT = [
    "0001101",
    "0011001",
    "0010011",
    "0111101",
    "0100011",
    "0110001",
    "0101111",
    "0111011",
    "0110111",
    "0001011",
]
_PARITY = ["LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL"]
# Widths of bars and spaces of each of the 106 characters, and of the stop.
_CODE128 = (
    "212222222122222221121223121322131222122213122312132212221213221312231212112232122132122231113222"
    "123122123221223211221132221231213212223112312131311222321122321221312212322112322211212123212321"
    "232121111323131123131321112313132113132311211313231113231311112133112331132131113123113321133121"
    "313121211331231131213113213311213131311123311321331121312113312311332111314111221411431111111224"
    "111422121124121421141122141221112214112412122114122411142112142211241211221114413111241112134111"
    "111242121142121241114212124112124211411212421112421211212141214121412121111143111341131141114113"
    "114311411113411311113141114131311141411131211412211214211232"
)
_STOP = "2331112"
_START_B, _START_C, _TO_B, _TO_C = 104, 105, 100, 99
_DIGITS = "0123456789"

# Characters that QR versions 1 to 40 hold in alphanumeric mode and bytes in byte mode, levels L, M, Q, H
# (ISO/IEC 18004, table 7); the first ten versions are all that paper of ours has room for.
_ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_HOLDS = {
    "l": ([25, 47, 77, 114, 154, 195, 224, 279, 335, 395], [17, 32, 53, 78, 106, 134, 154, 192, 230, 271]),
    "m": ([20, 38, 61, 90, 122, 154, 178, 221, 262, 311], [14, 26, 42, 62, 84, 106, 122, 152, 180, 213]),
    "q": ([16, 29, 47, 67, 87, 108, 125, 157, 189, 221], [11, 20, 32, 46, 60, 74, 86, 108, 130, 151]),
    "h": ([10, 20, 35, 50, 64, 84, 93, 122, 143, 174], [7, 14, 24, 34, 44, 58, 64, 84, 98, 119]),
}


def qr_modules(text: str, level: str = "m") -> int:
    """Modules of a side of the QR code that holds an ASCII text. Raises ValueError above version 10."""
    capital = not any(c not in _ALPHANUMERIC for c in text)
    for version, room in enumerate(_HOLDS[level][0 if capital else 1]):
        if len(text) <= room:
            return 21 + 4 * version
    raise ValueError("a QR code of more than version 10: " + str(len(text)) + " characters")


def ean13(digits: str) -> str:
    """Twelve digits with their check digit, or thirteen as they are.

    Raises ValueError when they are no digits, of another number, or the check digit is wrong.
    """
    if len(digits) not in (12, 13) or any(c not in _DIGITS for c in digits):
        raise ValueError("EAN-13 has 12 or 13 digits: " + digits)
    total = sum([int(c) * (3 if index % 2 else 1) for index, c in enumerate(digits[:12])])
    whole = digits[:12] + str(-total % 10)
    if digits not in (whole, whole[:12]):
        raise ValueError("EAN-13 with a wrong check digit: " + digits)
    return whole


def check(kind: str, text: str) -> str:
    """The text that a barcode of that kind ("ean13", "code128") holds. Raises ValueError."""
    if kind == "ean13":
        return ean13(text)
    if not 1 <= len(text) <= 80 or any(not " " <= c <= "~" for c in text):
        raise ValueError("Code 128 holds 1 to 80 ASCII characters: " + text)
    return text


def modules(kind: str, text: str) -> str:
    """The bars of a barcode, one "1" or "0" a module, without margins. Raises ValueError."""
    text = check(kind, text)
    if kind == "ean13":
        out = "101"
        for index, c in enumerate(text[1:7]):
            pattern = _LEFT[int(c)]
            if _PARITY[int(text[0])][index] == "G":  # mirrored and inverted
                pattern = "".join(["0" if bit == "1" else "1" for bit in reversed(pattern)])
            out += pattern
        out += "01010"
        for c in text[7:]:
            out += "".join(["0" if bit == "1" else "1" for bit in _LEFT[int(c)]])
        return out + "101"
    values = code128(text)
    total = values[0] + sum([index * value for index, value in enumerate(values)])
    widths = "".join([_CODE128[6 * value : 6 * value + 6] for value in values + [total % 103]]) + _STOP
    return "".join([("0" if index % 2 else "1") * int(wide) for index, wide in enumerate(widths)])


def code128(text: str) -> list[int]:
    """The characters of a Code 128, from the start on: pairs of digits where four or more stand together."""
    values: list[int] = []
    at, pairs = 0, False
    while at < len(text):
        end = at
        while end < len(text) and text[end] in _DIGITS:
            end += 1
        if pairs and end - at >= 2:
            values.append(int(text[at : at + 2]))
            at += 2
            continue
        if not pairs and end - at >= 4 and (end - at) % 2 == 0:
            values.append(_TO_C if values else _START_C)
            pairs = True
            continue
        if pairs or not values:
            values.append(_TO_B if values else _START_B)
            pairs = False
        values.append(ord(text[at]) - 32)
        at += 1
    return values


def drawn(kind: str, text: str) -> "Drawing":
    """A barcode one dot high, one dot a module. Raises ValueError."""
    bars = modules(kind, text)
    stride = (len(bars) + 7) // 8
    return len(bars), 1, (int(bars, 2) << (8 * stride - len(bars))).to_bytes(stride, "big")
