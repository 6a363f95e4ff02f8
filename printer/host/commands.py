"""`ocop print`: receipts and labels from files, and the page that finds out what a printer can do."""

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

import msgspec

from config import durable, exits
from printer import labels, probes
from printer.host import devices, jobs, label_data
from printer.host.languages import LANGUAGES
from printer.profiles import PROFILES


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ocop print", description="Print a receipt, labels, or the test page of a printer."
    )
    what = parser.add_subparsers(dest="kind", required=True, metavar="receipt|label|test")
    receipt = what.add_parser("receipt", help="the receipt of a sale, from a JSON file")
    receipt.add_argument("file", type=Path, metavar="SALE.json", help='the sale; "-" reads stdin')
    label = what.add_parser(
        "label",
        help="labels, from a JSON file",
        description='A label\'s file is an object: "kind" (shelf or product) and any of '
        + ", ".join(labels.NAMES),
    )
    label.add_argument("file", type=Path, metavar="LABEL.json", help='the label; "-" reads stdin')
    test = what.add_parser(
        "test",
        help="a page of numbered lines: look which of them are right",
        description="Print the page (--to), look which lines are right, then give their numbers (--right).",
    )
    test.add_argument(
        "--right", type=int, nargs="*", metavar="N", help="the numbers of the lines that came out right"
    )
    test.add_argument("--config", type=Path, help="with --right: the outlet.toml to write the profile into")
    receipt.add_argument(
        "--template", type=Path, metavar="FILE", help="the shop's own template, to try it before it is used"
    )
    for command in (receipt, label, test):
        command.add_argument("--to", required=command is not test, metavar="DEVICE", help=devices.FORMS)
        command.add_argument("--json", action="store_true", help="print the result as one line of JSON")
        command.add_argument(
            "--profile",
            default="plain" if command is test else "tcvn",
            help="what the printer can do: " + ", ".join(sorted(PROFILES)) + "; words with + change it",
        )
        command.add_argument("--columns", type=int, default=0, help="letters across the paper: 32, 42, 48")
        if command is not receipt:
            usual = "tspl" if command is label else "escpos"
            command.add_argument("--language", default="", choices=sorted(LANGUAGES), help=f"usually {usual}")
            command.add_argument("--size", default="50x30", help="mm: " + ", ".join(label_data.sizes()))
            command.add_argument("--dpi", type=int, default=203, choices=labels.DPI)
            command.add_argument("--count", type=int, default=1, help="how many labels")
    return parser


def _read(path: Path) -> Any:
    text = _text(path)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise exits.CommandError(
            f"{path}: this is not JSON: {error}.", vi=f"{path}: không phải JSON: {error}."
        ) from error


def _text(path: Path) -> str:
    try:
        return sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except OSError as error:
        raise exits.CommandError(
            f"{path}: this file cannot be read ({error.strerror}).",
            exits.FAILED,
            vi=f"{path}: không đọc được tệp này ({error.strerror}).",
        ) from error
    except UnicodeDecodeError as error:
        raise exits.CommandError(
            f"{path}: this is no text in UTF-8: {error}.", vi=f"{path}: không phải văn bản UTF-8: {error}."
        ) from error


def main(argv: list[str]) -> int:
    """`ocop print receipt|label|test`. Returns an exit code of `config.exits`."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    if arguments.kind == "test" and arguments.right is not None:
        return _settle(arguments)
    if not arguments.to:
        parser.error("test: give --to DEVICE to print the page, or --right N... once you have looked at it")
    names = ("language", "size", "dpi", "count")
    options = {name: value for name, value in vars(arguments).items() if name in names}
    job = jobs.Job(arguments.to, arguments.kind, None, arguments.profile, arguments.columns, **options)
    if arguments.kind != "test":
        job.data = _read(arguments.file)
    if arguments.kind == "receipt" and arguments.template is not None:
        job.look = jobs.Look(template=_text(arguments.template))
    try:
        jobs.encode(job)
        devices.connect(arguments.to)
    except ValueError as error:
        raise exits.CommandError(f"{error}.", vi="không in được như vậy") from error
    result = jobs.run(job)
    if arguments.json:
        print(msgspec.json.encode(result).decode())
    elif result.state == "printed":
        print(f"printed {result.bytes} bytes" + "".join(f"\n{path}" for path in result.files))
    if result.state != "printed":
        raise exits.CommandError(result.detail, exits.FAILED, vi="chưa in được")
    if result.detail:
        print(result.detail, file=sys.stderr)
    if arguments.kind == "test" and not arguments.json and jobs.spoken(job) == "escpos":
        print(f"now look, and run: ocop print test --right NUMBERS --profile {arguments.profile}")
    return exits.OK


def _settle(arguments: argparse.Namespace) -> int:
    """What the page showed, as a profile's name; stored where asked."""
    try:
        name = probes.settled(arguments.profile, arguments.right)
    except ValueError as error:
        raise exits.CommandError(f"{error}.", vi="chưa chọn được cấu hình máy in") from error
    if arguments.config is not None:
        _store(arguments.config, name)
    print(msgspec.json.encode({"profile": name}).decode() if arguments.json else f'profile = "{name}"')
    return exits.OK


def _store(path: Path, name: str) -> None:
    """Write the profile into the [printer] table of an outlet.toml, and leave every other line alone."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise exits.CommandError(
            f"{path}: cannot be read ({error.strerror}).",
            exits.FAILED,
            vi=f"{path}: không đọc được ({error.strerror}).",
        ) from error
    table = re.search(r"^\[printer\][^\n]*\n(?:(?!\[).*\n?)*", text, re.MULTILINE)
    if table is None:
        raise exits.CommandError(
            f"{path}: has no [printer] table to write the profile into.",
            vi=f"{path}: không có bảng [printer] để ghi cấu hình máy in vào.",
        )
    line = f'profile = "{name}"'
    changed, count = re.subn(r"^profile\s*=.*$", line, table[0], count=1, flags=re.MULTILINE)
    if not count:
        changed = table[0].replace("\n", f"\n{line}\n", 1)
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        temporary.write_text(text[: table.start()] + changed + text[table.end() :], encoding="utf-8")
        temporary.chmod(path.stat().st_mode & 0o777)
        durable.put(temporary, path)
    except OSError as error:
        raise exits.CommandError(
            f"{path}: cannot be written ({error.strerror}).",
            exits.FAILED,
            vi=f"{path}: không ghi được ({error.strerror}).",
        ) from error
