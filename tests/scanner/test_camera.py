import pytest

from scanner.host.camera import FROZEN, Camera, FolderCamera, Health, Watched
from scanner.host.sightings import GAP, Sightings
from scanner.host.sources import DeviceError
from scanner.host.vision import np


def play(folder, **options) -> FolderCamera:
    camera = FolderCamera(folder, pace=0.0, **options)
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
            Camera(device).open()
        assert caught.value.state == state


def test_each_picture_of_a_folder_is_a_new_view_of_its_code(tmp_path, photograph, stamp_text, save):
    text = stamp_text(5)
    for name in ("a.png", "b.png"):
        save(tmp_path / name, photograph(text))
    watched = Watched(play(tmp_path, hold=0.0))
    reads = [read for _ in range(3) for read in watched.read()]
    assert [read.text for read in reads] == [text, text]
    held = Watched(play(tmp_path, hold=3600.0))
    assert [len(held.read()) for _ in range(4)] == [1, 0, 0, 0]


def test_a_linear_code_needs_two_looks(tmp_path, save):
    import zxingcpp

    code = zxingcpp.create_barcode("8931234567897", zxingcpp.BarcodeFormat.EAN13).to_image(scale=3)
    save(tmp_path / "a.png", np.pad(np.array(code), 30, constant_values=255))
    watched = Watched(play(tmp_path, hold=3600.0))
    assert [len(watched.read()) for _ in range(4)] == [0, 1, 0, 0]


def test_a_code_is_new_again_after_it_was_away():
    sightings = Sightings()
    assert sightings.is_new("A", "", 0.0)
    assert not sightings.is_new("A", "", GAP)
    assert not sightings.is_new("A", "", 2 * GAP)
    assert sightings.is_new("B", "", 2 * GAP)
    assert sightings.is_new("A", "", 3 * GAP + 0.01)
    assert sightings.is_new("A", "next picture", 3 * GAP + 0.02)


def test_two_looks_must_be_close_together():
    sightings = Sightings()
    assert not sightings.is_new("A", "", 0.0, looks=2)
    assert not sightings.is_new("A", "", GAP + 0.1, looks=2)
    assert sightings.is_new("A", "", GAP + 0.2, looks=2)
    assert not sightings.is_new("A", "", GAP + 0.3, looks=2)


def test_a_camera_that_sees_nothing_says_so():
    health = Health()
    noise = np.random.default_rng(3)

    def frame(grey: int) -> np.ndarray:
        return (grey + noise.integers(0, 3, (64, 64))).astype(np.uint8)

    health.look(frame(100), 0.0)
    assert health.condition[0] == "ok"
    health.look(frame(0), 1.0)
    assert health.condition[0] == "dark"
    still = frame(100)
    health.look(still, 2.0)
    assert health.condition[0] == "ok"
    health.look(still, 2.0 + FROZEN)
    assert health.condition[0] == "frozen"
    health.look(frame(100), 3.0 + FROZEN)
    assert health.condition == ("ok", "")
