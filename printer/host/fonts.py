"""The font we draw with: Noto Sans Mono, opened by its path (Debian package fonts-noto-mono).

Asking for "monospace" by name gives another font on another Debian, and most monospaced fonts lack
Vietnamese letters: they lose a mark without any error.
"""

from functools import cache
from pathlib import Path

from PIL import ImageFont

from config import exits

REGULAR = Path("/usr/share/fonts/truetype/noto/NotoSansMono-Regular.ttf")
BOLD = REGULAR.with_name("NotoSansMono-Bold.ttf")


@cache
def load(pixels: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """The font at that height in pixels. Raises CommandError when it is not installed."""
    path = BOLD if bold else REGULAR
    try:
        return ImageFont.truetype(path, pixels, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        raise exits.CommandError(
            f"{path}: the font for printing cannot be opened ({error}); run `apt install fonts-noto-mono`.",
            exits.FAILED,
            vi=f"{path}: không mở được phông chữ để in ({error}); chạy `apt install fonts-noto-mono`.",
        ) from error


def has(letter: str, bold: bool = False) -> bool:
    """Whether the font has a shape of its own for the letter, and not its box for missing ones."""
    font = load(40, bold)
    return bytes(font.getmask(letter)) != bytes(font.getmask("\uffff"))
