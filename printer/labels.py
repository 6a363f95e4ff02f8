"""Labels: what they say, and where it stands, for `printer.tspl` and `printer.zpl`.

A label's template says `{label:50x30; across:1; gap:2; cell:20}`: one label's size in mm, labels beside each
other on the roll, mm between labels, and the height of a line in dots of 203 dpi (an eighth of a
millimetre; a letter is half as wide). What does not fit is set smaller, down to 2 mm a line; then the longest
paragraphs are cut, with an ellipsis. Codes are never made smaller than they can be read.
"""

from . import barcodes, layout, templates
from .dates import day
from .drawings import beside, enlarge
from .money import dong

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .documents import Document, Item
    from .drawings import Drawing, Raster
    from .templates import Template

    Field = dict[str, Any]
    Fonts = list[tuple[str, int, int]]

_TEXTS = "name price unit_price ean stamp serial producer ingredients lot produced expires storage stars"
_TEXTS += " address phone net note link"
NAMES: "dict[str, Any]" = dict.fromkeys(_TEXTS.split())  # the fields that a label's template may use
DPI = (203, 300)
SMALLEST = 16  # dots of 203 dpi: 2 mm
_LEAST_BARS = 40  # 5 mm
_ABOVE_QR = 10  # dots: Zebra's printers set no QR code above
_READABLE = 24  # dots for the digits under a barcode


def label(data: "dict[str, Any]", template: "Template") -> "Document":
    """The document of a label by its template.

    `data`: any of `NAMES`; price a whole number of đồng, produced and expires ISO dates, the others texts;
    `stamp` and `link` become QR codes: one item's stamp, the product's page. Raises
    ValueError with the template's errors, or when it has no size.
    """
    made, errors = templates.document(template, fields(data), 32)
    if errors:
        number, message = errors[0]
        raise ValueError("dòng / line " + str(number) + ": " + message)
    if "label" not in made:
        raise ValueError("mẫu nhãn thiếu {label:RỘNGxCAO} / the template has no {label:WIDTHxHEIGHT}")
    return made


def fields(data: "dict[str, Any]") -> dict[str, str]:
    """The texts that a label's template may place. Raises ValueError for an unknown name, a wrong date
    or a wrong EAN-13."""
    made = dict.fromkeys(NAMES, "")
    for name, value in data.items():
        if name not in NAMES:
            raise ValueError("a label has no field " + name)
        if value is None or value == "":
            continue
        if name == "price":
            made[name] = dong(value)
        elif name == "ean":
            made[name] = barcodes.check("ean13", str(value))
        elif name in ("produced", "expires"):
            made[name] = day(value)
        else:
            made[name] = str(value)
    return made


def place(document: "Document", dpi: int) -> "dict[str, Any]":
    """{width, height, across, step, pitch, fields}: one label in dots, and every field at its place.

    A field has kind, x, y, width, height, and: text {runs, cell}, qr {text, level, module}, barcode {text,
    type, module, bars, hri}, picture {rows}, rule. `step` is the dots from one label to the one beside it.
    Raises ValueError when the codes do not fit the label, or for another dpi than 203 and 300.
    """
    if dpi not in DPI:
        raise ValueError("labels are printed at 203 or 300 dpi, not " + str(dpi))
    size = document["label"]
    # 203 dpi are 8 dots a millimetre, 300 are 11.8; a dot of 203 dpi becomes 1.5.
    width, height, step = [
        _dots(mm, dpi) for mm in (size["width"], size["height"], size["width"] + size["gap"])
    ]
    made = {"width": width, "height": height, "across": size["across"], "step": step, "gap": size["gap"]}
    made["mm"] = (size["width"] * size["across"] + size["gap"] * (size["across"] - 1), size["height"])
    cell = size["cell"]
    while True:
        for bars in (100, 75, 50):
            placing = _Placing(width, height, dpi, cell, bars)
            if placing.fits(document["items"], {}):
                made["fields"] = placing.fields
                return made
        if cell <= SMALLEST:
            break
        cell = max(SMALLEST, cell - 2)
    # Too much even so: the longest paragraph loses its last line, again and again.
    most: dict[int, int] = {}
    while True:
        placing = _Placing(width, height, dpi, cell, 50)
        if placing.fits(document["items"], most):
            made["fields"] = placing.fields
            return made
        longest = (
            max(placing.counts, key=lambda index: (placing.counts[index], index)) if placing.counts else -1
        )
        if longest < 0 or placing.counts[longest] < 2:
            break
        most[longest] = placing.counts[longest] - 1
    raise ValueError(
        "nhãn "
        + str(size["width"])
        + " x "
        + str(size["height"])
        + " mm không đủ chỗ / is too small for this"
    )


def _dots(mm: int, dpi: int) -> int:
    return mm * 8 if dpi == 203 else mm * 118 // 10


class _Placing:
    """Places items from top to bottom, at one size."""

    def __init__(self, width: int, height: int, dpi: int, cell: int, bars: int) -> None:
        self.width, self.height = width, height
        self.half = 2 if dpi == 203 else 3  # half a dot of 203 dpi
        self.margin = self.scaled(6)
        self.high = self.scaled(cell) // 2 * 2
        self.bars = bars  # percent of a barcode's height
        self.y = self.margin // 2
        self.fields: list[Field] = []
        self.counts: dict[int, int] = {}  # lines of each paragraph, by its place among the items
        self.beside = (0, 0, 0)  # cells' dots taken at the left and at the right, and down to which y

    def scaled(self, dots: int) -> int:
        """Dots of 203 dpi in dots of this printer."""
        return dots * self.half // 2

    def fits(self, items: "list[Item]", most: dict[int, int]) -> bool:
        """Place the items, paragraph i with at most `most[i]` lines. Returns whether all stand on the label."""
        for index, item in enumerate(items):
            kind = item["kind"]
            if kind == "row":
                self.counts[index] = self.row(item, most.get(index, 999))
            elif kind == "qr":
                self.qr(item)
            elif kind == "barcode":
                self.barcode(item)
            elif kind == "picture":
                self.add("picture", self.aligned(item["align"], item["width"]), item["width"], item["height"])
                self.fields[-1]["rows"] = item["rows"]
            elif kind == "rule":
                self.add("rule", self.margin, self.width - 2 * self.margin, self.half)
                self.y += self.half
            elif kind == "feed":
                self.y += item["lines"] * self.high
        return max(self.y, self.beside[2]) <= self.height and not any(
            field["x"] < 0 or field["x"] + field["width"] > self.width for field in self.fields
        )

    def add(self, kind: str, x: int, width: int, height: int) -> None:
        self.fields.append({"kind": kind, "x": x, "y": self.y, "width": width, "height": height})
        self.y += height

    def aligned(self, align: str, width: int) -> int:
        left, right, down = self.beside
        if self.y >= down:
            left = right = 0
        room = self.width - 2 * self.margin - left - right - width
        return self.margin + left + {"left": 0, "center": room // 2, "right": room}[align]

    def row(self, item: "Item", most: int) -> int:
        """Place a paragraph. Returns how many lines it has."""
        wide = self.high // 2
        left, right, down = self.beside
        if self.y >= down:
            left = right = 0
        columns = (self.width - 2 * self.margin - left - right) // wide
        if columns < 4:
            self.y = self.height + 1  # no room for words
            return 0
        lines = layout.row_lines(item, columns)
        if len(lines) > 1 and _wide(item):
            lines = layout.row_lines(_narrowed(item), columns)  # rather than a price in two lines
        if len(lines) > most:
            lines = lines[:most]
            lines[-1] = _ellipsis(lines[-1], columns)
        for line in lines:
            height = max([run[3] for run in line["runs"] if run[0].strip()] + [1]) * self.high
            if line["runs"]:
                width = line["width"] * wide
                self.add("text", self.aligned(line["align"], width), width, height)
                self.fields[-1]["runs"] = line["runs"]
                self.fields[-1]["cell"] = (wide, self.high)
            else:
                self.y += height // 2  # a blank line is half as high on a label
        return len(lines)

    def qr(self, item: "Item") -> None:
        module = self.scaled(item["cell"] or 3)
        size = barcodes.qr_modules(item["text"], item["level"]) * module
        quiet = 4 * module - self.margin
        if item["place"]:
            top = self.y
            self.y = max(self.y, quiet + self.margin, _ABOVE_QR)
            x = quiet + self.margin
            if item["place"] == "right":
                x = self.width - size - x
            self.add("qr", x, size, size)
            taken = size + 2 * quiet + self.margin
            down = self.y + 4 * module
            self.beside = (taken, 0, down) if item["place"] == "left" else (0, taken, down)
            if down > self.height:
                # The margin of the label's edge will do below.
                self.beside = (self.beside[0], self.beside[1], min(down, self.y + self.margin))
            self.y = top
        else:
            self.y = max(self.y + (3 * module if self.fields else 0), 2 * module, _ABOVE_QR)
            self.add("qr", self.aligned(item["align"], size), size, size)
            self.y += 2 * module
        self.fields[-1].update({"text": item["text"], "level": item["level"], "module": module})

    def barcode(self, item: "Item") -> None:
        module = self.scaled(item["module"])
        modules = len(barcodes.modules(item["type"], item["text"]))
        bars = max(self.scaled(_LEAST_BARS), self.scaled(item["height"]) * self.bars // 100)
        quiet = 11 * module if modules * module + 22 * module <= self.width else 7 * module
        if modules * module + 2 * quiet > self.width:
            self.y = self.height + 1
            return
        self.y += self.half
        x = self.aligned(item["align"], modules * module)
        x = min(max(x, quiet), self.width - quiet - modules * module)
        self.add("barcode", x, modules * module, bars)
        text = barcodes.check(item["type"], item["text"])
        self.fields[-1].update(
            {"text": text, "type": item["type"], "module": module, "bars": bars, "hri": item["hri"]}
        )
        if item["hri"]:
            self.y += self.scaled(_READABLE)


def _wide(row: "Item") -> bool:
    return any(wide > 1 for _, runs in row["cells"] for _, _, wide, _ in runs)


def _narrowed(row: "Item") -> "Item":
    """The row with letters as high as they were, and of the usual width."""
    cells = [(align, [(text, bold, 1, high) for text, bold, _, high in runs]) for align, runs in row["cells"]]
    return dict(row, cells=cells)


def _ellipsis(line: "dict[str, Any]", columns: int) -> "dict[str, Any]":
    """The line with an ellipsis at its end."""
    runs = list(line["runs"])
    text, bold, wide, high = runs[-1]
    if line["width"] + wide > columns:
        text = text[:-1]
    runs[-1] = (text.rstrip(" ") + "…", bold, wide, high)
    width = sum([layout.cells(run[0]) * run[2] for run in runs])
    return {"kind": "line", "align": line["align"], "runs": runs, "width": width}


def pieces(field: "Field", fonts: "Fonts") -> "list[Field]":
    """A text field as what is drawn and what the printer's own letters can say: numbers, dates, codes.

    `fonts`: (name, width, height) of the printer's letters of one width; they are printed up to 6 times as
    large. A piece is a text field too; one with "font" has text, font, times, its letters' own size, and the
    dots from one strike to the next: bold is struck twice.
    """
    wide, high = field["cell"]
    made: list[Field] = []
    x = field["x"]
    for text, bold, broad, tall in field["runs"]:
        font = _font(fonts, wide * broad, high * tall) if broad == tall else None
        for part in _words(text) if font else [text]:
            width = layout.cells(part) * wide * broad
            piece = {
                "kind": "text",
                "x": x,
                "y": field["y"] + field["height"] - high * tall,
                "cell": (wide, high),
            }
            piece["runs"] = [(part, bold, broad, tall)]
            if font and part[:1] != " " and _plain(part):
                name, times, own = font
                piece.update(
                    {"font": name, "times": times, "text": part, "y": piece["y"] + high * tall - own}
                )
                piece["strikes"] = [0, times] if bold else [0]
            x += width
            if made and "font" not in made[-1] and "font" not in piece:
                made[-1]["runs"] = made[-1]["runs"] + piece["runs"]
            else:
                made.append(piece)
    return made


def _font(fonts: "Fonts", width: int, height: int) -> "tuple[str, int, int] | None":
    """(name, times, height) of the letters that are just as wide and nearly as high, or None."""
    for name, wide, high in fonts:
        times = width // wide
        if wide * times == width and times <= 6 and 3 * height <= 4 * high * times <= 4 * height:
            return name, times, high * times
    return None


def _words(text: str) -> list[str]:
    """The text in words and the blanks between them."""
    made = [""]
    for letter in text:
        if made[-1] and (made[-1][0] == " ") != (letter == " "):
            made.append("")
        made[-1] += letter
    return made


def _plain(word: str) -> bool:
    """Whether a word has a number in it, and is worth a command."""
    return (
        len(word) >= 4
        and all(" " < c < "\x7f" and c not in '"\\^~_' for c in word)
        and any(c in "0123456789" for c in word)
    )


def drawn(field: "Field", raster: "Raster") -> "Drawing":
    """The dots of a text field. Larger letters have larger dots: half the bytes, once packed."""
    wide, high = field["cell"]
    parts = [
        enlarge(raster(text, "bold" if bold else "text", wide, high), broad, tall)
        for text, bold, broad, tall in field["runs"]
        if text
    ]
    return beside(parts)


def rows(count: int, across: int) -> list[tuple[int, int]]:
    """[(labels beside each other, times)] for `count` labels: full rows, then what is left."""
    if count < 1:
        raise ValueError("the number of labels is at least 1")
    made = []
    if count // across:
        made.append((across, count // across))
    if count % across:
        made.append((count % across, 1))
    return made
