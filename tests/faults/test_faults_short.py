"""A fixed sample of the fault suite: each kind of fault once, on real processes and files (docs/reliability.md)."""

import subprocess
import sys
from pathlib import Path

import pytest

SUITE = Path(__file__).parent / "run.py"


@pytest.mark.timeout(900)
def test_no_promise_breaks(tmp_path):
    command = [sys.executable, str(SUITE), "--short", "--table", str(tmp_path / "table.jsonl")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=880)
    assert done.returncode == 0, done.stdout + done.stderr
