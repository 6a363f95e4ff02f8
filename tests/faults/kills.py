"""kill -9, alone and in pairs, at every call of a sale, a push, a print, a pull, a start and a stop; and at
random moments."""

import random
import threading
import time

from bench import Bench
from control import DISK, KILL, OFFICE, OUTLET, ROLES, SEND
from oracle import BrokenError
from suite import Fault
from world import GTIN

from office import settings as office_settings
from office import stamps
from office.publishing import currents
from office.storage import database
from office.times import now_ms


def at_each_call(roles: int, partner: str = ""):
    """Kill whoever of `roles` makes the n-th call of a sale and all that it sets off, and its partner then."""

    def run(bench: Bench, n: int) -> str | None:
        bench.ready()
        control = bench.world.control
        body = bench.till.prepare()
        control.arm(roles, DISK | SEND, n, KILL)
        watch = Partner(bench, partner) if partner else None
        key = bench.till.sell(body)
        bench.quiet()
        fired = control.get("fired")
        if watch is not None:
            watch.stop()
        control.lift()
        bench.heal()
        bench.press_again(key, body)
        bench.settle()
        return f"role {fired}" if fired else None

    return run


class Partner(threading.Thread):
    """Kills a second process as soon as the first has died."""

    def __init__(self, bench: Bench, role: str) -> None:
        super().__init__(daemon=True)
        self._bench, self._role, self._over = bench, role, threading.Event()
        self.start()

    def run(self) -> None:
        """Until told to stop."""
        while not self._over.wait(0.0005):
            if self._bench.world.control.get("fired"):
                self._bench.world.kill(self._role)
                return

    def stop(self) -> None:
        """Let it go."""
        self._over.set()
        self.join()


def of_a_start(bench: Bench, n: int) -> str | None:
    """Kill the kiosk at the n-th call of its start, with a journal to recover and a receipt in flight."""
    bench.ready()
    world = bench.world
    body = bench.till.prepare()
    key = bench.till.sell(body)
    world.kill("kiosk")
    bench.bury("kiosk")
    world.control.arm(ROLES["kiosk"], DISK | SEND, n, KILL)
    world.start("kiosk", wait=False)
    end = time.monotonic() + 3
    while time.monotonic() < end and not world.ended("kiosk"):
        if world.answers("kiosk"):
            break
        time.sleep(0.01)
    fired = world.control.get("fired")
    bench.heal()
    bench.press_again(key, body)
    bench.settle()
    return "" if fired else None


def of_a_stop(bench: Bench, n: int) -> str | None:
    """Kill the kiosk at the n-th call of its orderly stop, scans waiting."""
    bench.ready()
    world = bench.world
    body = bench.till.prepare()
    key = bench.till.sell(body)
    bench.till.prepare()
    world.control.arm(ROLES["kiosk"], DISK, n, KILL)
    world.stop("kiosk")
    fired = world.control.get("fired")
    bench.heal()
    bench.press_again(key, body)
    bench.settle()
    return "" if fired else None


def change_the_catalogue(bench: Bench) -> int:
    """The office voids a stamp that nobody has: a new catalogue is due at once. Returns the newest version of before, which the
    outlet may be pulling yet."""
    settings = office_settings.load(bench.world.folder / "office.toml")
    engine = database.open_engine(settings.database_url)
    serial = 40_000 + bench.oracle.next_serial()
    with database.writing(engine) as connection:
        newest = currents.highest(connection)
        stamps.void(connection, GTIN, serial, serial, "faults", "faults", now_ms())
    engine.dispose()
    return newest


def of_a_pull(roles: int, action: int = KILL):
    """Kill whoever makes the n-th call of publishing, pulling and installing a catalogue."""

    def run(bench: Bench, n: int) -> str | None:
        bench.ready()
        world = bench.world
        bench.world.until(lambda: world.status()["catalogue"]["version"], "a catalogue")
        world.control.arm(roles, DISK | SEND if roles & OFFICE else DISK, n, action)
        before = change_the_catalogue(bench)
        end = time.monotonic() + 20
        while time.monotonic() < end and not world.control.get("fired"):
            try:
                if world.status()["catalogue"]["version"] > before:
                    break
            except OSError:
                break
            time.sleep(0.02)
        bench.quiet(0.3)
        fired = world.control.get("fired")
        bench.heal()
        world.until(lambda: world.status()["catalogue"]["version"] > before, "the new catalogue")
        body = bench.till.prepare()
        bench.press_again(bench.till.sell(body), body)
        bench.settle()
        return f"role {fired}" if fired else None

    return run


def random_moments(roles: tuple[str, ...], pairs: bool):
    """Kill one process or two at random moments of a sale, by the clock."""

    def run(bench: Bench, seed: int) -> str | None:
        bench.ready()
        rng = random.Random(seed)
        body = bench.till.prepare()
        victims = rng.sample(roles, 2 if pairs else 1)
        delays = [rng.uniform(0, 0.06) if rng.random() < 0.7 else rng.uniform(0, 0.4) for _ in victims]
        timers = [
            threading.Timer(delay, bench.world.kill, [victim])
            for victim, delay in zip(victims, delays, strict=True)
        ]
        for timer in timers:
            timer.start()
        key = bench.till.sell(body)
        bench.quiet()
        for timer in timers:
            timer.join()
        bench.heal()
        bench.press_again(key, body)
        bench.settle()
        return ", ".join(
            f"{victim} at {delay * 1000:.0f} ms" for victim, delay in zip(victims, delays, strict=True)
        )

    return run


def scanner(bench: Bench, seed: int) -> str | None:
    """Kill the scanner while pictures come; the goods reach the basket all the same, and once."""
    from office.demo import photos

    bench.ready()
    world, till = bench.world, bench.till
    rng = random.Random(seed)
    for path in world.camera.iterdir():
        path.unlink()
    _, basket = till.request("POST", "/api/basket")
    serial = bench.oracle.next_serial()
    till.use(serial)
    code = world.stamp(serial)
    timer = threading.Timer(rng.uniform(0, 1.0), world.kill, ["scanner"])
    timer.start()
    photos.save(world.camera / f"{seed}.jpg", photos.stamp_photo(code, seed % 7))
    end = time.monotonic() + 30
    shown = 0
    while not (basket := till.request("GET", "/api/basket")[1])["lines"]:
        if time.monotonic() > end:
            raise BrokenError("stuck: the goods do not reach the basket")
        time.sleep(0.1)
        shown += 1
        if shown % 20 == 0:  # the clerk holds it there again
            photos.save(world.camera / f"{seed}-{shown}.jpg", photos.stamp_photo(code, seed % 7))
    timer.join()
    if len(basket["lines"]) != 1:
        raise BrokenError(f"doubled: the basket has {len(basket['lines'])} lines")
    line = basket["lines"][0]
    body = {
        "basket": basket["id"],
        "lines": [{"code": line["code"], "qty": 1, "price": line["price"]}],
        "payments": [{"kind": "cash", "amount": 200_000}],
    }
    key = till.sell(body)
    bench.press_again(key, body)
    bench.settle()
    return f"after {timer.interval:.2f} s"


KIOSK, WORKER, CENTRE = ROLES["kiosk"], ROLES["printer"], ROLES["office"]
FAULTS = [
    Fault("kill kiosk, each call of a sale", at_each_call(KIOSK), short=(9, 24, 41)),
    Fault("kill print worker, each call of a print", at_each_call(WORKER), short=(3,)),
    Fault("kill office, each call of a push", at_each_call(CENTRE), short=(6,)),
    Fault("kill kiosk and office, each call of a sale", at_each_call(KIOSK, "office"), short=(12,)),
    Fault("kill kiosk and print worker, each call", at_each_call(KIOSK, "printer"), short=(30,)),
    Fault("kill office and kiosk, each call of a push", at_each_call(CENTRE, "kiosk"), short=(7,)),
    Fault("kill whoever makes the n-th call of a sale", at_each_call(OUTLET | OFFICE), short=(45,)),
    Fault("kill kiosk, each call of a start", of_a_start, short=(4,)),
    Fault("kill kiosk, each call of a stop", of_a_stop, short=(2,)),
    Fault("kill kiosk, each call of a pull", of_a_pull(KIOSK), short=(5,)),
    Fault("kill installer, each call of a pull", of_a_pull(ROLES["installer"]), short=(8,)),
    Fault("kill publisher, each call of a publication", of_a_pull(ROLES["publisher"]), short=(6,)),
    Fault(
        "kill one process, random moments",
        random_moments(("kiosk", "office", "printer"), False),
        points=700,
        short=(1,),
    ),
    Fault(
        "kill two processes, random moments",
        random_moments(("kiosk", "office", "printer", "publisher"), True),
        points=300,
        short=(1,),
    ),
    Fault("kill scanner, random moments", scanner, points=60, bench="camera", short=(1,)),
]
