"""An outlet for benches: the data folder of an enrolled device with the tests' small catalogue, and its service."""

import contextlib
import importlib.util
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from kiosk.host.data import database
from kiosk.host.stamps.installing import build
from kiosk.host.web import access

_CONFTEST = Path(__file__).parents[1] / "kiosk" / "conftest.py"
PIN = "123456"


def tests_shop():
    """tests/kiosk/conftest.py as a module: `documents`, `stamp`, GTIN, PLAIN."""
    spec = importlib.util.spec_from_file_location("tests_shop", _CONFTEST)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make(folder, shop):
    """Fill the data folder `folder`: enrolled as HT01A, with a clerk."""
    folder.mkdir()
    root, current = shop.documents(folder / "files", time.time_ns() // 1_000_000)
    build(folder, folder / "files", root, current, True)
    db = database.connect(folder)
    for name, value in (("device", "HT01A"), ("outlet", "HT01"), ("root", json.dumps(root))):
        database.set_fact(db, name, value)
    access.add(db, access.Person("nv1", "An", "clerk"), PIN)
    db.close()


@contextlib.contextmanager
def running(config, port):
    """The service with this outlet.toml, once its staff's listener answers on `port`."""
    process = subprocess.Popen(
        [sys.executable, "-m", "config", "kiosk", "--config", str(config)], stderr=subprocess.DEVNULL
    )
    try:
        while not answered(f"http://127.0.0.1:{port}/api/status"):
            if process.poll() is not None:
                raise SystemExit(f"the service ended with status {process.returncode}")
            time.sleep(0.01)
        yield process
    finally:
        process.terminate()
        process.wait()


def answered(url):
    """Whether this address answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def memory(pid):
    """(RSS, PSS) in MB of one process, nothing of one that has ended."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0.0, 0.0
    fields = {line.split(":")[0]: int(line.split()[1]) for line in rollup.splitlines()[1:]}
    return fields["Rss"] / 1024, fields["Pss"] / 1024


def children(pid):
    """{pid: command line} of the processes that `pid` started."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(stat.read_text().rsplit(")", 1)[1].split()[1]) == pid:
                found[int(stat.parent.name)] = (stat.parent / "cmdline").read_text().replace("\0", " ")
    return found
