"""`ocop print`: a receipt from a file, or a test page, to any printer."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from config import exits
from printer.host import devices, jobs
from printer.profiles import PROFILES


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ocop print", description="Print a receipt or a test page.")
    what = parser.add_subparsers(dest="kind", required=True, metavar="receipt|test")
    receipt = what.add_parser("receipt", help="the receipt of a sale, from a JSON file")
    receipt.add_argument("sale", type=Path, metavar="SALE.json", help='the sale; "-" reads stdin')
    test = what.add_parser("test", help="a page with every Vietnamese letter, sizes and a QR code")
    for command in (receipt, test):
        command.add_argument("--to", required=True, metavar="DEVICE", help=devices.FORMS)
        command.add_argument(
            "--profile", default="tcvn", choices=sorted(PROFILES), help="what the printer can do"
        )
        command.add_argument("--columns", type=int, default=0, help="cells across the paper: 32, 42, 48")
        command.add_argument("--json", action="store_true", help="print the result as one line of JSON")
    return parser


def _read(path: Path) -> Any:
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
        return json.loads(text)
    except OSError as error:
        raise exits.CommandError(
            f"{path}: this file cannot be read ({error.strerror}).", exits.FAILED
        ) from error
    except ValueError as error:
        raise exits.CommandError(f"{path}: this is not JSON in UTF-8: {error}.") from error


def main(argv: list[str]) -> int:
    """`ocop print receipt SALE.json|test --to DEVICE`. Returns an exit code of `config.exits`."""
    arguments = _parser().parse_args(argv)
    data = _read(arguments.sale) if arguments.kind == "receipt" else None
    job = jobs.Job(arguments.to, arguments.kind, None, arguments.profile, arguments.columns, data)
    try:
        jobs.document(job)
        devices.connect(arguments.to)
    except ValueError as error:
        raise exits.CommandError(f"{error}.") from error
    result = jobs.run(job)
    if arguments.json:
        print(msgspec.json.encode(result).decode())
    elif result.state == "printed":
        print(f"printed {result.bytes} bytes" + "".join(f"\n{path}" for path in result.files))
    if result.state != "printed":
        raise exits.CommandError(result.detail, exits.FAILED)
    if result.detail:
        print(result.detail, file=sys.stderr)
    return exits.OK
