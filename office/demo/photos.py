"""Photo-like pictures for the demo's virtual camera: a code on a packet or jar that lies on a table.

Every picture is drawn, 1280 x 720, and repeatable: the same code, seed and name give the same bytes.
Perspective, uneven light, blur and noise are mild, as a shopper at a kiosk would hold the goods.
"""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import segno

from scanner import stamps

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

WIDTH, HEIGHT = 1280, 720
_MODULE = 10  # pixels of one QR module before the camera takes its picture
_QUIET = 4  # modules of quiet zone, ISO/IEC 18004
_INK = (34, 30, 28)
_PAPER = (247, 250, 250)
_GREEN = (64, 104, 24)  # BGR
# OpenCV's own font has Vietnamese letters, but some in a thinner face; Debian's has them all in one.
_DEBIAN_FONT = Path("/usr/share/fonts/truetype/noto/NotoSansMono-Bold.ttf")
_FONT = cv2.FontFace(str(_DEBIAN_FONT) if _DEBIAN_FONT.exists() else "sans")

# EAN-13 (ISO/IEC 15420): seven-bit patterns of set A, and which set each left digit takes.
_SET_A = [
    "0001101",
    "0011001",
    "0010011",
    "0111101",
    "0100011",
    "0110001",
    "0101111",
    "0111011",
    "0110111",
    "0001011",
]
_PARITY = ["AAAAAA", "AABABB", "AABBAB", "AABBBA", "ABAABB", "ABBAAB", "ABBBAA", "ABABAB", "ABABBA", "ABBABA"]

# Colours (BGR) of the goods: body, band.
_COLOURS = [
    ((196, 214, 226), (48, 68, 122)),
    ((188, 208, 178), (58, 92, 36)),
    ((170, 200, 228), (36, 84, 160)),
    ((206, 206, 214), (84, 60, 60)),
]


def stamp_photo(uri: str, seed: int, name: str = "") -> Image:
    """A picture of goods called `name` that carry the stamp `uri`.

    The label is printed as the office prints it: QR version 7-M in alphanumeric mode, and below it
    the GTIN, serial and check digits. Raises ValueError if `uri` is not written as a stamp.
    """
    stamp = stamps.read(uri)
    if stamp is None:
        raise ValueError(f"This is not written as a stamp: {uri[:80]!r}.")
    code = segno.make(uri, version=7, error="M", mode="alphanumeric", boost_error=False, micro=False)
    return _photo(_label(_qr(code), stamps.typed_line(stamp.gtin, stamp.serial)), seed, name)


def ean13_photo(digits: str, seed: int, name: str = "") -> Image:
    """A picture of goods with an EAN-13 barcode. `digits` are all thirteen; the last one is not checked."""
    bars = np.array([int(bit) for bit in ean13_bits(digits)], np.uint8)
    quiet = np.zeros(11, np.uint8)  # modules, the wider of the standard's two sides
    row = np.concatenate((quiet, bars, quiet))
    symbol = np.where(np.tile(row, (46, 1)) == 1, 0, 1)
    grey = np.kron(symbol, np.ones((5, 5))).astype(np.uint8)
    return _photo(_label(_inked(grey), f"{digits[0]} {digits[1:7]} {digits[7:]}"), seed, name)


def text_photo(text: str, seed: int, name: str = "") -> Image:
    """A picture of a packet with a QR of any text on it, such as a shop's web address."""
    return _photo(_label(_qr(segno.make(text, error="M", micro=False)), "QR"), seed, name)


def jpeg(picture: Image) -> bytes:
    """The picture as JPEG, quality 88."""
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 88])
    if not done:
        raise ValueError("OpenCV could not write this picture as JPEG.")
    return data.tobytes()


def save(path: Path, picture: Image) -> None:
    """Write the picture as a JPEG file, whole or not at all: a virtual camera may be watching."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(jpeg(picture))
    part.replace(path)


def ean13_bits(digits: str) -> str:
    """The 95 modules of an EAN-13 symbol, `1` for a bar. Raises ValueError unless 13 digits."""
    if len(digits) != 13 or not digits.isascii() or not digits.isdigit():
        raise ValueError(f"An EAN-13 has thirteen digits, {digits!r} has not.")
    right = ["".join("10"[int(bit)] for bit in _SET_A[int(digit)]) for digit in digits[7:]]
    left = []
    for digit, kind in zip(digits[1:7], _PARITY[int(digits[0])], strict=True):
        pattern = _SET_A[int(digit)]
        # Set B is set C (A inverted) read backwards.
        left.append(pattern if kind == "A" else "".join("10"[int(bit)] for bit in reversed(pattern)))
    return "101" + "".join(left) + "01010" + "".join(right) + "101"


def _qr(code: Any) -> Image:
    modules = np.array([list(row) for row in code.matrix_iter(border=_QUIET)], np.uint8)
    # Small codes get larger modules: printed labels fill their paper.
    scale = max(_MODULE, 530 // modules.shape[0])
    return _inked(np.kron(1 - modules, np.ones((scale, scale))).astype(np.uint8))


def _inked(light: Image) -> Image:
    """An image in the label's ink and paper from one of zeros (ink) and ones (paper)."""
    palette = np.array([_INK, _PAPER], np.uint8)
    return palette[light]


def _label(symbol: Image, line: str) -> Image:
    """The printed label: a green head with the programme's name, the symbol, the typed line."""
    head, foot, side = 70, 64, 16
    height, width = symbol.shape[:2]
    label = np.full((height + head + foot, width + 2 * side, 3), _PAPER, np.uint8)
    cv2.rectangle(label, (0, 0), (label.shape[1], head - 12), _GREEN, -1)
    _text(label, "OCOP HÀ TĨNH", label.shape[1] // 2, 40, 28, (255, 255, 255), 700)
    label[head : head + height, side : side + width] = symbol
    _text(label, line, label.shape[1] // 2, head + height + 32, 25, _INK, 500)
    cv2.rectangle(label, (0, 0), (label.shape[1] - 1, label.shape[0] - 1), (200, 204, 204), 2)
    return label


def _text(
    image: Image, text: str, centre: int, base: int, size: int, colour: tuple[int, int, int], weight: int
) -> None:
    """Draw a centred line, smaller if it would not fit."""
    while True:
        _, _, width, _ = cv2.getTextSize(image.shape[1::-1], text, (0, 0), _FONT, size, weight)
        if width <= image.shape[1] - 24 or size <= 12:
            break
        size -= 1
    cv2.putText(image, text, (centre - width // 2, base), colour, _FONT, size, weight)


def _photo(label: Image, seed: int, name: str) -> Image:
    rng = np.random.default_rng(seed)
    goods, mask = _jar(label, name, rng) if rng.random() < 0.5 else _packet(label, name, rng)
    return _camera(_lay(_wood(rng), goods, mask, rng), rng)


def _packet(label: Image, name: str, rng: np.random.Generator) -> tuple[Image, Floats]:
    """A flat paper packet with crimped ends, seen from the front; and where it is (0 to 1)."""
    body, band = _COLOURS[int(rng.integers(len(_COLOURS)))]
    width, top = label.shape[1] + 170, 230
    height = top + label.shape[0] + 90
    image = np.full((height, width, 3), body, np.uint8)
    cv2.rectangle(image, (0, 60), (width, top - 40), band, -1)
    _text(image, name, width // 2, (60 + top - 40) // 2 + 14, 40, (240, 246, 250), 650)
    for x in range(0, width, 9):
        shade = tuple(int(part * 0.86) for part in body)
        cv2.line(image, (x, 0), (x, 34), shade, 2)
        cv2.line(image, (x, height - 34), (x, height), shade, 2)
    # Paper is never quite flat: slow folds of light and dark.
    folds = _slow(rng, (5, 4), (height, width))
    image = _scaled(image, 1 + 0.05 * folds)
    _paste(image, label, top)
    return image, np.ones((height, width), np.float32)


def _jar(label: Image, name: str, rng: np.random.Generator) -> tuple[Image, Floats]:
    """A jar with a lid, its label bent round the glass a little; and where it is (0 to 1)."""
    body, band = _COLOURS[int(rng.integers(len(_COLOURS)))]
    width, lid, top = label.shape[1] + 230, 120, 270
    height = top + label.shape[0] + 100
    image = np.full((height, width, 3), tuple(int(part * 0.8) for part in body), np.uint8)
    mask = np.zeros((height, width), np.float32)
    cv2.rectangle(image, (0, 0), (width, lid), band, -1)
    for x in range(0, width, 14):
        cv2.line(image, (x, 10), (x, lid - 8), tuple(int(part * 0.8) for part in band), 3)
    _text(image, name, width // 2, top - 60, 38, _INK, 650)
    _paste(image, label, top)
    cv2.rectangle(mask, (24, 0), (width - 24, lid), 1.0, -1)
    cv2.rectangle(mask, (50, lid), (width - 50, lid + 40), 1.0, -1)
    cv2.rectangle(mask, (0, lid + 80), (width, height - 50), 1.0, -1)
    cv2.rectangle(mask, (50, lid + 30), (width - 50, height), 1.0, -1)
    for x, y in ((50, lid + 80), (width - 51, lid + 80), (50, height - 51), (width - 51, height - 51)):
        cv2.circle(mask, (x, y), 50, 1.0, -1)
    # Seen from the front, a cylinder's surface crowds towards its edges.
    across = np.linspace(-1.0, 1.0, width, dtype=np.float32)
    bent = np.arcsin(across * 0.62) / np.arcsin(np.float32(0.62))
    from_x = np.tile(((bent + 1) / 2 * (width - 1)).astype(np.float32), (height, 1))
    from_y = np.tile(np.arange(height, dtype=np.float32)[:, None], (1, width))
    image = cv2.remap(image, from_x, from_y, cv2.INTER_LINEAR).astype(np.uint8)
    glass = 0.66 + 0.36 * np.sqrt(1 - across**2 * 0.9) + 0.10 * np.exp(-((across + 0.78) ** 2) / 0.004)
    return _scaled(image, np.tile(glass.astype(np.float32), (height, 1))), mask


def _paste(image: Image, label: Image, top: int) -> None:
    left = (image.shape[1] - label.shape[1]) // 2
    image[top : top + label.shape[0], left : left + label.shape[1]] = label


def _wood(rng: np.random.Generator) -> Image:
    """A table of planks: long grain, a few darker years, gaps between the planks."""
    frame = (HEIGHT, WIDTH)
    grain, fine, slow = (_slow(rng, size, frame) for size in ((HEIGHT, 14), (HEIGHT, 160), (9, 5)))
    years = np.sin((np.arange(HEIGHT, dtype=np.float32)[:, None] / 9.0) + slow * 5.0)
    light = 1.0 + 0.035 * cv2.GaussianBlur(grain, (1, 3), 0) + 0.025 * fine + 0.05 * years + 0.05 * slow
    plank, offset = 190, int(rng.integers(60, 180))
    for index, y in enumerate(range(offset - plank, HEIGHT, plank)):
        light[max(y, 0) : max(y + plank, 0)] *= 1.0 + 0.06 * ((index * 7) % 3 - 1)
        if y > 0:
            light[y - 2 : y + 2] *= 0.55
    base = np.full((HEIGHT, WIDTH, 3), (78, 122, 168), np.uint8)
    return _scaled(base, light.astype(np.float32))


def _slow(rng: np.random.Generator, size: tuple[int, int], shape: tuple[int, int]) -> Floats:
    """Noise of `size` (rows, columns), stretched smoothly to `shape`."""
    noise = rng.normal(0, 1, size).astype(np.float32)
    return np.asarray(cv2.resize(noise, shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32)


def _lay(table: Image, goods: Image, mask: Floats, rng: np.random.Generator) -> Image:
    """Lay the goods on the table: a little turned, tilted and off the middle, with a soft shadow."""
    height, width = mask.shape
    tall = HEIGHT * rng.uniform(0.96, 1.06)  # the goods nearly fill the frame, and may touch its edge
    scale = tall / height
    angle = np.deg2rad(rng.uniform(-9, 9))
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    centred = (corners - (width / 2, height / 2)) * scale
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = (WIDTH / 2 + rng.uniform(-170, 170), HEIGHT / 2 - 0.02 * tall)
    placed = centred @ turn.T + middle + rng.uniform(-0.035, 0.035, (4, 2)) * tall
    matrix = cv2.getPerspectiveTransform(corners, placed.astype(np.float32))
    size = (WIDTH, HEIGHT)
    seen = cv2.warpPerspective(goods, matrix, size, flags=cv2.INTER_AREA)
    where = cv2.warpPerspective(mask, matrix, size, flags=cv2.INTER_LINEAR)
    shift = np.array([[1, 0, 16], [0, 1, 22]], np.float32)
    shadow = cv2.GaussianBlur(cv2.warpAffine(where, shift, size), (0, 0), 14)
    ground = _scaled(table, (1 - 0.5 * shadow).astype(np.float32))
    alpha = where[:, :, None]
    return np.asarray(seen * alpha + ground * (1 - alpha), np.uint8)


def _camera(scene: Image, rng: np.random.Generator) -> Image:
    """What the sensor makes of the scene: uneven light, a little blur of focus and hand, noise."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    lamp_x, lamp_y = rng.uniform(0, WIDTH), rng.uniform(-200, HEIGHT / 2)
    far = np.hypot(x - lamp_x, y - lamp_y) / WIDTH
    lit = _scaled(scene, (1.10 - 0.38 * far).astype(np.float32))
    soft = cv2.GaussianBlur(lit, (0, 0), rng.uniform(0.5, 1.0))
    length = int(rng.integers(1, 4))
    moved = cv2.blur(soft, (length, 1)) if rng.random() < 0.5 else cv2.blur(soft, (1, length))
    noise = rng.normal(0, rng.uniform(3, 7), (HEIGHT, WIDTH, 3))
    return np.asarray(np.clip(moved + noise, 0, 255), np.uint8)


def _scaled(image: Image, light: Floats) -> Image:
    """The image with each pixel's brightness multiplied by `light`."""
    return np.asarray(np.clip(image * light[:, :, None], 0, 255), np.uint8)
