"""docs/formats.md: its examples are what the code computes, its tables what the code knows."""

import json
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from scanner import stamps
from sync import bodies, catalogue, catalogue_files, journal, segments
from sync.canonical import decode, encode
from sync.damage import Kept
from sync.envelopes import PREFIXES, key_id, message, open_envelope, seal
from sync.host.device_key import DeviceKey, verify
from sync.roaring import Roaring
from sync.verification import verify_export

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "formats.md").read_text(encoding="utf-8")
JOURNAL = (DOCS / "journal-example.jsonl").read_text(encoding="utf-8").splitlines()
EXAMPLES = {
    name: text.split("\n")
    for name, text in re.findall(r"<!-- example: (\w+) -->\n```\n(.*?)\n```", PAGE, re.S)
}
KEY = DeviceKey(bytes(range(32)))


def table(heading: str) -> list[list[str]]:
    """Rows of the first table whose head begins with `heading`, cells stripped."""
    body = PAGE.split(f"\n| {heading} |", 1)[1].split("\n\n", 1)[0].split("\n")[2:]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in body]


def entries() -> list[tuple[bytes, bytes]]:
    lines = [line.encode() for line in EXAMPLES["entries"]]
    return [(lines[0], lines[1]), (lines[3], lines[4])]


def test_every_example_is_checked_here() -> None:
    assert sorted(EXAMPLES) == [
        "base",
        "checkpoint",
        "delta",
        "entries",
        "public",
        "segment",
        "sold",
        "sold_delta",
        "stamp",
    ]
    assert EXAMPLES["public"] == [KEY.public.hex()]


def test_stamp() -> None:
    signed, uri, typed = EXAMPLES["stamp"]
    stamp = stamps.read(uri)
    assert stamp is not None
    assert stamps.message(stamp.host, stamp.k, stamp.gtin, stamp.serial) == signed.encode()
    assert verify(KEY.public, signed.encode(), stamp.signature)
    assert stamps.typed_line(stamp.gtin, stamp.serial) == typed


def test_entries() -> None:
    previous = journal.START
    for (header, body), digest in zip(
        entries(), (EXAMPLES["entries"][2], EXAMPLES["entries"][5]), strict=True
    ):
        fields = journal.read_header(header)
        assert journal.body_fits(fields, body)
        assert encode(bodies.read(fields["kind"], body)) == body
        previous = journal.entry_hash(previous, header)
        assert previous.hex() == digest
    assert journal.hash10(previous) == EXAMPLES["entries"][6]


def test_header_fields() -> None:
    named = re.findall(r"`(\w+)`", " ".join(row[0] for row in table("field")))
    assert sorted(named) == list(journal.FIELDS)


def named(fields: Any) -> str:
    """Fields of sync.bodies as the page lists them."""
    names = []
    for name, wanted in fields:
        if wanted[0] == "list":
            inner = [(one + ("" if needed else "?"), kind) for one, (kind, needed) in wanted[1][1].items()]
            name += f" [{named(inner)}]"
        names.append(name)
    return ", ".join(names)


def test_bodies() -> None:
    assert table("kind") == [
        [f"`{kind}`", str(version), named(fields)] for kind, version, fields in bodies.TABLE
    ]


def test_the_example_journal() -> None:
    """Every line is what this code computes from its header's and body's values."""
    head, *rows, end = map(json.loads, JOURNAL)
    assert head == {"device": "HT01A", "key": KEY.public.hex(), "from": 1, "prev_hash": "00" * 32}
    previous, kinds = journal.START, set()
    for seq, row in enumerate(rows, 1):
        fields = json.loads(row["header"])
        body = encode(json.loads(row["body"]))
        bodies.check(fields["kind"], json.loads(row["body"]))
        header = journal.header_bytes(
            "HT01A", seq, fields["at"], fields["mono"], fields["clock"], fields["kind"], body
        )
        assert (row["header"].encode(), row["body"].encode()) == (header, body)
        previous = journal.entry_hash(previous, header)
        assert row["hash"] == previous.hex()
        kinds.add(fields["kind"])
    assert kinds == set(journal.KINDS)
    signed = journal.checkpoint("HT01A", len(rows), previous)
    assert end == seal(signed, [(key_id(KEY.public), KEY.sign)])
    assert verify_export(JOURNAL, verify, KEY.public) == []


def test_checkpoint() -> None:
    key, signed, text = EXAMPLES["checkpoint"]
    envelope = decode(text.encode())
    assert envelope["signed"] == journal.checkpoint("HT01A", 2, bytes.fromhex(EXAMPLES["entries"][5]))
    assert key == key_id(KEY.public)
    assert message(envelope["signed"]) == signed.encode()
    assert seal(envelope["signed"], [(key, KEY.sign)]) == envelope
    opened = open_envelope(envelope, "checkpoint", {key: KEY.public}, 1, verify)
    assert opened["hash"] == EXAMPLES["entries"][5]


def test_prefixes() -> None:
    found = {}
    for kinds, prefix, _ in table("`type`"):
        for kind in re.findall(r"`(\w+)`", kinds):
            found[kind] = prefix.strip("`").encode()
    assert found == PREFIXES


def test_segment() -> None:
    (text,) = EXAMPLES["segment"]
    checkpoint = decode(EXAMPLES["checkpoint"][2].encode())
    hashes = [bytes.fromhex(EXAMPLES["entries"][place]) for place in (2, 5)]
    kept = [Kept(seq, *entries()[seq - 1], hashes[seq - 1], False) for seq in (1, 2)]
    packed = segments.pack("HT01A", journal.START, kept, lambda seq, digest: checkpoint)
    assert packed == (text.encode(), hashes[1])
    assert segments.unpack(text.encode()).entries == kept


def content(name: str) -> bytes:
    return "".join(line + "\n" for line in EXAMPLES[name]).encode()


def test_base_and_delta() -> None:
    base, delta = content("base"), content("delta")
    rows = catalogue_files.rows("recalls", [(len(base), BytesIO(base))])
    assert b"".join(catalogue_files.base_lines("recalls", rows)) == base
    both = catalogue_files.rows("recalls", [(len(base), BytesIO(base)), (len(delta), BytesIO(delta))])
    assert [row["lot"] for row in both] == ["L6"]
    assert b"".join(catalogue_files.delta_lines("recalls", [(["L5"], None), (["L6"], both[0])])) == delta


def test_sold_set() -> None:
    lines = content("sold")
    bitmap, marks = catalogue_files.sold_set("sold_all", len(lines), BytesIO(lines))
    assert list(Roaring(bitmap)) == [1, 2, 5]
    assert marks == {"HT01A": [2, EXAMPLES["entries"][5]]}
    assert b"".join(catalogue_files.sold_lines("sold_all", bitmap, marks)) == lines


def test_sold_delta() -> None:
    lines = content("sold_delta")
    added, removed, marks = catalogue_files.sold_delta("sold_outlet", len(lines), BytesIO(lines))
    assert (list(Roaring(added)), list(Roaring(removed))) == ([7], [5])
    assert b"".join(catalogue_files.sold_delta_lines("sold_outlet", added, removed, marks)) == lines


def test_rows_and_their_keys() -> None:
    keys = {name: tuple(re.findall(r"\*\*(\w+)\*\*", fields)) for name, fields in table("segment")}
    assert keys == catalogue.KEYS
    for name in catalogue.SOLD_SETS:
        assert f"`{name}`" in PAGE


@pytest.mark.parametrize("spoil", [False, True])
def test_the_examples_make_an_export_that_verifies(spoil: bool) -> None:
    lines = [line.replace("mờ", "mở") if spoil else line for line in EXAMPLES["entries"]]
    rows = [
        {"device": "HT01A", "key": KEY.public.hex(), "from": 1, "prev_hash": "00" * 32},
        {"header": lines[0], "body": lines[1], "hash": lines[2]},
        {"header": lines[3], "body": lines[4], "hash": lines[5]},
        decode(EXAMPLES["checkpoint"][2].encode()),
    ]
    found = verify_export([encode(row).decode() for row in rows], verify, KEY.public)
    assert found == ([{"kind": "altered", "seq": 2}] if spoil else [])
