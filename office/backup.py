"""Backup: a consistent copy of the office's database and keys, taken while the service runs."""

import os
import shutil
import sqlite3
from pathlib import Path

from config.exits import FAILED, CommandError
from office.settings import Settings


def backup(settings: Settings, target: Path) -> list[Path]:
    """Copy database and keys into the new folder `target`; returns the files.

    Published segments are not in it: the publisher writes them again. Raises CommandError when
    `target` exists, cannot be written, or the database is not SQLite.
    """
    if settings.database:
        raise CommandError("the database is not this data folder's SQLite; back it up with its own tools.")
    try:
        target.mkdir(parents=True, mode=0o700)
        copy = target / "office.db"
        source = sqlite3.connect(f"file:{settings.folder / 'office.db'}?mode=ro", uri=True)
        destination = sqlite3.connect(copy)
        try:
            source.backup(destination)
            (verdict,) = destination.execute("PRAGMA integrity_check").fetchone()
        finally:
            source.close()
            destination.close()
        if verdict != "ok":
            raise CommandError(f"{copy}: the copy is damaged ({verdict}); the disk may be failing.", FAILED)
        (target / "keys").mkdir(mode=0o700)
        copies = [copy]
        # Root keys may be elsewhere, offline.
        found = sorted((settings.folder / "keys").glob("*.key"))
        copies += [Path(shutil.copy2(key, target / "keys")) for key in found]
        for path in copies:
            _sync(path)
    except FileExistsError as error:
        raise CommandError(f"{target}: exists already; name a new folder.") from error
    except (OSError, sqlite3.Error) as error:
        raise CommandError(f"{target}: cannot write the backup ({error}).", FAILED) from error
    return copies


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
