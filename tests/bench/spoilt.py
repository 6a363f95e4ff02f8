"""Eight ways in which a photograph is spoilt that no reader here was tuned on."""

from collections.abc import Callable
from typing import Final

from scanner.host.vision import Picture, cv2, np

Spoil = Callable[[Picture, np.random.Generator], Picture]


def _grey(values: object) -> Picture:
    return np.ascontiguousarray(np.clip(np.asarray(values), 0, 255), np.uint8)


def gamma(picture: Picture, dice: np.random.Generator) -> Picture:
    """Darker in the middle tones."""
    return _grey(255 * (picture / 255.0) ** dice.uniform(1.8, 3))


def dark(picture: Picture, dice: np.random.Generator) -> Picture:
    """A sixth to a third of the contrast, and noise."""
    return _grey(picture * dice.uniform(0.15, 0.3) + dice.normal(0, 4, picture.shape) + 20)


def lamp(picture: Picture, dice: np.random.Generator) -> Picture:
    """A lamp's mirror over a part."""
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]]
    down, across = (side * dice.uniform(0.3, 0.7) for side in picture.shape)
    reach = min(picture.shape) * 0.13
    return _grey(picture + 330 * np.exp(-((y - down) ** 2 + (x - across) ** 2) / (2 * reach**2)))


def moved(picture: Picture, dice: np.random.Generator) -> Picture:
    """Blurred along a line of three to five pixels."""
    length = int(dice.integers(3, 6))
    line = np.zeros((9, 9), np.float32)
    line[4, 4 - length // 2 : 4 - length // 2 + length] = 1
    turn = cv2.getRotationMatrix2D((4, 4), dice.uniform(0, 180), 1)
    line = np.asarray(cv2.warpAffine(line, turn, (9, 9)), np.float32)
    return _grey(cv2.filter2D(picture, -1, line / line.sum()))


def tilted(picture: Picture, dice: np.random.Generator) -> Picture:
    """Seen from the side."""
    high, wide = picture.shape
    corners = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    seen = (corners + dice.uniform(-0.14, 0.14, (4, 2)) * [wide, high]).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(corners, seen)
    return _grey(cv2.warpPerspective(picture, matrix, (wide, high), borderMode=cv2.BORDER_REPLICATE))


def packed(picture: Picture, dice: np.random.Generator) -> Picture:
    """A JPEG of poor quality."""
    data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(dice.integers(12, 25))])[1]
    return _grey(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE))


def cut(picture: Picture, dice: np.random.Generator) -> Picture:
    """Its left half to three quarters: what is read of half a code is false."""
    return _grey(picture[:, : int(picture.shape[1] * dice.uniform(0.5, 0.75))])


def mirrored(picture: Picture, _: np.random.Generator) -> Picture:
    """Left and right exchanged, as in a glass door."""
    return _grey(picture[:, ::-1])


WAYS: Final[tuple[Spoil, ...]] = (gamma, dark, lamp, moved, tilted, packed, cut, mirrored)
