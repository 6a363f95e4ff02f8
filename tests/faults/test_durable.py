"""What `config.durable` has written outlasts every power cut, as the shim and the worst disk play it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import power
from control import OUTLET, Control

# The shim knows an outlet's process by its command line.
ROLE = ("-m", "config", "enrol")
WRITE = "import sys; from pathlib import Path; from config import durable; durable.write(Path(sys.argv[-1]), b'seed')"
# What it was before: the file is safe, and its name is not.
BARE = (
    "import os, sys; from pathlib import Path; path = Path(sys.argv[-1]); new = path.with_suffix('.new'); "
    "file = new.open('wb'); file.write(b'seed'); file.flush(); os.fsync(file.fileno()); new.rename(path)"
)


def outlasts(tmp_path: Path, program: str, seed: int) -> bool:
    """Whether a key is there whole after the power went once `program` had written it."""
    world = tmp_path / f"world{seed}"
    data = world / "data"
    path = data / "outlet" / "device.key"
    path.parent.mkdir(parents=True)
    control = Control(world / "shim", data)
    try:
        power.forget(control, OUTLET)
        command = [sys.executable, "-c", program, *ROLE, str(path)]
        subprocess.run(
            command, check=True, env=os.environ | control.environment, cwd=Path(__file__).parents[2]
        )
        assert path.read_bytes() == b"seed" and power.read_log(control)
        power.lose_power(control, data, seed, strict=True)
        return path.exists() and path.read_bytes() == b"seed"
    finally:
        control.close()


@pytest.mark.parametrize("seed", range(6))
def test_a_file_that_was_written_is_there_after_any_cut(tmp_path, seed):
    assert outlasts(tmp_path, WRITE, seed)


def test_without_the_folder_s_sync_it_may_be_gone(tmp_path):
    assert not all(outlasts(tmp_path, BARE, seed) for seed in range(6))
