"""The 134 letters that Vietnamese has beyond ASCII, and the printer code pages that hold them.

A page's table is a list of (first code, letters on that code and the next ones). Sources: Epson's
"ESC/POS Command Reference", character code tables 30 and 31 (TCVN-3), and Windows-1258. Two slips
of others to avoid: some databases have U+00D0 (ETH) on A7h of page 31 where Epson prints Đ (U+0110),
and a page of TCVN-3 holds letters of one case only, so that a capital needs the other page.
"""

LOWER = "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵ"
UPPER = "ÀẢÃÁẠĂẰẲẴẮẶÂẦẨẪẤẬĐÈẺẼÉẸÊỀỂỄẾỆÌỈĨÍỊÒỎÕÓỌÔỒỔỖỐỘƠỜỞỠỚỢÙỦŨÚỤƯỪỬỮỨỰỲỶỸÝỴ"
LETTERS = LOWER + UPPER

TCVN3_LOWER = [
    (0xA8, "ăâêôơưđ"),
    (0xB5, "àảãáạ"),
    (0xBB, "ằẳẵắ"),
    (0xC6, "ặầẩẫấậè"),
    (0xCE, "ẻẽéẹềểễếệìỉ"),
    (0xDC, "ĩíịò"),
    (0xE1, "ỏõóọồổỗốộờởỡớợù"),
    (0xF1, "ủũúụừửữứựỳỷỹýỵ"),
]

TCVN3_UPPER = [
    (0xA1, "ĂÂ"),
    (0xA7, "Đ"),
    (0xAA, "ÊÔƠƯ"),
    (0xB5, "ÀẢÃÁẠ"),
    (0xBB, "ẰẲẴẮ"),
    (0xC6, "ẶẦẨẪẤẬÈ"),
    (0xCE, "ẺẼÉẸỀỂỄẾỆÌỈ"),
    (0xDC, "ĨÍỊÒ"),
    (0xE1, "ỎÕÓỌỒỔỖỐỘỜỞỠỚỢÙ"),
    (0xF1, "ỦŨÚỤỪỬỮỨỰỲỶỸÝỴ"),
]

# The signs we print, and the letters that this page has ready-made. Its other letters would need a
# tone mark as a second byte, which printers do not compose.
CP1258 = [
    (0x85, "…"),
    (0x91, "‘’“”•–—"),
    (0xB0, "°"),
    (0xB7, "·"),
    (0xC0, "ÀÁÂĂ"),
    (0xC8, "ÈÉÊ"),
    (0xCD, "Í"),
    (0xD0, "Đ"),
    (0xD3, "ÓÔƠ"),
    (0xD7, "×"),
    (0xD9, "ÙÚ"),
    (0xDD, "Ư"),
    (0xE0, "àáâă"),
    (0xE8, "èéê"),
    (0xED, "í"),
    (0xF0, "đ"),
    (0xF3, "óôơ"),
    (0xF9, "ùú"),
    (0xFD, "ư₫"),
]

# Of the western pages, the letters and signs that Vietnamese text can use.
CP1252 = [
    (0x85, "…"),
    (0x91, "‘’“”•–—"),
    (0xB0, "°"),
    (0xB7, "·"),
    (0xC0, "ÀÁÂÃ"),
    (0xC8, "ÈÉÊ"),
    (0xCC, "ÌÍ"),
    (0xD2, "ÒÓÔÕ"),
    (0xD7, "×"),
    (0xD9, "ÙÚ"),
    (0xDD, "Ý"),
    (0xE0, "àáâã"),
    (0xE8, "èéê"),
    (0xEC, "ìí"),
    (0xF2, "òóôõ"),
    (0xF9, "ùú"),
    (0xFD, "ý"),
]
CP437 = [
    (0x82, "éâ"),
    (0x85, "à"),
    (0x88, "ê"),
    (0x8A, "è"),
    (0x8D, "ì"),
    (0x90, "É"),
    (0x93, "ô"),
    (0x95, "ò"),
    (0x97, "ù"),
    (0xA0, "áíóú"),
    (0xF8, "°"),
    (0xFA, "·"),
]
CP850 = CP437[:10] + [
    (0x9E, "×"),
    (0xB5, "ÁÂÀ"),
    (0xC6, "ãÃ"),
    (0xD2, "Ê"),
    (0xD4, "È"),
    (0xD6, "Í"),
    (0xDE, "Ì"),
    (0xE0, "Ó"),
    (0xE2, "ÔÒõÕ"),
    (0xE9, "Ú"),
    (0xEB, "ÙýÝ"),
    (0xF8, "°"),
    (0xFA, "·"),
]
CP852 = [
    (0x82, "éâ"),
    (0x90, "É"),
    (0x93, "ô"),
    (0x9E, "×"),
    (0xA0, "áíóú"),
    (0xB5, "ÁÂ"),
    (0xC6, "Ăă"),
    (0xD0, "đĐ"),
    (0xD6, "Í"),
    (0xE0, "Ó"),
    (0xE2, "Ô"),
    (0xE9, "Ú"),
    (0xEC, "ýÝ"),
    (0xF8, "°"),
]

PAGES = {
    "tcvn3_lower": TCVN3_LOWER,
    "tcvn3_upper": TCVN3_UPPER,
    "cp1258": CP1258,
    "cp1252": CP1252,
    "cp437": CP437,
    "cp850": CP850,
    "cp852": CP852,
}

_tables: dict[str, dict[str, int]] = {}


def codes(page: str) -> dict[str, int]:
    """Letter -> code on the named page; not to be changed. Raises KeyError for a page not in PAGES."""
    if page not in _tables:
        table = {}
        for first, letters in PAGES[page]:
            for offset, letter in enumerate(letters):
                table[letter] = first + offset
        _tables[page] = table
    return _tables[page]


_TONES = "\u0300\u0309\u0303\u0301\u0323"  # grave, hook above, tilde, acute, dot below: as in LOWER
_SHAPES = {"ă": ("a", "\u0306"), "â": ("a", "\u0302"), "ê": ("e", "\u0302"), "ô": ("o", "\u0302")}
_SHAPES["ơ"] = ("o", "\u031b")
_SHAPES["ư"] = ("u", "\u031b")


def _compositions() -> dict[str, str]:
    """(letter and one mark) -> the letter that has it. Unicode orders a dot below before a circumflex,
    so that a mark of shape can also come after a tone."""
    made: dict[str, str] = {}
    for lower, upper in ((True, False), (False, True)):
        letters = (LOWER if lower else UPPER).replace("đ" if lower else "Đ", "")
        at, order = 0, "aăâeêioôơuưy"
        for vowel in order:
            plain, shape = _SHAPES.get(vowel, (vowel, ""))
            if upper:
                plain = plain.upper()
            whole = plain
            if shape:
                whole = letters[at]
                made[plain + shape] = whole
                at += 1
            for number, tone in enumerate(_TONES):
                made[whole + tone] = letters[at + number]
                if shape:
                    made[made[plain + tone] + shape] = letters[at + number]
            at += len(_TONES)
    return made


_composed: dict[str, str] = {}


def compose(text: str) -> str:
    """`text` with every Vietnamese letter as one character (NFC), and no loose mark: one that makes no
    Vietnamese letter is left out."""
    if not any("\u0300" <= c <= "\u036f" for c in text):
        return text
    if not _composed:
        _composed.update(_compositions())
    out: list[str] = []
    for c in text:
        if not "\u0300" <= c <= "\u036f":
            out.append(c)
        elif out and out[-1] + c in _composed:
            out[-1] = _composed[out[-1] + c]
    return "".join(out)
