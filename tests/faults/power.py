"""A disk that lost power: undoes the changes that no fsync had made safe, all or some of them (shim.c logs them).

What a file's fsync covers is safe. Of the rest each write may be lost, kept, or (the last of a file) half
kept, in any combination. Names (create, rename, unlink) come back in order, as a journalling file system
keeps them: the unsafe end of that list is cut off somewhere. "strict" takes names as safe only once their
folder was synced (POSIX); else any later fsync makes them safe (ext4, xfs).
"""

import os
import random
import struct
from pathlib import Path
from typing import Any, NamedTuple

from control import Control

_HEAD = struct.Struct("<qiiQqqqq")
_NAME = 512
SECTOR = 512


class Change(NamedTuple):
    """One logged change; `kind` as in shim.c."""

    kind: str
    inode: int
    offset: int
    old_size: int
    old: bytes
    new: bytes
    names: tuple[str, str]


def read_log(control: Control) -> list[Change]:
    """Everything that was logged, in order."""
    changes, at, end = [], 0, control.get("log_used")
    with control.log.open("rb") as file:
        data = file.read(end)
    while at < end:
        size, kind, _, inode, offset, length, old_length, old_size = _HEAD.unpack_from(data, at)
        names = at + _HEAD.size
        first, second = (data[names + n * _NAME :][:_NAME].split(b"\0")[0].decode() for n in (0, 1))
        body = names + 2 * _NAME
        old = data[body : body + old_length]
        new = data[body + old_length : body + old_length + length]
        changes.append(Change(chr(kind), inode, offset, old_size, old, new, (first, second)))
        at += size
    return changes


def forget(control: Control, roles: int) -> None:
    """Begin a new log: all that is on the disk now is safe. `roles`: whose changes are logged (0: nobody's)."""
    control.set(logging=0)
    control.set(log_used=0, lock=0, dead=0, logging=roles)
    for path in control.stash.iterdir():
        path.unlink()


def lose_power(control: Control, data: Path, seed: int, strict: bool) -> dict[str, Any]:
    """Make of `data` what the disk holds after the cut. Nothing may run on it. What was lost, counted."""
    changes = read_log(control)
    rng = random.Random(seed)
    lost = _cut_names(changes, rng, strict)
    inodes = {path.stat().st_ino: path for path in data.rglob("*") if path.is_file()}
    for path in control.stash.iterdir():
        inodes.setdefault(path.stat().st_ino, path)
    written = 0
    for inode, path in inodes.items():
        own = [change for change in changes if change.inode == inode and change.kind in "WTF"]
        last = max((n for n, change in enumerate(own) if change.kind == "F"), default=-1)
        unsafe = own[last + 1 :]
        if unsafe:
            written += _cut_writes(path, unsafe, rng)
    return {"names": lost, "writes": written}


def _cut_names(changes: list[Change], rng: random.Random, strict: bool) -> int:
    named = [(n, change) for n, change in enumerate(changes) if change.kind in "CRUO"]
    syncs = [(n, change) for n, change in enumerate(changes) if change.kind in "FD"]

    def safe(n: int, change: Change) -> bool:
        if not strict:
            return any(at > n for at, _ in syncs)
        folder = os.path.dirname(change.names[1] if change.kind == "R" else change.names[0])
        return any(at > n and sync.kind == "D" and sync.names[0] == folder for at, sync in syncs)

    steps: list[tuple[int, Change, str]] = []
    for n, change in named:
        if change.kind == "O":
            steps[-1] = (*steps[-1][:2], change.names[0])  # what the rename before it replaced
        else:
            steps.append((n, change, ""))
    first = next((at for at, (n, change, _) in enumerate(steps) if not safe(n, change)), len(steps))
    kept = rng.randint(first, len(steps))
    for _, change, replaced in reversed(steps[kept:]):
        _undo_name(change, replaced)
    return len(steps) - kept


def _undo_name(change: Change, replaced: str) -> None:
    first, second = change.names
    if change.kind == "C":
        Path(first).unlink(missing_ok=True)
    elif change.kind == "U" and second and not os.path.lexists(first):
        os.link(second, first)
    elif change.kind == "R" and os.path.lexists(second):
        os.rename(second, first)
        if replaced:
            os.link(replaced, second)


def _cut_writes(path: Path, unsafe: list[Change], rng: random.Random) -> int:
    """Take the unsafe writes back and give some of them again. How many were lost."""
    how = rng.choice(("all lost", "some lost", "end lost", "half a write", "none lost"))
    with path.open("r+b") as file:
        for change in reversed(unsafe):
            file.seek(change.offset)
            file.write(change.old)
            file.truncate(change.old_size)
        end = rng.randint(0, len(unsafe))
        lost = 0
        for n, change in enumerate(unsafe):
            keep = {
                "all lost": False,
                "some lost": rng.random() < 0.5,
                "end lost": n < end,
                "half a write": True,
                "none lost": True,
            }[how]
            if not keep:
                lost += 1
                continue
            if change.kind == "T":
                file.truncate(change.offset)
                continue
            new = change.new
            if how == "half a write" and n == len(unsafe) - 1:
                new = new[: rng.randint(0, len(new) // SECTOR) * SECTOR]
                lost += 1
            file.seek(change.offset)
            file.write(new)
    return lost
