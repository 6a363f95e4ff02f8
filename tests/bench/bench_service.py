"""Memory and start of the kiosk service, beside the floor: aiohttp and SQLite with one route.

Run: `make bench`, or `python tests/bench/bench_service.py`. Prints medians of five starts.
"""

import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

RUNS = 5

FLOOR = """
import sqlite3, sys
from aiohttp import web
db = sqlite3.connect(sys.argv[1])
db.execute("PRAGMA journal_mode = WAL")
async def answer(_):
    return web.json_response({"ok": db.execute("SELECT 1").fetchone()[0]})
app = web.Application()
app.router.add_get("/", answer)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[2]), print=None)
"""

CONFIG = 'data = "d"\n[shopper]\nport = {}\n[staff]\nport = {}\n'


def answered(url):
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return answer.status == 200
    except urllib.error.URLError:
        return False


def memory(pid):
    """(RSS, PSS) in MB of one process."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    fields = {line.split(":")[0]: int(line.split()[1]) for line in rollup.splitlines()[1:]}
    return fields["Rss"] / 1024, fields["Pss"] / 1024


def measure(command, url):
    """Seconds to the first answer, RSS and PSS after it."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        while not answered(url):
            if process.poll() is not None:
                raise SystemExit(f"it ended with status {process.returncode}: {command}")
            time.sleep(0.005)
        seconds = time.perf_counter() - started
        return seconds, *memory(process.pid)
    finally:
        process.terminate()
        process.wait()


def main():
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "outlet.toml"
        config.write_text(CONFIG.format(18991, 18992), encoding="utf-8")
        commands = {
            "floor": (
                [sys.executable, "-c", FLOOR, f"{folder}/floor.db", "18990"],
                "http://127.0.0.1:18990/",
            ),
            "kiosk": (
                [sys.executable, "-m", "config", "kiosk", "--config", str(config)],
                "http://127.0.0.1:18992/api/status",
            ),
        }
        for name, (command, url) in commands.items():
            runs = [measure(command, url) for _ in range(RUNS)]
            rows[name] = [statistics.median(column) for column in zip(*runs, strict=True)]
    print(f"{'':8}{'first answer s':>16}{'RSS MB':>10}{'PSS MB':>10}")
    for name, (seconds, rss, pss) in rows.items():
        print(f"{name:8}{seconds:16.2f}{rss:10.1f}{pss:10.1f}")
    ratios = [ours / floor for ours, floor in zip(rows["kiosk"], rows["floor"], strict=True)]
    print(f"{'ratio':8}{ratios[0]:16.2f}{ratios[1]:10.2f}{ratios[2]:10.2f}")


main()
