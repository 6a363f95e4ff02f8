"""Which catalogues a device takes, and the five attacks of The Update Framework (specification 1.0, 1.5.2).

Where each defence stands: rollback, mix-and-match and the size limits of endless data here in the
core; the limit on what is read from the network, and on unpacking, in sync/host/pull.py; freeze only
sets the catalogue's age, which the verdict reads; fast-forward is healed by a new key in root.
"""

import hashlib

from sync import catalogue
from sync.canonical import encode
from sync.envelopes import SyncError, key_id, seal


def fake_sign(public):
    def sign(data):
        half = hashlib.sha256(b"fake" + public + data).digest()
        return half + half

    return sign


def fake_verify(public, data, signature):
    return signature == fake_sign(public)(data)


def fake_inflate(data, limit):
    """Stands in for zlib: "x9" unpacks to nine x."""
    content = b"x" * int(data[1:]) if data[:1] == b"x" else data
    if len(content) > limit:
        raise ValueError("too long")
    return content


ROOT_A, ROOT_B, ROOT_C = [bytes([n]) * 32 for n in (1, 2, 3)]
CURRENT_OLD, CURRENT_NEW = [bytes([n]) * 32 for n in (11, 12)]
ACK = bytes([21]) * 32
DAY = 86400000
ISSUED = 1795400000000


def signers(publics):
    return [(key_id(public), fake_sign(public)) for public in publics]


def root(version=1, publics=(ROOT_A, ROOT_B), threshold=2, current=(CURRENT_OLD,), **changes):
    """The `signed` part of a root document."""
    everybody = list(publics) + list(current) + [ACK]
    signed = {
        "type": "root",
        "version": version,
        "expires": ISSUED + 365 * DAY,
        "keys": {key_id(public): public.hex() for public in everybody},
        "roles": {
            "root": {"keys": [key_id(public) for public in publics], "threshold": threshold},
            "current": {"keys": [key_id(public) for public in current], "threshold": 1},
            "ack": {"keys": [key_id(ACK)], "threshold": 1},
        },
        "stamp_keys": [{"k": "A", "public": "ab" * 32, "from": 0, "retired": False}],
        "hosts": ["OCOP.HATINH.VN"],
    }
    signed.update(changes)
    return signed


def segments(**changes):
    """One file for each segment, as `current` lists them; `changes` by name."""
    listed = []
    for name in catalogue.SEGMENTS:
        data = content_of(name)
        listed.append(changes.get(name, {"name": name, "base": file_of(data), "deltas": []}))
    return listed


def content_of(name):
    return encode(
        {"name": name, "bitmap": "", "marks": {}} if name.startswith("sold_") else {"name": name, "rows": []}
    )


def file_of(data):
    return {"sha256": catalogue.sha256_hex(data), "size": len(data), "length": len(data)}


def current(version=ISSUED, public=CURRENT_OLD, **changes):
    """A `current` envelope of outlet HT01."""
    signed = {
        "type": "current",
        "version": version,
        "issued": ISSUED,
        "expires": ISSUED + DAY,
        "outlet": "HT01",
        "root": 1,
        "segments": segments(),
    }
    signed.update(changes)
    return seal(signed, signers([public]))


def refusal(function, *arguments):
    """The code of the SyncError, None when there is none."""
    try:
        function(*arguments)
    except SyncError as error:
        assert str(error)
        return error.code
    return None


def current_refusal(envelope, stored=0, signed_root=None):
    return refusal(catalogue.check_current, envelope, signed_root or root(), "HT01", stored, fake_verify)


def root_refusal(envelope, previous=None):
    return refusal(catalogue.check_root, envelope, fake_verify, previous)


# Root


def test_the_first_root_is_signed_by_its_own_keys():
    good = seal(root(), signers([ROOT_A, ROOT_B]))
    assert catalogue.check_root(good, fake_verify) == root()
    assert root_refusal(seal(root(), signers([ROOT_A]))) == "signature"
    assert root_refusal(seal(root(), signers([ROOT_A, ROOT_A]))) == "signature"
    assert root_refusal(seal(root(), signers([ROOT_A, CURRENT_OLD]))) == "signature"


def test_the_next_root_is_signed_by_both_sets_of_keys():
    old, new = root(1), root(2, (ROOT_B, ROOT_C))
    both = [ROOT_A, ROOT_B, ROOT_C]
    assert catalogue.check_root(seal(new, signers(both)), fake_verify, old) == new
    for missing in both:
        rest = [public for public in both if public != missing]
        assert root_refusal(seal(new, signers(rest)), old) == "signature"


def test_roots_follow_one_by_one():
    for version in (1, 3, 4, 9007199254740991):
        assert root_refusal(seal(root(version), signers([ROOT_A, ROOT_B])), root(1)) == "version"
    assert root_refusal(seal(root(2), signers([ROOT_A, ROOT_B])), root(1)) is None
    assert root_refusal(seal(root(1), signers([ROOT_A, ROOT_B])), root(2)) == "version"


def test_a_threshold_that_cannot_be_met_is_refused():
    for threshold in (0, -1, 3, None, "2", True):
        assert root_refusal(seal(root(threshold=threshold), signers([ROOT_A, ROOT_B]))) == "malformed"


def test_one_key_under_two_names_does_not_count_twice():
    signed = root(publics=(ROOT_A,), threshold=2)
    signed["keys"]["0" * 16] = ROOT_A.hex()
    signed["roles"]["root"]["keys"].append("0" * 16)
    twice = [(key_id(ROOT_A), fake_sign(ROOT_A)), ("0" * 16, fake_sign(ROOT_A))]
    assert root_refusal(seal(signed, twice)) == "malformed"
    signed["roles"]["root"]["keys"] = [key_id(ROOT_A), key_id(ROOT_A)]
    assert root_refusal(seal(signed, twice)) == "malformed"


def test_half_a_root_is_refused():
    both = signers([ROOT_A, ROOT_B])
    for name in root():
        signed = root()
        del signed[name]
        envelope = {"signed": signed, "signatures": seal(dict(root()), both)["signatures"]}
        assert root_refusal(envelope if name == "type" else seal(signed, both)) == "malformed", name
    key = root()["stamp_keys"][0]
    wrong = [
        {"version": 0},
        {"version": "1"},
        {"version": True},
        {"expires": None},
        {"hosts": [5]},
        {"hosts": None},
    ]
    wrong += [{"stamp_keys": [key, key]}, {"stamp_keys": [{}]}, {"stamp_keys": [5]}, {"stamp_keys": None}]
    for change in (
        {"k": "AB"},
        {"k": 5},
        {"public": "ab"},
        {"public": "AB" * 32},
        {"from": None},
        {"retired": 2},
    ):
        wrong.append({"stamp_keys": [dict(key, **change)]})
    for role in ("current", "ack", "root"):
        roles = dict(root()["roles"])
        del roles[role]
        wrong.append({"roles": roles})
        wrong.append({"roles": dict(root()["roles"], **{role: {"keys": ["ff" * 8], "threshold": 1}})})
    for changes in wrong:
        assert root_refusal(seal(root(**changes), both)) == "malformed", changes
    for envelope in (None, [], {}, 5, "root", {"signed": None}, {"signed": root()}):
        assert root_refusal(envelope) == "malformed", envelope


# Current


def test_a_good_current_is_taken():
    envelope = current()
    found = catalogue.check_current(envelope, root(), "HT01", 0, fake_verify)
    assert found == envelope["signed"]
    assert [len(catalogue.files(segment)) for segment in found["segments"]] == [1] * 15


def test_a_current_of_other_keys_is_refused():
    for public in (CURRENT_NEW, ROOT_A, ROOT_B, ACK):
        assert current_refusal(current(public=public)) == "signature"
    for change in ({"version": ISSUED + 1}, {"outlet": "HT02"}, {"expires": 0}, {"segments": []}):
        envelope = current()
        envelope["signed"].update(change)
        assert current_refusal(envelope) == "signature"


def test_another_outlets_catalogue_is_refused():
    for outlet in ("HT02", "ht01", "HT01A", "", None, 5):
        assert current_refusal(current(outlet=outlet)) == "outlet"


def test_fields_of_a_wrong_kind_are_refused():
    for name in ("version", "issued", "expires", "outlet", "segments"):
        envelope = current()
        del envelope["signed"][name]
        assert current_refusal(seal(envelope["signed"], signers([CURRENT_OLD]))) == "malformed", name
    for changes in ({"version": "1"}, {"version": True}, {"issued": None}, {"expires": []}, {"segments": 5}):
        assert current_refusal(current(**changes)) == "malformed", changes
    data = content_of("lots")
    for part in (None, 5, [], {}, {"name": "lots"}, {"name": "lots", "base": None, "deltas": []}):
        assert current_refusal(current(segments=segments(lots=part))) == "malformed", part
    for change in (
        {"sha256": "ab"},
        {"sha256": "../" * 21 + "a"},
        {"sha256": 5},
        {"size": None},
        {"length": "9"},
    ):
        bad = {"name": "lots", "base": dict(file_of(data), **change), "deltas": []}
        assert current_refusal(current(segments=segments(lots=bad))) == "malformed", change
        bad = {"name": "lots", "base": file_of(data), "deltas": [dict(file_of(data), **change)]}
        assert current_refusal(current(segments=segments(lots=bad))) == "malformed", change
    for envelope in (None, [], {}, 5, "current"):
        assert current_refusal(envelope) == "malformed", envelope


# The five attacks


def test_attack_rollback_to_an_older_catalogue():
    """Core: a genuine but older `current` is refused, so that a recall cannot be undone."""
    installed = current()["signed"]["version"]
    for older in (installed - 1, installed - DAY, 1):
        assert current_refusal(current(older), installed) == "rollback"
    for newer in (installed, installed + 1):
        assert current_refusal(current(newer), installed) is None


def test_attack_rollback_to_an_older_root():
    """Core: root n + 1 and no other follows root n, so that a removed key stays removed."""
    assert root_refusal(seal(root(4), signers([ROOT_A, ROOT_B])), root(5)) == "version"


def test_attack_freeze_only_ages():
    """A device kept from newer catalogues goes on with the last one, and knows how old it is.

    Core: an expired `current` is taken, its signed `issued` and `expires` untouched: by them the
    verdict tells fresh from old. An outlet without a network must not stop selling.
    """
    envelope = current(issued=ISSUED - 400 * DAY, expires=ISSUED - 399 * DAY)
    found = catalogue.check_current(envelope, root(), "HT01", 0, fake_verify)
    assert found["issued"] == ISSUED - 400 * DAY
    assert found["expires"] == ISSUED - 399 * DAY
    envelope["signed"]["issued"] = ISSUED  # nobody but the office can make it younger
    assert current_refusal(envelope) == "signature"


def test_attack_fast_forward():
    """A stolen key signs a version far ahead, and every later catalogue would be a rollback.

    Core: once root has a new key for `current`, the version of what the old one signed no longer
    counts (version_floor); a new key beside the old one, or a new root as such, changes nothing.
    """
    far = current(9007199254740991)
    assert current_refusal(far) is None
    stuck = catalogue.version_floor(far, root())
    assert stuck == 9007199254740991
    assert current_refusal(current(), stuck) == "rollback"

    healed = root(2, current=(CURRENT_NEW,))
    floor = catalogue.version_floor(far, healed)
    assert floor == 0
    assert current_refusal(current(public=CURRENT_NEW), floor, healed) is None
    assert current_refusal(far, floor, healed) == "signature"

    assert catalogue.version_floor(far, root(2)) == stuck
    assert catalogue.version_floor(far, root(2, current=(CURRENT_OLD, CURRENT_NEW))) == stuck
    assert catalogue.version_floor(None, root()) == 0


def test_attack_mix_and_match():
    """Core: every file is named by its SHA-256 in one signed document.

    A file of another version, of another segment or of another outlet is not that file; a list
    that leaves a segment out, names one twice or brings a strange one is refused as a whole.
    """
    of_today = encode({"name": "recalls", "rows": [{"lot": 5, "at": 1, "reason": "x"}]})
    of_yesterday = encode({"name": "recalls", "rows": []})
    promised = file_of(of_today)
    assert catalogue.open_file(promised, "recalls", of_today, fake_inflate)["rows"][0]["lot"] == 5
    assert refusal(catalogue.open_file, promised, "recalls", of_yesterday, fake_inflate) == "segment"
    assert refusal(catalogue.open_file, promised, "lots", of_today, fake_inflate) == "segment"

    whole = segments()
    strange = {"name": "prices", "base": file_of(b"{}"), "deltas": []}
    for mixed in (
        whole[1:],
        [],
        whole + whole[:1],
        whole[1:] + whole[1:2],
        whole + [strange],
        whole[1:] + [strange],
    ):
        assert current_refusal(current(segments=mixed)) == "mix"
    assert current_refusal(current(segments=whole[3:] + whole[:3])) is None  # the order says nothing


def test_attack_endless_data():
    """Core: sizes are promised in the signed document and bounded; device: reading and unpacking
    stop there (tests/sync/test_catalogue_host.py)."""
    largest = catalogue.LARGEST_SEGMENT
    for name in ("size", "length"):
        for number, code in ((0, None), (largest, None), (largest + 1, "malformed"), (-1, "malformed")):
            base = dict(file_of(b""), **{name: number})
            part = {"name": "lots", "base": base, "deltas": []}
            assert current_refusal(current(segments=segments(lots=part))) == code, (name, number)
    data = content_of("lots")
    for longer in (data + b" ", data * 1000):
        assert refusal(catalogue.open_file, file_of(data), "lots", longer, fake_inflate) == "segment"
    asked = []

    def watched(packed, limit):
        asked.append(limit)
        return fake_inflate(packed, limit)

    bomb = dict(file_of(b"x9999"), length=100)
    assert refusal(catalogue.open_file, bomb, "lots", b"x9999", watched) == "segment"
    assert asked == [100]


# Files


def test_an_altered_file_is_refused_before_it_is_unpacked():
    data = content_of("lots")

    def never(packed, limit):
        raise AssertionError("unpacked what was not signed")

    for place in range(len(data)):
        altered = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        assert refusal(catalogue.open_file, file_of(data), "lots", altered, never) == "segment"
    for cut in (b"", data[:-1]):
        assert refusal(catalogue.open_file, file_of(data), "lots", cut, never) == "segment"


def test_a_signed_file_that_holds_something_else_is_refused():
    for data in (
        b"",
        b"null",
        b"[]",
        b"5",
        b"{}",
        b'{"name":"products"}',
        b'{ "name":"lots"}',
        b"\xff",
        b"x3",
    ):
        assert refusal(catalogue.open_file, file_of(data), "lots", data, fake_inflate) == "segment", data
    data = content_of("lots")
    for length in (len(data) + 1, len(data) - 1):
        promised = dict(file_of(data), length=length)
        assert refusal(catalogue.open_file, promised, "lots", data, fake_inflate) == "segment"


def test_base_content_is_what_open_file_reads():
    rows = [{"id": "sp2", "name": "Cu đơ"}, {"id": "sp1", "name": "Mật ong"}]
    data = catalogue.base_content("products", rows)
    content = catalogue.open_file(file_of(data), "products", data, fake_inflate)
    assert catalogue.rows("products", [content]) == [rows[1], rows[0]]


# Rows and deltas


def lot(number, code):
    return {"id": number, "code": code}


def test_deltas_apply_in_their_order():
    base = {"name": "lots", "rows": [lot(1, "a"), lot(2, "b"), lot(3, "c")]}
    first = {"name": "lots", "put": [lot(4, "d"), lot(2, "B")], "delete": [[1]]}
    second = {"name": "lots", "put": [lot(1, "again")], "delete": [[4], [99]]}
    assert catalogue.rows("lots", [base]) == [lot(1, "a"), lot(2, "b"), lot(3, "c")]
    assert catalogue.rows("lots", [base, first]) == [lot(2, "B"), lot(3, "c"), lot(4, "d")]
    assert catalogue.rows("lots", [base, first, second]) == [lot(1, "again"), lot(2, "B"), lot(3, "c")]
    assert catalogue.rows("lots", [base, {"name": "lots"}]) == catalogue.rows("lots", [base])


def test_keys_of_two_fields():
    base = {"name": "batches", "rows": [{"gtin": "2", "first": 1}, {"gtin": "1", "first": 501}]}
    delta = {"name": "batches", "put": [{"gtin": "1", "first": 1}], "delete": [["2", 1]]}
    found = catalogue.rows("batches", [base, delta])
    assert found == [{"gtin": "1", "first": 1}, {"gtin": "1", "first": 501}]


def test_the_order_of_rows_does_not_depend_on_the_order_sent():
    table = [lot(number, "x") for number in (5, 3, 9, 1, 7)]
    for start in range(5):
        turned = table[start:] + table[:start]
        found = catalogue.rows("lots", [{"name": "lots", "rows": turned}])
        assert [row["id"] for row in found] == [1, 3, 5, 7, 9]


def test_rows_without_their_key_are_refused():
    for rows in ([{}], [5], [None], None, 5, [{"id": []}], [lot(1, "a"), lot("x", "b")]):
        assert refusal(catalogue.rows, "lots", [{"name": "lots", "rows": rows}]) == "segment", rows
    for gone in ([5], [None], 5):
        content = {"name": "lots", "rows": [], "delete": gone}
        assert refusal(catalogue.rows, "lots", [content]) == "segment", gone


def test_the_segments_are_those_of_the_design():
    expected = "activations batches contracts lots producers products recalls settings sold_all sold_outlet "
    expected += "sold_twice tombstones trade_items voids withdrawals"
    assert " ".join(sorted(catalogue.SEGMENTS)) == expected
