"""`ocop journal export` and `verify` on files: sound journals, and tampered ones named for what was done."""

import copy
import hashlib
import json
import re

import pytest

from config.exits import CommandError
from kiosk.host import commands
from kiosk.host.data import database, exporting
from kiosk.host.data.journal import Moment, append
from kiosk.host.link.identity import remember
from sync.host.device_key import DeviceKey, load_or_create
from sync.host.office import Identity

KEY, OTHER_KEY = DeviceKey(b"d" * 32), DeviceKey(b"o" * 32)
HEADER = '{"at":%d,"body_sha256":"%s","clock":"%s","device":"%s","kind":"%s","mono":%d,"seq":%d,"v":1}'
BODY = '{"reason":"Tem mờ %d","v":1,"verdict":"genuine"}'
AT = 1_795_400_000_000
DAY = 86_400_000


class Journal:
    """An exported journal in parts, spelled out here without the code that is tested."""

    def __init__(self, count=9, device="HT01A", key=KEY):
        self.device, self.key, self.start, self.end = device, key, "", "\n"
        self.head = {"device": device, "key": key.public.hex(), "from": 1, "prev_hash": "00" * 32}
        self.entries = []
        for seq in range(1, 1 + count):
            self.add(seq, device)
        self.sign()

    def add(self, seq, device, at=None, kind="report", clock="sure", mono=None):
        """Append an entry as number `seq`."""
        body = BODY % seq
        at = AT + 1000 * seq if at is None else at
        mono = 1000 * seq if mono is None else mono
        digest = hashlib.sha256(body.encode()).hexdigest()
        header = HEADER % (at, digest, clock, device, kind, mono, seq)
        self.entries.append({"header": header, "body": body})
        self.rehash(len(self.entries) - 1)

    def rehash(self, start):
        """Hash the entries from the place `start` on anew, as a forger would."""
        for place in range(start, len(self.entries)):
            previous = self.entries[place - 1]["hash"] if place else self.head["prev_hash"]
            data = b"OCOP-ENTRY-1" + bytes.fromhex(previous) + self.entries[place]["header"].encode()
            self.entries[place]["hash"] = hashlib.sha256(data).hexdigest()

    def sign(self, key=None):
        """Close the export with a checkpoint of its last entry."""
        last = self.entries[-1]["hash"] if self.entries else self.head["prev_hash"]
        seq = len(self.entries)
        text = f'{{"device":"{self.device}","hash":"{last}","seq":{seq},"type":"checkpoint"}}'
        signature = (key or self.key).sign(b"OCOP-CHECKPOINT-1" + text.encode()).hex()
        self.checkpoint = {"signed": json.loads(text), "signatures": [{"key": "?", "sig": signature}]}

    def lines(self):
        return [json.dumps(one, ensure_ascii=False) for one in (self.head, *self.entries, self.checkpoint)]

    def save(self, file):
        file.write_text(self.start + self.end.join(self.lines()) + self.end, encoding="utf-8")


# --- sound ---


def one_entry():
    return Journal(1)


def many():
    return Journal(300)


def none_yet():
    return Journal(0)


def drifting_clock():
    made = Journal(3)
    made.add(4, "HT01A", AT - 30_000)  # half a minute behind the last, as a clock without a chip drifts
    made.add(5, "HT01A", AT - 29_000)
    made.sign()
    return made


def unsure_clock():
    made = Journal(3)
    made.add(4, "HT01A", AT - 900 * DAY, clock="unsure")
    made.add(5, "HT01A")
    made.sign()
    return made


def set_by_the_office():
    made = Journal(3)
    made.add(4, "HT01A", AT - DAY, "clock_set", mono=4000)
    made.add(5, "HT01A", AT - DAY + 1000, mono=5000)
    made.sign()
    return made


def restarted():
    made = Journal(3)
    made.add(4, "HT01A", AT + DAY, "device_started", mono=20)
    made.add(5, "HT01A", AT + DAY + 1000, mono=1020)
    made.sign()
    return made


def windows_line_ends():
    made = Journal()
    made.end = "\r\n"
    return made


def byte_order_mark():
    made = Journal()
    made.start = "\ufeff"  # as Notepad saves it
    return made


SOUND = [
    one_entry,
    many,
    none_yet,
    drifting_clock,
    unsure_clock,
    set_by_the_office,
    restarted,
    windows_line_ends,
    byte_order_mark,
]


# --- tampered: each changes a journal of nine entries and answers what must be said ---


def removed_at_the_head(made):
    del made.entries[0]
    return [("gap", 1)]


def removed_at_the_head_and_the_head_line_rewritten(made):
    made.head |= {"from": 4, "prev_hash": made.entries[2]["hash"]}
    del made.entries[:3]
    return [("removed_head", 1)]


def removed_in_the_middle(made):
    del made.entries[3:5]
    return [("gap", 4)]


def removed_and_hashed_anew(made):
    del made.entries[4]
    made.rehash(4)
    return [("renumbered", 5), ("removed_tail", 9)]


def tail_removed(made):
    del made.entries[6:]
    return [("removed_tail", 7)]


def body_edited(made):
    made.entries[4]["body"] = made.entries[4]["body"].replace("genuine", "expired")
    return [("altered", 5)]


def header_edited(made):
    made.entries[4]["header"] = made.entries[4]["header"].replace('"at":1795', '"at":1794')
    return [("altered", 5)]


def hash_edited(made):
    made.entries[4]["hash"] = "ab" * 32
    return [("altered", 5)]


def edited_and_hashed_anew(made):
    made.entries[4]["header"] = made.entries[4]["header"].replace("report", "access")
    made.rehash(4)
    return [("bad_checkpoint", 9)]


def reordered(made):
    made.entries[3], made.entries[4] = made.entries[4], made.entries[3]
    return [("reordered", 4)]


def renumbered(made):
    made.entries[3]["header"] = made.entries[3]["header"].replace('"seq":4', '"seq":14')
    return [("renumbered", 4)]


def forked(made):
    other = Journal(6)
    other.add(7, "HT01A", AT + 7001)
    made.entries.insert(7, other.entries[-1])
    return [("forked", 7)]


def doubled(made):
    made.entries.insert(5, copy.deepcopy(made.entries[2]))
    return [("duplicate", 3)]


def two_devices(made):
    for place, one in enumerate(Journal(9, "HT01B").entries):
        made.entries.insert(2 * place + 1, one)
    return [("other_device", 1)]


def by_another_key(made):
    made.sign(OTHER_KEY)
    return [("bad_checkpoint", 9)]


def of_an_older_entry(made):
    older = Journal(5)
    made.checkpoint = older.checkpoint
    return [("bad_checkpoint", 5)]


def clock_moved_back(made):
    made.add(10, "HT01A", AT - 30 * DAY)
    made.sign()
    return [("clock_moved", 10)]


def clock_moved_ahead(made):
    made.add(10, "HT01A", AT + 365 * DAY)
    made.sign()
    return [("clock_moved", 10)]


def found_damaged_by_the_device(made):
    made.entries[4] = {"damaged": True, "seq": 5, "hash": made.entries[4]["hash"], "bytes": "eA=="}
    return [("damaged", 5)]


def not_an_entry(made):
    made.entries[4] = {"header": "?", "body": "{}", "hash": made.entries[4]["hash"]}
    return [("malformed", 5)]


TAMPERED = [
    removed_at_the_head, removed_at_the_head_and_the_head_line_rewritten, removed_in_the_middle,
    removed_and_hashed_anew, tail_removed, body_edited, header_edited,
    hash_edited, edited_and_hashed_anew, reordered, renumbered, forked, doubled, two_devices, by_another_key,
    of_an_older_entry, clock_moved_back, clock_moved_ahead, found_damaged_by_the_device, not_an_entry,
]  # fmt: skip


@pytest.fixture
def verify(tmp_path, capsys):
    """What `ocop journal verify --json` says of a file: (exit code, [(kind, seq)])."""

    def run(*more):
        code = commands.journal(["verify", str(tmp_path / "journal.jsonl"), "--json", *map(str, more)])
        answer = json.loads(capsys.readouterr().out)
        assert answer["ok"] is (code == 0)
        return code, [(one["kind"], one["seq"]) for one in answer["problems"]]

    return run


@pytest.mark.parametrize("make", SOUND)
def test_a_sound_journal(make, tmp_path, verify):
    made = make()
    made.save(tmp_path / "journal.jsonl")
    assert verify() == (0, [])
    assert verify("--key", KEY.public.hex()) == (0, [])
    assert verify("--checkpoint", tmp_path / "journal.jsonl") == (0, [])


@pytest.mark.parametrize("tamper", TAMPERED)
def test_a_tampered_journal(tamper, tmp_path, verify):
    made = Journal()
    said = tamper(made)
    made.save(tmp_path / "journal.jsonl")
    assert verify("--key", KEY.public.hex()) == (1, said)


def test_a_truncated_file(tmp_path, verify):
    file = tmp_path / "journal.jsonl"
    Journal().save(file)
    data = file.read_bytes()
    cut = data.index(rb"\"seq\":6") + 3
    file.write_bytes(data[:cut])
    assert verify() == (1, [("truncated", 6)])
    file.write_bytes(data[:-20])
    assert verify() == (1, [("truncated", 10)])
    file.write_bytes(b"")
    assert verify() == (1, [("no_journal", 0)])


def test_a_tail_removed_with_a_checkpoint_put_in_place_shows_against_a_later_one(tmp_path, verify):
    whole, cut = Journal(9), Journal(6)
    cut.save(tmp_path / "journal.jsonl")
    assert verify() == (0, [])
    later = tmp_path / "later"
    later.write_text(json.dumps(whole.checkpoint, indent=1), encoding="utf-8")
    assert verify("--checkpoint", later) == (1, [("removed_tail", 7)])
    whole.save(later)  # a whole export serves as well
    assert verify("--checkpoint", later) == (1, [("removed_tail", 7)])


def test_another_history_under_the_same_key(tmp_path, verify):
    other = Journal(4)
    other.add(5, "HT01A", AT + 5001)
    other.sign()
    Journal(9).save(tmp_path / "journal.jsonl")
    (tmp_path / "other").write_text(json.dumps(other.checkpoint), encoding="utf-8")
    assert verify("--checkpoint", tmp_path / "other") == (1, [("forked", 5)])


def test_problems_are_told_in_sentences(tmp_path, capsys):
    file = tmp_path / "journal.jsonl"
    made = Journal()
    body_edited(made)
    del made.entries[2]
    made.save(file)
    assert commands.journal(["verify", str(file)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "gap 3: thiếu mục 3 / entry 3 is missing",
        "altered 5: mục 5 đã bị sửa / entry 5 was altered",
        "Có 2 vấn đề. / 2 problems.",
    ]
    Journal().save(file)
    assert commands.journal(["verify", str(file)]) == 0
    assert capsys.readouterr().out == "Nhật ký nguyên vẹn. / The journal is whole.\n"


def test_what_is_no_journal_is_told_in_one_sentence(tmp_path, capsys):
    file = tmp_path / "CHANGELOG.md"
    file.write_text("# Changelog\n\n- one\n- two\n", encoding="utf-8")
    assert commands.journal(["verify", str(file)]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert "không phải nhật ký" in line and "is no journal that `ocop journal export` wrote" in line


def test_every_problem_has_its_sentence():
    from sync import verification

    kinds = re.findall(r"^    ([a-z_]+)  +\S", verification.__doc__, re.M)
    assert sorted(kinds) == sorted(exporting.SENTENCES)
    for kind in set(kinds) - {"no_journal"}:
        assert "7" in exporting.sentence({"kind": kind, "seq": 7})


@pytest.mark.parametrize(
    ("more", "told", "code"),
    [
        (["--key", "abc"], "--key is the device's public key", 2),
        (["--checkpoint", "missing"], "missing: cannot be read", 3),
        (["--checkpoint", "empty"], "empty: holds no checkpoint", 3),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path, monkeypatch, more, told, code):
    monkeypatch.chdir(tmp_path)
    Journal().save(tmp_path / "journal.jsonl")
    (tmp_path / "empty").write_text("{}", encoding="utf-8")
    with pytest.raises(CommandError, match=told) as caught:
        commands.journal(["verify", "journal.jsonl", *more])
    assert caught.value.code == code


# --- export ---


@pytest.fixture
def device(tmp_path):
    """An enrolled device with seven entries: (database, outlet.toml)."""
    db = database.connect(tmp_path)
    remember(db, Identity("HT01A", "HT01", {}), {"signed": {}}, "")
    for number in range(7):
        body = {"v": 1, "verdict": "genuine", "reason": f"Tem mờ {number}"}
        append(db, "HT01A", "report", body, Moment(AT + number, number, "sure"))
    file = tmp_path / "outlet.toml"
    file.write_text('data = "."\n', encoding="utf-8")
    return db, file


def exported(file, capsys):
    assert commands.journal(["export", "--config", str(file)]) == 0
    out = capsys.readouterr().out
    (file.parent / "journal.jsonl").write_text(out, encoding="utf-8")
    return [json.loads(line) for line in out.splitlines()]


def test_an_export_verifies(device, tmp_path, capsys, verify):
    _, file = device
    rows = exported(file, capsys)
    assert len(rows) == 9 and rows[0]["device"] == "HT01A" and rows[-1]["signed"]["seq"] == 7
    key = load_or_create(tmp_path / "device.key").public.hex()
    assert rows[0]["key"] == key
    assert verify("--key", key) == (0, [])


def test_an_export_before_the_first_entry_verifies(device, capsys, verify):
    db, file = device
    db.execute("DELETE FROM journal")
    assert len(exported(file, capsys)) == 2
    assert verify() == (0, [])


@pytest.mark.parametrize(
    ("change", "seq"),
    [
        ("UPDATE journal SET body = x'ff00' WHERE seq = 3", 3),
        ("UPDATE journal SET header = x'ff00' WHERE seq = 7", 7),
        ("DELETE FROM journal WHERE seq = 4", 4),
        ("UPDATE journal SET header = x'00', hash = x'00' WHERE seq = 5", 5),
    ],
)
def test_a_damaged_entry_is_exported_as_such(device, capsys, verify, change, seq):
    db, file = device
    db.execute(change)
    rows = exported(file, capsys)
    assert [row["seq"] for row in rows[1:-1] if row.get("damaged")] == [seq]
    assert verify() == (1, [("damaged", seq)])


def test_a_spoilt_hash_is_mended_by_the_export(device, capsys, verify):
    db, file = device
    db.execute("UPDATE journal SET hash = ? WHERE seq = 3", (b"x" * 32,))
    exported(file, capsys)
    assert verify() == (0, [])


def test_there_is_nothing_to_export_before_enrolment(tmp_path):
    (tmp_path / "outlet.toml").write_text('data = "."\n', encoding="utf-8")
    with pytest.raises(CommandError, match="not enrolled"):
        commands.journal(["export", "--config", str(tmp_path / "outlet.toml")])
