"""`ocop office key ...`: the keys of stamps and of the office itself."""

from pathlib import Path
from typing import Any

from config.exits import CommandError
from office.audit import note
from office.commands.shell import Add, Command, Group, Options, secret, who, writing
from office.publishing import ceremony, keys, roots
from office.settings import Settings
from office.times import now_ms


def describe(command: Command, group: Group) -> None:
    """Add them to the office's commands."""
    action = group("key", "the keys of stamps, and of the office itself")
    command(
        "list",
        show,
        "list the stamp keys: from when each may sign, and how many of its stamps are alive",
        action,
    )
    add = command(
        "new",
        new,
        "make the next stamp key; it may sign in 30 days, when every outlet knows it",
        action,
    )
    _root_keys(add)
    add = command("retire", retire, "retire a key whose stamps are all void or deleted", action)
    add("key", metavar="K", help="the key's letter")
    _root_keys(add)
    add = command(
        "renew",
        renew,
        "replace a key that was lost or stolen, while everything runs",
        action,
    )
    add(
        "role", choices=["current", "ack", "root"], help="what it signs: catalogues, answers to devices, root"
    )
    _root_keys(add)
    add = command("lock", lock, "encrypt a stamp key by a passphrase, asked at each issue", action)
    add("key", metavar="K", help="the key's letter")
    add("--open", action="store_true", help="take the passphrase away")
    add = command(
        "offline",
        offline,
        "move the root keys to sticks, one to each, and off this machine",
        action,
    )
    add("media", type=Path, nargs="+", metavar="FOLDER", help="on a stick, one for each root key")


def _root_keys(add: Add) -> None:
    add("--root-keys", type=Path, action="append", metavar="FOLDER",
        help="where root keys are kept, once for each folder; default: the data folder's keys")  # fmt: skip


def show(settings: Settings, _: Options) -> tuple[dict[str, Any], str]:
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


def offline(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    """Move the root keys to media of their own."""
    with writing(settings) as connection:
        there = ceremony.take_offline(connection, settings.folder / "keys", options.media)
        note(connection, now_ms(), who(), "key-offline", "root", {"files": [path.name for path in there]})
    told = "\n".join(f"{path}: written, read again, and deleted here." for path in there)
    return {"files": [str(path) for path in there]}, f"{told}\nLet two people keep them apart."


def new(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    """Make the next stamp key and the root that announces it."""
    folder = settings.folder / "keys"
    with writing(settings) as connection:
        signers = roots.signers(connection, options.root_keys or [folder])
        key = roots.announce(connection, folder, signers, who(), now_ms())
        version = roots.newest(connection)["version"]
    since = roots.local_minute(key.first_use)
    result = {"k": key.k, "public": key.public.hex(), "from": key.first_use, "root": version}
    return result, f"Stamp key {key.k} is in root {version} and may sign from {since} on; back it up now."


def retire(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    """Retire a stamp key by a new root."""
    with writing(settings) as connection:
        signers = roots.signers(connection, options.root_keys or [settings.folder / "keys"])
        key = roots.retire(connection, options.key, signers, who(), now_ms())
        version = roots.newest(connection)["version"]
    return {"k": key.k, "root": version}, f"Stamp key {key.k} is retired by root {version}."


def renew(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    """Replace the keys of a role by a new root."""
    folder = settings.folder / "keys"
    with writing(settings) as connection:
        signers = roots.signers(connection, options.root_keys or [folder])
        version = roots.renew(connection, folder, options.role, signers, who(), now_ms())
    advice = "back the new key up now"
    if options.role == "root":
        advice = "take the new root keys offline now, apart, destroy the old ones, and back this root up"
    return {
        "role": options.role,
        "root": version,
    }, f"Root {version} names a new {options.role} key; {advice}."


def lock(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    """Encrypt a stamp key by a passphrase, or leave it open."""
    folder, role = settings.folder / "keys", keys.stamp_role(options.key)
    old = secret("Old passphrase: ") if keys.locked(folder, role) else ""
    new = "" if options.open else secret("New passphrase: ", again=True)
    if not new and not options.open:
        raise CommandError(
            "no passphrase was given; nothing was changed.", vi="chưa gõ mật khẩu; không đổi gì."
        )
    keys.lock(folder, role, new, old)
    with writing(settings) as connection:
        note(connection, now_ms(), who(), "key-open" if options.open else "key-lock", options.key)
    told = (
        "is open"
        if options.open
        else "is locked; whoever forgets the passphrase needs a backup of the open key"
    )
    return {"k": options.key, "locked": not options.open}, f"Stamp key {options.key} {told}."
