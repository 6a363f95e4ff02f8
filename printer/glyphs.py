"""Letters that a printer is taught (ESC &): which ASCII code stands for which of them, and when.

A definition takes the place of an ASCII letter, so only codes that the document does not print are free.
When it has more letters than there are codes, they are defined anew on the way, between two lines.

Marks make what the printer holds provable. A mark is a downloaded picture of one dot (GS ( L, functions 83
and 80) that is never printed: the printer lists the names of those that it holds, and forgets them when it
forgets its letters, at ESC @ and when it is switched off. One stands before the first definition and one
behind the last, so that a job that broke off leaves another list; their names are a digest of all letters.
"""

import hashlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Needs = list[set[str]]
    Glyphs = dict[str, int]  # letter -> the code it is printed by
    Shape = Callable[[str], bytes]  # 3 bytes for each column of a letter's dots

# Codes in the order in which they are given away: those that receipts hardly ever print, in rows as long
# as can be, so that letters left in the printer stay usable.
_ORDER = "[\\]^_`{|}~!\"#$%&;<=>?@'*+JWZFQfjwzXRVYUSEDABKILMPOGHNTCqvsyrebdplkmxcagouinht()/,-.:0123456789"


def plan(
    needs: "Needs", used: set[str], resident: "Glyphs", lasting: bool = True
) -> "tuple[list[int], dict[int, Glyphs], Glyphs]":
    """How a document's letters get to the printer.

    `needs` has the letters of each line, `used` every ASCII letter that the document prints, `resident`
    what the printer holds already. Returns (codes whose definition must go first, what to define before
    which line, what the printer holds at the end). Letters for which there is no code stay undefined.
    `lasting`: they may serve the next job too, so the codes are those that it will hardly print.
    """
    gone = sorted([code for code in resident.values() if chr(code) in used])
    held = {letter: code for letter, code in resident.items() if code not in gone}
    codes = [ord(c) for c in _ORDER if c not in used]
    if not lasting:
        codes = _longest_rows(codes)
    batches: dict[int, Glyphs] = {}
    at = 0
    while at < len(needs):
        wanted: set[str] = set()
        end = at
        while end < len(needs) and len(wanted | needs[end]) <= len(codes):
            wanted |= needs[end]
            end += 1
        if end == at:  # one line needs more letters than there are codes
            wanted = set(sorted(needs[at])[: len(codes)])
            end += 1
        missing = sorted([letter for letter in wanted if letter not in held])
        if missing:
            free = [code for code in codes if code not in held.values()]
            if len(free) < len(missing):
                free += [held[letter] for letter in sorted(held) if letter not in wanted]
            batch = dict(zip(missing, sorted(free[: len(missing)])))
            taken = batch.values()
            held = {letter: code for letter, code in held.items() if code not in taken}
            held.update(batch)
            batches[at] = batch
        at = end
    return gone, batches, held


def _longest_rows(codes: list[int]) -> list[int]:
    """The codes, those first that make the longest rows: every row costs a command."""
    rows: list[tuple[int, int, list[int]]] = []
    for code in sorted(codes):
        if rows and rows[-1][2][-1] == code - 1:
            rows[-1][2].append(code)
        else:
            rows.append((0, code, [code]))
    return [code for _, _, row in sorted([(-len(row), first, row) for _, first, row in rows]) for code in row]


def marks(held: "Glyphs", columns: "Shape") -> tuple[str, str]:
    """The names of the two marks for these letters, two ASCII characters each."""
    digest = hashlib.sha256(b"OCOP-LETTERS-1")
    for code, letter in sorted([(code, letter) for letter, code in held.items()]):
        data = columns(letter)
        digest.update(bytes((code, len(data))) + data)
    digits = digest.digest()
    number = int.from_bytes(digits[:8], "big")
    names = []
    for _ in range(2):
        name = ""
        for _ in range(2):
            number, place = number // 93, number % 93
            name += chr(33 + place)
        names.append(name)
    return names[0], names[1]


def mark(name: str) -> bytes:
    """GS ( L: define the mark of that name."""
    return b"\x1d(L\x0c\x000S0" + name.encode() + b"\x01\x01\x00\x01\x001\x80"


def definition(batch: "Glyphs", columns: "Shape") -> bytes:
    """ESC & for the letters of `batch`."""
    out = bytearray()
    letters = sorted([(code, letter) for letter, code in batch.items()])
    at = 0
    while at < len(letters):
        end = at + 1
        while end < len(letters) and letters[end][0] == letters[end - 1][0] + 1:
            end += 1
        out += b"\x1b&\x03" + bytes((letters[at][0], letters[end - 1][0]))
        for _, letter in letters[at:end]:
            data = columns(letter)
            while data[-3:] == b"\x00\x00\x00":
                data = data[:-3]  # the printer fills up with blank columns
            out.append(len(data) // 3)
            out += data
        at = end
    return bytes(out)
