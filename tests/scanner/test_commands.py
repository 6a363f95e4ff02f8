"""`ocop scan` and `ocop parse`, run as a shell runs them."""

import json
import os
import select
import subprocess
import sys
import tty
from pathlib import Path

import pytest

from config.exits import FAILED, OK, USAGE

GTIN = "08931234567897"


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


def test_parse_arguments(stamp_text):
    texts = [
        stamp_text(7),
        f"https://a/01/{GTIN}",
        f"(01){GTIN}(10)A",
        GTIN[1:],
        "xin chào",
        "(17)271301",
        "",
    ]
    run = ocop("parse", "--json", *texts)
    assert run.returncode == OK
    lines = answers(run)
    assert [line["text"] for line in lines] == texts
    assert [line.get("kind") for line in lines] == [
        "stamp",
        "gs1_digital_link",
        "gs1_element_string",
        "ean",
        "text",
        None,
        "text",
    ]
    assert lines[0] == {"text": texts[0], "kind": "stamp", "elements": [["01", GTIN], ["21", "7"]]}
    assert set(lines[5]) == {"text", "error"}


def test_parse_lines_of_stdin():
    """FNC1 and other controls belong to a line, bytes that are no UTF-8 do no harm."""
    data = b"\x1d01" + GTIN.encode() + b"10A\x1d21B\r\n\nplain\x0b\x0c\x85\xe2\x80\xa8line\n\xff\xfe\nlast"
    lines = answers(ocop("parse", "--json", input=data))
    assert [line["kind"] for line in lines] == ["gs1_element_string", "text", "text", "text", "text"]
    assert lines[0]["elements"] == [["01", GTIN], ["10", "A"], ["21", "B"]]
    assert lines[4]["text"] == "last"


def test_parse_for_people():
    run = ocop("parse", f"(01){GTIN}(10)A", "\x1b[2J", env={**os.environ, "PYTHONUTF8": "1"})
    assert run.stdout.decode() == (
        f"(01){GTIN}(10)A\n  gs1_element_string\n  (01) {GTIN}\n  (10) A\n\\x1b[2J\n  text\n"
    )


def test_parse_loads_no_camera_library():
    program = (
        "import sys\n"
        "from scanner.host import commands\n"
        "commands.parse(['--json', '8931234567897'])\n"
        "heavy = {'cv2', 'numpy', 'zxingcpp', 'pyzbar', 'serial', 'PIL', 'msgspec'} & set(sys.modules)\n"
        "sys.exit(' '.join(sorted(heavy)) or 0)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stderr == ""
    assert run.returncode == 0


@pytest.mark.parametrize("command", ["scan", "parse"])
def test_help(command):
    run = ocop(command, "--help")
    assert run.returncode == OK
    assert b"--json" in run.stdout
