"""Clocks that are wrong, leap, or were never set: at the outlet, at the office, at every call of a sale.

The shim plays them (its clock is ahead of the true one by what the control says), for the wall clock alone: the
monotonic clock goes on, as it does in a machine whose date is set.
"""

import json
import sqlite3
import time
from contextlib import closing

from bench import Bench
from control import DISK, OFFICE, OUTLET, ROLES, SEND, STEP
from kills import change_the_catalogue
from network import proxied
from oracle import BrokenError
from suite import Fault
from world import GOOD, World

DAY, YEAR = 86_400, 365 * 86_400
EXACT = 60_000  # ms that a time that is called sure may be off
STEPS = (-10 * YEAR, YEAR, -60)  # seconds, in the middle of a sale


def set_clock(world: World, roles: int, seconds: int | None) -> None:
    """Let the clocks of these processes be off by so many seconds; None: as if it were 1970."""
    off = 30 - int(time.time()) if seconds is None else seconds
    world.control.set(clock_roles=0)
    world.control.set(clock_ns=off * 1_000_000_000, clock_roles=roles if off else 0)


def at_the_outlet(seconds: int | None):
    """The outlet's clock is off while two sales are made, and right again; then everything drains.

    Points: 1, 2 while the service runs, 3, 4 from its start; 2 and 4 without the office.
    """

    def run(bench: Bench, n: int) -> str | None:
        booted, away = n > 2, n % 2 == 0
        bench.ready()
        world, proxy = bench.world, proxied(bench)
        proxy.plan = lambda *_: ("pass", None)
        bench.heal()
        world.until(lambda: world.status()["clock"]["state"] == "sure", "a clock that is sure")
        began, first = time.time_ns() // 1_000_000, _entries(world)[-1]["seq"]
        if away:
            proxy.plan = lambda *_: ("refuse", None)
        if booted:
            world.stop("kiosk")
        set_clock(world, OUTLET, seconds)
        bench.heal()
        said = _two_sales(bench)
        set_clock(world, OUTLET, 0)
        body = bench.till.prepare()
        bench.press_again(bench.till.sell(body), body)
        proxy.plan = lambda *_: ("pass", None)
        bench.settle()
        world.until(lambda: world.status()["clock"]["state"] == "sure", "a clock that is sure again")
        _never_sure_and_wrong(world, first, began)
        body = bench.till.prepare()  # what is sold with a sure clock tells of what was sold before
        bench.press_again(bench.till.sell(body), body)
        bench.settle()
        _counted_when_made(world)
        return said

    return run


def in_a_sale(bench: Bench, point: int) -> str | None:
    """The outlet's clock steps at the n-th call of a sale."""
    n, way = divmod(point - 1, len(STEPS))
    bench.ready()
    world = bench.world
    world.until(lambda: world.status()["clock"]["state"] == "sure", "a clock that is sure")
    began, first = time.time_ns() // 1_000_000, _entries(world)[-1]["seq"]
    body = bench.till.prepare()
    set_clock(world, OUTLET, 0)
    world.control.set(clock_roles=OUTLET, step_ns=STEPS[way] * 1_000_000_000)
    world.control.arm(ROLES["kiosk"], DISK | SEND, n + 1, STEP)
    key = bench.till.sell(body)
    bench.quiet(1.0)
    fired = world.control.get("fired")
    if bench.oracle.confirmed(key) is None:
        raise BrokenError(f"stuck: a step of the clock stopped a sale: {bench.oracle.sales[key]}")
    set_clock(world, OUTLET, 0)
    bench.heal()
    bench.settle()
    _never_sure_and_wrong(world, first, began)
    return "" if fired else None


def at_the_office(seconds: int):
    """The office's clock is off for a sale and a publication, and right again. Points: 1 while it runs, 2 from
    its start; 3, 4 the same, and the outlet starts meanwhile."""

    def run(bench: Bench, n: int) -> str | None:
        bench.ready()
        world = bench.world
        world.until(lambda: world.status()["catalogue"]["version"], "a catalogue")
        stopped = ["office"] * (n % 2 == 0) + ["kiosk"] * (n > 2)
        if stopped:
            world.stop(*stopped)
        set_clock(world, OFFICE, seconds)
        bench.heal()
        change_the_catalogue(bench)
        body = bench.till.prepare(stamped=False)  # what is perishable may rightly have expired by that clock
        key = bench.till.sell(body)
        bench.quiet(2.0)
        if bench.oracle.confirmed(key) is None:
            raise BrokenError(f"stuck: the office's clock stopped a sale: {bench.oracle.sales[key]}")
        before = world.status()["catalogue"]["version"]
        set_clock(world, OFFICE, 0)
        if n % 2 == 0:
            world.stop("office")
        if n > 2:
            world.stop("kiosk")
        bench.heal()
        change_the_catalogue(bench)
        world.until(lambda: world.status()["catalogue"]["version"] > before, "the new catalogue")
        bench.settle()
        world.until(lambda: _off(world) < EXACT, "the right time again", 70)
        body = bench.till.prepare()
        bench.press_again(bench.till.sell(body), body)
        bench.settle()
        return ""

    return run


def _two_sales(bench: Bench) -> str:
    """Two sales, and goods that have expired, whatever the clock says."""
    till, world = bench.till, bench.world
    for _ in range(2):
        body = till.prepare()
        key = till.sell(body)
        if bench.oracle.confirmed(key) is None:
            raise BrokenError(f"stuck: the clock stopped a sale: {bench.oracle.sales[key]}")
    till.request("POST", "/api/basket")
    code = world.stamp(GOOD + bench.oracle.next_serial())
    _, event = till.request("POST", "/api/scans", {"text": code, "reader": "till"})
    if event["verdict"] != "expired":
        raise BrokenError(f"unnamed: goods that expired yesterday are {event['verdict']}")
    till.request("DELETE", "/api/basket")
    return str(world.status()["clock"]["state"])


def _off(world: World) -> int:
    """How far the newest entry's time is from ours, ms."""
    return abs(_entries(world)[-1]["at"] - time.time_ns() // 1_000_000)


def _never_sure_and_wrong(world: World, after: int, began: int) -> None:
    """Of the entries behind seq `after`, written since `began` (ms): a time that is called sure is right."""
    now = time.time_ns() // 1_000_000
    for header in _entries(world):
        right = began - EXACT <= header["at"] <= now + EXACT
        if header["seq"] > after and header["clock"] == "sure" and not right:
            off = (header["at"] - now) // 1000
            raise BrokenError(f"unnamed: entry {header['seq']} ({header['kind']}) is sure and {off} s off")


def _counted_when_made(world: World) -> None:
    """The office counts every sale at a time since the first entry, whatever the till wrote."""
    began, now = _entries(world)[0]["at"], time.time_ns() // 1_000_000
    with closing(sqlite3.connect(f"file:{world.office_data}/office.db?mode=ro", uri=True)) as db:
        rows = db.execute("SELECT seq, at FROM sales").fetchall()
    for seq, at in rows:
        if not began <= at <= now + EXACT:
            raise BrokenError(f"unnamed: sale {seq} counts {(at - now) // 1000} s off")


def _entries(world: World) -> list[dict]:
    with closing(sqlite3.connect(f"file:{world.outlet_data}/outlet.db?mode=ro", uri=True)) as db:
        return [json.loads(header) for (header,) in db.execute("SELECT header FROM journal ORDER BY seq")]


FAULTS = [
    Fault("clock of the outlet ten years back", at_the_outlet(-10 * YEAR), 4, short=(2,)),
    Fault("clock of the outlet a year ahead, and back", at_the_outlet(YEAR), 4, short=(4,)),
    Fault("clock of the outlet 25 h ahead, and back", at_the_outlet(25 * 3600), 4),
    Fault("clock of the outlet an hour back", at_the_outlet(-3600), 4),
    Fault("clock of the outlet at 1970, as none at boot", at_the_outlet(None), 4, short=(4,)),
    Fault("clock steps, each call of a sale, three ways", in_a_sale, short=(40,)),
    Fault("clock of the office ten years back", at_the_office(-10 * YEAR), 4),
    Fault("clock of the office a year ahead, and back", at_the_office(YEAR), 4, short=(1,)),
    Fault("clock of the office an hour back", at_the_office(-3600), 4),
]
