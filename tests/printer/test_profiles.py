"""Every printer of the database prints every letter: read back by a reader of bytes that is not our encoder's.

The reader takes code pages from python-escpos's database and Python's codecs, and tells drawn letters by
their dots.
"""

import json
import random
import unicodedata
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image

from printer import documents, escpos, layout, profile_data, profiles, receipts
from printer.host import make_profiles
from printer.host.raster import cell, raster
from printer.profiles import PROFILES
from printer.vietnamese import LETTERS

SIGNS = "₫–—“”‘’…★"
FOLDER = Path(find_spec("escpos").submodule_search_locations[0])
DATABASE = json.loads((FOLDER / "capabilities.json").read_text())
EVERYTHING = LETTERS + SIGNS + "".join(map(chr, range(33, 127)))


def upper_half(encoding):
    """The 128 characters from 80h on of an encoding of the database."""
    found = DATABASE["encodings"][encoding]
    if "data" in found:
        return "".join(found["data"]).replace("\u00d0", "\u0110")  # the database has ETH where Đ is printed
    return bytes(range(128, 256)).decode(found["python_encode"], errors="replace")


def pages_of(name):
    like = {"TM-T20III": "TM-T20II", "TM-m30III": "TM-T20II", "tcvn": "TM-T20II", "virtual": "TM-T20II"}
    found = DATABASE["profiles"].get(like.get(name, name), {"codePages": {"0": "CP437"}})
    return {int(number): encoding for number, encoding in found["codePages"].items()}


class Reader:
    """The texts that a printer with these pages would print."""

    def __init__(self, data, name):
        self.data, self.at = data, 0
        self.pages, self.table = pages_of(name), None
        self.chinese = "chinese" in next(
            line for line in profile_data.PRINTERS.split("\n") if line.startswith(name + "|")
        )
        self.width, self.zoom = PROFILES[name]["cell"], PROFILES[name]["zoom"]
        self.shapes = {}
        for width, height in ((self.width, 24), (12, 24), (10, 16)):
            for bold in (True, False):
                for letter in EVERYTHING + " ":
                    image = cell(letter, bold, width, height)
                    self.shapes[width, height, image.tobytes()] = letter
        self.taught, self.teaching, self.lines, self.text, self.bands = {}, False, [], "", []
        self.codes, self.above, self.gap = [], 0, False
        while self.at < len(data):
            self.step()
        assert self.text == ""

    def take(self, count):
        part = self.data[self.at : self.at + count]
        assert len(part) == count, "the bytes end inside a command"
        self.at += count
        return part

    def word(self):
        low, high = self.take(2)
        return low + 256 * high

    def letters(self, image):
        """The letters of drawn cells."""
        height = 16 if image.height == 16 else 24
        width = 10 if height == 16 else self.width if image.width % self.width == 0 else 12
        cells = [image.crop((x, 0, x + width, height)) for x in range(0, image.width, width)]
        return "".join(self.shapes[width, height, part.tobytes()] for part in cells)

    def end(self, text):
        self.lines.append(text.rstrip())
        self.text = ""

    def step(self):
        code = self.take(1)[0]
        if code == 0x0A:
            self.end(self.text)
        elif code == 0x1B:
            self.escape(chr(self.take(1)[0]))
        elif code == 0x1D:
            self.group(chr(self.take(1)[0]))
        elif code == 0x1C:
            assert self.take(1) == b"."
            self.chinese = False
        elif self.teaching and code in self.taught:
            self.text += self.taught[code]
        elif code < 0x80:
            assert code >= 0x20
            self.text += chr(code)
        else:
            assert not self.chinese, "half a Chinese letter"
            letter = self.table[code - 0x80]
            assert letter in LETTERS + SIGNS, hex(code)
            self.text += letter

    def escape(self, name):
        if name == "@":
            self.taught, self.teaching, self.table = {}, False, None
        elif name in "!a3":
            self.take(1)
        elif name == "d":
            self.lines += [""] * self.take(1)[0]
        elif name == "2":
            rows = self.bands
            image = Image.new("1", (rows[0].width, 8 * len(rows)))
            for number, band in enumerate(rows):
                image.paste(band, (0, 8 * number))
            self.bands = []
            del self.lines[-len(rows) :]
            if image.height in (16, 32):  # not a QR code
                for wide in (1, 2):  # as high as it is wide, or not
                    small = image.resize((image.width // wide, 16), Image.Resampling.NEAREST)
                    try:
                        text = self.letters(small)
                    except KeyError:
                        continue
                    self.end(text)
                    return
                raise AssertionError("no letters of ours")
        elif name == "%":
            self.teaching = self.take(1) == b"\x01"
        elif name == "?":
            del self.taught[self.take(1)[0]]
        elif name == "t":
            self.table = upper_half(self.pages[self.take(1)[0]])
        elif name == "J":
            feed = self.take(1)[0]
            # Behind a picture it makes up the line, before one it is the blank rows left out above.
            self.above, self.gap = 0 if self.gap else feed, False
        elif name == "$":
            at = self.word() // self.width
            self.text += " " * (at - self.cells)
        elif name == "&":
            height, first, last = self.take(3)
            assert height == 3 and 32 <= first <= last <= 126
            for code in range(first, last + 1):
                width = self.take(1)[0]
                assert 0 < width <= 12
                image = column_image(self.take(3 * width) + bytes(36 - 3 * width), 24)
                self.taught[code] = self.shapes[12, 24, image.tobytes()]
        elif name == "*":
            kind, width = self.take(1)[0], self.word()
            assert kind in (1, 33)
            image = column_image(self.take(width * (3 if kind == 33 else 1)), 24 if kind == 33 else 8)
            if kind == 33:
                self.text += self.letters(image)
            else:
                self.bands.append(image)
        else:
            raise AssertionError("ESC " + name)

    @property
    def cells(self):
        return layout.cells(self.text)

    def group(self, name):
        if name == "V":
            self.take(2)
        elif name == "v":
            _, zoom = self.take(2)
            stride, height = self.word(), self.word()
            rows = self.take(stride * height)
            assert self.text == "", "a picture in the middle of a line"
            if stride * 8 > PAPER[0] // (2 if zoom & 1 else 1):
                raise AssertionError("wider than the paper")
            drawn = Image.frombytes("1", (stride * 8, height), rows)
            wide = high = 1 + (zoom > 0)
            if not zoom and not self.zoom:
                # Large letters that the printer cannot enlarge itself: their dots come in twos.
                pixels = drawn.load()
                high = 1 + all(
                    pixels[x, y] == pixels[x, y + 1]
                    for x in range(stride * 8)
                    for y in range(0, height - 1, 2)
                )
                wide = 1 + (
                    high == 2
                    and all(
                        pixels[x, y] == pixels[x + 1, y]
                        for x in range(0, stride * 8, 2)
                        for y in range(height)
                    )
                )
                drawn = drawn.resize((drawn.width // wide, height // high), Image.Resampling.NEAREST)
            top = self.above // high
            image = Image.new("1", (drawn.width // self.width * self.width, 24))
            image.paste(drawn, (0, top))
            self.above = 0
            if drawn.height <= 24:
                self.end(self.letters(image))
                self.gap = True
        elif name == "(":
            kind = self.take(1)
            data = self.take(self.word())
            if kind == b"L":  # a downloaded graphic of one dot, never printed
                assert data[:3] == b"0S0" and data[5:] == b"\x01\x01\x00\x01\x001\x80"
                return
            assert kind == b"k"
            if data[:3] == b"1P0":
                self.codes.append(data[3:].decode())
        else:
            raise AssertionError("GS " + name)


PAPER = [576]


def column_image(data, height):
    count = height // 8
    image = Image.new("1", (len(data) // count, height))
    for x in range(image.width):
        bits = int.from_bytes(data[x * count : (x + 1) * count], "big")
        for y in range(height):
            if bits >> (height - 1 - y) & 1:
                image.putpixel((x, y), 255)
    return image


def wanted(document):
    lines = []
    for item in layout.lines(document):
        if item["kind"] == "line":
            lines.append("".join(run[0] for run in item["runs"]).rstrip())
        elif item["kind"] == "rule":
            lines.append("-" * document["columns"])
        elif item["kind"] == "feed":
            lines += [""] * item["lines"]
    return lines


def page(columns, form):
    document = documents.document(columns)
    texts = [LETTERS[at : at + 20] for at in range(0, 134, 20)] + [SIGNS, "Mật ong “Hương Khê” – 185.000 ₫"]
    for text in texts:
        document["items"].append(documents.text(unicodedata.normalize(form, text)))
    for at in range(0, 134, 14):
        document["items"].append(documents.text(LETTERS[at : at + 14], bold=True))
        document["items"].append(
            documents.text(unicodedata.normalize(form, LETTERS[at : at + 14]), "center", size="tall")
        )
        document["items"].append(documents.text(LETTERS[at : at + 14], "right", size="large"))
    return document


def printers():
    return sorted(PROFILES) + ["plain+glyphs+qr+positions", "plain+tcvn", "POS-5890+glyphs", "RP326+nopages"]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("name", printers())
def test_every_letter_on_every_printer(name, form):
    made = profiles.profile(name)
    document = page(made["columns"], form)
    data = escpos.encode(document, made, raster)
    base = name.split("+")[0] if "+tcvn" not in name else "tcvn"
    assert Reader(data, base).lines == wanted(page(made["columns"], "NFC"))
    assert "?" not in "".join(wanted(document))


@pytest.mark.parametrize("name", printers())
def test_a_receipt_on_every_printer(name, sale):
    made = profiles.profile(name)
    document = receipts.receipt(sale, made["columns"])
    data = escpos.encode(document, made, raster)
    reader = Reader(data, name.split("+")[0] if "+tcvn" not in name else "tcvn")
    assert [line for line in reader.lines if line] == [line for line in wanted(document) if line]
    assert reader.codes == ([sale["check_url"]] if made["native_qr"] else [])


def test_the_list_is_the_databases_without_displays_and_with_ours():
    dots = {
        name
        for name, found in DATABASE["profiles"].items()
        if found["features"]["bitImageRaster"] or found["features"]["bitImageColumn"]
    }
    assert dots <= set(PROFILES)
    assert set(PROFILES) - dots == {"TM-T20III", "TM-m30III", "plain", "plain-58", "tcvn", "virtual"}


def test_the_file_is_what_the_generator_writes():
    version = profile_data.__doc__.partition("python-escpos ")[2].split()[0]
    assert (Path(profile_data.__file__)).read_text() == make_profiles.text(version)


def test_columns_fit_the_paper():
    for name, made in PROFILES.items():
        assert 32 <= made["columns"] <= 48, name
        assert made["columns"] * made["cell"] <= made["dots"], name
        assert made["graphics"] in ("inline", "picture", "bands")


def test_words_that_a_test_page_adds():
    assert profiles.profile("plain+qr+glyphs")["native_qr"]
    assert not profiles.profile("plain")["native_qr"]
    assert profiles.profile("TM-T20II+noqr")["native_qr"] is False
    assert profiles.profile("RP326+nopages")["pages"] == []
    with pytest.raises(ValueError, match="colour"):
        profiles.profile("plain+colour")


@pytest.mark.parametrize(
    "name", ["tcvn", "plain", "plain+glyphs+qr+positions", "POS-5890", "TM-T88III", "TM-U220"]
)
def test_any_text_of_known_letters_comes_back(name):
    """Jobs one after the other, with what the printer was taught; all ASCII, all letters, all styles mixed."""
    dice = random.Random(11)
    made = profiles.profile(name)
    known = EVERYTHING + "  \x1b\x1d\n"
    held, before = {}, b""
    for _ in range(25):
        document = documents.document(made["columns"])
        for _ in range(dice.randint(1, 6)):
            letters = "".join(dice.choices(known, k=dice.randint(0, 70))).replace("\n", " ")
            size = dice.choice(("normal", "normal", "tall", "large"))
            if dice.random() < 0.5:
                document["items"].append(documents.pair(letters[:30], letters[30:40], dice.random() < 0.5))
            else:
                align = dice.choice(("left", "center", "right"))
                document["items"].append(documents.text(letters, align, dice.random() < 0.3, size))
        data, held = escpos.job(document, made, raster, held)
        lines = Reader(before + data, name.split("+")[0]).lines
        expected = wanted(document)
        assert squeezed(lines[len(lines) - len(expected) :]) == squeezed(expected)
        before = before + data if made["glyphs"] else b""


def squeezed(lines):
    """Lines without their first blanks, which are white in a picture, and with quotes of one kind, which
    look alike in a needle printer's cell."""
    return [line.strip().translate(str.maketrans("‘’“”", "''\"\"")) for line in lines]
