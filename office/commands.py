"""`ocop office`: the service, and the office's work from a shell."""

import argparse
import asyncio
import hashlib
import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from config import exits, logs
from config.exits import FAILED, CommandError
from office import (
    accounts,
    backup,
    branches,
    devices,
    exporting,
    fleet,
    permissions,
    publisher,
    reach,
    registry,
    report_commands,
    service,
    setup,
    stamp_commands,
    stamps,
    table_commands,
)
from office import settings as office_settings
from office.audit import note
from office.registry.kinds import KINDS
from office.settings import Settings
from office.shell import Options, Work, secret, who, writing
from office.times import local_date, now_ms
from sync import enrolment
from sync.canonical import encode


def main(argv: list[str]) -> int:
    """Run `ocop office ...`. Returns an exit code; raises CommandError."""
    options = _parser().parse_args(argv)
    settings = office_settings.load(options.config)
    if options.command in (None, "worker"):
        logs.setup(settings.log.style, settings.log.level)
        more = options.command == "worker"
        asyncio.run(
            service.work(settings, options.config, options.port)
            if more
            else service.run(settings, options.config)
        )
        return exits.OK
    if options.command not in ("init", "restore"):
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

    def command(name: str, work: Work, text: str, into: Any = commands) -> Callable[..., object]:
        about = text[0].upper() + text[1:] + "."
        made: argparse.ArgumentParser = into.add_parser(name, help=text, description=about, parents=[common])
        made.set_defaults(work=work)
        return made.add_argument

    def group(name: str, text: str) -> Any:
        about = text[0].upper() + text[1:] + "."
        made = commands.add_parser(name, help=text, description=about, parents=[common])
        return made.add_subparsers(dest="action", metavar="ACTION", required=True)

    command("init", _init, "make the data folder: keys, database, root document")
    add = command(
        "import", table_commands.import_file, "add or update registry rows from an XLSX, CSV or JSON file"
    )
    add("file", type=Path, help="XLSX or CSV with the columns of `export`, or JSON: an object of lists "
        f"({', '.join(registry.Import.__struct_fields__)})")  # fmt: skip
    add("--dry-run", action="store_true", help="only tell what it would do")
    add("--kind", choices=KINDS, help="what a CSV holds, if its columns do not say so")
    add = command("export", table_commands.export_file, "write registry rows to a new XLSX or CSV file")
    add("file", type=Path, help="its suffix says which: .xlsx or .csv")
    add("--kind", choices=KINDS, help="only this kind; a CSV holds one")
    add = command("enrol-code", _enrol_code, "make a one-use code that enrols one device")
    add("outlet", help="the outlet's code")
    add = command("revoke", _revoke, "shut out a device that was lost or stolen")
    add("device", help="its name, such as HT01A")
    add = command(
        "agree", _agree, "let a device that was made new from a restored card have its outlet's entries"
    )
    add("device", help="its name, as the alert tells it")
    add = command(
        "branches", _branches, "show the branches of a forked journal, or decide whether one's sales count"
    )
    add("device", help="its name, as the alert tells it")
    add("--accept", type=int, metavar="BRANCH", help="its sales count, those to come too")
    add("--set-aside", type=int, metavar="BRANCH", help="its sales stay out of stock, sold sets and reports")
    add("--reopen", type=int, metavar="BRANCH", help="undo a decision")
    add("--note", default="", help="what was found; needed to decide")
    add = command("issue", stamp_commands.issue, "issue a batch of signed stamps, as CSV")
    add("gtin", type=_gtin, help="the trade item")
    add("count", type=int, help=f"how many stamps, up to {stamps.LARGEST_BATCH}")
    add("--key", metavar="K", help="the stamp key; default: the newest that may sign")
    _printed(add)
    add = command("stamps", stamp_commands.reprint, "write the stamps of an issued batch again, as CSV")
    add("batch", type=int, help="its number, as `issue` told it")
    _printed(add)
    add = command("activate", stamp_commands.activate, "tie issued serials to a lot, once and for good")
    _range(add)
    add("lot", help="the lot's id")
    add = command("void", stamp_commands.void, "declare issued serials void")
    _range(add)
    add("--reason", required=True, help="for the audit")
    add = command("recall", _recall, "recall a lot")
    add("lot", help="the lot's id")
    add("--reason", required=True, help="shown to staff and shoppers")
    add = command("withdraw", _withdraw, "withdraw a product's recognition")
    add("product", help="the product's id")
    add("--reason", required=True, help="shown to staff and shoppers")
    add("--on", type=_date, help="date of the decision, YYYY-MM-DD; default: today")
    add("--produced-from", type=_date, help="only goods produced from this day on; default: all stock")
    add = commands.add_parser(
        "worker",
        help="serve as one more web worker, beside the service; on PostgreSQL only",
        parents=[common],
    ).add_argument
    add("--port", type=int, required=True, help="its own, behind the same proxy; 0 takes any free one")
    command("publish", _publish, "publish what has changed, now")
    command("fleet", _fleet, "tell how every device is, the one in the worst trouble first")
    add = command("reach", _reach, "tell which tills know of a recall or withdrawal, and which do not")
    add("key", help="the lot's or the product's id")
    add = command("account", _account, "add or change an account; asks for the password")
    add("action", choices=["add", "password", "disable", "enable"])
    add("login", help="the name to log in with")
    add("--role", choices=permissions.ROLES, default="viewer", help="of a new account; default: viewer")
    add("--name", default="", help="of the person, for a new account")
    add("--producer", default="", help="id of the producer whose account it is, for the role producer")
    report_commands.describe(command, _date)
    add = command("backup", _backup, "copy database and keys into a new folder")
    add("folder", type=Path, help="a folder that is not there yet")
    add = command("restore", _restore, "put a backup into this office's empty data folder")
    add("folder", type=Path, help="what `backup` made")
    add = command(
        "journal", _journal, "write a device's journal as it is kept here, for `ocop journal verify`"
    )
    add("device", help="its name, such as HT01A")
    action = group("key", "the keys that sign stamps")
    command(
        "list",
        stamp_commands.key_list,
        "list the stamp keys: from when each may sign, and how many of its stamps are alive",
        action,
    )
    add = command(
        "new",
        stamp_commands.key_new,
        "make the next stamp key; it may sign in 30 days, when every outlet knows it",
        action,
    )
    _root_keys(add)
    add = command(
        "retire", stamp_commands.key_retire, "retire a key whose stamps are all void or deleted", action
    )
    add("key", metavar="K", help="the key's letter")
    _root_keys(add)
    add = command(
        "renew",
        stamp_commands.key_renew,
        "replace a key that was lost or stolen, while everything runs",
        action,
    )
    add(
        "role", choices=["current", "ack", "root"], help="what it signs: catalogues, answers to devices, root"
    )
    _root_keys(add)
    add = command(
        "lock", stamp_commands.lock, "encrypt a stamp key by a passphrase, asked at each issue", action
    )
    add("key", metavar="K", help="the key's letter")
    add("--open", action="store_true", help="take the passphrase away")
    add = command(
        "offline",
        stamp_commands.key_offline,
        "move the root keys to sticks, one to each, and off this machine",
        action,
    )
    add("media", type=Path, nargs="+", metavar="FOLDER", help="on a stick, one for each root key")
    action = group("pattern", "how the addresses of older, unsigned stamps are written")
    command("list", stamp_commands.pattern_list, "list the patterns", action)
    add = command("add", stamp_commands.pattern_add, "add a pattern, or write one anew", action)
    add("id", help="a name of your choice")
    add(
        "pattern",
        help="the address with {item} or {gtin}, and {serial}: https://tem.hatinh.vn/t/{item}?s={serial}",
    )
    add("item", nargs="+", help="CODE=GTIN for each {item}, or only GTIN")
    add("--last-day", type=_date, required=True, help="the last day on which such a stamp counts, YYYY-MM-DD")
    add = command(
        "end", stamp_commands.pattern_end, "let a pattern's stamps count no longer than today", action
    )
    add("id", help="the pattern's name")
    add("--on", type=_date, help="another last day, YYYY-MM-DD")
    add = command(
        "batch",
        stamp_commands.pattern_batch,
        "enter serials of older stamps, so that they can be activated to lots",
        action,
    )
    _range(add)
    return parser


def _printed(add: Callable[..., object]) -> None:
    add("--out", type=Path,
        help="write to a new file instead of stdout; its suffix says what: .csv, .pdf or .svg (sheets of A4), "
        ".tspl or .zpl (rolls of 50 x 30 mm)")  # fmt: skip
    add("--sheet", type=int, default=1, help="which sheet an SVG is; default: 1")
    add(
        "--dpi",
        type=int,
        choices=(203, 300),
        default=203,
        help="dots an inch of the label printer; default: 203",
    )


def _range(add: Callable[..., object]) -> None:
    add("gtin", type=_gtin, help="the trade item")
    add("first", type=int, help="first serial")
    add("last", type=int, help="last serial")


def _root_keys(add: Callable[..., object]) -> None:
    add("--root-keys", type=Path, action="append", metavar="FOLDER",
        help="where root keys are kept, once for each folder; default: the data folder's keys")  # fmt: skip


def _gtin(text: str) -> str:
    if not (text.isascii() and text.isdigit()) or len(text) > 14:
        raise argparse.ArgumentTypeError(f"{text!r} is no GTIN")
    return text.rjust(14, "0")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date like 2026-11-23") from error


def _init(settings: Settings, _: Options) -> tuple[dict[str, Any], str]:
    setup.initialise(settings, now_ms()).dispose()
    folder = settings.folder
    advice = "keep root-1.key and root-2.key offline and apart"
    return {"data": str(folder)}, f"The office's data folder is {folder}; {advice}."


def _enrol_code(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    now = now_ms()
    with writing(settings) as connection:
        code = devices.new_code(connection, options.outlet, who(), now)
        root = hashlib.sha256(encode(devices.root_envelope(connection))).hexdigest()
    spelt = enrolment.spell(code)
    result = {"outlet": options.outlet, "code": spelt, "url": settings.base_url,
              "expires_at": now + devices.CODE_LIVES_MS, "root_sha256": root}  # fmt: skip
    return result, f"{spelt}\nWithin ten minutes, on the device: ocop enrol {settings.base_url} {spelt}"


def _revoke(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    with writing(settings) as connection:
        devices.revoke(connection, options.device, who(), now_ms())
    return {"device": options.device, "state": "revoked"}, f"Device {options.device} is revoked."


def _agree(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    with writing(settings) as connection:
        devices.agree(connection, options.device, who(), now_ms())
    return {
        "device": options.device
    }, f"Device {options.device} may have its outlet's entries; its sales count."


def _branches(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    device, by, now = options.device, who(), now_ms()
    with writing(settings) as connection:
        if options.accept is not None:
            branches.accept(connection, device, options.accept, options.note, by, now)
        if options.set_aside is not None:
            branches.set_aside(connection, device, options.set_aside, options.note, by, now)
        if options.reopen is not None:
            branches.reopen(connection, device, options.reopen, by, now)
        found = branches.of_device(connection, device)
    lines = [
        f"branch {one.number}: entries {one.first} to {one.last}, {one.sales} sales for {one.total} đ, "
        f"{one.held} of them held; {one.decision.replace('_', ' ') or 'not decided'}"
        for one in found
    ]
    shown = [one._asdict() | {"newest": [sale._asdict() for sale in one.newest]} for one in found]
    return {"device": device, "branches": shown}, "\n".join(lines)


def _fleet(settings: Settings, _: Options) -> tuple[dict[str, Any], str]:
    with writing(settings) as connection:
        found = fleet.every(connection, now_ms(), settings.alerts.silent_hours)
    lines = [
        f"{one.id}  {fleet.TROUBLES[one.troubles[0]][1][1] if one.troubles else 'Nothing to do.'}"
        for one in found
    ]
    return {"devices": [fleet.as_json(one) for one in found]}, "\n".join(lines)


def _reach(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    with writing(settings) as connection:
        for record in reach.KINDS:
            found = reach.find(connection, record, options.key)
            if found is not None:
                break
        else:
            raise CommandError(f"nothing named {options.key} was recalled or withdrawn.")
    lines = [f"{found.title}: {found.reached} of {len(found.tills)} tills know of it."]
    lines += [
        f"{till.device}  not yet  {till.name}, {till.phone or 'no phone number'}"
        for till in found.tills
        if not till.has_it
    ]
    return reach.as_json(found), "\n".join(lines)


def _recall(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    with writing(settings) as connection:
        registry.recall(connection, options.lot, options.reason, who(), now_ms())
    return {"lot": options.lot}, f"Lot {options.lot} is recalled."


def _withdraw(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    now = now_ms()
    on = options.on or local_date(now)
    with writing(settings) as connection:
        registry.withdraw(connection, options.product, on, options.produced_from, options.reason, who(), now)
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
    password = secret(f"Password of {login}: ", again=True) if action in ("add", "password") else None
    with writing(settings) as connection:
        if action == "add":
            assert password is not None
            accounts.add(connection, login, password, options.role, options.name, None, options.producer)
        else:
            disabled = {"disable": True, "enable": False}.get(action)
            accounts.change(connection, login, password, disabled)
        note(connection, now_ms(), who(), f"account-{action}", login)
    return {"login": login, "action": action}, f"Account {login}: done ({action})."


def _journal(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    out = io.StringIO()
    with writing(settings) as connection:
        exporting.export(connection, options.device, out)
    return {"device": options.device, "lines": out.getvalue().splitlines()}, out.getvalue().rstrip("\n")


def _backup(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    files = backup.backup(settings, options.folder)
    advice = "it holds keys: keep it where nobody else can read it"
    return {"files": [str(path) for path in files]}, f"Backup in {options.folder}; {advice}."


def _restore(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    files = backup.restore(settings, options.folder)
    setup.open_database(settings).dispose()  # an older backup is brought up to date
    return {"files": [str(path) for path in files]}, f"Restored into {settings.folder}; start the service."
