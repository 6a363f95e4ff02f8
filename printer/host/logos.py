"""A shop's logo: any small picture made into dots for the head of a receipt."""

import io
import warnings
from typing import Final

import msgspec
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS: Final = ("PNG", "JPEG", "WEBP")
MOST_PIXELS: Final = 25_000_000
TALLEST: Final = 240  # dots, 30 mm
LEAST: Final = 8  # pixels a side


class Logo(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Dots: `rows` as in `printer.drawings`, base64 in JSON."""

    width: int
    height: int
    rows: bytes

    def drawing(self, dots: int) -> tuple[int, int, bytes]:
        """As `printer.drawings.Drawing`. Raises ValueError unless it fits on paper of `dots` and is whole."""
        if not (0 < self.width <= dots and 0 < self.height <= TALLEST):
            raise ValueError(f"logo: {self.width} x {self.height} dots do not fit; load the picture again")
        if len(self.rows) != (self.width + 7) // 8 * self.height:
            raise ValueError("logo: its dots are not whole; load the picture again")
        return self.width, self.height, self.rows


def logo(data: bytes, dots: int) -> Logo:
    """The picture in dots, as wide as two thirds of paper of `dots` at most. Raises ValueError in Vietnamese / English."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the check below is stricter
            image = Image.open(io.BytesIO(data), formats=FORMATS)
            if image.width * image.height > MOST_PIXELS:
                raise ValueError(
                    f"Hình có hơn {MOST_PIXELS // 1_000_000} triệu điểm ảnh; hãy thu nhỏ hình. / "
                    f"The picture has more than {MOST_PIXELS // 1_000_000} million pixels; make it smaller."
                )
            if min(image.size) < LEAST:
                raise ValueError("Hình quá nhỏ để in. / The picture is too small to print.")
            image.load()
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError) as error:
        raise ValueError(
            "Tệp này không phải hình PNG, JPEG hay WebP còn nguyên; hãy chọn tệp khác. / "
            "This file is no whole PNG, JPEG or WebP picture; choose another."
        ) from error
    upright = ImageOps.exif_transpose(image).convert("RGBA")
    paper = Image.new("RGBA", upright.size, "white")
    paper.alpha_composite(upright)
    grey = ImageOps.autocontrast(paper.convert("L"), cutoff=1)
    grey.thumbnail((dots * 2 // 3 // 8 * 8, TALLEST), Image.Resampling.LANCZOS)
    ink = ImageOps.invert(grey).convert("1")
    return Logo(ink.width, ink.height, ink.tobytes())
