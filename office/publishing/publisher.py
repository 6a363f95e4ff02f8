"""The publisher process: `python -m office.publishing.publisher --config FILE`.

It alone reads the `current` key; once a minute it looks for devices that are silent, and for lots with
too many stamps. Looks for changes every `poll_seconds`, writes a line to stdout for
catalogues that it published, and ends at the end of its stdin.
"""

import argparse
import json
import logging
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from config import exits, logs
from config.memory import give_large_blocks_back
from office import settings, setup, stamps
from office.alerting import overproduced, silence
from office.publishing import keys, roots
from office.publishing.publish import Published, Publisher
from office.storage import database, partitions
from office.times import now_ms

WATCH_MS = 60_000
STAND_BY = 2.0  # seconds between looks whether the other publisher has ended
LONGEST_REST = 45  # seconds: a change reaches the outlets within a minute
LEAP, STEADY = (
    60,
    3600,
)  # seconds by which a clock leaps; that it has to go evenly before anything is deleted by it

log = logging.getLogger("office.publishing.publisher")


def open_publisher(configured: settings.Settings) -> Publisher:
    """A publisher with its key. Raises CommandError when there is no office, or no key to read."""
    setup.require_initialised(configured)
    engine = setup.open_database(configured)
    with database.reading(engine) as connection:
        key = keys.Acting(configured.folder / "keys", "current", roots.newest(connection))
    return Publisher(engine, configured.folder / "segments", key, configured.publish)


def run(
    publisher: Publisher,
    poll_seconds: int,
    stop: threading.Event,
    watch: Callable[[int], object],
    mine: Callable[[], bool] = lambda: True,
) -> None:
    """Publish whenever something changed, until `stop` is set. Outlives a full disk or a busy database.

    After each time it rests five times as long as that took: a country's 8 s are no load for ever. What is recalled or
    withdrawn waits for neither: a second thread looks for it all the time.
    `watch(ms UTC)` is called once a minute. While not `mine()`, another publisher works on this database, and this
    one stands by.
    """
    acting = threading.Event()
    ahead = threading.Thread(target=overtake, args=(publisher, poll_seconds, stop, acting))
    ahead.start()
    watched, publishing = 0, True
    while not stop.is_set():
        began = time.monotonic()
        try:
            now = now_ms()
            if mine() != publishing:
                publishing = not publishing
                log.info("publishes from now on" if publishing else "another publisher works; stands by")
            if not publishing:
                acting.clear()
                stop.wait(STAND_BY)
                continue
            acting.set()
            if publisher.due(now):
                publisher.publish(now, tell)
                publisher.clean(now)
            if abs(now - watched) >= WATCH_MS:
                watched = now
                watch(now)
        except (OSError, SQLAlchemyError, exits.CommandError):
            acting.clear()
            log.exception("could not publish; trying again")
        stop.wait(max(poll_seconds, min(5 * (time.monotonic() - began), LONGEST_REST)))
    ahead.join()


class SteadyClock:
    """Whether the clock has gone evenly for an hour: one that leapt a year ahead must not delete what is good still."""

    def __init__(self) -> None:
        self._ahead: float | None = None  # of the monotonic clock, seconds
        self._since = 0.0  # by the monotonic clock

    def steady(self, now: int, monotonic: float) -> bool:
        """`now` is ms UTC, `monotonic` seconds."""
        ahead = now / 1000 - monotonic
        if self._ahead is None or abs(ahead - self._ahead) > LEAP:
            self._since = monotonic
        self._ahead = ahead
        return monotonic - self._since >= STEADY


def overtake(publisher: Publisher, poll_seconds: int, stop: threading.Event, acting: threading.Event) -> None:
    """While `acting`, publish what is recalled or withdrawn at once, whatever else is being published; until `stop`."""
    while not stop.wait(poll_seconds):
        try:
            if acting.is_set() and publisher.urgent():
                publisher.publish_endings(now_ms(), tell)
        except (OSError, SQLAlchemyError, exits.CommandError):
            log.exception("could not publish a recall or withdrawal; trying again")


def tell(published: list[Published]) -> None:
    """A line for the service that started us, and one for the log."""
    version, outlets = published[0].version, [one.outlet for one in published]
    sys.stdout.write(json.dumps({"version": version, "outlets": outlets}) + "\n")  # in one: two threads tell
    sys.stdout.flush()
    log.info("published %s for %s", version, " ".join(outlets))


def main(argv: list[str] | None = None) -> int:
    """Run until stdin ends."""
    parser = argparse.ArgumentParser(prog="python -m office.publishing.publisher", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="office.toml")
    options = parser.parse_args(argv)
    try:
        configured = settings.load(options.config)
        logs.setup(configured.log.style, configured.log.level)
        publisher = open_publisher(configured)
    except exits.CommandError as error:
        print(f"publisher: {error.told()}", file=sys.stderr)
        return error.code
    give_large_blocks_back()
    stop = threading.Event()

    def watch() -> None:
        while sys.stdin.buffer.read(4096):
            pass
        stop.set()

    threading.Thread(target=watch, daemon=True).start()
    engine = database.open_engine(configured.database_url)
    hours = configured.alerts.silent_hours

    clock = SteadyClock()

    def look(now: int) -> None:
        partitions.make_ahead(engine, now)
        silence.look(engine, now, hours)
        overproduced.look(engine, now)
        if clock.steady(now, time.monotonic()):
            stamps.delete_expired(engine, now)

    alone = database.OneOfAll(engine, database.PUBLISHING)
    run(publisher, configured.publish.poll_seconds, stop, look, alone.mine)
    return exits.OK


if __name__ == "__main__":
    sys.exit(main())
