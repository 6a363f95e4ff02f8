"""One office and one outlet as real processes on real files, from a template that is made once."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import Any

from control import Control

from office import registry, setup, stamps
from office import settings as office_settings
from office.publishing import keys
from office.storage import database
from office.times import local_date, now_ms
from scanner.stamps import Stamp, message, uri

GTIN, PLAIN = "08930000000019", "08930000000026"
PRICE, PLAIN_PRICE = 185_000, 60_000
SERIALS, GOOD = 50_000, 48_000  # issued; of these, activated to a lot that has not expired
PIN, SUPERVISOR_PIN = "246810", "135790"
START_SECONDS = 20.0
HOST = "OCOP.HATINH.VN"

OFFICE = 'data = "data/office"\n[http]\nport = {office}\n[publish]\nsold_seconds = {sold}\n'
OUTLET = """\
data = "data/outlet"
[shopper]
port = {shopper}
[staff]
port = {staff}
[printer]
device = "virtual:{folder}/data/paper"
profile = "virtual"
[office]
url = "{url}"
"""
READER = """\
[[reader]]
name = "till-camera"
kind = "folder"
device = "{folder}/camera"
place = "till"
purpose = "sell"
"""


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses right now."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def registered() -> registry.Import:
    """One product with stamps, one without, sold at one outlet."""
    today = local_date(now_ms())
    product = {
        "producer": "P1",
        "stars": 4,
        "recognised": today - timedelta(days=400),
        "recognised_until": today + timedelta(days=600),
        "illustrative": True,
    }
    lot = {"gtin": GTIN, "produced": today - timedelta(days=30), "expires": today + timedelta(days=300)}
    return registry.Import(
        producers=[registry.Producer(id="P1", name="HTX Mật ong")],
        products=[
            registry.Product(id="SP1", name="Mật ong", **product),
            registry.Product(id="SP2", name="Nón lá", **product),
        ],
        trade_items=[
            registry.TradeItem(gtin=GTIN, product="SP1", unit="chai", net="500 ml", price=PRICE),
            registry.TradeItem(
                gtin=PLAIN, product="SP2", unit="chiếc", net="1", price=PLAIN_PRICE, stamped=False
            ),
        ],
        lots=[
            registry.Lot(id="L1", code="MO-01", **lot),
            registry.Lot(id="L0", code="MO-00", **lot | {"expires": today - timedelta(days=1)}),
        ],
        outlets=[registry.Outlet(code="HT01", name="Điểm 1"), registry.Outlet(code="HT02", name="Điểm 2")],
        contracts=[registry.Contract(outlet="HT01", producer="P1", from_=today - timedelta(days=300))],
        settings=[registry.Setting(name="no_stamp_action", value="supervisor")],
    )


class World:
    """Everything below `folder`: data/{office,outlet,paper}, camera, logs. Nothing runs at first."""

    def __init__(self, folder: Path, camera: bool = False, url: str = "", sold: int = 3600) -> None:
        """`url`: how the outlet reaches the office, if not directly ({office} is its port); `sold`: seconds
        between catalogues that only tell of sales."""
        self.folder = folder
        self.outlet_data, self.office_data = folder / "data" / "outlet", folder / "data" / "office"
        self.paper, self.camera = folder / "data" / "paper", folder / "camera"
        for path in (folder / "logs", self.paper, self.camera):
            path.mkdir(parents=True, exist_ok=True)
        office, _, staff = self.ports = free_ports(3)
        self.office_url, self.staff_url = f"http://127.0.0.1:{office}", f"http://127.0.0.1:{staff}"
        self._camera, self.url, self._sold = camera, url or self.office_url, sold
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.control = Control(folder / "shim", folder / "data")
        self.write_configs()

    def write_configs(self, url: str | None = None) -> None:
        """The two configuration files; `url` changes how the outlet reaches the office."""
        self.url = url or self.url
        office, shopper, staff = self.ports
        (self.folder / "office.toml").write_text(OFFICE.format(office=office, sold=self._sold))
        text = OUTLET.format(
            shopper=shopper, staff=staff, folder=self.folder, url=self.url.format(office=office)
        )
        (self.folder / "outlet.toml").write_text(
            text + (READER.format(folder=self.folder) if self._camera else "")
        )

    # --- the first day ---

    def found(self) -> None:
        """Make the office and its registry, enrol the outlet, install the first catalogue; stop again."""
        settings = office_settings.load(self.folder / "office.toml")
        engine = setup.initialise(settings, now_ms())
        with database.writing(engine) as connection:
            registry.import_rows(connection, registered(), "faults", now_ms())
            stamps.issue(connection, GTIN, SERIALS, "A", "faults", now_ms())
            stamps.activate(connection, GTIN, 1, GOOD, "L1", "faults", now_ms())
            stamps.activate(connection, GTIN, GOOD + 1, SERIALS, "L0", "faults", now_ms())
        engine.dispose()
        self.start("office")
        config = ("--config", str(self.folder / "outlet.toml"))
        office = ("--config", str(self.folder / "office.toml"))
        code = json.loads(self.run("office", "enrol-code", "HT01", *office, "--json"))["code"]
        self.run("enrol", *config, self.url.format(office=self.ports[0]), code)
        self.run("staff", *config, "nv1", "An", "--role", "clerk", stdin=PIN)
        self.run("staff", *config, "ql1", "Bình", "--role", "supervisor", stdin=SUPERVISOR_PIN)
        self.start("kiosk")
        self.until(lambda: self.status()["catalogue"]["version"] is not None, "the first catalogue")
        self.until(lambda: self.status()["office"]["waiting"] == 0, "the first push")
        # A device of another outlet, for what hostile devices do.
        rogue = self.folder / "rogue.toml"
        rogue.write_text(f'data = "data/rogue"\n[office]\nurl = "{self.office_url}"\n')
        code = json.loads(self.run("office", "enrol-code", "HT02", *office, "--json"))["code"]
        self.run("enrol", "--config", str(rogue), self.office_url, code)
        self.stop()

    def copy_from(self, template: Path) -> None:
        """Take over what another world's folder holds, as files at rest."""
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        shutil.copytree(template / "data", self.folder / "data")

    def stamp(self, serial: int) -> str:
        """The text of one of the office's genuine stamps."""
        signer = keys.load(self.office_data / "keys", "stamp-A")
        return uri(Stamp(HOST, "A", signer.sign(message(HOST, "A", GTIN, serial)), GTIN, serial))

    # --- processes ---

    def start(self, name: str, wait: bool = True) -> None:
        """Start "kiosk" or "office"; with `wait` until it answers. Raises RuntimeError when it does not."""
        config = self.folder / ("outlet.toml" if name == "kiosk" else "office.toml")
        with (self.folder / "logs" / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", "config", name, "--config", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | self.control.environment,
                start_new_session=True,
            )
        if wait:
            self.until(
                lambda: self.answers(name) or self.ended(name),
                f"{name} to answer",
                START_SECONDS,
                also=lambda: self.last_words(name),
            )
            if self.ended(name):
                raise RuntimeError(f"{name} did not start: {self.last_words(name)}")

    def running(self, name: str) -> bool:
        """Whether the process was started and has not ended."""
        return name in self._processes and self._processes[name].poll() is None

    def ended(self, name: str) -> bool:
        """The opposite of `running`."""
        return not self.running(name)

    def pid(self, role: str) -> int | None:
        """A running process of ours: kiosk, office, or a child of theirs (scanner, printer, publisher)."""
        if role in ("kiosk", "office"):
            return self._processes[role].pid if self.running(role) else None
        parent = self._processes.get("office" if role == "publisher" else "kiosk")
        word = {
            "scanner": b"scanner.host",
            "printer": b"printer.host",
            "publisher": b"office.publishing.publisher",
        }[role]
        for child in _children(parent.pid) if parent else []:
            with contextlib.suppress(OSError):
                if word in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0"):
                    return child
        return None

    def kill(self, role: str) -> bool:
        """kill -9 one process; its children are left to notice. Whether there was one."""
        pid = self.pid(role)
        if pid is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        if role in self._processes:
            self._processes[role].wait(10)
        return True

    def reap(self, name: str) -> None:
        """After its death: end what is left of a service's process group, as a power cut or systemd does."""
        process = self._processes.pop(name, None)
        if process is not None:
            process.wait(10)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def stop(self, *names: str) -> None:
        """SIGTERM, then wait; what does not end within ten seconds is killed and told."""
        for name in names or ("kiosk", "office"):
            process = self._processes.get(name)
            if process is None:
                continue
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    self.reap(name)
                    raise RuntimeError(f"{name} did not stop within 10 s") from None
            self.reap(name)

    def end(self) -> None:
        """Whatever happened: nothing of ours runs afterwards."""
        for name in list(self._processes):
            process = self._processes[name]
            if process.poll() is None:
                process.kill()
            self.reap(name)
        self.control.close()

    def run(self, *arguments: str, stdin: str = "") -> str:
        """One `ocop` command to its end; its output. Raises RuntimeError when it fails."""
        done = subprocess.run(
            [sys.executable, "-m", "config", *arguments],
            input=stdin.encode(),
            capture_output=True,
            timeout=120,
            env=os.environ | self.control.environment,
        )
        if done.returncode:
            raise RuntimeError(f"`ocop {' '.join(arguments[:2])}` failed: {done.stderr.decode().strip()}")
        return done.stdout.decode()

    # --- looking ---

    def status(self) -> dict[str, Any]:
        """The outlet's status. Raises OSError while it does not answer."""
        with urllib.request.urlopen(self.staff_url + "/api/status", timeout=5) as answer:
            return dict(json.load(answer))

    def answers(self, name: str) -> bool:
        """Whether a service answers."""
        path = (
            self.staff_url + "/api/status" if name == "kiosk" else self.office_url + "/sync/v1/time?nonce=1"
        )
        try:
            with urllib.request.urlopen(path, timeout=5):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    def last_words(self, name: str) -> str:
        """The end of a service's log."""
        lines = (self.folder / "logs" / f"{name}.log").read_text(errors="replace").strip().splitlines()
        return lines[-1][:300] if lines else "it wrote nothing"

    def until(self, true: Any, what: str, seconds: float = 30.0, also: Any = lambda: "") -> float:
        """Wait until `true()`; how long it took. An outlet that does not answer is not true. Raises StuckError."""
        began = time.monotonic()
        while True:
            with contextlib.suppress(OSError, ValueError):
                if true():
                    return time.monotonic() - began
            if time.monotonic() - began > seconds:
                raise StuckError(f"waited {seconds:.0f} s for {what} {also()}")
            time.sleep(0.01)


class StuckError(Exception):
    """Something that must come by itself did not come in time."""


def _children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
