import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from scanner.host import picture_files, vision
from scanner.host.vision import np


def png_bomb(side: int) -> bytes:
    """A small file whose header asks for side x side pixels, all there, all white."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    row = b"\x00" + b"\xff" * (side // 8)
    rows = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_picture_is_loaded_in_grey(tmp_path, save):
    path = save(tmp_path / "a.png", np.full((20, 30, 3), 77, np.uint8))
    picture = vision.load(path)
    assert picture.shape == (20, 30)
    assert picture.dtype == np.uint8
    assert int(picture[3, 3]) == 77


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_cut_off_picture_is_refused(tmp_path, photograph, stamp_text, save, suffix):
    path = save(tmp_path / f"a{suffix}", photograph(stamp_text(1)))
    whole = path.read_bytes()
    vision.load(path)
    for length in (len(whole) // 3, len(whole) // 2, len(whole) - 20):
        path.write_bytes(whole[:length])
        with pytest.raises(picture_files.PictureError, match=r"cut off|no picture"):
            vision.load(path)


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"\x00" * 5000, b"\xff\xd8\xff\xd9", b"GIF89a", b"BM" + b"\xff" * 60]
)
def test_what_is_no_picture_is_refused(tmp_path, data):
    path = tmp_path / "a.jpg"
    path.write_bytes(data)
    with pytest.raises(picture_files.PictureError):
        vision.load(path)


def test_a_decompression_bomb_is_refused_by_its_header(tmp_path):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_bomb(20000))
    program = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from scanner.host import picture_files, vision\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try:\n    vision.load(Path(sys.argv[1]))\n"
        "except picture_files.PictureError as error:\n    print(error)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(vision.__file__).parents[2])}
    run = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    message, grown = run.stdout.splitlines()
    assert "million pixels" in message
    assert int(grown) < 20_000  # kB; the picture itself would be 390,000


def test_a_huge_file_is_not_read(tmp_path):
    path = tmp_path / "huge.png"
    with path.open("wb") as file:
        file.truncate(picture_files.MAX_BYTES + 1)
    with pytest.raises(picture_files.PictureError, match="MiB"):
        vision.load(path)
