"""The print worker: one job a line of JSON on stdin, one result a line on stdout.

It says `{"ready":true}` once everything is loaded, and ends at the end of stdin or after some idle
time, so that the printing libraries cost memory only while a shop prints.
"""

import os
import select
import sys
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from printer.host import fonts, jobs
from printer.host.raster import line

LONGEST = 1 << 20  # bytes of one job's line


def lines(source: int, idle: float) -> Iterator[bytes]:
    """Lines of a file descriptor, until its end or `idle` seconds without one.

    A line longer than LONGEST comes out cut to that length.
    """
    buffer = b""
    while True:
        head, newline, rest = buffer.partition(b"\n")
        if newline:
            buffer = rest
            yield head[:LONGEST]
            continue
        ready, _, _ = select.select([source], [], [], idle)
        data = os.read(source, 65536) if ready else b""
        if not data:
            return
        # Of an endless line only the beginning is kept: enough to be refused.
        buffer = buffer[: LONGEST + 1] + data if b"\n" not in buffer else buffer + data


def answer(text: bytes) -> jobs.Result:
    """The result of one line."""
    try:
        job = msgspec.json.decode(text, type=jobs.Job)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return jobs.Result(None, "not_printed", detail=f"this line is no print job: {error}")
    return jobs.run(job)


def serve(source: int, target: BinaryIO, idle: float) -> None:
    """Load what printing needs, say so, then answer every line."""
    line("Mật ong 0123456789", bold=False)
    fonts.load(18, bold=True)
    _say(target, {"ready": True})
    for text in lines(source, idle):
        if text.strip():
            _say(target, answer(text))


def _say(target: BinaryIO, value: object) -> None:
    target.write(msgspec.json.encode(value) + b"\n")
    target.flush()


def own_stdout() -> BinaryIO:
    """Stdout for ourselves alone: what a C library prints on descriptor 1 goes to stderr."""
    target = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return target
