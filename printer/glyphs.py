"""Letters that a printer is taught (ESC &): which ASCII code stands for which of them, and when.

A definition takes the place of an ASCII letter, so only codes that the document does not print are free.
When it has more letters than there are codes, they are defined anew on the way, between two lines.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Needs = list[set[str]]
    Glyphs = dict[str, int]  # letter -> the code it is printed by

# Codes in the order in which they are given away: those that receipts hardly ever print, in rows as long
# as can be (every row costs a command), so that letters left in the printer stay usable.
_ORDER = "[\\]^_`{|}~!\"#$%&;<=>?@'*+JWZFQfjwzXRVYUSEDABKILMPOGHNTCqvsyrebdplkmxcagouinht()/,-.:0123456789"


def plan(needs: "Needs", used: set[str], resident: "Glyphs") -> "tuple[list[int], dict[int, Glyphs], Glyphs]":
    """How a document's letters get to the printer.

    `needs` has the letters of each line, `used` every ASCII letter that the document prints, `resident`
    what the printer holds already. Returns (codes whose definition must go first, what to define before
    which line, what the printer holds at the end). Letters for which there is no code stay undefined.
    """
    gone = sorted([code for code in resident.values() if chr(code) in used])
    held = {letter: code for letter, code in resident.items() if code not in gone}
    codes = [ord(c) for c in _ORDER if c not in used]
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


def definition(batch: "Glyphs", columns: "Callable[[str], bytes]") -> bytes:
    """ESC & for the letters of `batch`; `columns(letter)` is 3 bytes for each column of its dots."""
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
