"""The sample sale, and the worker as a real process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture
def sale():
    return json.loads((HERE / "SALE.json").read_text())


class Worker:
    """`python -m printer.host`, spoken to line by line."""

    def __init__(self, *arguments):
        # An unset PYTHONUNBUFFERED shows whether the worker flushes by itself.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "printer.host", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=HERE.parents[1],
        )

    def line(self):
        return json.loads(self.process.stdout.readline())

    def send(self, job):
        text = job if isinstance(job, bytes) else json.dumps(job).encode()
        self.process.stdin.write(text + b"\n")
        self.process.stdin.flush()

    def ask(self, job):
        self.send(job)
        return self.line()

    def end(self):
        """Close stdin; returns (exit code, the rest of stdout, stderr)."""
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


@pytest.fixture
def start():
    workers = []

    def make(*arguments):
        workers.append(Worker(*arguments))
        return workers[-1]

    yield make
    for worker in workers:
        worker.process.kill()
        worker.process.communicate()


@pytest.fixture
def worker(start):
    running = start()
    assert running.line() == {"ready": True}
    return running
