"""The switch of the broken disk: builds the shim and holds the memory that it shares with us (shim.c)."""

import mmap
import os
import struct
import subprocess
from pathlib import Path

HERE = Path(__file__).parent

ROLES = {"kiosk": 1, "scanner": 2, "printer": 4, "office": 8, "publisher": 16, "installer": 32}
OUTLET, OFFICE = 1 | 2 | 4 | 32, 8 | 16
WRITE, SYNC, NAME, SEND, CREATE, SHORTEN = 1, 2, 4, 8, 16, 32
DISK = WRITE | SYNC | NAME | CREATE | SHORTEN
KILL, FAIL_ONCE, FAIL_ON, HALF, CUT, STEP = 1, 2, 3, 4, 5, 6

_FIELDS = {
    "dead": (0, "i"),
    "roles": (4, "i"),
    "kinds": (8, "i"),
    "action": (12, "i"),
    "count": (16, "q"),
    "at": (24, "q"),
    "error": (32, "i"),
    "fired": (36, "i"),
    "clock_ns": (40, "q"),
    "clock_roles": (48, "i"),
    "logging": (52, "i"),
    "log_used": (56, "q"),
    "lock": (64, "i"),
    "stashed": (68, "i"),
    "step_ns": (72, "q"),
}
LOG_BYTES = 512 * 1024 * 1024  # sparse: only what is logged takes room


def build(folder: Path) -> Path:
    """The shim as a shared library in `folder`. Raises CalledProcessError when cc cannot make it."""
    library = folder / "shim.so"
    if not library.exists() or library.stat().st_mtime < (HERE / "shim.c").stat().st_mtime:
        new = folder / f"shim.{os.getpid()}.so"
        command = ["cc", "-O2", "-Wall", "-Wextra", "-fPIC", "-shared", "-o", str(new), str(HERE / "shim.c")]
        subprocess.run([*command, "-ldl"], check=True)
        new.rename(library)
    return library


class Control:
    """The shared memory, field by field; `environment` makes a process look at it."""

    def __init__(self, folder: Path, data: Path) -> None:
        """`folder` holds the switch and the log, `data` is what the shim watches."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.stash = folder, data.parent / "stash"
        self.stash.mkdir(exist_ok=True)
        self.log = folder / "log"
        for path, size in ((folder / "control", 4096), (self.log, LOG_BYTES)):
            with path.open("wb") as file:
                file.truncate(size)
        with (folder / "control").open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 4096)
        self.environment = {
            "LD_PRELOAD": str(build(data.parent.parent)),
            "FAULTS_CONTROL": str(folder / "control"),
            "FAULTS_LOG": str(self.log),
            "FAULTS_STASH": str(self.stash),
            "FAULTS_DATA": str(data),
        }

    def get(self, field: str) -> int:
        """What a field holds now."""
        offset, kind = _FIELDS[field]
        return int(struct.unpack_from("<" + kind, self._memory, offset)[0])

    def set(self, **fields: int) -> None:
        """Write fields, in this order."""
        for field, value in fields.items():
            offset, kind = _FIELDS[field]
            struct.pack_into("<" + kind, self._memory, offset, value)

    def arm(self, roles: int, kinds: int, at: int, action: int, error: int = 0) -> None:
        """Count from now on, and do `action` at the n-th call (`at` 0: only count)."""
        self.set(roles=0, count=0, fired=0, kinds=kinds, action=action, error=error, at=at)
        self.set(roles=roles)

    def lift(self) -> int:
        """Take the fault away. Returns how many calls were counted."""
        self.set(roles=0)
        return self.get("count")

    def close(self) -> None:
        """Let go of the memory and remove the log, which may be large."""
        self._memory.close()
        self.log.unlink(missing_ok=True)
