"""What the project's lists of files say is what the folders hold; modules are small; commands load."""

import ast
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CORE = ("kiosk", "printer", "scanner", "sync")
PACKAGES = (*CORE, "config", "office")
MICROPYTHON = ROOT / "config" / "micropython"
LONGEST = 400  # lines


def core_files() -> list[str]:
    return sorted(str(file.relative_to(ROOT)) for package in CORE for file in (ROOT / package).glob("*.py"))


def modules() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def names(files: Iterator[Path]) -> list[str]:
    return [str(file.relative_to(ROOT)) for file in files]


# --- the core's files, for firmware and for mip --------------------------------------------------------


def test_the_firmware_manifest_names_the_cores_files() -> None:
    frozen: list[str] = []
    facts: dict[str, str] = {}

    def package(name: str, files: list[str], base_path: str) -> None:
        assert (MICROPYTHON / base_path).resolve() == ROOT
        frozen.extend(f"{name}/{file}" for file in files)

    manifest = (MICROPYTHON / "manifest.py").read_text()
    exec(compile(manifest, "manifest.py", "exec"), {"package": package, "metadata": facts.update})
    assert sorted(frozen) == core_files()
    assert facts["version"] == PROJECT["version"]


def test_the_mip_package_names_the_cores_files() -> None:
    listed = json.loads((MICROPYTHON / "package.json").read_text())
    assert sorted(target for target, _ in listed["urls"]) == core_files()
    for target, address in listed["urls"]:
        assert (MICROPYTHON / address).resolve() == ROOT / target
    assert listed["version"] == PROJECT["version"]
    assert listed["deps"] == []


# --- modules ---------------------------------------------------------------------------------------------


# A migration is a record of what was done to a database, kept as it was.
LONG_BY_NATURE = "office/storage/migrations/versions/"


@pytest.mark.parametrize("file", [name for name in names(modules()) if not name.startswith(LONG_BY_NATURE)])
def test_a_module_is_not_long(file: str) -> None:
    lines = (ROOT / file).read_text().count("\n")
    assert lines <= LONGEST, "split it: a module is one noun"


@pytest.mark.parametrize("file", names(file for file in modules() if file.name == "__init__.py"))
def test_an_init_only_re_exports(file: str) -> None:
    body = ast.parse((ROOT / file).read_text()).body
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]  # the docstring
    if file.split("/")[1] == "host":
        assert not body, "a host's __init__ stays empty, so that importing one module imports no other"
    modules_beside = {other.stem for other in (ROOT / file).parent.iterdir()}
    for node in body:
        assert isinstance(node, ast.ImportFrom), ast.unparse(node)
        assert node.level == 1, "from .module import name as name"
        for alias in node.names:
            assert alias.asname == alias.name, "from .module import name as name"
            assert alias.name not in modules_beside, f"hides the module {alias.name}"


def test_tests_are_no_packages() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == [], "they would shadow the packages they test"


# --- commands and the service ----------------------------------------------------------------------------

COMMANDS = {
    "ocop": PROJECT["scripts"]["ocop"],
    **{f"ocop {name}": target for name, target in PROJECT["entry-points"]["ocop.commands"].items()},
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_loads(command: str) -> None:
    assert callable(EntryPoint(command, COMMANDS[command], "ocop.commands").load())


def test_the_installed_commands_are_those_of_the_project() -> None:
    installed = {point.name: point.value for point in entry_points(group="ocop.commands")}
    assert installed == PROJECT["entry-points"]["ocop.commands"], "run `make setup`"


HEAVY = {"cv2", "numpy", "PIL", "pyzbar", "zxingcpp", "escpos", "serial"}


def loaded_by(statement: str) -> set[str]:
    """Top names of all modules that a fresh interpreter holds after the statement."""
    script = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_the_service_loads_no_camera_and_no_printer_library() -> None:
    loaded = loaded_by("import kiosk.host.service")
    assert "aiohttp" in loaded
    assert loaded & HEAVY == set()


@pytest.mark.parametrize("name", sorted(HEAVY))
def test_a_heavy_library_would_be_seen(name: str) -> None:
    assert name in loaded_by(f"import {name}")


# --- the decisions --------------------------------------------------------------------------------------


def test_decisions_are_numbered_once_each_without_a_gap_and_say_their_number() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    numbers = [int(page.name[:4]) for page in pages]
    assert numbers == list(range(1, len(pages) + 1))
    assert [
        page.name
        for page, number in zip(pages, numbers, strict=True)
        if not page.read_text(encoding="utf-8").startswith(f"# {number}. ")
    ] == []


# --- what a command refuses, in both languages -----------------------------------------------------------

REFUSALS = ("CommandError", "RegistryError", "SettingsError", "WrongPassphrase")


def refusals(tree: ast.AST) -> Iterator[ast.expr | None]:
    """The Vietnamese of each refusal that is made in `tree`; None where there is none."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and getattr(node.func, "id", getattr(node.func, "attr", "")) in REFUSALS
        ):
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            yield given.get("vi", node.args[1] if len(node.args) > 1 else None)


def written(vi: ast.expr | None) -> str | None:
    """The text of a literal, without what is put into it; None for what was written elsewhere."""
    match vi:
        case None:
            return ""
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            text = "".join(part.value for part in parts if isinstance(part, ast.Constant))
            return text if any(letter.isalpha() for letter in text) else None
        case _:
            return None


def is_vietnamese(vi: ast.expr | None) -> bool:
    text = written(vi)
    return text is None or not text.isascii()


@pytest.mark.parametrize(
    ("code", "good"),
    [
        ("CommandError('no paper.', vi='hết giấy.')", True),
        ("CommandError('no paper.', vi=f'{path}: hết giấy.')", True),
        ("CommandError('no paper.', vi='no paper.')", False),
        ("CommandError(f'{path}: no paper.')", False),
        ("RegistryError('no lot.', f'Không có lô {lot}.', 'lot')", True),
        ("RegistryError('no lot.', f'no {lot}.', 'lot')", False),
        ("RegistryError(str(error), error.vi)", True),
        ("SettingsError(f'{path}: {error}', vi=f'{path}: {error.vi}')", True),
    ],
)
def test_a_refusal_without_vietnamese_is_found(code: str, good: bool) -> None:
    assert [is_vietnamese(vi) for vi in refusals(ast.parse(code))] == [good]


def test_what_is_refused_is_said_in_vietnamese_too() -> None:
    english = [
        f"{path.relative_to(ROOT)}: {ast.unparse(vi) if vi else 'none'}"
        for path in modules()
        for vi in refusals(ast.parse(path.read_text()))
        if not is_vietnamese(vi)
    ]
    assert english == []
