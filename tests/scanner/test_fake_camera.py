"""Cameras through OpenCV's V4L2 calls and, in light mode, our own, in the real process, before a driver that goes
wrong (fake_camera.c)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.host.vision import cv2, np

SOURCE = Path(__file__).with_name("fake_camera.c")


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    built = tmp_path_factory.mktemp("camera") / "camera.so"
    command = ["cc", "-O2", "-Wall", "-Wextra", "-fPIC", "-shared", "-o", str(built), str(SOURCE)]
    subprocess.run(command, check=True)
    return built


class FakeCamera:
    """The folder that the driver looks into."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.device = folder / "video0"
        folder.mkdir()
        self.plug_in()

    def is_now(self, state: str) -> None:
        """Put in place whole, like everything that the driver may look at meanwhile."""
        self._put("state", state.encode())

    def plug_in(self) -> None:
        self.is_now("ok")
        self.device.touch()

    def unplug(self) -> None:
        self.is_now("gone")
        self.device.unlink()

    def shows(self, *pictures: np.ndarray) -> None:
        """Grey pictures, one or two in turn, in all formats."""
        for number, picture in enumerate(pictures):
            self._put(f"MJPG.{number}", cv2.imencode(".jpg", picture)[1].tobytes())
            pairs = np.full((*picture.shape, 2), 128, np.uint8)
            pairs[:, :, 0] = picture
            self._put(f"YUYV.{number}", pairs.tobytes())
            self._put(f"GREY.{number}", picture.tobytes())
        if len(pictures) == 1:
            for name in ("MJPG.1", "YUYV.1", "GREY.1"):
                (self._folder / name).unlink(missing_ok=True)

    def sends(self, frame: bytes) -> None:
        """The same bytes for every frame, whatever they are."""
        for name in ("MJPG.0", "MJPG.1", "YUYV.0", "YUYV.1"):
            self._put(name, frame)

    def asked(self) -> list[str]:
        """What the driver was asked for since it was last asked here."""
        log = self._folder / "log"
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return lines

    def _put(self, name: str, data: bytes) -> None:
        draft = self._folder / f".{name}"
        draft.write_bytes(data)
        draft.rename(self._folder / name)


@pytest.fixture
def camera(tmp_path, library, monkeypatch):
    made = FakeCamera(tmp_path / "camera")
    monkeypatch.setenv("FAKE_CAMERA", str(made.device.parent))
    monkeypatch.setenv("LD_PRELOAD", f"{library} {os.environ.get('LD_PRELOAD', '')}".strip())
    return made


@pytest.fixture(params=["best", "light"])
def mode(request):
    return request.param


@pytest.fixture
def start(start_scanner, camera, mode):
    def started(options="size=640x480", more=""):
        return start_scanner(
            f'[[reader]]\nname = "cam"\nkind = "camera"\ndevice = "{camera.device}?{options}"\n'
            f'decoder = "{mode}"\n' + more
        )

    return started


@pytest.fixture
def jar(photograph, stamp_text):
    """Two frames of one stamp, since a sensor never gives the same twice."""

    def frames(serial: int, turns: int = 0) -> list[np.ndarray]:
        shots = [photograph(stamp_text(serial), seed=seed) for seed in (1, 2)]
        return [np.ascontiguousarray(np.rot90(shot, turns)) for shot in shots]

    return frames


@pytest.mark.parametrize("form", ["MJPG", "YUYV", "GREY"])
def test_a_stamp_is_read_from_a_camera(start, camera, jar, stamp_text, form):
    camera.shows(*jar(1))
    scanner = start(f"size=640x480&format={form}")
    assert scanner.wait_for(type="read")["text"] == stamp_text(1)
    assert scanner.wait_for(type="status")["state"] == "ok"
    assert camera.asked()[-1] == f"STREAMON {form} 640x480"
    camera.shows(*jar(2))
    assert scanner.wait_for(type="read")["text"] == stamp_text(2)
    assert scanner.end_input() == 0
    assert camera.asked() == ["close"]


def test_settings_arrive_at_the_driver(start, camera, photograph, stamp_text):
    shots = [
        np.pad(photograph(stamp_text(1), seed=seed), ((0, 240), (0, 640)), mode="edge") for seed in (1, 2)
    ]
    camera.shows(*shots)
    scanner = start("size=1280x720&format=YUYV&exposure=150&focus=30&rotate=180&region=100,40,500,400")
    read = scanner.wait_for(type="read")
    assert camera.asked()[-6:] == [
        "S_FMT YUYV 1280x720",
        "exposure_auto 1",  # V4L2_EXPOSURE_MANUAL
        "exposure_absolute 150",
        "focus_auto 0",
        "focus_absolute 30",
        "STREAMON YUYV 1280x720",
    ]
    # In the region, upside down: the code's own top left is at the right and low.
    top_left, bottom_right = read["points"][0], read["points"][2]
    assert 500 > top_left[0] > bottom_right[0] > 0
    assert 400 > top_left[1] > bottom_right[1] > 0


def test_left_alone_focus_and_exposure_are_the_cameras(start, camera, jar):
    camera.shows(*jar(1))
    start().wait_for(type="read")
    assert not [line for line in camera.asked() if line.startswith(("exposure", "focus"))]


def test_a_size_that_the_camera_has_not_gives_its_nearest(start, camera, jar, stamp_text):
    camera.shows(*jar(1))
    assert start("size=800x500").wait_for(type="read")["text"] == stamp_text(1)
    assert camera.asked()[-1] == "STREAMON MJPG 640x480"


def test_busy_and_free_again(start, camera, jar, stamp_text):
    camera.shows(*jar(1))
    camera.is_now("busy")
    scanner = start()
    assert "another program" in scanner.wait_for(type="status", state="busy")["detail"]
    camera.is_now("ok")
    assert scanner.wait_for(type="read")["text"] == stamp_text(1)
    scanner.wait_for(type="status", state="ok")


def test_unplugged_and_back_twice(start, camera, jar, stamp_text):
    camera.shows(*jar(1))
    scanner = start()
    scanner.wait_for(type="read")
    for serial in (2, 3):
        scanner.wait_for(type="status", state="ok")
        camera.unplug()
        assert "plug the camera in" in scanner.wait_for(type="status", state="missing")["detail"]
        camera.shows(*jar(serial))
        camera.plug_in()
        assert scanner.wait_for(type="read")["text"] == stamp_text(serial)


def test_an_unplugged_camera_is_let_go(start, camera, jar):
    """Else the kernel gives the next one another number."""
    camera.shows(*jar(1))
    scanner = start()
    scanner.wait_for(type="status", state="ok")
    camera.asked()
    camera.unplug()
    scanner.wait_for(type="status", state="missing")
    assert camera.asked() == ["close"]


@pytest.mark.parametrize(("fault", "state"), [("silent", "frozen"), ("broken", "missing")])
def test_no_frames_and_frames_again(start, camera, jar, stamp_text, fault, state):
    camera.shows(*jar(1))
    scanner = start()
    scanner.wait_for(type="status", state="ok")
    camera.is_now(fault)
    scanner.wait_for(type="status", state=state)
    camera.shows(*jar(2))
    camera.is_now("ok")
    assert scanner.wait_for(type="read")["text"] == stamp_text(2)
    scanner.wait_for(type="status", state="ok")


def test_the_same_picture_for_ever_is_frozen(start, camera, jar):
    first, other = jar(1)
    camera.shows(first)
    scanner = start()
    scanner.wait_for(type="status", state="frozen")
    camera.shows(first, other)
    scanner.wait_for(type="status", state="ok")


def test_black_and_blinded_pictures_are_said(start, camera, jar, stamp_text):
    dice = np.random.default_rng(1)

    def grey(level: int) -> list[np.ndarray]:
        return [(level + dice.integers(0, 3, (480, 640))).astype(np.uint8) for _ in range(2)]

    camera.shows(*grey(0))
    scanner = start()
    scanner.wait_for(type="status", state="dark")
    camera.shows(*grey(252))
    scanner.wait_for(type="status", state="blinded")
    camera.shows(*jar(1))
    assert scanner.wait_for(type="read")["text"] == stamp_text(1)
    scanner.wait_for(type="status", state="ok")


@pytest.mark.parametrize("garbage", [b"", b"\xff\xd8 cut off", b"\x00" * 5000])
def test_a_camera_that_sends_only_garbled_pictures_says_so(start, camera, mode, jar, stamp_text, garbage):
    state = "missing" if mode == "best" and not garbage else "frozen"  # OpenCV passes no frame of no bytes
    camera.shows(*jar(1))
    scanner = start()
    scanner.wait_for(type="status", state="ok")
    camera.sends(garbage)
    assert "cable" in scanner.wait_for(type="status", state=state)["detail"]
    camera.shows(*jar(2))
    assert scanner.wait_for(type="read")["text"] == stamp_text(2)
    scanner.wait_for(type="status", state="ok")


@pytest.mark.parametrize("capture", ["opencv_capture.OpenCVCapture", "v4l2_capture.V4L2Capture"])
def test_a_garbled_picture_now_and_then_is_let_pass(camera, jar, capture):
    """Cut-off JPEGs between whole ones: none of them is looked at, least of all as a picture of old memory."""
    whole = cv2.imencode(".jpg", jar(1)[0])[1].tobytes()
    camera.sends(whole)
    (camera.device.parent / "MJPG.1").write_bytes(whole[: len(whole) // 2])
    program = (
        "import sys\n"
        "from scanner.host.camera import Camera\n"
        "from scanner.host import opencv_capture, v4l2_capture\n"
        f"capture = {capture}()\n"
        "camera = Camera(sys.argv[1], capture)\n"
        "camera.open()\n"
        "frames = [camera.frame() for _ in range(6)]\n"
        "samples = [capture.points(frame.picture) for frame in frames if frame]\n"
        "print(*(sum(points) / len(points) for points in samples))\n"
    )
    command = [sys.executable, "-c", program, f"{camera.device}?size=640x480"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    means = [float(mean) for mean in run.stdout.split()]
    assert means == pytest.approx([jar(1)[0].mean()] * 3, abs=3)


def test_a_camera_in_trouble_leaves_another_reader_alone(
    start, camera, jar, tmp_path, save, photograph, stamp_text
):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    camera.shows(*jar(1))
    camera.is_now("silent")
    scanner = start(more='[[reader]]\nname = "shelf"\nkind = "folder"\ndevice = "pictures"\n')
    for serial in (5, 6):
        save(pictures / f"{serial}.png", photograph(stamp_text(serial)))
        assert scanner.wait_for(type="read")["text"] == stamp_text(serial)
