import hashlib
from binascii import hexlify

from sync import journal
from sync.canonical import decode, encode
from sync.damage import Kept
from sync.envelopes import SyncError
from sync.segments import lost_hash, pack, unpack

CHECKPOINT = {"signed": {"type": "checkpoint", "device": "HT01A", "seq": 3, "hash": "ab"}, "signatures": []}
BODIES = (b'{"v":1}', '{"name":"Nhung hươu","v":1}'.encode(), b'{"text":"\\",\\"body_sha256\\":\\"","v":1}')


def sha(data):
    return hexlify(hashlib.sha256(data).digest()).decode()


BEFORE = b"\x05" * 32


def entry(seq, body):
    return journal.header_bytes("HT01A", seq, 1795400000000 + seq, seq, "sure", "scan", body), body


def chained(pairs, first=7, previous=BEFORE):
    """Sound entries of (header, body)."""
    kept = []
    for header, body in pairs:
        previous = journal.entry_hash(previous, header)
        kept.append(Kept(first + len(kept), header, body, previous, False))
    return kept


def entries():
    return chained([entry(7 + place, body) for place, body in enumerate(BODIES)])


def vouch(seq, digest):
    return CHECKPOINT


def sent(kept):
    """What arrives of entries, and the hash that the device takes for the last one's."""
    data, last = pack("HT01A", BEFORE, kept, vouch)
    arrived = unpack(data).entries
    assert arrived[-1].hash == last
    return arrived


def packed(kept=None, **changes):
    value = decode(pack("HT01A", BEFORE, entries() if kept is None else kept, vouch)[0])
    value.update(changes)
    return encode(value)


def refused(data):
    try:
        unpack(data)
    except SyncError as error:
        return error.code == "malformed"
    return False


def test_a_segment_comes_back_whole():
    segment = unpack(packed())
    assert segment.device == "HT01A"
    assert (segment.first, segment.last) == (7, 9)
    assert segment.prev_hash == b"\x05" * 32
    assert segment.entries == entries()
    assert segment.checkpoint == CHECKPOINT


def test_the_wire_leaves_the_digest_of_the_body_out():
    value = decode(packed())
    assert sorted(value) == ["checkpoint", "device", "entries", "from", "prev_hash", "to", "v"]
    assert value["entries"][0] == {
        "header": '{"at":1795400000007,"clock":"sure","device":"HT01A","kind":"scan","mono":7,"seq":7,"v":1}',
        "body": '{"v":1}',
    }
    for body in BODIES:
        assert sha(body).encode() not in packed()


def test_a_body_that_does_not_fit_travels_beside_its_true_header():
    """A spoilt or exchanged body must not get a header that vouches for it."""
    header = entry(7, BODIES[0])[0]
    kept = chained([(header, BODIES[1])])
    assert sha(BODIES[0]).encode() in packed(kept)
    assert sent(kept) == kept
    assert not journal.body_fits(journal.read_header(header), BODIES[1])


def test_odd_headers_arrive_as_they_are():
    """Whatever a device has stored reaches the office byte for byte, to be set apart there."""
    digest = ',"body_sha256":"' + sha(b"{}") + '"'
    for header in (
        '{"at":1,"aa":2' + digest + ',"v":1}',  # not behind the first field
        '{"v":1' + digest + digest + "}",
        '{"at":1,"body_sha256":"","v":1}',
        '{"at":1,"body_sha256":"' + sha(b"x") + '","v":1}',
        '{"at":1,"body_sha256":"' + sha(b"{}").upper() + '"}',
        digest,
        "{" + digest,
    ):
        kept = chained([(header.encode(), b"{}")])
        assert sent(kept) == kept, header


def test_what_would_arrive_changed_travels_as_damaged_with_all_its_bytes():
    good = entry(7, b"{}")[0]
    odd = [(header, b"{}") for header in (b"", b"{}", b'{"at":1,"v":1}', b"\xff" + good)]
    for header, body in odd + [(good.replace(b"body_sha256", b"body_sha257"), b"{}"), (good, b"\xff")]:
        kept = chained([(header, body), entry(8, b"{}")])
        assert sent(kept) == [Kept(7, header, body, kept[0].hash, True), kept[1]], header


def test_a_damaged_entry_keeps_its_hash_and_what_was_found():
    kept = entries()
    kept[1] = Kept(8, kept[1].header, b"spo\xfflt\n", kept[1].hash, True)
    assert sent(kept) == kept
    kept[1] = Kept(8, None, None, kept[1].hash, True)
    assert sent(kept) == kept


def test_behind_an_entry_that_has_no_hash_the_next_one_stands_as_it_claims():
    kept = entries()
    for header, body in ((None, None), (b"spoilt", b"")):
        kept[1] = Kept(8, header, body, None, True)
        lost = Kept(8, header, body, lost_hash(kept[0].hash), True)
        assert sent(kept) == [kept[0], lost, kept[2]]
    assert len(packed(kept).split(b'"hash":"')) == 3  # the ninth's, and the checkpoint's


def test_lost_entries_can_end_a_segment():
    lost = [Kept(7, None, None, None, True), Kept(8, None, None, None, True)]
    first = lost_hash(BEFORE)
    assert [one.hash for one in sent(lost)] == [first, lost_hash(first)]


def test_an_entry_that_does_not_follow_is_damaged_itself():
    kept = entries()
    kept[1] = Kept(8, kept[1].header, kept[1].body, b"\x09" * 32, False)
    arrived = sent(kept)
    assert arrived[1] == Kept(8, kept[1].header, kept[1].body, b"\x09" * 32, True)
    assert arrived[2] == kept[2]  # as it claims


def test_a_hash_is_claimed_behind_damage_only():
    value = decode(packed())
    value["entries"][1]["hash"] = "09" * 32
    assert refused(encode(value))
    assert not refused(packed(entries=[value["entries"][1]], to=7))  # the office knows what is before
    value["entries"][0] = {"damaged": True, "seq": 7}
    assert not refused(encode(value))
    for wrong in ("09" * 31, "", 5, None, "zz" * 32):
        value["entries"][1]["hash"] = wrong
        assert refused(encode(value)), wrong


def test_a_damaged_entry_is_written_in_one_way_only():
    for form in (
        {"damaged": True},
        {"damaged": True, "seq": 8},
        {"damaged": False, "seq": 7},
        {"damaged": 1, "seq": 7},
        {"damaged": True, "seq": 7, "hash": "AB" * 32},
        {"damaged": True, "seq": 7, "hash": "ab" * 31},
        {"damaged": True, "seq": 7, "bytes": "x"},
        {"damaged": True, "seq": 7, "bytes": "eA=="},  # without the line feed
        {"damaged": True, "seq": 7, "bytes": 5},
        {"damaged": True, "seq": 7, "body": "{}"},
    ):
        assert refused(packed(entries=[form], to=7)), form
    assert not refused(packed(entries=[{"damaged": True, "seq": 7, "bytes": "eAp5"}], to=7))


def test_what_is_no_segment_is_refused():
    assert not refused(packed())
    for data in (b"", b"{}", b"[]", b"null", b"5", b'"a"', b"\xff", packed() + b"}", packed()[:-1]):
        assert refused(data), data
    for name in ("v", "device", "from", "to", "prev_hash", "entries", "checkpoint"):
        value = decode(packed())
        del value[name]
        assert refused(encode(value)), name
    for changes in (
        {"v": 2},
        {"v": "1"},
        {"device": 5},
        {"device": None},
        {"from": 0},
        {"from": 0, "to": 2},
        {"from": 6},
        {"from": "7"},
        {"from": None},
        {"to": 8},
        {"to": 10},
        {"prev_hash": "05" * 31},
        {"prev_hash": "05" * 33},
        {"prev_hash": "zz" * 32},
        {"prev_hash": 5},
        {"entries": None},
        {"entries": {}},
        {"entries": [1, 2, 3]},
        {"entries": [{}, {}, {}]},
        {"entries": [{"header": "{}"}] * 3},
        {"entries": [{"header": "{}", "body": "{}", "more": 1}] * 3},
        {"entries": [{"header": 5, "body": "{}"}] * 3},
        {"entries": [{"header": "{}", "body": None}] * 3},
        {"entries": [], "to": 6},
    ):
        assert refused(packed(**changes)), changes


def test_a_number_beyond_all_bounds_is_refused():
    data = packed([Kept(7, None, None, None, True)])
    assert not refused(data)
    assert refused(
        data.replace(b'"from":7', b'"from":7' + b"0" * 30).replace(b'"to":7', b'"to":7' + b"0" * 30)
    )


def test_true_is_not_the_number_one():
    value = decode(pack("HT01A", bytes(32), chained([entry(1, b"{}")], 1, bytes(32)), vouch)[0])
    value["from"] = True
    assert refused(encode(value))
