"""`ocop journal check` and `rebuild`: whether outlet.db's tables say what its journals say, and making them so."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from config.exits import FAILED, CommandError
from kiosk.host.data import database, projections
from kiosk.host.link.peers import every_entry, forget_spoilt


def check(folder: Path) -> dict[str, Any]:
    """{"ok", "entries", "damaged": [{"device", "seq"}], "differences": [{"table", "device", "seq", "problem"}]} of a
    data folder, also of one in use. Raises CommandError when it has no outlet's database."""
    with _open(folder) as db:
        db.execute("BEGIN")  # one moment of it
        entries, damaged = 0, []
        for device, entry in every_entry(db):
            entries += 1
            if entry.damaged:
                damaged.append({"device": device, "seq": entry.seq})
        found = [difference._asdict() for difference in projections.check(db, lambda: every_entry(db))]
        return {
            "ok": not damaged and not found,
            "entries": entries,
            "damaged": damaged,
            "differences": found,
        }


def rebuild(folder: Path) -> dict[str, Any]:
    """Make the tables anew from the journals; answers as `check` does afterwards. What is spoilt of another till's
    journal is taken out, to be fetched again. Raises CommandError, also while a kiosk uses the folder."""
    with _open(folder) as db:
        lock = database.lock(folder)
        try:
            db.execute("BEGIN IMMEDIATE")
            forget_spoilt(db)
            db.execute("COMMIT")
            projections.rebuild(db, lambda: every_entry(db))
        finally:
            os.close(lock)
    return check(folder)


@contextmanager
def _open(folder: Path) -> Iterator[sqlite3.Connection]:
    if not (folder / "outlet.db").is_file():
        raise CommandError(
            f"{folder}: holds no outlet.db; is this the data folder?",
            FAILED,
            vi=f"{folder}: không có outlet.db; đây có đúng là thư mục dữ liệu không?",
        )
    db = database.connect(folder)
    try:
        yield db
    except sqlite3.DatabaseError as error:
        raise CommandError(
            f"{folder / 'outlet.db'}: cannot be read or written ({error}).",
            FAILED,
            vi=f"{folder / 'outlet.db'}: không đọc hoặc ghi được ({error}).",
        ) from error
    finally:
        db.close()
