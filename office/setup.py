"""The first day of an office: data folder, keys, database, root 1. Doing it again changes nothing."""

import contextlib
import sqlite3

from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import OperationalError

from config.exits import FAILED, CommandError
from office import schema
from office.publishing import keys, roots
from office.settings import Settings
from office.storage import backup, database, partitions
from office.times import now_ms


def initialise(settings: Settings, now: int) -> Engine:
    """Make what is missing and return the engine of the migrated database. `now` is ms UTC.

    Raises CommandError when the data folder cannot be written, or holds what is left of another office.
    """
    key_folder = settings.folder / "keys"
    backup.require_complete(settings.folder)
    if _database_missing(settings):
        backup.require_empty(settings.folder)
    try:
        settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (settings.folder / "segments").mkdir(exist_ok=True)
    except OSError as error:
        raise CommandError(
            f"{settings.folder}: cannot make the data folder ({error.strerror}).",
            FAILED,
            vi=f"{settings.folder}: không tạo được thư mục dữ liệu ({error.strerror}).",
        ) from error
    engine = open_database(settings)
    with database.writing(engine) as connection:
        if connection.execute(select(schema.roots.c.version)).first() is None:
            # root-1 is made first: keys without it are another office's, not of an `init` that was cut short.
            if any(key_folder.glob("*.key")) and not (key_folder / "root-1.key").exists():
                backup.require_empty(settings.folder)
            for role in keys.ROLES:
                keys.create(key_folder, role)
            root = roots.first(
                [keys.load(key_folder, role) for role in ("root-1", "root-2")],
                keys.load(key_folder, "current").public,
                keys.load(key_folder, "ack").public,
                keys.load(key_folder, "stamp-A").public,
                settings.stamps.host,
                now,
            )
            connection.execute(insert(schema.roots).values(version=1, envelope=root))
    return engine


def open_database(settings: Settings) -> Engine:
    """The engine of the database, migrated. Raises CommandError when it cannot be opened."""
    engine = database.open_engine(settings.database_url)
    try:
        database.migrate(engine)
        with contextlib.suppress(OperationalError):  # busy with a neighbour's work: the publisher does it
            partitions.make_ahead(engine, now_ms())
    except Exception as error:
        raise _not_opened(engine, error) from error
    return engine


def _not_opened(engine: Engine, error: Exception) -> CommandError:
    """One line on a database that does not open, and what to do about it."""
    cause = getattr(error, "orig", None) or error  # SQLAlchemy adds lines that help nobody here
    told = " ".join(str(cause).split())
    if type(cause) is sqlite3.DatabaseError:  # not one of its kinds, such as "locked": the file itself
        return CommandError(
            f"{engine.url.database}: the database is damaged ({told}). Put its folder aside and bring back "
            "the last backup with `ocop office restore`; the outlets send again what it lacks.",
            FAILED,
            vi=f"{engine.url.database}: cơ sở dữ liệu bị hỏng ({told}). Cất riêng thư mục của nó và khôi phục bản sao "
            "lưu cuối bằng `ocop office restore`; các điểm bán gửi lại phần còn thiếu.",
        )
    return CommandError(
        f"the office's database cannot be opened or brought up to date ({told}).",
        FAILED,
        vi=f"không mở hoặc nâng cấp được cơ sở dữ liệu của văn phòng ({told}).",
    )


def require_initialised(settings: Settings) -> None:
    """Raises CommandError unless an office, made or restored, is whole in this data folder."""
    backup.require_complete(settings.folder)
    if not (settings.folder / "keys" / "ack.key").exists():
        raise CommandError(
            f"{settings.folder}: there is no office here yet; run `ocop office init` first.",
            vi=f"{settings.folder}: ở đây chưa có văn phòng; hãy chạy `ocop office init` trước.",
        )
    if _database_missing(settings):
        raise CommandError(
            f"{settings.folder}: has keys but no office.db; bring that back, or move the keys away and put the last "
            "backup here with `ocop office restore`.",
            FAILED,
            vi=f"{settings.folder}: có khoá nhưng thiếu office.db; hãy đưa tệp đó về, hoặc chuyển khoá đi rồi khôi phục "
            "bản sao lưu cuối bằng `ocop office restore`.",
        )


def _database_missing(settings: Settings) -> bool:
    return not settings.database and not (settings.folder / "office.db").exists()
