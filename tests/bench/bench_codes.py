"""What reading a code costs: a real stamp beside bare splitting, and the worst texts we know by length.

    python tests/bench/bench_codes.py

Prints figures and judges none (`tests/scanner/test_linear_work.py` does, by counting). The lower bound is
what no reader can do without: looking at every character and taking the text apart once.
"""

import statistics
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from scanner import codes, stamps

GTIN = "08931234567897"
STAMP = stamps.uri(stamps.Stamp("OCOP.HATINH.VN", "A", bytes(range(64)), GTIN, 12345))
LENGTHS = (256, 1024, 4096)
LINK = f"https://a.vn/01/{GTIN}"
ATTRIBUTES = [f"{ai}{digit}" for ai in ("310", "311", "312", "313", "314", "320", "321", "330", "331", "350", "360")
              for digit in range(6)]  # fmt: skip


def filled(head: str, unit: str, tail: str = "") -> Callable[[int], str]:
    """A text of any length: `unit` over and over between `head` and `tail`."""

    def make(length: int) -> str:
        room = length - len(head) - len(tail)
        return head + (unit * (room // len(unit) + 1))[:room] + tail

    return make


# Made to be slow: what loops, what backtracks, what fails at the very end.
WORST = {
    "digits": filled("", "1"),
    "letters": filled("", "a"),
    "Vietnamese": filled("", "Nguyễn Văn An|"),
    "slashes": filled("https://a.vn", "/"),
    "/01/01": filled("https://a.vn", "/01"),
    "/01/x": filled("https://a.vn", "/01/x"),
    "/10/x": filled("https://a.vn", "/10/x"),
    "/01/GTIN": filled("https://a.vn", f"/01/{GTIN}"),
    "/01/GTIN and a slash": filled("https://a.vn", f"/01/{GTIN}", "/"),
    "/01/ escaped GTIN": filled("https://a.vn", "/01/" + "%30" * 14, "/x"),
    "/8004/1234": filled("https://a.vn", "/8004/1234"),
    "host": filled("https://", "a.", "/01/x"),
    "at signs": filled("https://", "@", f"/01/{GTIN}"),
    "percents": filled(f"{LINK}/10/", "%"),
    "escapes": filled(f"{LINK}/10/", "%41"),
    "escapes in the query": filled(f"{LINK}?91=", "%41+"),
    "ampersands": filled(f"{LINK}?", "&"),
    "parameters": filled(f"{LINK}?", "a=&"),
    "attributes": filled(f"{LINK}?", "&".join(f"{ai}=000000" for ai in ATTRIBUTES) + "&"),
    "60 AIs": filled(f"{LINK}?" + "&".join(f"{ai}=000000" for ai in ATTRIBUTES[:60]) + "#", "x"),
    "fragment": filled(f"{LINK}#", "#"),
    "compressed": filled("https://a.vn/ARHKVAdpQg", "A"),
    "compressed, 256 bytes": lambda length: filled("https://a.vn", "/x")(length - 256)[:-1] + "/" + "8A" * 128,
    "(01)": filled("", f"(01){GTIN}"),
    "(10)": filled("", "(10)A"),
    "brackets": filled("(10)", "("),
    "escaped brackets": filled("(10)", "\\("),
    "backslashes": filled("(10)", "\\"),
    "FNC1s": filled("", "\x1d"),
    "FNC1 and (10)": filled("", "\x1d10A"),
    "FNC1 and (01)": filled("\x1d", f"01{GTIN}"),
    "GS1-128 of digits": filled("]C1", "1"),
    "EAN and composite": filled("]E08931234567897|]e0", "10A\x1d"),
    "stamp and more": filled(STAMP, "/21/1"),
    "host of a stamp": filled("HTTPS://", "A.", f"/S/{'A' * 104}/01/{GTIN}/21/1"),
}  # fmt: skip


def answered(text: str) -> None:
    try:
        codes.parse(text)
    except codes.CodeError:
        pass


def bare(text: str) -> int:
    """The least that reading takes: look at every character once, and take the text apart."""
    pieces = text.split("/")
    return len(text.strip("0123456789")) + sum(len(piece) for piece in pieces)


def in_turn(rounds: int, *calls: Callable[[], object]) -> list[float]:
    """Median seconds of each call, the calls taken in turn, so that a busy moment strikes all."""
    spent: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for call, times in zip(calls, spent, strict=True):
            start = time.perf_counter()
            call()
            times.append(time.perf_counter() - start)
    return [statistics.median(times) for times in spent]


def honest() -> None:
    texts = [STAMP[:-5] + str(serial) for serial in range(10_000, 12_000)]
    ours, split, link = in_turn(
        15,
        lambda: [codes.parse(text) for text in texts],
        lambda: [urlsplit(text.replace("A", "B", 1)) for text in texts],  # another text: urlsplit remembers
        lambda: [codes.parse(LINK + "/21/" + text[-5:]) for text in texts],
    )
    each = [seconds / len(texts) * 1e6 for seconds in (ours, split, link)]
    print(
        f"a stamp {each[0]:.1f} us, urlsplit of as many others {each[1]:.1f} us, ratio {each[0] / each[1]:.1f}"
    )
    print(f"a Digital Link with a serial {each[2]:.1f} us")


def worst() -> None:
    print(
        f"{'median us at length':24}" + "".join(f"{length:>8}" for length in LENGTHS) + "   x bare   growth"
    )
    found = []
    for name, make in WORST.items():
        times = []
        for length in LENGTHS:
            text = make(length)
            ours, least = in_turn(41, lambda text=text: answered(text), lambda text=text: bare(text))
            times.append(ours)
        found.append((times[-1], name))
        shown = "".join(f"{seconds * 1e6:8.1f}" for seconds in times)
        print(f"{name:24}{shown} {times[-1] / least:8.1f} {times[-1] / times[-2]:8.1f}")
    slowest, name = max(found)
    print(f"slowest of {len(found)}: {name}, {slowest * 1e3:.2f} ms for {LENGTHS[-1]} characters")


if __name__ == "__main__":
    honest()
    worst()
