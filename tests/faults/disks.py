"""A disk that is full, fails or is read-only, at every call; then it is put right and everything heals."""

import errno
import os
import subprocess
from pathlib import Path

from bench import Bench
from control import CREATE, DISK, FAIL_ON, FAIL_ONCE, HALF, ROLES, SHORTEN, WRITE
from kills import change_the_catalogue
from oracle import BrokenError
from suite import Fault

TAKES_ROOM = WRITE | CREATE | SHORTEN


def of_a_sale(roles: int, kinds: int, error: int, action: int, gives_up: bool = False):
    """The n-th call of a sale fails, once or from there on. A refusal must say why, and must be true.

    `gives_up`: the clerk believes the refusal, and the power goes before anything else is written.
    """

    def run(bench: Bench, n: int) -> str | None:
        bench.ready()
        world, oracle = bench.world, bench.oracle
        body = bench.till.prepare()
        world.control.arm(roles, kinds, n, action, error)
        key = bench.till.sell(body)
        if oracle.confirmed(key) is None and action == FAIL_ON:
            bench.till.sell(body, key)
        if not gives_up or oracle.confirmed(key):
            bench.quiet(0.6 if action == FAIL_ON else 2.0)
        fired = world.control.get("fired")
        status, answer = oracle.sales[key][-1]
        if gives_up and status == 507 and answer["title"] == "storage":
            oracle.given_up.add(key)
            world.kill("kiosk")
            bench.heal()
        else:
            bench.heal()
            bench.press_again(key, body)
        bench.settle()
        return f"role {fired}, answered {status}" if fired else None

    return run


def of_a_pull(roles: int, kinds: int, error: int, action: int):
    """The n-th call of publishing, pulling and installing fails; the new catalogue comes once it works again."""

    def run(bench: Bench, n: int) -> str | None:
        bench.ready()
        world = bench.world
        world.until(lambda: world.status()["catalogue"]["version"], "a catalogue")
        world.control.arm(roles, kinds, n, action, error)
        before = change_the_catalogue(bench)
        try:
            world.until(
                lambda: world.control.get("fired") or world.status()["catalogue"]["version"] > before,
                "a pull",
                20,
            )
            fired = world.control.get("fired")
            bench.quiet(0.3)
        finally:
            bench.heal()
        world.until(lambda: world.status()["catalogue"]["version"] > before, "the new catalogue", 60)
        body = bench.till.prepare()
        bench.press_again(bench.till.sell(body), body)
        bench.settle()
        return f"role {fired}" if fired else None

    return run


def read_only(folder: str):
    """The card turns read-only under a running service, as ext4 does on an error of the device; somebody takes
    the plug out, the file system is checked, and it starts again."""

    def run(bench: Bench, n: int) -> str | None:
        bench.fresh()
        world = bench.world
        data = world.outlet_data if folder == "outlet" else world.office_data
        service = "kiosk" if folder == "outlet" else "office"
        image = world.folder / "card"
        with image.open("wb") as file:
            file.truncate(64 << 20)
        _run("mkfs.ext4", "-q", str(image))
        _mounted(data, "-o", "loop,errors=remount-ro", str(image))
        try:
            bench.heal()
            body = bench.till.prepare()
            if n % 2:
                bench.press_again(bench.till.sell(body), body)
                body = bench.till.prepare()
            device = Path(_run("findmnt", "-n", "-o", "SOURCE", str(data)).strip()).name
            Path(f"/sys/fs/ext4/{device}/trigger_fs_error").write_text("a fault")
            key = bench.till.sell(body)
            status, answer = bench.oracle.sales[key][-1]
            if folder == "outlet" and status != 507:
                raise BrokenError(f"half done: a sale on a read-only card was answered {status}: {answer}")
            bench.quiet(0.5)
            if n > 2:  # it starts on the read-only card, and says so
                world.stop(service)
                world.start(service, wait=False)
                world.until(
                    lambda: world.ended(service) or world.answers(service), "a start on a read-only card"
                )
                said = world.last_words(service)
                if world.ended(service) and str(data) not in said:
                    raise BrokenError(f"half done: no start on a read-only card, and no reason: {said}")
            world.kill(service)
            bench.kill_survivors(service)
            bench.bury(service)
            _unmount(bench, data)
            world.until(lambda: not _run("losetup", "-j", str(image)), "the card to be out", 10)
            subprocess.run(["e2fsck", "-p", str(image)], capture_output=True)
            _run("mount", "-o", "loop", str(image), str(data))
            # Not by `heal`, which looks at once for all that was signed for: while ext4 gives up it answers an fsync as
            # done that is not, to any program. The device has to send that entry again.
            world.start(service)
            bench.heal()
            bench.press_again(key, body)
            bench.settle()
        finally:
            _unmounted(bench, data)
        return f"answered {status}"

    return run


def really_full(bench: Bench, n: int) -> str | None:
    """A file system that is full to the last byte but n pages, and then is not."""
    bench.fresh()
    world = bench.world
    _mounted(world.outlet_data, "-t", "tmpfs", "-o", "size=8m", "tmpfs")
    ballast = world.outlet_data / "ballast"
    try:
        bench.heal()
        body = bench.till.prepare()
        with ballast.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
            file.truncate(max(0, file.tell() - 4096 * n))
        key = bench.till.sell(body)
        status = bench.oracle.sales[key][-1][0]
        bench.quiet(0.5)
        ballast.unlink()
        bench.heal()
        bench.press_again(key, body)
        bench.settle()
    finally:
        _unmounted(bench, world.outlet_data)
    return f"answered {status}"


def _mounted(data: Path, *what: str) -> None:
    """Have the files of `data` on a file system of their own."""
    kept = data.with_name(data.name + "-kept")
    data.rename(kept)
    data.mkdir()
    _run("mount", *what, str(data))
    _run("cp", "-a", f"{kept}/.", str(data))
    _run("sync", "-f", str(data))


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()} (needs root)")
    return done.stdout


def _unmounted(bench: Bench, data: Path) -> None:
    if not os.path.ismount(data):
        return
    bench.world.end()
    _unmount(bench, data)
    bench.end()


def _unmount(bench: Bench, data: Path) -> None:
    bench.world.until(
        lambda: subprocess.run(["umount", str(data)], capture_output=True).returncode == 0, "umount", 10
    )


KIOSK, OFFICE_ONLY, WORKER = ROLES["kiosk"], ROLES["office"], ROLES["printer"]
_NAMES = {errno.ENOSPC: "disk full", errno.EIO: "I/O error", errno.EROFS: "read-only"}


def _faults():
    for role, where, short in ((KIOSK, "kiosk, sale", (4, 9)), (OFFICE_ONLY, "office, push", (3, 8))):
        for error, kinds in ((errno.ENOSPC, TAKES_ROOM), (errno.EIO, DISK), (errno.EROFS, DISK)):
            name = _NAMES[error]
            if error != errno.EROFS:
                yield Fault(
                    f"{name} once, {where}", of_a_sale(role, kinds, error, FAIL_ONCE), short=short[:1]
                )
            yield Fault(
                f"{name} from there on, {where}", of_a_sale(role, kinds, error, FAIL_ON), short=short[1:2]
            )
    for error, kinds in ((errno.ENOSPC, TAKES_ROOM), (errno.EIO, DISK)):
        for action, how in ((FAIL_ONCE, "once"), (FAIL_ON, "from there on")):
            run = of_a_sale(KIOSK, kinds, error, action, gives_up=True)
            yield Fault(
                f"{_NAMES[error]} {how}, the clerk gives up", run, short=(9,) if action == FAIL_ON else ()
            )
            yield Fault(
                f"{_NAMES[error]} {how}, print worker", of_a_sale(WORKER, kinds, error, action), short=(2,)
            )
            run = of_a_pull(ROLES["installer"] | KIOSK, kinds, error, action)
            yield Fault(f"{_NAMES[error]} {how}, outlet, pull", run, short=(7,) if error == errno.EIO else ())
            run = of_a_pull(ROLES["publisher"], kinds, error, action)
            yield Fault(f"{_NAMES[error]} {how}, publisher", run, short=(5,) if action == FAIL_ONCE else ())
    yield Fault("half a write, kiosk, sale", of_a_sale(KIOSK, WRITE, 0, HALF), short=(6,))
    yield Fault("half a write, office, push", of_a_sale(OFFICE_ONLY, WRITE, 0, HALF), short=(3,))
    yield Fault("half a write, print worker", of_a_sale(WORKER, WRITE, 0, HALF), short=(1,))
    yield Fault("remounted read-only, outlet", read_only("outlet"), points=8, short=(3,))
    yield Fault("remounted read-only, office", read_only("office"), points=8, short=())
    yield Fault("a file system really full, outlet", really_full, points=24, short=())


FAULTS = list(_faults())
