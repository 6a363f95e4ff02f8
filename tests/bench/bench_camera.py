"""What watching a camera costs while nothing moves, beside the search for codes; and 100,000 frames.

    python tests/bench/bench_camera.py [FRAMES [light]]

Frames are drawn (a shelf with sensor noise, a jar's stamp in a hand), 1280 x 720 as a camera gives them;
taking a frame from a driver is not part of the figures. The many frames are JPEGs of half that size, decoded as a
camera's are, with OpenCV or without (light). Prints figures and judges none.
"""

import itertools
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import segno

from scanner.host import decoder, light, vision
from scanner.host.camera import Frame
from scanner.host.motion import Motion
from scanner.host.readings import Believed
from scanner.host.vision import Picture, cv2, np
from scanner.host.watched import Watched

PACE = 0.1  # seconds between frames, by the clock that is handed in
TEXT = "HTTPS://OCOP.HATINH.VN/S/A" + "B" * 103 + "/01/08931234567897/21/12345"


class Drawn:
    """Shows the pictures round and round."""

    def __init__(
        self, pictures: Sequence[Any], decode: Callable[[Any], Any] = lambda picture: picture
    ) -> None:
        self._pictures = itertools.cycle(pictures)
        self._decode = decode

    def open(self) -> None: ...

    def frame(self) -> Frame[Any] | None:
        picture = self._decode(next(self._pictures))
        return None if picture is None else Frame(picture, 0, "")

    def condition(self) -> tuple[str, str]:
        return "ok", ""

    def close(self) -> None: ...


def pictures(hand: bool) -> list[Picture]:
    """Sixteen frames of a shelf, in the second half of them with a hand and a stamp that moves."""
    noise = np.random.default_rng(1)
    shelf = np.full((720, 1280), 110.0)
    for left in range(60, 1200, 160):
        shelf[260:560, left : left + 110] = 60 + left % 90
    code = np.array([list(row) for row in segno.make(TEXT, version=7, error="m").matrix_iter(4, 4)], float)
    frames = []
    for turn in range(16):
        frame = shelf.copy()
        if hand:
            frame[200:620, 300 + 8 * turn : 800 + 8 * turn] = 160
            top, left, side = 300, 420 + 8 * turn, code.shape[0]
            frame[top : top + side, left : left + side] = 220 - 170 * code
            frame = cv2.GaussianBlur(frame, (3, 3), 0)
        frames.append(np.clip(frame + noise.normal(0, 5, frame.shape), 0, 255).astype(np.uint8))
    return frames


def memory() -> float:
    """Resident MB of this process."""
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS"))


def watched(device: Drawn, is_light: bool = False) -> Watched[Any, Any]:
    """As the scanner process watches a camera, but by a clock of PACE a frame."""
    ticks = itertools.count()
    if is_light:
        read, motion = Believed(light.read).read, Motion(light.shrunk, light.changes)
        return Watched(device, read, motion, clock=lambda: next(ticks) * PACE)
    return Watched(
        device, decoder.frames(), Motion(vision.shrunk, vision.changes), clock=lambda: next(ticks) * PACE
    )


def cost(frames: list[Picture], count: int) -> tuple[float, int]:
    """CPU milliseconds a frame, and codes reported."""
    camera = watched(Drawn(frames))
    reads = sum(len(camera.read()) for _ in range(50))
    start = time.process_time()
    for _ in range(count):
        reads += len(camera.read())
    return (time.process_time() - start) / count * 1000, reads


def many(kinds: list[tuple[list[Picture], float]], count: int, is_light: bool) -> int:
    """So many frames, each kind its share of them, as JPEGs. How many codes were reported."""
    reads = 0
    for frames, share in kinds:
        small = [cv2.resize(frame, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for frame in frames]
        coded = [cv2.imencode(".jpg", frame)[1].tobytes() for frame in small]
        camera = watched(Drawn(coded, light.decode if is_light else vision.decode), is_light)
        reads += sum(len(camera.read()) for _ in range(int(count * share)))
    return reads


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    still, moving, empty = pictures(False), pictures(True), pictures(False)
    for turn, frame in enumerate(empty):
        frame[100 + 20 * turn : 200 + 20 * turn, 600:900] = 30  # something moves, and it has no code
    idle, _ = cost(still, 500)
    reading, reads = cost(moving, 300)
    searching, _ = cost(empty, 300)
    print(
        f"a frame while nothing moves {idle:.2f} ms CPU; with a stamp in a hand {reading:.2f} ms (read {reads} time);"
    )
    print(
        f"  with motion and no code {searching:.2f} ms; idle/active {idle / reading:.3f}, {idle / searching:.3f}"
    )
    kinds = [(still, 0.9), (moving, 0.05), (empty, 0.05)]
    is_light = sys.argv[2:] == ["light"]
    many(kinds, count // 100, is_light)
    before = memory()
    reads = many(kinds, count, is_light)
    print(f"RSS before {count} frames {before:.1f} MB, after {memory():.1f} MB ({reads} codes reported)")


if __name__ == "__main__":
    main()
