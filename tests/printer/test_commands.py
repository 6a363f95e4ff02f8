"""`ocop print` from a shell."""

import json
import subprocess
import sys
from pathlib import Path

SALE = Path(__file__).parent / "SALE.json"


def ocop(*arguments, **options):
    command = [
        sys.executable,
        "-c",
        "from config.cli import main; raise SystemExit(main())",
        "print",
        *arguments,
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def test_a_receipt(tmp_path):
    done = ocop("receipt", str(SALE), "--to", f"virtual:{tmp_path}", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["state"] == "printed"
    assert [Path(path).suffix for path in result["files"]] == [".bin", ".png"]
    spoken = ocop("receipt", "-", "--to", f"virtual:{tmp_path}", input=SALE.read_text())
    assert spoken.returncode == 0
    assert spoken.stdout.splitlines()[0] == f"printed {result['bytes']} bytes"


def test_a_test_page_on_narrow_paper(tmp_path):
    done = ocop("test", "--to", f"file:{tmp_path}/out", "--profile", "plain-58", "--columns", "32")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out").read_bytes().startswith(b"\x1b@")


def test_wrong_use_says_what_to_do(tmp_path):
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    empty = tmp_path / "empty.json"
    empty.write_text("{}")
    out = f"file:{tmp_path}/out"
    cases = [
        (2, ("receipt", str(broken), "--to", out), "not JSON"),
        (2, ("receipt", str(empty), "--to", out), "shop"),
        (2, ("receipt", str(SALE), "--to", "pigeon:x"), "write one of"),
        (2, ("receipt", str(SALE), "--to", out, "--columns", "3"), "columns"),
        (2, ("receipt", str(SALE)), "--to"),
        (2, ("label", "x", "--to", out), "label"),
        (2, (), "receipt|test"),
        (3, ("receipt", str(tmp_path / "none.json"), "--to", out), "cannot be read"),
        (3, ("receipt", str(SALE), "--to", "file:/nowhere/out"), "cannot be reached"),
    ]
    for code, arguments, word in cases:
        done = ocop(*arguments)
        assert done.returncode == code, (arguments, done.stderr)
        assert word in done.stderr, (arguments, done.stderr)
        assert done.stdout == ""
        assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_device_that_fails_answers_in_json_too():
    done = ocop("test", "--to", "file:/nowhere/out", "--json")
    assert done.returncode == 3
    assert json.loads(done.stdout)["state"] == "not_printed"
