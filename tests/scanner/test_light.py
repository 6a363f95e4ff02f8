"""Light mode: pictures without OpenCV and numpy."""

import io
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from config.exits import FAILED, OK
from scanner.host import light, picture_files, v4l2_capture, vision
from scanner.host.camera_options import Options
from scanner.host.motion import AWAKE, Motion
from tests.scanner.test_vision import png_bomb

FOLDER = '[[reader]]\nname = "shelf"\nkind = "folder"\ndevice = "pictures"\n'


@pytest.fixture
def without_opencv(tmp_path, monkeypatch):
    """A machine on which OpenCV cannot be loaded, and numpy must not be missed either."""
    folder = tmp_path / "absent"
    folder.mkdir()
    for name in ("cv2", "numpy"):
        (folder / f"{name}.py").write_text(f"raise ImportError('No module named {name}')\n")
    monkeypatch.setenv("PYTHONPATH", f"{folder}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")


def jpeg(picture, **options) -> bytes:
    packed = io.BytesIO()
    Image.fromarray(picture).save(packed, "JPEG", **options)
    return packed.getvalue()


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp"])
def test_pictures_are_loaded_as_opencv_loads_them(tmp_path, photograph, stamp_text, save, suffix):
    path = save(tmp_path / f"a{suffix}", photograph(stamp_text(1)))
    ours = np.asarray(light.load(path)).astype(int)
    assert np.abs(ours - vision.load(path)).max() <= 2
    (code,) = light.read(light.load(path))
    assert code["text"] == stamp_text(1)


def test_sixteen_bits_and_transparency_are_brought_to_grey(tmp_path):
    deep = np.linspace(0, 65535, 64 * 64).reshape(64, 64).astype(np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    assert np.abs(np.asarray(light.load(tmp_path / "deep.png")).astype(int) - deep // 256).max() <= 1
    Image.new("RGBA", (20, 30), (50, 50, 50, 255)).save(tmp_path / "clear.png")
    assert light.load(tmp_path / "clear.png").getpixel((3, 3)) == 50
    table = Image.new("P", (20, 30), 1)
    table.putpalette([0, 0, 0, 50, 50, 50])
    table.save(tmp_path / "table.png", transparency=b"\x00\xff")
    with warnings.catch_warnings(action="error"):
        assert light.load(tmp_path / "table.png").getpixel((3, 3)) == 50


def test_a_photograph_that_lies_on_its_side_is_turned(tmp_path, photograph, stamp_text):
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn clockwise
    (tmp_path / "a.jpg").write_bytes(jpeg(photograph(stamp_text(1)), exif=exif))
    assert light.load(tmp_path / "a.jpg").size == (480, 640)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"\x00" * 5000,
        b"\xff\xd8\xff\xd9",
        b"GIF89a",
        b"BM" + b"\xff" * 60,
        b"\x89PNG\r\n\x1a\nIEND",
    ],
)
def test_what_is_no_picture_is_refused(tmp_path, data):
    (tmp_path / "a.jpg").write_bytes(data)
    with pytest.raises(picture_files.PictureError):
        light.load(tmp_path / "a.jpg")
    assert light.decode(data) is None


@pytest.mark.parametrize("side", [8000, 20000])  # above the limit, and above twice Pillow's own
def test_too_many_pixels_are_refused(tmp_path, side):
    (tmp_path / "bomb.png").write_bytes(png_bomb(side))
    with pytest.raises(picture_files.PictureError, match="million pixels"):
        light.load(tmp_path / "bomb.png")


def test_a_cut_off_picture_is_refused(tmp_path, photograph, stamp_text):
    whole = jpeg(photograph(stamp_text(1)))
    (tmp_path / "a.jpg").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(picture_files.PictureError, match="cut off"):
        light.load(tmp_path / "a.jpg")
    assert light.decode(whole[: len(whole) // 2]) is None


def test_a_cameras_jpeg_without_huffman_tables_is_decoded(photograph, stamp_text):
    """As many USB cameras send them: the tables are understood."""
    whole = jpeg(photograph(stamp_text(1)))
    start = whole.index(b"\xff\xc4")
    end = whole.index(b"\xff\xda")
    bare = whole[:start] + whole[end:]
    assert b"\xff\xc4" not in bare[: start + 2]
    for picture in (light.decode(bare), vision.decode(bare)):
        assert picture is not None
        assert np.abs(np.asarray(picture).astype(int) - photograph(stamp_text(1))).mean() < 5


def test_the_region_is_cut_out_and_turned():
    picture = Image.fromarray(np.arange(48, dtype=np.uint8).reshape(6, 8))

    def seen(query: str) -> list[list[int]]:
        return np.asarray(v4l2_capture.view(picture, Options.read(query))).tolist()

    assert seen("") == np.asarray(picture).tolist()
    assert seen("region=2,1,3,2") == [[10, 11, 12], [18, 19, 20]]
    assert seen("region=2,1,3,2&rotate=90") == [[18, 10], [19, 11], [20, 12]]
    assert len(seen("region=90,90,5,5")) == 6


def test_motion_is_seen_and_noise_and_flicker_are_not():
    noise = np.random.default_rng(1)

    def frame(light_of_room: float = 110, hand: int | None = None) -> Image.Image:
        values = light_of_room + noise.normal(0, 5, (480, 640))
        if hand is not None:
            values[100:300, hand : hand + 200] = 30
        return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))

    motion = Motion(light.shrunk, light.changes)
    assert motion.awake(frame(), 0.0)
    assert not motion.awake(frame(), AWAKE + 1)
    assert not motion.awake(frame(118), AWAKE + 2)
    assert motion.awake(frame(hand=100), AWAKE + 3)
    assert not motion.awake(frame(hand=100), 2 * AWAKE + 4)
    assert motion.awake(frame(hand=140), 2 * AWAKE + 5)


def test_bar_codes_are_read_but_half_an_ean_13_is_no_upc_e(tmp_path):
    code = zxingcpp.create_barcode("8932058357947", zxingcpp.BarcodeFormat.EAN13).to_image(scale=3)
    picture = np.pad(np.array(code), 40, constant_values=255)
    assert [found["text"] for found in light.read(Image.fromarray(picture))] == ["8932058357947"]
    picture[:, 40 + 3 * 62 :] = 255  # its right half is hidden
    assert light.read(Image.fromarray(picture)) == []


def test_it_is_chosen_in_the_configuration(start_scanner, tmp_path, photograph, stamp_text, save):
    (tmp_path / "pictures").mkdir()
    save(tmp_path / "pictures" / "1.png", photograph(stamp_text(1)))
    scanner = start_scanner(FOLDER + 'decoder = "light"\n')
    assert scanner.wait_for(type="read")["text"] == stamp_text(1)
    maps = Path(f"/proc/{scanner.process.pid}/maps").read_text()
    assert "zxingcpp" in maps
    assert "cv2" not in maps
    assert "numpy" not in maps


def test_without_opencv_the_process_says_so_and_reads(without_opencv, tmp_path, photograph, stamp_text, save):
    (tmp_path / "pictures").mkdir()
    save(tmp_path / "pictures" / "1.png", photograph(stamp_text(1)))
    config = tmp_path / "outlet.toml"
    config.write_text(FOLDER)
    command = [sys.executable, "-m", "scanner.host", "--config", str(config)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, b"")
        read = next(line for line in map(json.loads, lines) if line["type"] == "read")
        _, errors = process.communicate()
    assert read["text"] == stamp_text(1)
    assert errors.decode().splitlines() == [
        "scanner: shelf: OpenCV cannot be loaded (No module named cv2); reading in light mode, which reads fewer codes."
    ]
    assert process.returncode == OK


def test_without_opencv_files_are_read_and_bad_ones_said(
    without_opencv, tmp_path, photograph, stamp_text, save
):
    good = save(tmp_path / "a.png", photograph(stamp_text(1)))
    bad = tmp_path / "b.jpg"
    bad.write_text("hello")
    command = [
        sys.executable,
        "-c",
        "import sys; from config.cli import main; sys.exit(main())",
        "scan",
        "--json",
    ]
    run = subprocess.run([*command, str(good), str(bad)], capture_output=True, text=True)
    assert run.returncode == OK
    first, second = map(json.loads, run.stdout.splitlines())
    assert first["results"][0]["text"] == stamp_text(1)
    assert "no picture" in second["error"]
    assert "light mode" in run.stderr
    assert subprocess.run([*command, str(bad)], capture_output=True).returncode == FAILED


def test_a_video_needs_opencv_and_says_so(start_scanner, tmp_path):
    (tmp_path / "pictures").write_bytes(b"a video")
    scanner = start_scanner(FOLDER + 'decoder = "light"\n')
    status = scanner.wait_for(type="status")
    assert status["state"] == "error"
    assert "OpenCV" in status["detail"]
