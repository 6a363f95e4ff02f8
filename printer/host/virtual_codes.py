"""QR codes and barcodes as the virtual printer draws them: by segno and python-barcode, not by our encoder."""

from importlib import import_module
from typing import Any

import segno
from PIL import Image, ImageOps

_BY_TEXT = {
    "upca": "barcode.upc:UniversalProductCodeA",
    "ean13": "barcode.ean:EuropeanArticleNumber13",
    "ean8": "barcode.ean:EuropeanArticleNumber8",
    "code39": "barcode.codex:Code39",
}
_DIGITS = {"upca": (11, 12), "ean13": (12, 13), "ean8": (7, 8)}


def qr(text: str, level: str, module: int) -> Image.Image:
    """A QR code without its margin (mode "1", ink is 1). Raises ValueError when it does not fit one."""
    try:
        rows = segno.make_qr(text, error=level, boost_error=False).matrix
    except segno.DataOverflowError as error:
        raise ValueError("too much for a QR code") from error
    image = Image.new("1", (len(rows[0]), len(rows)))
    image.putdata([255 if one else 0 for row in rows for one in row])
    return image.resize((image.width * module, image.height * module), Image.Resampling.NEAREST)


def barcode(kind: str, text: str) -> str:
    """The modules of a barcode, "1" for a bar. Raises ValueError for a kind or text that it cannot draw."""
    if kind not in _BY_TEXT:
        raise ValueError(f"barcodes of kind {kind} are not drawn")
    if kind in _DIGITS and (not text.isdecimal() or len(text) not in _DIGITS[kind]):
        raise ValueError(f"{text!r} is no {kind}")
    module, _, name = _BY_TEXT[kind].partition(":")
    maker: Any = getattr(import_module(module), name)
    try:
        made = maker(text, add_checksum=False) if kind == "code39" else maker(text)
        modules = "".join(made.build())
    except Exception as error:  # python-barcode's own errors have no common base
        raise ValueError(f"{text!r} is no {kind}: {error}") from error
    if kind in _DIGITS and len(text) == _DIGITS[kind][1] and made.get_fullcode() != text:
        raise ValueError(f"{text} has a wrong check digit")
    return modules.replace("G", "1")


def code128(data: bytes) -> tuple[str, str]:
    """(modules, text) of Code 128 whose code sets are named in the data, as GS k wants it ("{B", "{C", "{1").

    Raises ValueError when they are not.
    """
    charsets = import_module("barcode.charsets.code128")
    if data[:1] != b"{" or data[1:2] not in (b"A", b"B", b"C"):
        raise ValueError("Code 128 has to begin with a code set")
    letter = chr(data[1])
    values = [{"A": 103, "B": 104, "C": 105}[letter]]
    text, at = "", 2
    while at < len(data):
        if data[at] == ord("{"):
            name = chr(data[at + 1]) if at + 1 < len(data) else ""
            at += 2
            if name in ("A", "B", "C"):
                letter = name
                values.append({"A": 101, "B": 100, "C": 99}[name])
            elif name == "1":
                values.append(102)
                text += "\u001d" if text else ""
            elif name == "{" and letter == "B":
                values.append(ord("{") - 32)
                text += "{"
            else:
                raise ValueError(f"Code 128 has no {{{name}")
        elif letter == "C":
            if data[at] > 99:
                raise ValueError("code set C has pairs of digits only")
            values.append(data[at])
            text += f"{data[at]:02}"
            at += 1
        else:
            code = data[at]
            low, high = (0, 95) if letter == "A" else (32, 127)
            if not low <= code <= high:
                raise ValueError(f"code set {letter} has no {code:02x}")
            values.append(code - 32 if code >= 32 else code + 64)
            text += chr(code)
            at += 1
    check = (values[0] + sum(place * value for place, value in enumerate(values[1:], 1))) % 103
    patterns = [charsets.CODES[value] for value in [*values, check]]
    return "".join(patterns) + charsets.STOP + "11", text


def bars(modules: str, module: int, height: int) -> Image.Image:
    """Bars of that height, each module so many dots wide (mode "1", ink is 1)."""
    image = Image.new("1", (len(modules), 1))
    image.putdata([255 if one == "1" else 0 for one in modules])
    return image.resize((len(modules) * module, height), Image.Resampling.NEAREST)


def inverted(image: Image.Image) -> Image.Image:
    """Ink for paper and paper for ink."""
    return ImageOps.invert(image.convert("L")).convert("1")
