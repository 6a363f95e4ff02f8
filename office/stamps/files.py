"""The stamps of a batch as CSV for whoever prints them: serial, URI of the QR, line to print under it."""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TextIO

from config import durable
from office import stamps
from office.publishing.keys import Signer
from office.stamps import Batch
from scanner.stamps import typed_line

HEAD = "serial,uri,typed\n"
_LOOK_EVERY = 64  # stamps: a few milliseconds
_SHOW_EVERY = 0.25  # seconds


def lines(batch: Batch, host: str, signer: Signer) -> Iterator[str]:
    """The rows of the file after its head, signed one by one as they are asked for."""
    for serial, uri in enumerate(stamps.signed(batch, host, signer), batch.first):
        yield f"{serial},{uri},{typed_line(batch.gtin, serial)}\n"


def write(file: TextIO, rows: Iterable[str]) -> None:
    """Write head and rows."""
    file.write(HEAD)
    file.writelines(rows)


def pieces(rows: Iterable[str]) -> Iterator[bytes]:
    """Head and rows as bytes."""
    yield HEAD.encode()
    for row in rows:
        yield row.encode()


def save(path: Path, rows: Iterable[str]) -> None:
    """Make the new CSV `path`, as `save_pieces`."""
    save_pieces(path, pieces(rows))


def save_pieces(path: Path, data: Iterable[bytes]) -> None:
    """Make the new file `path`, for its owner only; it is there whole, on disk, or not at all.

    Raises OSError, FileExistsError rather than write over another file.
    """
    require_new(path)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.writelines(data)
        require_new(path)
        durable.put(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def require_new(path: Path) -> None:
    """Raises FileExistsError if something is at `path`, FileNotFoundError if its folder is not."""
    if path.exists():
        raise FileExistsError(17, "there is such a file already", str(path))
    if not path.parent.is_dir():
        raise FileNotFoundError(2, "there is no such folder", str(path.parent))


def shown(
    rows: Iterable[str], count: int, screen: TextIO, clock: Callable[[], float] = time.monotonic
) -> Iterator[str]:
    """Pass `rows` on, and tell on one line of `screen` how many of `count`, how fast, and how long still."""
    begin = last = clock()
    try:
        for done, row in enumerate(rows, 1):
            yield row
            if done % _LOOK_EVERY == 0 and (now := clock()) - last >= _SHOW_EVERY:
                last, rate = now, done / (now - begin)
                left = round((count - done) / rate)
                screen.write(
                    f"\r\x1b[K{done:,} of {count:,} stamps, {100 * done // count} %, {rate:,.0f} a second, "
                    f"{left // 60}:{left % 60:02d} left"
                )
                screen.flush()
    finally:
        if last != begin:
            screen.write("\r\x1b[K")
            screen.flush()
