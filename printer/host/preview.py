"""Previews: the paper or the label as a picture, before anything is sent to a printer.

They are painted from the same lines and places that the back-ends send, with the same letters and codes, so
that what is seen is what prints; only the printer's own font may look different.
"""

import base64
import html
import io
from typing import TYPE_CHECKING

from PIL import Image

from printer import barcodes, labels, layout, plain
from printer.host.raster import line, qr, raster
from printer.profiles import CELL_HEIGHT, CELL_WIDTH

if TYPE_CHECKING:
    from printer.documents import Document, Item

MARGIN = 32  # dots of paper beside what can be printed
_FEED = 30  # dots from line to line
_GAP = 6


def paper(document: "Document") -> Image.Image:
    """A receipt as it comes out of a printer of 203 dpi (mode "1", paper is 1)."""
    width = document["columns"] * CELL_WIDTH
    bands = [_band(item, document["columns"]) for item in layout.lines(document)]
    image = Image.new("1", (width + 2 * MARGIN, sum(band.height for band, _ in bands) + 2 * MARGIN), 1)
    y = MARGIN
    for band, align in bands:
        room = width - band.width
        image.paste(0, (MARGIN + {"left": 0, "center": room // 2, "right": room}[align], y), band)
        y += band.height
    return image


def label(document: "Document", dpi: int) -> Image.Image:
    """A label in the dots of its printer, with the digits under a barcode as most printers set them.

    Raises ValueError as `printer.labels.place`.
    """
    placed = labels.place(document, dpi)
    image = Image.new("1", (placed["width"], placed["height"]), 1)
    for field in placed["fields"]:
        shape = _field(field)
        image.paste(0, (field["x"], field["y"]), shape)
        if field["kind"] == "barcode" and field["hri"]:
            high = 20 * field["module"] // 2
            digits = line(field["text"], False, high // 2, high)
            x = field["x"] + (field["width"] - digits.width) // 2
            image.paste(0, (x, field["y"] + field["height"] + 2), digits)
    return image


def png(image: Image.Image) -> bytes:
    """The picture as a PNG file."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def page(document: "Document", dpi: int = 203) -> str:
    """The picture as a piece of HTML, with its text for those who cannot see it. Labels need their `dpi`."""
    image = label(document, dpi) if "label" in document else paper(document)
    data = base64.b64encode(png(image)).decode()
    text = html.escape(plain.text(document), quote=True)
    return f'<img class="preview" src="data:image/png;base64,{data}" width="{image.width}" alt="{text}">'


def _band(item: "Item", columns: int) -> tuple[Image.Image, str]:
    """A piece of paper (ink is 1), and where it stands across."""
    kind, align = item["kind"], item.get("align", "left")
    if kind == "line":
        shapes = [
            line(text, bold).resize(
                (CELL_WIDTH * layout.cells(text) * wide, CELL_HEIGHT * high), Image.Resampling.NEAREST
            )
            for text, bold, wide, high in item["runs"]
        ]
        height = max((shape.height for shape in shapes), default=CELL_HEIGHT)
        band = Image.new("1", (sum(shape.width for shape in shapes), height + _GAP))
        x = 0
        for shape in shapes:
            band.paste(shape, (x, height - shape.height))
            x += shape.width
        return band, align
    if kind == "rule":
        return _band({"kind": "line", "runs": [("-" * columns, False, 1, 1)]}, columns)
    if kind == "picture":
        return Image.frombytes("1", (item["width"], item["height"]), item["rows"]), align
    if kind == "qr":
        module = item["cell"] or (6 if len(item["text"]) <= 60 else 4)
        return _times(qr(item["text"], item["level"]), module, module), align
    if kind == "barcode":
        bars = _times(_bars(item), item["module"], item["height"])
        if not item["hri"]:
            return bars, align
        digits = line(barcodes.check(item["type"], item["text"]))
        band = Image.new("1", (max(bars.width, digits.width), bars.height + _FEED))
        band.paste(bars, ((band.width - bars.width) // 2, 0))
        band.paste(digits, ((band.width - digits.width) // 2, bars.height))
        return band, align
    if kind == "feed":
        return Image.new("1", (1, _FEED * item["lines"])), align
    if kind in ("cut", "drawer"):
        return Image.new("1", (1, 1)), align
    raise ValueError(f"a document has no item of kind {kind}")


def _field(field: "Item") -> Image.Image:
    if field["kind"] == "text":
        width, height, rows = labels.drawn(field, raster)
        return Image.frombytes("1", (width, height), rows)
    if field["kind"] == "qr":
        return _times(qr(field["text"], field["level"]), field["module"], field["module"])
    if field["kind"] == "barcode":
        return _times(_bars(field), field["module"], field["bars"])
    if field["kind"] == "picture":
        return Image.frombytes("1", (field["width"], field["height"]), field["rows"])
    return Image.new("1", (field["width"], field["height"]), 1)


def _bars(code: "Item") -> Image.Image:
    width, _, row = barcodes.drawn(code["type"], code["text"])
    return Image.frombytes("1", (width, 1), row)


def _times(image: Image.Image, wide: int, high: int) -> Image.Image:
    return image.resize((image.width * wide, image.height * high), Image.Resampling.NEAREST)
