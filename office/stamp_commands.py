"""`ocop office issue`, `stamps`, `activate`, `void`, `key ...` and `pattern ...`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from config.exits import FAILED, NO, CommandError
from office import ceremony, keys, registry, roots, stamps
from office.audit import note
from office.settings import Settings
from office.shell import Options, secret, who, writing
from office.stamps import files, printing
from office.times import local_date, now_ms


def issue(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    """Issue a batch and write its stamps."""
    if options.out is not None:
        with _saving(options.out, "nothing was issued"):
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
            raise CommandError(f"batch {batch.id} is of older stamps, which nobody signed.", NO)
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
    kept = f"batch {batch.id} is issued, `ocop office stamps {batch.id} --out FILE` writes its stamps again"
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
        print(f"Interrupted; {kept}.", file=sys.stderr)
        raise
    return result | {"file": str(options.out)}, f"Batch {batch.id}: {count} stamps in {options.out}."


def _form(out: Path | None) -> str:
    """What to write, by the file's suffix; CSV for one that says nothing."""
    form = "" if out is None else out.suffix.lower().removeprefix(".")
    return form if form in printing.FORMS else "csv"


def lock(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    """Encrypt a stamp key by a passphrase, or leave it open."""
    folder, role = settings.folder / "keys", keys.stamp_role(options.key)
    old = secret("Old passphrase: ") if keys.locked(folder, role) else ""
    new = "" if options.open else secret("New passphrase: ", again=True)
    if not new and not options.open:
        raise CommandError("no passphrase was given; nothing was changed.")
    keys.lock(folder, role, new, old)
    with writing(settings) as connection:
        note(connection, now_ms(), who(), "key-open" if options.open else "key-lock", options.key)
    told = (
        "is open"
        if options.open
        else "is locked; whoever forgets the passphrase needs a backup of the open key"
    )
    return {"k": options.key, "locked": not options.open}, f"Stamp key {options.key} {told}."


@contextmanager
def _saving(path: Path, state: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CommandError(f"{path}: cannot write the stamps ({error.strerror}); {state}.", FAILED) from error


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


def key_list(settings: Settings, _: Options) -> tuple[dict[str, Any], str]:
    """All stamp keys, with how many stamps under each are neither void nor deleted."""
    found, told = [], []
    with writing(settings) as connection:
        now = now_ms()
        for key in roots.stamp_keys(connection):
            state = "retired" if key.retired else "in use" if key.first_use <= now else "announced"
            alive = sum(last - first + 1 for _, first, last in roots.alive(connection, key.k))
            since = f"  may sign from {roots.local_minute(key.first_use)}" if state == "announced" else ""
            found.append(
                {
                    "k": key.k,
                    "public": key.public.hex(),
                    "from": key.first_use,
                    "state": state,
                    "alive": alive,
                }
            )
            told.append(f"{key.k}  {state:9}  {alive:>11,} stamps alive{since}")
        here = [path.name for path in ceremony.here(connection, settings.folder / "keys")]
    told.append(
        f"Root keys: {', '.join(here)} here; `ocop office key offline`" if here else "Root keys: offline"
    )
    return {"keys": found, "root_keys_here": here}, "\n".join(told)


def key_offline(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    """Move the root keys to media of their own."""
    with writing(settings) as connection:
        there = ceremony.take_offline(connection, settings.folder / "keys", options.media)
    told = "\n".join(f"{path}: written, read again, and deleted here." for path in there)
    return {"files": [str(path) for path in there]}, f"{told}\nLet two people keep them apart."


def key_new(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    """Make the next stamp key and the root that announces it."""
    folder = settings.folder / "keys"
    with writing(settings) as connection:
        signers = roots.signers(connection, options.root_keys or [folder])
        key = roots.announce(connection, folder, signers, who(), now_ms())
        version = roots.newest(connection)["version"]
    since = roots.local_minute(key.first_use)
    result = {"k": key.k, "public": key.public.hex(), "from": key.first_use, "root": version}
    return result, f"Stamp key {key.k} is in root {version} and may sign from {since} on; back it up now."


def key_retire(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    """Retire a stamp key by a new root."""
    with writing(settings) as connection:
        signers = roots.signers(connection, options.root_keys or [settings.folder / "keys"])
        key = roots.retire(connection, options.key, signers, who(), now_ms())
        version = roots.newest(connection)["version"]
    return {"k": key.k, "root": version}, f"Stamp key {key.k} is retired by root {version}."


def key_renew(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    """Replace the keys of a role by a new root."""
    folder = settings.folder / "keys"
    with writing(settings) as connection:
        signers = roots.signers(connection, options.root_keys or [folder])
        version = roots.renew(connection, folder, options.role, signers, who(), now_ms())
    advice = "back the new key up now"
    if options.role == "root":
        advice = "take the new root keys offline now, apart, and destroy the old ones"
    return {
        "role": options.role,
        "root": version,
    }, f"Root {version} names a new {options.role} key; {advice}."


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
