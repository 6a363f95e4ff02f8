"""Our reader beside others, in one run: photographs with known answers, copies of them, drawn stamps and labels, frames.

    make bench-scan                                        everything, which takes long
    python tests/bench/bench_scan.py [--few] [--photographs DIR]

One thread a reader, CPU time, so that a busy machine changes neither what is read nor how long it takes. `limited` is
zxing-cpp with the symbologies of a shop alone (QR, EAN-13, EAN-8, UPC-A, Code 128), `a>b` b where a reads nothing;
`same` has our symbologies, UPC-E and Data Matrix among them. read: pictures with all their texts; false: with a wrong
text; easy: milliseconds on those that `limited` reads whole, the best of five decodes, the readers in turn; as a ratio
to both, of medians and (each picture's) the median of ratios. `held out` pictures come from a seed nobody tuned on. The
worst picture of ours is named by its number. Prints figures and judges none.
"""

import argparse
import json
import sys
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import spoilt
import stamp_pictures
import zxingcpp

from scanner.host import libraries, readings, search
from scanner.host.libraries import Read
from scanner.host.vision import Picture, cv2, np

PHOTOGRAPHS: Final = Path(__file__).parents[2].parent / "shared" / "data" / "scan"
DEVELOPMENT, HELD_OUT = 1, 3  # seeds of drawn pictures
COUNT: Final = 8  # drawn pictures of each effect and size
FRAMES: Final = 10
BEST_OF: Final = 5  # decodes of an easy picture

PEERS: Final = ("same", "limited")  # that easy pictures are timed against

_SHOP: Final = [
    zxingcpp.BarcodeFormat.QRCode,
    zxingcpp.BarcodeFormat.EAN13,
    zxingcpp.BarcodeFormat.EAN8,
    zxingcpp.BarcodeFormat.UPCA,
    zxingcpp.BarcodeFormat.Code128,
]


class Case(NamedTuple):
    """A picture, what stands in it, what else may be read, and the groups it counts in."""

    picture: Picture
    texts: tuple[str, ...]
    allowed: tuple[str, ...]
    groups: tuple[str, ...]


class Result(NamedTuple):
    """How one reader did on one case."""

    read: bool
    wrong: bool
    seconds: float


def readers() -> dict[str, Read]:
    """All readers of the table."""
    zxing, zbar = libraries.zxing(), libraries.zbar()
    return {
        "zxing-cpp": _everything,
        "limited": _limited,
        "same": zxing,
        "pyzbar": zbar,
        "opencv": libraries.opencv(),
        "tapirscan, bars": libraries.tapirscan(),
        "limited>pyzbar": lambda picture: _limited(picture) or zbar(picture),
        "limited>2x": lambda picture: _limited(picture) or _limited(_twice(picture)),
        "ours": lambda picture: search.Search(search.STILL, clock=time.process_time).look(picture),
    }


def _everything(picture: Picture) -> list[readings.Reading]:
    return _plain(zxingcpp.read_barcodes(picture, text_mode=zxingcpp.TextMode.Plain))


def _limited(picture: Picture) -> list[readings.Reading]:
    return _plain(zxingcpp.read_barcodes(picture, formats=_SHOP, text_mode=zxingcpp.TextMode.Plain))


def _plain(codes: Iterable[zxingcpp.Barcode]) -> list[readings.Reading]:
    return [
        readings.reading(str(code.format), code.text, readings.corners(code)) for code in codes if code.text
    ]


def _twice(picture: Picture) -> Picture:
    return np.asarray(cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8)


def photographs(folder: Path) -> list[Case]:
    """The photographs with their answers, in halves by folder and by hash of the name."""
    answers: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in (folder / "expected.jsonl").read_text(encoding="utf-8").splitlines():
        answer = json.loads(line)
        answers[answer["file"]].append(answer)
    folders = sorted({name.split("/")[0] for name in answers})
    cases = []
    for name, symbols in answers.items():
        known = [symbol["text"] for symbol in symbols if symbol["text"] is not None]
        wanted = [
            symbol["text"] for symbol in symbols if symbol["text"] is not None and not symbol.get("optional")
        ]
        kind = {"QR": "QR", "CODE128": "Code 128", None: "nothing to read"}.get(
            symbols[0]["symbology"], "EAN/UPC"
        )
        where = "first" if folders.index(name.split("/")[0]) % 2 else "second"
        by_hash = "first" if zlib.crc32(name.encode()) % 2 else "second"
        groups = ("all", kind, f"folders, {where} half", f"by hash, {by_hash} half")
        picture = np.asarray(cv2.imread(str(folder / name), cv2.IMREAD_GRAYSCALE), np.uint8)
        cases.append(Case(picture, tuple(wanted), tuple(known), groups))
    return cases


def copies(cases: list[Case]) -> Iterator[Case]:
    """Each photograph turned, smaller, noisy or blurred: pictures that nobody has seen."""
    for number, case in enumerate(cases):
        dice = np.random.default_rng([number, 9])
        picture, way = case.picture, ("turned", "smaller", "noisy", "blurred")[number % 4]
        high, wide = picture.shape
        if way == "turned":
            turn = cv2.getRotationMatrix2D((wide / 2, high / 2), dice.uniform(-40, 40), 0.9)
            picture = cv2.warpAffine(
                picture, turn, (wide, high), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
            )
        elif way == "smaller":
            scale = dice.uniform(0.6, 0.85)
            picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        elif way == "noisy":
            picture = np.clip(picture + dice.normal(0, dice.uniform(6, 14), picture.shape), 0, 255)
        else:
            picture = cv2.GaussianBlur(picture, (0, 0), dice.uniform(0.7, 1.2))
        yield case._replace(picture=np.asarray(picture, np.uint8), groups=("all", way))


def spoilt_copies(cases: list[Case]) -> Iterator[Case]:
    """Each photograph spoilt in one of eight further ways, above all to see what is then read falsely."""
    for number, case in enumerate(cases):
        way = spoilt.WAYS[number % len(spoilt.WAYS)]
        picture = way(case.picture, np.random.default_rng([number, 77]))
        yield case._replace(picture=picture, groups=("all", way.__name__))


def drawn(seed: int, count: int, kind: str) -> Iterator[Case]:
    """Stamps or EAN labels by effect and size."""
    for shot in stamp_pictures.shots(seed, count, kind):
        size = f"{shot.size[0]}x{shot.size[1]}"
        yield Case(shot.picture, shot.texts, shot.texts, ("all", size, shot.effect))


def same(one: str, other: str) -> bool:
    """Whether two readers mean the same: UPC-A or EAN-13, line ends, another character set."""
    one, other = one.rstrip("\r\n"), other.rstrip("\r\n")
    if one == other or (one.zfill(13) == other.zfill(13) and len(one) + len(other) == 25):
        return True
    if one.isascii() or other.isascii():
        return False
    sets = ("utf-8", "latin-1", "cp1252", "shift_jis", "gb18030", "big5", "cp437")
    return bool({_encoded(one, name) for name in sets} & {_encoded(other, name) for name in sets} - {b""})


def _encoded(text: str, charset: str) -> bytes:
    try:
        return text.encode(charset)
    except UnicodeEncodeError:
        return b""


def judged(case: Case, read: Read) -> Result:
    """One timed decode."""
    start = time.process_time()
    texts = [code["text"] for code in read(case.picture)]
    seconds = time.process_time() - start
    whole = all(any(same(text, wanted) for text in texts) for wanted in case.texts)
    wrong = any(not any(same(text, known) for known in case.allowed) for text in texts)
    return Result(whole and bool(case.texts), wrong, seconds)


def table(title: str, cases: list[Case], all_readers: dict[str, Read]) -> None:
    """Every reader on every case, the readers in turn on each, so that a busy moment strikes all."""
    results: dict[str, list[Result]] = {name: [] for name in all_readers}
    for case in cases:
        for name, read in all_readers.items():
            results[name].append(judged(case, read))
    there = [number for number, case in enumerate(cases) if case.texts]
    easy = [
        number for number in there if results["limited"][number].read and not results["limited"][number].wrong
    ]
    timed = {name: all_readers[name] for name in ("zxing-cpp", *PEERS, "ours")}
    best = at_best([cases[number] for number in easy], timed)
    print(f"\n### {title}: {len(there)} pictures to read, {len(cases) - len(there)} without a code\n")
    print(
        "| reader | read | rate | false | median ms | p95 ms | max ms | easy ms | x same | each | x limited | each |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for name, found in results.items():
        times = np.array([result.seconds for result in found]) * 1000
        read = sum(found[number].read for number in there)
        at_ease = float(np.median(best[name])) if name in best else np.nan
        ratios = (
            "| | |"
            if name not in best
            else " | ".join(
                f"{at_ease / np.median(best[peer]):.2f} | {np.median(best[name] / best[peer]):.2f}"
                for peer in PEERS
            )
        )
        print(
            f"| {name} | {read}/{len(there)} | {read / len(there):.1%} | {sum(r.wrong for r in found)} "
            f"| {np.median(times):.2f} | {np.percentile(times, 95):.1f} | {times.max():.0f} "
            f"| {at_ease * 1000:.2f} | {ratios} |"
        )
    any_other = sum(any(results[name][number].read for name in results if name != "ours") for number in there)
    print(
        f"| all others together | {any_other}/{len(there)} | {any_other / len(there):.1%} | | | | | | | | | |"
    )
    worst = max(range(len(cases)), key=lambda number: results["ours"][number].seconds)
    print(
        f"\nlongest of ours: picture {worst} ({', '.join(cases[worst].groups)}), {cases[worst].picture.shape}"
    )
    groups = list(dict.fromkeys(group for case in cases for group in case.groups if group != "all"))
    print(f"\n| read, of {title} | pictures | " + " | ".join(all_readers) + " | ours, false |")
    print("|---|---:" + "|---:" * (len(all_readers) + 1) + "|")
    for group in groups:
        inside = [number for number, case in enumerate(cases) if group in case.groups]
        rates = [f"{sum(found[n].read for n in inside) / len(inside):.0%}" for found in results.values()]
        wrong = sum(results["ours"][number].wrong for number in inside)
        print(f"| {group} | {len(inside)} | " + " | ".join(rates) + f" | {wrong} |")
    sys.stdout.flush()


def at_best(cases: list[Case], all_readers: dict[str, Read]) -> dict[str, Any]:
    """Each reader's shortest time on each case, the readers in turn."""
    times = {name: np.full(len(cases), np.inf) for name in all_readers}
    for number, case in enumerate(cases):
        for _ in range(BEST_OF):
            for name, read in all_readers.items():
                times[name][number] = min(times[name][number], judged(case, read).seconds)
    return times


def sequences(seed: int, count: int, kind: str) -> None:
    """How many of the things that a hand holds before a camera are read, and in which frame."""
    print(f"\n### Frames of {kind}s in a hand, {FRAMES} in a row, seed {seed}\n")
    print("| reader | read | false | median frame | ms a frame, median | p95 | max |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    made = [
        stamp_pictures.sequence(seed * 100 + number, effect, size, kind, FRAMES)
        for effect in stamp_pictures.EFFECTS
        for size in stamp_pictures.SIZES
        for number in range(count)
    ]
    makers: dict[str, Callable[[], Read]] = {
        "limited": lambda: _limited,
        "limited>2x": lambda: lambda picture: _limited(picture) or _limited(_twice(picture)),
        "ours": lambda: search.Search(search.FRAME, clock=time.process_time).look,
    }
    for name, make in makers.items():
        first, wrong, times = [], 0, []
        for frames, texts in made:
            read, seen = make(), set()
            at = FRAMES
            for number, frame in enumerate(frames):
                start = time.process_time()
                seen |= {code["text"] for code in read(frame)}
                times.append((time.process_time() - start) * 1000)
                if at == FRAMES and seen >= set(texts):
                    at = number
            first.append(at)
            wrong += bool(seen - set(texts))
        good = [at for at in first if at < FRAMES]
        print(
            f"| {name} | {len(good)}/{len(made)} {len(good) / len(made):.1%} | {wrong} | {np.median(good) + 1:.0f} "
            f"| {np.median(times):.1f} | {np.percentile(times, 95):.0f} | {max(times):.0f} |"
        )
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--few", action="store_true", help="a quarter of the drawn pictures")
    parser.add_argument("--photographs", type=Path, default=PHOTOGRAPHS)
    arguments = parser.parse_args()
    count = COUNT // 4 if arguments.few else COUNT
    all_readers = readers()
    if (arguments.photographs / "expected.jsonl").is_file():
        cases = photographs(arguments.photographs)
        table("photographs", cases, all_readers)
        table("changed copies of photographs", list(copies(cases)), all_readers)
        table("photographs spoilt in other ways", list(spoilt_copies(cases)), all_readers)
    else:
        print(
            f"No photographs in {arguments.photographs}: their tables are left out; --photographs names a folder."
        )
    for kind, name in (("stamp", "drawn stamps"), ("ean", "drawn EAN labels")):
        table(f"{name}, development seed", list(drawn(DEVELOPMENT, count, kind)), all_readers)
        table(f"{name}, held out", list(drawn(HELD_OUT, count, kind)), all_readers)
        sequences(HELD_OUT, max(1, count // 4), kind)
    with open("/proc/self/status", encoding="ascii") as file:
        peak = next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM"))
    print(f"\npeak RSS of this process, all readers and pictures loaded: {peak:.0f} MB")


if __name__ == "__main__":
    main()
