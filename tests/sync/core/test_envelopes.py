import hashlib
from binascii import hexlify

from sync.envelopes import PREFIXES, SyncError, key_id, message, open_envelope, seal


def fake_sign(public):
    """Stands in for Ed25519: whoever knows the public key can sign; the rules do not care."""

    def sign(data):
        half = hashlib.sha256(b"fake" + public + data).digest()
        return half + half

    return sign


def fake_verify(public, data, signature):
    assert len(signature) == 64  # what PyNaCl and libsodium insist on
    return signature == fake_sign(public)(data)


PUBLIC = [bytes([n]) * 32 for n in (1, 2, 3)]
KEYS = {key_id(public): public for public in PUBLIC}
SIGNERS = [(key_id(public), fake_sign(public)) for public in PUBLIC]
TIME = {"type": "time", "time": 1795400000000, "nonce": "abc"}


def refusal(envelope, kind="time", keys=KEYS, threshold=1):
    """The code with which the envelope is refused, or None."""
    try:
        open_envelope(envelope, kind, keys, threshold, fake_verify)
    except SyncError as error:
        assert str(error)
        return error.code
    return None


def test_the_name_of_a_key():
    # sha256sum of the bytes 0 to 31
    assert key_id(bytes(range(32))) == "630dcd2966c43366"


def test_what_is_signed():
    assert message(TIME) == b'OCOP-TIME-1{"nonce":"abc","time":1795400000000,"type":"time"}'


def test_the_prefix_of_each_kind():
    assert PREFIXES == {
        "root": b"OCOP-ROOT-1",
        "current": b"OCOP-CURRENT-1",
        "ack": b"OCOP-ACK-1",
        "head": b"OCOP-ACK-1",
        "renewed": b"OCOP-ACK-1",
        "time": b"OCOP-TIME-1",
        "checkpoint": b"OCOP-CHECKPOINT-1",
    }
    try:
        message({"type": "sale"})
    except KeyError:
        return
    raise AssertionError("nobody signs a sale")


def test_a_sealed_thing_opens():
    envelope = seal(TIME, SIGNERS[:1])
    assert open_envelope(envelope, "time", KEYS, 1, fake_verify) == TIME
    expected = [{"key": SIGNERS[0][0], "sig": hexlify(fake_sign(PUBLIC[0])(message(TIME))).decode()}]
    assert envelope == {"signed": TIME, "signatures": expected}


def test_the_threshold():
    for signers in range(4):
        for threshold in (1, 2, 3):
            expected = None if signers >= threshold else "signature"
            assert refusal(seal(TIME, SIGNERS[:signers]), threshold=threshold) == expected


def test_a_key_counts_once():
    envelope = seal(TIME, [SIGNERS[0], SIGNERS[0], SIGNERS[0]])
    assert refusal(envelope, threshold=1) is None
    assert refusal(envelope, threshold=2) == "signature"


def test_a_strange_key_does_not_count():
    stranger = bytes([9]) * 32
    own = seal(TIME, [(key_id(stranger), fake_sign(stranger))])
    assert refusal(own) == "signature"
    named_as_ours = seal(TIME, [(key_id(PUBLIC[0]), fake_sign(stranger))])
    assert refusal(named_as_ours) == "signature"


def test_bad_signatures_beside_good_ones_do_no_harm():
    envelope = seal(TIME, SIGNERS[:1])
    for bad in ("", "00", "00" * 64, "00" * 65):
        envelope["signatures"].insert(0, {"key": key_id(PUBLIC[1]), "sig": bad})
        envelope["signatures"].insert(0, {"key": key_id(PUBLIC[0]), "sig": bad})
    assert refusal(envelope, threshold=1) is None
    assert refusal(envelope, threshold=2) == "signature"


def test_any_change_breaks_the_signature():
    for change in ({"time": 1795400000001}, {"nonce": "abd"}, {"more": 1}, {"time": None}):
        envelope = seal(dict(TIME), SIGNERS[:1])
        envelope["signed"].update(change)
        assert refusal(envelope) == "signature"


def test_one_kind_is_not_another():
    for kind in PREFIXES:
        envelope = seal({"type": kind, "x": 1}, SIGNERS[:1])
        for asked in PREFIXES:
            assert refusal(envelope, asked) == (None if asked == kind else "malformed")


def test_a_signature_under_another_kinds_prefix_does_not_count():
    """A signed time, re-labelled: even where the fields are the same the prefix is not."""
    for kind in PREFIXES:
        for other in PREFIXES:
            if PREFIXES[kind] == PREFIXES[other]:
                continue
            envelope = seal({"type": kind, "x": 1}, SIGNERS[:1])
            data = PREFIXES[other] + message(envelope["signed"])[len(PREFIXES[kind]) :]
            envelope["signatures"][0]["sig"] = hexlify(fake_sign(PUBLIC[0])(data)).decode()
            assert refusal(envelope, kind) == "signature"


def test_an_answer_about_the_head_is_no_acknowledgement():
    """They share a prefix; the type is among the signed bytes."""
    envelope = seal({"type": "head", "device": "HT01A", "seq": 5, "hash": "ab"}, SIGNERS[:1])
    assert refusal(envelope, "ack") == "malformed"
    envelope["signed"]["type"] = "ack"
    assert refusal(envelope, "ack") == "signature"


def test_shapes_that_are_no_envelope():
    good = seal(TIME, SIGNERS[:1])
    key, sig = good["signatures"][0]["key"], good["signatures"][0]["sig"]
    shapes = [None, 5, "", "signed", [], {}, {"signed": TIME}, {"signatures": []}]
    of_signed = [None, 5, "time", [], {}, {"type": []}, {"type": None}]
    of_signed += [{"type": "time", "time": 1.5}, {"type": "time", "é": 1}, {"type": "time", "b": b""}]
    shapes += [{"signed": signed, "signatures": good["signatures"]} for signed in of_signed]
    of_signatures = [None, 5, {}, {"a": 1}, "ab", [None], [5], ["abc"], [[]], [{}]]
    of_signatures += [[{"key": key}], [{"sig": sig}]]
    of_signatures += [[{"key": key, "sig": bad}] for bad in (5, "zz", sig[1:], "é" * 128, None)]
    shapes += [{"signed": TIME, "signatures": signatures} for signatures in of_signatures]
    for shape in shapes:
        assert refusal(shape) in ("malformed", "signature"), shape
    for odd_key in (None, 5, [], {}, ["a"]):
        shape = {"signed": TIME, "signatures": [{"key": odd_key, "sig": sig}]}
        assert refusal(shape) == "signature", odd_key
