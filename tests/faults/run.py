"""`make faults`: every fault against the real processes, going on where it stopped.

Run: `make faults`, or `python tests/faults/run.py [--only WORD] [--short] [--minutes N] [--table FILE]`.
Each point appends its row to the table (default faults/table.jsonl); a summary is printed at the end.
Exit code 1 when a promise was broken, or something stuck.
"""

import argparse
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bits
import clocks
import cuts
import disks
import enrolling
import hostile
import kills
import network
import tenants
from bench import Bench
from suite import Fault, Table, run_fault, run_point
from world import World

GROUPS: dict[str, list[Fault]] = {
    "kills": kills.FAULTS,
    "disks": disks.FAULTS,
    "cuts": cuts.FAULTS,
    "enrolling": enrolling.FAULTS,
    "network": network.FAULTS,
    "clocks": clocks.FAULTS,
    "tenants": tenants.FAULTS,
    "hostile": hostile.FAULTS,
    "bits": bits.FAULTS,
}
BENCHES = {"plain": {}, "camera": {"camera": True}}


def main() -> int:
    """Run what was asked for. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--only", default="", metavar="WORD", help="one group, or faults with this in their name"
    )
    parser.add_argument("--short", action="store_true", help="a fixed sample of about two minutes")
    parser.add_argument(
        "--minutes", type=float, default=24 * 60, help="stop after so many; a later run goes on"
    )
    parser.add_argument("--table", type=Path, default=Path("faults/table.jsonl"), help="where the rows go")
    parser.add_argument("--summary", action="store_true", help="print the table's summary and nothing else")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing of ours runs on
    table = Table(options.table)
    if options.summary:
        print("\n".join(table.summary()))
        return 0
    wanted = GROUPS.get(options.only) or [
        fault for group in GROUPS.values() for fault in group if options.only in fault.name
    ]
    if not wanted:
        parser.error(f"no group is called {options.only!r}, and no fault has it in its name")
    shared = Path("/dev/shm")  # no fault here depends on a real disk: power.py plays it
    base = Path(tempfile.mkdtemp(prefix="ocop-faults-", dir=shared if shared.is_dir() else None))
    before = len(table.rows)
    try:
        template = World(base / "template")
        try:
            template.found()
        finally:
            template.end()
        _run(options, table, wanted, template.folder, base)
    finally:
        shutil.rmtree(base, ignore_errors=True)
    print("\n".join(table.summary()))
    return 1 if any(row["result"] in ("broken", "stuck") for row in table.rows[before:]) else 0


def _run(options: argparse.Namespace, table: Table, wanted: list[Fault], template: Path, base: Path) -> None:
    until = time.monotonic() + 60 * options.minutes
    broken = options.table.parent / "broken"  # the files of a world that broke a promise
    benches: dict[str, Bench] = {}
    try:
        for fault in wanted:
            if time.monotonic() > until:
                break
            if fault.bench not in benches:
                benches[fault.bench] = Bench(template, base, **BENCHES[fault.bench])
            bench = benches[fault.bench]
            before = len(table.rows)
            if options.short:
                for point in fault.short:
                    run_point(table, fault, point, bench, broken, _say)
            else:
                run_fault(table, fault, bench, broken, _say, until)
            rows = table.rows[before:]
            if rows:
                _say(f"{fault.name}: {len(rows)} points, {sum(row['seconds'] for row in rows):.0f} s")
    finally:
        for bench in benches.values():
            bench.end()


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
