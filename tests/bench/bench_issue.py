"""What issuing stamps costs beside the signatures alone: one core, the command's whole path to the disk.

    python tests/bench/bench_issue.py

Prints figures and judges none. The two sides are taken in turn, and their medians compared.
"""

import io
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from nacl.signing import SigningKey

from office.publishing import keys
from office.stamps import Batch, files
from scanner import stamps

HOST, COUNT, ROUNDS = "OCOP.HATINH.VN", 20_000, 7
BATCH = Batch(1, "08934563138165", 4_294_900_000, 4_294_900_000 + COUNT - 1, 0, "A")
SEED = bytes(range(32))


def spent(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock, and of processor time."""
    start, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - cpu


def main() -> None:
    key, signer = SigningKey(SEED), keys.Signer(SEED)
    messages = [
        stamps.message(HOST, BATCH.k, BATCH.gtin, serial) for serial in range(BATCH.first, BATCH.last + 1)
    ]

    def bare() -> None:
        for message in messages:
            key.sign(message)

    with tempfile.TemporaryDirectory() as folder:

        def issued(path: Path) -> None:
            rows = files.lines(BATCH, HOST, signer)
            files.save(path, files.shown(rows, COUNT, io.StringIO()))

        times: dict[str, list[tuple[float, float]]] = {"bare": [], "issued": []}
        for turn in range(ROUNDS):
            times["bare"].append(spent(bare))
            path = Path(folder) / f"{turn}.csv"
            times["issued"].append(spent(lambda path=path: issued(path)))
    for number, clock in enumerate(("on the clock", "of processor time")):
        sign, issue = (statistics.median(one[number] for one in times[name]) for name in ("bare", "issued"))
        print(f"issuing stamps, a second {clock}: {COUNT / issue:,.0f} (10,000 wanted), in a file on disk")
        print(f"  PyNaCl's sign alone: {COUNT / sign:,.0f}; ratio of times {issue / sign:.2f}")


if __name__ == "__main__":
    main()
