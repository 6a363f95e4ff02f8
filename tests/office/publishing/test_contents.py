"""What is published: the changes from one catalogue to the next, and the set of all sold stamps."""

import itertools
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from office.publishing import contents
from office.publishing.segment_files import SegmentFiles, UnreadableError
from sync.catalogue_files import base_lines, delta_lines
from sync.roaring import Roaring

STAMPS = 10_000_000
LARGEST = 1_260_000  # bytes of the set of all sold, at any share


def sold(share, clustered):
    dice = np.random.default_rng(5)
    if clustered:  # runs of 700: whole batches are sold, others not
        batches = dice.random(STAMPS // 700 + 1) < share
        return BitMap(np.nonzero(np.repeat(batches, 700)[:STAMPS])[0].astype(np.uint32))
    return BitMap(np.nonzero(dice.random(STAMPS) < share)[0].astype(np.uint32))


@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize("share", [0.01, 0.05, 0.065, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99])
def test_ten_million_stamps_fit_at_any_share_sold(share, clustered):
    ordinals = sold(share, clustered)
    data = contents.serialized(ordinals)
    assert len(data) <= LARGEST
    read = Roaring(data)
    assert len(read) == len(ordinals)
    for ordinal in random.Random(1).sample(range(STAMPS), 2000):
        assert read.contains(ordinal) == (ordinal in ordinals)


def test_the_sets_of_one_outlet_take_two_bytes_a_stamp():
    """Besides a head of 8 bytes for each 65,536 ordinals in which the outlet sold something."""
    dice = random.Random(2)
    few = BitMap(dice.sample(range(STAMPS), 50_000))
    assert len(contents.serialized(few)) <= 2 * len(few) + 8 * (STAMPS // 65536 + 1) + 8


# --- from one catalogue to the next ---------------------------------------------------------------

NAMES = st.text("abcdefgh0", min_size=1, max_size=3)
TABLES = st.dictionaries(NAMES, st.integers(0, 3), max_size=12)


def rows(table):
    return [{"lot": lot, "at": table[lot], "reason": "x"} for lot in sorted(table)]


def named(table):
    return [((row["lot"],), row) for row in rows(table)]


@given(TABLES, TABLES)
def test_a_delta_holds_what_changed_and_nothing_else(old, new):
    changed = dict(contents.differences("recalls", named(old), rows(new)))
    assert set(changed) == {(lot,) for lot in old.keys() | new.keys() if old.get(lot) != new.get(lot)}
    assert {lot for (lot,), row in changed.items() if row is None} == old.keys() - new.keys()
    assert all(row is None or row["at"] == new[lot] for (lot,), row in changed.items())


def test_rows_out_of_order_are_not_published():
    """A database that sorts by the rules of a language would lose rows."""
    for wrong in (["b", "a"], ["a", "a"]):
        with pytest.raises(ValueError, match="recalls"):
            list(contents.differences("recalls", [], [{"lot": lot, "at": 1, "reason": "x"} for lot in wrong]))


@given(st.lists(TABLES, min_size=1, max_size=4))
def test_what_was_published_is_read_back_from_its_files(tmp_path_factory, tables):
    files = SegmentFiles(tmp_path_factory.mktemp("segments"))
    segment = {"name": "recalls", "base": files.write(base_lines("recalls", rows(tables[0]))), "deltas": []}
    for before, after in itertools.pairwise(tables):
        changed = contents.differences("recalls", named(before), rows(after))
        segment["deltas"].append(files.write(delta_lines("recalls", changed)))
        assert list(files.rows(segment)) == named(after)
    assert list(files.rows(segment)) == named(tables[-1])


def test_a_spoilt_file_is_not_read(tmp_path):
    files = SegmentFiles(tmp_path)
    base = files.write(base_lines("recalls", rows({"L1": 1})))
    segment = {"name": "recalls", "base": base, "deltas": []}
    path = tmp_path / base["sha256"]
    data = path.read_bytes()
    for spoilt in (data[:-1], data[:4] + b"\x01" + data[5:], b""):
        path.write_bytes(spoilt)
        with pytest.raises(UnreadableError):
            list(files.rows(segment))
    path.unlink()
    with pytest.raises(UnreadableError):
        list(files.rows(segment))


def test_nothing_stays_of_a_file_that_could_not_be_written(tmp_path):
    def failing():
        yield b"first\n"
        raise RuntimeError

    with pytest.raises(RuntimeError):
        SegmentFiles(tmp_path).write(failing())
    assert list(tmp_path.iterdir()) == []
