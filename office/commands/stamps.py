"""`ocop office issue`, `stamps`, `activate`, `void` and `pattern ...`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from config.exits import FAILED, NO, CommandError
from office import registry, stamps
from office.audit import note
from office.commands.shell import Add, Command, Group, Options, day, gtin, secret, who, writing
from office.publishing import keys, roots
from office.settings import Settings
from office.stamps import files, printing
from office.times import local_date, now_ms


def describe(command: Command, group: Group) -> None:
    """Add them to the office's commands."""
    add = command("issue", issue, "issue a batch of signed stamps, as CSV")
    add("gtin", type=gtin, help="the trade item")
    add("count", type=int, help=f"how many stamps, up to {stamps.LARGEST_BATCH}")
    add("--key", metavar="K", help="the stamp key; default: the newest that may sign")
    _printed(add)
    add = command("stamps", reprint, "write the stamps of an issued batch again, as CSV")
    add("batch", type=int, help="its number, as `issue` told it")
    _printed(add)
    add = command("activate", activate, "tie issued serials to a lot, once and for good")
    _range(add)
    add("lot", help="the lot's id")
    add = command("void", void, "declare issued serials void")
    _range(add)
    add("--reason", required=True, help="for the audit")
    action = group("pattern", "how the addresses of older, unsigned stamps are written")
    command("list", pattern_list, "list the patterns", action)
    add = command("add", pattern_add, "add a pattern, or write one anew", action)
    add("id", help="a name of your choice")
    add(
        "pattern",
        help="the address with {item} or {gtin}, and {serial}: https://tem.hatinh.vn/t/{item}?s={serial}",
    )
    add("item", nargs="+", help="CODE=GTIN for each {item}, or only GTIN")
    add("--last-day", type=day, required=True, help="the last day on which such a stamp counts, YYYY-MM-DD")
    add = command("end", pattern_end, "let a pattern's stamps count no longer than today", action)
    add("id", help="the pattern's name")
    add("--on", type=day, help="another last day, YYYY-MM-DD")
    add = command(
        "batch",
        pattern_batch,
        "enter serials of older stamps, so that they can be activated to lots",
        action,
    )
    _range(add)


def _printed(add: Add) -> None:
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


def _range(add: Add) -> None:
    add("gtin", type=gtin, help="the trade item")
    add("first", type=int, help="first serial")
    add("last", type=int, help="last serial")


def issue(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    """Issue a batch and write its stamps."""
    if options.out is not None:
        with _saving(options.out, ("chưa phát hành gì", "nothing was issued")):
            files.require_new(options.out)
    with writing(settings) as connection:
        now = now_ms()
        key = (
            roots.in_use(connection, now)
            if options.key is None
            else roots.usable(connection, options.key, now)
        )
        signer = _signer(settings, connection, key)
        fee = settings.stamps.fee
        batch = stamps.issue(connection, options.gtin, options.count, key.k, who(), now, fee)
    return _write(settings, options, batch, signer)


def reprint(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    """Write the stamps of a batch again."""
    with writing(settings) as connection:
        batch = stamps.find_batch(connection, options.batch)
        if not batch.k:
            raise CommandError(
                f"batch {batch.id} is of older stamps, which nobody signed.",
                NO,
                vi=f"Đợt {batch.id} là tem kiểu cũ, không ai ký.",
            )
        signer = _signer(settings, connection, roots.usable(connection, batch.k, now_ms()))
    return _write(settings, options, batch, signer)


def _signer(settings: Settings, connection: Connection, key: roots.StampKey) -> keys.Signer:
    """The private half of `key`; asks for the passphrase of one that is locked."""
    role = keys.stamp_role(key.k)
    locked = keys.locked(settings.folder / "keys", role)
    passphrase = secret(f"Passphrase of stamp key {key.k}: ") if locked else ""
    return printing.signer_of(settings, connection, key.k, passphrase)


def _write(
    settings: Settings, options: Options, batch: stamps.Batch, signer: keys.Signer
) -> tuple[dict[str, Any], str]:
    """The batch in the form of the file's suffix, or as CSV to stdout unless that is for JSON."""
    result: dict[str, Any] = dict(batch._asdict())
    count, host = batch.last - batch.first + 1, settings.stamps.host
    if options.out is None and options.json:
        return result | {"stamps": list(stamps.signed(batch, host, signer))}, ""
    form = _form(options.out)
    rows = files.lines(batch, host, signer)
    if sys.stderr.isatty() and not (options.out is None and sys.stdout.isatty()):
        rows = files.shown(rows, count, sys.stderr)
    again = f"`ocop office stamps {batch.id} --out FILE`"
    kept = (
        f"đợt {batch.id} đã phát hành, {again} ghi lại tem của đợt",
        f"batch {batch.id} is issued, {again} writes its stamps again",
    )
    try:
        if options.out is None:
            files.write(sys.stdout, rows)
            return result, ""
        with _saving(options.out, kept):
            if form == "csv":
                files.save(options.out, rows)
            else:
                with writing(settings) as connection:
                    _, name = printing.to_print(connection, batch.id)
                files.save_pieces(
                    options.out,
                    printing.pieces(form, batch, name, host, signer, options.dpi, options.sheet),
                )
    except KeyboardInterrupt:
        print(f"Đã dừng; {kept[0]}. / Interrupted; {kept[1]}.", file=sys.stderr)
        raise
    return result | {"file": str(options.out)}, f"Batch {batch.id}: {count} stamps in {options.out}."


def _form(out: Path | None) -> str:
    """What to write, by the file's suffix; CSV for one that says nothing."""
    form = "" if out is None else out.suffix.lower().removeprefix(".")
    return form if form in printing.FORMS else "csv"


@contextmanager
def _saving(path: Path, state: tuple[str, str]) -> Iterator[None]:
    """`state` says in Vietnamese and English what holds if the file cannot be written."""
    try:
        yield
    except OSError as error:
        vi, en = state
        raise CommandError(
            f"{path}: cannot write the stamps ({error.strerror}); {en}.",
            FAILED,
            vi=f"{path}: không ghi được tem ({error.strerror}); {vi}.",
        ) from error


def activate(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    """Tie serials to a lot."""
    first, last = options.first, options.last
    with writing(settings) as connection:
        stamps.activate(connection, options.gtin, first, last, options.lot, who(), now_ms())
    result = {"gtin": options.gtin, "first": first, "last": last, "lot": options.lot}
    return result, f"Serials {first} to {last} of {options.gtin} are active, of lot {options.lot}."


def void(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    """Declare serials void."""
    first, last = options.first, options.last
    with writing(settings) as connection:
        stamps.void(connection, options.gtin, first, last, options.reason, who(), now_ms())
    result = {"gtin": options.gtin, "first": first, "last": last}
    return result, f"Serials {first} to {last} of {options.gtin} are void."


def pattern_list(settings: Settings, _: Options) -> tuple[dict[str, Any], str]:
    """All patterns of older stamps."""
    with writing(settings) as connection:
        found = registry.patterns(connection)
    told = [
        f"{row['id']}  until {row['last_day']}  {len(row['items'])} goods  {row['pattern']}" for row in found
    ]
    return {"patterns": found}, "\n".join(told)


def pattern_add(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    """Add a pattern of older stamps, or write one anew."""
    items = {}
    for given in options.item:
        code, _, gtin = given.rpartition("=")
        items[code] = gtin.rjust(14, "0")
    pattern = registry.Pattern(options.id, options.pattern, items, options.last_day)
    with writing(settings) as connection:
        registry.put(connection, pattern, who(), now_ms())
        note(connection, now_ms(), who(), "pattern-add", pattern.id, {"pattern": pattern.pattern})
    return {"id": pattern.id}, f"Stamps of pattern {pattern.id} count until {pattern.last_day}."


def pattern_end(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    """Bring a pattern's last day nearer."""
    now = now_ms()
    on = options.on or local_date(now)
    with writing(settings) as connection:
        registry.end_pattern(connection, options.id, on, who(), now)
    return {"id": options.id, "last_day": on.isoformat()}, f"Stamps of pattern {options.id} count until {on}."


def pattern_batch(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    """Enter a batch of older stamps."""
    with writing(settings) as connection:
        batch = stamps.enter_older(connection, options.gtin, options.first, options.last, who(), now_ms())
    return dict(
        batch._asdict()
    ), f"Batch {batch.id}: older stamps {batch.first} to {batch.last} of {batch.gtin}."
