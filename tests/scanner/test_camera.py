import itertools

import pytest

from scanner.host import decoder, opencv_capture, vision
from scanner.host.camera import FROZEN, Camera, Frame, Health
from scanner.host.camera_options import Options
from scanner.host.motion import AWAKE, Motion
from scanner.host.sightings import GAP, Sightings
from scanner.host.sources import DeviceError
from scanner.host.video_file import VideoFile
from scanner.host.virtual_camera import FolderCamera
from scanner.host.vision import cv2, np
from scanner.host.watched import Watched


def gate() -> Motion:
    return Motion(vision.shrunk, vision.changes)


def watch(device, reader=decoder.BEST, **options) -> Watched:
    return Watched(device, decoder.frames(reader), gate(), **options)


def play(folder, **options) -> FolderCamera:
    camera = FolderCamera(folder, vision.load, pace=0.0, **options)
    camera.open()
    return camera


def test_a_folder_plays_in_order_of_names_each_once(tmp_path, save):
    for name, grey in (("b.png", 20), ("a.png", 10), ("c.jpg", 30)):
        save(tmp_path / name, np.full((16, 16), grey, np.uint8))
    camera = play(tmp_path, hold=0.0)
    frames = [camera.frame() for _ in range(4)]
    assert [frame and int(frame.picture[0, 0]) for frame in frames] == [10, 20, 30, None]
    assert len({frame.view for frame in frames if frame}) == 3
    assert camera.frame() is None


def test_a_picture_stays_in_view(tmp_path, save):
    save(tmp_path / "a.png", np.full((16, 16), 10, np.uint8))
    camera = play(tmp_path, hold=3600.0)
    first, second = camera.frame(), camera.frame()
    assert first is not None
    assert second is not None
    assert first.view == second.view
    assert second.picture is first.picture


def test_new_and_changed_pictures_follow(tmp_path, save):
    camera = play(tmp_path, hold=0.0)
    assert camera.frame() is None
    save(tmp_path / "z.png", np.full((16, 16), 1, np.uint8))
    assert camera.frame() is not None
    assert camera.frame() is None
    save(tmp_path / "a.png", np.full((16, 16), 2, np.uint8))
    save(tmp_path / "z.png", np.full((16, 17), 3, np.uint8))
    seen = [camera.frame(), camera.frame(), camera.frame()]
    assert [frame and int(frame.picture[0, 0]) for frame in seen] == [2, 3, None]


def test_what_is_no_picture_is_passed_over_and_said(tmp_path, save):
    (tmp_path / "a.png").write_bytes(b"hello")
    (tmp_path / "sub").mkdir()
    save(tmp_path / "b.png", np.full((16, 16), 7, np.uint8))
    camera = play(tmp_path, hold=0.0)
    frame = camera.frame()
    assert frame is not None
    assert int(frame.picture[0, 0]) == 7
    state, detail = camera.condition()
    assert state == "ok"
    assert detail.startswith("a.png ")


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(DeviceError) as caught:
        play(tmp_path / "none")
    assert caught.value.state == "missing"
    folder = tmp_path / "gone"
    folder.mkdir()
    camera = play(folder)
    folder.rmdir()
    with pytest.raises(DeviceError) as caught:
        camera.frame()
    assert caught.value.state == "missing"


def test_a_camera_that_is_not_there_or_no_camera(tmp_path):
    for device, state in (("97", "missing"), ("/dev/null", "busy"), (str(tmp_path / "video0"), "missing")):
        with pytest.raises(DeviceError) as caught:
            Camera(device, opencv_capture.OpenCVCapture()).open()
        assert caught.value.state == state


def test_each_picture_of_a_folder_is_a_new_view_of_its_code(tmp_path, photograph, stamp_text, save):
    text = stamp_text(5)
    for name in ("a.png", "b.png"):
        save(tmp_path / name, photograph(text))
    watched = watch(play(tmp_path, hold=0.0))
    reads = [read for _ in range(3) for read in watched.read()]
    assert [read.text for read in reads] == [text, text]
    held = watch(play(tmp_path, hold=3600.0))
    assert [len(held.read()) for _ in range(4)] == [1, 0, 0, 0]


def test_a_library_alone_is_believed_a_bar_code_at_the_second_look(tmp_path, save):
    import zxingcpp

    code = zxingcpp.create_barcode("8931234567897", zxingcpp.BarcodeFormat.EAN13).to_image(scale=3)
    save(tmp_path / "a.png", np.pad(np.array(code), 30, constant_values=255))
    watched = watch(play(tmp_path, hold=3600.0), "zxing-cpp")
    assert [len(watched.read()) for _ in range(4)] == [0, 1, 0, 0]
    watched = watch(play(tmp_path, hold=3600.0))  # ours has looked at several lines of it
    assert [len(watched.read()) for _ in range(4)] == [1, 0, 0, 0]


def test_a_code_is_new_again_after_it_was_away():
    sightings = Sightings()
    assert sightings.is_new("A", "", 0.0)
    assert not sightings.is_new("A", "", GAP)
    assert not sightings.is_new("A", "", 2 * GAP)
    assert sightings.is_new("B", "", 2 * GAP)
    assert sightings.is_new("A", "", 3 * GAP + 0.01)
    assert sightings.is_new("A", "next picture", 3 * GAP + 0.02)


def test_a_camera_that_sees_nothing_says_so():
    health = Health()
    noise = np.random.default_rng(3)

    def frame(grey: int) -> np.ndarray:
        return (grey + noise.integers(0, 3, (64, 64))).astype(np.uint8)

    health.look(frame(100).tobytes(), 0.0)
    assert health.condition[0] == "ok"
    health.look(frame(0).tobytes(), 1.0)
    assert health.condition[0] == "dark"
    health.look(frame(252).tobytes(), 1.5)
    assert health.condition[0] == "blinded"
    still = frame(100)
    health.look(still.tobytes(), 2.0)
    assert health.condition[0] == "ok"
    health.look(still.tobytes(), 2.0 + FROZEN)
    assert health.condition[0] == "frozen"
    health.look(frame(100).tobytes(), 3.0 + FROZEN)
    assert health.condition == ("ok", "")


def scene(seed: int, jar: int = 0, lamp: int = 0, noise: float = 6.0) -> np.ndarray:
    """A shelf as a noisy camera sees it, with a jar `jar` pixels wide and the lamp brighter by `lamp`."""
    picture = np.full((480, 640), 110.0 + lamp)
    picture[300:, :] = 70 + lamp
    picture[200 : 200 + jar, 300 : 300 + jar] += 90
    grain = np.random.default_rng(seed).normal(0, noise, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("noise", [0.0, 3.0, 12.0])
def test_noise_and_a_flickering_lamp_wake_nobody(noise):
    motion = gate()
    assert motion.awake(scene(0, noise=noise), 0.0)
    for turn in range(1, 200):
        assert not motion.awake(scene(turn, lamp=turn % 5, noise=noise), AWAKE + turn)


@pytest.mark.parametrize("size", [20, 60, 240])
def test_the_first_frame_with_a_jar_wakes_the_search(size):
    motion = gate()
    motion.awake(scene(0), 0.0)
    assert not motion.awake(scene(1), AWAKE + 1)
    assert motion.awake(scene(2, jar=size), AWAKE + 2)
    assert motion.awake(scene(3, jar=size), 2 * AWAKE + 2)
    assert not motion.awake(scene(4, jar=size), 2 * AWAKE + 2.1)


def test_another_picture_altogether_wakes_the_search():
    motion = gate()
    shelf = np.random.default_rng(1).integers(20, 230, (30, 40)).astype(np.uint8)
    other = np.random.default_rng(2).integers(20, 230, (30, 40)).astype(np.uint8)
    for turn, cells in enumerate((shelf, other, shelf)):
        assert motion.awake(cv2.resize(cells, (640, 480), interpolation=cv2.INTER_NEAREST), turn * AWAKE * 2)


def test_what_creeps_in_is_seen():
    motion = gate()
    woken = [motion.awake(scene(turn, jar=turn // 2), 10.0 * turn) for turn in range(120)]
    assert sum(woken) > 2


class Replay:
    """A camera that shows the frames it was given."""

    def __init__(self, *pictures: np.ndarray) -> None:
        self._pictures = list(pictures)

    def open(self) -> None:
        pass

    def frame(self) -> Frame | None:
        return Frame(self._pictures.pop(0), 0, "")

    def condition(self) -> tuple[str, str]:
        return "ok", ""

    def close(self) -> None:
        pass


def test_a_jar_left_before_the_camera_is_read_once(photograph, stamp_text):
    """However long nothing moves: its code was in view all the time that nobody looked for it."""
    ticks = itertools.count()
    jar = [photograph(stamp_text(7), seed=seed) for seed in range(40)]
    hand = photograph(stamp_text(7), seed=99)
    hand[:200, :120] = 20
    watched = watch(Replay(*jar, hand, *jar[:5]), clock=lambda: next(ticks) / 4)
    assert [read.text for _ in range(46) for read in watched.read()] == [stamp_text(7)]


def test_a_resting_camera_says_so_and_wakes_at_the_first_moved_frame(photograph, stamp_text):
    ticks = itertools.count()
    jar = [photograph(stamp_text(7), seed=seed) for seed in range(20)]
    hand = photograph(stamp_text(8), seed=99)
    hand[:200, :120] = 20
    watched = watch(Replay(*jar, hand), clock=lambda: next(ticks) / 4)
    details = []
    for _ in range(21):
        watched.read()
        details.append(watched.condition())
    assert details[0] == details[-1] == ("ok", "")
    assert details[-2] == ("ok", "resting")


@pytest.mark.parametrize(
    "query",
    [
        "size=big",
        "size=1x",
        "format=H264",
        "rotate=45",
        "region=1,2,3",
        "region=0,0,0,5",
        "colour=1",
        "focus=",
    ],
)
def test_a_wrong_camera_option_is_said_with_what_can_be_written(query):
    with pytest.raises(DeviceError, match="size=1280x720") as caught:
        Camera("0?" + query, opencv_capture.OpenCVCapture())
    assert caught.value.state == "error"


def test_region_and_rotation():
    picture = np.arange(48, dtype=np.uint8).reshape(6, 8)
    assert opencv_capture.view(picture, Options.read("")).tolist() == picture.tolist()
    assert opencv_capture.view(picture, Options.read("region=2,1,3,2")).tolist() == [
        [10, 11, 12],
        [18, 19, 20],
    ]
    assert opencv_capture.view(picture, Options.read("region=2,1,3,2&rotate=90")).tolist() == [
        [18, 10],
        [19, 11],
        [20, 12],
    ]
    assert opencv_capture.view(picture, Options.read("region=90,90,5,5")).shape == (6, 8)


def test_a_video_file_plays_once(tmp_path, photograph, stamp_text):
    path = tmp_path / "jar.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 200, (640, 480), False)
    for seed in range(3):
        writer.write(photograph(stamp_text(3), seed=seed))
    writer.release()
    watched = watch(VideoFile(path))
    watched.open()
    assert [read.text for _ in range(5) for read in watched.read()] == [stamp_text(3)]
    assert watched.condition() == ("ok", "jar.avi has ended")
    watched.close()
    broken = VideoFile(tmp_path / "none.avi")
    with pytest.raises(DeviceError):
        broken.open()
