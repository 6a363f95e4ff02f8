"""The catalogue's files on the office's disk: written once, named by their SHA-256, read line by line."""

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sync import catalogue
from sync.catalogue_files import Arriving, changes
from sync.envelopes import SyncError

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
        aside = self._folder / f"{os.getpid()}.new"
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
                if not path.exists():
                    out.flush()
                    os.fsync(out.fileno())
                    aside.rename(path)
        finally:
            aside.unlink(missing_ok=True)
        return {"sha256": path.name, "size": size, "length": length}

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

    def _changes(self, name: str, kind: str, file: File) -> Iterator[tuple[Key, Row | None]]:
        try:
            with self._opened(name, file) as lines:
                for _, key, row in changes(name, kind, file["length"], lines):
                    yield key, row
        except (OSError, EOFError, zlib.error, SyncError) as error:
            raise UnreadableError(f"a file of {name}: {error}") from error

    @contextmanager
    def _opened(self, name: str, file: File) -> Iterator[gzip.GzipFile]:
        path, arriving = self._folder / file["sha256"], Arriving(name, file)
        with path.open("rb") as packed:
            while piece := packed.read(1024 * 1024):
                arriving.add(piece)
        arriving.finish()
        with gzip.open(path) as lines:
            yield lines


def _there(row: Row | None) -> Row:
    assert row is not None
    return row
