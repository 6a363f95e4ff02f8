"""Reads TSPL as a label printer does (TSC's programming manual) and prints virtual labels.

Independent of `printer.tspl`. What it does not know it tells in `problems`.
"""

import re
from collections.abc import Callable

from PIL import Image, ImageDraw

from printer.host import virtual_codes
from printer.host.paper import MARGIN, Reading
from printer.host.raster import line

# Fonts of the printer: dots of a letter.
_FONTS = {"1": (8, 12), "2": (12, 20), "3": (16, 24), "4": (24, 32), "5": (32, 48)}
_BARCODES = {"EAN13": "ean13", "EAN8": "ean8", "UPCA": "upca", "39": "code39"}
_IGNORED = "SPEED DENSITY SET CODEPAGE OFFSET SHIFT SOUND CUT FEED BACKFEED FORMFEED HOME COUNTRY LIMITFEED"
_LETTERS = set(range(32, 127))


def looks_like(data: bytes) -> bool:
    """Whether the bytes begin as a label in TSPL does."""
    return re.match(rb"[\r\n\0]*(?:\x1b!\?)?[\r\n]*(?:SIZE|CLS|GAP|DIRECTION) ?", data) is not None


def read(data: bytes, dpi: int) -> Reading:
    """Read a whole stream on a printer of that resolution."""
    return _Printer(data, dpi).run()


class _Printer:
    def __init__(self, data: bytes, dpi: int) -> None:
        self.data, self.at, self.dpi = data, 0, dpi
        self.reading = Reading()
        self.label = Image.new("1", (self.dots(50), self.dots(30)), 255)
        self.start = (0, 0)
        self.texts: list[str] = []
        self.codes: list[str] = []
        self.bars: list[tuple[str, str]] = []
        self.commands: dict[str, Callable[[list[str]], None]] = {
            "SIZE": self.size, "GAP": self.nothing, "BLINE": self.nothing, "DIRECTION": self.nothing,
            "REFERENCE": self.reference, "CLS": self.clear, "TEXT": self.letters, "BARCODE": self.barcode,
            "QRCODE": self.qr, "BITMAP": self.bitmap, "BAR": self.bar, "BOX": self.box,
            "REVERSE": self.reverse, "ERASE": self.erase, "PRINT": self.print,
        }  # fmt: skip
        for name in _IGNORED.split():
            self.commands[name] = self.nothing

    def dots(self, mm: float) -> int:
        """203 dpi is 8 dots a millimetre, 300 is 11.8."""
        return round(mm * (8 if self.dpi == 203 else self.dpi / 25.4))

    def run(self) -> Reading:
        while self.at < len(self.data):
            if self.data[self.at] in b"\r\n\0":
                self.at += 1
            elif self.data[self.at : self.at + 3] == b"\x1b!?":
                self.at += 3  # a question about its status
            else:
                self.command()
        reading = self.reading
        if reading.labels:
            width = max(label.width for label in reading.labels) + 2 * MARGIN
            height = sum(label.height + MARGIN for label in reading.labels) + MARGIN
            reading.paper = Image.new("1", (width, height))
            y = MARGIN
            for label in reading.labels:
                reading.paper.paste(label, (MARGIN, y))
                y += label.height + MARGIN
        return reading

    def command(self) -> None:
        start = self.at
        end = self.at
        while end < len(self.data) and self.data[end] not in b"\r\n":
            end += 1
            if self.data[start:end].endswith(b"BITMAP "):
                break
        name = bytes(self.data[start:end]).split(b" ", 1)[0].decode("ascii", "replace")
        if name == "BITMAP":
            self.at = start + len("BITMAP ")
            arguments = [self.number_before_comma() for _ in range(5)]
        else:
            self.at = end
            arguments = _arguments(bytes(self.data[start + len(name) : end]).decode("utf-8", "replace"))
            if end == len(self.data):
                self.problem("the bytes end inside a command", start)
                return
        try:
            if name not in self.commands:
                raise ValueError("unknown command " + name[:20])
            self.commands[name](arguments)
        except (ValueError, IndexError) as error:
            reason = str(error) if isinstance(error, ValueError) else "too few values"
            self.problem(reason if reason.startswith("unknown") else f"{name}: {reason}", start)

    def number_before_comma(self) -> str:
        end = self.data.find(b",", self.at)
        text = bytes(self.data[self.at : end]).decode("ascii", "replace") if end > 0 else ""
        self.at = end + 1 if end > 0 else len(self.data)
        return text

    def problem(self, what: str, at: int) -> None:
        self.reading.problems.append(f"{what} at byte {at}")

    # The label

    def nothing(self, _values: list[str]) -> None:
        """Of no effect on what is painted. DIRECTION turns the label on the roll, not on the shelf."""

    def size(self, values: list[str]) -> None:
        width, height = [self.length(value) for value in values[:2]]
        self.label = Image.new("1", (width, height), 255)

    def length(self, text: str) -> int:
        """A length in mm, dots or inches, in dots."""
        found = re.fullmatch(r"\s*([\d.]+)\s*(mm|dot|)\s*", text)
        if found is None:
            raise ValueError(f"{text!r} is no length")
        number = float(found[1])
        return int(number) if found[2] == "dot" else self.dots(number * (1 if found[2] else 25.4))

    def reference(self, values: list[str]) -> None:
        self.start = (int(values[0]), int(values[1]))

    def clear(self, _values: list[str]) -> None:
        self.label.paste(255, (0, 0, self.label.width, self.label.height))
        self.texts, self.codes, self.bars = [], [], []

    def print(self, values: list[str]) -> None:
        sets, copies = int(values[0]), int(values[1]) if len(values) > 1 else 1
        for _ in range(sets * copies):
            self.reading.labels.append(self.label.copy())
            self.reading.lines += self.texts
            self.reading.codes += self.codes
            self.reading.barcodes += self.bars

    # What stands on it

    def ink(self, x: int, y: int, image: Image.Image) -> None:
        """Paint dots (ink is 1) at their place."""
        x, y = x + self.start[0], y + self.start[1]
        if x < 0 or y < 0 or x + image.width > self.label.width or y + image.height > self.label.height:
            self.problem(f"{image.width} x {image.height} dots at {x}, {y} leave the label", self.at)
        self.label.paste(0, (x, y), image)

    def letters(self, values: list[str]) -> None:
        x, y, font, turn, wide, high = values[:6]
        text = values[-1]
        if font not in _FONTS or turn != "0":
            raise ValueError(f"font {font!r} turned by {turn} is not drawn")
        if any(ord(letter) not in _LETTERS for letter in text):
            raise ValueError(f"the printer's font {font} has no Vietnamese letters")
        shape = line(text, False, *_FONTS[font])
        size = (shape.width * int(wide), shape.height * int(high))
        self.ink(int(x), int(y), shape.resize(size, Image.Resampling.NEAREST))
        self.texts.append(text)

    def barcode(self, values: list[str]) -> None:
        x, y, kind, height, readable, turn, narrow = values[:7]
        text = values[-1]
        if turn != "0":
            raise ValueError("turned barcodes are not drawn")
        if kind.upper() in ("128", "128M"):
            name = "code128"
            modules, _ = virtual_codes.code128(b"{B" + text.replace("{", "{{").encode())
        else:
            name = _BARCODES.get(kind.upper(), kind)
            modules = virtual_codes.barcode(name, text)
        self.ink(int(x), int(y), virtual_codes.bars(modules, int(narrow), int(height)))
        if readable != "0":
            digits = line(text, False, 10, 20)
            shift = (len(modules) * int(narrow) - digits.width) * (int(readable) - 1) // 2
            self.ink(int(x) + max(0, shift), int(y) + int(height) + 2, digits)
        self.bars.append((name, text))

    def qr(self, values: list[str]) -> None:
        x, y, level, module, _, turn = values[:6]
        if level not in "LMQH" or turn != "0":
            raise ValueError(f"level {level!r} turned by {turn} is not drawn")
        self.ink(int(x), int(y), virtual_codes.qr(values[-1], level.lower(), int(module)))
        self.codes.append(values[-1])

    def bitmap(self, values: list[str]) -> None:
        x, y, stride, height, mode = [int(value) for value in values]
        end = self.at + stride * height
        if end > len(self.data):
            self.at = len(self.data)
            raise ValueError("the bytes end inside a picture")
        rows = bytes(self.data[self.at : end])
        self.at = end
        paper = Image.frombytes("1", (stride * 8, height), rows)  # a 0 is black
        ink = virtual_codes.inverted(paper)
        self.reading.pictures.append(ink)
        if mode == 0:
            self.label.paste(255, (x, y, x + ink.width, y + height))
        elif mode not in (1, 2):
            raise ValueError(f"mode {mode} is not drawn")
        self.ink(x, y, _trimmed(ink, self.label.width - x - self.start[0]))

    def bar(self, values: list[str]) -> None:
        x, y, width, height = [int(value) for value in values]
        self.ink(x, y, Image.new("1", (width, height), 255))

    def box(self, values: list[str]) -> None:
        x, y, right, foot, thick = [int(value) for value in values[:5]]
        ImageDraw.Draw(self.label).rectangle((x, y, right, foot), outline=0, width=thick)

    def reverse(self, values: list[str]) -> None:
        x, y, width, height = [int(value) for value in values]
        area = (x, y, x + width, y + height)
        self.label.paste(virtual_codes.inverted(self.label.crop(area)), area)

    def erase(self, values: list[str]) -> None:
        x, y, width, height = [int(value) for value in values]
        self.label.paste(255, (x, y, x + width, y + height))


def _trimmed(ink: Image.Image, width: int) -> Image.Image:
    """Without the white that fills up the last byte of each row."""
    box = ink.getbbox()
    return ink.crop((0, 0, max(min(ink.width, width), box[2] if box else 0), ink.height))


def _arguments(text: str) -> list[str]:
    """What stands between commas; texts in quotes, where \\["] is a quote."""
    values, value, quoted, at = [], "", False, 0
    while at < len(text):
        if text.startswith('\\["]', at):
            value += '"'
            at += 4
            continue
        letter = text[at]
        if letter == '"':
            quoted = not quoted
        elif letter == "," and not quoted:
            values.append(value.strip() if '"' not in value else value)
            value = ""
        else:
            value += letter
        at += 1
    return [*values, value.strip()]
