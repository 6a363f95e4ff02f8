"""Installs a verified catalogue: builds a new catalogue.db in a process of its own, and puts it in place.

The process runs at the lowest priority and reads the catalogue's files line by line, so that neither the
till nor a device's memory feels a whole country arriving. It works on a copy of the installed file and applies
what that lacks; without one, or where it cannot be built on, it builds afresh. It ends when its input does.
`python -m kiosk.host.stamps.installing FOLDER FILES`: the job on stdin; on stdout `{"ready": SHA-256 of the new file}`, and
once a line on stdin allows it `{"sha256": the same}` when it is in place, or an error.
"""

import gzip
import hashlib
import json
import os
import shutil
import sqlite3
import sys
import threading
import zlib
from array import array
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from config import durable
from kiosk.host.children import Child, ChildEndedError
from kiosk.host.stamps import catalogue_layout as layout
from kiosk.host.stamps import sold_sets
from kiosk.host.stamps.catalogue import FILE
from kiosk.host.stamps.catalogue_layout import Row
from sync import catalogue, catalogue_files
from sync.canonical import encode
from sync.envelopes import SyncError
from sync.roaring import Roaring

# Lots come before the activations that name them, to be numbered in their own order.
_ROWS = ("lots", *(name for name in catalogue.KEYS if name != "lots"))
RESERVE = 32 * 1024 * 1024  # bytes of the disk that are left to the journal

_DISK = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
_BAD_ROW = (KeyError, TypeError, ValueError, AttributeError, sqlite3.IntegrityError)

Writers = tuple[Callable[[Row], None], Callable[[tuple[Any, ...]], None]]
"""Put a row; delete the row of a key."""
Told = Callable[[str], object]


class InstallError(Exception):
    """The catalogue was not installed, the old one stays. `reason`: "files" (what the office signed cannot
    be used), "copy" (the installed file is spoilt: build afresh), "disk", "ended" (the process)."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


async def install(
    folder: Path,
    files: Path,
    root: Row,
    current: Row,
    afresh: bool,
    ready: Callable[[str], Awaitable[object]],
) -> str:
    """Have the catalogue of the envelopes `root` and `current` in `folder`, from its files in `files`.

    `afresh` builds it without a look at the installed one, and takes all its files. Returns the SHA-256 of the
    new catalogue.db, in hex; `ready` is told it before that file takes the old one's place. Raises InstallError.
    A caller that is cancelled ends the process.
    """
    child = await Child.start("kiosk.host.stamps.installing", str(folder), str(files))
    try:
        await child.send({"root": root, "current": current, "afresh": afresh})
        answer = await child.receive()
        if "ready" in answer:
            await ready(str(answer["ready"]))
            await child.send({"put": True})
            answer = await child.receive()
    except ChildEndedError as error:
        raise InstallError("ended", f"installing the catalogue: {error}") from error
    finally:
        await child.stop()
    if "reason" in answer:
        raise InstallError(answer["reason"], answer["message"])
    return str(answer["sha256"])


def build(folder: Path, files: Path, root: Row, current: Row, afresh: bool, ready: Told = str) -> str:
    """What `install` does, in this process; by itself it tells nobody that it is `ready`. Raises InstallError."""
    new = folder / (FILE + ".new")
    try:
        new.unlink(missing_ok=True)
        _require_room(folder, current, afresh)
        if not afresh:
            shutil.copyfile(folder / FILE, new)
        db = sqlite3.connect(new, isolation_level=None)
        try:
            Builder(db, files).build(root, current, afresh)
        finally:
            db.close()
        made = digest(new)
        ready(made)
        durable.put(new, folder / FILE)
        return made
    except SyncError as error:
        raise InstallError("files", f"the catalogue was not installed: {error}") from error
    except (OSError, sqlite3.Error) as error:
        # What SQLite cannot do with a copy although the disk works, it may do afresh.
        disk = afresh or isinstance(error, OSError) or error.sqlite_errorcode & 0xFF in _DISK
        raise InstallError("disk" if disk else "copy", f"the catalogue was not installed: {error}") from error
    finally:
        new.unlink(missing_ok=True)


def _require_room(folder: Path, current: Row, afresh: bool) -> None:
    """Raise OSError rather than take the room in which sales are written."""
    if afresh:
        # As lines of JSON the rows take twice to three times what they take as columns.
        segments = current["signed"]["segments"]
        needed = sum(file["length"] for segment in segments for file in catalogue.files(segment)) // 2
    else:
        needed = (folder / FILE).stat().st_size
    free = shutil.disk_usage(folder).free
    if free < needed + RESERVE:
        raise OSError(f"the disk has {free >> 20} MiB left, {(needed + RESERVE) >> 20} MiB are needed")


def digest(file: Path) -> str:
    """SHA-256 of a file, in hex. Raises OSError."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


class Builder:
    """Writes one catalogue.db."""

    def __init__(self, db: sqlite3.Connection, files: Path) -> None:
        self._db = db
        self._files = files
        self._numbered: tuple[str | None, int] = (None, 0)  # the GTIN last seen, and its number
        self._numbers = self._lots = 0  # numbers given so far, to GTINs and lots
        self._lot: tuple[str | None, int] = (None, 0)  # the lot last seen, and its number
        self._pack = layout.packer(b"")

    def build(self, root: Row, current: Row, afresh: bool) -> None:
        """Make it the catalogue of `root` and `current`. Raises SyncError, InstallError, sqlite3.Error, OSError."""
        db, signed = self._db, current["signed"]
        # The file counts for nothing before it has been synced and renamed.
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")
        if afresh:
            db.executescript("PRAGMA page_size = 4096;" + layout.SCHEMA)
            installed = {}
        else:
            installed = catalogue.segments_by_name(self._installed())
        (self._numbers,) = db.execute("SELECT coalesce(max(number), 0) FROM number").fetchone()
        (self._lots,) = db.execute("SELECT coalesce(max(number), 0) FROM lots").fetchone()
        db.execute("BEGIN")
        wanted = catalogue.segments_by_name(signed)
        for name in _ROWS:
            anew, todo = catalogue.to_apply(wanted[name], installed.get(name))
            if anew:
                self._empty(name)
            if anew and name == "products":
                self._new_dictionary(todo[0])
            for at, file in enumerate(todo):
                self._apply(name, "base" if anew and not at else "delta", file)
        self._drop_unnamed_lots()
        for name in catalogue.SOLD_SETS:
            anew, todo = catalogue.to_apply(wanted[name], installed.get(name))
            for at, file in enumerate(todo):
                if anew and not at:
                    self._sold_set(name, file)
                else:
                    self._sold_delta(name, file)
        self._pack_columns()
        for name, envelope in (("root", root), ("current", current)):
            self._document(name, encode(envelope))
        db.execute("COMMIT")

    def _installed(self) -> Row:
        """The `signed` part of the `current` that is in the copy. Raises InstallError if that is spoilt."""
        try:
            (fault,) = self._db.execute("PRAGMA quick_check(1)").fetchone()
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if fault != "ok" or version != layout.VERSION:
                raise InstallError("copy", f"catalogue.db cannot be built on: {fault}, layout {version}")
            documents = dict(self._db.execute("SELECT name, content FROM document").fetchall())
            self._pack = layout.packer(documents["dictionary"])
            signed: Row = json.loads(documents["current"])["signed"]
            return signed
        except (sqlite3.DatabaseError, KeyError, TypeError, ValueError) as error:
            raise InstallError("copy", f"catalogue.db cannot be built on: {error}") from error

    def _empty(self, name: str) -> None:
        if name == "lots":  # activations may go on naming them
            self._db.execute("UPDATE lots SET gtin = NULL")
        else:
            self._db.execute(f"DELETE FROM {name}")  # noqa: S608 (names of our own)

    def _drop_unnamed_lots(self) -> None:
        unnamed = "SELECT number FROM lots WHERE gtin IS NULL AND number NOT IN (SELECT lot FROM activations)"
        gone = self._db.execute(unnamed).fetchall()
        for (number,) in gone:
            (lot,) = self._db.execute("DELETE FROM lots WHERE number = ? RETURNING id", (number,)).fetchone()
            self._db.execute("DELETE FROM lot_places WHERE place = ?", (layout.lot_places(lot)[0] | number,))

    def _apply(self, name: str, kind: str, file: Row) -> None:
        if name in layout.RANGES:
            put, delete = self._range_writers(name)
        else:
            put, delete = self._lot_writers() if name == "lots" else self._row_writers(name)
        with _opened(self._files, name, file) as lines:
            for number, key, row in catalogue_files.changes(name, kind, file["length"], lines):
                try:
                    if row is None:
                        delete(key)
                    else:
                        put(row)
                except _BAD_ROW as error:
                    what = f"{error} is missing" if type(error) is KeyError else str(error)
                    raise catalogue_files.line_error(name, number, what) from error

    def _row_writers(self, name: str) -> Writers:
        columns = layout.COLUMNS[name]
        keepers = [(field, kind.keep) for field, kind in columns.items()]
        packed = name == "products"
        places = ", ".join("?" * (len(keepers) + packed))
        insert = f"INSERT OR REPLACE INTO {name} VALUES ({places})"  # noqa: S608 (names of our own)
        keys = [columns[field].keep for field in catalogue.KEYS[name]]
        named = " AND ".join(f'"{field}" = ?' for field in catalogue.KEYS[name])
        delete = f"DELETE FROM {name} WHERE {named}"  # noqa: S608 (names of our own)

        def put_row(row: Row) -> None:
            if packed:
                row = {"photo": None} | row  # one that came later than the rest of the format
            values = [keep(row[field]) for field, keep in keepers]
            if packed:
                values.append(self._pack(layout.texts_of(row)))
            self._db.execute(insert, values)

        def delete_row(key: tuple[Any, ...]) -> None:
            self._db.execute(delete, [keep(value) for keep, value in zip(keys, key, strict=True)])

        return put_row, delete_row

    def _lot_writers(self) -> Writers:
        def put_lot(row: Row) -> None:
            values = [kind.keep(row[field]) for field, kind in layout.LOT.items()]
            number = self._lot_number(layout.keep_text(row["id"]))
            self._db.execute(
                "UPDATE lots SET gtin = ?, code = ?, produced = ?, expires = ? WHERE number = ?",
                (*values, number),
            )

        def delete_lot(key: tuple[Any, ...]) -> None:
            lot = layout.keep_text(key[0])
            self._db.execute("UPDATE lots SET gtin = NULL WHERE number = ?", (self._lot_number(lot),))

        return put_lot, delete_lot

    def _lot_number(self, lot: str) -> int:
        """The number of a lot, a new one if it has none yet."""
        if lot != self._lot[0]:
            places = layout.lot_places(lot)
            found = self._db.execute(layout.FIND_LOT, (*places, lot)).fetchone()
            if found is None:
                self._lots += 1
                found = (self._lots,)
                self._db.execute("INSERT INTO lots (number, id) VALUES (?, ?)", (self._lots, lot))
                self._db.execute("INSERT INTO lot_places VALUES (?)", (places[0] | self._lots,))
            self._lot = lot, found[0]
        return self._lot[1]

    def _range_writers(self, name: str) -> Writers:
        keepers = [(field, kind.keep) for field, kind in layout.RANGES[name].items()]
        places = ", ".join("?" * (len(keepers) + 2))
        insert = f"INSERT OR REPLACE INTO {name} VALUES ({places})"  # noqa: S608 (names of our own)
        delete = f"DELETE FROM {name} WHERE range = ?"  # noqa: S608 (names of our own)

        def put_range(row: Row) -> None:
            place, last = self._place(row["gtin"], row["first"]), layout.keep_serial(row["last"])
            if last < row["first"]:
                raise ValueError("its last serial is below its first")
            values = [keep(row[field]) for field, keep in keepers]
            if name == "activations":
                values[0] = self._lot_number(values[0])
            self._db.execute(insert, [place, last - row["first"], *values])

        def delete_range(key: tuple[Any, ...]) -> None:
            self._db.execute(delete, (self._place(*key),))

        return put_range, delete_range

    def _place(self, gtin: Any, first: Any) -> int:
        """Under which integer a range stands."""
        if gtin != self._numbered[0]:
            kept = layout.keep_gtin(gtin)
            found = self._db.execute("SELECT number FROM number WHERE gtin = ?", (kept,)).fetchone()
            if found is None:
                self._numbers += 1
                found = (self._numbers,)
                self._db.execute("INSERT INTO number VALUES (?, ?)", (kept, self._numbers))
            self._numbered = gtin, found[0]
        return self._numbered[1] << 32 | layout.keep_serial(first)

    def _new_dictionary(self, base: Row) -> None:
        """Take the first products' texts as what all are compressed against."""
        dictionary = b""
        with _opened(self._files, "products", base) as lines:
            for number, _, row in catalogue_files.changes("products", "base", base["length"], lines):
                try:
                    dictionary += layout.texts_of(row or {})
                except _BAD_ROW as error:
                    raise catalogue_files.line_error("products", number, str(error)) from error
                if len(dictionary) > layout.DICTIONARY:
                    break
        dictionary = dictionary[: layout.DICTIONARY]
        self._document("dictionary", dictionary)
        self._pack = layout.packer(dictionary)

    def _sold_set(self, name: str, file: Row) -> None:
        with _opened(self._files, name, file) as lines:
            bitmap, marks = catalogue_files.sold_set(name, file["length"], lines)
        try:
            Roaring(bitmap)  # refuse a malformed one now, not at the first scan
        except ValueError as error:
            raise SyncError("segment", f"{name} is no set: {error}") from error
        self._db.execute(
            "INSERT OR REPLACE INTO sold VALUES (?, ?, x'', x'', ?)", (name, bitmap, json.dumps(marks))
        )

    def _sold_delta(self, name: str, file: Row) -> None:
        with _opened(self._files, name, file) as lines:
            more, less, newer = catalogue_files.sold_delta(name, file["length"], lines)
        query = "SELECT added, removed, marks FROM sold WHERE name = ?"
        added, removed, marks = self._db.execute(query, (name,)).fetchone()
        try:
            added, removed = sold_sets.changed(added, removed, Roaring(more), Roaring(less))
        except ValueError as error:
            raise SyncError("segment", f"a delta to {name} is no set: {error}") from error
        kept = json.dumps(json.loads(marks) | newer)
        self._db.execute(
            "UPDATE sold SET added = ?, removed = ?, marks = ? WHERE name = ?", (added, removed, kept, name)
        )

    def _pack_columns(self) -> None:
        for name, columns in layout.PACKED.items():
            packed = [array("q") for _ in columns]
            query = f"SELECT {', '.join(columns)} FROM {name} ORDER BY {columns[0]}"  # noqa: S608 (names of our own)
            for values in self._db.execute(query):
                for column, value in zip(packed, values, strict=True):
                    column.append(value)
            for field, column in zip(columns, packed, strict=True):
                self._db.execute(
                    "INSERT OR REPLACE INTO packed VALUES (?, ?)", (f"{name}.{field}", column.tobytes())
                )

    def _document(self, name: str, content: bytes) -> None:
        self._db.execute("INSERT OR REPLACE INTO document VALUES (?, ?)", (name, content))


@contextmanager
def _opened(files: Path, name: str, file: Row) -> Iterator[gzip.GzipFile]:
    """The lines of a file. Raises OSError, or SyncError for what cannot be unpacked."""
    try:
        with gzip.open(files / file["sha256"]) as lines:
            yield lines
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SyncError("segment", f"a file of {name} cannot be unpacked: {error}") from error


def main() -> int:
    """Install the catalogue named on stdin; end at once when stdin does."""
    os.nice(19)
    job = json.loads(sys.stdin.readline())

    allowed = threading.Event()

    def watch() -> None:
        for _ in sys.stdin:
            allowed.set()
        os._exit(1)  # the service is gone, or no longer wants it: what is half built counts for nothing

    def ready(made: str) -> None:
        print(json.dumps({"ready": made}), flush=True)
        allowed.wait()

    threading.Thread(target=watch, daemon=True).start()
    folders = Path(sys.argv[1]), Path(sys.argv[2])
    try:
        answer: Row = {"sha256": build(*folders, job["root"], job["current"], job["afresh"], ready)}
    except InstallError as error:
        answer = {"reason": error.reason, "message": str(error)}
    print(json.dumps(answer), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
