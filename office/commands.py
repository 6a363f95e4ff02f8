"""`ocop office`: the service, and the office's work from a shell."""

import argparse
import asyncio
import csv
import getpass
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, TextIO

import msgspec
from sqlalchemy import Connection

from config import exits, logs
from config.exits import FAILED, CommandError
from office import accounts, backup, database, devices, keys, publisher, registry, service, setup, stamps
from office import settings as office_settings
from office.audit import note
from office.settings import Settings
from office.times import local_date, now_ms
from scanner.stamps import typed_line
from sync import enrolment
from sync.canonical import encode

Options = argparse.Namespace
Work = Callable[[Settings, Options], tuple[dict[str, Any], str]]  # the result as JSON, and for people


def main(argv: list[str]) -> int:
    """Run `ocop office ...`. Returns an exit code; raises CommandError."""
    options = _parser().parse_args(argv)
    settings = office_settings.load(options.config)
    if options.command is None:
        logs.setup(settings.log.style, settings.log.level)
        asyncio.run(service.run(settings, options.config))
        return exits.OK
    if options.command != "init":
        setup.require_initialised(settings)
    work: Work = options.work
    result, text = work(settings, options)
    if options.json:
        print(json.dumps(result, ensure_ascii=False))
    elif text:
        print(text)
    return exits.OK


def _parser() -> argparse.ArgumentParser:
    """Every command takes --config and --json, before it or after it."""
    parser = argparse.ArgumentParser(
        prog="ocop office", description="Without a command, runs the office's service until it is stopped."
    )
    parser.add_argument("--config", type=Path, default=Path("office.toml"), help="default: office.toml here")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--config", type=Path, help="default: office.toml here")
    common.add_argument("--json", action="store_true", help="print the result as JSON")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    def command(name: str, work: Work, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text.capitalize() + ".", parents=[common])
        made.set_defaults(work=work)
        return made

    command("init", _init, "make the data folder: keys, database, root document")
    add = command("import", _import, "add or update registry rows from a JSON file").add_argument
    add("file", type=Path, help='{"producers": [...], "products": [...], "trade_items": [...], ...}')
    add = command("enrol-code", _enrol_code, "make a one-use code that enrols one device").add_argument
    add("outlet", help="the outlet's code")
    add = command("revoke", _revoke, "shut out a device that was lost or stolen").add_argument
    add("device")
    add = command("issue", _issue, "issue a batch of signed stamps, as CSV").add_argument
    add("gtin", type=_gtin)
    add("count", type=int)
    add("--out", type=Path, help="write the CSV to a new file instead of stdout")
    add = command("stamps", _stamps, "write the stamps of an issued batch again, as CSV").add_argument
    add("batch", type=int)
    add("--out", type=Path, help="write the CSV to a new file instead of stdout")
    add = command("activate", _activate, "tie issued serials to a lot, once and for good").add_argument
    _range(add)
    add("lot")
    add = command("void", _void, "declare issued serials void").add_argument
    _range(add)
    add("--reason", required=True)
    add = command("recall", _recall, "recall a lot").add_argument
    add("lot")
    add("--reason", required=True)
    add = command("withdraw", _withdraw, "withdraw a product's recognition").add_argument
    add("product")
    add("--reason", required=True)
    add("--on", type=_date, help="date of the decision, YYYY-MM-DD; default: today")
    add("--produced-from", type=_date, help="only goods produced from this day on; default: all stock")
    command("publish", _publish, "publish what has changed, now")
    add = command("account", _account, "add or change an account; asks for the password").add_argument
    add("action", choices=["add", "password", "disable", "enable"])
    add("login")
    add("--role", choices=accounts.ROLES, default="viewer")
    add("--name", default="")
    add = command("backup", _backup, "copy database and keys into a new folder").add_argument
    add("folder", type=Path)
    return parser


def _range(add: Callable[..., object]) -> None:
    add("gtin", type=_gtin)
    add("first", type=int, help="first serial")
    add("last", type=int, help="last serial")


def _gtin(text: str) -> str:
    if not (text.isascii() and text.isdigit()) or len(text) > 14:
        raise argparse.ArgumentTypeError(f"{text!r} is no GTIN")
    return text.rjust(14, "0")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date like 2026-11-23") from error


@contextmanager
def _writing(settings: Settings) -> Iterator[Connection]:
    engine = setup.open_database(settings)
    try:
        with database.writing(engine) as connection:
            yield connection
    finally:
        engine.dispose()


def _who() -> str:
    return f"shell:{getpass.getuser()}"


def _init(settings: Settings, _: Options) -> tuple[dict[str, Any], str]:
    setup.initialise(settings, now_ms()).dispose()
    folder = settings.folder
    advice = "keep root-1.key and root-2.key offline and apart"
    return {"data": str(folder)}, f"The office's data folder is {folder}; {advice}."


def _import(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    try:
        data = msgspec.json.decode(options.file.read_bytes(), type=registry.Import)
    except OSError as error:
        raise CommandError(f"{options.file}: cannot read this file ({error.strerror}).", FAILED) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CommandError(f"{options.file}: {error}; nothing was imported.") from error
    with _writing(settings) as connection:
        counts = registry.import_rows(connection, data, _who(), now_ms())
    told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items() if count)
    return counts, f"Imported {told or 'nothing'}."


def _enrol_code(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    now = now_ms()
    with _writing(settings) as connection:
        code = devices.new_code(connection, options.outlet, _who(), now)
        root = hashlib.sha256(encode(devices.root_envelope(connection))).hexdigest()
    spelt = enrolment.spell(code)
    result = {"outlet": options.outlet, "code": spelt, "url": settings.base_url,
              "expires_at": now + devices.CODE_LIVES_MS, "root_sha256": root}  # fmt: skip
    return result, f"{spelt}\nWithin ten minutes, on the device: ocop enrol {settings.base_url} {spelt}"


def _revoke(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    with _writing(settings) as connection:
        devices.revoke(connection, options.device, _who(), now_ms())
    return {"device": options.device, "state": "revoked"}, f"Device {options.device} is revoked."


def _issue(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    signer = keys.load(settings.folder / "keys", "stamp-A")
    with _writing(settings) as connection:
        batch = stamps.issue(connection, options.gtin, options.count, "A", _who(), now_ms())
    return _write(settings, options, batch, signer)


def _stamps(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    with _writing(settings) as connection:
        batch = stamps.find_batch(connection, options.batch)
    return _write(settings, options, batch, keys.load(settings.folder / "keys", f"stamp-{batch.k}"))


def _write(
    settings: Settings, options: Options, batch: stamps.Batch, signer: keys.Signer
) -> tuple[dict[str, Any], str]:
    """The batch as CSV, to the file, or to stdout unless that is for JSON."""
    result: dict[str, Any] = dict(batch._asdict())
    if options.out is not None:
        try:
            with options.out.open("x", encoding="utf-8", newline="") as file:
                _csv(settings, batch, signer, file)
        except OSError as error:
            again = f"`ocop office stamps {batch.id} --out FILE` writes them again"
            raise CommandError(
                f"{options.out}: cannot write the stamps ({error.strerror}); batch {batch.id} is issued, {again}.",
                FAILED,
            ) from error
        count = batch.last - batch.first + 1
        return result | {"file": str(options.out)}, f"Batch {batch.id}: {count} stamps in {options.out}."
    if options.json:
        return result | {"stamps": list(stamps.signed(batch, settings.stamps.host, signer))}, ""
    _csv(settings, batch, signer, sys.stdout)
    return result, ""


def _csv(settings: Settings, batch: stamps.Batch, signer: keys.Signer, file: TextIO) -> None:
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(["serial", "uri", "typed"])
    for serial, uri in enumerate(stamps.signed(batch, settings.stamps.host, signer), batch.first):
        rows.writerow([serial, uri, typed_line(batch.gtin, serial)])


def _activate(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    first, last = options.first, options.last
    with _writing(settings) as connection:
        stamps.activate(connection, options.gtin, first, last, options.lot, _who(), now_ms())
    result = {"gtin": options.gtin, "first": first, "last": last, "lot": options.lot}
    return result, f"Serials {first} to {last} of {options.gtin} are active, of lot {options.lot}."


def _void(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    first, last = options.first, options.last
    with _writing(settings) as connection:
        stamps.void(connection, options.gtin, first, last, options.reason, _who(), now_ms())
    result = {"gtin": options.gtin, "first": first, "last": last}
    return result, f"Serials {first} to {last} of {options.gtin} are void."


def _recall(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    with _writing(settings) as connection:
        registry.recall(connection, options.lot, options.reason, _who(), now_ms())
    return {"lot": options.lot}, f"Lot {options.lot} is recalled."


def _withdraw(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    now = now_ms()
    on = options.on or local_date(now)
    with _writing(settings) as connection:
        registry.withdraw(connection, options.product, on, options.produced_from, options.reason, _who(), now)
    return {"product": options.product}, f"The recognition of product {options.product} is withdrawn."


def _publish(settings: Settings, _: Options) -> tuple[dict[str, Any], str]:
    try:
        published = publisher.open_publisher(settings).publish(now_ms())
    except OSError as error:
        raise CommandError(f"{settings.folder}: cannot publish ({error.strerror}).", FAILED) from error
    told = [f"Outlet {outlet}: catalogue {version}." for outlet, version in published]
    result = {"published": [{"outlet": outlet, "version": version} for outlet, version in published]}
    return result, "\n".join(told) or "Nothing has changed."


def _account(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    login, action = options.login, options.action
    password = _password(login) if action in ("add", "password") else None
    with _writing(settings) as connection:
        if action == "add":
            assert password is not None
            accounts.add(connection, login, password, options.role, options.name)
        else:
            disabled = {"disable": True, "enable": False}.get(action)
            accounts.change(connection, login, password, disabled)
        note(connection, now_ms(), _who(), f"account-{action}", login)
    return {"login": login, "action": action}, f"Account {login}: done ({action})."


def _password(login: str) -> str:
    """From the terminal, unseen and twice; from a pipe, its first line."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass(f"Password of {login}: ")
    if getpass.getpass("Again: ") != password:
        raise CommandError("the two passwords differ; nothing was changed.")
    return password


def _backup(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    files = backup.backup(settings, options.folder)
    advice = "it holds keys: keep it where nobody else can read it"
    return {"files": [str(path) for path in files]}, f"Backup in {options.folder}; {advice}."
