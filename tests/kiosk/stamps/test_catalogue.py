"""catalogue.db: the same answers as from plain dicts, and a file that is replaced whole or not at all."""

import asyncio
import base64
import gzip
import json
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from kiosk.host.stamps import catalogue_layout, installing
from kiosk.host.stamps.catalogue import FILE, Catalogue, Holder
from kiosk.host.stamps.installing import InstallError, build, install
from kiosk.memory import MemoryCatalogue
from sync import catalogue
from sync.catalogue_files import base_lines, delta_lines, sold_delta_lines, sold_lines

NOW = 1795400000000
ROOT = {
    "signed": {
        "hosts": ["OCOP.HATINH.VN"],
        "stamp_keys": [
            {"k": "A", "public": "ab" * 32, "from": 0, "retired": False},
            {"k": "B", "public": "cd" * 32, "from": 0, "retired": True},
        ],
    }
}
GTINS = ["08931234567019", "08931234567026", "00000000000000", "99999999999997"]
IDS = ["SP1", "SP2", "ẩm", "a'b", ""]

Row = dict[str, Any]


class Office:
    """Writes a catalogue's files as the office publishes them, and lists them in `current`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.version = NOW
        self.segments: dict[str, Row] = {}
        for name in catalogue.KEYS:
            self.base(name, [])
        for name in catalogue.SOLD_SETS:
            self.sold(name, [])

    def file(self, lines: Iterable[bytes]) -> Row:
        content = b"".join(lines)
        packed = gzip.compress(content, 1, mtime=0)
        sha256 = catalogue.sha256_hex(packed)
        (self.folder / sha256).write_bytes(packed)
        return {"sha256": sha256, "size": len(packed), "length": len(content)}

    def base(self, name: str, rows: list[Row]) -> None:
        self.segments[name] = {"base": self.file(base_lines(name, rows)), "deltas": []}

    def delta(self, name: str, changed: list[tuple[Any, Row | None]]) -> None:
        self.segments[name]["deltas"].append(self.file(delta_lines(name, changed)))

    def sold(self, name: str, ordinals: list[int], marks: Row | None = None) -> None:
        lines = sold_lines(name, bytes(BitMap(ordinals).serialize()), marks or {})
        self.segments[name] = {"base": self.file(lines), "deltas": []}

    def current(self, outlet: str = "HT01") -> Row:
        self.version += 1
        listed = [
            {"name": name, "base": segment["base"], "deltas": list(segment["deltas"])}
            for name, segment in self.segments.items()
        ]
        signed = {"version": self.version, "issued": NOW, "outlet": outlet, "segments": listed}
        return {"signed": signed}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "files")


# --- the same answers as from plain dicts -------------------------------------------------------

TEXTS = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(["[", "\x1f", "[]", "\x00"])
DAYS = st.dates().map(str)
WHOLE = st.integers(-(2**53) + 1, 2**53 - 1)
SERIALS = st.integers(1, 40) | st.sampled_from([0, 2**32 - 1])


def row(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Row]:
    return st.fixed_dictionaries({name.rstrip("_"): values for name, values in fields.items()})


def span(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Row]:
    ends = st.tuples(SERIALS, SERIALS).map(sorted)
    return st.builds(
        lambda gtin, ends, beside: {"gtin": gtin, "first": ends[0], "last": ends[1], **beside},
        st.sampled_from(GTINS),
        ends,
        row(**fields),
    )


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


NAMED = st.sampled_from(IDS)
GTIN = st.sampled_from(GTINS)
ROWS = {
    "producers": row(
        id=NAMED, name=TEXTS, address=TEXTS, commune=TEXTS, district=TEXTS, phone=TEXTS,
        lat_e5=maybe(WHOLE), lon_e5=maybe(WHOLE),
    ),
    "products": row(
        id=NAMED, name=TEXTS, name_en=TEXTS, group=TEXTS, group_name=TEXTS, stars=WHOLE, producer=NAMED,
        commune=TEXTS, district=TEXTS, ingredients=TEXTS, process=TEXTS, storage=TEXTS,
        allergens=st.lists(TEXTS, max_size=3), story=TEXTS, decision=TEXTS, recognised=DAYS,
        recognised_until=maybe(DAYS), grace_days=WHOLE, illustrative=st.booleans(),
        photo=maybe(st.binary(min_size=32, max_size=32).map(bytes.hex)),
    ),
    "trade_items": row(
        gtin=GTIN, product=NAMED, unit=TEXTS, net=TEXTS, price=maybe(WHOLE), stamped=st.booleans(), mark=WHOLE
    ),
    "batches": span(batch=WHOLE, base=WHOLE, k=st.sampled_from(["A", "7", ""])),
    "activations": span(lot=NAMED, at=WHOLE),
    "lots": row(id=NAMED, gtin=GTIN, code=TEXTS, produced=DAYS, expires=maybe(DAYS)),
    "recalls": row(lot=NAMED, at=WHOLE, reason=TEXTS),
    "withdrawals": row(product=NAMED, on=DAYS, produced_from=maybe(DAYS), reason=TEXTS),
    "voids": span(),
    "tombstones": span(),
    "contracts": row(producer=NAMED, from_=DAYS, until=maybe(DAYS), grace_days=WHOLE),
    "settings": row(
        name=st.sampled_from(["illustrative", "no_stamp_action"]),
        value=maybe(st.booleans()) | WHOLE | TEXTS | st.lists(TEXTS, max_size=2),
    ),
    "patterns": row(
        id=NAMED, pattern=TEXTS, items=st.dictionaries(st.sampled_from("ab"), GTIN), last_day=DAYS
    ),
}  # fmt: skip


def test_every_segment_is_tried() -> None:
    assert set(ROWS) == set(catalogue.KEYS)


def keyed(name: str, rows: list[Row]) -> dict[tuple[Any, ...], Row]:
    return {tuple(one[field] for field in catalogue.KEYS[name]): one for one in rows}


SEGMENTS = st.fixed_dictionaries(
    {
        name: st.lists(rows, max_size=6).map(lambda rows, name=name: keyed(name, rows))
        for name, rows in ROWS.items()
    }
)


def answers(found: Any) -> dict[str, Any]:
    """Every look-up of a catalogue, with what it answers, by name."""
    given: dict[str, Any] = {"hosts": found.hosts, "version": found.version, "issued": found.issued}
    for k in "ABC":
        given[f"key {k}"] = found.stamp_key(k), found.stamp_key_retired(k)
    for name in [*IDS, "unknown"]:
        for look_up in ("product", "producer", "lot", "recall", "withdrawal", "contract"):
            given[f"{look_up} {name}"] = getattr(found, look_up)(name)
    for name in ("illustrative", "no_stamp_action", "unknown"):
        given[f"setting {name}"] = found.setting(name)
    for gtin in [*GTINS, "08939999999990", "no gtin"]:
        given[f"trade_item {gtin}"] = found.trade_item(gtin)
        for serial in [0, 1, 2, 7, 20, 39, 40, 41, 2**32 - 1, 2**32, 2**32 + 1, -1]:
            for look_up in ("batch", "activation", "voided", "deleted"):
                given[f"{look_up} {gtin} {serial}"] = getattr(found, look_up)(gtin, serial)
            if activation := given[f"activation {gtin} {serial}"]:
                given[f"lot of {gtin} {serial}"] = found.lot(activation["lot"])
    return given


@settings(max_examples=60)
@given(before=SEGMENTS, after=SEGMENTS, anew=st.sets(st.sampled_from(sorted(ROWS))))
def test_every_look_up_answers_as_from_plain_dicts(
    before: dict[str, dict[Any, Row]], after: dict[str, dict[Any, Row]], anew: set[str]
) -> None:
    """Of a catalogue, and of the next one, both built on the first (deltas, or a new base of some
    segments) and afresh from all files."""
    with tempfile.TemporaryDirectory() as scratch:
        there, folder = Office(Path(scratch) / "files"), Path(scratch)
        for name, rows in before.items():
            there.base(name, list(rows.values()))
        current = there.current()
        build(folder, there.folder, ROOT, current, True)
        segments = {name: list(rows.values()) for name, rows in before.items()}
        compare(folder, current, segments)
        for name, rows in after.items():
            if name in anew:
                there.base(name, list(rows.values()))
                continue
            gone = [(key, None) for key in before[name] if key not in rows]
            there.delta(name, [*gone, *rows.items()])
        current = there.current()
        segments = {name: list(rows.values()) for name, rows in after.items()}
        for afresh in (False, True):
            build(folder, there.folder, ROOT, current, afresh)
            compare(folder, current, segments)


def compare(folder: Path, current: Row, segments: dict[str, list[Row]]) -> None:
    found = Catalogue(folder)
    expected = answers(MemoryCatalogue(ROOT["signed"], current["signed"], segments))
    assert answers(found) == expected
    found.close()


def test_the_sold_sets_and_this_outlets_marks(tmp_path: Path, office: Office) -> None:
    marks = {"HT01A": [7, "ab" * 32]}
    office.sold("sold_outlet", [2], {"HT01A": [7, "ab" * 32, [[2, 3]]]})
    build(tmp_path, office.folder, ROOT, office.current(), True)
    published = Catalogue(tmp_path).published
    assert (published.marks, published.apart) == (marks, {"HT01A": [[2, 3]]})
    office.sold("sold_all", [1, 2, 70000], marks | {"HT02A": [3, "cd" * 32]})
    office.sold("sold_outlet", [2], marks)
    office.sold("sold_twice", [70000], marks)
    build(tmp_path, office.folder, ROOT, office.current(), True)
    published = Catalogue(tmp_path).published
    assert (list(published.everywhere), list(published.here)) == ([1, 2, 70000], [2])
    assert (list(published.twice), published.marks, published.apart) == ([70000], marks, {})


def test_deltas_change_a_sold_set_and_its_marks(tmp_path: Path, office: Office) -> None:
    chance = random.Random(7)
    sold = set(chance.sample(range(200_000), 5_000))
    office.sold("sold_outlet", sorted(sold), {"HT01A": [1, "ab" * 32]})
    build(tmp_path, office.folder, ROOT, office.current(), True)
    for seq in range(2, 8):
        added = set(chance.sample(range(200_000), 50)) - sold
        removed = set(chance.sample(sorted(sold), 20))
        mark = {"HT01B": [seq, "cd" * 32]}
        sets = [bytes(BitMap(ordinals).serialize()) for ordinals in (added, removed)]
        office.segments["sold_outlet"]["deltas"].append(
            office.file(sold_delta_lines("sold_outlet", *sets, mark))
        )
        sold = (sold | added) - removed
        if seq % 2:  # two deltas at once
            build(tmp_path, office.folder, ROOT, office.current(), False)
            published = Catalogue(tmp_path).published
            assert {ordinal for ordinal in range(200_000) if published.here.contains(ordinal)} == sold
            assert published.marks == {"HT01A": [1, "ab" * 32], "HT01B": [seq, "cd" * 32]}


def test_older_stamps_are_known_by_their_patterns(tmp_path: Path, office: Office) -> None:
    pattern = {"id": "1", "pattern": "https://tem.vn/{item}/{serial}", "last_day": "2027-06-30"}
    office.base("patterns", [pattern | {"items": {"mam": GTINS[0]}}])
    build(tmp_path, office.folder, ROOT, office.current(), True)
    assert Catalogue(tmp_path).patterns.match("https://TEM.vn/mam/12") == (GTINS[0], 12, "2027-06-30")


# --- the file ------------------------------------------------------------------------------------


def test_what_changed_is_applied_without_the_files_of_what_did_not(tmp_path: Path, office: Office) -> None:
    office.base("recalls", [{"lot": "L1", "at": 1, "reason": "x"}])
    build(tmp_path, office.folder, ROOT, office.current(), True)
    for path in office.folder.iterdir():
        path.unlink()
    office.delta("recalls", [(("L2",), {"lot": "L2", "at": 2, "reason": "y"})])
    office.sold("sold_all", [5])
    current = office.current()
    build(tmp_path, office.folder, ROOT, current, False)
    found = Catalogue(tmp_path)
    assert found.version == current["signed"]["version"]
    assert [bool(found.recall(lot)) for lot in ("L1", "L2", "L3")] == [True, True, False]
    assert list(found.published.everywhere) == [5]
    with pytest.raises(InstallError) as refused:
        build(tmp_path, office.folder, ROOT, current, True)
    assert refused.value.reason == "disk"
    assert Catalogue(tmp_path).recall("L2")


def test_lots_that_nothing_names_any_more_leave_nothing_behind(tmp_path: Path, office: Office) -> None:
    lots = [
        {"id": f"L{number}", "gtin": GTINS[0], "code": "x", "produced": "2026-01-01", "expires": None}
        for number in range(100)
    ]
    office.base("lots", lots)
    named = {"gtin": GTINS[0], "first": 1, "last": 2, "lot": "L7", "at": 1}
    office.base("activations", [named])
    build(tmp_path, office.folder, ROOT, office.current(), True)
    office.base("lots", [])
    build(tmp_path, office.folder, ROOT, office.current(), False)
    db = sqlite3.connect(tmp_path / FILE)
    assert db.execute("SELECT count(*), max(id) FROM lots").fetchone() == (1, "L7")
    assert db.execute("SELECT count(*) FROM lot_places").fetchone() == (1,)
    db.close()
    found = Catalogue(tmp_path)
    activation = found.activation(GTINS[0], 1)
    assert activation is not None and activation["lot"] == "L7"
    assert found.lot("L7") is None


def test_a_file_of_another_layout_or_outlet_is_not_used(tmp_path: Path, office: Office) -> None:
    build(tmp_path, office.folder, ROOT, office.current(), True)
    held = Holder(tmp_path, "HT01")
    assert held.catalogue is not None
    assert Holder(tmp_path, "HT02").catalogue is None
    db = sqlite3.connect(tmp_path / FILE)
    db.execute(f"PRAGMA user_version = {catalogue_layout.VERSION - 1}")
    db.close()
    held.reopen()
    assert held.catalogue is None
    with pytest.raises(InstallError) as refused:
        build(tmp_path, office.folder, ROOT, office.current(), False)
    assert refused.value.reason == "copy"
    build(tmp_path, office.folder, ROOT, office.current(), True)
    held.reopen()
    assert held.catalogue is not None


def test_a_file_that_is_no_database_is_not_used(tmp_path: Path) -> None:
    assert Holder(tmp_path, "HT01").catalogue is None
    for content in (b"", b"x" * 5000):
        (tmp_path / FILE).write_bytes(content)
        assert Holder(tmp_path, "HT01").catalogue is None


def test_a_spoilt_file_is_not_built_on(tmp_path: Path, office: Office) -> None:
    many = [{"lot": f"L{number:05d}", "at": 1, "reason": "x" * 50} for number in range(2000)]
    office.base("recalls", many)
    build(tmp_path, office.folder, ROOT, office.current(), True)
    size = (tmp_path / FILE).stat().st_size
    with (tmp_path / FILE).open("r+b") as file:
        file.seek(size // 2 // 4096 * 4096)
        file.write(bytes(4096))
    with pytest.raises(InstallError) as refused:
        build(tmp_path, office.folder, ROOT, office.current(), False)
    assert refused.value.reason == "copy"
    build(tmp_path, office.folder, ROOT, office.current(), True)
    assert Catalogue(tmp_path).recall("L01000")


EXAMPLE: dict[str, Row] = {
    "producers": {"id": "p", "name": "", "address": "", "commune": "", "district": "", "phone": ""}
    | {"lat_e5": None, "lon_e5": None},
    "products": {
        "id": "sp",
        "producer": "p",
        "stars": 4,
        "recognised": "2025-01-01",
        "recognised_until": None,
    }
    | {"grace_days": 0, "illustrative": False, "allergens": ["cá"]}
    | dict.fromkeys(catalogue_layout.TEXTS, ""),
    "trade_items": {"gtin": GTINS[0], "product": "sp", "unit": "", "net": "", "price": None}
    | {"stamped": True, "mark": 9},
    "batches": {"gtin": GTINS[0], "first": 1, "last": 9, "batch": 1, "base": 0, "k": "A"},
    "activations": {"gtin": GTINS[0], "first": 1, "last": 9, "lot": "L1", "at": 1},
    "lots": {"id": "L1", "gtin": GTINS[0], "code": "", "produced": "2026-01-01", "expires": None},
    "recalls": {"lot": "L1", "at": 1, "reason": ""},
    "withdrawals": {"product": "sp", "on": "2026-01-01", "produced_from": None, "reason": ""},
    "voids": {"gtin": GTINS[0], "first": 1, "last": 9},
    "tombstones": {"gtin": GTINS[0], "first": 1, "last": 9},
    "contracts": {"producer": "p", "from": "2026-01-01", "until": None, "grace_days": 0},
    "settings": {"name": "x", "value": 1},
    "patterns": {"id": "1", "pattern": "", "items": {}, "last_day": "2026-01-01"},
}
ANYTHING = {("settings", "value"), ("patterns", "items")}


@pytest.mark.parametrize("name", catalogue.KEYS)
def test_a_malformed_row_is_named_and_the_old_catalogue_stays(
    tmp_path: Path, office: Office, name: str
) -> None:
    build(tmp_path, office.folder, ROOT, office.current(), True)
    kept = (tmp_path / FILE).read_bytes()
    good = EXAMPLE[name]
    office.base(name, [good])
    current = office.current()
    build(tmp_path, office.folder, ROOT, current, False)
    (tmp_path / FILE).write_bytes(kept)
    wrong: list[Row] = [{field: good[field] for field in good if field != left_out} for left_out in good]
    for field, value in good.items():
        if (name, field) not in ANYTHING:
            strange = (
                [5, {}, 1.5, True, "\ud800", 2**64] if isinstance(value, str) else ["5", {}, 1.5, [None]]
            )
            strange += [] if isinstance(value, bool) or value is None else [None]
            strange += ["2026-02-30", "20260101", "2026-1-1"] if str(value).startswith("202") else []
            wrong += [good | {field: value} for value in strange]
    for bad in wrong:
        lines = [json.dumps(line).encode() + b"\n" for line in ({"kind": "base", "name": name}, good, bad)]
        office.segments[name] = {"base": office.file(lines), "deltas": []}
        with pytest.raises(InstallError) as refused:
            build(tmp_path, office.folder, ROOT, office.current(), False)
        assert refused.value.reason == "files"
        assert f"line 3 of {name}" in str(refused.value), bad
    assert (tmp_path / FILE).read_bytes() == kept
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(FILE)] == [FILE]


def test_ranges_that_cannot_be(tmp_path: Path, office: Office) -> None:
    for first, last in ((2, 1), (-1, 5), (1, 2**32), (2**32, 2**32)):
        office.base("voids", [{"gtin": GTINS[0], "first": first, "last": last}])
        with pytest.raises(InstallError, match="line 2 of voids"):
            build(tmp_path, office.folder, ROOT, office.current(), True)


@pytest.mark.parametrize("content", [b"", b"no gzip", b"\x1f\x8b\x08\x00"])
def test_a_file_that_cannot_be_unpacked_is_refused(tmp_path: Path, office: Office, content: bytes) -> None:
    (office.folder / office.segments["lots"]["base"]["sha256"]).write_bytes(content)
    with pytest.raises(InstallError, match="of lots") as refused:
        build(tmp_path, office.folder, ROOT, office.current(), True)
    assert refused.value.reason == "files"


def test_a_sold_set_that_is_none_is_refused(tmp_path: Path, office: Office) -> None:
    lines = sold_lines("sold_all", base64.b64decode("xxxx"), {})
    office.segments["sold_all"] = {"base": office.file(lines), "deltas": []}
    with pytest.raises(InstallError, match="sold_all"):
        build(tmp_path, office.folder, ROOT, office.current(), True)


# --- failures while it is built ------------------------------------------------------------------


def larger(office: Office) -> Row:
    """A next catalogue of some size: a base, a delta, a set."""
    office.base("recalls", [{"lot": f"L{number}", "at": 1, "reason": "x" * 90} for number in range(2000)])
    office.delta("recalls", [(("L7",), None)])
    office.sold("sold_all", list(range(0, 90000, 3)))
    return office.current()


def in_child(work: Any) -> int:
    """Run `work` in a forked process; its wait status."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1]


@pytest.mark.parametrize("afresh", [True, False])
def test_killed_at_any_moment_the_old_catalogue_stays_or_the_new_one_is_whole(
    tmp_path: Path, office: Office, afresh: bool
) -> None:
    first = office.current()
    build(tmp_path, office.folder, ROOT, first, True)
    current = larger(office)
    kept = (tmp_path / FILE).read_bytes()

    def counting(counted: Path) -> None:
        steps = 0

        def step(*_: object) -> None:
            nonlocal steps
            steps += 1

        sys.setprofile(step)
        build(tmp_path, office.folder, ROOT, current, afresh)
        sys.setprofile(None)
        counted.write_text(str(steps))

    assert in_child(lambda: counting(tmp_path / "steps")) == 0
    steps = int((tmp_path / "steps").read_text())
    seen = set()
    # Everywhere, and at every step of the end, where the file takes its place.
    for moment in [*range(1, steps - 60, steps // 25), *range(steps - 60, steps + 1)]:
        (tmp_path / FILE).write_bytes(kept)

        def until_killed(moment: int = moment) -> None:
            left = moment

            def step(*_: object) -> None:
                nonlocal left
                left -= 1
                if not left:
                    os.kill(os.getpid(), signal.SIGKILL)

            sys.setprofile(step)
            build(tmp_path, office.folder, ROOT, current, afresh)

        status = in_child(until_killed)
        found = Catalogue(tmp_path)
        seen.add(found.version)
        assert found.version in (first["signed"]["version"], current["signed"]["version"])
        assert (found.recall("L8") is not None) == (found.version == current["signed"]["version"])
        assert status == signal.SIGKILL or found.version == current["signed"]["version"]
        found.close()
    assert len(seen) == 2
    build(tmp_path, office.folder, ROOT, current, afresh)
    assert Catalogue(tmp_path).version == current["signed"]["version"]


@pytest.mark.parametrize("afresh", [True, False])
def test_on_a_full_disk_the_old_catalogue_stays(tmp_path: Path, office: Office, afresh: bool) -> None:
    build(tmp_path, office.folder, ROOT, office.current(), True)
    kept = (tmp_path / FILE).read_bytes()
    current = larger(office)

    def short_of_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(kept) + 20000, resource.RLIM_INFINITY))
        try:
            build(tmp_path, office.folder, ROOT, current, afresh)
        except InstallError as error:
            assert error.reason == "disk"
            os._exit(7)

    assert os.waitstatus_to_exitcode(in_child(short_of_room)) == 7
    assert (tmp_path / FILE).read_bytes() == kept
    assert not (tmp_path / f"{FILE}.new").exists()


def test_the_room_for_the_journal_is_not_taken(
    tmp_path: Path, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installing, "RESERVE", 2**60)
    with pytest.raises(InstallError, match="MiB are needed") as refused:
        build(tmp_path, office.folder, ROOT, office.current(), True)
    assert refused.value.reason == "disk"


# --- the process ---------------------------------------------------------------------------------


async def test_installing_is_another_processs_work(tmp_path: Path, office: Office) -> None:
    current = office.current()
    turns = 0

    async def serve() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    serving = asyncio.create_task(serve())
    told = []

    async def ready(made: str) -> None:
        told.append((made, (tmp_path / FILE).exists()))

    made = await install(tmp_path, office.folder, ROOT, current, True, ready)
    serving.cancel()
    assert turns > 100
    assert told == [(made, False)]  # before it was in its place
    assert made == installing.digest(tmp_path / FILE)
    assert Catalogue(tmp_path).version == current["signed"]["version"]


async def test_the_process_tells_why_it_did_not_install(tmp_path: Path, office: Office) -> None:
    office.base("recalls", [{"lot": "L1", "at": "yesterday", "reason": "x"}])
    with pytest.raises(InstallError, match="line 2 of recalls") as refused:
        await install(tmp_path, office.folder, ROOT, office.current(), True, never_ready)
    assert refused.value.reason == "files"


async def never_ready(made: str) -> None:
    raise AssertionError(made)


def blocked(office: Office) -> Row:
    """A catalogue whose lots never end arriving: a pipe that nobody writes to."""
    current = office.current()
    lots = office.folder / office.segments["lots"]["base"]["sha256"]
    lots.unlink()
    os.mkfifo(lots)
    return current


def installing_processes() -> list[str]:
    """Our children that install."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return [child for child in children if b"installing" in Path(f"/proc/{child}/cmdline").read_bytes()]


async def test_installing_ends_with_who_wanted_it(tmp_path: Path, office: Office) -> None:
    task = asyncio.create_task(install(tmp_path, office.folder, ROOT, blocked(office), True, never_ready))
    new = tmp_path / f"{FILE}.new"
    while not new.exists():
        await asyncio.sleep(0.01)
    assert len(installing_processes()) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert installing_processes() == []
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize("job", [True, False])
def test_the_process_ends_with_its_input(tmp_path: Path, office: Office, job: bool) -> None:
    current = blocked(office)
    with subprocess.Popen(
        [sys.executable, "-m", "kiosk.host.stamps.installing", str(tmp_path), str(office.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        if job:
            line = json.dumps({"root": ROOT, "current": current, "afresh": True})
            process.stdin.write(line.encode() + b"\n")
        process.stdin.close()
        assert process.wait(30) != 0
        assert process.stdout.read() == b""
