"""The Roaring reader on both interpreters, over bytes built here by the format's own description."""

import struct

from sync.roaring import Roaring, RoaringError


def words(numbers):
    return b"".join([struct.pack("<H", number) for number in numbers])


def bitmap(lows):
    body = bytearray(8192)
    for low in lows:
        body[low // 8] |= 1 << low % 8
    return bytes(body)


def plain(containers):
    """A set without run containers, of (key, how many values, body)."""
    data = struct.pack("<II", 12346, len(containers))
    for key, count, _ in containers:
        data += struct.pack("<HH", key, count - 1)
    at = len(data) + 4 * len(containers)
    for _, _, body in containers:
        data += struct.pack("<I", at)
        at += len(body)
    return data + b"".join([body for _, _, body in containers])


def with_runs(containers):
    """A set with run containers, of (key, how many values, is it of runs, body)."""
    count = len(containers)
    flags = bytearray((count + 7) // 8)
    for i in range(count):
        if containers[i][2]:
            flags[i // 8] |= 1 << i % 8
    data = struct.pack("<HH", 12347, count - 1) + bytes(flags)
    for key, values, _, _ in containers:
        data += struct.pack("<HH", key, values - 1)
    if count >= 4:
        at = len(data) + 4 * count
        for _, _, _, body in containers:
            data += struct.pack("<I", at)
            at += len(body)
    return data + b"".join([body for _, _, _, body in containers])


def refused(data):
    try:
        Roaring(data)
    except RoaringError:
        return True
    return False


# 3 to 9 and 65530 to 65535
RUNS = words([2, 3, 6, 65530, 5])
RUN_LOWS = list(range(3, 10)) + list(range(65530, 65536))


def test_the_empty_set():
    empty = Roaring(plain([]))
    assert len(empty) == 0
    assert list(empty) == []
    assert not empty.contains(0)


def test_an_array_container():
    read = Roaring(plain([(2, 3, words([0, 7, 65535]))]))
    assert list(read) == [131072, 131079, 196607]
    assert len(read) == 3
    assert read.contains(131079)
    for absent in (0, 7, 131071, 131073, 131078, 131080, 196606, 196608):
        assert not read.contains(absent)


def test_a_bitmap_container():
    lows = range(0, 65536, 13)
    read = Roaring(plain([(1, len(lows), bitmap(lows))]))
    assert len(read) == len(lows)
    assert read.contains(65536)
    assert read.contains(65536 + 13)
    assert not read.contains(65536 + 14)
    assert list(read)[:3] == [65536, 65549, 65562]


def test_a_run_container():
    read = Roaring(with_runs([(0, 13, True, RUNS)]))
    assert list(read) == RUN_LOWS
    assert len(read) == 13
    for low in (3, 9, 65530, 65535):
        assert read.contains(low)
    for low in (0, 2, 10, 65529, 65536):
        assert not read.contains(low)


def test_all_kinds_with_and_without_offsets():
    containers = [(0, 13, True, RUNS), (1, 2, False, words([5, 6])), (9, 5000, False, bitmap(range(5000)))]
    three = Roaring(with_runs(containers))
    four = Roaring(with_runs(containers + [(65535, 1, False, words([65535]))]))
    for read in (three, four):
        assert read.contains(65530)
        assert read.contains(65541)
        assert read.contains(9 * 65536 + 4999)
        assert not read.contains(9 * 65536 + 5000)
        assert not read.contains(2 * 65536)
    assert not three.contains(4294967295)
    assert four.contains(4294967295)
    assert list(four)[-1] == 4294967295
    assert len(four) == 13 + 2 + 5000 + 1


def test_numbers_beyond_32_bits_are_not_in_it():
    read = Roaring(plain([(0, 1, words([0])), (65535, 1, words([65535]))]))
    for value in (-1, -65536, 4294967296, 4294967296 * 65536):
        assert not read.contains(value)


def test_in_is_contains():
    read = Roaring(plain([(0, 1, words([5]))]))
    assert 5 in read
    assert 6 not in read


def test_it_reads_a_view_in_place():
    data = plain([(0, 2, words([5, 9]))])
    read = Roaring(memoryview(b"xyz" + data)[3:])
    assert list(read) == [5, 9]


def test_malformed_bytes_are_refused():
    good = plain([(0, 2, words([5, 9])), (4, 1, words([1]))])
    assert not refused(good)
    for size in range(len(good)):
        assert refused(good[:size]), size
    assert refused(good + b"\0")
    assert refused(struct.pack("<I", 12345) + good[4:])
    assert refused(struct.pack("<II", 12346, 65537) + good[8:])
    assert refused(plain([(4, 1, words([1])), (4, 1, words([2]))]))
    assert refused(plain([(4, 1, words([1])), (0, 1, words([2]))]))
    assert refused(good[:16] + struct.pack("<I", 26) + good[20:])  # an offset of two more
    runs = with_runs([(0, 13, True, RUNS)])
    assert not refused(runs)
    for size in range(len(runs)):
        assert refused(runs[:size]), size


def test_runs_past_the_end_of_a_container_stay_inside():
    read = Roaring(with_runs([(0, 4, True, words([1, 65534, 9])), (1, 1, False, words([8]))]))
    assert list(read) == [65534, 65535, 65544]
    assert not read.contains(65536)
