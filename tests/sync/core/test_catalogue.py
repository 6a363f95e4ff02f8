"""Which catalogues a device takes, and the five attacks of The Update Framework (specification 1.0, 1.5.2).

Where each defence stands: rollback, mix-and-match and the size limits of endless data here in the
core (what a file holds: test_catalogue_files.py); the limit on what is read from the network in
sync/host/pull.py; freeze only sets the catalogue's age, which the verdict reads; fast-forward is healed by a new key in root.
"""

import hashlib
from io import BytesIO

from sync import catalogue, catalogue_files
from sync.envelopes import SyncError, key_id, seal


def fake_sign(public):
    def sign(data):
        half = hashlib.sha256(b"fake" + public + data).digest()
        return half + half

    return sign


def fake_verify(public, data, signature):
    return signature == fake_sign(public)(data)


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


def content_of(name, rows=()):
    if name in catalogue.SOLD_SETS:
        return b"".join(catalogue_files.sold_lines(name, b"", {}))
    return b"".join(catalogue_files.base_lines(name, rows))


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
    assert [len(catalogue.files(segment)) for segment in found["segments"]] == [1] * 16


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
    of_today = content_of("recalls", [{"lot": 5, "at": 1, "reason": "x"}])
    of_yesterday = content_of("recalls", [{"lot": 5, "at": 1, "reason": "y"}])
    promised = file_of(of_today)
    assert arrival(promised, of_today) is None
    assert arrival(promised, of_yesterday) == "segment"
    taken = list(catalogue_files.changes("recalls", "base", len(of_today), BytesIO(of_today)))
    assert [row["lot"] for number, key, row in taken] == [5]
    mixed_up = catalogue_files.changes("lots", "base", len(of_today), BytesIO(of_today))
    assert refusal(list, mixed_up) == "segment"

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
    limits = (("size", catalogue.LARGEST_CATALOGUE - 15), ("length", catalogue.LARGEST_FILE))
    for name, largest in limits:  # the other fifteen files have a byte each
        for number, code in ((0, None), (largest, None), (largest + 1, "malformed"), (-1, "malformed")):
            small = {other: {"name": other, "base": tiny(), "deltas": []} for other in catalogue.SEGMENTS}
            small["lots"]["base"][name] = number
            assert current_refusal(current(segments=segments(**small))) == code, (name, number)
    for number, code in ((catalogue.MOST_DELTAS, None), (catalogue.MOST_DELTAS + 1, "malformed")):
        part = {"name": "lots", "base": tiny(), "deltas": [tiny()] * number}
        assert current_refusal(current(segments=segments(lots=part))) == code
    data = content_of("lots")
    for longer in (data + b" ", data * 1000):
        assert arrival(file_of(data), longer) == "segment"


def tiny():
    return {"sha256": "0" * 64, "size": 1, "length": 1}


def arrival(file, *pieces):
    """The code of the SyncError when a file arrives in `pieces`, None when it is the one signed."""

    def arrive():
        arriving = catalogue_files.Arriving("lots", file)
        for piece in pieces:
            arriving.add(piece)
        arriving.finish()

    return refusal(arrive)


def test_an_altered_file_is_refused():
    data = content_of("lots")
    assert arrival(file_of(data), data) is None
    assert arrival(file_of(data), data[:7], b"", data[7:]) is None
    for place in range(len(data)):
        altered = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        assert arrival(file_of(data), altered) == "segment"
    for cut in (b"", data[:-1]):
        assert arrival(file_of(data), cut) == "segment"


def test_reading_stops_where_a_file_is_longer_than_signed():
    arriving = catalogue_files.Arriving("lots", dict(file_of(b""), size=100))
    arriving.add(bytes(100))
    assert refusal(arriving.add, b"x") == "segment"


# What is missing


def listed(*numbers, past=()):
    """A segment whose base is the first of `numbers`, its deltas the others; `past` were merged."""
    base, *deltas = [{"sha256": f"{number:064x}", "size": 1, "length": 1} for number in numbers]
    return {"name": "lots", "base": base, "deltas": deltas, "past": [f"{number:064x}"[:8] for number in past]}


TEN = 0x1010101010 << 216  # the first digits of a SHA-256 count


def test_only_what_was_added_is_applied():
    for installed, wanted, anew, todo in (
        (None, listed(1, 2), True, [1, 2]),
        (listed(1), listed(1), False, []),
        (listed(1), listed(1, 2, 3), False, [2, 3]),
        (listed(1, 2), listed(1, 2, 3), False, [3]),
        (listed(1, 2), listed(4), True, [4]),
        (listed(1, 2), listed(1), True, [1]),
        (listed(1, 2), listed(1, 3), True, [1, 3]),
        (listed(1, 2), listed(2), True, [2]),
        (listed(1, TEN), listed(1, 2, 3, past=(TEN,)), False, [2, 3]),  # merged into the first
        (listed(1, TEN), listed(1, 2, TEN, past=(TEN,)), False, [2, TEN]),  # and the same change once more
        (listed(1, 2), listed(1, 2, 3, 2, 4), False, [3, 2, 4]),
        (listed(1), listed(1, 2, 3, past=(TEN,)), False, [2, 3]),
        (listed(9), listed(1, 2, 3, past=(TEN,)), True, [1, 2, 3]),
    ):
        found = catalogue.to_apply(wanted, installed)
        assert found[0] == anew
        assert [int(file["sha256"], 16) for file in found[1]] == todo
