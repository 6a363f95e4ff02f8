"""The outlet's commands: kiosk, verify, enrol, sync, status, journal, and staff for adding people."""

import argparse
import asyncio
import getpass
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from config import exits, logs
from config.exits import CommandError


def _parser(name: str, description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"ocop {name}", description=description)
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the outlet's outlet.toml")
    return parser


def kiosk(argv: list[str]) -> int:
    """`ocop kiosk`: the service."""
    args = _parser("kiosk", "Run an outlet's service until it is told to stop.").parse_args(argv)
    from kiosk.host.service import serve
    from kiosk.host.settings import read

    settings, folder = read(args.config)
    logs.setup(settings.log.style, settings.log.level)
    while asyncio.run(serve(settings, folder, args.config)):
        pass  # it is another device now
    return exits.OK


def staff(argv: list[str]) -> int:
    """`ocop staff`: add a person to the till, or change their PIN (asked for, or on standard input)."""
    parser = _parser(
        "staff", "Add a member of staff, or change their PIN. The PIN is read from standard input."
    )
    parser.add_argument("id", help="short name that the journal keeps, such as nv1")
    parser.add_argument("name", help="name on receipts")
    parser.add_argument("--role", choices=("clerk", "supervisor", "technician"), default="clerk")
    args = parser.parse_args(argv)
    from kiosk.host.data import database
    from kiosk.host.settings import read
    from kiosk.host.web import access

    _, folder = read(args.config)
    db = database.connect(folder)
    pin = _pin("PIN (6 digits): ")
    try:
        access.add(db, access.Person(args.id, args.name, args.role), pin)
    except ValueError as error:
        raise CommandError(f"{error}.", vi="PIN có sáu chữ số và chưa ai dùng") from error
    finally:
        db.close()
    print(f"{args.name}: {args.role}")
    return exits.OK


def _pin(prompt: str) -> str:
    return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().strip()


def _technicians_pin() -> str:
    return _pin("PIN của kỹ thuật viên / Technician's PIN: ")


@contextmanager
def _failure_told(as_json: bool) -> Iterator[None]:
    """Whoever asked for JSON gets {"error": sentence, "cause": word} on standard output when it fails."""
    try:
        yield
    except CommandError as error:
        if as_json:
            print(json.dumps({"error": error.told(), "cause": error.cause}, ensure_ascii=False))
        raise


def enrol(argv: list[str]) -> int:
    """`ocop enrol`: become a device of the office."""
    parser = _parser("enrol", "Make this device known to the office, whether the service runs or not.")
    parser.add_argument("url", metavar="URL", help="the office's address")
    parser.add_argument("code", metavar="CODE", help="the one-use code that the office shows")
    parser.add_argument("--json", action="store_true", help="print the answer, or why there is none, as JSON")
    args = parser.parse_args(argv)
    from kiosk.host.link.enrolling import enrol_here
    from kiosk.host.settings import read

    with _failure_told(args.json):
        settings, folder = read(args.config)
        answer = asyncio.run(enrol_here(folder, settings.staff, args.url, args.code, _technicians_pin))
    if args.json:
        print(json.dumps(answer))
    else:
        print(
            f"Thiết bị này nay là {answer['device']} của điểm bán {answer['outlet']}. / "
            f"This device is now {answer['device']} of outlet {answer['outlet']}."
        )
    return exits.OK


def sync(argv: list[str]) -> int:
    """`ocop sync`: push and pull now, through the running service or by itself."""
    parser = _parser(
        "sync", "Push the journal and pull the catalogue once. The running service does so by itself."
    )
    parser.add_argument("--now", action="store_true", help="accepted for clarity; it is always now")
    parser.add_argument("--json", action="store_true", help="print the result, or why there is none, as JSON")
    args = parser.parse_args(argv)
    from kiosk.host.link.enrolling import sync_here
    from kiosk.host.settings import read

    with _failure_told(args.json):
        settings, folder = read(args.config)
        answer = asyncio.run(
            sync_here(folder, settings.staff, settings.office.url, _technicians_pin, args.config)
        )
    if args.json:
        print(json.dumps(answer))
    else:
        sent, new = answer["acknowledged"], answer["new_catalogue"]
        print(
            f"Đã gửi {sent} mục; {'đã cài dữ liệu mới' if new else 'không có dữ liệu mới để cài'}. / {sent} entries "
            f"acknowledged; {'a new catalogue was installed' if new else 'there was no new catalogue to install'}."
        )
    return exits.OK


def status(argv: list[str]) -> int:
    """`ocop status`: how the running service is."""
    parser = _parser("status", "Say how this outlet's service is.")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    args = parser.parse_args(argv)
    from kiosk.host.link.status import ask, sentence
    from kiosk.host.settings import read

    settings, _ = read(args.config)
    try:
        answer = asyncio.run(ask(settings.staff, args.config))
    except CommandError:
        if args.json:
            print(json.dumps({"running": False}))
        raise
    print(json.dumps(answer, ensure_ascii=False) if args.json else sentence(answer, args.config))
    return exits.OK


def verify(argv: list[str]) -> int:
    """`ocop verify`: judge one code with the installed catalogue; exit 0 when it may go on."""
    parser = _parser("verify", "Judge one code as the kiosk would.")
    parser.add_argument("text", metavar="TEXT", help="what was scanned")
    parser.add_argument("--purpose", choices=("look", "sell", "receive", "return"), default="look")
    parser.add_argument(
        "--now", metavar="ISO", help="judge as of this time, such as 2026-11-23T08:00:00+07:00"
    )
    parser.add_argument("--json", action="store_true", help="print the verdict as JSON")
    args = parser.parse_args(argv)
    from kiosk.host.settings import read
    from kiosk.host.stamps.verifying import verify_here

    _, folder = read(args.config)
    answer = verify_here(folder, args.text, args.purpose, args.now)
    if args.json:
        print(json.dumps(answer, ensure_ascii=False))
    else:
        vietnamese = answer["text"]["vi"]
        print(f"{answer['verdict']} ({answer['action']}): {vietnamese['title']}. {vietnamese['body']}")
    return exits.OK if answer["action"] in ("show", "accept", "refund", "sell", "sell_and_flag") else exits.NO


def journal(argv: list[str]) -> int:
    """`ocop journal export|verify|check|rebuild`."""
    parser = argparse.ArgumentParser(
        prog="ocop journal", description="Export a device's journal, verify one, or make its readings anew."
    )
    parts = parser.add_subparsers(dest="part", required=True)
    for name, text in (
        ("export", "write the journal as JSON lines on standard output"),
        ("check", "say whether sales, stock and all other tables are what the journal tells"),
        ("rebuild", "make those tables anew from the journal; the service must not be running"),
    ):
        own = parts.add_parser(name, help=text)
        own.add_argument(
            "--config", type=Path, required=True, metavar="FILE", help="the outlet's outlet.toml"
        )
        if name != "export":
            own.add_argument("--json", action="store_true", help="print the answer as JSON")
    check = parts.add_parser("verify", help="name what is wrong with an exported journal")
    check.add_argument("file", type=Path, metavar="FILE", help="an exported journal")
    check.add_argument(
        "--key", metavar="K", help="the device's public key in hex (default: the one in the file)"
    )
    check.add_argument(
        "--checkpoint", type=Path, metavar="C", help="a checkpoint, or a later export, to hold it against"
    )
    check.add_argument("--json", action="store_true", help="print {ok, problems} as JSON")
    args = parser.parse_args(argv)
    from kiosk.host.data import exporting

    if args.part == "export":
        exporting.export(args.config, sys.stdout)
        return exits.OK
    if args.part in ("check", "rebuild"):
        return _tables(args)
    problems: list[dict[str, Any]] = exporting.check(args.file, args.key, args.checkpoint)
    if args.json:
        print(json.dumps({"ok": not problems, "problems": problems}))
    else:
        if problems and problems[0]["kind"] == "no_journal":
            print(f"{args.file}: {exporting.sentence(problems[0])}.")
            return exits.NO
        for problem in problems:
            print(f"{problem['kind']} {problem['seq']}: {exporting.sentence(problem)}")
        print(
            f"Có {len(problems)} vấn đề. / {len(problems)} problems."
            if problems
            else "Nhật ký nguyên vẹn. / The journal is whole."
        )
    return exits.NO if problems else exits.OK


_DIFFERENCES = {
    "extra": "dòng thừa, nhật ký không có / a row of which the journal does not tell",
    "missing": "thiếu dòng mà nhật ký có / the row of which the journal tells is missing",
    "altered": "cột khác với nội dung của mục / columns that differ from the entry's bytes",
}


def _tables(args: argparse.Namespace) -> int:
    from kiosk.host.data import checking
    from kiosk.host.settings import read

    _, folder = read(args.config)
    answer = checking.check(folder) if args.part == "check" else checking.rebuild(folder)
    if args.json:
        print(json.dumps(answer))
    elif answer["ok"]:
        print(
            f"Các bảng khớp với {answer['entries']} mục nhật ký. / "
            f"The tables are what {answer['entries']} entries tell."
        )
    else:
        for one in answer["damaged"]:
            number = f"{one['device']}-{one['seq']}"
            print(f"mục {number} hỏng / entry {number} is damaged")
        for one in answer["differences"]:
            print(f"{one['table']} {one['device']}-{one['seq']}: {_DIFFERENCES[one['problem']]}")
        print(
            "Các bảng không khớp với nhật ký; hãy dừng dịch vụ rồi chạy `ocop journal rebuild`. / The tables "
            "are not what the journal tells; stop the service and run `ocop journal rebuild`."
            if answer["differences"]
            else "Các bảng khớp với những mục còn đọc được. / The tables are what the readable entries tell."
        )
    return exits.OK if answer["ok"] else exits.NO
