"""Enrolment under kills and power cuts, at every call of `ocop enrol` and of the office that answers it.

Whatever happens, the installer types the same code once more and is enrolled; there is one device for it at the
office, under the key on the card. Whoever was told "enrolled" is, and need not type it again.
"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import power
from bench import Bench
from control import CUT, DISK, KILL, OFFICE, OUTLET, SEND
from oracle import BrokenError
from suite import Fault
from world import World

from sync.host.device_key import load_or_create

WAYS = 3  # ways in which the same cut is played
MOST_DEVICES = 24  # of an outlet, before the world is made anew


def at_each_call(machine: int, action: int):
    """The n-th call that one machine makes for an enrolment is its last."""

    def run(bench: Bench, point: int) -> str | None:
        n, way = divmod(point - 1, WAYS if action == CUT else 1)
        world = _office_alone(bench)
        known = set(_devices(world))
        outlet = _Outlet(world, len(known))
        power.forget(world.control, machine)
        world.control.arm(machine, DISK | SEND, n + 1, action)
        told = outlet.enrols()
        fired = world.control.get("fired")
        lost = {}
        if fired and action == CUT:
            world.control.set(dead=machine)
            if machine == OFFICE:
                world.kill("office")
                bench.kill_survivors("office")
                bench.bury("office")
            lost = power.lose_power(world.control, world.folder / "data", point, strict=way == 0)
        world.control.lift()
        power.forget(world.control, 0)
        if fired and machine == OFFICE and action == KILL:
            world.until(lambda: world.ended("office"), "the killed office to die", 10)
            bench.bury("office")
        world.control.set(fired=0)
        if world.ended("office"):
            world.start("office")
        if not told and not outlet.enrols():
            raise BrokenError(f"stuck: the same code enrols no more: {outlet.said}")
        outlet.must_be_one_of(set(_devices(world).items()), known)
        return f"call {n + 1}: {'told' if told else 'not told'} {lost or ''}" if fired else None

    return run


class _Outlet:
    """A new outlet's folder, and the code that the installer was given."""

    def __init__(self, world: World, number: int) -> None:
        self._world = world
        self.data = world.folder / "data" / f"new{number}"
        self._config = world.folder / f"new{number}.toml"
        self._config.write_text(f'data = "data/{self.data.name}"\n')
        office = ("--config", str(world.folder / "office.toml"))
        self._code = json.loads(world.run("office", "enrol-code", "HT01", *office, "--json"))["code"]
        self.said = ""

    def enrols(self) -> bool:
        """Type the code; whether it says that this is a device now."""
        return self._does("enrol", "--config", str(self._config), self._world.office_url, self._code)

    def must_be_one_of(self, devices: set[tuple[str, str]], known: set[str]) -> None:
        """Raises BrokenError unless this is the one new device, and can talk to the office."""
        new = {(name, public) for name, public in devices if name not in known}
        key = load_or_create(self.data / "device.key").public.hex()
        with closing(sqlite3.connect(self.data / "outlet.db")) as db:
            (name,) = db.execute("SELECT value FROM fact WHERE name = 'device'").fetchone()
        if new != {(name, key)}:
            raise BrokenError(f"doubled: the office has {new}, the outlet is {name} with {key}")
        if not self._does("sync", "--config", str(self._config)):
            raise BrokenError(f"lost: {name} is enrolled and cannot sync: {self.said}")

    def _does(self, *command: str) -> bool:
        try:
            self.said = self._world.run(*command)
        except RuntimeError as error:
            self.said = str(error)
            return False
        return True


def _office_alone(bench: Bench) -> World:
    """A world whose office runs, and nothing else."""
    if not bench.made or bench.world.running("kiosk") or len(_devices(bench.world)) > MOST_DEVICES:
        bench.fresh()
    if bench.world.ended("office"):
        bench.world.start("office")
    return bench.world


def _devices(world: World) -> dict[str, str]:
    """Public keys of the outlet's devices at the office, by name."""
    file: Path = world.office_data / "office.db"
    with closing(sqlite3.connect(file)) as db:
        return dict(db.execute("SELECT id, public FROM devices WHERE outlet = 'HT01'"))


FAULTS = [
    Fault("kill at each call of an enrolment, outlet", at_each_call(OUTLET, KILL), short=(3,)),
    Fault("kill at each call of an enrolment, office", at_each_call(OFFICE, KILL)),
    Fault("power cut at each call of an enrolment, outlet", at_each_call(OUTLET, CUT), short=(10,)),
    Fault("power cut at each call of an enrolment, office", at_each_call(OFFICE, CUT)),
]
