"""Backup and restore, each by one command: the office's database and keys, taken while the service runs.

A backup is a folder: the database (`office.db`, or `office.dump` of PostgreSQL), the keys but those of
root, and `manifest.json` with the SHA-256 of every file, by which a restore sees that all of it is whole.
Root keys go to media of their own (`publishing.ceremony`): whoever had all of a backup could otherwise
make every till believe another office. Published segments are not in it: the publisher writes them again.

A restore begins with the file `restore.unfinished` and ends by removing it: what it leaves when it is cut short
is no office, and the next restore starts anew.
"""

import hashlib
import json
import shutil
import sqlite3
import subprocess
from pathlib import Path

from sqlalchemy.engine import make_url

from config import durable
from config.exits import FAILED, CommandError
from office.publishing import keys
from office.settings import Settings

MANIFEST = "manifest.json"
UNFINISHED = "restore.unfinished"
_DATABASE = ("office.db", "office.db-wal", "office.db-shm", "office.db-journal", "office.db.new")
_DUMP_SECONDS = 6 * 3600


def backup(settings: Settings, target: Path) -> list[Path]:
    """Copy database and keys, but for the root keys, into the new folder `target`; returns the files.

    Raises CommandError when `target` exists or cannot be written, or the copy is damaged.
    """
    try:
        target.mkdir(parents=True, mode=0o700)
        copies = [_dump(settings, target) if settings.database else _copy(settings, target)]
        (target / "keys").mkdir(mode=0o700)
        found = sorted((settings.folder / "keys").glob("*.key"))
        taken = [key for key in found if not key.match(keys.ROOT_FILES)]
        copies += [Path(shutil.copy2(key, target / "keys")) for key in taken]
        manifest = target / MANIFEST
        sums = {str(path.relative_to(target)): _sha256(path) for path in copies}
        manifest.write_text(json.dumps(sums, indent=1))
        for path in (*copies, manifest, target / "keys", target, target.parent):
            durable.sync(path)
    except FileExistsError as error:
        raise CommandError(
            f"{target}: exists already; name a new folder.", vi=f"{target}: đã có rồi; nêu thư mục mới."
        ) from error
    except (OSError, sqlite3.Error) as error:
        raise CommandError(
            f"{target}: cannot write the backup ({error}).",
            FAILED,
            vi=f"{target}: không ghi được bản sao lưu ({error}).",
        ) from error
    return [*copies, manifest]


def restore(settings: Settings, source: Path) -> list[Path]:
    """Put database and keys of the backup `source` into this office's empty data folder; returns the files.

    No office is there before `complete`. Everything is checked before anything is written. Raises CommandError:
    a backup that is not whole, an office or what is left of one, a full disk.
    """
    files = _checked(source)
    wanted = "office.dump" if settings.database else "office.db"
    if wanted not in files:
        raise CommandError(
            f"{source}: is a backup of another kind of database; see `database` in office.toml.",
            vi=f"{source}: là bản sao của loại cơ sở dữ liệu khác; xem `database` trong office.toml.",
        )
    folder = settings.folder
    made = [folder / name for name in files if name != "office.dump"]
    try:
        _begin(folder)
        for path in made:
            shutil.copyfile(source / path.relative_to(folder), path)
            path.chmod(0o600)
            durable.sync(path)
        durable.sync(folder / "keys")
        durable.sync(folder)
    except OSError as error:
        raise _not_restored(folder, error) from error
    if settings.database:
        _load(settings, source / "office.dump")
    return made


def complete(settings: Settings) -> None:
    """From now on what `restore` put there is an office. Raises CommandError when the disk refuses."""
    try:
        (settings.folder / UNFINISHED).unlink()
        durable.sync(settings.folder)
    except OSError as error:
        raise _not_restored(settings.folder, error) from error


def require_complete(folder: Path) -> None:
    """Raises CommandError when a restore into this data folder was cut short."""
    if (folder / UNFINISHED).exists():
        raise CommandError(
            f"{folder}: a restore was cut short here; run `ocop office restore` again.",
            vi=f"{folder}: lần khôi phục ở đây bị ngắt giữa chừng; hãy chạy lại `ocop office restore`.",
        )


def require_empty(folder: Path) -> None:
    """Raises CommandError when this data folder has an office, or files that are left of one."""
    remains = [path.name for path in _data(folder)] + ["keys"] * any(_keys(folder))
    if remains:
        names = ", ".join(remains)
        raise CommandError(
            f"{folder}: there is an office here already, or what is left of one; move away all of {names}, "
            "or name another data folder.",
            vi=f"{folder}: ở đây đã có văn phòng, hoặc phần còn lại của một văn phòng; hãy chuyển đi tất cả: {names}, "
            "hoặc nêu thư mục dữ liệu khác.",
        )


def _begin(folder: Path) -> None:
    """Mark the empty data folder, or empty it of what a restore that was cut short has left."""
    unfinished = folder / UNFINISHED
    if unfinished.exists():
        # No restore writes root keys: whoever put them there meanwhile keeps them.
        for path in [*_data(folder), *(key for key in _keys(folder) if not key.match(keys.ROOT_FILES))]:
            path.unlink()
    else:
        require_empty(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished.touch(mode=0o600)
    durable.sync(folder)
    (folder / "segments").mkdir(exist_ok=True)
    (folder / "keys").mkdir(mode=0o700, exist_ok=True)


def _data(folder: Path) -> list[Path]:
    """The files of a SQLite database. A log without its database would be read into the next one."""
    return [folder / name for name in _DATABASE if (folder / name).exists()]


def _keys(folder: Path) -> list[Path]:
    return [path for kind in ("*.key", "*.new") for path in sorted((folder / "keys").glob(kind))]


def _not_restored(folder: Path, error: OSError) -> CommandError:
    return CommandError(
        f"{folder}: cannot restore ({error.strerror}).",
        FAILED,
        vi=f"{folder}: không khôi phục được ({error.strerror}).",
    )


def _checked(source: Path) -> list[str]:
    """The files of a backup, once each is what the manifest says."""
    try:
        sums = json.loads((source / MANIFEST).read_text())
        if not isinstance(sums, dict) or any(".." in Path(name).parts or name[:1] == "/" for name in sums):
            raise ValueError("bad names")
        wrong = [name for name, wanted in sums.items() if _sha256(source / name) != wanted]
    except (OSError, ValueError) as error:
        raise CommandError(
            f"{source}: is no whole backup ({error}).",
            FAILED,
            vi=f"{source}: không phải bản sao lưu trọn vẹn ({error}).",
        ) from error
    if wrong:
        raise CommandError(
            f"{source}: {wrong[0]} is damaged; take another backup.",
            FAILED,
            vi=f"{source}: {wrong[0]} bị hỏng; dùng bản sao lưu khác.",
        )
    return list(sums)


def _copy(settings: Settings, target: Path) -> Path:
    """SQLite's own copy of a database in use, checked."""
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
        raise CommandError(
            f"{copy}: the copy is damaged ({verdict}); the disk may be failing.",
            FAILED,
            vi=f"{copy}: bản sao bị hỏng ({verdict}); đĩa có thể sắp hỏng.",
        )
    return copy


def _dump(settings: Settings, target: Path) -> Path:
    copy = target / "office.dump"
    _run(["pg_dump", "--format=custom", f"--file={copy}", f"--dbname={_address(settings)}"])
    return copy


def _load(settings: Settings, dump: Path) -> None:
    """One transaction: a database that is not empty stays as it is."""
    options = ["--single-transaction", "--exit-on-error", "--no-owner", f"--dbname={_address(settings)}"]
    _run(["pg_restore", *options, str(dump)])


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=_DUMP_SECONDS)  # noqa: S603
    except FileNotFoundError as error:
        raise CommandError(
            f"{command[0]} is not installed; it is in Debian's postgresql-client.",
            FAILED,
            vi=f"chưa cài {command[0]}; nó ở gói postgresql-client của Debian.",
        ) from error
    except subprocess.CalledProcessError as error:
        said = str(error.stderr).strip().splitlines()
        why = said[0] if said else error
        raise CommandError(
            f"{command[0]} failed: {why}", FAILED, vi=f"{command[0]} không chạy được"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise CommandError(
            f"{command[0]} took too long and was stopped.",
            FAILED,
            vi=f"{command[0]} chạy quá lâu nên bị dừng.",
        ) from error


def _address(settings: Settings) -> str:
    """The database's URL as PostgreSQL's own tools read it."""
    url = make_url(settings.database).set(drivername="postgresql")
    return url.render_as_string(hide_password=False)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
