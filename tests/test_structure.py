"""The arrows between the packages hold, and every rule that holds them is seen to catch an offender."""

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("config", "kiosk", "office", "printer", "scanner", "sync")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACTS = {contract["name"]: contract for contract in PROJECT["tool"]["importlinter"]["contracts"]}

# Which cores a core may import, and MicroPython's C modules that do no I/O and know no clock or chance.
ARROWS = {
    "scanner": {"scanner"},
    "printer": {"printer"},
    "sync": {"sync"},
    "kiosk": {"kiosk", "scanner", "printer", "sync"},
}
C_MODULES = {
    "array",
    "binascii",
    "collections",
    "errno",
    "hashlib",
    "heapq",
    "io",
    "json",
    "math",
    "re",
    "struct",
}
IMPURE_CALLS = {"open", "print", "input", "eval", "exec", "compile", "__import__"}


def core_files(root: Path) -> list[Path]:
    return sorted(file for package in ARROWS for file in (root / package).glob("*.py"))


def executed(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node but those of `if TYPE_CHECKING:` blocks, which no interpreter ever runs."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for other in node.orelse:
                yield other
                yield from executed(other)
        else:
            yield node
            yield from executed(node)


def imported(node: ast.AST, package: str) -> list[str]:
    """Full names that an import statement reaches for: `from sync import host` is sync.host."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        start = [package] if node.level == 1 else ["(outside)"] if node.level else []
        base = ".".join(start + ([node.module] if node.module else []))
        return [f"{base}.{alias.name}" for alias in node.names]
    return []


def offences(file: Path) -> list[str]:
    """What a core file imports or calls that the core must not."""
    package, found = file.parent.name, []
    tree = ast.parse(file.read_text())
    for node in executed(tree):
        for name in imported(node, package):
            top, _, rest = name.partition(".")
            if top in ARROWS:
                if top not in ARROWS[package] or rest.split(".")[0] == "host":
                    found.append(f"imports {name}")
            elif top not in C_MODULES:
                found.append(f"imports {name}")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS:
            found.append(f"calls {node.func.id}()")
        if isinstance(node, ast.Assign) and ast.unparse(node).startswith("TYPE_CHECKING = "):
            found += [] if ast.unparse(node.value) == "False" else ["TYPE_CHECKING is not False"]
    return found


@pytest.mark.parametrize("file", core_files(ROOT), ids=lambda file: str(file.relative_to(ROOT)))
def test_the_core_is_pure(file: Path) -> None:
    assert offences(file) == []


@pytest.mark.parametrize("package", ARROWS)
@pytest.mark.parametrize(
    "line",
    [
        "import os",
        "import time",
        "import random",
        "import nacl.signing",
        "from __future__ import annotations",
        "from typing import TYPE_CHECKING",
        "def f():\n    import datetime",
        "try:\n    import zlib\nexcept ImportError:\n    pass",
        "import config.exits",
        "from config import exits",
        "from office import registry",
        "import {package}.host",
        "from {package} import host",
        "from . import host",
        "from .host import thing",
        "from {package}.host.thing import other",
        "from .. import config",
        "open('x')",
        "TYPE_CHECKING = True",
        "if TYPE_CHECKING:\n    pass\nelse:\n    import os",
        "if not TYPE_CHECKING:\n    import os",
    ],
)
def test_the_rule_of_purity_catches(package: str, line: str, tmp_path: Path) -> None:
    file = tmp_path / package / "planted.py"
    file.parent.mkdir()
    file.write_text(line.format(package=package))
    assert len(offences(file)) == 1


@pytest.mark.parametrize("package", ["scanner", "printer", "sync"])
def test_the_rule_of_purity_catches_another_trades_core(package: str, tmp_path: Path) -> None:
    file = tmp_path / package / "planted.py"
    file.parent.mkdir()
    for other in sorted({"scanner", "printer", "sync", "kiosk"} - {package}):
        file.write_text(f"from {other} import thing\nimport {other}.other\n")
        assert offences(file) == [f"imports {other}.thing", f"imports {other}.other"]


def test_the_rule_of_purity_lets_pass(tmp_path: Path) -> None:
    file = tmp_path / "kiosk" / "planted.py"
    file.parent.mkdir()
    file.write_text(
        "import json\nfrom binascii import hexlify\nfrom collections import namedtuple\n"
        "from kiosk import a\nfrom .b import c\nfrom scanner import d\nimport printer.e\nimport sync.f\n"
        "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    from typing import Any\n"
    )
    assert offences(file) == []


# --- the contracts of import-linter -----------------------------------------------------------------


def lint(root: Path) -> tuple[int, str]:
    tool = Path(sys.executable).with_name("lint-imports")
    environment = {**os.environ, "PYTHONPATH": str(root), "COLUMNS": "200"}
    done = subprocess.run(
        [tool, "--no-cache"],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def bare_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages' folders with one empty module in each: what breaks here was planted."""
    root = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", root)
    for package in PACKAGES:
        for folder in (root / package, root / package / "host"):
            if folder.name != "host" or (ROOT / package / "host").exists():
                folder.mkdir()
                (folder / "__init__.py").touch()
                (folder / "thing.py").touch()
    return root


def test_the_contracts_hold() -> None:
    code, told = lint(ROOT)
    assert code == 0, told


def test_the_contracts_hold_in_the_bare_tree(bare_tree: Path) -> None:
    code, told = lint(bare_tree)
    assert code == 0, told
    assert "KEPT" in told


# contract -> planted lines, each (module it stands in, what it imports)
PLANTS = {
    "office over kiosk over the three trades over config": [
        ("config", "sync.thing"),
        ("config", "kiosk.thing"),
        ("scanner", "kiosk.thing"),
        ("sync", "office.thing"),
        ("kiosk", "office.thing"),
        ("kiosk.host", "office.thing"),
        ("scanner", "printer.thing"),
        ("printer", "sync.thing"),
        ("sync", "scanner.thing"),
        ("sync.host", "scanner.thing"),
        ("printer.host", "kiosk.thing"),
    ],
    "only the kiosk's host wires the scanner's host": [
        ("scanner", "scanner.host.thing"),
        ("kiosk", "scanner.host.thing"),
        ("office", "scanner.host.thing"),
        ("printer.host", "scanner.host.thing"),
    ],
    "only the kiosk's host wires the sync host": [
        ("sync", "sync.host.thing"),
        ("kiosk", "sync.host.thing"),
        ("office", "sync.host.thing"),
        ("scanner.host", "sync.host.thing"),
    ],
    "the printer's host serves the kiosk's host, its fonts and raster the office too": [
        ("printer", "printer.host.thing"),
        ("kiosk", "printer.host.thing"),
        ("sync.host", "printer.host.thing"),
        ("config", "printer.host.thing"),
    ],
    "nobody imports the kiosk's host": [
        ("kiosk", "kiosk.host.thing"),
        ("office", "kiosk.host.thing"),
        ("sync.host", "kiosk.host.thing"),
    ],
    "the kiosk service loads no camera and no printer library": [
        *(("kiosk.host", name) for name in ("cv2", "numpy", "PIL", "pyzbar", "zxingcpp", "escpos", "serial")),
        ("printer.host", "PIL"),  # by way of a module that the kiosk's host may import
    ],
}


def test_every_contract_has_its_plants() -> None:
    assert set(PLANTS) == set(CONTRACTS)


@pytest.mark.parametrize(
    ("contract", "where", "what"),
    [(contract, where, what) for contract, plants in PLANTS.items() for where, what in plants],
)
def test_a_planted_import_breaks(contract: str, where: str, what: str, bare_tree: Path) -> None:
    planted = bare_tree / where.replace(".", "/") / "planted.py"
    carrier = bare_tree / "kiosk" / "host" / "carrier.py"
    planted.write_text(f"import {what}\n")
    if contract.startswith("the kiosk service") and not where.startswith("kiosk"):
        carrier.write_text(f"import {where}.planted\n")
    try:
        code, told = lint(bare_tree)
    finally:
        planted.unlink()
        carrier.unlink(missing_ok=True)
    assert code == 1, told
    assert f"{contract} BROKEN" in " ".join(told.split())
    assert f"{where}.planted" in told
