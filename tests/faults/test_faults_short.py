"""A fixed sample of the fault suite: real processes, real files, two minutes in all (docs/reliability.md)."""

import subprocess
import sys
from pathlib import Path

import pytest

SUITE = Path(__file__).parent / "run.py"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("group", ["kills", "disks", "cuts", "network"])
def test_no_promise_breaks(group, tmp_path):
    command = [
        sys.executable,
        str(SUITE),
        "--short",
        "--only",
        group,
        "--table",
        str(tmp_path / "table.jsonl"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
