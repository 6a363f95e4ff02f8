"""What watching a camera costs while nothing moves, beside the search for codes; and 100,000 frames.

    python tests/bench/bench_camera.py [FRAMES]

Frames are drawn (a shelf with sensor noise, a jar's stamp in a hand), 1280 x 720 as a camera gives them;
taking a frame from a driver is not part of the figures. Prints figures and judges none.
"""

import itertools
import sys
import time

import segno

from scanner.host import decoder, vision
from scanner.host.camera import Frame
from scanner.host.motion import Motion
from scanner.host.vision import Picture, cv2, np
from scanner.host.watched import Watched

PACE = 0.1  # seconds between frames, by the clock that is handed in
TEXT = "HTTPS://OCOP.HATINH.VN/S/A" + "B" * 103 + "/01/08931234567897/21/12345"


class Drawn:
    """Shows the pictures round and round."""

    def __init__(self, pictures: list[Picture]) -> None:
        self._pictures = itertools.cycle(pictures)

    def open(self) -> None: ...

    def frame(self) -> Frame:
        return Frame(next(self._pictures), 0, "")

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


def cost(frames: list[Picture], count: int) -> tuple[float, int]:
    """CPU milliseconds a frame, and codes reported."""
    ticks = itertools.count()
    watched = Watched(
        Drawn(frames),
        decoder.frames(),
        Motion(vision.shrunk, vision.changes),
        clock=lambda: next(ticks) * PACE,
    )
    reads = sum(len(watched.read()) for _ in range(50))
    start = time.process_time()
    for _ in range(count):
        reads += len(watched.read())
    return (time.process_time() - start) / count * 1000, reads


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
    before = memory()
    for frames, share in ((still, 0.9), (moving, 0.05), (empty, 0.05)):
        cost(frames, int(count * share))
    print(f"RSS before {count} frames {before:.1f} MB, after {memory():.1f} MB")


if __name__ == "__main__":
    main()
