"""Reads ESC/POS as a receipt printer does (Epson's command reference) and prints on a virtual roll.

An independent reading, to check our encoder by: nothing of `printer.escpos` or `printer.vietnamese`; code
pages, barcodes and QR codes come from other libraries. What it does not know it tells in `problems`, never passes over in silence.
"""

from collections.abc import Callable

from PIL import Image, ImageDraw

from printer.host import virtual_codes
from printer.host.paper import DRAWN, Reading, Roll
from printer.host.raster import cell
from printer.host.virtual_letters import columns, upper_half

_LINE = 30  # dots from line to line
_FONTS = {0: (12, 24), 1: (9, 17)}
_BARCODES = {65: "upca", 67: "ean13", 68: "ean8", 69: "code39"}
_IGNORED = {  # commands that change nothing on the paper: how many bytes follow
    b"\x1b=": 1, b"\x1bU": 1, b"\x1bc3": 1, b"\x1bc4": 1, b"\x1bc5": 1, b"\x1da": 1, b"\x1dr": 1,
    b"\x1dI": 1, b"\x1df": 1, b"\x1c.": 0, b"\x10\x04": 1, b"\x10\x05": 1, b"\x1b2": 0,
}  # fmt: skip


def read(data: bytes, dots: int) -> Reading:
    """Read a whole stream on paper with so many printable dots across."""
    return _Printer(data, dots).run()


class _Printer:
    def __init__(self, data: bytes, dots: int) -> None:
        self.data, self.at = data, 0
        self.roll = Roll(dots)
        self.reading = Reading()
        self.qr_module, self.qr_level, self.qr_data = 3, "l", b""
        self.stored: Image.Image | None = None
        commands: dict[str, Callable[[], None]] = {
            "1b 40": self.reset, "1b 21": lambda: self.mode(self.byte()), "1b 45": self.embolden,
            "1b 47": self.embolden, "1b 2d": self.underline, "1b 4d": self.choose_font, "1b 61": self.justify,
            "1b 74": self.page, "1b 52": self.national, "1b 64": self.feed_lines,
            "1b 4a": lambda: self.end_line(self.byte()), "1b 32": lambda: setattr(self, "feed", _LINE),
            "1b 33": lambda: setattr(self, "feed", self.byte()),
            "1b 20": lambda: setattr(self, "space", self.byte()), "1b 24": lambda: self.move(self.word()),
            "1b 5c": self.move_by, "1b 44": self.set_tabs, "1b 2a": self.column_dots, "1b 26": self.define,
            "1b 25": lambda: setattr(self, "teaching", self.byte() & 1),
            "1b 3f": self.forget, "1b 70": self.pulse,
            "1b 69": self.knife, "1b 6d": self.knife, "1d 21": self.size,
            "1d 42": lambda: setattr(self, "white", self.byte() & 1), "1d 4c": self.margin,
            "1d 57": lambda: setattr(self, "area", self.word()), "1d 56": self.cut, "1d 76": self.rows,
            "1d 28": self.function, "1d 38": self.long_function, "1d 6b": self.barcode,
            "1d 68": lambda: setattr(self, "bar_height", self.byte()),
            "1d 77": lambda: setattr(self, "bar_module", self.byte()),
            "1d 48": lambda: setattr(self, "bar_text", self.byte() & 3), "1c 28": self.encoding,
            "10 14": self.real_time,
        }  # fmt: skip
        self.commands = {bytes.fromhex(name): command for name, command in commands.items()}
        self.reset()

    def reset(self) -> None:
        """ESC @: as after switching on; the line that was begun is dropped."""
        self.bold = self.under = self.font = self.align = self.white = self.space = self.teaching = 0
        self.wide, self.high, self.feed, self.left, self.area = 1, 1, _LINE, 0, self.roll.dots
        self.bar_height, self.bar_module, self.bar_text = 162, 3, 0
        self.table, self.utf8 = upper_half(0), False
        self.taught: dict[int, Image.Image] = {}
        self.graphics: dict[bytes, Image.Image] = {}  # downloaded, by name
        self.tabs = [8 * number for number in range(1, 32)]
        self.x, self.text = 0, ""
        self.pieces: list[tuple[int, Image.Image]] = []

    def run(self) -> Reading:
        try:
            while self.at < len(self.data):
                self.step()
        except IndexError:
            self.problem("the bytes end inside a command")
        if self.pieces or self.text:
            self.problem("the bytes end inside a line")
            self.end_line()
        self.reading.paper = self.roll.paper()
        self.reading.graphics = [name.decode("ascii", "replace") for name in self.graphics]
        return self.reading

    def step(self) -> None:
        start, code = self.at, self.byte()
        if code == 0x0A:
            self.end_line()
        elif code == 0x09:
            self.tab()
        elif code in (0x00, 0x0D, 0x18):
            pass  # a printer that feeds at LF ignores CR; every one NUL, and CAN outside of page mode
        elif code >= 0x20:
            self.print(code)
        elif code in (0x10, 0x1B, 0x1C, 0x1D):
            name = bytes((code, self.byte()))
            if name == b"\x1bc":
                name += bytes((self.byte(),))
            if name in self.commands:
                self.commands[name]()
            elif name in _IGNORED:
                self.take(_IGNORED[name])
            else:
                self.problem("unknown command " + self.data[start : self.at].hex(" "), start)
        else:
            self.problem(f"unknown control code {code:02x}", start)

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def word(self) -> int:
        return self.byte() | self.byte() << 8

    def take(self, count: int) -> bytes:
        self.at += count
        if self.at > len(self.data):
            raise IndexError
        return self.data[self.at - count : self.at]

    def problem(self, what: str, at: int | None = None) -> None:
        self.reading.problems.append(f"{what} at byte {self.at if at is None else at}")

    # How letters look

    def mode(self, value: int) -> None:
        """ESC !"""
        self.font, self.bold, self.under = value & 1, value & 8, value & 0x80
        self.high, self.wide = 2 if value & 16 else 1, 2 if value & 32 else 1

    def embolden(self) -> None:
        self.bold = self.byte() & 1

    def underline(self) -> None:
        self.under = self.byte() & 3

    def choose_font(self) -> None:
        self.font = self.byte() & 1

    def size(self) -> None:
        value = self.byte()
        self.wide, self.high = (value >> 4 & 7) + 1, (value & 7) + 1

    def page(self) -> None:
        number = self.byte()
        self.table = upper_half(number)
        if self.table is None:
            self.problem(f"code page {number} is not known")

    def national(self) -> None:
        """ESC R"""
        if self.byte():
            self.problem("only the USA's set of letters is known")

    def encoding(self) -> None:
        """FS ( C: UTF-8, and the fonts it takes letters from"""
        name, data = self.byte(), self.take(self.word())
        if name == ord("C") and data[:1] == b"0":
            self.utf8 = data[1:] in (b"\x02", b"2")
        elif name != ord("C") or data[:1] != b"<":
            self.problem(f"unknown function FS ( {chr(name)} {data[:2].hex(' ')}")

    # Letters and lines

    def print(self, code: int) -> None:
        start = self.at - 1
        width, height = _FONTS[self.font]
        if self.teaching and code in self.taught:
            letter, shape = DRAWN, self.taught[code]
        else:
            letter = self.letter(code, start)
            shape = cell(letter, bool(self.bold), width, height)
        shape = shape.resize((shape.width * self.wide, height * self.high), Image.Resampling.NEAREST)
        if self.under:
            shape = shape.copy()
            ImageDraw.Draw(shape).rectangle((0, shape.height - 2, shape.width, shape.height), fill=255)
        if self.white:
            shape = virtual_codes.inverted(shape)
        self.place(shape, letter)
        self.x += self.space * self.wide

    def letter(self, code: int, start: int) -> str:
        letter = chr(code)
        if code >= 0x80 and self.utf8:
            size = 2 if code < 0xE0 else 3 if code < 0xF0 else 4
            letter = (self.data[start : start + 1] + self.take(size - 1)).decode("utf-8", "replace")
            if len(letter) == 1 and letter != "\ufffd":
                return letter
        elif code >= 0x80:
            letter = self.table[code - 0x80] if self.table else "\ufffd"
        if code == 0x7F or letter[0] == "\ufffd" or (letter == " " and code > 0x80):
            self.problem(f"code {code:02x} has no letter on this page", start)
            letter = "\ufffd"
        return letter

    def place(self, shape: Image.Image, letters: str) -> None:
        if self.x + shape.width > min(self.area, self.roll.dots - self.left):
            self.end_line()
        self.pieces.append((self.x, shape))
        self.x += shape.width
        self.text += letters

    def move(self, x: int) -> None:
        self.text += " " * ((x - self.x) // (_FONTS[self.font][0] * self.wide))
        self.x = x

    def move_by(self) -> None:
        by = self.word()
        self.move(self.x + by - (0x10000 if by & 0x8000 else 0))

    def set_tabs(self) -> None:
        self.tabs = []
        while (at := self.byte()) != 0:
            self.tabs.append(at)

    def tab(self) -> None:
        width = _FONTS[self.font][0] * self.wide
        self.move(next((at * width for at in self.tabs if at * width > self.x), self.x))

    def justify(self) -> None:
        if self.pieces:
            self.problem("ESC a in the middle of a line does nothing")
        self.align = self.byte() & 3

    def margin(self) -> None:
        self.left = self.word()
        self.area = min(self.area, self.roll.dots - self.left)

    def feed_lines(self) -> None:
        for _ in range(self.byte()):
            self.end_line()

    def end_line(self, feed: int | None = None) -> None:
        shift = self.left + max(0, self.area - self.x) * self.align // 2
        self.roll.line([(x + shift, piece) for x, piece in self.pieces], self.feed if feed is None else feed)
        self.reading.lines.append(self.text)
        self.x, self.text, self.pieces = 0, "", []

    # Dots

    def column_dots(self) -> None:
        """ESC *: 8 or 24 dots high, as wide as they are or twice; it does not grow with the letters."""
        kind, width = self.byte(), self.word()
        if kind not in (0, 1, 32, 33):
            self.problem(f"ESC * has no kind {kind}")
        data = self.take(width * (3 if kind >= 32 else 1))
        image = columns(data, 24 if kind >= 32 else 8)
        self.reading.pictures.append(image)
        size = (image.width * (1 if kind & 1 else 2), 24)
        self.place(image.resize(size, Image.Resampling.NEAREST), DRAWN * (size[0] // 12))

    def define(self) -> None:
        """ESC &: letters of the printer's own font, drawn by the sender."""
        start = self.at
        rows, first, last = self.byte(), self.byte(), self.byte()
        if rows != 3 or not 32 <= first <= last <= 126:
            self.problem("ESC & defines letters of 24 dots, 32 to 126", start)
        for code in range(first, last + 1):
            width = self.byte()
            if width > 12:
                self.problem(f"a letter of {width} dots", start)
            shape = Image.new("1", (12, 24))
            if width:
                shape.paste(columns(self.take(width * rows), 24), (0, 0))
            self.taught[code] = shape

    def forget(self) -> None:
        """ESC ?"""
        self.taught.pop(self.byte(), None)

    def rows(self) -> None:
        """GS v 0: rows of dots, perhaps doubled by the printer."""
        self.byte()
        zoom, stride, height = self.byte() & 3, self.word(), self.word()
        image = Image.frombytes("1", (stride * 8, height), self.take(stride * height))
        self.reading.pictures.append(image)
        size = (image.width * (2 if zoom & 1 else 1), height * (2 if zoom & 2 else 1))
        self.block(image.resize(size, Image.Resampling.NEAREST))

    def block(self, image: Image.Image) -> None:
        """A picture by itself: it stands between lines."""
        if self.pieces:
            self.problem("a picture in the middle of a line")
        if image.width > self.roll.dots:
            self.problem(f"a picture of {image.width} dots on paper of {self.roll.dots}")
        self.roll.block(image, self.left + max(0, (self.area - image.width) * self.align // 2))

    # Codes

    def function(self) -> None:
        """GS (: QR codes, pictures, and what changes nothing on the paper"""
        name = self.byte()
        self.group(chr(name), self.take(self.word()))

    def long_function(self) -> None:
        name = self.byte()
        self.group(chr(name), self.take(self.word() | self.word() << 16))

    def group(self, name: str, data: bytes) -> None:
        if name == "k" and data[:1] == b"1":
            self.qr(data[1:])
        elif name == "L" and data[:2] == b"0p":
            wide, high = data[3], data[4]
            width, height = data[6] | data[7] << 8, data[8] | data[9] << 8
            image = Image.frombytes("1", (width, height), data[10:])
            self.stored = image.resize((width * wide, height * high), Image.Resampling.NEAREST)
            self.reading.pictures.append(image)
        elif name == "L" and data in (b"0\x02", b"02") and self.stored is not None:
            self.block(self.stored)
        elif name == "L" and data[:3] == b"0S0" and data[5:6] == b"\x01":
            width, height = data[6] | data[7] << 8, data[8] | data[9] << 8
            self.graphics[data[3:5]] = Image.frombytes("1", (width, height), data[11:])
        elif name == "L" and data == b"0QCLR":
            self.graphics = {}
        elif name == "L" and data == b"0PKC":
            pass  # the names of the graphics are asked for
        elif name not in "HDKE":  # the print-end answer, real-time commands on or off, density, settings
            self.problem(f"unknown function GS ( {name} {data[:2].hex(' ')}")

    def qr(self, data: bytes) -> None:
        name = data[:1]
        if name == b"C" and 1 <= data[1] <= 16:
            self.qr_module = data[1]
        elif name == b"E" and data[1] in b"0123":
            self.qr_level = "lmqh"[data[1] - 48]
        elif data[:2] == b"P0":
            self.qr_data = data[2:]
        elif name == b"Q":
            text = self.qr_data.decode("utf-8", "replace")
            try:
                image = virtual_codes.qr(text, self.qr_level, self.qr_module)
            except ValueError as error:
                self.problem(str(error))
                return
            self.reading.codes.append(text)
            self.block(image)
        elif name != b"A":  # the model: every one of ours is model 2
            self.problem(f"unknown QR function 31 {data[:1].hex(' ')}")

    def barcode(self) -> None:
        """GS k, in its older form with a NUL behind the data and its newer one with a count."""
        kind = self.byte()
        if kind <= 6:
            end = self.data.find(b"\x00", self.at)
            if end < 0:
                raise IndexError
            data, kind = self.take(end - self.at), kind + 65
            self.byte()
        else:
            data = self.take(self.byte())
        try:
            if kind == 73:
                name = "code128"
                modules, text = virtual_codes.code128(data)
            else:
                name, text = _BARCODES.get(kind, f"GS k {kind}"), data.decode("ascii", "replace")
                modules = virtual_codes.barcode(name, text)
        except ValueError as error:
            self.problem(str(error))
            return
        self.reading.barcodes.append((name, text))
        self.readable(text, self.bar_text & 1)
        self.block(virtual_codes.bars(modules, self.bar_module, self.bar_height))
        self.readable(text, self.bar_text & 2)

    def readable(self, text: str, wanted: int) -> None:
        if wanted:
            for letter in text:
                self.place(cell(letter if letter >= " " else " "), letter)
            self.end_line()

    # The end of a slip

    def cut(self) -> None:
        kind = self.byte()
        if kind >= 65:
            self.byte()
        if kind not in (0, 1, 48, 49, 65, 66, 97, 98, 103, 104):
            self.problem(f"GS V has no kind {kind}")
        self.knife()

    def knife(self) -> None:
        self.reading.cuts += 1
        self.roll.cut()

    def pulse(self) -> None:
        """ESC p"""
        self.take(3)
        self.reading.pulses += 1

    def real_time(self) -> None:
        """DLE DC4: a pulse, or one of the longer ones"""
        kind = self.byte()
        if kind == 1:
            self.take(2)
            self.reading.pulses += 1
        elif kind == 8:
            self.take(7)
        else:
            self.problem(f"DLE DC4 has no function {kind}")
