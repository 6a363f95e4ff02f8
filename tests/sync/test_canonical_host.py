"""Canonical JSON against Python's own json, which for our subset can write the same bytes."""

import json

from hypothesis import given
from hypothesis import strategies as st

from sync.canonical import CanonicalError, decode, encode

keys = st.text(st.characters(max_codepoint=126), max_size=8)
texts = st.text(st.characters(exclude_categories=["Cs"]))
integers = st.integers(-(2**53) + 1, 2**53 - 1)
values = st.recursive(
    st.none() | st.booleans() | integers | texts,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=12,
)


@given(values)
def test_same_bytes_as_json_dumps(value: object) -> None:
    expected = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    assert encode(value) == expected
    assert decode(expected) == value


@given(values, st.integers(0), st.binary(min_size=0, max_size=2))
def test_whatever_is_read_is_written_the_same(value: object, place: int, piece: bytes) -> None:
    """There is one spelling: bytes cut up at random are refused, or are their own canonical form."""
    data = encode(value)
    at = place % (len(data) + 1)
    spoilt = data[:at] + piece + data[at + 1 :]
    try:
        read = decode(spoilt)
    except CanonicalError:
        return
    assert encode(read) == spoilt


@given(values, st.sampled_from([1, 4, "\t"]))
def test_pretty_json_is_refused(value: object, indent: int | str) -> None:
    pretty = json.dumps(value, sort_keys=True, ensure_ascii=False, indent=indent).encode()
    if pretty == encode(value):  # nothing in it to indent
        return
    try:
        decode(pretty)
    except CanonicalError:
        return
    raise AssertionError("taken, though not canonical")
