"""The dispatcher: which command runs, what its errors look like, and which code the shell sees."""

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from config import cli, exits

OCOP = Path(sys.executable).with_name("ocop")
CAMERA = "/dev/camera"


def run(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([OCOP, *args], capture_output=True, text=True, timeout=60, check=False)


def run_with(
    tmp_path: Path, body: str, *, module: str = "planted_command", command: str = "scan"
) -> subprocess.CompletedProcess[str]:
    """`ocop COMMAND` in a process of its own, where that command is a function of the given body."""
    (tmp_path / f"{module}.py").write_text(f"import sys\nfrom config.exits import *\n{body}")
    script = (
        "import sys\nfrom importlib.metadata import EntryPoint\nfrom config import cli\n"
        f"point = EntryPoint({command!r}, '{module}:main', cli.GROUP)\n"
        "cli.entry_points = lambda group, name: [point] if name == point.name else []\n"
        f"sys.exit(cli.main([{command!r}]))"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    return subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_lists_every_command() -> None:
    names = {point.name for point in entry_points(group=cli.GROUP)}
    assert names == set(cli.SUMMARIES)
    done = run("--help")
    assert (done.returncode, done.stderr) == (exits.OK, "")
    for name in names:
        assert f"\n  {name} " in done.stdout
    assert run("-h").stdout == run("help").stdout == done.stdout


def test_no_command_is_wrong_use() -> None:
    done = run()
    assert (done.returncode, done.stdout) == (exits.USAGE, "")
    assert done.stderr.startswith("usage: ocop COMMAND")


def test_an_unknown_command_is_wrong_use() -> None:
    done = run("sell", "--json")
    assert (done.returncode, done.stdout) == (exits.USAGE, "")
    assert done.stderr == (
        "ocop sell: không có lệnh này; xem `ocop --help`. / "
        "there is no such command; `ocop --help` lists them.\n"
    )


def test_python_m_config_is_the_same() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "config", "help"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, run("help").stdout)


@pytest.mark.parametrize("code", [exits.OK, exits.NO, exits.USAGE, exits.FAILED])
def test_the_shell_sees_the_commands_code(code: int, tmp_path: Path) -> None:
    done = run_with(tmp_path, f"def main(argv): print('said'); return {code}")
    assert (done.returncode, done.stdout, done.stderr) == (code, "said\n", "")


@pytest.mark.parametrize(
    ("raised", "told", "code"),
    [
        ("CommandError('no paper.', FAILED, vi='hết giấy.')", "hết giấy. / no paper.", 3),
        ("CommandError('no such.', vi='không có.')", "không có. / no such.", 2),
        ("CommandError('không có. / no such.', vi='không có. / no such.')", "không có. / no such.", 2),
    ],
)
def test_an_error_of_a_command_is_one_sentence_vietnamese_first(
    raised: str, told: str, code: int, tmp_path: Path
) -> None:
    done = run_with(tmp_path, f"def main(argv): raise {raised}")
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr == f"ocop scan: {told}\n"


def test_argparse_ends_a_command(tmp_path: Path) -> None:
    body = "import argparse\ndef main(argv): argparse.ArgumentParser('ocop scan').parse_args({})"
    done = run_with(tmp_path, body.format(["--nope"]))
    assert done.returncode == exits.USAGE
    assert "unrecognized arguments: --nope" in done.stderr
    done = run_with(tmp_path, body.format(["--help"]))
    assert (done.returncode, done.stderr) == (exits.OK, "")


@pytest.mark.parametrize(
    "where", ["import {}\ndef main(argv): return 0", "def main(argv): import {}; return 0"]
)
def test_a_package_that_is_not_installed(where: str, tmp_path: Path) -> None:
    done = run_with(tmp_path, where.format("no_such_package.part"))
    assert (done.returncode, done.stdout) == (exits.FAILED, "")
    assert done.stderr == (
        "ocop scan: máy này chưa cài gói 'no_such_package'; hãy cài phần có gói đó "
        "(kiosk, scanner, printer hoặc office). / the package 'no_such_package' is not installed on this machine; "
        "install the extra that has it (kiosk, scanner, printer or office).\n"
    )


def test_a_shared_library_that_is_not_installed(tmp_path: Path) -> None:
    done = run_with(tmp_path, "def main(argv): raise ImportError('Unable to find zbar shared library')")
    assert done.returncode == exits.FAILED
    assert done.stderr == (
        "ocop scan: không nạp được thư viện cần dùng; hãy chạy config/setup-debian.sh. / "
        "cannot load what this needs (Unable to find zbar shared library); "
        "config/setup-debian.sh installs it.\n"
    )


def test_a_module_of_ours_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    done = run_with(tmp_path, "def main(argv): import scanner.nothing")
    assert done.returncode == exits.FAILED
    assert "Traceback" in done.stderr
    assert "not installed" not in done.stderr


def test_a_fault_is_never_the_answer_no(tmp_path: Path) -> None:
    done = run_with(tmp_path, "def main(argv): return [][1]")
    assert done.returncode == exits.FAILED
    assert "IndexError" in done.stderr
    assert done.stderr.endswith(
        "ocop scan: đây là lỗi của chương trình; xin báo lại các dòng ở trên. / "
        "this is a fault of the program; please report the lines above.\n"
    )


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    done = run_with(tmp_path, f"def main(argv): open('{tmp_path}/none')")
    assert done.returncode == exits.FAILED
    assert done.stderr == f"ocop scan: No such file or directory ({tmp_path}/none).\n"


def test_control_c(tmp_path: Path) -> None:
    done = run_with(tmp_path, "def main(argv): raise KeyboardInterrupt")
    assert (done.returncode, done.stderr) == (130, "")


def test_a_broken_device_is_not_taken_for_a_reader_that_left(tmp_path: Path) -> None:
    done = run_with(tmp_path, f"def main(argv): raise BrokenPipeError(32, 'Broken pipe', '{CAMERA}')")
    assert done.returncode == exits.FAILED
    assert done.stderr == f"ocop scan: Broken pipe ({CAMERA}).\n"


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("args", [["parse", "--json"], ["--help"], ["parse", "--help"]])
def test_a_reader_that_left_is_no_error(args: list[str], unbuffered: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    lines = "8934563138165\n" * 20000  # more than any buffer holds
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    try:
        done = subprocess.run(
            [OCOP, *args],
            input=lines,
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            timeout=60,
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (exits.OK, "")
