"""The office's fast reading of entries takes exactly what the core takes."""

import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from office.outlets import entries
from sync import bodies, journal
from sync.canonical import encode
from sync.damage import Kept

LEAVES = {
    "truth": st.booleans(),
    "map": st.just({"b": 1, "a": ["x"]}),
}


def values(wanted):
    """Values of a type of the table, now and then just beside it."""
    match wanted:
        case ("whole", least, most):
            return st.integers(least - 1, most + 1)
        case ("text", shortest, longest):
            return st.text(min_size=max(shortest - 1, 0), max_size=min(longest, 5))
        case ("set", letters, shortest, longest):
            return st.text(
                letters + "_a\n", min_size=max(shortest - 1, 0), max_size=min(longest, shortest + 2)
            )
        case ("one", words):
            return st.sampled_from((*words, "other"))
        case ("list", item, shortest, _):
            return st.lists(values(item), min_size=max(shortest - 1, 0), max_size=shortest + 1)
        case ("or_null", inner):
            return st.none() | values(inner)
        case ("object", fields):
            return objects([(name + "?" * (not needed), inner) for name, (inner, needed) in fields.items()])
        case _:
            return LEAVES[wanted[0]]


def objects(fields):
    needed = {name: values(wanted) for name, wanted in fields if not name.endswith("?")}
    optional = {name[:-1]: values(wanted) for name, wanted in fields if name.endswith("?")}
    return st.fixed_dictionaries(needed, optional=optional)


def told(read, kind, raw):
    try:
        return read(kind, raw)
    except bodies.BodyError as error:
        return str(error)


@pytest.mark.parametrize(("kind", "version", "fields"), bodies.TABLE, ids=lambda value: str(value)[:20])
def test_every_kind_is_read_as_the_core_reads_it(kind, version, fields):
    # A busy machine makes examples slowly.
    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
    @given(objects(fields), st.sampled_from([version, version, version, 0, True]))
    def check(body, v):
        try:
            raw = encode(body | {"v": v})
        except ValueError:
            return  # a lone surrogate
        assert told(entries.read_body, kind, raw) == told(bodies.read, kind, raw)

    check()


CASH = {"v": 1, "staff": "An", "direction": "in", "amount": 1000, "reason": "x"}


@pytest.mark.parametrize(
    "raw",
    [
        b'{"amount":1000.0,"direction":"in","reason":"x","staff":"An","v":1}',
        b'{"amount":1e3,"direction":"in","reason":"x","staff":"An","v":1}',
        b'{"amount":1000,"direction":"in","reason":"x","staff":"An","v":true}',
        b'{"amount":1000, "direction":"in","reason":"x","staff":"An","v":1}',
        b'{"direction":"in","amount":1000,"reason":"x","staff":"An","v":1}',
        b'{"amount":1000,"amount":1000,"direction":"in","reason":"x","staff":"An","v":1}',
        b'{"amount":1000,"direction":"in","reason":"\\u0041","staff":"An","v":1}',
        b'{"amount":1000,"direction":"in","reason":"\\/","staff":"An","v":1}',
        b'{"amount":1000,"direction":"in","reason":"\\ud800","staff":"An","v":1}',
        b'{"amount":1000,"direction":"in","reason":"\xff","staff":"An","v":1}',
        b'{"amount":1000,"direction":"in","reason":"\xed\xa0\x80","staff":"An","v":1}',
        b"[]", b"", b"null", b"{", b"NaN",
    ],
)  # fmt: skip
def test_other_spellings_are_refused_as_the_core_refuses_them(raw):
    with pytest.raises(bodies.BodyError) as fast:
        entries.read_body("cash_moved", raw)
    with pytest.raises(bodies.BodyError) as slow:
        bodies.read("cash_moved", raw)
    assert str(fast.value) == str(slow.value)


@settings(max_examples=300)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20))
@example("".join(map(chr, range(1, 0x80))))
@example("\0\u2028\u2029\ufeff\x7f\x80\U0010ffff")
def test_every_text_is_written_back_as_the_core_writes_it(text):
    raw = encode(CASH | {"reason": text})
    assert entries._encode(msgspec_decode(raw)) == raw
    assert entries.read_body("cash_moved", raw)["reason"] == text


def msgspec_decode(raw):
    return entries._BODIES["cash_moved", 1].decode(raw)


def judged(header, body=b"{}"):
    one = entries.judge(Kept(1, header, body, bytes(32), False), bytes(32), 0, "HT01A")
    return one.state, one.problem


HEADER = json.loads(journal.header_bytes("HT01A", 1, 5, 5, "sure", "cash_moved", encode(CASH)))


@pytest.mark.parametrize(
    "change",
    [{}, {"at": 2**53 - 1}, {"at": 2**53}, {"at": -(2**53)}, {"at": 1.0}, {"at": "1"}, {"at": True}, {"more": 1},
     {"kind": None}, {"clock": "ồ\u0001"}, {"v": 2}],
)  # fmt: skip
def test_a_header_is_judged_as_the_core_judges_it(change):
    for text in (
        json.dumps(HEADER | change, sort_keys=True, separators=(",", ":"), ensure_ascii=False),
        json.dumps(HEADER | change, separators=(",", ":"), ensure_ascii=True),
        json.dumps(HEADER | change),
    ):
        header = text.encode()
        try:
            journal.read_header(header)
            problem = ""
        except journal.JournalError as error:
            problem = str(error)[:200]
        state, found = judged(header, encode(CASH))
        assert (found == problem and state == ("quarantined" if problem else "ok")) or not problem
