"""The publisher process: `python -m office.publisher --config FILE`.

It alone reads the `current` key; once a minute it looks for devices that are silent, and for lots with
too many stamps. Looks for changes every `poll_seconds`, writes a line to stdout for
each catalogue that it published, and ends at the end of its stdin.
"""

import argparse
import contextlib
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
from office import database, keys, overproduced, partitions, roots, settings, setup, silence, stamps
from office.publish import Publisher
from office.times import now_ms

WATCH_MS = 60_000
STAND_BY = 2.0  # seconds between looks whether the other publisher has ended
LONGEST_REST = 45  # seconds: what is urgent reaches the outlets within a minute

log = logging.getLogger("office.publisher")


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
    withdrawn waits for no rest.
    `watch(ms UTC)` is called once a minute. While not `mine()`, another publisher works on this database, and this
    one stands by.
    """
    watched, publishing = 0, True
    while not stop.is_set():
        began = time.monotonic()
        try:
            now = now_ms()
            if mine() != publishing:
                publishing = not publishing
                log.info("publishes from now on" if publishing else "another publisher works; stands by")
            if not publishing:
                stop.wait(STAND_BY)
                continue
            if publisher.due(now):
                for outlet, version in publisher.publish(now):
                    print(json.dumps({"outlet": outlet, "version": version}), flush=True)
                    log.info("published %s for %s", version, outlet)
                publisher.clean(now)
            if abs(now - watched) >= WATCH_MS:
                watched = now
                watch(now)
        except (OSError, SQLAlchemyError, exits.CommandError):
            log.exception("could not publish; trying again")
        rest(publisher, poll_seconds, min(5 * (time.monotonic() - began), LONGEST_REST), stop)


def rest(publisher: Publisher, poll_seconds: int, seconds: float, stop: threading.Event) -> None:
    """Rest for so long, `poll_seconds` at least; but only so long when something is recalled or withdrawn."""
    until = time.monotonic() + seconds
    with contextlib.suppress(SQLAlchemyError):
        while not stop.wait(poll_seconds) and time.monotonic() < until:
            if publisher.urgent():
                return


def main(argv: list[str] | None = None) -> int:
    """Run until stdin ends."""
    parser = argparse.ArgumentParser(prog="python -m office.publisher", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="office.toml")
    options = parser.parse_args(argv)
    try:
        configured = settings.load(options.config)
        logs.setup(configured.log.style, configured.log.level)
        publisher = open_publisher(configured)
    except exits.CommandError as error:
        print(f"publisher: {error}", file=sys.stderr)
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

    def look(now: int) -> None:
        partitions.make_ahead(engine, now)
        silence.look(engine, now, hours)
        overproduced.look(engine, now)
        stamps.delete_expired(engine, now)

    alone = database.OneOfAll(engine, database.PUBLISHING)
    run(publisher, configured.publish.poll_seconds, stop, look, alone.mine)
    return exits.OK


if __name__ == "__main__":
    sys.exit(main())
