from binascii import hexlify, unhexlify

from sync import journal
from sync.canonical import CanonicalError, encode

# Made with sha256sum from the bytes written out here, not with our code.
BODIES = (b'{"clock":"sure","v":1,"version":"0.1.0"}', '{"name":"Mật ong Hương Khê","v":1}'.encode())
HEADERS = (
    b'{"at":1795400000000,"body_sha256":"5fb647a4fa03459d7771aa32fc6a17ec85029c869ebcfa4a44ccf2b87855a75b",'
    b'"clock":"sure","device":"HT01A","kind":"device_started","mono":1000,"seq":1,"v":1}',
    b'{"at":1795400000123,"body_sha256":"f0dd3443984316ae63bcd146491377fa285de29c96f119a863355c926f72c5fe",'
    b'"clock":"unsure","device":"HT01A","kind":"scan","mono":2000,"seq":2,"v":1}',
)
HASHES = (
    "973cc732fa6f107fb5dd93fcaa311ace1650a304989a5e45c6f311057fd1a5f5",
    "33a62e7d77bc4f618271cfc349ef1116a4d3fea42166a1a4225fc727858e83ee",
)
HASH10 = ("S46MOMX2N4", "GOTC47LXXR")  # the same through base32(1)


def made():
    first = journal.header_bytes("HT01A", 1, 1795400000000, 1000, "sure", "device_started", BODIES[0])
    second = journal.header_bytes("HT01A", 2, 1795400000123, 2000, "unsure", "scan", BODIES[1])
    return first, second


def fails(error, function, *arguments):
    try:
        function(*arguments)
    except error as problem:
        return str(problem) != ""
    return False


def header(seq=1, at=0, mono=0, clock="sure", kind="scan", body=b"{}"):
    return journal.header_bytes("HT01A", seq, at, mono, clock, kind, body)


def test_headers_are_these_bytes():
    assert made() == HEADERS


def test_hashes_are_these():
    assert journal.START == b"\x00" * 32
    previous = journal.START
    for place in range(2):
        previous = journal.entry_hash(previous, HEADERS[place])
        assert hexlify(previous).decode() == HASHES[place]


def test_hash10_is_base32_of_the_hash():
    for place in range(2):
        assert journal.hash10(unhexlify(HASHES[place])) == HASH10[place]
    assert journal.hash10(bytes(32)) == "AAAAAAAAAA"
    assert journal.hash10(b"\xff" * 32) == "7777777777"


def test_a_hash_takes_in_what_was_before():
    assert journal.entry_hash(journal.START, HEADERS[0]) != journal.entry_hash(b"\x01" * 32, HEADERS[0])


def test_a_header_is_read_back():
    fields = journal.read_header(HEADERS[1])
    assert fields == {
        "v": 1,
        "device": "HT01A",
        "seq": 2,
        "at": 1795400000123,
        "mono": 2000,
        "clock": "unsure",
        "kind": "scan",
        "body_sha256": "f0dd3443984316ae63bcd146491377fa285de29c96f119a863355c926f72c5fe",
    }
    assert journal.body_fits(fields, BODIES[1])
    assert not journal.body_fits(fields, BODIES[0])
    assert not journal.body_fits(fields, BODIES[1] + b" ")


def test_every_kind_of_the_design_and_no_other():
    assert len(journal.KINDS) == len(set(journal.KINDS)) == 24
    for kind in journal.KINDS:
        assert journal.read_header(header(kind=kind))["kind"] == kind
    for kind in ("", "Sale", "sales", "sale ", "scan sale", None):
        assert fails(journal.JournalError, lambda kind=kind: header(kind=kind))


def test_seq_starts_at_one():
    for seq in (0, -1):
        assert fails(journal.JournalError, header, seq)
    assert journal.read_header(header(1))["seq"] == 1


def test_the_clock_is_sure_or_unsure():
    for clock in ("", "Sure", "maybe", None, True):
        assert fails(journal.JournalError, lambda clock=clock: header(clock=clock))


def test_no_entry_is_over_64_kib():
    room = 65536 - len(header())
    assert len(header(body=b" " * room)) + room == 65536
    assert fails(journal.JournalError, lambda: header(body=b" " * (room + 1)))


def test_numbers_must_be_what_json_keeps():
    for wrong in (1.5, 2**53, "1", None):
        try:
            text = header(at=wrong)
        except CanonicalError:
            continue
        # text and null are canonical JSON, but no header
        assert fails(journal.JournalError, journal.read_header, text)


def test_what_is_no_header_is_refused():
    fields = journal.read_header(HEADERS[0])
    wrong = [b"", b"{}", b"[]", b"null", b'"a"', b" " + HEADERS[0], HEADERS[0] + b"\n", HEADERS[0][:-1]]
    for name in journal.FIELDS:
        less = dict(fields)
        del less[name]
        wrong.append(encode(less))
        for value in (None, True, [], {}, 5 if isinstance(fields[name], str) else "5"):
            other = dict(fields)
            other[name] = value
            wrong.append(encode(other))
    more = dict(fields)
    more["note"] = "x"
    wrong.append(encode(more))
    for data in wrong:
        assert fails(journal.JournalError, journal.read_header, data), data
