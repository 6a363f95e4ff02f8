"""Light mode: pictures without OpenCV and numpy. Pillow decodes and shrinks them, zxing-cpp reads them.

It reads what zxing-cpp reads, and no more: `scanner.host.search` has the looks behind it.
"""

import io
from itertools import accumulate
from pathlib import Path
from typing import Final

import zxingcpp
from PIL import Image, ImageChops, ImageOps

from scanner.host import picture_files, readings
from scanner.host.motion import CELLS
from scanner.host.picture_files import MAX_PIXELS, NoPictureError, TooManyPixelsError
from scanner.host.readings import Reading

_FILES: Final = ("PNG", "JPEG", "BMP", "WEBP", "TIFF", "PPM")
# Without UPC-E: the left half of an EAN-13 looks like one, and nothing here looks beside the bars.
_FORMATS: Final = [
    zxingcpp.BarcodeFormat.QRCode,
    zxingcpp.BarcodeFormat.EAN13,
    zxingcpp.BarcodeFormat.EAN8,
    zxingcpp.BarcodeFormat.UPCA,
    zxingcpp.BarcodeFormat.Code128,
    zxingcpp.BarcodeFormat.DataMatrix,
]


def read(picture: Image.Image) -> list[Reading]:
    """The codes in a grey picture. A bar code is believed when a second picture shows it: see `readings.Believed`."""
    if min(picture.size) < 8:
        return []
    points = memoryview(picture.tobytes()).cast("B", (picture.height, picture.width))
    codes = zxingcpp.read_barcodes(points, formats=_FORMATS, text_mode=zxingcpp.TextMode.Plain)
    return [found for code in codes if (found := readings.from_zxing(code)) is not None]


def load(path: Path) -> Image.Image:
    """The picture in a file, in grey. Raises PictureError for anything else, OSError for no file."""
    data = picture_files.read(path)
    try:
        with Image.open(io.BytesIO(data), formats=_FILES) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise TooManyPixelsError
            return _grey(ImageOps.exif_transpose(opened))
    except Image.DecompressionBombError:
        raise TooManyPixelsError from None
    except (OSError, ValueError, SyntaxError) as error:  # Pillow raises all of these for what it cannot read
        if isinstance(error, picture_files.PictureError):
            raise
        raise NoPictureError from None


def decode(data: bytes) -> Image.Image | None:
    """A camera's JPEG in grey; None if it is cut off or no JPEG."""
    if not data.startswith(b"\xff\xd8") or picture_files.is_cut_off(data):
        return None
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG",)) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                return None
            opened.draft("L", opened.size)  # grey at once: colours are not decoded
            return _grey(opened)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def shrunk(picture: Image.Image) -> Image.Image:
    """A grey picture's cells, for `scanner.host.motion`."""
    return picture.resize(CELLS, Image.Resampling.BOX, reducing_gap=2.0)


def changes(cells: Image.Image, reference: Image.Image) -> tuple[float, float]:
    """The median and the largest change of cells, beside a change of all alike."""
    change = ImageChops.subtract(cells, reference, 1.0, 128)
    change = ImageChops.difference(change, Image.new("L", CELLS, _median(change)))
    _, largest = change.getextrema()
    return _median(change), float(largest)  # type: ignore[arg-type]  # one band has one pair


def _grey(picture: Image.Image) -> Image.Image:
    """In 8 bits a point: Pillow cuts off what is brighter than 255 in a picture of 16 bits."""
    if picture.mode.startswith("I"):
        picture = picture.point(lambda value: value * (1 / 256))
    if picture.mode == "P":
        picture = picture.convert("RGBA")  # its transparency is no colour, of which Pillow warns
    return picture.convert("L")


def _median(picture: Image.Image) -> int:
    seen = accumulate(picture.histogram())
    return next(value for value, count in enumerate(seen) if 2 * count >= picture.width * picture.height)
