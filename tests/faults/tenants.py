"""Two processes on one data folder: the second is told so and touches nothing; the first goes on selling."""

import contextlib
import subprocess
import sys

from bench import Bench
from oracle import BrokenError
from suite import Fault
from world import World


def second(*command: str, config: str = "outlet.toml", refused: bool = True):
    """Somebody starts `ocop COMMAND` on the folder of the running service, before and during a sale."""

    def run(bench: Bench, n: int) -> str | None:
        bench.ready()
        world = bench.world
        body = bench.till.prepare()
        child = _start(world, config, command)
        key = bench.till.sell(body)
        said = _end(child, " ".join(command), refused)
        bench.press_again(key, body)
        bench.settle()
        return said

    return run


def _start(world: World, config: str, command: tuple[str, ...]) -> subprocess.Popen[bytes]:
    line = [sys.executable, "-m", "config", *command, "--config", str(world.folder / config)]
    return subprocess.Popen(
        line,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def _end(child: subprocess.Popen[bytes], name: str, refused: bool) -> str:
    try:
        out, err = child.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        raise BrokenError(f"doubled: a second `ocop {name}` runs beside the first") from None
    said = (err or out).decode().strip().splitlines()[-1:] or [""]
    if refused and (child.returncode not in (2, 3) or not said[0] or "Traceback" in err.decode()):
        raise BrokenError(f"half done: `ocop {name}` ended with {child.returncode}: {err.decode()[-300:]}")
    if not refused and child.returncode != 0:
        raise BrokenError(f"half done: `ocop {name}` ended with {child.returncode}: {err.decode()[-300:]}")
    return said[0][:200]


def both_at_once(name: str):
    """Two of a service are started at the same moment: one serves, the other says why it does not."""

    def run(bench: Bench, n: int) -> str | None:
        bench.ready()
        world = bench.world
        world.stop(name)
        config = "outlet.toml" if name == "kiosk" else "office.toml"
        children = [_start(world, config, (name,)) for _ in range(2)]
        try:
            world.until(lambda: world.answers(name), f"one {name} to answer", 20)
            world.until(
                lambda: any(child.poll() is not None for child in children), "the other one to end", 20
            )
            loser = next(child for child in children if child.poll() is not None)
            said = _end(loser, name, refused=True)
            body = bench.till.prepare()
            bench.press_again(bench.till.sell(body), body)
            bench.quiet()
        finally:
            for child in children:
                with contextlib.suppress(ProcessLookupError):
                    child.terminate()
                child.communicate()
        bench.heal()
        bench.settle()
        return said

    return run


FAULTS = [
    Fault("a second kiosk on the folder", second("kiosk"), 2, short=(1,)),
    Fault("a second office on the folder", second("office", config="office.toml"), 2, short=(1,)),
    Fault("two kiosks started at once", both_at_once("kiosk"), 10),
    Fault("two offices started at once", both_at_once("office"), 5),
    Fault("ocop sync beside the kiosk", second("sync", refused=False), 2),
    Fault("ocop enrol beside the kiosk", second("enrol", "http://127.0.0.1:1", "AAAA"), 2),
    Fault("ocop journal rebuild beside the kiosk", second("journal", "rebuild"), 2),
    Fault("ocop journal check beside the kiosk", second("journal", "check", refused=False), 2),
    Fault("ocop journal export beside the kiosk", second("journal", "export", refused=False), 2),
    Fault(
        "ocop office publish beside the publisher",
        second("office", "publish", config="office.toml", refused=False),
        5,
        short=(1,),
    ),
]
