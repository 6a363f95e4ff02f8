"""Sound and tampered exports of a journal, made here; each must be named for what it is.

The maker below spells headers and hashes out itself, so that neither sync.journal nor
sync.verification vouches for itself.
"""

import hashlib
import json
from binascii import hexlify, unhexlify

from sync import journal
from sync.verification import verify_export

KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))
HEADER = '{"at":%d,"body_sha256":"%s","clock":"sure","device":"%s","kind":"%s","mono":%d,"seq":%d,"v":1}'


CHECKPOINT = '{"device":"%s","hash":"%s","seq":%d,"type":"checkpoint"}'


def fake_sign(key, message):
    half = hashlib.sha256(b"fake" + key + message).digest()
    return half + half


def fake_verify(public, message, signature):
    assert len(signature) == 64  # what PyNaCl insists on
    return signature == fake_sign(public, message)


def sha(data):
    return hexlify(hashlib.sha256(data).digest()).decode()


def body_of(length):
    return '{"length":' + str(length) + ',"v":1}'


def entry(seq, previous, body=None, device="HT01A", kind="scan", at=None):
    """One entry as a dict; `previous` is a hash in hex."""
    body = body_of(seq) if body is None else body
    at = 1795400000000 + seq if at is None else at
    header = HEADER % (at, sha(body.encode()), device, kind, seq * 7, seq)
    return rehashed({"header": header, "body": body, "hash": ""}, previous)


def rehashed(one, previous):
    one = dict(one)
    one["hash"] = sha(b"OCOP-ENTRY-1" + unhexlify(previous) + one["header"].encode())
    return one


def chain(first, count, previous="00" * 32, at=None):
    entries = []
    for seq in range(first, first + count):
        entries.append(entry(seq, previous, at=at))
        previous = entries[-1]["hash"]
    return entries


def checkpoint(seq, entry_hash, device="HT01A", key=KEY):
    text = CHECKPOINT % (device, entry_hash, seq)
    signature = fake_sign(key, b"OCOP-CHECKPOINT-1" + text.encode())
    signed = {"type": "checkpoint", "device": device, "seq": seq, "hash": entry_hash}
    return {"signed": signed, "signatures": [{"key": sha(key)[:16], "sig": hexlify(signature).decode()}]}


def head(first=1, previous="00" * 32, device="HT01A", key=KEY):
    return {"device": device, "key": hexlify(key).decode(), "from": first, "prev_hash": previous}


def problems(entries, own=None, top=None, key=KEY, other=None):
    """What the verifier says, as (kind, seq) pairs. `own` is the export's checkpoint."""
    lines = [json.dumps(row) for row in [top or head()] + entries + ([own] if own else [])]
    found = verify_export(lines, fake_verify, key, other)
    return [(one["kind"], one["seq"]) for one in found]


def sealed(entries):
    return checkpoint(len(entries), entries[-1]["hash"])


# Sound


def test_sound_from_the_first_entry_on():
    for count in (1, 2, 5, 40):
        entries = chain(1, count)
        assert problems(entries, sealed(entries)) == []
        assert problems(entries, sealed(entries), key=None) == []


def test_sound_without_an_entry():
    assert problems([], checkpoint(0, "00" * 32)) == []


def test_a_head_rewritten_for_what_is_left_of_a_journal():
    """No checkpoint of the whole journal contradicts such a file; that it does not begin with 1 tells."""
    whole = chain(1, 9)
    for first in range(2, 10):
        left, top = whole[first - 1 :], head(first, whole[first - 2]["hash"])
        assert problems(left, sealed(whole), top) == [("removed_head", 1)]
        assert problems(left, sealed(whole), top, other=sealed(whole)) == [("removed_head", 1)]
        assert problems(left, sealed(whole), top, other=checkpoint(1, whole[0]["hash"])) == [
            ("removed_head", 1)
        ]
    assert problems([], sealed(whole), head(10, whole[8]["hash"])) == [("removed_head", 1)]


def test_sound_against_checkpoints_from_elsewhere():
    entries = chain(1, 6)
    for seq in range(1, 7):
        other = checkpoint(seq, entries[seq - 1]["hash"])
        assert problems(entries, sealed(entries), other=other) == []


def test_sound_as_sync_journal_makes_it():
    """Both code paths agree on what an entry is, with Vietnamese text and every kind."""
    entries, previous = [], journal.START
    for seq, kind in enumerate(journal.KINDS, 1):
        body = '{"name":"Mật ong Hương Khê","v":1}'.encode()
        header = journal.header_bytes("HT01A", seq, 1795400000000, seq, "unsure", kind, body)
        previous = journal.entry_hash(previous, header)
        entries.append({"header": header.decode(), "body": body.decode(), "hash": hexlify(previous).decode()})
    assert problems(entries, sealed(entries)) == []


def test_blank_lines_do_not_matter():
    entries = chain(1, 3)
    lines = [json.dumps(row) for row in [head()] + entries + [sealed(entries)]]
    assert verify_export("\n\n".join(lines).split("\n") + ["", " "], fake_verify, KEY) == []


# Altered


def test_an_altered_body():
    entries = chain(1, 5)
    own = sealed(entries)
    entries[2]["body"] = '{"length":99,"v":1}'
    assert problems(entries, own) == [("altered", 3)]


def test_a_body_that_is_no_longer_json():
    entries = chain(1, 5)
    own = sealed(entries)
    entries[2]["body"] = "{"
    assert problems(entries, own) == [("altered", 3)]


def test_an_altered_time():
    for place in (0, 2, 4):
        entries = chain(1, 5)
        own = sealed(entries)
        entries[place]["header"] = entries[place]["header"].replace('"at":1795', '"at":1794')
        assert problems(entries, own) == [("altered", place + 1)]


def test_an_altered_body_with_its_digest_in_the_header():
    entries = chain(1, 5)
    own = sealed(entries)
    new = '{"length":0,"v":1}'
    header = entries[1]["header"].replace(sha(entries[1]["body"].encode()), sha(new.encode()))
    entries[1] = {"header": header, "body": new, "hash": entries[1]["hash"]}
    assert problems(entries, own) == [("altered", 2)]


def test_an_altered_hash():
    for place in (0, 2, 4):
        entries = chain(1, 5)
        own = sealed(entries)
        entries[place]["hash"] = "ab" * 32
        assert problems(entries, own) == [("altered", place + 1)]


def test_an_altered_time_and_number():
    entries = chain(1, 5)
    own = sealed(entries)
    header = entries[2]["header"].replace('"at":1795', '"at":1794').replace('"seq":3', '"seq":900')
    entries[2]["header"] = header
    assert problems(entries, own) == [("altered", 3)]


def test_two_altered_entries():
    entries = chain(1, 9)
    own = sealed(entries)
    for place in (2, 6):
        entries[place]["body"] = "{}"
    assert problems(entries, own) == [("altered", 3), ("altered", 7)]


def test_altered_and_hashed_anew_to_the_end():
    """The chain is whole again; the device's signature is what it cannot get."""
    entries = chain(1, 5)
    own = sealed(entries)
    entries[1] = entry(2, entries[0]["hash"], '{"length":0,"v":1}')
    for place in (2, 3, 4):
        entries[place] = rehashed(entries[place], entries[place - 1]["hash"])
    assert problems(entries, own) == [("bad_checkpoint", 5)]
    forged = checkpoint(5, entries[-1]["hash"], key=OTHER_KEY)
    assert problems(entries, forged) == [("bad_checkpoint", 5)]
    # A file that brings its own key only agrees with itself: that is why there is --key.
    assert problems(entries, forged, head(key=OTHER_KEY), key=None) == []
    assert problems(entries, forged, head(key=OTHER_KEY), key=KEY) == [("bad_checkpoint", 5)]


# Gap


def test_a_removed_entry():
    for place in (0, 1, 3):
        entries = chain(1, 5)
        own = sealed(entries)
        del entries[place]
        assert problems(entries, own) == [("gap", place + 1)]


def test_removed_entries_in_a_row_and_apart():
    entries = chain(1, 9)
    own = sealed(entries)
    kept = [entries[place] for place in (0, 4, 5, 7, 8)]
    assert problems(kept, own) == [("gap", 2), ("gap", 7)]


# Reordered


def test_two_entries_in_each_others_place():
    for place in (0, 1, 3):
        entries = chain(1, 5)
        own = sealed(entries)
        entries[place], entries[place + 1] = entries[place + 1], entries[place]
        assert problems(entries, own) == [("reordered", place + 1)]


def test_two_entries_in_each_others_place_and_one_altered():
    entries = chain(1, 5)
    own = sealed(entries)
    entries[2]["header"] = entries[2]["header"].replace('"at":1795', '"at":1794')
    entries[1], entries[2] = entries[2], entries[1]
    assert problems(entries, own) == [("reordered", 2), ("altered", 3)]


def test_an_entry_moved_to_the_end():
    entries = chain(1, 6)
    own = sealed(entries)
    entries.append(entries.pop(1))
    assert problems(entries, own) == [("reordered", 2)]


def test_an_entry_moved_forward():
    entries = chain(1, 6)
    own = sealed(entries)
    entries.insert(1, entries.pop(4))
    assert problems(entries, own) == [("reordered", 2)]


def test_an_entry_twice():
    for place in (1, 4):
        entries = chain(1, 4)
        own = sealed(entries)
        entries.insert(place, entries[0])
        assert problems(entries, own) == [("duplicate", 1)]


def test_reordered_and_hashed_anew():
    entries = chain(1, 5)
    own = sealed(entries)
    entries[1], entries[2] = entries[2], entries[1]
    for place in (1, 2, 3, 4):
        entries[place] = rehashed(entries[place], entries[place - 1]["hash"])
    assert problems(entries, own) == [("reordered", 2), ("bad_checkpoint", 5)]


# Renumbered


def renumber(one, new):
    start, _, _ = one["header"].partition('"seq":')
    return {"header": start + '"seq":' + str(new) + ',"v":1}', "body": one["body"], "hash": one["hash"]}


def test_a_renumbered_entry():
    for new in (1, 2, 4, 5, 7, 4000000000):
        entries = chain(1, 5)
        own = sealed(entries)
        entries[2] = renumber(entries[2], new)
        assert problems(entries, own) == [("renumbered", 3)]


def test_a_removed_entry_and_the_rest_closed_up():
    entries = chain(1, 6)
    own = sealed(entries)
    kept = entries[:2] + [renumber(entries[place], place) for place in (3, 4, 5)]
    assert problems(kept, own) == [("gap", 3), ("renumbered", 4)]


def test_a_removed_entry_and_the_rest_hashed_anew():
    """The numbers skip, though by its hashes the chain is whole."""
    entries = chain(1, 6)
    own = sealed(entries)
    kept = entries[:2] + entries[3:]
    for place in (2, 3, 4):
        kept[place] = rehashed(kept[place], kept[place - 1]["hash"])
    assert problems(kept, own) == [("renumbered", 3), ("removed_tail", 6)]


def test_a_renumbered_entry_and_the_rest_hashed_anew():
    entries = chain(1, 5)
    own = sealed(entries)
    entries[2] = renumber(entries[2], 7)
    for place in (2, 3, 4):
        entries[place] = rehashed(entries[place], entries[place - 1]["hash"])
    assert problems(entries, own) == [("renumbered", 3), ("bad_checkpoint", 5)]


# Forked


def test_two_entries_after_one():
    entries = chain(1, 4)
    second = entry(3, entries[1]["hash"], at=5)
    for place in (3, 4):
        forked = list(entries)
        forked.insert(place, second)
        assert problems(forked, sealed(entries)) == [("forked", 3)]


def test_two_branches():
    entries = chain(1, 5)
    own = sealed(entries)
    branch = chain(3, 4, entries[1]["hash"], at=5)
    assert problems(entries + branch[:2], own) == [("forked", 3)]
    assert problems(entries + branch, checkpoint(6, branch[-1]["hash"])) == [("forked", 3)]


def test_the_device_has_signed_another_history():
    entries = chain(1, 5)
    branch = chain(3, 4, entries[1]["hash"], at=5)
    other = checkpoint(4, branch[1]["hash"])
    assert problems(entries, sealed(entries), other=other) == [("forked", 4)]


def test_the_device_has_signed_another_past():
    whole = chain(1, 9)
    own, top = checkpoint(9, whole[8]["hash"]), head(7, whole[5]["hash"])
    assert problems(whole[6:], own, top, other=checkpoint(6, "ab" * 32)) == [
        ("removed_head", 1),
        ("forked", 6),
    ]


def test_a_false_history_is_no_fork():
    """The entries were hashed anew; that the device's word differs from them says no more than that."""
    entries = chain(1, 5)
    false = chain(1, 5, at=5)
    found = problems(false, sealed(entries), other=checkpoint(4, entries[3]["hash"]))
    assert found == [("bad_checkpoint", 4), ("bad_checkpoint", 5)]


# Removed tail


def test_a_tail_cut_off_before_the_checkpoint():
    for kept in (1, 3, 4):
        entries = chain(1, 5)
        assert problems(entries[:kept], sealed(entries)) == [("removed_tail", kept + 1)]


def test_a_tail_cut_off_with_an_older_checkpoint_put_in_place():
    """Sound by itself; only a later checkpoint from elsewhere shows it."""
    entries = chain(1, 5)
    older = checkpoint(3, entries[2]["hash"])
    assert problems(entries[:3], older) == []
    assert problems(entries[:3], older, other=sealed(entries)) == [("removed_tail", 4)]


# Checkpoints


def test_no_checkpoint():
    entries = chain(1, 5)
    assert problems(entries) == [("bad_checkpoint", 5)]


def test_a_checkpoint_that_does_not_count():
    entries = chain(1, 5)
    last = entries[-1]["hash"]
    flipped = checkpoint(5, last)
    flipped["signatures"][0]["sig"] = "00" + flipped["signatures"][0]["sig"][2:]
    short = checkpoint(5, last)
    short["signatures"][0]["sig"] = "00"
    raised = checkpoint(4, entries[3]["hash"])
    raised["signed"]["seq"] = 5
    empty = checkpoint(5, last)
    empty["signatures"] = []
    more = checkpoint(5, last)
    more["signed"]["note"] = "unsigned"
    kind = checkpoint(5, last)
    kind["signed"]["type"] = "head"
    bad = [flipped, short, raised, empty, more, kind, {"signed": 5}, {"signed": None, "signatures": 1}]
    bad.append(checkpoint(5, last, device="HT02A"))
    bad.append(checkpoint(5, last, key=OTHER_KEY))
    bad.append(checkpoint(5, "ab" * 32))
    for one in bad:
        assert problems(entries, one) == [("bad_checkpoint", 5)], one
        assert problems(entries, sealed(entries), other=one) in (
            [("bad_checkpoint", 5)],
            [("forked", 5)],  # the device's own signature over another hash
        ), one


def test_entries_behind_the_checkpoint():
    entries = chain(1, 5)
    assert problems(entries, checkpoint(4, entries[3]["hash"])) == [("bad_checkpoint", 4)]


# Malformed


def test_lines_that_are_no_entry():
    entries = chain(1, 5)
    top, own = json.dumps(head()), json.dumps(sealed(entries))
    rows = [json.dumps(one) for one in entries]
    for bad in ("{", "5", "null", "[]", "{}", '{"header":1,"body":2,"hash":3}', rows[2][:-9]):
        found = verify_export([top] + rows[:2] + [bad] + rows[3:] + [own], fake_verify, KEY)
        assert found == [{"kind": "malformed", "seq": 3}], bad


def test_a_header_that_is_not_canonical():
    """Written so by the device itself: the chain is whole, the form is wrong."""
    for wrong in (('"at":', '"at": '), ('"v":1', '"v":2'), ('"sure"', "5"), ('"kind"', '"kinds"')):
        entries = chain(1, 2)
        header = entries[1]["header"].replace(wrong[0], wrong[1])
        entries[1] = rehashed({"header": header, "body": entries[1]["body"]}, entries[0]["hash"])
        entries.append(entry(3, entries[1]["hash"]))
        assert problems(entries, sealed(entries)) == [("malformed", 2)], wrong


def test_a_body_that_never_was_an_object():
    for body in ("", "5", "[]", "{"):
        entries = chain(1, 1)
        entries.append(entry(2, entries[0]["hash"], body))
        entries.append(entry(3, entries[1]["hash"]))
        assert problems(entries, sealed(entries)) == [("malformed", 2)], body


def test_an_entry_of_another_device():
    entries = chain(1, 1)
    entries.append(entry(2, entries[0]["hash"], device="HT02A"))
    assert problems(entries, sealed(entries)) == [("other_device", 2)]


def test_an_entry_whose_device_was_altered():
    entries = chain(1, 5)
    own = sealed(entries)
    entries[2]["header"] = entries[2]["header"].replace("HT01A", "HT02A")
    assert problems(entries, own) == [("altered", 3)]


def test_two_devices_mixed():
    entries = chain(1, 4)
    own = sealed(entries)
    others = []
    previous = "00" * 32
    for seq in range(1, 7):
        others.append(entry(seq, previous, device="HT02A"))
        previous = others[-1]["hash"]
    mixed = []
    for place in range(6):
        mixed += others[place : place + 1] + entries[place : place + 1]
    assert problems(mixed, own) == [("other_device", 1)]
    assert problems(entries + others, own) == [("other_device", 1)]
    assert problems(entries + others[4:], own) == [("other_device", 5)]


def test_a_head_that_names_another_device():
    entries = chain(1, 3)
    assert problems(entries, sealed(entries), head(device="HT02A")) == [
        ("other_device", 1),
        ("bad_checkpoint", 3),
    ]


# Damaged


def damaged(one, seq, known=True):
    row = {"damaged": True, "seq": seq, "bytes": "AAAA"}
    if known:
        row["hash"] = one["hash"]
    return row


def test_an_entry_that_the_device_found_damaged():
    for place in (0, 2, 4):
        entries = chain(1, 5)
        own = sealed(entries)
        entries[place] = damaged(entries[place], place + 1)
        assert problems(entries, own) == [("damaged", place + 1)]


def test_an_entry_that_the_device_lost():
    for place in (0, 2):
        entries = chain(1, 5)
        own = sealed(entries)
        entries[place] = damaged(entries[place], place + 1, False)
        assert problems(entries, own) == [("damaged", place + 1)]


def test_damage_hides_nothing_else():
    entries = chain(1, 8)
    own = sealed(entries)
    entries[2] = damaged(entries[2], 3)
    entries[3]["body"] = "{}"
    del entries[5]
    assert problems(entries, own) == [("damaged", 3), ("altered", 4), ("gap", 6)]
    entries = chain(1, 5)
    own = sealed(entries)
    entries[2] = damaged(entries[1], 3)  # a hash that the next entry does not follow
    assert problems(entries, own) == [("damaged", 3), ("altered", 4)]
    assert problems(entries[:1] + [entries[2]] + entries[2:], own)[0] == ("gap", 2)


# Clock


def times(*rows):
    """A chain of (at in seconds, mono in seconds, clock, kind)."""
    entries = []
    previous = "00" * 32
    for seq, (at, mono, clock, kind) in enumerate(rows, 1):
        body = body_of(seq)
        at = 1795400000000 + at * 1000
        header = HEADER % (at, sha(body.encode()), "HT01A", kind, mono * 1000, seq)
        header = header.replace("sure", clock)
        entries.append(rehashed({"header": header, "body": body}, previous))
        previous = entries[-1]["hash"]
    return problems(entries, sealed(entries))


DAY = 86400


def test_a_clock_that_was_moved():
    first = (0, 0, "sure", "device_started")
    assert times(first, (60, 60, "sure", "sale"), (70 - DAY, 70, "sure", "sale")) == [("clock_moved", 3)]
    assert times(first, (60, 60, "sure", "sale"), (70 + DAY, 70, "sure", "sale")) == [("clock_moved", 3)]
    moved = ((60, 60, "sure", "sale"), (70 - DAY, 70, "sure", "sale"), (80 - DAY, 80, "sure", "sale"))
    assert times(first, *moved) == [("clock_moved", 3)]
    # In another boot there is no telling whether it leapt, but it cannot run back.
    assert times(first, (5 - DAY, 3, "sure", "device_started")) == [("clock_moved", 2)]


def test_a_clock_that_changed_for_a_reason():
    first = (0, 0, "sure", "device_started")
    sale = (70 - DAY, 70, "sure", "sale")
    assert times(first, (65 - DAY, 65, "sure", "clock_set"), sale) == []
    assert times(first, (65 - DAY, 65, "unsure", "clock_set"), sale) == []
    assert times(first, (60, 60, "sure", "sale"), (60 + DAY, 3, "sure", "device_started")) == []
    assert times(first, (60 + DAY, 3, "sure", "catalogue_installed")) == []  # `ocop sync` in another boot
    assert times(first, (50, 99, "sure", "sale"), (40, 100, "unsure", "sale")) == []
    assert times((DAY, 0, "unsure", "scan"), (1, 9, "sure", "scan"), (DAY, 10, "unsure", "scan")) == []


# Truncated


def test_a_file_that_ends_inside_of_a_line():
    entries = chain(1, 5)
    rows = [json.dumps(one) for one in [head()] + entries + [sealed(entries)]]
    for kept in range(1, 7):
        cut = rows[:kept] + [rows[kept][:-1]]
        found = verify_export(cut, fake_verify, KEY)
        assert found == [{"kind": "truncated", "seq": kept}], kept
    found = verify_export(rows[:3] + [rows[3][:9]], fake_verify, KEY, sealed(entries))
    assert [(one["kind"], one["seq"]) for one in found] == [("truncated", 3), ("removed_tail", 3)]


def test_a_head_that_is_none():
    entries = chain(1, 3)
    for wrong in ("device", "key", "from", "prev_hash"):
        top = head()
        top[wrong] = None
        assert problems(entries, sealed(entries), top) == [("malformed", 0)], wrong
    assert problems(entries, sealed(entries), head(previous="ab" * 32)) == [("malformed", 0)]


def test_nothing_at_all():
    for lines in ([], [""], ["{}"], ["\x00"]):
        assert verify_export(lines, fake_verify, KEY) == [{"kind": "no_journal", "seq": 0}], lines


def test_a_file_of_something_else_is_one_problem_however_long():
    for lines in (["# Changelog", "", "- one"] * 40, ['{"a": 1}'] * 40, ["[]", "1", "null"]):
        assert verify_export(lines, fake_verify, KEY) == [{"kind": "no_journal", "seq": 0}], lines


def test_several_things_at_once():
    entries = chain(1, 12)
    own = sealed(entries)
    entries[1]["body"] = "{}"
    entries[8], entries[9] = entries[9], entries[8]
    del entries[5]
    assert problems(entries[:10], own) == [
        ("altered", 2),
        ("gap", 6),
        ("reordered", 9),
        ("removed_tail", 12),
    ]
