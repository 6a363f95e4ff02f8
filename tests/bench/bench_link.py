"""A month offline caught up over a real line of 256 kbit/s, and a till that sells meanwhile.

Run: `python tests/bench/bench_link.py [--quick]` (root, for a network namespace). A real office process (TLS, SQLite, its
publisher) and a real kiosk process with 15,000 sales and 60,000 scans in its journal, the line between them as `link.py` makes
it. Counted is from the kiosk's start until the office has every entry: seconds, the line's use by whole IP packets, processor time of
the kiosk's process. Each three seconds somebody sells; beside it the same sale when all is sent.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import enrolled
import link
from bench_ingest import found, used
from journals import BATCH, START_MS, Shop
from sqlalchemy import select

from kiosk.host.data import database, journal
from kiosk.host.link.enrolling import become_a_device
from kiosk.host.link.identity import remember
from kiosk.host.web import access
from office import registry, schema
from office.outlets import devices
from office.settings import load
from office.storage import database as office_database
from office.times import local_date, now_ms
from sync import enrolment
from sync.host.device_key import load_or_create

SALES, SCANS, RATE = 15_000, 60_000, 256_000
PIN, PLAIN, PRICE = "246810", "08930000009999", 10_000
OFFICE_PORT, SHOPPER, STAFF = 18_480, 18_481, 18_482
URL = f"https://{link.HERE}:{OFFICE_PORT}"
OFFICE = 'data = "office"\n[http]\nhost = "{here}"\nport = {port}\nbase_url = "{url}"\n'
OFFICE += 'tls_certificate = "cert.pem"\ntls_key = "key.pem"\n'
OUTLET = 'data = "outlet"\n[shopper]\nport = {shopper}\n[staff]\nport = {staff}\n[office]\nurl = "{url}"\n'
# How the line is: name, what `Link.set` takes.
LINES = (
    ("60 ms there and back", {"round_trip": 0.06}),
    ("150 ms, 1 % lost", {"round_trip": 0.15, "loss": 0.01}),
    ("150 ms, 1 % lost, away 10 s in every 40 s", {"round_trip": 0.15, "loss": 0.01, "cut": 10, "every": 40}),
)


def certificate(folder):
    """One for the office's address that signs itself, trusted by all processes from here on."""
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
               "-days", "2", "-subj", "/CN=ocop", "-addext", f"subjectAltName=IP:{link.HERE}",
               "-keyout", "key.pem", "-out", "cert.pem"]  # fmt: skip
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    os.environ["SSL_CERT_FILE"] = str(folder / "cert.pem")


def settle(folder):
    """An office with 72 products and one without stamps, and the code that enrols the outlet's device."""
    (folder / "office.toml").write_text(OFFICE.format(here=link.HERE, port=OFFICE_PORT, url=URL))
    settings = load(folder / "office.toml")
    found(settings, [])
    today = local_date(now_ms())
    rows = registry.Import(
        products=[
            registry.Product(id="SPX", name="Nón lá", producer="P1", stars=3, recognised=today,
                             recognised_until=today.replace(year=today.year + 2), illustrative=True)
        ],
        trade_items=[
            registry.TradeItem(gtin=PLAIN, product="SPX", unit="chiếc", net="1", price=PRICE, stamped=False)
        ],
        outlets=[registry.Outlet(code="HT01", name="Điểm 1")],
    )  # fmt: skip
    engine = office_database.open_engine(settings.database_url)
    with office_database.writing(engine) as connection:
        registry.import_rows(connection, rows, "bench", now_ms())
        code = enrolment.spell(devices.new_code(connection, "HT01", "bench", now_ms()))
    return engine, code


def enrol(folder, code):
    """The outlet's data folder: enrolled, with a clerk."""
    (folder / "outlet.toml").write_text(OUTLET.format(shopper=SHOPPER, staff=STAFF, url=URL))
    data = folder / "outlet"
    data.mkdir()
    identity, root = asyncio.run(become_a_device(None, load_or_create(data / "device.key"), URL, code))
    db = database.connect(data)
    db.execute("BEGIN IMMEDIATE")
    remember(db, identity, root, URL)
    db.execute("COMMIT")
    access.add(db, access.Person("nv1", "An", "clerk"), PIN)
    db.close()
    return identity.device


def month(data, device, sales, scans, seed):
    """Write a month into the journal as the till does, in one transaction."""
    shop, db = Shop(device, seed, seed * BATCH // 4), database.connect(data)
    order = ["sale"] * sales + ["scan"] * scans
    shop.random.shuffle(order)
    db.execute("BEGIN IMMEDIATE")
    for number, kind in enumerate(order):
        moment = journal.Moment(START_MS + number * 30_000, number * 30_000, "sure")
        journal.append(db, device, kind, shop.sale() if kind == "sale" else shop.scan(), moment)
    db.execute("COMMIT")
    last = journal.head(db)[0]
    db.close()
    return last


@contextlib.contextmanager
def office_at(config):
    process = subprocess.Popen(
        [sys.executable, "-m", "config", "office", "--config", str(config)], stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def has(engine, device):
    """Up to which entry the office has the device's journal."""
    query = select(schema.devices.c.head_seq).where(schema.devices.c.id == device)
    with office_database.reading(engine) as connection:
        return connection.execute(query).scalar_one()


def till(every):
    """Sell for ever, each sale's seconds as a line; ends at the end of stdin. Runs at the outlet."""
    import http.client
    import select as selecting

    cookie, number = "", 0
    while True:
        number += 1
        connection = http.client.HTTPConnection("127.0.0.1", STAFF, timeout=60)
        sale = {"lines": [{"gtin": PLAIN, "qty": 1, "price": PRICE}],
                "payments": [{"kind": "cash", "amount": PRICE}]}  # fmt: skip
        asked = [("/api/session", {"pin": PIN})] * (not cookie) + [("/api/sales", sale)]
        try:
            for path, body in asked:
                began = time.perf_counter()
                headers = {"Content-Type": "application/json", "Cookie": cookie}
                headers["Idempotency-Key"] = f"{os.getpid()}-{number}"
                connection.request("POST", path, json.dumps(body), headers)
                answer = connection.getresponse()
                text = answer.read()
                cookie = answer.getheader("Set-Cookie", cookie).split(";")[0]
            if answer.status != 201:
                raise SystemExit(f"{answer.status}: {text.decode()}")
            print(time.perf_counter() - began, flush=True)
        except OSError:
            pass  # it is just starting
        finally:
            connection.close()
        if selecting.select([sys.stdin], [], [], every)[0]:
            return


def sales_at(line, every):
    command = [sys.executable, __file__, "--till", str(every)]
    return subprocess.Popen(line.within(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def told(process):
    """The seconds of each sale."""
    out, _ = process.communicate("")
    if process.returncode:
        raise SystemExit("a sale was refused")
    return [float(text) for text in out.split()]


def catch_up(folder, engine, line, device, target, how):
    """Seconds, share of the line, seconds of processor time, sales' seconds during and after."""
    line.set(RATE, **how)
    began = time.monotonic()
    command = [sys.executable, "-m", "config", "kiosk", "--config", str(folder / "outlet.toml")]
    kiosk = subprocess.Popen(line.within(command), stderr=subprocess.DEVNULL)
    shop = sales_at(line, 3)
    try:
        shown = began
        while (seq := has(engine, device)) < target:
            if kiosk.poll() is not None:
                raise SystemExit(f"the kiosk ended with status {kiosk.returncode}")
            if time.monotonic() - shown > 15:
                shown = time.monotonic()
                print(f"    {shown - began:5.0f} s: {seq} of {target} entries", file=sys.stderr, flush=True)
            time.sleep(0.2)
        seconds, cpu, passed = time.monotonic() - began, used(kiosk.pid), line.passed()
        during = told(shop)
        shop = sales_at(line, 0.5)
        time.sleep(8)
        after = told(shop)
    finally:
        shop.kill()
        kiosk.terminate()
        kiosk.wait()
    return seconds, passed["up"] * 8 / RATE / seconds, passed["up"], cpu, during, after


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of a month, the first line only")
    parser.add_argument("--line", type=int, choices=range(len(LINES)), help="only this one")
    parser.add_argument("--till", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.till is not None:
        till(options.till)
        return
    if reason := link.possible():
        print(f"no line can be made here: {reason}")
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the namespace goes with us
    sales, scans = (SALES // 10, SCANS // 10) if options.quick else (SALES, SCANS)
    lines = LINES[:1] if options.quick else LINES if options.line is None else LINES[options.line :][:1]
    with tempfile.TemporaryDirectory() as temporary, contextlib.closing(link.Link()) as line:
        folder = Path(temporary)
        certificate(folder)
        engine, code = settle(folder)
        with office_at(folder / "office.toml"):
            while not enrolled.answered(f"{URL}/sync/v1/time?nonce=x"):
                time.sleep(0.05)
            device = enrol(folder, code)
            pull = [sys.executable, "-m", "config", "sync", "--now", "--config", str(folder / "outlet.toml")]
            while not (folder / "outlet" / "catalogue.db").exists():
                subprocess.run(line.within(pull), check=True, stdout=subprocess.DEVNULL)
            for number, (name, how) in enumerate(lines):
                target = month(folder / "outlet", device, sales, scans, number)
                row = catch_up(folder, engine, line, device, target, how)
                seconds, share, up, cpu, during, after = row
                print(f"{sales + scans} entries over {RATE // 1000} kbit/s, {name}:")
                print(f"  caught up in {seconds:.0f} s, {up / 1e6:.2f} MB up in whole packets; "
                      f"the line is used for {share:.0%}")  # fmt: skip
                print(f"  processor time of the kiosk {cpu:.1f} s")
                print(f"  a sale meanwhile: median {statistics.median(during) * 1e3:.0f} ms, worst "
                      f"{max(during) * 1e3:.0f} ms of {len(during)}; afterwards {statistics.median(after) * 1e3:.0f} ms")  # fmt: skip
        engine.dispose()


if __name__ == "__main__":
    main()
