"""Draws stamps and EAN labels on jars and boxes as a kiosk's camera sees them, hard ones too, from a seed.

A simple camera: rays meet a cylinder or a plane, the label is lit, a lamp is mirrored, the lens blurs, the
hand moves, the sensor is noisy, the picture is compressed. Lengths are millimetres, light is linear, 1 is white.

    python tests/bench/stamp_pictures.py DIR [SEED]      draws one picture of each kind to look at
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import segno
import zxingcpp

from scanner import stamps
from scanner.host.vision import Picture, cv2, np

EFFECTS: Final = (
    "plain",
    "jar",
    "glare",
    "motion",
    "defocus",
    "low light",
    "dirt",
    "perspective",
    "small",
    "two",
    "mixed",
)
SIZES: Final = ((640, 480), (1280, 720))
FINE: Final = 2  # rays a pixel, in each direction
COARSE: Final = 4  # rays are traced for one point in so many, and interpolated

Plane = np.ndarray[Any, np.dtype[np.float32]]


class Shot(NamedTuple):
    """One grey picture, the texts in it, and how it was made."""

    picture: Picture
    texts: tuple[str, ...]
    effect: str
    size: tuple[int, int]


class Item(NamedTuple):
    """A labelled thing before the camera. radius 0: flat. turn, pitch, yaw, roll in radians."""

    label: Plane  # light given back, 0 to 1
    scale: float  # label pixels a mm
    radius: float
    at: tuple[float, float, float]  # of the label's middle: right, down, away
    turn: float  # how far the label is turned out of view around the jar
    pitch: float
    yaw: float
    roll: float
    gloss: float
    lamp: tuple[float, float, float]  # direction to the lamp


class Lens(NamedTuple):
    """What is lost between the scene and the file. Lengths in pixels."""

    defocus: float = 0.35
    motion: float = 0.0
    motion_angle: float = 0.0
    light: float = 0.75  # what a white label gives at the sensor
    noise: float = 0.004
    quality: int = 90


def stamp_text(dice: np.random.Generator) -> str:
    """A stamp as the office prints it; its signature is 64 bytes of chance."""
    gtin = _with_check_digit(f"893{dice.integers(10**9):09}")
    serial = int(dice.integers(1, 10 ** int(dice.integers(2, 9))))
    key = "ABCDEFGH"[int(dice.integers(8))]
    return stamps.uri(stamps.Stamp("OCOP.HATINH.VN", key, dice.bytes(64), "0" + gtin, serial))


def shots(seed: int, count: int, kind: str = "stamp", effects: tuple[str, ...] = EFFECTS) -> Iterator[Shot]:
    """`count` pictures of each effect in each size; kind is stamp or ean."""
    for effect in effects:
        for size in SIZES:
            for number in range(count):
                dice = np.random.default_rng([seed, EFFECTS.index(effect), size[0], number, len(kind)])
                yield shot(dice, effect, size, kind)


def shot(dice: np.random.Generator, effect: str, size: tuple[int, int], kind: str = "stamp") -> Shot:
    """One picture."""
    texts, items, lens = _scene(dice, effect, size, kind)
    return Shot(_photograph(dice, items, lens, size, _backdrop(dice, size)), texts, effect, size)


def sequence(
    seed: int, effect: str, size: tuple[int, int], kind: str = "stamp", length: int = 10
) -> tuple[list[Picture], tuple[str, ...]]:
    """Frames of a hand that holds the thing before the camera, a tenth of a second apart."""
    dice = np.random.default_rng([seed, EFFECTS.index(effect), size[0], 77, len(kind)])
    texts, items, lens = _scene(dice, effect, size, kind)
    backdrop = _backdrop(dice, size)
    # A hand drifts and trembles: sums of slow sines for each degree of freedom.
    swing = (
        dice.uniform(0.3, 1.0, (len(items), 7, 1)) * np.array([2.5, 2.5, 4, 0.16, 0.1, 0.12, 0.06])[:, None]
    )
    phase = dice.uniform(0, 2 * np.pi, (len(items), 7, 1))
    pace = dice.uniform(0.25, 0.9, (len(items), 7, 1))
    frames = []
    for number in range(length):
        moved = []
        for item, move in zip(items, (swing * np.sin(phase + pace * number))[..., 0], strict=True):
            at = tuple(float(a + m) for a, m in zip(item.at, move[:3], strict=True))
            moved.append(
                item._replace(
                    at=at,
                    turn=item.turn + move[3],
                    pitch=item.pitch + move[4],
                    yaw=item.yaw + move[5],
                    roll=item.roll + move[6],
                )
            )
        blur = lens.motion * float(dice.uniform(0.25, 1.2))
        seen = lens._replace(motion=blur, motion_angle=lens.motion_angle + float(dice.uniform(-0.6, 0.6)))
        frames.append(_photograph(dice, moved, seen, size, backdrop))
    return frames, texts


def _scene(
    dice: np.random.Generator, effect: str, size: tuple[int, int], kind: str
) -> tuple[tuple[str, ...], list[Item], Lens]:
    """What stands before the camera and what the camera does to it."""

    def between(low: float, high: float) -> float:
        return float(dice.uniform(low, high))

    mixed = set(dice.choice(EFFECTS[1:8], 2, replace=False)) if effect == "mixed" else set()
    on = {effect} | mixed
    ease = 0.7 if mixed else 1.0  # two effects at once, each weaker
    module = 18 / 45 if kind == "stamp" else 0.33
    # Pixels a module in a 640 wide picture. The larger picture is taken from further away.
    fine = between(1.55, 2.1) if effect == "small" else between(2.1, 2.9 if effect == "two" else 4.2)
    fine *= 1.0 if size[0] == 640 else between(1.0, 1.6)
    fine *= 1.0 if kind == "stamp" else 0.8
    focal = 0.95 * size[0]
    away = focal * module / fine
    lens = Lens(
        defocus=between(0.9, 1.75) * ease * fine / 2.9 if "defocus" in on else between(0.2, 0.5),
        motion=between(1.6, 4.4) * ease * fine / 2.9 if "motion" in on else between(0, 0.5),
        motion_angle=between(0, np.pi),
        light=between(0.05, 0.16) / ease if "low light" in on else between(0.45, 0.85),
        noise=between(0.003, 0.008) * ease if "low light" in on else between(0.003, 0.006),
        quality=int(between(78, 95)),
    )
    texts: list[str] = []
    items = []
    for place in (-1, 1) if effect == "two" else (0,):
        text = stamp_text(dice) if kind == "stamp" else _with_check_digit(f"893{dice.integers(10**9):09}")
        label, scale = _label(dice, text, kind, min(12.0, max(4.0, FINE * fine)) / module)
        if "dirt" in on:
            _soil(dice, label, scale, between(0.3, 1.0) * ease)
        round_ = effect != "two" and (effect not in ("plain", "perspective") or between(0, 1) < 0.3)
        curved = between(21, 32) if "jar" in on else between(32, 55)
        tilt = between(0.45, 0.95) * ease if "perspective" in on else between(0, 0.25)
        way = between(0, 2 * np.pi)
        shift = 0.0 if not place else place * max(label.shape) / scale * between(0.6, 0.75)
        item = Item(
            label=label,
            scale=scale,
            radius=curved if round_ else 0.0,
            at=(shift + between(-4, 4), between(-4, 4), away * between(0.95, 1.05)),
            turn=(
                between(0.0, 0.45) * (1 if between(0, 1) < 0.5 else -1)
                if "jar" in on
                else between(-0.12, 0.12)
            ),
            pitch=tilt * np.sin(way),
            yaw=tilt * np.cos(way),
            roll=between(-np.pi, np.pi) if between(0, 1) < 0.3 else between(-0.35, 0.35),
            gloss=between(0.25, 1.1) * ease if "glare" in on else between(0, 0.15),
            lamp=(0.3, -0.9, -0.3),
        )
        if "glare" in on:
            item = item._replace(lamp=_lamp_mirrored_at(item, between(-12, 12), between(-15, 11)))
        items.append(item)
        texts.append(text)
    return tuple(texts), items, lens


def _with_check_digit(digits: str) -> str:
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return digits + str(-total % 10)


def _label(dice: np.random.Generator, text: str, kind: str, scale: float) -> tuple[Plane, float]:
    """The printed label and its pixels a mm."""
    if kind == "stamp":
        code = segno.make(text, version=7, error="m", mode="alphanumeric", boost_error=False)
        bits = np.array([list(row) for row in code.matrix_iter(1, 0)], np.float32)
        high, wide, module, room = bits.shape[0] * 0.4, bits.shape[1] * 0.4, 0.4, (2.0, 2.0, 2.0, 9.0)
    else:
        drawn = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.EAN13)
        row = np.array(drawn.to_image(scale=1, add_quiet_zones=False))[0] < 128
        bits, module, room = row[None, :].astype(np.float32), 0.33, (4.0, 5.0, 4.0, 6.0)
        high, wide = 16.0, bits.shape[1] * module
    paper, ink = float(dice.uniform(0.75, 0.95)), float(dice.uniform(0.03, 0.14))
    fine = 4 * scale
    size = (round(wide * fine), round(high * fine))
    large = cv2.resize(bits, size, interpolation=cv2.INTER_NEAREST)
    spread = float(dice.uniform(-0.05, 0.05)) * module * fine  # thermal printers print a little fat or thin
    if abs(spread) >= 1:
        kernel = np.ones((round(abs(spread)) + 1,) * 2, np.uint8)
        large = cv2.dilate(large, kernel) if spread > 0 else cv2.erode(large, kernel)
    left, top, right, below = room
    label = np.full(
        (round((high + top + below) * scale), round((wide + left + right) * scale)), paper, np.float32
    )
    code_size = (round(wide * scale), round(high * scale))
    dark = cv2.resize(large, code_size, interpolation=cv2.INTER_AREA)
    y, x = round(top * scale), round(left * scale)
    label[y : y + code_size[1], x : x + code_size[0]] = paper + (ink - paper) * dark
    lines = (text[-40:-20], text[-20:], "OCOP HA TINH") if kind == "stamp" else (text,)
    written = np.zeros(label.shape, np.uint8)
    for number, line in enumerate(lines):
        where = (x, round((top + high + 2.6 + 2.4 * number) * scale))
        cv2.putText(
            written, line, where, cv2.FONT_HERSHEY_SIMPLEX, 0.055 * scale, 255, max(1, round(scale / 6))
        )
    label += (ink - label) * (written.astype(np.float32) / 255)
    return label, scale


def _soil(dice: np.random.Generator, label: Plane, scale: float, much: float) -> None:
    """Spots, smears and scratches, dark and light, on the label."""
    high, wide = label.shape
    for _ in range(round(11 * much)):
        layer = np.zeros_like(label)
        at = (int(dice.integers(wide)), int(dice.integers(high)))
        kind = dice.integers(3)
        if kind == 0:
            axes = (round(dice.uniform(0.4, 1.7) * scale), round(dice.uniform(0.4, 1.7) * scale))
            cv2.ellipse(layer, at, axes, float(dice.uniform(0, 180)), 0, 360, 1.0, -1)
        elif kind == 1:
            far = (int(at[0] + dice.normal() * 9 * scale), int(at[1] + dice.normal() * 9 * scale))
            cv2.line(layer, at, far, 1.0, max(1, round(dice.uniform(0.1, 0.5) * scale)))
        else:
            axes = (round(dice.uniform(2, 5) * scale), round(dice.uniform(1, 3) * scale))
            cv2.ellipse(layer, at, axes, float(dice.uniform(0, 180)), 0, 360, 0.45, -1)
        soft = cv2.GaussianBlur(layer, (0, 0), max(0.5, float(dice.uniform(0.05, 0.4)) * scale))
        colour = float(dice.uniform(0.05, 0.9))
        label += (colour - label) * soft


def _backdrop(dice: np.random.Generator, size: tuple[int, int]) -> Plane:
    """A shop behind the jar, out of focus."""
    wide, high = size
    small = dice.uniform(0.05, 0.5, (9, 12)).astype(np.float32)
    backdrop = cv2.resize(small, (wide * FINE, high * FINE), interpolation=cv2.INTER_CUBIC)
    for _ in range(12):
        corner = (int(dice.integers(wide * FINE)), int(dice.integers(high * FINE)))
        far = (corner[0] + int(dice.integers(20, 300)), corner[1] + int(dice.integers(20, 300)))
        cv2.rectangle(backdrop, corner, far, float(dice.uniform(0.03, 0.7)), -1)
    return cv2.GaussianBlur(backdrop, (0, 0), wide / 160)


def _photograph(
    dice: np.random.Generator, items: list[Item], lens: Lens, size: tuple[int, int], backdrop: Plane
) -> Picture:
    scene = backdrop.copy()
    for item in items:
        _place(scene, item, size)
    if lens.defocus * FINE > 0.5:
        radius = lens.defocus * FINE
        reach = int(np.ceil(radius)) + 1
        y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
        disc = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
        scene = cv2.filter2D(scene, -1, disc / disc.sum())
    if lens.motion * FINE > 1:
        half = lens.motion * FINE / 2
        reach = int(np.ceil(half)) + 1
        line = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
        for step in np.linspace(-half, half, 8 * reach):
            x, y = reach + step * np.cos(lens.motion_angle), reach + step * np.sin(lens.motion_angle)
            line[round(y), round(x)] += 1
        scene = cv2.filter2D(scene, -1, line / line.sum())
    light = cv2.resize(scene, size, interpolation=cv2.INTER_AREA) * (lens.light / 0.85)
    light += dice.normal(0, 1, light.shape).astype(np.float32) * np.sqrt(
        lens.noise**2 + np.maximum(light, 0) * lens.noise * 0.03
    ).astype(np.float32)
    if lens.light < 0.2:  # a camera turns its gain up in the dark, as far as it can
        light *= min(0.5 / lens.light, 6.0)
    grey = np.clip(np.clip(light, 0, 1) ** (1 / 2.2) * 255, 0, 255).astype(np.uint8)
    data = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, lens.quality])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


def _place(scene: Plane, item: Item, size: tuple[int, int]) -> None:
    """Draw the item into the scene: where each ray meets it, how it is lit there, what it mirrors."""
    focal = 0.95 * size[0]
    columns = np.arange(0, size[0] + COARSE, COARSE, dtype=np.float64)
    rows = np.arange(0, size[1] + COARSE, COARSE, dtype=np.float64)
    x, y = np.meshgrid((columns - size[0] / 2) / focal, (rows - size[1] / 2) / focal)
    rays = np.stack([x, y, np.ones_like(x)], -1)
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    turn = _rotation(item.pitch, item.yaw, item.roll)  # the item's axes, seen from the camera
    ray, eye = rays @ turn, -np.array(item.at) @ turn
    # In the item's own axes the label's middle is the origin and faces (0, 0, -1).
    if item.radius:
        eye = eye - np.array([0, 0, item.radius])  # from the jar's axis
        a = ray[..., 0] ** 2 + ray[..., 2] ** 2
        b = ray[..., 0] * eye[0] + ray[..., 2] * eye[2]
        root = b * b - a * (eye[0] ** 2 + eye[2] ** 2 - item.radius**2)
        hit = root > 0
        far = (-b - np.sqrt(np.maximum(root, 0))) / a
        point = eye + ray * far[..., None]
        angle = np.arctan2(point[..., 0], -point[..., 2])
        across, down = (angle - item.turn) * item.radius, point[..., 1]
        normal = np.stack([np.sin(angle), np.zeros_like(angle), -np.cos(angle)], -1)
        body = hit & (np.abs(down) < 60)
    else:
        far = -eye[2] / np.where(np.abs(ray[..., 2]) < 1e-9, 1e-9, ray[..., 2])
        point = eye + ray * far[..., None]
        across, down = point[..., 0], point[..., 1]
        normal = np.broadcast_to(np.array([0.0, 0.0, -1.0]), point.shape)
        half_high, half_wide = (side / item.scale / 2 + 3 for side in item.label.shape)
        body = (far > 0) & (np.abs(across) < half_wide) & (np.abs(down) < half_high)
    lamp = np.array(item.lamp) @ turn
    half = lamp - ray
    half /= np.linalg.norm(half, axis=-1, keepdims=True)
    # Varnished paper: a narrow mirror image of the lamp with a wider, weaker halo.
    facing = np.clip((normal * half).sum(-1), 0, 1)
    mirrored = item.gloss * (facing**700 * 1.6 + facing**90 * 0.35)
    lit = 0.7 + 0.3 * np.clip((normal * lamp).sum(-1), 0, 1)
    wide, high = size[0] * FINE, size[1] * FINE

    def full(coarse: np.ndarray[Any, Any]) -> Plane:
        # Point (i, j) of the coarse grid is pixel (4 i, 4 j); resize thinks in pixel centres.
        step = COARSE * FINE
        shift = np.float32([[1 / step, 0, 0], [0, 1 / step, 0]])
        return cv2.warpAffine(
            coarse.astype(np.float32), shift, (wide, high), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        )

    label_high, label_wide = item.label.shape
    map_x = full(across) * item.scale + label_wide / 2
    map_y = full(down) * item.scale + label_high / 2
    seen = cv2.remap(
        item.label, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0.3
    )
    there = full(body) > 0.5
    scene[there] = (seen * full(lit) + full(mirrored))[there]


def _lamp_mirrored_at(item: Item, across: float, down: float) -> tuple[float, float, float]:
    """The direction to a lamp that the camera sees mirrored at this point of the label, in mm from its middle."""
    turn = _rotation(item.pitch, item.yaw, item.roll)
    angle = item.turn + across / item.radius if item.radius else 0.0
    normal = np.array([np.sin(angle), 0.0, -np.cos(angle)])
    point = np.array([across, down, 0.0])
    if item.radius:
        point = np.array([item.radius * np.sin(angle), down, item.radius * (1 - np.cos(angle))])
    ray = point + np.array(item.at) @ turn
    ray /= np.linalg.norm(ray)
    lamp = turn @ (ray - 2 * (ray @ normal) * normal)
    return float(lamp[0]), float(lamp[1]), float(lamp[2])


def _rotation(pitch: float, yaw: float, roll: float) -> np.ndarray[Any, Any]:
    (sp, sy, sr), (cp, cy, cr) = np.sin([pitch, yaw, roll]), np.cos([pitch, yaw, roll])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def main() -> None:
    folder, seed = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    folder.mkdir(parents=True, exist_ok=True)
    for kind in ("stamp", "ean"):
        for number, seen in enumerate(shots(seed, 1, kind)):
            name = f"{kind}-{number:02}-{seen.effect.replace(' ', '-')}-{seen.size[0]}.png"
            cv2.imwrite(str(folder / name), seen.picture)


if __name__ == "__main__":
    main()
