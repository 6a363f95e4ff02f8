"""What printers can do, as data: a new printer is a new line of data, never new code.

columns     cells of Font A across the paper: 48 (80 mm), 42 (80 mm, 180 dpi), 32 (58 mm)
dots        printable dots across
cell        dots of a cell: 12, with 24 rows, on all but needle printers
pages       [(number for ESC t, name of the table in printer.vietnamese)], the best first
graphics    how dots are printed: "inline" between letters (ESC *), "picture" in rows by themselves
            (GS v 0), "bands" of 8 dots (ESC * of needle printers)
zoom        a picture can be printed twice as wide and as high (GS v 0)
glyphs      letters can be defined, in place of ASCII ones (ESC &)
keeps       lists the pictures downloaded to it, and forgets them only together with its letters: at ESC @
            and when it is switched off (GS ( L, functions 80 and 83), so that letters can be proven to be there
utf8        text is UTF-8 (FS ( C)
native_qr, barcode   the printer draws QR codes (GS ( k), EAN-13 and Code 128 (GS k) itself
positions   ESC $ counts single dots, so that a long gap costs four bytes
cut         there is a knife
chinese     starts in a mode for Chinese letters that has to be ended before a page is used

Words behind a name change it by what a test page showed: "POS-5890+glyphs+qr", "plain+tcvn",
"RP326+nopages". They are: tcvn, utf8, glyphs, keeps, zoom, inline, picture, qr, barcode, positions, cut, chinese, each
with "no" before it too, and nopages.
"""

from .profile_data import PRINTERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Profile = dict[str, Any]

CELL_WIDTH = 12  # dots of Font A
CELL_HEIGHT = 24

_TCVN = [(30, "tcvn3_lower"), (31, "tcvn3_upper"), (52, "cp1258")]
_TABLES = {
    "l": "tcvn3_lower",
    "u": "tcvn3_upper",
    "v": "cp1258",
    "w": "cp1252",
    "b": "cp850",
    "c": "cp852",
    "a": "cp437",
}
_WORDS = {
    "qr": "native_qr",
    "barcode": "barcode",
    "glyphs": "glyphs",
    "keeps": "keeps",
    "zoom": "zoom",
    "utf8": "utf8",
    "positions": "positions",
    "cut": "cut",
    "chinese": "chinese",
}


def _read(line: str) -> "Profile":
    _, columns, across, cell, pages, words = line.split("|")
    made: Profile = {"columns": int(columns), "dots": int(across), "cell": int(cell)}
    made["pages"] = [(int(page[:-1]), _TABLES[page[-1]]) for page in pages.split()]
    for key in _WORDS.values():
        made[key] = key == "zoom"
    made["graphics"] = "picture"
    for word in words.split():
        _change(made, word)
    return made


def _change(made: "Profile", word: str) -> bool:
    """Change a profile by one word. Returns whether the word is known."""
    if word == "tcvn":
        made["pages"] = _TCVN
    elif word in ("nopages", "notcvn"):
        made["pages"] = []
    elif word in ("inline", "picture", "bands"):
        made["graphics"] = word
    elif word in ("noinline", "nopicture"):
        made["graphics"] = "picture" if word == "noinline" else "inline"
    elif word in _WORDS:
        made[_WORDS[word]] = True
    elif word[:2] == "no" and word[2:] in _WORDS:
        made[_WORDS[word[2:]]] = False
    else:
        return False
    return True


PROFILES = {line.split("|")[0]: _read(line) for line in PRINTERS.strip().split("\n")}


def profile(name: str) -> "Profile":
    """The profile of that name, changed by the words behind it ("plain+glyphs+qr").

    Raises ValueError that lists the names there are, or names the unknown word.
    """
    words = name.split("+")
    if words[0] not in PROFILES:
        raise ValueError(f"there is no printer profile {words[0]}; there are: " + ", ".join(sorted(PROFILES)))
    made = PROFILES[words[0]]
    if len(words) > 1:
        made = dict(made)
        for word in words[1:]:
            if not _change(made, word):
                raise ValueError(f"printer profile {name}: {word} is no word for what a printer can do")
    return made


def dots(columns: int) -> int:
    """Printable dots of a paper of so many cells: 576, 512 or 384 for the usual three."""
    return 512 if columns == 42 else columns * CELL_WIDTH
