"""The virtual printer: reads ESC/POS as a printer does and paints the paper.

An independent reading, to check our encoder by: its own parser, its code pages from python-escpos's
database of printers (an Epson TM-T88V) and Python's codecs; nothing of `printer.escpos` or
`printer.vietnamese`. Unknown commands are told in `problems`, never passed over in silence.
"""

import contextlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import segno
from PIL import Image

from printer.host.raster import cell

WIDTH, HEIGHT = 12, 24  # Font A
LINE_FEED = 30  # dots from line to line
MARGIN = 32  # dots of paper beside what can be printed
_DRAWN = "\ufffc"  # stands in `lines` for dots between letters


@cache
def _database() -> tuple[dict[int, str], dict[str, dict[str, object]]]:
    """(code pages of the TM-T88V by number, encodings by name)."""
    spec = find_spec("escpos")
    assert spec is not None and spec.submodule_search_locations is not None
    folder = Path(spec.submodule_search_locations[0])
    data = json.loads((folder / "capabilities.json").read_text())
    pages = {int(number): name for number, name in data["profiles"]["TM-T88V"]["codePages"].items()}
    return pages, data["encodings"]


@cache
def _upper_half(number: int) -> str | None:
    """The 128 characters from 80h on of a code page; None when nobody knows that page."""
    pages, encodings = _database()
    encoding = encodings.get(pages.get(number, ""), {})
    if "data" in encoding:
        rows = encoding["data"]
        assert isinstance(rows, list)
        # The database has ETH where the printer prints Đ.
        return "".join(rows).replace("\u00d0", "\u0110")
    name = encoding.get("python_encode")
    if not name:
        return None
    return bytes(range(128, 256)).decode(str(name), errors="replace")


@dataclass
class Reading:
    """What a printer made of a stream of bytes."""

    lines: list[str] = field(default_factory=list)  # the texts, cell by cell; U+FFFC: drawn dots
    pictures: list[Image.Image] = field(default_factory=list)  # all drawn dots, ink is 1
    codes: list[str] = field(default_factory=list)  # texts of QR codes the printer drew itself
    cuts: int = 0
    problems: list[str] = field(default_factory=list)
    paper: Image.Image = field(default_factory=lambda: Image.new("1", (1, 1), 1))


def read(data: bytes, dots: int = 576) -> Reading:
    """Read a whole stream on paper with so many printable dots across."""
    return _Printer(data, dots).run()


class _Printer:
    def __init__(self, data: bytes, dots: int) -> None:
        self.data, self.at, self.dots = data, 0, dots
        self.reading = Reading()
        self.bands: list[Image.Image] = []
        self.qr_data, self.qr_module, self.qr_error = b"", 3, "l"
        self.commands: dict[bytes, Callable[[], None]] = {
            b"\x1b@": self.reset,
            b"\x1b!": lambda: self.mode(self.byte()),
            b"\x1bE": lambda: setattr(self, "bold", bool(self.byte() & 1)),
            b"\x1ba": lambda: setattr(self, "align", self.byte() & 3),
            b"\x1bt": self.page,
            b"\x1bd": lambda: self.lines(self.byte()),
            b"\x1bJ": lambda: self.end_line(self.byte()),
            b"\x1b2": lambda: setattr(self, "feed", LINE_FEED),
            b"\x1b3": lambda: setattr(self, "feed", self.byte()),
            b"\x1b$": lambda: self.move(self.word()),
            b"\x1b*": self.columns,
            b"\x1d!": self.size,
            b"\x1dV": self.cut,
            b"\x1dv": self.rows,
            b"\x1d(": self.function,
        }
        self.reset()

    def reset(self) -> None:
        self.bold, self.wide, self.high, self.align, self.feed = False, 1, 1, 0, LINE_FEED
        self.table = _upper_half(0)
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
        height = sum(band.height for band in self.bands) + 2 * MARGIN
        self.reading.paper = Image.new("1", (self.dots + 2 * MARGIN, height), 1)
        y = MARGIN
        for band in self.bands:
            self.reading.paper.paste(band.point(lambda value: 255 - value), (MARGIN, y))
            y += band.height
        return self.reading

    def step(self) -> None:
        code = self.byte()
        if code == 0x0A:
            self.end_line()
        elif code >= 0x20:
            self.print(code)
        elif code in (0x1B, 0x1D):
            start = self.at - 1
            command = self.commands.get(bytes((code, self.byte())))
            if command is None:
                self.problem("unknown command " + self.data[start : self.at].hex(" "), start)
            else:
                command()
        else:
            self.problem(f"unknown control code {code:02x}", self.at - 1)

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

    # Letters and lines

    def mode(self, value: int) -> None:
        self.bold, self.high, self.wide = bool(value & 8), 2 if value & 16 else 1, 2 if value & 32 else 1
        if value & 0x81:
            self.problem(f"mode {value:02x}: this printer has one font and no underline")

    def size(self) -> None:
        value = self.byte()
        self.wide, self.high = (value >> 4) + 1, (value & 15) + 1

    def page(self) -> None:
        number = self.byte()
        self.table = _upper_half(number)
        if self.table is None:
            self.problem(f"code page {number} is not known")

    def print(self, code: int) -> None:
        letter = chr(code) if code < 0x80 else self.table[code - 0x80] if self.table else "\ufffd"
        if code == 0x7F or letter == "\ufffd" or (letter == " " and code > 0x80):
            self.problem(f"code {code:02x} has no letter on this page", self.at - 1)
            letter = "\ufffd"
        shape = cell(letter, self.bold)
        self.place(shape.resize((WIDTH * self.wide, HEIGHT * self.high), Image.Resampling.NEAREST), letter)

    def place(self, shape: Image.Image, letter: str) -> None:
        if self.x + shape.width > self.dots:
            self.end_line()
        self.pieces.append((self.x, shape))
        self.x += shape.width
        self.text += letter

    def move(self, x: int) -> None:
        self.text += " " * ((x - self.x) // (WIDTH * self.wide))
        self.x = x

    def lines(self, count: int) -> None:
        for _ in range(count):
            self.end_line()

    def end_line(self, feed: int | None = None) -> None:
        height = max([piece.height for _, piece in self.pieces], default=0)
        band = Image.new("1", (self.dots, max(height, self.feed if feed is None else feed)))
        shift = (self.dots - self.x) * self.align // 2
        for x, piece in self.pieces:
            band.paste(piece, (x + shift, height - piece.height))
        self.bands.append(band)
        self.reading.lines.append(self.text)
        self.x, self.text, self.pieces = 0, "", []

    # Dots

    def columns(self) -> None:
        """ESC *: 24 dots high, three bytes a column."""
        kind, width = self.byte(), self.word()
        if kind != 33:
            self.problem(f"ESC * of kind {kind}: this printer draws 24 dots at full density only")
        data = self.take(width * (3 if kind in (32, 33) else 1))
        if kind != 33:
            return
        image = Image.new("1", (width, 24))
        for x in range(width):
            column = int.from_bytes(data[3 * x : 3 * x + 3], "big")
            for y in range(24):
                if column >> (23 - y) & 1:
                    image.putpixel((x, y), 255)
        self.reading.pictures.append(image)
        self.place(image, _DRAWN * (width // WIDTH))

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
        if image.width > self.dots:
            self.problem(f"a picture of {image.width} dots on paper of {self.dots}")
        band = Image.new("1", (self.dots, image.height))
        band.paste(image, (max(0, (self.dots - image.width) * self.align // 2), 0))
        self.bands.append(band)

    def function(self) -> None:
        """GS ( k: QR codes."""
        name, data = self.byte(), self.take(self.word())
        if name != ord("k") or data[:1] != b"1":
            self.problem(f"unknown function GS ( {chr(name)} {data[:2].hex(' ')}")
        elif data[1:2] == b"C":
            self.qr_module = data[2]
        elif data[1:2] == b"E":
            self.qr_error = "lmqh"[data[2] - 48]
        elif data[1:3] == b"P0":
            self.qr_data = data[3:]
        elif data[1:2] == b"Q":
            text = self.qr_data.decode()
            rows = segno.make_qr(text, error=self.qr_error, boost_error=False).matrix
            image = Image.frombytes(
                "L", (len(rows[0]), len(rows)), bytes(255 * module for row in rows for module in row)
            )
            size = (image.width * self.qr_module, image.height * self.qr_module)
            self.reading.codes.append(text)
            self.block(image.resize(size, Image.Resampling.NEAREST).convert("1"))
        elif data[1:2] != b"A":
            self.problem(f"unknown QR function {data[:2].hex(' ')}")

    def cut(self) -> None:
        if self.byte() >= 65:
            self.byte()
        self.reading.cuts += 1


def save(data: bytes, folder: Path, dots: int) -> tuple[list[Path], list[str]]:
    """Print `data` into `folder`: receipt-NNNN.bin, the bytes, and receipt-NNNN.png, the paper.

    Returns the two files and the problems of the reading. Each file appears whole or not at all, and
    none is ever overwritten. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    reading = read(data, dots)
    numbers = [int(path.stem[8:]) for path in folder.glob("receipt-*.bin") if path.stem[8:].isdigit()]
    number = max(numbers, default=0) + 1
    temporary = folder / f".receipt-{os.getpid()}.tmp"
    try:
        temporary.write_bytes(data)
        while True:
            raw = folder / f"receipt-{number:04d}.bin"
            with contextlib.suppress(FileExistsError):
                os.link(temporary, raw)  # unlike a rename, refuses a name that another process took
                break
            number += 1
        temporary.unlink()
        reading.paper.save(temporary, "PNG")
        picture = raw.with_suffix(".png")
        temporary.replace(picture)
    finally:
        temporary.unlink(missing_ok=True)
    return [raw, picture], reading.problems
