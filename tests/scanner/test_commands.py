"""`ocop scan`, run as a shell runs it."""

import json
import os
import select
import subprocess
import sys
import tty
from pathlib import Path

import pytest
import zxingcpp

from config.exits import FAILED, OK, USAGE


def ocop(*arguments: str | Path, **options) -> subprocess.CompletedProcess[bytes]:
    options.setdefault("input", b"")
    command = [sys.executable, "-c", "import sys; from config.cli import main; sys.exit(main())"]
    return subprocess.run([*command, *map(str, arguments)], capture_output=True, **options)


def answers(run: subprocess.CompletedProcess[bytes]) -> list[dict]:
    return [json.loads(line) for line in run.stdout.split(b"\n") if line]


def test_scan_says_what_each_picture_holds(tmp_path, photograph, stamp_text, save):
    good = save(tmp_path / "a.png", photograph(stamp_text(1)))
    empty = save(tmp_path / "b.png", photograph("x")[:60, :60])
    run = ocop("scan", "--json", good, empty)
    assert run.returncode == OK
    first, second = answers(run)
    (result,) = first["results"]
    assert first["file"] == str(good)
    assert set(result) == {"symbology", "text", "points"}
    assert (result["symbology"], result["text"], len(result["points"])) == ("QR", stamp_text(1), 4)
    assert second == {"file": str(empty), "results": []}


def test_bad_pictures_get_a_line_each_and_the_rest_goes_on(tmp_path, photograph, stamp_text, save):
    good = save(tmp_path / "good.png", photograph(stamp_text(1)))
    whole = good.read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.jpg").write_text("hello")
    bomb = whole[:16] + (20000).to_bytes(4) * 2 + whole[24:]
    (tmp_path / "bomb.png").write_bytes(bomb)
    (tmp_path / "empty.png").write_bytes(b"")
    names = ["cut.png", "text.jpg", "bomb.png", "empty.png", "missing.png", ".", "x" * 300 + ".png"]
    run = ocop("scan", "--json", *names, "good.png", cwd=tmp_path)
    assert run.returncode == OK
    lines = answers(run)
    assert [line["file"] for line in lines] == [*names, "good.png"]
    for line in lines[:-1]:
        assert line["error"].startswith(line["file"])
        assert line["results"] == []
    assert lines[-1]["results"][0]["text"] == stamp_text(1)


def test_scan_fails_only_when_nothing_could_be_opened(tmp_path):
    (tmp_path / "text.jpg").write_text("hello")
    assert ocop("scan", "text.jpg", "missing.png", cwd=tmp_path).returncode == FAILED
    assert ocop("scan", "--camera", "97").returncode == FAILED
    assert ocop("scan", "--serial", "/dev/ttyACM97").returncode == FAILED


@pytest.mark.parametrize("device", [("--camera", "0?size=foo"), ("--serial", "/dev/null?baud=x")])
def test_a_wrong_option_of_a_device_is_told_in_one_line(device):
    run = ocop("scan", *device)
    assert run.returncode == FAILED
    (line,) = run.stderr.decode().splitlines()
    assert line.startswith("ocop scan: ") and "write" in line


def test_scan_for_people(tmp_path, photograph, stamp_text, save):
    save(tmp_path / "a.png", photograph(stamp_text(1)))
    save(tmp_path / "b.png", photograph("\x1b[2Jxin chào"))
    run = ocop("scan", "a.png", "b.png", "missing.png", cwd=tmp_path, env={**os.environ, "PYTHONUTF8": "1"})
    assert run.stdout.decode().splitlines() == [f"a.png: QR {stamp_text(1)}", "b.png: QR \\x1b[2Jxin chào"]
    assert run.stderr.decode() == "ocop scan: missing.png cannot be opened (No such file or directory).\n"


def test_scan_streams_a_serial_scanner(tmp_path):
    near, far = os.openpty()
    tty.setraw(far)
    command = [sys.executable, "-c", "import sys; from config.cli import main; sys.exit(main())"]
    device = os.ttyname(far)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    with subprocess.Popen(
        [*command, "scan", "--json", "--serial", device], stdout=subprocess.PIPE, env=environment
    ) as run:
        assert run.stdout is not None
        # The port forgets what came before it was opened: say it again until it is heard.
        while not select.select([run.stdout], [], [], 0.5)[0]:
            os.write(near, b"8931234567897\r\n")
        line = json.loads(run.stdout.readline())
        os.close(near)
        os.close(far)
        assert line["file"] == f"serial:{device}"
        assert line["results"] == [{"symbology": "", "text": "8931234567897", "points": []}]
    assert run.returncode == FAILED


@pytest.mark.parametrize(
    "arguments", [[], ["a.png", "--camera", "0"], ["--camera", "0", "--serial", "x"], ["--nope"]]
)
def test_wrong_use_of_scan(arguments):
    assert ocop("scan", *arguments).returncode == USAGE


def test_help():
    run = ocop("scan", "--help")
    assert run.returncode == OK
    assert b"--json" in run.stdout


def test_odd_pictures_are_read_or_said_and_never_stop_the_rest(tmp_path, save):
    """16 bits a point, one point, a GIF, a JPEG cut short, a JPEG of 400 million points that is whole."""
    from PIL import Image

    from scanner.host.vision import cv2, np

    bars = np.array(zxingcpp.create_barcode("8931234567897", zxingcpp.BarcodeFormat.EAN13).to_image(scale=3))
    code = np.pad(bars, 30, constant_values=255)
    save(tmp_path / "16bit.png", code.astype(np.uint16) * 257)
    save(tmp_path / "point.png", np.zeros((1, 1), np.uint8))
    Image.fromarray(code).save(tmp_path / "a.gif")
    whole = cv2.imencode(".jpg", code)[1].tobytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    start = whole.index(b"\xff\xc0") + 5  # frame header: height and width follow length and precision
    (tmp_path / "large.jpg").write_bytes(whole[:start] + (20000).to_bytes(2) * 2 + whole[start + 4 :])
    names = ["cut.jpg", "large.jpg", "16bit.png", "point.png", "a.gif"]
    run = ocop("scan", "--json", *names, cwd=tmp_path)
    assert run.returncode == OK
    cut, large, *good = answers(run)
    assert "cut off" in cut["error"]
    assert "million pixels" in large["error"]
    assert [[code["text"] for code in line["results"]] for line in good] == [
        ["8931234567897"],
        [],
        ["8931234567897"],
    ]


def test_hundreds_of_files_in_one_process_take_no_more_memory_than_a_few(
    tmp_path, photograph, stamp_text, save
):
    names = [str(save(tmp_path / f"{n}.png", photograph(stamp_text(n), seed=n))) for n in range(10)]
    program = (
        "import resource, sys\n"
        "from config.cli import main\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "main(['scan', '--json', *sys.argv[1:]])\n"
        "before = peak()\n"
        "main(['scan', '--json', *sys.argv[1:] * 30])\n"
        "print(peak() - before, file=sys.stderr)\n"
    )
    run = subprocess.run([sys.executable, "-c", program, *names], capture_output=True, check=True)
    assert run.stdout.count(b"\n") == 310
    assert int(run.stderr) < 8_000  # kB
