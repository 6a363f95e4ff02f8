"""The file of a batch's stamps: whole or not there, with progress, and again after whatever went wrong."""

import csv
import io
import os
import pty
import resource
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from config import exits
from office import stamps
from office.publishing import keys
from office.stamps import Batch, files
from office.storage import database
from scanner import stamps as stamp_texts

ROOT = Path(__file__).parents[3]
OCOP = [sys.executable, "-c", "import sys; from config.cli import main; sys.exit(main())", "office"]

pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture
def rows(key_folder, engine):
    signer = keys.load(key_folder, "stamp-A")
    batch = Batch(1, "08930000000019", 4294967196, 4294967295, 0, "A")
    return lambda: files.lines(batch, "OCOP.HATINH.VN", signer)


def test_the_file_is_csv_and_its_owners_only(rows, tmp_path):
    path = tmp_path / "stamps.csv"
    files.save(path, rows())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with path.open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [int(row["serial"]) for row in table] == list(range(4294967196, 4294967296))
    for row in table:
        stamp = stamp_texts.read(row["uri"])
        assert stamp.serial == int(row["serial"])
        assert row["typed"] == stamp_texts.typed_line(stamp.gtin, stamp.serial)
    assert [path.name for path in tmp_path.glob("*stamps*")] == ["stamps.csv"]


def test_a_file_that_is_there_is_left_alone(rows, tmp_path):
    path = tmp_path / "stamps.csv"
    path.write_text("other")
    with pytest.raises(FileExistsError):
        files.save(path, rows())
    assert path.read_text() == "other"


def test_a_file_that_appears_meanwhile_is_left_alone(rows, tmp_path):
    path = tmp_path / "stamps.csv"

    def slow():
        yield from rows()
        path.write_text("other")

    with pytest.raises(FileExistsError):
        files.save(path, slow())
    assert path.read_text() == "other"
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["stamps.csv"]


def test_a_full_disk_leaves_nothing(rows, tmp_path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8000, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            files.save(tmp_path / "stamps.csv", rows())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == []


def test_progress_tells_how_far_how_fast_and_how_long_still():
    screen, time = io.StringIO(), iter(range(1000))
    # A clock that is a second further each time it is asked, which is every 64 rows.
    passed = list(files.shown(map(str, range(256)), 8192, screen, lambda: next(time)))
    assert passed == list(map(str, range(256)))
    assert screen.getvalue().split("\r\x1b[K") == [
        "",
        "64 of 8,192 stamps, 0 %, 64 a second, 2:07 left",
        "128 of 8,192 stamps, 1 %, 64 a second, 2:06 left",
        "192 of 8,192 stamps, 2 %, 64 a second, 2:05 left",
        "256 of 8,192 stamps, 3 %, 64 a second, 2:04 left",
        "",
    ]


def test_a_batch_done_at_once_shows_nothing():
    screen = io.StringIO()
    assert len(list(files.shown(map(str, range(1000)), 1000, screen, lambda: 5.0))) == 1000
    assert screen.getvalue() == ""


def test_progress_is_for_terminals_only(config, tmp_path, gtin):
    reader, writer = pty.openpty()
    command = [*OCOP, "issue", gtin, "30000", "--config", config, "--json", "--out"]
    done = subprocess.run(
        [*command, tmp_path / "a.csv"], stdout=subprocess.PIPE, stderr=writer, cwd=ROOT, timeout=120
    )
    os.close(writer)
    told = os.read(reader, 65536).decode()
    assert done.returncode == exits.OK
    assert " of 30,000 stamps, " in told
    assert told.endswith("\r\x1b[K")
    assert b'"k": "A"' in done.stdout
    assert len((tmp_path / "a.csv").read_text().splitlines()) == 30_001
    piped = subprocess.run([*command, tmp_path / "b.csv"], capture_output=True, cwd=ROOT, timeout=120)
    assert (piped.returncode, piped.stderr) == (exits.OK, b"")


def test_an_interrupted_batch_is_recorded_and_leaves_no_file(config, engine, tmp_path, gtin):
    out = tmp_path / "out"
    out.mkdir()
    command = [*OCOP, "issue", gtin, "1000000", "--config", config, "--out", out / "a.csv"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        while not any(file.stat().st_size for file in out.iterdir()):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert told == (
        "Đã dừng; đợt 2 đã phát hành, `ocop office stamps 2 --out FILE` ghi lại tem của đợt. / "
        "Interrupted; batch 2 is issued, `ocop office stamps 2 --out FILE` writes its stamps again.\n"
    )
    assert list(out.iterdir()) == []
    with database.reading(engine) as connection:
        batch = stamps.find_batch(connection, 2)
    assert (batch.first, batch.last) == (101, 1_000_100)
