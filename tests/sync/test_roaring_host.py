"""`sync.roaring` reads what the reference implementation (CRoaring, through pyroaring) writes."""

import random
import struct

import pytest
from pyroaring import BitMap

from sync.roaring import Roaring, RoaringError

TOP = 2**32 - 1


def sets() -> dict[str, BitMap]:
    dice = random.Random(4)
    blocks = [n * 65536 for n in (0, 1, 2, 7, 300, 65535)]
    return {
        "empty": BitMap(),
        "one": BitMap([0]),
        "the ends": BitMap([0, TOP]),
        "array of 4096": BitMap(dice.sample(range(65536), 4096)),
        "bitmap of 4097": BitMap(dice.sample(range(65536), 4097)),
        "a full container": BitMap(range(65536, 131072)),
        "sparse": BitMap(dice.sample(range(TOP), 3000)),
        "dense": BitMap(block + low for block in blocks for low in dice.sample(range(65536), 20000)),
        "runs": BitMap(n for n in range(300000) if n // 1000 % 3),
        "all kinds": BitMap(
            [
                *dice.sample(range(65536), 500),
                *range(70000, 100000),
                *dice.sample(range(131072, 196608), 30000),
            ]
        ),
        "three of runs": BitMap([*range(10, 60000), *range(65600, 120000), *range(140000, 190000)]),
        "eight of runs": BitMap(n for n in range(8 * 65536) if n % 9000 > 7),
        "four of runs": BitMap([*range(10, 60000), *range(65600, 120000), *range(140000, 250000)]),
    }


@pytest.fixture(params=["plain", "run-optimised"])
def optimise(request: pytest.FixtureRequest) -> bool:
    return request.param == "run-optimised"


def written(bitmap: BitMap, optimise: bool) -> bytes:
    copy = BitMap(bitmap)
    if optimise:
        copy.run_optimize()
    return copy.serialize()


@pytest.mark.parametrize("name", sets())
def test_the_same_set(name: str, optimise: bool) -> None:
    bitmap = sets()[name]
    read = Roaring(written(bitmap, optimise))
    assert len(read) == len(bitmap)
    assert list(read) == list(bitmap)


@pytest.mark.parametrize("name", sets())
def test_the_same_answers(name: str, optimise: bool) -> None:
    bitmap = sets()[name]
    read = Roaring(memoryview(written(bitmap, optimise)))
    dice = random.Random(name)
    asked = [0, 1, 65535, 65536, TOP - 1, TOP, *(dice.randrange(TOP) for _ in range(300))]
    for value in dice.sample(list(bitmap), min(len(bitmap), 300)):
        asked += [max(0, value - 1), value, min(TOP, value + 1)]
    for value in asked:
        assert read.contains(value) == (value in bitmap), value
    assert not read.contains(-1)
    assert not read.contains(TOP + 1)


def test_random_sets(optimise: bool) -> None:
    for seed in range(40):
        dice = random.Random(seed)
        bitmap = BitMap()
        for _ in range(dice.randrange(8)):
            start = dice.randrange(400000)
            bitmap |= BitMap(range(start, start + dice.randrange(1, 9000), dice.choice([1, 1, 2, 5, 40])))
        read = Roaring(written(bitmap, optimise))
        assert len(read) == len(bitmap)
        assert list(read) == list(bitmap)
        for _ in range(200):
            value = dice.randrange(450000)
            assert read.contains(value) == (value in bitmap)


def test_no_bytes_are_copied() -> None:
    data = bytearray(BitMap([5, 9]).serialize())
    read = Roaring(data)
    assert read.contains(9)
    data[-2:] = struct.pack("<H", 12)
    assert read.contains(12)
    assert not read.contains(9)


@pytest.mark.parametrize("name", sets())
def test_cut_or_longer_data_is_refused(name: str, optimise: bool) -> None:
    data = written(sets()[name], optimise)
    for size in {*range(min(len(data), 40)), *range(max(0, len(data) - 9), len(data)), len(data) // 2}:
        with pytest.raises(RoaringError):
            Roaring(data[:size])
    with pytest.raises(RoaringError):
        Roaring(data + b"\0")


def test_damaged_bytes_never_read_outside(optimise: bool) -> None:
    """Any damage is refused, or answers something: no other exception, no endless loop."""
    data = written(sets()["all kinds"], optimise)
    dice = random.Random(5)
    refused = 0
    for n in range(600):
        bent = bytearray(data)
        for _ in range(dice.randrange(1, 4)):
            bent[dice.randrange(40 if n % 2 else len(bent))] = dice.randrange(256)
        try:
            read = Roaring(bent)
        except RoaringError:
            refused += 1
            continue
        for value in (0, 500, 65535, 80000, 150000, TOP):
            read.contains(value)
    assert refused > 100
