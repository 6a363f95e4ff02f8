"""The kiosk's service beside its floor, aiohttp and SQLite with one route: start, memory, answers a second; and the memory of every
process after a scan, a sale and a print.

Run: `make bench`, or `python tests/bench/bench_service.py`. Prints medians of five starts, the best of seven rounds.
"""

import http.client
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import enrolled
import segno

RUNS, ROUNDS, REQUESTS = 5, 7, 1500
FLOOR_PORT, SHOPPER, STAFF = 18990, 18991, 18992

FLOOR = """
import sqlite3, sys
from aiohttp import web
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA journal_mode = WAL")
db.execute("CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT)")
db.execute("INSERT INTO fact VALUES ('note', ?)", ("x" * 40,))
async def answer(_):
    (value,) = db.execute("SELECT value FROM fact WHERE name = ?", ("note",)).fetchone()
    return web.json_response({"note": value})
app = web.Application()
app.router.add_get("/", answer)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[2]), print=None, access_log=None)
"""
FLOOR_URL = f"http://127.0.0.1:{FLOOR_PORT}/"
KIOSK_URL = f"http://127.0.0.1:{STAFF}/api/status"

CONFIG = """
data = "data"
[shopper]
port = {shopper}
[staff]
port = {staff}
[printer]
device = "virtual:{paper}"
[[reader]]
name = "eye"
kind = "folder"
device = "{pictures}"
place = "shopper"
"""


def measure(command, url):
    """Seconds to the first answer, RSS and PSS after it."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        while not enrolled.answered(url):
            if process.poll() is not None:
                raise SystemExit(f"it ended with status {process.returncode}: {command}")
            time.sleep(0.005)
        seconds = time.perf_counter() - started
        return seconds, *enrolled.memory(process.pid)
    finally:
        process.terminate()
        process.wait()


def starts(folder):
    """Start and memory of both, medians."""
    config = folder / "bare.toml"
    config.write_text(
        f'data = "bare"\n[shopper]\nport = {SHOPPER}\n[staff]\nport = {STAFF}\n', encoding="utf-8"
    )
    commands = {
        "floor": lambda run: (
            [sys.executable, "-c", FLOOR, f"{folder}/floor{run}.db", str(FLOOR_PORT)],
            FLOOR_URL,
        ),
        "kiosk": lambda _: ([sys.executable, "-m", "config", "kiosk", "--config", str(config)], KIOSK_URL),
    }
    rows = {}
    for name, command in commands.items():
        runs = [measure(*command(run)) for run in range(RUNS)]
        rows[name] = [statistics.median(column) for column in zip(*runs, strict=True)]
    print(f"{'':8}{'first answer s':>16}{'RSS MB':>10}{'PSS MB':>10}")
    for name, (seconds, rss, pss) in rows.items():
        print(f"{name:8}{seconds:16.2f}{rss:10.1f}{pss:10.1f}")
    ratios = [ours / floor for ours, floor in zip(rows["kiosk"], rows["floor"], strict=True)]
    print(f"{'ratio':8}{ratios[0]:16.2f}{ratios[1]:10.2f}{ratios[2]:10.2f}\n")


def a_second(port, path, cookie=""):
    """Answers a second over one connection; a client of a few lines, so that it is the server that is measured."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", port)) as line:
        started = time.perf_counter()
        for _ in range(REQUESTS):
            line.sendall(request)
            data = b""
            while b"\r\n\r\n" not in data:
                data += line.recv(65536)
            head, _, body = data.partition(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise SystemExit(head.decode())
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            while len(body) < length:
                body += line.recv(65536)
        return REQUESTS / (time.perf_counter() - started)


def call(method, path, body, cookie="", key=""):
    """(status, answer, cookie) of one request to the staff's listener."""
    connection = http.client.HTTPConnection("127.0.0.1", STAFF)
    headers = {"Content-Type": "application/json", "Cookie": cookie, "Idempotency-Key": key}
    connection.request(method, path, json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read()
    given = answer.getheader("Set-Cookie", "").split(";")[0]
    connection.close()
    return answer.status, json.loads(text) if text else None, given


def throughput(cookie, folder):
    """Both asked in turn, so that a busy machine is busy for both."""
    floor = subprocess.Popen(
        [sys.executable, "-c", FLOOR, f"{folder}/asked.db", str(FLOOR_PORT)], stderr=subprocess.DEVNULL
    )
    try:
        while not enrolled.answered(FLOOR_URL):
            time.sleep(0.01)
        pairs = [
            (a_second(STAFF, "/api/stock/note", cookie), a_second(FLOOR_PORT, "/")) for _ in range(ROUNDS)
        ]
    finally:
        floor.terminate()
        floor.wait()
    ours, theirs = max(one for one, _ in pairs), max(one for _, one in pairs)
    print(f"JSON with one read: {ours:.0f} answers/s, bare aiohttp {theirs:.0f}, ratio {ours / theirs:.2f}\n")


def scan_sell_print(shop, folder):
    """A picture scanned, a jar sold, its receipt printed. Returns the session's cookie."""
    segno.make(shop.stamp(1), error="m").save(str(folder / "pictures" / "stamp.png"), scale=6, border=6)
    cookie = call("POST", "/api/session", {"pin": enrolled.PIN})[2]
    call("POST", "/api/basket", {}, cookie)
    line = {"code": shop.stamp(2), "qty": 1, "price": 110_000}
    sale = {"lines": [line], "payments": [{"kind": "cash", "amount": 110_000}]}
    status, answer, _ = call("POST", "/api/sales", sale, cookie, "bench")
    if status != 201:
        raise SystemExit(f"the sale was refused: {answer}")
    while call("GET", f"/api/sales/{answer['number']}", None, cookie)[1]["receipts"][0]["state"] not in (
        "printed",
        "unknown",
    ):
        time.sleep(0.1)
    return cookie


def processes(service):
    """PSS of the service and of what it started."""
    rows = {"service": enrolled.memory(service)[1]}
    for pid, command in enrolled.children(service).items():
        for name in ("scanner", "printer"):
            if f"{name}.host" in command:
                rows[name] = enrolled.memory(pid)[1]
    print("PSS after a scan, a sale and a print, MB")
    for name, pss in rows.items():
        print(f"  {name:10}{pss:8.1f}")
    print(f"  {'all':10}{sum(rows.values()):8.1f}")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        starts(folder)
        shop = enrolled.tests_shop()
        enrolled.make(folder / "data", shop)
        for one in ("pictures", "paper"):
            (folder / one).mkdir()
        config = folder / "outlet.toml"
        text = CONFIG.format(
            shopper=SHOPPER, staff=STAFF, paper=folder / "paper", pictures=folder / "pictures"
        )
        config.write_text(text, encoding="utf-8")
        with enrolled.running(config, STAFF) as service:
            cookie = scan_sell_print(shop, folder)
            time.sleep(2)  # for the scanner to have read
            processes(service.pid)
            print()
            throughput(cookie, folder)


main()
