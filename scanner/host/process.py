"""The scanner process: one thread a reader, one JSON line on stdout for each read and each change.

It ends when its input ends, so that it never outlives the service that started it, or on SIGTERM.
C libraries print to file descriptor 1 as they like: it is pointed at stderr before they load.
"""

import argparse
import faulthandler
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from config.exits import OK, CommandError
from config.memory import give_large_blocks_back, unmap_libraries
from scanner.host import readers
from scanner.host.sources import DeviceError, Source, now_ms

FIRST_PAUSE: Final = 0.5  # seconds until a device that failed is tried again
LONGEST_PAUSE: Final = 10.0
FAREWELL: Final = 2.0  # seconds that readers get to let go of their devices
STUCK: Final = (
    40.0  # seconds without a sign of life from a reader; a driver that waits for a frame gives up sooner
)
HANGING: Final = 20.0  # seconds until the process ends, once a reader is stuck or Python itself stands still

Emit = Callable[[dict[str, Any]], None]


class Output:
    """JSON lines to what was stdout at the start, whole and at once, from any thread."""

    def __init__(self) -> None:
        self._descriptor = os.dup(1)
        os.dup2(2, 1)
        self._lock = threading.Lock()

    def emit(self, message: dict[str, Any]) -> None:
        """Write one line. A reader of ours that has gone is noticed by the end of our input."""
        line = json.dumps(message).encode() + b"\n"
        with self._lock:
            try:
                while line:
                    line = line[os.write(self._descriptor, line) :]
            except BrokenPipeError:
                pass


class ReaderThread(threading.Thread):
    """Keeps one source open and reports what it reads; a failing one is tried again for ever."""

    def __init__(self, name: str, make: Callable[[], Source], emit: Emit, stopping: threading.Event) -> None:
        super().__init__(name=f"reader {name}", daemon=True)
        self._reader = name
        self._make = make
        self._emit = emit
        self._stopping = stopping
        self._source: Source | None = None
        self._status: tuple[str, str] | None = None
        self._pause = FIRST_PAUSE
        self._alive = time.monotonic()

    def run(self) -> None:
        """Until `stopping` is set."""
        while not self._stopping.is_set():
            self._alive = time.monotonic()
            try:
                # Made here, not before: loading OpenCV may fail, and then says so as a status. Kept, since
                # a folder camera knows which pictures it has shown.
                if self._source is None:
                    self._source = self._make()
                    unmap_libraries()
                self._use(self._source)
            except DeviceError as error:
                self._report(error.state, str(error))
            except Exception as error:  # a bug in a decoder or driver must not end this reader
                self._report("error", f"{type(error).__name__}: {error}")
            self._stopping.wait(self._pause)
            self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def aim(self, path: str) -> None:
        """Show what a camera sees at a local socket; a source that is no camera has nothing to show."""
        show = getattr(self._source, "aim", None)
        if show is not None:
            show(path)

    def is_stuck(self, now: float) -> bool:
        """True if its device or decoder has not come back for too long, which is then reported."""
        stuck = now - self._alive > STUCK
        if stuck:
            self._report("frozen", "The device does not answer; the scanner process starts again.")
        return stuck

    def _use(self, source: Source) -> None:
        try:
            source.open()
            while not self._stopping.is_set():
                self._alive = time.monotonic()
                for read in source.read():
                    self._emit(
                        {
                            "type": "read",
                            "reader": self._reader,
                            "symbology": read.symbology,
                            "text": read.text,
                            "points": read.points,
                            "at": now_ms(),
                            "frame_at": read.frame_at,
                            "beside": read.beside,
                        }
                    )
                self._report(*source.condition())
                self._pause = FIRST_PAUSE
        finally:
            source.close()

    def _report(self, state: str, detail: str) -> None:
        if self._status != (state, detail):
            self._status = (state, detail)
            self._emit({"type": "status", "reader": self._reader, "state": state, "detail": detail})


def main(argv: list[str] | None = None) -> int:
    """`python -m scanner.host --config FILE`. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m scanner.host", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--config", required=True, type=Path, help="the outlet's configuration (its [[reader]]s)"
    )
    arguments = parser.parse_args(argv)
    try:
        found = readers.load(arguments.config)
    except CommandError as error:
        print(f"scanner: {error.told()}", file=sys.stderr)
        return error.code
    give_large_blocks_back()
    output = Output()
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(OK))
    threads = [
        ReaderThread(reader.name, lambda reader=reader: readers.source(reader), output.emit, stopping)  # type: ignore[misc]  # mypy: default in a lambda
        for reader in found
    ]
    try:
        for thread in threads:
            thread.start()
        threading.Thread(target=_watch, args=(threads, stopping), daemon=True).start()
        for line in sys.stdin.buffer:
            _obey(line, threads)
    except (KeyboardInterrupt, SystemExit):
        pass
    stopping.set()
    faulthandler.cancel_dump_traceback_later()
    for thread in threads:
        thread.join(FAREWELL)
    if any(thread.is_alive() for thread in threads):
        os._exit(OK)  # stuck in a driver: Python's own way out would wait for it
    return OK


def _watch(threads: list[ReaderThread], stopping: threading.Event) -> None:
    """End the process if a driver or decoder hangs: whoever started it starts it again, and its log says where.

    faulthandler's timer is a thread of C: it ends us even where a library hangs with Python's lock in its hand.
    """
    while not stopping.is_set():
        if not any(thread.is_stuck(time.monotonic()) for thread in threads):
            faulthandler.dump_traceback_later(HANGING, exit=True)
        stopping.wait(1.0)
    faulthandler.cancel_dump_traceback_later()


def _obey(line: bytes, threads: list[ReaderThread]) -> None:
    """One line of our input: `{"aim": READER, "socket": PATH}`. Any other is let pass."""
    try:
        order = json.loads(line)
    except ValueError:
        return
    if isinstance(order, dict) and isinstance(order.get("socket"), str):
        for thread in threads:
            if thread.name == f"reader {order.get('aim')}":
                thread.aim(order["socket"])
