"""Several web workers and two services on one PostgreSQL: pushes go to any of them, one is killed, nothing is twice."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from sqlalchemy import func, select

from config.exits import CommandError
from office import registry, schema, service
from office.settings import Settings
from office.storage import database
from sync import http_signatures

ROOT = Path(__file__).parents[2]
DEVICES, ENTRIES, PART = 4, 60, 4
ON_POSTGRESQL = pytest.mark.only_on("postgresql")


class Process:
    """One `ocop office ...` on a free port; `port` once it listens."""

    def __init__(self, folder, name, config, *arguments):
        self.log = folder / f"{name}.log"
        command = [sys.executable, "-m", "config", "office", *arguments, "--config", str(config)]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, stderr=log, cwd=ROOT)
        self.port = int(self.wait_for(r"listens on http://127\.0\.0\.1:(\d+)"))

    def wait_for(self, pattern):
        """The first group of the line of its log that matches."""
        while not (found := re.search(pattern, self.log.read_text())):
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)
        return found[1]

    def kill(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def start(office_settings, tmp_path):
    """Start an office process: `start(name, *arguments)`. All are killed at the end."""
    config, running = tmp_path / "office.toml", []
    config.write_text(
        f'data = "{office_settings.data}"\ndatabase = "{office_settings.database}"\n[http]\nport = 0\n'
    )

    def call(name, *arguments, config=config):
        running.append(Process(tmp_path, name, config, *arguments))
        return running[-1]

    yield call
    for one in running:
        one.kill()


def push(port, device, first, last):
    """Push once. Returns the signed acknowledgement; raises OSError."""
    body, authority = device.wire(first, last), f"127.0.0.1:{port}"
    headers = http_signatures.signed_headers(
        "POST", authority, "/sync/v1/journal", "", body, int(time.time()), device.name, "n", device.key.sign
    )
    request = urllib.request.Request(
        f"http://{authority}/sync/v1/journal", body, dict(headers) | {"Content-Encoding": "deflate"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)["signed"]


@ON_POSTGRESQL
def test_pushes_to_any_worker_are_kept_once_though_one_is_killed(engine, enrolled, start, gtin):
    start("main")
    workers = [start(f"worker{n}", "worker", "--port", "0") for n in range(3)]
    devices = [enrolled(f"HT0{n % 2 + 1}{'AB'[n // 2]}", f"HT0{n % 2 + 1}") for n in range(DEVICES)]
    for number, device in enumerate(devices):
        for serial in range(ENTRIES):
            device.sell(gtin, number * ENTRIES + serial + 1)
    acks, turn = [], threading.Lock()

    def send(device, seed):
        chance, first = random.Random(seed), 1
        while first <= ENTRIES:
            try:
                ack = push(workers[chance.randrange(3)].port, device, first, first + PART - 1)
            except OSError as error:  # killed, or not there yet: another one
                assert getattr(error, "code", 503) == 503, error
                continue
            if chance.random() < 0.3:  # the answer got lost, and the device sends it once more, elsewhere
                continue
            assert (ack["acked_seq"], ack["hash"]) == (
                first + PART - 1, device.hash_at(first + PART - 1).hex(),
            )  # fmt: skip
            first += PART
            with turn:
                acks.append(device.name)
                if len(acks) in (10, 30):  # while the others push
                    killed = len(acks) // 20
                    workers[killed].kill()
                    workers[killed] = start(f"again{killed}", "worker", "--port", "0")

    threads = [threading.Thread(target=send, args=(device, number)) for number, device in enumerate(devices)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(acks) == DEVICES * ENTRIES // PART
    with database.reading(engine) as connection:
        entries, rollups = schema.entries, schema.sales_rollups
        kept = connection.execute(select(entries.c.device, entries.c.seq, entries.c.hash, entries.c.branch))
        wanted = {(d.name, seq, d.hash_at(seq), 0) for d in devices for seq in range(1, ENTRIES + 1)}
        assert sorted(map(tuple, kept)) == sorted(wanted)
        total = select(func.sum(rollups.c.receipts), func.sum(rollups.c.amount)).where(
            rollups.c.span == "day", rollups.c.outlet == "*", rollups.c.gtin == "*"
        )
        count = DEVICES * ENTRIES
        assert tuple(map(int, connection.execute(total).one())) == (count, count * 185000)
        assert connection.execute(select(func.count()).select_from(schema.sales)).scalar_one() == count
        heads = connection.execute(select(schema.devices.c.head_seq)).scalars()
        assert set(heads) == {ENTRIES}


@ON_POSTGRESQL
def test_of_two_services_on_one_database_one_publishes_and_the_other_takes_over(
    engine, office_settings, start, tmp_path, sample
):
    first = start("first")
    first.wait_for(r"published (\d+) for .*HT02")
    other = tmp_path / "other"
    other.mkdir()
    # Two machines share what is published and the keys; each has a lock of its own.
    for name in ("keys", "segments"):
        os.symlink(office_settings.folder / name, other / name)
    config = tmp_path / "other.toml"
    config.write_text(f'data = "{other}"\ndatabase = "{office_settings.database}"\n[http]\nport = 0\n')
    second = start("second", config=config)
    second.wait_for(r"(another publisher works)")

    def add(code):
        with database.writing(engine) as connection:
            outlet = registry.Outlet(code=code, name=code)
            registry.import_rows(connection, registry.Import(outlets=[outlet]), "test", 1)

    add("HT03")
    first.wait_for(r"published (\d+) for .*HT03")
    assert "published" not in second.log.read_text()
    first.process.send_signal(signal.SIGKILL)  # its publisher sees that, and ends
    second.wait_for(r"(publishes from now on)")
    add("HT04")
    second.wait_for(r"published (\d+) for .*HT04")
    with database.reading(engine) as connection:
        query = select(schema.catalogue_versions.c.outlet).distinct()
        assert set(connection.execute(query).scalars()) == {"HT01", "HT02", "HT03", "HT04"}


async def test_sqlite_takes_no_more_workers(engine, office_settings, tmp_path):
    with pytest.raises(CommandError, match="more web workers need PostgreSQL"):
        await service.work(Settings(data=office_settings.data), tmp_path / "office.toml", 0)
