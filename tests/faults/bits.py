"""A bit flipped anywhere in the outlet's database, the office's, a published segment or the catalogue, at rest.

A day is made once: sales that the office has, sales that wait, a printed tray, both services killed, so that a
write-ahead log lies beside each database. Each point takes a copy, flips one bit (seeded), starts both services
and sells on. Then whatever differs from the day as it was must have been named by somebody: by a refusal to start,
by `ocop journal verify` of the device's or the office's copy, or by `ocop journal check`.
"""

import hashlib
import json
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from bench import DRAIN, Bench
from kills import change_the_catalogue
from oracle import BrokenError, Oracle, office_problems, outlet_problems
from suite import Fault
from till import LostError
from world import StuckError, World

from config.exits import CommandError
from kiosk.host.data import checking
from kiosk.host.data.projections import TABLES

SENT, WAITING = 8, 2  # sales

Rows = dict[str, set[tuple[Any, ...]]]


class Day(NamedTuple):
    """What everybody was told on that day, the outlet's rows, the office's entries, up to where they were sent."""

    oracle: Oracle
    rows: Rows
    entries: set[tuple[int, str]]
    sent: int


_days: dict[Path, Day] = {}


def _day(bench: Bench) -> Path:
    """The folder of the day, made when it is first asked for."""
    folder = bench.base / "day"
    if folder not in _days:
        bench.fresh()
        bench.heal()
        world = bench.world
        for _ in range(SENT):
            body = bench.till.prepare()
            bench.press_again(bench.till.sell(body), body)
        bench.settle()
        world.kill("publisher")  # whoever closes a database last takes its log in
        world.kill("office")
        for _ in range(WAITING):
            body = bench.till.prepare()
            bench.press_again(bench.till.sell(body), body)
        bench.world.until(lambda: not bench.till.request("GET", "/api/print-jobs")[1]["jobs"], "the receipts")
        world.kill("kiosk")
        bench.bury("office")
        bench.bury("kiosk")
        shutil.copytree(world.folder / "data", folder / "data")
        # Whoever reads a database takes its log in, so this is read where it was made.
        rows = _rows(world.outlet_data / "outlet.db", ("journal", *TABLES))
        entries = _entries(world.office_data / "office.db")
        # The same day, its logs taken in: here a page of the database itself is what counts.
        shutil.copytree(world.folder / "data", bench.base / "still" / "data")
        _days[folder] = Day(bench.oracle, rows, entries, max(seq for seq, _ in entries))
    return folder


def _copied(bench: Bench, name: str = "") -> tuple[World, Day]:
    """A copy of the day in which the file `name` counts."""
    day = _days[_day(bench)]
    bench.fresh(bench.base / ("day" if name.endswith("-wal") else "still"), day.oracle)
    return bench.world, day


def flip(path: Path, rng: random.Random) -> str:
    """Flip one bit of a file."""
    data = bytearray(path.read_bytes())
    at, bit = rng.randrange(len(data)), rng.randrange(8)
    data[at] ^= 1 << bit
    path.write_bytes(data)
    return f"{path.name} byte {at} bit {bit}"


def of_the_outlet(name: str):
    """A bit of outlet.db, or of its log."""

    def run(bench: Bench, seed: int) -> str | None:
        world, day = _copied(bench, name)
        rng = random.Random(seed)
        where = flip(world.outlet_data / name, rng)
        world.start("office")
        world.start("kiosk", wait=False)
        world.until(lambda: world.ended("kiosk") or world.answers("kiosk"), "a start", 20)
        if world.ended("kiosk"):
            said = world.last_words("kiosk")
            if "outlet.db" not in said and str(world.outlet_data) not in said:
                raise BrokenError(f"unnamed: {where}: no start, and no reason: {said}")
            return f"{where}: no start: {said}"
        sold = _sell_on(bench, where)
        _drain(bench, where)
        lost = day.entries - _entries(world.office_data / "office.db")
        if lost:
            raise BrokenError(f"lost: {where}: the office had {lost}")
        _not_doubled(world, where)
        world.stop("kiosk")
        return f"{where}: {sold}: {_named_at_the_outlet(world, day, where)}"

    return run


def of_the_office(name: str):
    """A bit of office.db, or of its log."""

    def run(bench: Bench, seed: int) -> str | None:
        world, day = _copied(bench, name)
        rng = random.Random(seed)
        where = flip(world.office_data / name, rng)
        world.start("kiosk")
        world.start("office", wait=False)
        world.until(lambda: world.ended("office") or world.answers("office"), "a start", 30)
        sold = _sell_on(bench, where)  # whatever the office does
        if world.ended("office"):
            said = world.last_words("office")
            if "database" not in said and "office.db" not in said:
                raise BrokenError(f"unnamed: {where}: no start, and no reason: {said}")
            return f"{where}: no start: {said[-150:]}"
        try:
            _drain(bench, where)
        except StuckError:
            told = world.status()["office"]
            if told["state"] == "ok":
                raise
            return f"{where}: {sold}: waits, and says {told['detail']}"
        world.stop()
        try:
            named = office_problems(world.office_data, "HT01A")
            now = _entries(world.office_data / "office.db")
        except Exception as error:
            return f"{where}: the copy cannot be exported: {type(error).__name__}"
        if (gone := day.entries - now) and not named:
            raise BrokenError(f"unnamed: {where}: the office's entries {gone} differ, and nobody says so")
        return f"{where}: {sold}: {named if gone else 'nothing that counts'}"

    return run


def of_a_segment(bench: Bench, seed: int) -> str | None:
    """A bit of a published file on the office's disk, and an outlet that has to fetch all of them. It says what
    is wrong, and the office's next publication puts it right."""
    world, _ = _copied(bench)
    rng = random.Random(seed)
    world.start("office")
    for path in world.outlet_data.glob("catalogue.db*"):
        path.unlink()
    newest = _current_files(world)
    where = flip(world.office_data / "segments" / rng.choice(newest), rng)
    world.start("kiosk")
    world.until(
        lambda: world.status()["office"]["state"] != "ok" or world.status()["catalogue"]["version"],
        "the flipped bit to be noticed",
    )
    said = world.status()["office"]["detail"]
    file = world.office_data / "segments" / where.partition(" ")[0]
    if world.status()["catalogue"]["version"] and hashlib.sha256(file.read_bytes()).hexdigest() != file.name:
        raise BrokenError(f"unnamed: {where}: a catalogue was installed from it")
    sold = _sell_on(bench, where)
    change_the_catalogue(bench)
    world.until(lambda: world.status()["catalogue"]["version"], f"a catalogue after {where}", DRAIN)
    _drain(bench, where)
    return f"{where}: {sold}: {said}"


def of_the_catalogue(bench: Bench, seed: int) -> str | None:
    """A bit of the outlet's catalogue.db: it is noticed, and fetched again, or nothing comes of it."""
    world, _ = _copied(bench)
    file = world.outlet_data / "catalogue.db"
    truth = _dump(file)
    where = flip(file, random.Random(seed))
    world.start("office")
    world.start("kiosk")
    sold = _sell_on(bench, where)
    log = world.folder / "logs" / "kiosk.log"
    world.until(
        lambda: "fetched again" in log.read_text(errors="replace") or _dump(file) == truth, where, DRAIN
    )
    world.until(lambda: world.status()["office"]["state"] == "ok", f"a whole catalogue after {where}", DRAIN)
    _drain(bench, where)
    return f"{where}: {sold}"


def _sell_on(bench: Bench, where: str) -> str:
    """One more sale: confirmed, or refused with a reason."""
    try:
        body = bench.till.prepare()
    except LostError as error:
        raise BrokenError(f"stuck: {where}: the till does not answer: {error}") from error
    except (AssertionError, TypeError, KeyError) as error:
        return f"refused before the sale: {error}"[:120]
    key = bench.till.sell(body)
    status, answer = bench.oracle.sales[key][-1]
    if status == 0:
        raise BrokenError(f"stuck: {where}: no answer to a sale")
    return "sold" if status == 201 else f"refused: {answer['detail']}"


def _drain(bench: Bench, where: str) -> None:
    world = bench.world
    bench.nudge()
    world.until(
        lambda: world.status()["office"]["waiting"] == 0,
        f"the journal to drain after {where}",
        DRAIN,
        also=lambda: world.status()["office"],
    )


def _named_at_the_outlet(world: World, day: Day, where: str) -> str:
    """What differs from the day, and who names it. Raises BrokenError when nobody does."""
    try:
        _, problems = outlet_problems(world.folder / "outlet.toml")
        answer = checking.check(world.outlet_data)
    except CommandError as error:
        return f"named: {error}"
    try:
        now = _rows(world.outlet_data / "outlet.db", ("journal", *TABLES))
    except sqlite3.DatabaseError as error:
        if problems or not answer["ok"]:
            return f"named: {problems} {answer['damaged']} ({error})"
        raise BrokenError(f"unnamed: {where}: {error}") from error
    gone = {table: rows - now[table] for table, rows in day.rows.items() if rows - now[table]}
    if not gone:
        return "nothing that counts"
    if problems or not answer["ok"]:
        return f"named: {problems} {answer['damaged']} {len(answer['differences'])} differences"
    if told := _alerts(world):
        return f"named by the office: {told}"
    highest = max(row[0] for row in now["journal"])
    lost = {row[0] for row in gone.get("journal", set())}
    if (
        lost
        and min(lost) > day.sent
        and lost == set(range(min(lost), max(lost) + 1))
        and where.startswith("outlet.db-wal")
    ):
        # What stands behind a spoilt page of the log is gone with it, as if it had never been.
        return f"the log ends early: entries {min(lost)} to {max(lost)} are gone, the newest is {highest}"
    raise BrokenError(f"unnamed: {where}: { ({table: sorted(rows)[:2] for table, rows in gone.items()}) }")


def _rows(file: Path, tables: tuple[str, ...]) -> Rows:
    with closing(sqlite3.connect(file)) as db:
        return {table: set(db.execute(f"SELECT {TABLES.get(table, '*')} FROM {table}")) for table in tables}


def _entries(file: Path) -> set[tuple[int, str]]:
    """What the office holds of the device: (seq, hash) of what is whole."""
    query = (
        "SELECT seq, hex(hash), hex(header), hex(body) FROM entries WHERE device = 'HT01A' AND state = 'ok'"
    )
    with closing(sqlite3.connect(file)) as db:
        return {(row[0], "".join(row[1:])) for row in db.execute(query)}


def _not_doubled(world: World, where: str) -> None:
    query = "SELECT count(*) FROM alerts WHERE kind = 'sold_twice'"
    with closing(sqlite3.connect(world.office_data / "office.db")) as db:
        if db.execute(query).fetchone()[0]:
            raise BrokenError(f"doubled: {where}: a stamp was sold twice")


def _alerts(world: World) -> list[str]:
    """What the office tells its people of this device's journal."""
    query = "SELECT DISTINCT kind FROM alerts WHERE device LIKE 'HT01%' AND kind != 'shopper_report'"
    with closing(sqlite3.connect(world.office_data / "office.db")) as db:
        return [kind for (kind,) in db.execute(query)]


def _current_files(world: World) -> list[str]:
    query = "SELECT envelope FROM catalogue_versions WHERE outlet = 'HT01' ORDER BY version DESC LIMIT 1"
    with closing(sqlite3.connect(world.office_data / "office.db")) as db:
        signed = json.loads(db.execute(query).fetchone()[0])["signed"]
    return sorted({file["sha256"] for one in signed["segments"] for file in [one["base"], *one["deltas"]]})


def _dump(file: Path) -> Any:
    """Everything that look-ups can find; None for a file that cannot be read."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as db:
            names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            left_out = ("document",)
            return {
                name: sorted(db.execute(f"SELECT * FROM {name}"), key=repr)
                for name in sorted(names)
                if name not in left_out
            }
    except (sqlite3.Error, OSError):
        return None


FAULTS = [
    Fault("a bit of outlet.db", of_the_outlet("outlet.db"), 60, short=(1,)),
    Fault("a bit of outlet.db's log", of_the_outlet("outlet.db-wal"), 20, short=(1,)),
    Fault("a bit of office.db", of_the_office("office.db"), 30, short=(1,)),
    Fault("a bit of office.db's log", of_the_office("office.db-wal"), 10),
    Fault("a bit of a published segment", of_a_segment, 10, short=(1,)),
    Fault("a bit of catalogue.db", of_the_catalogue, 10),
]
