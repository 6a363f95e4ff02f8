"""Labels in ZPL II, the language of Zebra's label printers (Zebra's programming guide).

Codes are the printer's own, and numbers where its letters have the size; all other text of a label is one
graphic (^GF), since the printer's font has no Vietnamese, packed by the caller's deflate (Z64) or by ZPL's own
repetition counts, whichever is shorter.
"""

from binascii import b2a_base64

from . import labels

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .documents import Document
    from .drawings import Drawing, Raster
    from .labels import Field

    Deflate = Callable[[bytes], bytes]

# The printer's letters of one width at 203 and 300 dpi alike: name, dots of one with the gap behind it.
_FONTS = [("G", 48, 60), ("F", 16, 26), ("D", 12, 18)]
_SIZES = {"G": (60, 40), "F": (26, 13), "D": (18, 10)}  # height and width without the gap


def encode(
    document: "Document", dpi: int, count: int, raster: "Raster", deflate: "Deflate | None" = None
) -> bytes:
    """The bytes that print `count` labels. `deflate` makes a zlib stream (RFC 1950), None where there is none.

    Raises ValueError as `printer.labels.place`.
    """
    placed = labels.place(document, dpi)
    whole = placed["step"] * (placed["across"] - 1) + placed["width"]
    placed["fields"] = _parted(placed["fields"])
    graphic = _graphic(placed, raster, deflate)
    out = ""
    for beside, times in labels.rows(count, placed["across"]):
        out += "^XA^PW" + str(whole) + "^LL" + str(placed["height"]) + "^LH0,0"
        for number in range(beside):
            shift = number * placed["step"]
            if graphic:
                left, top, command = graphic
                out += _at(left + shift, top) + command + "^FS"
            for field in placed["fields"]:
                out += _field(field, field["x"] + shift)
        out += ("^PQ" + str(times) if times > 1 else "") + "^XZ"
    return out.encode()


def _parted(fields: "list[Field]") -> "list[Field]":
    """The fields, with a text as what is drawn and what the printer's own letters say."""
    made: list[Field] = []
    for field in fields:
        made += labels.pieces(field, _FONTS) if field["kind"] == "text" else [field]
    return made


def _at(x: int, y: int) -> str:
    return "^FO" + str(x) + "," + str(y)


def _data(text: str) -> str:
    """^FD with the letters that are commands, and "_", as hex (^FH)."""
    if not any(c in text for c in "^~_"):
        return "^FD" + text + "^FS"
    return "^FH^FD" + "".join(["_%02X" % ord(c) if c in "^~_" else c for c in text]) + "^FS"


def _field(field: "dict[str, Any]", x: int) -> str:
    kind, y = field["kind"], field["y"]
    if "font" in field:
        name, times = field["font"], field["times"]
        high, wide = _SIZES[name]
        size = "%d,%d" % (high * times, wide * times)
        says = "^A" + name + "N," + size + _data(field["text"])
        return "".join([_at(x + strike, y) + says for strike in field["strikes"]])
    if kind == "rule":
        return _at(x, y) + "^GB%d,%d,%d^FS" % (field["width"], field["height"], field["height"])
    if kind == "qr":
        # Zebra's printers set a QR code 10 dots below its origin.
        command = "^BQN,2," + str(field["module"])
        return _at(x, max(0, y - 10)) + command + _data(field["level"].upper() + "A," + field["text"])
    if kind == "barcode":
        readable = ",Y,N" if field["hri"] else ",N,N"
        name = "^BEN," if field["type"] == "ean13" else "^BCN,"
        text = field["text"][:12] if field["type"] == "ean13" else field["text"]
        end = readable if field["type"] == "ean13" else readable + ",N,A"
        return _at(x, y) + "^BY" + str(field["module"]) + name + str(field["bars"]) + end + _data(text)
    return ""  # text and pictures are in the graphic


def _graphic(
    placed: "dict[str, Any]", raster: "Raster", deflate: "Deflate | None"
) -> "tuple[int, int, str] | None":
    """(x, y, ^GF) of all text and pictures of one label, or None without any."""
    parts: list[tuple[int, int, Drawing]] = []
    for field in placed["fields"]:
        if field["kind"] == "text" and "font" not in field:
            parts.append((field["x"], field["y"], labels.drawn(field, raster)))
        elif field["kind"] == "picture":
            parts.append((field["x"], field["y"], (field["width"], field["height"], field["rows"])))
    if not parts:
        return None
    left = min([x for x, _, _ in parts])
    top = min([y for _, y, _ in parts])
    right = max([x + drawing[0] for x, _, drawing in parts])
    foot = max([y + drawing[1] for _, y, drawing in parts])
    stride = (right - left + 7) // 8
    lines = [0] * (foot - top)
    for x, y, (width, height, rows) in parts:
        each = (width + 7) // 8
        shift = stride * 8 - (x - left) - each * 8
        for row in range(height):
            bits = int.from_bytes(rows[row * each : (row + 1) * each], "big")
            lines[y - top + row] |= bits << shift if shift >= 0 else bits >> -shift
    data = b"".join([line.to_bytes(stride, "big") for line in lines])
    packed = counted(data, stride)
    if deflate is not None:
        text = b2a_base64(deflate(data)).decode().strip()
        zipped = ":Z64:" + text + ":" + "%04X" % _crc(text.encode())
        packed = min(packed, zipped, key=len)
    return left, top, "^GFA,%d,%d,%d," % (len(data), len(data), stride) + packed


def counted(data: bytes, stride: int) -> str:
    """Rows of dots as hex digits with ZPL's repetition counts: G to Y are 1 to 19, g to z 20 to 400 times
    the next digit, "," white to the row's end, ":" the row before once more. ("!", black to the end, is read
    in two ways.)"""
    out, before = [], None
    for start in range(0, len(data), stride):
        row = data[start : start + stride].hex().upper()
        if row == before:
            out.append(":")
            continue
        before = row
        at = 0
        while at < len(row):
            end = at + 1
            while end < len(row) and row[end] == row[at]:
                end += 1
            if end == len(row) and row[at] == "0":
                out.append(",")
                break
            out.append(_times(end - at) + row[at])
            at = end
    return "".join(out)


def _times(count: int) -> str:
    if count < 2:
        return ""
    made = "z" * (count // 400)
    count %= 400
    if count // 20:
        made += chr(ord("f") + count // 20)
    return made + (chr(ord("F") + count % 20) if count % 20 else "")


def _crc(data: bytes) -> int:
    """CRC-16 of Z64: polynomial 1021h, beginning with 0."""
    value = 0
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x1021) & 0xFFFF if value & 0x8000 else value << 1
    return value
