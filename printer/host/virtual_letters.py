"""The letters of the virtual printer: the code pages of an Epson TM-T88V, from python-escpos's database of
printers and Python's codecs, and letters that the sender draws."""

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PIL import Image


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
def upper_half(number: int) -> str | None:
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


def columns(data: bytes, height: int) -> Image.Image:
    """Dots column by column, the top one the highest bit (mode "1", ink is 1)."""
    count = height // 8
    image = Image.new("1", (max(1, len(data) // count), height))
    for x in range(len(data) // count):
        bits = int.from_bytes(data[x * count : (x + 1) * count], "big")
        for y in range(height):
            if bits >> (height - 1 - y) & 1:
                image.putpixel((x, y), 255)
    return image
