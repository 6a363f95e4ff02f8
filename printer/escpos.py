"""From a document to the bytes of ESC/POS, the language of receipt printers (Epson's command reference).

ASCII goes as it is. Every other letter takes the cheapest way that the printer has: its code pages, with
as few switches as can be; letters defined in place of ASCII codes that the document does not print
(`printer.glyphs`); dots between the letters (ESC *); the line as a picture (GS v 0), where dots cannot
stand between letters or the letters are larger, because ESC * does not grow.
"""

from . import barcodes, glyphs, layout
from .drawings import beside, columns, enlarge, quiet, trimmed
from .profiles import CELL_HEIGHT
from .vietnamese import codes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .documents import Document, Item, Run
    from .drawings import Drawing, Raster
    from .glyphs import Glyphs
    from .profiles import Profile

    Memory = dict[str, Any]

_BOLD, _TALL, _WIDE = 0x08, 0x10, 0x20  # bits of ESC !
_ALIGN = {"left": 0, "center": 1, "right": 2}
_SHORTEST_JUMP = 5  # a gap of so many spaces is cheaper as ESC $ (4 bytes)
_GAP = 6  # dots between two lines of text, which are 24 high
_MOST_MARKS = 36  # then a printer is taught from the beginning; it lists 40 at once
_LEVELS = {"l": b"0", "m": b"1", "q": b"2", "h": b"3"}


def encode(document: "Document", profile: "Profile", raster: "Raster") -> bytes:
    """The bytes that print `document` on a printer of that profile.

    `raster` draws what the printer cannot (`printer.drawings.Raster`). No text of a document can reach
    the printer as a command. Raises ValueError for an unknown item or a code that cannot be made.
    """
    return job(document, profile, raster, {})[0]


def job(
    document: "Document", profile: "Profile", raster: "Raster", memory: "Memory"
) -> "tuple[bytes, Memory]":
    """(bytes, what the printer then remembers), as `encode`.

    `memory` is what the printer remembers of the job before, as that job returned it: {"letters": codes by
    letter, "marks": names of marks, one after the other}. Pass it only when the printer lists just these marks
    (`printer.glyphs`); else an empty dict. `memory` is not changed. "marks" stays empty where the profile
    does not say that the printer keeps them.
    """
    writer = _Writer(profile, raster, document["columns"])
    after = writer.prepare(layout.lines(document), memory)
    return bytes(writer.out), after


def _word(value: int) -> bytes:
    """Two bytes, low first, as the commands count."""
    return bytes((value & 255, value >> 8))


class _Writer:
    """Collects the bytes and remembers what the printer is set to, so as to say only what changes."""

    def __init__(self, profile: "Profile", raster: "Raster", columns: int) -> None:
        self.out = bytearray()
        self.profile = profile
        self.raster = raster
        self.columns = columns
        self.pages = [(number, codes(name)) for number, name in profile["pages"]]
        self.page = -1  # index into pages; -1: none of ours
        self.paged: set[str] = set()  # every letter of these pages
        self.shapes: dict[str, bytes] = {}  # dots of letters, by style and letter
        self.ahead: list[str] = []  # the letters of the document that go through pages, to its end
        self.passed = 0  # how many of them are written
        self.defined: Glyphs = {}
        self.mode = 0
        self.sized = False  # GS ! is in force
        self.align = 0
        self.height = 24 if profile["graphics"] != "bands" else 16

    def prepare(self, items: "list[Item]", memory: "Memory") -> "Memory":
        """Write all items. Returns what the printer remembers then."""
        profile = self.profile
        texts = [
            "".join([run[0] for run in item["runs"]]) if item["kind"] == "line" else "" for item in items
        ]
        beyond = [{c for c in text if c >= "\x80"} for text in texts]
        teach = profile["glyphs"] and not profile["utf8"]
        known = memory if teach and len(memory.get("marks", "")) < 2 * _MOST_MARKS else {}
        resident: Glyphs = known.get("letters", {})
        marks: str = known.get("marks", "")
        if teach and self.pages and self.pages[0][1] is not codes("tcvn3_lower"):
            # One page, never switched, costs less than a definition: the one with most letters of these.
            every: set[str] = set()
            for letters in beyond:
                every |= letters
            best = max(
                range(len(self.pages)), key=lambda index: len([c for c in every if c in self.pages[index][1]])
            )
            self.pages = self.pages[best : best + 1]
        for _, table in self.pages:
            self.paged |= set(table)
        if profile["utf8"]:
            self.paged = {c for letters in beyond for c in letters}
        batches: dict[int, Glyphs] = {}
        held: Glyphs = {}
        gone: list[int] = []
        if teach:
            used = {c for text in texts for c in text if c < "\x80"} | set("-0123456789")
            needs = [
                {c for c in letters if c not in self.paged and layout.width(c) == 1} for letters in beyond
            ]
            gone, batches, held = glyphs.plan(needs, used, resident, profile["keeps"])
            self.defined = {letter: code for letter, code in resident.items() if code not in gone}
        self.ahead = [c for text in texts for c in text if c in self.paged]
        self.start(held, bool(resident))
        first = last = ""
        if profile["keeps"] and (gone or batches):
            first, last = glyphs.marks(held, self.taught)
            self.out += glyphs.mark(first)
            marks += first + last
        for code in gone:
            self.out += b"\x1b?" + bytes((code,))
        if last and not batches:
            self.out += glyphs.mark(last)
        for index, item in enumerate(items):
            if index in batches:
                batch = batches[index]
                self.out += glyphs.definition(batch, self.taught)
                if last and index == max(batches):
                    self.out += glyphs.mark(last)
                taken = batch.values()
                self.defined = {letter: code for letter, code in self.defined.items() if code not in taken}
                self.defined.update(batch)
            self.write(item)
        if held:
            self.out += b"\x1b%\x00"  # whoever prints next has ASCII again
        return {"letters": held, "marks": marks} if held else {}

    def taught(self, letter: str) -> bytes:
        """The dots of a letter as ESC & wants them."""
        return columns(self.raster(letter, "text"), 0, CELL_HEIGHT)

    def start(self, held: "Glyphs", keep: bool) -> None:
        """Begin a job. ESC @ would make the printer forget the letters it was taught."""
        self.out += b"\x1b!\x00\x1ba\x00" if keep else b"\x1b@"
        if held:
            self.out += b"\x1b%\x01"
        if self.profile["utf8"]:
            self.out += b"\x1c(C\x02\x0002"
        elif self.profile["chinese"] and self.ahead:
            self.out += b"\x1c."

    def write(self, item: "Item") -> None:
        kind = item["kind"]
        if kind == "line":
            self.line(item)
        elif kind == "rule":
            self.set("left", 0)
            self.out += b"-" * self.columns + b"\n"
        elif kind == "qr":
            self.qr(item)
        elif kind == "barcode":
            self.barcode(item)
        elif kind == "picture":
            self.set(item["align"], self.mode)
            self.picture((item["width"], item["height"], item["rows"]), 1, 1)
        elif kind == "feed":
            self.out += b"\n" if item["lines"] == 1 else b"\x1bd" + bytes((item["lines"],))
        elif kind == "cut":
            self.out += b"\x1dVB\x00" if self.profile["cut"] else b"\x1bd\x04"
        elif kind == "drawer":
            self.out += b"\x1bp\x00\x19\xfa"
        else:
            raise ValueError("a document has no item of kind " + kind)

    def set(self, align: str, mode: int) -> None:
        if self.align != _ALIGN[align]:
            self.align = _ALIGN[align]
            self.out += b"\x1ba" + bytes((self.align,))
        if self.mode != mode or self.sized:
            self.mode, self.sized = mode, False
            self.out += b"\x1b!" + bytes((mode,))

    def style(self, align: str, run: "Run") -> None:
        """Set what a run needs; sizes over 2 have a command of their own."""
        text, bold, wide, high = run
        if not text.strip(" ") and wide == 1 and not self.sized and not self.mode & _WIDE:
            return  # blanks look alike in bold and tall
        if wide <= 2 and high <= 2:
            self.set(
                align, (_WIDE if wide == 2 else 0) | (_TALL if high == 2 else 0) | (_BOLD if bold else 0)
            )
            return
        self.set(align, _BOLD if bold else 0)
        self.sized = True
        self.out += b"\x1d!" + bytes(((wide - 1) << 4 | (high - 1),))

    def line(self, item: "Item") -> None:
        runs, align = item["runs"], item["align"]
        drawn = [run for run in runs if any(self.drawn(c) for c in run[0])]
        inline = self.profile["graphics"] == "inline"
        if drawn and not (inline and not any(run[2:] != (1, 1) for run in drawn)):
            self.set(align, self.mode)
            self.painted(runs)
            return
        jump = self.profile["positions"] and align == "left"
        at = 0
        for run in runs:
            self.style(align, run)
            at = self.run(run, at, jump)
        self.out += b"\n"

    def run(self, run: "Run", cell: int, jump: bool) -> int:
        """Write one run that begins at that cell. Returns the cell behind it."""
        text, bold, wide, _ = run
        at = 0
        while at < len(text):
            c, end = text[at], at + 1
            if c == " ":
                while end < len(text) and text[end] == " ":
                    end += 1
                if jump and end - at >= _SHORTEST_JUMP:
                    behind = cell + layout.cells(text[:end]) * wide
                    self.out += b"\x1b$" + _word(behind * self.profile["cell"])
                else:
                    self.out += b" " * (end - at)
            elif c < "\x80":
                self.out.append(ord(c))
            elif c in self.defined:
                self.out.append(self.defined[c])
            elif self.drawn(c):
                while end < len(text) and self.drawn(text[end]):
                    end += 1
                self.dots(text[at:end], "bold" if bold else "text")
            elif self.profile["utf8"]:
                self.out += c.encode()
            else:
                if self.page < 0 or c not in self.pages[self.page][1]:
                    self.switch()
                self.out.append(self.pages[self.page][1][c])
                self.passed += 1
            at = end
        return cell + layout.cells(text) * wide

    def drawn(self, letter: str) -> bool:
        """Whether the printer has no way to print the letter but dots."""
        return letter >= "\x80" and letter not in self.paged and letter not in self.defined

    def switch(self) -> None:
        """Choose the page that carries on the farthest; that makes the fewest switches."""
        best, farthest = 0, -1
        for index, (_, table) in enumerate(self.pages):
            reach = self.passed
            while reach < len(self.ahead) and self.ahead[reach] in table:
                reach += 1
            if reach > farthest:
                best, farthest = index, reach
        self.page = best
        self.out += b"\x1bt" + bytes((self.pages[best][0],))

    # Dots

    def shape(self, letter: str, style: str) -> bytes:
        """Columns of 24 dots, three bytes each."""
        key = style + letter
        if key not in self.shapes:
            drawing = self.raster(letter, style, self.profile["cell"], CELL_HEIGHT)
            self.shapes[key] = columns(drawing, 0, CELL_HEIGHT)
        return self.shapes[key]

    def dots(self, text: str, style: str) -> None:
        """Dots between letters."""
        data = b"".join([self.shape(letter, style) for letter in text])
        self.out += b"\x1b*\x21" + _word(len(data) // 3) + quiet(data)

    def painted(self, runs: "list[Run]") -> None:
        """A whole line as dots."""
        self.passed += len([c for run in runs for c in run[0] if c in self.paged])
        parts = []
        sizes = {run[2:] for run in runs if run[0].strip(" ")}
        wide, high = sizes.pop() if len(sizes) == 1 else (0, 0)
        for text, bold, broad, tall in runs:
            part = self.raster(text, "bold" if bold else "text", self.profile["cell"], self.height)
            if wide and (broad, tall) != (wide, high):  # blanks, in another size
                blanks = part[0] * broad // wide
                part = (blanks, 1, bytes((blanks + 7) // 8))
            parts.append(part if wide else enlarge(part, broad, tall))
        whole = beside(parts)
        if self.profile["graphics"] == "bands":
            self.picture(whole, wide or 1, high or 1)
            return
        top, foot = trimmed(whole)
        stride = (whole[0] + 7) // 8
        times = high or 1
        if top:
            self.out += b"\x1bJ" + bytes((top * times,))
        self.picture((whole[0], foot - top, whole[2][top * stride : foot * stride]), wide or 1, times)
        self.out += b"\x1bJ" + bytes(((whole[1] - foot) * times + _GAP,))

    def picture(self, drawing: "Drawing", wide: int, high: int) -> None:
        """A drawing by itself, that many times as wide and as high. The printer doubles dots itself."""
        if self.profile["graphics"] == "bands":
            self.bands(enlarge(drawing, wide, high))
            return
        zoom = self.profile["zoom"]
        double, twice = zoom and wide % 2 == 0, zoom and high % 2 == 0
        width, height, rows = enlarge(drawing, wide // 2 if double else wide, high // 2 if twice else high)
        self.out += b"\x1dv0" + bytes((double + 2 * twice,)) + _word((width + 7) // 8) + _word(height)
        self.out += quiet(rows)

    def bands(self, drawing: "Drawing") -> None:
        """Bands of 8 dots, close to each other: a needle printer's 8 dots are 16 steps of its paper."""
        self.out += b"\x1b3\x10"
        for top in range(0, drawing[1], 8):
            self.out += b"\x1b*\x01" + _word(drawing[0]) + quiet(columns(drawing, top, 8)) + b"\n"
        self.out += b"\x1b2"

    # Codes

    def qr(self, item: "Item") -> None:
        text, level = item["text"], item["level"]
        # 6 dots a module (0.75 mm at 203 dpi) for short texts; 4 keep a long one on narrow paper.
        module = item["cell"] or (6 if len(text) <= 60 else 4)
        self.set(item["align"], 0)
        if self.profile["native_qr"]:
            data = text.encode()
            self.out += b"\x1d(k\x03\x001C" + bytes((module,))
            self.out += b"\x1d(k\x03\x001E" + _LEVELS[level]
            self.out += b"\x1d(k" + _word(len(data) + 3) + b"1P0" + data
            self.out += b"\x1d(k\x03\x001Q0"
            return
        # A needle printer's dots are 1/72 inch high and 1/160 wide.
        wide, high = (module, module) if self.profile["graphics"] != "bands" else (4, 2)
        self.picture(self.raster(text, "qr-" + level), wide, high)

    def barcode(self, item: "Item") -> None:
        kind, module, height = item["type"], item["module"], item["height"]
        text = barcodes.check(kind, item["text"])
        self.set(item["align"], 0)
        if self.profile["barcode"]:
            self.out += b"\x1dw" + bytes((module,)) + b"\x1dh" + bytes((height,))
            self.out += b"\x1dH" + (b"\x02" if item["hri"] else b"\x00")
            data = text.encode() if kind == "ean13" else _code128(text)
            self.out += b"\x1dk" + (b"C" if kind == "ean13" else b"I") + bytes((len(data),)) + data
            return
        width, _, row = barcodes.drawn(kind, text)
        if self.profile["graphics"] == "bands":
            height = height * 72 // 203
        self.picture((width, height // 2, row * (height // 2)), module, 2)
        if item["hri"]:
            self.out += text.encode() + b"\n"


def _code128(text: str) -> bytes:
    """The data of a native Code 128: the printer is told each change of the set of characters."""
    out, at, pairs = bytearray(), 0, False
    for value in barcodes.code128(text):
        if not out or (value == 100 if pairs else value == 99):
            pairs = value in (105, 99)
            out += b"{C" if pairs else b"{B"
        elif pairs:
            out.append(value)
            at += 2
        else:
            out += b"{{" if text[at] == "{" else text[at].encode()
            at += 1
    return bytes(out)
