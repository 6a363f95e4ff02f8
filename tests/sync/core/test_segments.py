import hashlib
from binascii import hexlify

from sync import journal
from sync.canonical import decode, encode
from sync.envelopes import SyncError
from sync.segments import pack, unpack

CHECKPOINT = {"signed": {"type": "checkpoint", "device": "HT01A", "seq": 3, "hash": "ab"}, "signatures": []}
BODIES = (b'{"v":1}', '{"name":"Nhung hươu","v":1}'.encode(), b'{"text":"\\",\\"body_sha256\\":\\"","v":1}')


def sha(data):
    return hexlify(hashlib.sha256(data).digest()).decode()


def entry(seq, body):
    return journal.header_bytes("HT01A", seq, 1795400000000 + seq, seq, "sure", "scan", body), body


def entries():
    return [entry(7 + place, body) for place, body in enumerate(BODIES)]


def packed(sent=None, **changes):
    value = decode(pack("HT01A", 7, b"\x05" * 32, entries() if sent is None else sent, CHECKPOINT))
    value.update(changes)
    return encode(value)


def refused(data):
    try:
        unpack(data)
    except SyncError as error:
        return error.code == "malformed"
    return False


def unpackable(header, body):
    try:
        pack("HT01A", 7, bytes(32), [(header, body)], CHECKPOINT)
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


def test_the_hash_is_that_of_the_header_before_it_travelled():
    sent = entries()
    for place, (header, _) in enumerate(unpack(packed()).entries):
        assert journal.entry_hash(bytes(32), header) == journal.entry_hash(bytes(32), sent[place][0])


def test_a_body_that_does_not_fit_travels_beside_its_true_header():
    """A spoilt or exchanged body must not get a header that vouches for it."""
    header = entry(7, BODIES[0])[0]
    data = packed([(header, BODIES[1])])
    assert sha(BODIES[0]).encode() in data
    assert unpack(data).entries == [(header, BODIES[1])]
    assert not journal.body_fits(journal.read_header(unpack(data).entries[0][0]), BODIES[1])


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
        sent = [(header.encode(), b"{}")]
        assert unpack(packed(sent)).entries == sent, header


def test_what_would_arrive_changed_is_refused_at_packing():
    good = entry(7, b"{}")[0]
    for header in (b"", b"{}", b'{"at":1,"v":1}', good.replace(b"body_sha256", b"body_sha257")):
        assert unpackable(header, b"{}"), header
    assert unpackable(b"\xff" + good, b"{}")
    assert unpackable(good, b"\xff")
    assert not unpackable(good, b"{}")


def test_what_is_no_segment_is_refused():
    assert not refused(packed())
    for data in (b"", b"{}", b"[]", b"null", b"5", b'"a"', b"\xff", packed() + b" ", packed()[:-1]):
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
        {"entries": [{"header": 5, "body": "{}"}] * 3},
        {"entries": [{"header": "{}", "body": None}] * 3},
        {"entries": [], "to": 6},
    ):
        assert refused(packed(**changes)), changes


def test_true_is_not_the_number_one():
    value = decode(pack("HT01A", 1, bytes(32), [entry(1, b"{}")], CHECKPOINT))
    value["from"] = True
    assert refused(encode(value))
