"""`ocop office`: the service, and the office's work from a shell."""

import argparse
import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from config import exits, logs
from config.exits import FAILED, CommandError
from office import registry, service, setup
from office import settings as office_settings
from office.access import accounts, permissions
from office.audit import note
from office.commands import devices as device_commands
from office.commands import keys as key_commands
from office.commands import reports as report_commands
from office.commands import stamps as stamp_commands
from office.commands import tables as table_commands
from office.commands.shell import Options, Work, day, secret, who, writing
from office.outlets import devices
from office.publishing import keys, publisher
from office.settings import Settings
from office.storage import backup
from office.times import local_date, now_ms


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

    table_commands.describe(command)
    device_commands.describe(command)
    stamp_commands.describe(command, group)
    key_commands.describe(command, group)
    command("init", _init, "make the data folder: keys, database, root document")
    add = command("recall", _recall, "recall a lot")
    add("lot", help="the lot's id")
    add("--reason", required=True, help="shown to staff and shoppers")
    add = command("withdraw", _withdraw, "withdraw a product's recognition")
    add("product", help="the product's id")
    add("--reason", required=True, help="shown to staff and shoppers")
    add("--on", type=day, help="date of the decision, YYYY-MM-DD; default: today")
    add("--produced-from", type=day, help="only goods produced from this day on; default: all stock")
    about = "serve as one more web worker, beside the service; on PostgreSQL only"
    add = commands.add_parser(
        "worker", help=about, description=f"S{about[1:]}.", parents=[common]
    ).add_argument
    add("--port", type=int, required=True, help="its own, behind the same proxy; 0 takes any free one")
    command("publish", _publish, "publish what has changed, now")
    add = command("account", _account, "add or change an account; asks for the password")
    add("action", choices=["add", "password", "disable", "enable"])
    add("login", help="the name to log in with")
    add("--role", choices=permissions.ROLES, default="viewer", help="of a new account; default: viewer")
    add("--name", default="", help="of the person, for a new account")
    add("--producer", default="", help="id of the producer whose account it is, for the role producer")
    report_commands.describe(command)
    add = command("backup", _backup, "copy database and keys, but not the root keys, into a new folder")
    add("folder", type=Path, help="a folder that is not there yet")
    add = command("restore", _restore, "put a backup into this office's empty data folder")
    add("folder", type=Path, help="what `backup` made")
    return parser


def _init(settings: Settings, _: Options) -> tuple[dict[str, Any], str]:
    setup.initialise(settings, now_ms()).dispose()
    folder = settings.folder
    told = (
        f"Thư mục dữ liệu của văn phòng là {folder}; hãy chuyển khoá gốc ra ngoài bằng `ocop office key offline`. / "
        f"The office's data folder is {folder}; take the root keys offline with `ocop office key offline`."
    )
    return {"data": str(folder)}, told


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
        raise CommandError(
            f"{settings.folder}: cannot publish ({error.strerror}).",
            FAILED,
            vi=f"{settings.folder}: không phát hành bộ dữ liệu được ({error.strerror}).",
        ) from error
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


def _backup(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    files = backup.backup(settings, options.folder)
    told = (
        f"Bản sao lưu ở {options.folder}; trong đó có khoá: cất nơi không ai khác đọc được. / "
        f"Backup in {options.folder}; it holds keys: keep it where nobody else can read it."
    )
    root_keys = sorted(path.name for path in (settings.folder / "keys").glob(keys.ROOT_FILES))
    if root_keys:
        told += (
            f"\nKhoá gốc còn ở máy này và không có trong bản sao lưu ({', '.join(root_keys)}): chuyển ra ngoài bằng "
            "`ocop office key offline`. / The root keys are still here and not in the backup: take them offline "
            "with `ocop office key offline`."
        )
    return {"files": [str(path) for path in files], "root_keys_left_out": root_keys}, told


def _restore(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    files = backup.restore(settings, options.folder)
    setup.open_database(settings).dispose()  # an older backup is brought up to date
    with writing(settings) as connection:
        now = now_ms()
        note(connection, now, who(), "restore", str(options.folder))
        devices.restored(connection, now)
    backup.complete(settings)
    return {"files": [str(path) for path in files]}, f"Restored into {settings.folder}; start the service."
