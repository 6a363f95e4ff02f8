"""Power cuts that lose what no fsync had made safe: at every call of a sale, a push, a pull, and at random."""

import random
import time

import power
from bench import Bench
from control import CUT, DISK, OFFICE, OUTLET, ROLES, SEND
from kills import change_the_catalogue
from suite import Fault
from till import LostError

WAYS = 6  # ways in which the same cut is played: what is lost differs
PAPER = ROLES["printer"]  # what has been printed is no file that a cut could take back
SERVICES = {OUTLET: "kiosk", OFFICE: "office"}


def _after_the_cut(bench: Bench, machine: int, seed: int, strict: bool) -> str:
    """Everything on the machine stops, its disk loses what was not safe, and it starts again."""
    world, service = bench.world, SERVICES[machine]
    world.control.set(dead=machine)
    world.kill(service)
    bench.kill_survivors(service)
    bench.bury(service)
    lost = power.lose_power(world.control, world.folder / "data", seed, strict)
    power.forget(world.control, 0)
    bench.heal()
    return f"{lost['writes']} writes and {lost['names']} names lost"


def of_a_sale(machine: int):
    """The power goes at the n-th call that one machine makes for a sale and all that follows."""

    def run(bench: Bench, point: int) -> str | None:
        n, way = divmod(point - 1, WAYS)
        bench.ready()
        world = bench.world
        body = bench.till.prepare()
        power.forget(world.control, machine & ~PAPER)
        world.control.arm(machine, DISK | SEND, n + 1, CUT)
        key = bench.till.sell(body)
        bench.quiet()
        if not world.control.get("fired"):
            power.forget(world.control, 0)
            return None
        note = _after_the_cut(bench, machine, point, strict=way == 0)
        bench.press_again(key, body)
        bench.settle()
        return f"call {n + 1}: {note}"

    return run


def of_a_pull(machine: int):
    """The power goes at the n-th call of publishing, or of pulling and installing, a catalogue."""

    def run(bench: Bench, point: int) -> str | None:
        n, way = divmod(point - 1, 2)
        bench.ready()
        world = bench.world
        world.until(lambda: world.status()["catalogue"]["version"], "a catalogue")
        power.forget(world.control, machine & ~PAPER)
        roles = machine if machine == OUTLET else ROLES["publisher"]
        world.control.arm(roles, DISK, n + 1, CUT)
        before = change_the_catalogue(bench)
        world.until(
            lambda: world.control.get("fired") or world.status()["catalogue"]["version"] > before,
            "a pull",
            20,
        )
        if not world.control.get("fired"):
            bench.quiet(0.5)
        if not world.control.get("fired"):
            power.forget(world.control, 0)
            return None
        note = _after_the_cut(bench, machine, point, strict=way == 0)
        world.until(lambda: world.status()["catalogue"]["version"] > before, "the new catalogue")
        body = bench.till.prepare()
        bench.press_again(bench.till.sell(body), body)
        bench.settle()
        return f"call {n + 1}: {note}"

    return run


def at_random(machine: int):
    """Several sales, then a cut anywhere: by the number of a call, or by the clock."""

    def run(bench: Bench, seed: int) -> str | None:
        bench.ready()
        world, rng = bench.world, random.Random(seed)
        power.forget(world.control, machine & ~PAPER)
        at = rng.randint(1, 300) if rng.random() < 0.7 else 0
        world.control.arm(machine, DISK | SEND, at, CUT)
        asked = []
        for _ in range(rng.randint(1, 5)):
            try:
                body = bench.till.prepare()
            except LostError:
                break
            asked.append((bench.till.sell(body), body))
            if rng.random() < 0.5:
                bench.quiet(rng.uniform(0, 0.3))
        time.sleep(rng.uniform(0, 0.1))
        note = _after_the_cut(bench, machine, seed, strict=seed % 2 == 0)
        for key, body in asked:
            bench.press_again(key, body)
        bench.settle()
        return note

    return run


def of_a_start(bench: Bench, point: int) -> str | None:
    """A second cut, at the n-th call of the start after the first one."""
    n, way = divmod(point - 1, 2)
    bench.ready()
    world = bench.world
    power.forget(world.control, OUTLET & ~PAPER)
    body = bench.till.prepare()
    key = bench.till.sell(body)
    world.control.set(dead=OUTLET)
    world.kill("kiosk")
    bench.kill_survivors("kiosk")
    bench.bury("kiosk")
    power.lose_power(world.control, world.folder / "data", point, strict=False)
    power.forget(world.control, OUTLET & ~PAPER)
    world.control.arm(OUTLET, DISK, n + 1, CUT)
    world.start("kiosk", wait=False)
    end = time.monotonic() + 3
    while time.monotonic() < end and not world.ended("kiosk") and not world.answers("kiosk"):
        time.sleep(0.01)
    bench.quiet(0.3)
    if not world.control.get("fired"):
        power.forget(world.control, 0)
        bench.press_again(key, body)
        return None
    note = _after_the_cut(bench, OUTLET, point, strict=way == 0)
    bench.press_again(key, body)
    bench.settle()
    return f"call {n + 1}: {note}"


FAULTS = [
    Fault("power cut at the outlet, each call of a sale", of_a_sale(OUTLET), short=(33, 99)),
    Fault("power cut at the office, each call of a push", of_a_sale(OFFICE), short=(27,)),
    Fault("power cut at the outlet, each call of a pull", of_a_pull(OUTLET), short=(21,)),
    Fault("power cut at the office, each call of publishing", of_a_pull(OFFICE), short=(9,)),
    Fault("power cut at the outlet, each call of a start", of_a_start, short=(5,)),
    Fault("power cut at the outlet, random", at_random(OUTLET), points=400, short=(1,)),
    Fault("power cut at the office, random", at_random(OFFICE), points=200, short=(1,)),
]
