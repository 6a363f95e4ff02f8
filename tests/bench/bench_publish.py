"""What a publication costs a country: a minute in which few outlets sold, and one after which all need a new catalogue.

Run: `python tests/bench/bench_publish.py [OUTLETS ...] [--sold N]`. An office on SQLite, its publisher in this process.
Beside each step the floor: as many `current` signed and stored as the step made, of segments that are known. The
processor time an outlet should not grow with their number.
"""

import argparse
import tempfile
import time
import zlib

import bench_outlets
import journals

from office.outlets import ingest
from office.publishing import currents
from office.publishing.publisher import open_publisher
from office.settings import Settings
from office.storage.database import reading, writing
from office.times import now_ms

SECOND = 1000  # ms


def spent(work):
    """(what `work` returns, seconds of processor time)."""
    began = time.process_time()
    return work(), time.process_time() - began


def floor(engine, publisher, outlets, version):
    """Seconds of processor time for a `current` of each of these outlets, made of what the newest says."""
    with reading(engine) as connection:
        newest = {
            code: known["segments"]
            for at in range(0, len(outlets), 100)
            for code, known in currents.newest(connection, outlets[at : at + 100]).items()
        }

    def work():
        for at in range(0, len(outlets), 100):
            some = {code: newest[code] for code in outlets[at : at + 100]}
            rows = currents.sign(some, version, 1, version, version + 1, publisher._key.signer)
            with writing(engine) as connection:
                currents.store(connection, rows)

    return spent(work)[1]


def run(count, sold):
    journals.BATCH = bench_outlets.ROOM * count
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=folder)
        engine, names = bench_outlets.settle(settings, count)
        publisher, now = open_publisher(settings), now_ms()
        devices = [bench_outlets.Device(n, name, [1], 2) for n, name in enumerate(names[: 3 * sold])]

        def sell():
            for device in devices[:sold]:
                ingest.ingest(engine, device.name, zlib.decompress(device.parts[0][0]), now_ms())
            del devices[:sold]

        print(f"{count} outlets, of which {sold} sold:")
        steps = ("first catalogues", 0, False), ("nothing", 1, False), ("sold, to all", 61, True), ("sold, to their outlets", 70, True), ("sold, to all", 130, True)  # fmt: skip
        for title, seconds, sells in steps:
            if sells:
                sell()
            made, took = spent(lambda: publisher.publish(now + seconds * SECOND))  # noqa: B023
            line = f"  {title:24}{took:8.2f} s, {took / count * 1000:6.2f} ms an outlet, {len(made):6} new"
            if made:
                bare = floor(engine, publisher, [one.outlet for one in made], made[0].version + 1)
                line += f"; signing and storing them alone {bare:6.2f} s, ratio {bare / took:.2f}"
            print(line, flush=True)
        engine.dispose()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("outlets", nargs="*", type=int, default=[1_000, 4_000])
    parser.add_argument("--sold", type=int, default=100)
    options = parser.parse_args()
    for count in options.outlets:
        run(count, options.sold)


if __name__ == "__main__":
    main()
