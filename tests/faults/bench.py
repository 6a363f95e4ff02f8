"""A world that is kept for many faults: sells, heals, waits until everything has drained, and checks."""

import contextlib
import copy
import os
import shutil
import signal
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from control import CUT, KILL, ROLES
from oracle import Oracle, check_journals
from till import LostError, Till, read_papers
from world import StuckError, World

DRAIN = 30.0  # seconds after healing in which everything must have arrived
MOST_POINTS = 60  # in one world, before it is made anew
SERVICE_OF = {"scanner": "kiosk", "printer": "kiosk", "publisher": "office"}


class Bench:
    """The world at hand, its oracle and its clerk. `template` is a founded world's folder."""

    def __init__(self, template: Path, base: Path, **options: Any) -> None:
        self._template, self._options = template, options
        self.base = base
        self._used = 0
        self.world: World
        self.oracle: Oracle
        self.till: Till
        self.made = False

    def ready(self) -> None:
        """Both services run, nothing is wrong: a new world when the last one has served."""
        if not self.made or self._used >= MOST_POINTS:
            self.fresh()
        self._used += 1
        self.heal()

    def fresh(self, template: Path | None = None, oracle: Oracle | None = None) -> None:
        """Another world: from the template, or from another folder, with what everybody was told until then."""
        self.end()
        folder = Path(tempfile.mkdtemp(prefix="world-", dir=self.base))
        self.world = World(folder, **self._options)
        self.made = True
        self.world.copy_from(template or self._template)
        self.oracle = Oracle() if oracle is None else copy.deepcopy(oracle)
        self.till = Till(self.world, self.oracle)
        self._used = 0

    def end(self) -> None:
        """Stop everything and remove the folder."""
        if self.made:
            self.world.end()
            self._kill_survivors()
            shutil.rmtree(self.world.folder, ignore_errors=True)
            self.made = False

    def keep_as(self, folder: Path) -> None:
        """After a broken promise: keep the files for a look, and begin anew."""
        if not self.made:
            return
        self.world.end()
        self._kill_survivors()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.world.folder, folder, ignore=shutil.ignore_patterns("shim", "stash"))
        self.end()

    # --- a sale and what comes of it ---

    def sale(self, until_quiet: bool = True) -> tuple[str, dict[str, Any]]:
        """Sell once under a fault that is armed already by `armed`. (key, request)."""
        body = self.till.prepare()
        key = self.till.sell(body)
        if until_quiet:
            self.quiet()
        return key, body

    def quiet(self, seconds: float = 5.0) -> None:
        """Wait until what a sale sets off has been done, or something has died."""
        end = time.monotonic() + seconds
        nudged = 0
        while time.monotonic() < end:
            if self.world.ended("kiosk") or self.world.ended("office") or self.world.control.get("dead"):
                return
            try:
                status, jobs = self.till.request("GET", "/api/print-jobs")
                if status == 200 and not any(job["state"] in ("queued", "printing") for job in jobs["jobs"]):
                    if self.world.status()["office"]["waiting"] == 0:
                        return
                    if nudged < 3:
                        nudged += 1
                        self.nudge()
            except (LostError, OSError):
                pass
            time.sleep(0.02)

    def nudge(self) -> None:
        """A shopper's report, which is pushed at once and what waits before it too."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.world.ports[1]}/api/reports",
            data=b'{"reason":"other"}',
            headers={"Content-Type": "application/json"},
        )
        with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=5):
            pass

    def heal(self) -> None:
        """Lift the fault, start what has died. Children of a dead service must have ended by themselves."""
        control = self.world.control
        control.lift()
        fired = control.get("fired") if control.get("action") in (KILL, CUT) else 0
        for name in ("office", "kiosk"):
            if fired == ROLES[name]:  # it is dying, if it has not died yet
                self.world.until(lambda name=name: self.world.ended(name), f"the killed {name} to die", 10)
        control.set(dead=0, lock=0, fired=0)
        for name in ("office", "kiosk"):
            if self.world.ended(name):
                self.bury(name)
                if name == "office":
                    self.oracle.check_acknowledged(self.world.outlet_data, self.world.office_data)
                self.world.start(name)

    def bury(self, name: str) -> None:
        """Wait until no child of a dead service is left. Raises StuckError."""
        self.world.until(lambda: not self._survivors(name), f"the children of the dead {name} to end", 10)
        self.world.reap(name)

    def press_again(self, key: str, body: dict[str, Any]) -> None:
        """What a clerk does who has no answer, or an error: the same request once more, until it is answered."""
        end = time.monotonic() + DRAIN
        while self.oracle.confirmed(key) is None:
            self.till.sell(body, key)
            if time.monotonic() > end:
                raise StuckError(f"the sale is not taken after healing: {self.oracle.sales[key][-1]}")

    def settle(self, papers: bool = True, nudge: bool = True) -> None:
        """All has healed: the clerk answers the print queue, the journal drains, then everything is checked."""
        deadline = time.monotonic() + DRAIN
        while True:
            try:
                self.till.look_at_the_paper()
                _, jobs = self.till.request("GET", "/api/print-jobs")
                open_jobs = jobs["jobs"]
            except (LostError, KeyError, TypeError) as error:
                open_jobs = [{"state": str(error)}]
            if not open_jobs:
                break
            if time.monotonic() > deadline:
                raise StuckError(f"print jobs stay open: {open_jobs}")
            time.sleep(0.02)
        if nudge:
            self.nudge()
        self.world.until(
            lambda: self.world.status()["office"]["waiting"] == 0,
            "the journal to drain",
            DRAIN,
            also=lambda: self.world.status()["office"],
        )
        self.check(papers)

    def check(self, papers: bool = True) -> None:
        """Hold the files against what was told. Raises BrokenError."""
        self.oracle.check(
            self.world.outlet_data, self.world.office_data, read_papers(self.world.paper), papers
        )
        check_journals(self.world.folder / "outlet.toml", self.world.office_data)

    # --- processes that nobody waits for ---

    def _survivors(self, service: str) -> list[int]:
        roles = [role for role, owner in SERVICE_OF.items() if owner == service] + ["installer"] * (
            service == "kiosk"
        )
        return [pid for pid, role in self._processes() if role in roles]

    def kill_survivors(self, service: str) -> None:
        """A power cut spares nobody."""
        for pid in self._survivors(service):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _kill_survivors(self) -> None:
        for pid, _ in self._processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _processes(self) -> Iterator[tuple[int, str]]:
        """(pid, role) of everything that runs in this world and is no zombie."""
        mark = f"FAULTS_DATA={self.world.folder}/data".encode()
        words = {
            b"scanner.host": "scanner",
            b"printer.host": "printer",
            b"office.publishing.publisher": "publisher",
            b"kiosk.host.stamps.installing": "installer",
        }
        for entry in os.scandir("/proc"):
            if not entry.name.isdigit():
                continue
            try:
                with open(f"/proc/{entry.name}/environ", "rb") as file:
                    if mark not in file.read().split(b"\0"):
                        continue
                with open(f"/proc/{entry.name}/cmdline", "rb") as file:
                    words_there = file.read().split(b"\0")
            except OSError:
                continue
            role = next((name for word, name in words.items() if word in words_there), "service")
            yield int(entry.name), role


assert set(SERVICE_OF) | {"kiosk", "office", "installer"} == set(ROLES)
