"""From a document to the bytes of ESC/POS, the language of receipt printers (Epson's command reference).

ASCII goes as it is. Other letters go through the printer's code pages where its profile has them, with
as few page switches as can be; what no page has is drawn: inside a line of normal size as dots between
the letters (ESC *), and a whole line of larger size as a picture (GS v 0), because ESC * does not grow.
"""

from .profiles import CELL_HEIGHT, CELL_WIDTH
from .vietnamese import codes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .documents import Document, Item
    from .profiles import Profile

    # raster(text, style) -> (width, height, rows): rows of dots, one bit each, the leftmost the highest,
    # each row filled up to whole bytes. Styles "text" and "bold" draw 12 x 24 dots a character; "qr"
    # draws a QR code of the text with one dot a module and no margin.
    Raster = Callable[[str, str], tuple[int, int, bytes]]

_BOLD, _TALL, _WIDE = 0x08, 0x10, 0x20  # bits of ESC !
_SIZES = {"normal": 0, "tall": _TALL, "large": _TALL | _WIDE}
_ZOOM = {"normal": 0, "tall": 2, "large": 3}  # m of GS v 0: 1 twice as wide, 2 twice as high
_ALIGN = {"left": 0, "center": 1}
_SHORTEST_JUMP = 5  # a gap of so many spaces is cheaper as ESC $ (4 bytes)


def encode(document: "Document", profile: "Profile", raster: "Raster") -> bytes:
    """The bytes that print `document` on a printer of that profile. Needs NFC texts.

    `raster` draws what the printer cannot (see Raster above). Control characters print as "?": no
    text of a document can reach the printer as a command. Raises ValueError for an unknown item.
    """
    writer = _Writer(profile, raster, document["columns"])
    for item in document["items"]:
        writer.write(item)
    return bytes(writer.out)


def _word(value: int) -> bytes:
    """Two bytes, low first, as the commands count."""
    return bytes((value & 255, value >> 8))


class _Writer:
    """Collects the bytes and remembers what the printer is set to, so as to say only what changes."""

    def __init__(self, profile: "Profile", raster: "Raster", columns: int) -> None:
        self.out = bytearray(b"\x1b@")
        self.profile = profile
        self.raster = raster
        self.columns = columns
        self.pages = [(number, codes(name)) for number, name in profile["pages"]]
        self.page = -1  # index into pages; -1: none of ours
        self.mode = 0
        self.align = 0

    def write(self, item: "Item") -> None:
        kind = item["kind"]
        if kind == "text":
            self.line(item)
        elif kind == "rule":
            self.set("left", 0)
            self.out += b"-" * self.columns + b"\n"
        elif kind == "qr":
            self.qr(item["text"])
        elif kind == "feed":
            self.out += b"\n" if item["lines"] == 1 else b"\x1bd" + bytes((item["lines"],))
        elif kind == "cut":
            self.out += b"\x1dVB\x00"
        else:
            raise ValueError("a document has no item of kind " + kind)

    def set(self, align: str, mode: int) -> None:
        if self.align != _ALIGN[align]:
            self.align = _ALIGN[align]
            self.out += b"\x1ba" + bytes((self.align,))
        if self.mode != mode:
            self.mode = mode
            self.out += b"\x1b!" + bytes((mode,))

    def line(self, item: "Item") -> None:
        text = "".join("?" if c < " " or "\x7f" <= c < "\xa0" else c for c in item["text"])
        size, style = item["size"], "bold" if item["bold"] else "text"
        if size != "normal" and any(self.drawn(c) for c in text):
            self.set(item["align"], self.mode)
            self.picture(self.raster(text.rstrip(), style), _ZOOM[size])
            return
        self.set(item["align"], _SIZES[size] | (_BOLD if item["bold"] else 0))
        cell = CELL_WIDTH * (2 if size == "large" else 1)
        jump = self.profile["positions"] and item["align"] == "left"
        at = 0
        while at < len(text):
            end = at + 1
            if self.drawn(text[at]):
                while end < len(text) and self.drawn(text[end]):
                    end += 1
                self.dots(self.raster(text[at:end], style))
            elif text[at] == " ":
                while end < len(text) and text[end] == " ":
                    end += 1
                if jump and end - at >= _SHORTEST_JUMP:
                    self.out += b"\x1b$" + _word(end * cell)
                else:
                    self.out += b" " * (end - at)
            elif text[at] < "\x80":
                self.out.append(ord(text[at]))
            else:
                if self.page < 0 or text[at] not in self.pages[self.page][1]:
                    self.switch(text[at:])
                self.out.append(self.pages[self.page][1][text[at]])
            at = end
        self.out += b"\n"

    def drawn(self, letter: str) -> bool:
        """Whether no page has the letter."""
        return letter >= "\x80" and not any(letter in table for _, table in self.pages)

    def switch(self, rest: str) -> None:
        """Choose the page that carries on the farthest through `rest`; that makes the fewest switches."""
        best, farthest = 0, -1
        for index, (_, table) in enumerate(self.pages):
            reach = 0
            while reach < len(rest) and (rest[reach] < "\x80" or rest[reach] in table):
                reach += 1
            if reach > farthest:
                best, farthest = index, reach
        self.page = best
        self.out += b"\x1bt" + bytes((self.pages[best][0],))

    def dots(self, drawing: "tuple[int, int, bytes]") -> None:
        """Dots between letters: columns of 24 dots, three bytes each, the top dot the highest bit."""
        width, height, rows = drawing
        stride = (width + 7) // 8
        self.out += b"\x1b*\x21" + _word(width)
        for x in range(width):
            bit, offset = 0x80 >> (x & 7), x >> 3
            column = 0
            for y in range(CELL_HEIGHT):
                column = column << 1 | (1 if y < height and rows[y * stride + offset] & bit else 0)
            self.out += column.to_bytes(3, "big")

    def picture(self, drawing: "tuple[int, int, bytes]", zoom: int) -> None:
        width, height, rows = drawing
        self.out += b"\x1dv0" + bytes((zoom,)) + _word((width + 7) // 8) + _word(height) + rows

    def qr(self, text: str) -> None:
        # 6 dots a module (0.75 mm at 203 dpi) for short texts; 4 keep a long one on narrow paper.
        module = 6 if len(text) <= 60 else 4
        self.set("center", 0)
        if self.profile["native_qr"]:
            data = text.encode()
            self.out += b"\x1d(k\x03\x001C" + bytes((module,))
            self.out += b"\x1d(k\x03\x001E1"  # error correction M: 15 % may fade
            self.out += b"\x1d(k" + _word(len(data) + 3) + b"1P0" + data
            self.out += b"\x1d(k\x03\x001Q0"
        else:
            # The printer doubles the dots itself, so that only a quarter of them is sent.
            self.picture(_enlarge(self.raster(text, "qr"), module // 2), 3)


def _enlarge(drawing: "tuple[int, int, bytes]", times: int) -> "tuple[int, int, bytes]":
    """The drawing with every dot `times` as wide and as high."""
    width, height, rows = drawing
    stride, wide = (width + 7) // 8, (width * times + 7) // 8
    out = bytearray()
    for y in range(height):
        row = bytearray(wide)
        for x in range(width * times):
            source = x // times
            if rows[y * stride + (source >> 3)] & (0x80 >> (source & 7)):
                row[x >> 3] |= 0x80 >> (x & 7)
        for _ in range(times):
            out += row
    return width * times, height * times, bytes(out)
