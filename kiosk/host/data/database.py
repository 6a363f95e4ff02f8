"""outlet.db: opened, migrated (`kiosk.host.data.schema`), and the lock that keeps a second kiosk away.

WAL with `synchronous=FULL`: what was committed survives the plug being pulled. The version of the
schema is `user_version`; each migration is one script and never changes once released.
"""

import fcntl
import os
import sqlite3
from pathlib import Path

from config.exits import FAILED, CommandError
from kiosk.host.data.schema import MIGRATIONS


def connect(folder: Path) -> sqlite3.Connection:
    """The outlet's database in `folder`, made or migrated as needed.

    Autocommit: callers open transactions themselves. Raises CommandError when the folder or the
    file cannot be used, or the file is newer than this program.
    """
    path = folder / "outlet.db"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA busy_timeout = 2000")
        _migrate(db, path)
    except sqlite3.DatabaseError as error:
        raise CommandError(
            f"{path}: cannot be opened as the outlet's database ({error}).",
            FAILED,
            vi=f"{path}: không mở được làm cơ sở dữ liệu của điểm bán ({error}).",
        ) from error
    except OSError as error:
        raise CommandError(
            f"{folder}: cannot be used as data folder ({error.strerror}).",
            FAILED,
            vi=f"{folder}: không dùng làm thư mục dữ liệu được ({error.strerror}).",
        ) from error
    return db


def scratch() -> sqlite3.Connection:
    """An empty outlet's database in memory, to work something out in."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    for script in MIGRATIONS:
        db.executescript(script)
    return db


def _migrate(db: sqlite3.Connection, path: Path) -> None:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise CommandError(
            f"{path}: was written by a newer ocop-kiosk (schema {version}, not {len(MIGRATIONS)}). "
            "Install the newer program again.",
            FAILED,
            vi=f"{path}: do bản ocop-kiosk mới hơn ghi (lược đồ {version}, không phải {len(MIGRATIONS)}). Hãy cài lại bản mới hơn.",
        )
    for number in range(version, len(MIGRATIONS)):
        db.executescript(f"BEGIN IMMEDIATE; {MIGRATIONS[number]} PRAGMA user_version = {number + 1}; COMMIT;")


def lock(folder: Path) -> int:
    """Hold the data folder for this process; the descriptor keeps the lock until it is closed.

    Raises CommandError when another kiosk holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "kiosk.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise CommandError(
            f"{folder}: another kiosk service uses this data folder; stop it, or give this one its own.",
            FAILED,
            vi=f"{folder}: một dịch vụ kiosk khác đang dùng thư mục này; dừng nó, hoặc cho dịch vụ này thư mục riêng.",
        ) from error
    return descriptor


def fact(db: sqlite3.Connection, name: str) -> str | None:
    """One remembered fact, or None."""
    row = db.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
    return None if row is None else row[0]


def set_fact(db: sqlite3.Connection, name: str, value: str) -> None:
    """Remember a fact, replacing what it was."""
    db.execute(
        "INSERT INTO fact VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )
