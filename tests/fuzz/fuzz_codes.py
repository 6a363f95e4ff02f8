"""atheris (libFuzzer for Python) looks for a text that breaks a promise of the parsers.

    make fuzz [RUNS=10000000]

The first byte of an input says how the others become a text. A find ends the search with a traceback and
a file `crash-...` in the folder from which this was called; its text becomes a test of its own.
"""

import runpy
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import atheris

INVARIANTS_FILE = Path(__file__).with_name("invariants.py")
LONGEST = 4200  # bytes: a little more than a code may have
PULSE = 1_000_000  # inputs between two signs of life


def text_of(data: bytes, assemble) -> str:
    """UTF-8, bytes as characters, UTF-16 with lone surrogates, or (for half of all inputs) pieces of codes."""
    way, rest = data[:1], data[1:]
    if way < b"\x40":
        return rest.decode("utf-8", "replace")
    if way < b"\x60":
        return rest.decode("latin-1")
    if way < b"\x80":
        return rest[: len(rest) & ~1].decode("utf-16-le", "surrogatepass")
    return assemble(rest)


def search(arguments: list[str]) -> None:
    """Look for a find until the runs are over, and never return: libFuzzer ends the process."""
    with atheris.instrument_imports(include=["scanner"]):
        invariants = runpy.run_path(str(INVARIANTS_FILE))
    check, assemble = invariants["check"], invariants["assemble"]
    count = 0

    def one_input(data: bytes) -> None:
        nonlocal count
        check(text_of(data, assemble))
        count += 1
        if count % PULSE == 0:
            print(f"{count:,} inputs", flush=True)

    atheris.Setup([sys.argv[0], *arguments], one_input)
    atheris.Fuzz()


def write_seeds(folder: Path, seeds: list[str]) -> None:
    for number, seed in enumerate(seeds):
        (folder / f"text-{number}").write_bytes(b"\x00" + seed.encode())
        (folder / f"piece-{number}").write_bytes(b"\x80" + bytes([number]))
    (folder / "long").write_bytes(b"\x00https://a.vn" + b"/01" * 1300)


def write_dictionary(file: Path, pieces: list[str]) -> None:
    """libFuzzer's list of words to put into inputs, every byte escaped."""
    words = sorted({piece.encode("utf-8", "surrogatepass") for piece in pieces if len(piece) < 60})
    lines = ['"' + "".join(f"\\x{byte:02x}" for byte in word) + '"' for word in words]
    file.write_text("\n".join(lines) + "\n")


def main(runs: int) -> int:
    """Search in a child; say how many inputs there were in how long. 1 if something was found."""
    invariants = runpy.run_path(str(INVARIANTS_FILE))
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as made:
        corpus, words = Path(made) / "corpus", Path(made) / "words"
        corpus.mkdir()
        write_seeds(corpus, invariants["SEEDS"])
        write_dictionary(words, invariants["PIECES"])
        options = [f"-runs={runs}", f"-max_len={LONGEST}", f"-dict={words}", "-timeout=2", "-verbosity=0"]
        child = subprocess.run([sys.executable, __file__, "search", *options, str(corpus)], check=False)
    minutes = (time.monotonic() - start) / 60
    if child.returncode:
        print(f"a find after {minutes:.1f} minutes: see above, and the crash-, timeout- or oom- file here")
        return 1
    print(f"{runs:,} inputs in {minutes:.1f} minutes, no find")
    return 0


if __name__ == "__main__":
    if sys.argv[1] == "search":
        search(sys.argv[2:])
    sys.exit(main(int(sys.argv[1])))
