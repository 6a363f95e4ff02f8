"""Pictures of codes drawn as a camera would see them, and the scanner process run for real."""

import importlib.util
import io
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scanner import stamps

GTIN = "08931234567897"
PATIENCE = 60.0  # seconds; only a failing test waits this long


@pytest.fixture
def stamp_text() -> Callable[[int], str]:
    """The text of a stamp with the given serial; its signature is only 64 bytes of something."""

    def make(serial: int) -> str:
        signature = bytes((serial * 7 + n) % 256 for n in range(64))
        return stamps.uri(stamps.Stamp("OCOP.HATINH.VN", "A", signature, GTIN, serial))

    return make


@pytest.fixture
def photograph() -> Callable[..., Any]:
    """Draws a QR as a camera sees it: smaller, tilted, blurred, noisy, on a grey table (a grey array)."""
    import segno

    from scanner.host.vision import cv2, np

    def take(text: str, size: int = 260, tilt: float = 0.12, noise: int = 6, seed: int = 1) -> Any:
        buffer = io.BytesIO()
        segno.make(text, error="m", micro=False).save(buffer, kind="png", scale=8, border=4)
        code = cv2.imdecode(np.frombuffer(buffer.getvalue(), np.uint8), cv2.IMREAD_GRAYSCALE)
        side = code.shape[0]
        left, top, lean = 180.0, 90.0, size * tilt
        corners = np.float32([[0, 0], [side, 0], [side, side], [0, side]])
        seen = np.float32(
            [
                [left + lean, top],
                [left + size, top + lean],
                [left + size - lean, top + size],
                [left, top + size - lean],
            ]
        )
        matrix = cv2.getPerspectiveTransform(corners, seen)
        table = np.full((480, 640), 120, np.uint8)
        cv2.warpPerspective(
            code, matrix, (640, 480), table, borderMode=cv2.BORDER_TRANSPARENT, flags=cv2.INTER_AREA
        )
        table = cv2.GaussianBlur(table, (3, 3), 0)
        grain = np.random.default_rng(seed).normal(0, noise, table.shape)
        return np.clip(table * 0.8 + 15 + grain, 0, 255).astype(np.uint8)

    return take


@pytest.fixture(scope="session")
def stamp_pictures() -> Any:
    """The bench's drawing of hard pictures, `tests/bench/stamp_pictures.py`."""
    path = Path(__file__).parents[1] / "bench" / "stamp_pictures.py"
    spec = importlib.util.spec_from_file_location("stamp_pictures", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["stamp_pictures"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def save() -> Callable[[Path, Any], Path]:
    """Puts a picture in place whole, by rename, as a camera's software would."""
    from scanner.host.vision import cv2

    def write(path: Path, picture: Any) -> Path:
        draft = path.with_name("." + path.name)
        good, data = cv2.imencode(path.suffix, picture)
        assert good
        draft.write_bytes(data.tobytes())
        return draft.rename(path)

    return write


class ScannerProcess:
    """`python -m scanner.host` as the kiosk's service runs it, its lines read by a thread."""

    def __init__(self, config: Path) -> None:
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "scanner.host", "--config", str(config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )
        self._lines: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.seen: list[dict[str, Any]] = []
        self._pumping = threading.Thread(target=self._pump, daemon=True)
        self._pumping.start()

    def _pump(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.endswith(b"\n"):  # a killed process leaves half of one
                self._lines.put(json.loads(line))
        self._lines.put(None)

    def wait_for(self, **wanted: Any) -> dict[str, Any]:
        """The next line that has these fields."""
        while True:
            line = self._lines.get(timeout=PATIENCE)
            assert line is not None, f"the process ended before it said {wanted}; it said {self.seen}"
            self.seen.append(line)
            if all(line.get(key) == value for key, value in wanted.items()):
                return line

    def rest(self) -> list[dict[str, Any]]:
        """What it still says until it ends."""
        lines = []
        while (line := self._lines.get(timeout=PATIENCE)) is not None:
            lines.append(line)
        return lines

    def end_input(self) -> int:
        """Close its input and wait for its exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        """End it, and the thread that reads its lines before what that reads is closed."""
        self.process.kill()
        self.process.wait(PATIENCE)
        self._pumping.join(PATIENCE)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()


@pytest.fixture
def start_scanner(tmp_path: Path) -> Iterator[Callable[[str], ScannerProcess]]:
    """Starts the process on the text of a configuration; ends it after the test."""
    started: list[ScannerProcess] = []

    def start(text: str) -> ScannerProcess:
        config = tmp_path / "outlet.toml"
        config.write_text(text, encoding="utf-8")
        started.append(ScannerProcess(config))
        return started[-1]

    yield start
    for scanner in started:
        scanner.kill()
