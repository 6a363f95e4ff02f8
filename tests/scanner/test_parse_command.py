"""`ocop parse`, run as a shell runs it."""

import json
import os
import resource
import subprocess
import sys

import pytest

from config.exits import OK, USAGE
from scanner import stamps

GTIN = "08931234567897"
STAMP = stamps.uri(stamps.Stamp("OCOP.HATINH.VN", "A", bytes(range(64)), GTIN, 7))
COMMAND = [sys.executable, "-c", "import sys; from config.cli import main; sys.exit(main())", "parse"]


def parse(*arguments: str | bytes, **options) -> subprocess.CompletedProcess[bytes]:
    options.setdefault("input", b"")
    return subprocess.run([*COMMAND, *arguments], capture_output=True, **options)


def answers(run: subprocess.CompletedProcess[bytes]) -> list[dict]:
    assert run.returncode == OK, run.stderr
    return [json.loads(line) for line in run.stdout.split(b"\n") if line]


def test_arguments():
    texts = [STAMP, f"https://a/01/{GTIN}", f"(01){GTIN}(10)A", GTIN[1:], "xin chào", "(17)271301", ""]
    lines = answers(parse("--json", *texts))
    assert lines[:5] == [
        {"text": texts[0], "kind": "stamp", "elements": [["01", GTIN], ["21", "7"]]},
        {"text": texts[1], "kind": "gs1_digital_link", "elements": [["01", GTIN]], "associations_ok": True},
        {
            "text": texts[2],
            "kind": "gs1_element_string",
            "elements": [["01", GTIN], ["10", "A"]],
            "associations_ok": True,
        },
        {"text": texts[3], "kind": "ean", "elements": [["01", GTIN]]},
        {"text": texts[4], "kind": "text", "elements": []},
    ]
    assert set(lines[5]) == {"text", "error"}
    assert lines[6] == {"text": "", "kind": "text", "elements": []}


def test_an_element_without_those_it_needs_is_read_and_told():
    alone, carton = answers(parse("--json", "\x1d10A", f"]E0{GTIN[1:]}|]e010A"))
    assert (alone["kind"], alone["elements"]) == ("gs1_element_string", [["10", "A"]])
    assert alone["associations_ok"] is False
    assert "(10)" in alone["associations"]
    assert "(01)" in alone["associations"]
    assert (carton["kind"], carton["associations_ok"]) == ("ean", True)
    assert "associations" not in carton


def test_lines_of_stdin():
    """FNC1 and other controls belong to a line, bytes that are no UTF-8 do no harm."""
    data = (
        b"\x1d01"
        + GTIN.encode()
        + b"10A\x1d21B\r\n\nplain\x0b\x0c\x85\xe2\x80\xa8line\n\xff\xfe\n\0\n\r\r\nlast"
    )
    lines = answers(parse("--json", input=data))
    assert [line["kind"] for line in lines] == ["gs1_element_string", *["text"] * 6]
    assert lines[0]["elements"] == [["01", GTIN], ["10", "A"], ["21", "B"]]
    assert [line["text"] for line in lines[4:]] == ["\0", "\r", "last"]


def test_nothing_on_stdin():
    assert answers(parse("--json")) == []
    assert answers(parse(preexec_fn=lambda: os.close(0), input=None)) == []


def test_a_huge_line_is_one_text():
    data = b"1" * (5 << 20) + b"\n" + GTIN[1:].encode() + b"\n" + b"2" * (1 << 20) + b"\n" + b"3" * (3 << 20)
    lines = answers(parse("--json", input=data))
    assert [line["kind"] for line in lines] == ["text", "ean", "text", "text"]
    assert [line["text"][0] + line["text"][-1] for line in lines] == ["11", "87", "22", "33"]
    assert max(len(line["text"]) for line in lines) == 1 << 20


def test_arguments_that_are_no_utf_8():
    (line,) = answers(parse("--json", b"\xff\xfe"))
    assert line["kind"] == "text"
    assert parse(b"\xff").stdout.decode() == "\\udcff\n  text, no product code\n"


def test_each_line_is_answered_before_the_next_is_asked():
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(
        [*COMMAND, "--json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as run:
        assert run.stdin is not None
        assert run.stdout is not None
        for text in (STAMP, "xin chào"):
            run.stdin.write(text.encode() + b"\n")
            run.stdin.flush()
            assert json.loads(run.stdout.readline())["text"] == text
        run.stdin.close()
    assert run.returncode == OK


def test_a_reader_that_leaves_early_is_no_error():
    data = (STAMP + "\n").encode() * 20_000
    with subprocess.Popen(
        [*COMMAND, "--json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        assert run.stdin is not None
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdin.write(data[: 1 << 15])
        run.stdin.flush()
        assert run.stdout.readline()
        run.stdout.close()
        try:
            run.stdin.write(data)
            run.stdin.close()
        except BrokenPipeError:
            pass
        assert run.stderr.read() == b""
    assert run.returncode == OK


def test_a_long_stream_takes_no_memory():
    """200,000 lines, 36 MB, in an address space that could not hold them and the interpreter."""

    def few() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (24 << 20, 24 << 20))

    data = (STAMP + "\n").encode() * 200_000
    run = parse("--json", input=data, preexec_fn=few)
    assert run.returncode == OK, run.stderr
    assert run.stdout.count(b"\n") == 200_000


def test_for_people():
    run = parse(
        STAMP,
        f"https://a.vn/01/{GTIN}/10/A",
        "\x1d10A",
        GTIN[1:],
        "(17)271301",
        "\x1b[2Jxin chào",
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    assert run.stdout.decode() == (
        f"{STAMP}\n  stamp of OCOP.HATINH.VN under key A; `ocop verify` says whether it is genuine\n"
        f"  (01) {GTIN}\n  (21) 7\n"
        f"https://a.vn/01/{GTIN}/10/A\n  GS1 Digital Link at A.VN\n  (01) {GTIN}\n  (10) A\n"
        "\\x1d10A\n  GS1 element string\n  (10) A\n"
        "  but: (10) needs (01) or (02) or (03) or (8006) or (8026) beside it.\n"
        f"{GTIN[1:]}\n  retail code (EAN or UPC)\n  (01) {GTIN}\n"
        "(17)271301\n  wrong: The value of (17) is no date (YYMMDD): 271301\n"
        "\\x1b[2Jxin chào\n  text, no product code\n"
    )


def test_a_terminal_without_the_letters_gets_them_spelt_out():
    run = parse("xin chào", env={**os.environ, "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"})
    assert run.returncode == OK
    assert run.stdout == b"xin ch\\xe0o\n  text, no product code\n"


def test_loads_no_camera_library():
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


@pytest.mark.parametrize(("arguments", "code"), [(["--help"], OK), (["--nope"], USAGE)])
def test_use(arguments, code):
    run = parse(*arguments)
    assert run.returncode == code
    assert b"--json" in run.stdout + run.stderr
