"""`ocop office enrol-code`, `revoke`, `agree`, `branches`, `fleet`, `reach` and `journal`."""

import hashlib
import io
from datetime import datetime
from typing import Any

from config.exits import CommandError
from office.books import branches as journal_branches
from office.commands.shell import Command, Options, who, writing
from office.outlets import devices, exporting, own_clock
from office.outlets import fleet as whole_fleet
from office.publishing import reach as reached
from office.settings import Settings
from office.times import LOCAL, now_ms
from sync import enrolment
from sync.canonical import encode

NOTHING_TO_DO = ("Không phải làm gì.", "Nothing to do.")


def describe(command: Command) -> None:
    """Add them to the office's commands."""
    add = command("enrol-code", enrol_code, "make a one-use code that enrols one device")
    add("outlet", help="the outlet's code")
    add(
        "--anyway",
        action="store_true",
        help="though tills have not been in touch since the office was restored",
    )
    add = command("revoke", revoke, "shut out a device that was lost or stolen")
    add("device", help="its name, such as HT01A")
    add = command(
        "agree", agree, "let a device that was made new from a restored card have its outlet's entries"
    )
    add("device", help="its name, as the alert tells it")
    add = command(
        "branches",
        branches,
        "show the branches of a journal that forked, of a revoked device, or brought by another till, or decide on one",
    )
    add("device", help="its name, as the alert tells it")
    add(
        "--accept",
        type=int,
        metavar="BRANCH",
        help="its sales count, those to come too; below 0: those of before the revocation",
    )
    add("--set-aside", type=int, metavar="BRANCH", help="its sales stay out of stock, sold sets and reports")
    add("--reopen", type=int, metavar="BRANCH", help="undo a decision")
    add("--note", default="", help="what was found; needed to decide")
    command("fleet", fleet, "tell how every device is, the one in the worst trouble first")
    add = command("reach", reach, "tell which tills know of a recall or withdrawal, and which do not")
    add("key", help="the lot's or the product's id")
    add = command(
        "journal", journal, "write a device's journal as it is kept here, for `ocop journal verify`"
    )
    add("device", help="its name, such as HT01A")


def enrol_code(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    """Make a code for one device of an outlet."""
    now = now_ms()
    with writing(settings) as connection:
        code = devices.new_code(connection, options.outlet, who(), now, options.anyway)
        root = hashlib.sha256(encode(devices.root_envelope(connection))).hexdigest()
    spelt = enrolment.spell(code)
    result = {"outlet": options.outlet, "code": spelt, "url": settings.base_url,
              "expires_at": now + devices.CODE_LIVES_MS, "root_sha256": root}  # fmt: skip
    command = f"ocop enrol --config outlet.toml {settings.base_url} {spelt}"
    return result, f"{spelt}\nTrong mười phút, trên thiết bị / Within ten minutes, on the device: {command}"


def revoke(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    """Shut a device out."""
    with writing(settings) as connection:
        devices.revoke(connection, options.device, who(), now_ms())
    return {"device": options.device, "state": "revoked"}, f"Device {options.device} is revoked."


def agree(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    """Let a device made from a restored card go on."""
    with writing(settings) as connection:
        devices.agree(connection, options.device, who(), now_ms())
    return {
        "device": options.device
    }, f"Device {options.device} may have its outlet's entries; its sales count."


def branches(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    """Show the branches of a journal, or decide about one."""
    device, by, now = options.device, who(), now_ms()
    with writing(settings) as connection:
        if options.accept is not None:
            journal_branches.accept(connection, device, options.accept, options.note, by, now)
        if options.set_aside is not None:
            journal_branches.set_aside(connection, device, options.set_aside, options.note, by, now)
        if options.reopen is not None:
            journal_branches.reopen(connection, device, options.reopen, by, now)
        found = journal_branches.of_device(connection, device)
    lines = [
        f"branch {one.number}: entries {one.first} to {one.last}, {one.sales} sales for {one.total} đ, "
        f"{one.held} of them held; {one.decision.replace('_', ' ') or 'not decided'}"
        + (f"; brought by {one.brought_by}" if one.brought_by else _revoked(one))
        for one in found
    ]
    shown = [one._asdict() | {"newest": [sale._asdict() for sale in one.newest]} for one in found]
    return {"device": device, "branches": shown}, "\n".join(lines)


def _revoked(one: journal_branches.Branch) -> str:
    if one.revoked_at is None:
        return ""
    made = f"; made {_minute(one.since)} to {_minute(one.until)}" if one.since and one.until else ""
    return (
        f"{made}; sent after the revocation of {_minute(one.revoked_at)}: "
        f"{one.before} held sales for {one.before_total} đ are of before"
    )


def _minute(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1000, LOCAL):%Y-%m-%d %H:%M}"


def fleet(settings: Settings, _: Options) -> tuple[dict[str, Any], str]:
    """Tell how every device is."""
    now = now_ms()
    with writing(settings) as connection:
        found = whole_fleet.every(connection, now, settings.alerts.silent_hours)
    doubt = own_clock.doubted(found, now)
    lines = [" / ".join(doubt.words)] if doubt else []
    lines += [
        f"{one.id}  "
        + " / ".join(whole_fleet.TROUBLES[one.troubles[0]][1] if one.troubles else NOTHING_TO_DO)
        for one in found
    ]
    devices_ = [whole_fleet.as_json(one) for one in found]
    return {"devices": devices_, "own_clock": doubt and doubt._asdict()}, "\n".join(lines)


def reach(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    """Tell which tills know of a recall or withdrawal."""
    with writing(settings) as connection:
        for record in reached.KINDS:
            found = reached.find(connection, record, options.key)
            if found is not None:
                break
        else:
            raise CommandError(
                f"nothing named {options.key} was recalled or withdrawn.",
                vi=f"không có lô hay sản phẩm {options.key} nào bị thu hồi.",
            )
    lines = [f"{found.title}: {found.reached} of {len(found.tills)} tills know of it."]
    lines += [
        f"{till.device}  not yet  {till.name}, {till.phone or 'no phone number'}"
        for till in found.tills
        if not till.has_it
    ]
    return reached.as_json(found), "\n".join(lines)


def journal(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    """Write a journal as it is kept here."""
    out = io.StringIO()
    with writing(settings) as connection:
        exporting.export(connection, options.device, out)
    return {"device": options.device, "lines": out.getvalue().splitlines()}, out.getvalue().rstrip("\n")
