"""Reading a text takes work in proportion to its length: counted, not timed.

Work is every function called and every character that a string's method may look at. A loop over the text
that slices, searches or copies the rest of it at each step counts as the square it is.
"""

import runpy
import sys
from pathlib import Path
from types import FrameType

import pytest

from scanner import ai_values, codes

BENCH = runpy.run_path(str(Path(__file__).parents[1] / "bench" / "bench_codes.py"))


class Counted(str):
    """A string that adds up its own length whenever it is looked through, and whose pieces do so too."""

    __slots__ = ()
    touched = 0

    def __getattribute__(self, name: str):
        method = super().__getattribute__(name)
        if name.startswith("__") or not callable(method):
            return method

        def counted(*arguments):
            result = method(*arguments)
            if name == "find":
                Counted.touched += (len(self) if result < 0 else result) - (arguments[1:] or (0,))[0]
            elif name != "startswith":
                Counted.touched += len(self)
            return wrapped(result)

        return counted

    def __getitem__(self, key) -> "Counted":
        piece = super().__getitem__(key)
        Counted.touched += len(piece)
        return Counted(piece)

    def __contains__(self, piece) -> bool:
        Counted.touched += len(self)
        return super().__contains__(piece)

    def __add__(self, other) -> "Counted":
        Counted.touched += len(self) + len(other)
        return Counted(super().__add__(other))

    def __iter__(self):
        for char in super().__iter__():
            Counted.touched += 1
            yield Counted(char)

    __hash__ = str.__hash__


def wrapped(result):
    if isinstance(result, str):
        return Counted(result)
    if isinstance(result, list | tuple):
        return type(result)(wrapped(one) for one in result)
    return result


def work(text: str) -> int:
    """How much is done for one text; the AI table is fresh, as for the first text of all."""
    calls = 0

    def profile(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call") and "test_linear_work" not in frame.f_code.co_filename

    ai_values._kept.clear()
    Counted.touched = 0
    counted = Counted(text)
    sys.setprofile(profile)
    try:
        codes.parse(counted)
    except codes.CodeError:
        pass
    finally:
        sys.setprofile(None)
    return calls + Counted.touched


def test_the_counting_finds_a_square() -> None:
    def held_up(text: str) -> None:
        while text:
            text = text[1:]

    Counted.touched = 0
    held_up(Counted("x" * 100))
    first, Counted.touched = Counted.touched, 0
    held_up(Counted("x" * 400))
    assert Counted.touched > 15 * first


@pytest.mark.parametrize("name", BENCH["WORST"])
def test_work_grows_no_faster_than_the_text(name: str) -> None:
    """Four times the text may be up to eight times the work, since a short one ends before all limits
    are met (64 elements, each of which may look once to the end); a square would be sixteen times."""
    make = BENCH["WORST"][name]
    least, most = work(make(1024)), work(make(4096))
    assert most <= 8 * least, (least, most)
    assert most <= 70 * 4096, (least, most)
