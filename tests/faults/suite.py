"""What a fault is, the table of what was run, and the engine that goes on where it stopped."""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bench import Bench
from oracle import PROMISES, BrokenError

END = "end"  # the result of the point after the last one that there is


class Fault(NamedTuple):
    """One fault. `run(bench, n)` returns a note, or None when there is no n-th point (any more).

    `points`: how many there are, None when that shows as it runs; `bench`: which world it needs.
    """

    name: str
    run: Callable[[Bench, int], str | None]
    points: int | None = None
    bench: str = "plain"
    short: tuple[int, ...] = ()  # the points of the two-minute form


class Table:
    """JSON lines, one a point that was run: fault, point, result, seconds, note."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.rows: list[dict[str, Any]] = []
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                try:
                    self.rows.append(json.loads(line))
                except ValueError:
                    continue  # the end of a line that a stop cut off
        self._done = {(row["fault"], row["point"]) for row in self.rows if row["result"] in ("held", END)}

    def done(self, fault: str, point: int) -> bool:
        """Whether this point has held before."""
        return (fault, point) in self._done

    def end(self, fault: str) -> int | None:
        """How many points a fault has, once the last one was reached."""
        ends = [row["point"] - 1 for row in self.rows if row["fault"] == fault and row["result"] == END]
        return ends[-1] if ends else None

    def add(self, fault: str, point: int, result: str, seconds: float, note: str) -> dict[str, Any]:
        """Append a row, to the file too."""
        row = {"fault": fault, "point": point, "result": result, "seconds": round(seconds, 2), "note": note}
        self.rows.append(row)
        if result in ("held", END):
            self._done.add((fault, point))
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
        return row

    def summary(self) -> Iterator[str]:
        """The table of tables: each fault, its points, and how many promises broke in the latest run of each."""
        latest: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
        for row in self.rows:
            latest[row["fault"]][row["point"]] = row
        yield f"{'fault':52} {'points':>6} {'held':>6} " + " ".join(f"{one:>12}" for one in PROMISES)
        total: Counter[str] = Counter()
        for name, points in latest.items():
            rows = [row for row in points.values() if row["result"] != END]
            counts = Counter(row["result"] if row["result"] == "held" else promise(row) for row in rows)
            counts["points"] = len(rows)
            total += counts
            yield _line(name, counts)
        yield _line("all", total)


def promise(row: dict[str, Any]) -> str:
    """Which promise a row broke."""
    name = str(row["note"]).partition(":")[0]
    return name if row["result"] == "broken" and name in PROMISES else "stuck"


def _line(name: str, counts: Counter[str]) -> str:
    return f"{name:52} {counts['points']:6} {counts['held']:6} " + " ".join(
        f"{counts[one]:12}" for one in PROMISES
    )


def run_point(
    table: Table, fault: Fault, point: int, bench: Bench, broken: Path, say: Callable[[str], None]
) -> str:
    """Run one point and write down what came of it. Its result: held, broken, stuck or end."""
    began = time.monotonic()
    try:
        note = fault.run(bench, point)
        result = END if note is None else "held"
    except BrokenError as error:
        result, note = "broken", str(error)
    except Exception as error:  # whatever else came up: the point did not end well
        result, note = "stuck", f"{type(error).__name__}: {error}"
    if result in ("broken", "stuck"):
        bench.keep_as(broken / f"{fault.name}-{point}".replace(" ", "-").replace("/", "-"))
        say(f"{fault.name}, point {point}: {result}: {note}")
    table.add(fault.name, point, result, time.monotonic() - began, note or "")
    return result


def run_fault(
    table: Table, fault: Fault, bench: Bench, broken: Path, say: Callable[[str], None], until: float
) -> None:
    """Run the points of a fault that have not held yet, until the monotonic time `until`."""
    point = 0
    last = table.end(fault.name) if fault.points is None else fault.points
    while (last is None or point < last) and time.monotonic() < until:
        point += 1
        if table.done(fault.name, point):
            continue
        if run_point(table, fault, point, bench, broken, say) == END:
            return
