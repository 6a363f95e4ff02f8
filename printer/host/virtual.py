"""The virtual printer: reads ESC/POS or TSPL as a printer does and paints the paper."""

import contextlib
import os
from pathlib import Path

from printer.host import virtual_escpos, virtual_tspl
from printer.host.paper import MARGIN as MARGIN
from printer.host.paper import Reading as Reading

_ZPL = "labels in ZPL are kept as bytes only: this printer paints ESC/POS and TSPL"


def read(data: bytes, dots: int = 576, dpi: int = 203) -> Reading:
    """Read a whole stream: receipts on paper with so many printable dots across, labels at that resolution."""
    if virtual_tspl.looks_like(data):
        return virtual_tspl.read(data, dpi)
    if data.startswith(b"^XA"):
        return Reading(problems=[_ZPL])
    return virtual_escpos.read(data, dots)


def save(data: bytes, folder: Path, dots: int, dpi: int = 203) -> tuple[list[Path], list[str]]:
    """Print `data` into `folder`: receipt-NNNN.bin, the bytes, and receipt-NNNN.png, the paper.

    Returns the two files and the problems of the reading. Each file appears whole or not at all, and
    none is ever overwritten. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    reading = read(data, dots, dpi)
    numbers = [int(path.stem[8:]) for path in folder.glob("receipt-*.bin") if path.stem[8:].isdigit()]
    number = max(numbers, default=0) + 1
    temporary = folder / f".receipt-{os.getpid()}.tmp"
    try:
        # What a failing disk left may be another name of an earlier paper: never write into it.
        temporary.unlink(missing_ok=True)
        with temporary.open("xb") as file:
            file.write(data)
        while True:
            raw = folder / f"receipt-{number:04d}.bin"
            with contextlib.suppress(FileExistsError):
                os.link(temporary, raw)  # unlike a rename, refuses a name that another process took
                break
            number += 1
        temporary.unlink()
        reading.paper.save(temporary, "PNG")
        picture = raw.with_suffix(".png")
        temporary.replace(picture)
    finally:
        temporary.unlink(missing_ok=True)
    return [raw, picture], reading.problems
