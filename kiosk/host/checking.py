"""`ocop journal check` and `rebuild`: whether outlet.db's tables say what its journal says, and making them so."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from config.exits import FAILED, CommandError
from kiosk.host import database, projections
from kiosk.host.journal import Source


def check(folder: Path) -> dict[str, Any]:
    """{"ok", "entries", "damaged": [seq], "differences": [{"table", "seq", "problem"}]} of a data folder, also
    of one in use. Raises CommandError when it has no outlet's database."""
    with _open(folder) as db:
        db.execute("BEGIN")  # one moment of it
        source, entries, damaged = Source(db), 0, []
        for entry in source.all():
            entries += 1
            if entry.damaged:
                damaged.append(entry.seq)
        found = [difference._asdict() for difference in projections.check(db, source.all)]
        return {
            "ok": not damaged and not found,
            "entries": entries,
            "damaged": damaged,
            "differences": found,
        }


def rebuild(folder: Path) -> dict[str, Any]:
    """Make the tables anew from the journal; answers as `check` does afterwards. Raises CommandError, also
    while a kiosk uses the folder."""
    with _open(folder) as db:
        lock = database.lock(folder)
        try:
            projections.rebuild(db, Source(db).all)
        finally:
            os.close(lock)
    return check(folder)


@contextmanager
def _open(folder: Path) -> Iterator[sqlite3.Connection]:
    if not (folder / "outlet.db").is_file():
        raise CommandError(f"{folder}: holds no outlet.db; is this the data folder?", FAILED)
    db = database.connect(folder)
    try:
        yield db
    except sqlite3.DatabaseError as error:
        raise CommandError(f"{folder / 'outlet.db'}: cannot be read or written ({error}).", FAILED) from error
    finally:
        db.close()
