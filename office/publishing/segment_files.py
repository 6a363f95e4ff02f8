"""The catalogue's files on the office's disk: written once, named by their SHA-256, read line by line."""

import gzip
import hashlib
import os
import threading
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pyroaring import BitMap

from config import durable
from sync import catalogue
from sync.catalogue_files import Arriving, changes, delta_lines, sold_delta, sold_delta_lines, sold_set

File = dict[str, Any]
Segment = dict[str, Any]
Row = dict[str, Any]
Key = tuple[Any, ...]

_GZIP = 16 + zlib.MAX_WBITS  # deflate with the head and tail of gzip, without name and time


class UnreadableError(Exception):
    """A published file is gone or spoilt: publish it anew."""


class SegmentFiles:
    """The folder of all files that some `current` names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, lines: Iterable[bytes]) -> File:
        """Write a file of these lines, on disk before anything signed names it. Raises OSError."""
        packer, digest, size, length = zlib.compressobj(6, zlib.DEFLATED, _GZIP), hashlib.sha256(), 0, 0
        aside = self._folder / f"{os.getpid()}-{threading.get_ident()}.new"
        try:
            with aside.open("wb") as out:
                for line in lines:
                    length += len(line)
                    packed = packer.compress(line)
                    size += out.write(packed)
                    digest.update(packed)
                packed = packer.flush()
                size += out.write(packed)
                digest.update(packed)
                path = self._folder / digest.hexdigest()
                if not self._holds(path, size):
                    out.flush()
                    durable.put(aside, path)
        finally:
            aside.unlink(missing_ok=True)
        return {"sha256": path.name, "size": size, "length": length}

    def _holds(self, path: Path, size: int) -> bool:
        """Whether this very file is there already: one that the disk has spoilt is written again."""
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            return path.stat().st_size == size and digest == path.name
        except OSError:
            return False

    def there(self, segment: Segment) -> bool:
        """Whether all its files are there, as long as they were; what they hold is not looked at."""
        try:
            return all(
                (self._folder / file["sha256"]).stat().st_size == file["size"]
                for file in catalogue.files(segment)
            )
        except OSError:
            return False

    def delete(self, name: str) -> None:
        """Delete a file that no `current` names any more."""
        (self._folder / name).unlink(missing_ok=True)

    def rows(self, segment: Segment) -> Iterator[tuple[Key, Row]]:
        """The rows that were published, with what names them, in its order. Raises UnreadableError."""
        base, *deltas = catalogue.files(segment)
        changed: dict[Key, Row | None] = {}
        for file in deltas:
            changed.update(self._changes(segment["name"], "delta", file))
        later = iter(sorted(key for key, row in changed.items() if row is not None))
        put = next(later, None)
        for key, row in self._changes(segment["name"], "base", base):
            while put is not None and put < key:
                yield put, _there(changed[put])
                put = next(later, None)
            if key not in changed:
                yield key, _there(row)
            elif put == key:
                yield key, _there(changed[key])
                put = next(later, None)
        while put is not None:
            yield put, _there(changed[put])
            put = next(later, None)

    def sold(self, segment: Segment) -> tuple[BitMap, dict[str, list[Any]]]:
        """(ordinals, marks) of a sold set that was published. Raises UnreadableError."""
        base, *deltas = catalogue.files(segment)
        with self._readable(segment["name"], base) as lines:
            bitmap, marks = sold_set(segment["name"], base["length"], lines)
            ordinals = BitMap.deserialize(bitmap)
        for delta in deltas:
            added, removed, newer = self._sold_delta(segment["name"], delta)
            ordinals = (ordinals - removed) | added
            marks |= newer
        return ordinals, marks

    def merged(self, name: str, deltas: list[File]) -> File:
        """One delta that does what these do, one after the other. Raises UnreadableError, OSError."""
        if name not in catalogue.SOLD_SETS:
            changed: dict[Key, Row | None] = {}
            for file in deltas:
                changed.update(self._changes(name, "delta", file))
            return self.write(delta_lines(name, ((key, changed[key]) for key in sorted(changed))))
        added, removed = BitMap(), BitMap()
        marks: dict[str, list[Any]] = {}
        for file in deltas:
            more, less, newer = self._sold_delta(name, file)
            added, removed = (added - less) | more, (removed - more) | less
            marks |= newer
        return self.write(sold_delta_lines(name, bytes(added.serialize()), bytes(removed.serialize()), marks))

    def _sold_delta(self, name: str, file: File) -> tuple[BitMap, BitMap, dict[str, list[Any]]]:
        with self._readable(name, file) as lines:
            added, removed, marks = sold_delta(name, file["length"], lines)
            return BitMap.deserialize(added), BitMap.deserialize(removed), marks

    def _changes(self, name: str, kind: str, file: File) -> Iterator[tuple[Key, Row | None]]:
        with self._readable(name, file) as lines:
            for _, key, row in changes(name, kind, file["length"], lines):
                yield key, row

    @contextmanager
    def _readable(self, name: str, file: File) -> Iterator[gzip.GzipFile]:
        path, arriving = self._folder / file["sha256"], Arriving(name, file)
        try:
            with path.open("rb") as packed:
                while piece := packed.read(1024 * 1024):
                    arriving.add(piece)
            arriving.finish()
            with gzip.open(path) as lines:
                yield lines
        except (OSError, EOFError, ValueError, zlib.error) as error:
            raise UnreadableError(f"a file of {name}: {error}") from error


def _there(row: Row | None) -> Row:
    assert row is not None
    return row
