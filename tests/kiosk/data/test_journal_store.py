"""The journal on disk: chained, one transaction a change, scans that wait, disks that fail."""

import asyncio
import itertools
import sqlite3

import pytest

from config.exits import CommandError
from kiosk.host.data import database, journal
from kiosk.host.data.journal import Moment, Source, StorageError, Writer, append
from sync.journal import START, entry_hash

NOW = Moment(1_764_000_000_000, 1000, "sure")
REPORT = {"v": 1, "verdict": "genuine", "reason": "shopper"}
SCAN = {
    "v": 1, "reader": "eye", "purpose": "look", "verdict": "not_a_stamp", "action": "show", "kind": "text",
    "length": 9, "catalogue": None, "age": "none",
}  # fmt: skip


@pytest.fixture
async def writer(tmp_path):
    made = Writer(database.connect(tmp_path), "HT01A")
    yield made
    try:
        await made.close()
    except StorageError:
        pass  # the test broke the disk on purpose


def read_entries(folder):
    return Source(database.connect(folder)).read(1, 1000)


async def test_each_entry_is_chained_to_the_one_before(writer, tmp_path):
    for number in range(3):
        await writer.entry("report", REPORT | {"reason": str(number)}, NOW)
    previous = START
    for seq, entry in enumerate(read_entries(tmp_path), 1):
        assert entry.seq == seq
        assert entry.hash == entry_hash(previous, entry.header)
        previous = entry.hash
    assert seq == 3


async def test_a_refused_change_leaves_nothing_but_the_scans_that_waited(writer, tmp_path):
    writer.later("scan", SCAN, NOW)

    def refuse(db):
        append(db, "HT01A", "report", REPORT, NOW)
        raise ValueError("not enough money")

    with pytest.raises(ValueError, match="not enough money"):
        await writer.write(refuse)
    kinds = [b'"kind":"scan"' in entry.header for entry in read_entries(tmp_path)]
    assert kinds == [True]


async def test_scans_go_in_with_the_next_change_and_before_it(writer, tmp_path):
    writer.later("scan", SCAN, NOW)
    assert read_entries(tmp_path) == []
    await writer.entry("report", REPORT, NOW)
    headers = [entry.header for entry in read_entries(tmp_path)]
    assert b'"kind":"scan"' in headers[0] and b'"kind":"report"' in headers[1]


async def test_a_hundred_scans_do_not_wait(writer, tmp_path):
    for _ in range(journal.MOST_WAITING):
        writer.later("scan", SCAN, NOW)
    async with asyncio.timeout(60):
        while len(read_entries(tmp_path)) < journal.MOST_WAITING:
            await asyncio.sleep(0)


async def test_a_full_disk_refuses_the_change_whole_and_keeps_the_scans(tmp_path):
    db = database.connect(tmp_path)
    writer = Writer(db, "HT01A")
    db.execute("VACUUM")  # no page is free
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages}")
    writer.later("scan", SCAN, NOW)
    big = {"v": 1, "staff": None, "receipt": {"footer": "x" * 60_000}}
    with pytest.raises(StorageError, match="full"):
        await writer.entry("settings", big, NOW)
    assert read_entries(tmp_path) == []
    db.execute(f"PRAGMA max_page_count = {pages + 100}")
    await writer.entry("settings", big, NOW)
    assert len(read_entries(tmp_path)) == 2
    await writer.close()


async def test_the_next_change_works_after_a_broken_one(writer, tmp_path):
    def broken(db):
        db.execute("INSERT INTO no_such_table VALUES (1)")

    with pytest.raises(StorageError):
        await writer.write(broken)
    await writer.entry("report", REPORT, NOW)
    assert len(read_entries(tmp_path)) == 1


def test_a_database_of_a_newer_program_is_refused(tmp_path):
    db = database.connect(tmp_path)
    db.execute("PRAGMA user_version = 999")
    db.close()
    with pytest.raises(CommandError, match="newer ocop-kiosk"):
        database.connect(tmp_path)


def test_a_file_that_is_no_database_is_named(tmp_path):
    (tmp_path / "outlet.db").write_bytes(b"not a database" * 100)
    with pytest.raises(CommandError, match=r"outlet\.db"):
        database.connect(tmp_path)


def test_every_migration_leads_from_an_empty_database_to_today(tmp_path):
    fresh = database.connect(tmp_path / "fresh")
    old = sqlite3.connect(":memory:", isolation_level=None)
    for script in database.MIGRATIONS:
        old.executescript(script)

    def tables(db):
        return sorted(db.execute("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'"))

    assert tables(fresh) == tables(old)
    assert fresh.execute("PRAGMA user_version").fetchone() == (len(database.MIGRATIONS),)


def test_a_second_kiosk_on_the_same_folder_is_refused(tmp_path):
    held = database.lock(tmp_path)
    with pytest.raises(CommandError, match="another kiosk service"):
        database.lock(tmp_path)
    assert held >= 0


def test_what_is_committed_is_synced_to_disk(tmp_path):
    db = database.connect(tmp_path)
    assert db.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert db.execute("PRAGMA foreign_keys").fetchone() == (1,)


# --- spoilt and lost entries ---


@pytest.fixture
async def written(writer, tmp_path):
    """The data folder of a journal of eight entries."""
    await writer.write(lambda db: database.set_fact(db, "device", "HT01A"))
    for number in range(8):
        await writer.entry("report", REPORT | {"reason": str(number)}, NOW)
    return tmp_path


def change(folder, statement, *values):
    db = database.connect(folder)
    db.execute("PRAGMA foreign_keys = OFF")
    db.execute(statement, values)
    return Source(db)


def flipped(db, column, seq, bit):
    (data,) = db.execute(f"SELECT {column} FROM journal WHERE seq = ?", (seq,)).fetchone()
    spoilt = bytearray(data)
    spoilt[bit // 8 % len(spoilt)] ^= 1 << bit % 8
    return bytes(spoilt)


@pytest.mark.parametrize("column", ["header", "body"])
@pytest.mark.parametrize("seq", [1, 4, 8])
async def test_a_flipped_bit_is_found_however_one_reads(written, column, seq):
    whole = read_entries(written)
    for bit in (0, 77, 501):
        spoilt = flipped(database.connect(written), column, seq, bit)
        source = change(written, f"UPDATE journal SET {column} = ? WHERE seq = ?", spoilt, seq)
        assert [one.seq for one in source.all() if one.damaged] == [seq]
        for first in range(1, 9):
            for limit in (1, 3, 20):
                found = source.read(first, limit)
                assert [one.seq for one in found] == list(range(first, min(first + limit, 9)))
                assert [one.seq for one in found if one.damaged] == (
                    [seq] if first <= seq < first + limit else []
                )
                assert [one.hash for one in found] == [
                    one.hash for one in whole[first - 1 : first - 1 + limit]
                ]
        right = getattr(whole[seq - 1], column)
        change(written, f"UPDATE journal SET {column} = ? WHERE seq = ?", right, seq)


async def test_a_flipped_bit_in_a_hash_is_mended_when_it_is_read(written):
    whole = read_entries(written)
    for seq in (1, 4, 7):
        spoilt = flipped(database.connect(written), "hash", seq, 9)
        source = change(written, "UPDATE journal SET hash = ? WHERE seq = ?", spoilt, seq)
        assert not any(one.damaged for one in source.all())
        for first in range(1, 9):
            assert [one.hash for one in source.read(first, 20)] == [one.hash for one in whole[first - 1 :]]
        assert source.hash_at(seq) == whole[seq - 1].hash
        change(written, "UPDATE journal SET hash = ? WHERE seq = ?", whole[seq - 1].hash, seq)


async def test_the_journal_goes_on_after_a_damaged_entry(writer, written):
    spoilt = flipped(database.connect(written), "body", 8, 3)
    source = change(written, "UPDATE journal SET body = ? WHERE seq = 8", spoilt)
    await writer.entry("report", REPORT, NOW)
    assert [one.seq for one in source.all() if one.damaged] == [8]
    assert source.read(9, 1)[0].hash == entry_hash(source.read(8, 1)[0].hash, source.read(9, 1)[0].header)


async def test_a_lost_number_is_never_given_again(writer, written):
    """The card lost the newest entries; the office had signed for them."""
    acknowledged = read_entries(written)[-1].hash
    db = database.connect(written)
    journal.acknowledge(db, 8, acknowledged)
    source = change(written, "DELETE FROM journal WHERE seq > 6")
    entry = await writer.entry("report", REPORT, NOW)
    assert entry.seq == 9
    assert entry.hash == entry_hash(acknowledged, source.read(9, 1)[0].header)
    assert [(one.seq, one.damaged) for one in source.read(6, 9)] == [
        (6, False),
        (7, True),
        (8, True),
        (9, False),
    ]


async def test_the_highest_number_of_any_table_counts(writer, written):
    change(
        written, "INSERT INTO sale VALUES ('HT01B', 99, 'HT01B-99', 'AAAAAAAAAA', 1, 'nv1', 5, 0, NULL, NULL)"
    )
    change(
        written, "INSERT INTO sale VALUES ('HT01A', 12, 'HT01A-12', 'AAAAAAAAAA', 1, 'nv1', 5, 0, 'k', x'00')"
    )
    assert (await writer.entry("report", REPORT, NOW)).seq == 13


async def test_the_last_sure_time_is_read_from_what_was_hashed(writer, written):
    await writer.entry("report", REPORT, Moment(NOW.at + 5, 1, "unsure"))
    db = database.connect(written)
    db.execute("UPDATE journal SET at = 9000000000000 WHERE seq = 8")  # the column is no proof
    assert journal.last_sure(db) == NOW.at
    db.execute("UPDATE journal SET header = x'00' WHERE seq = 8")
    assert journal.last_sure(db) == NOW.at
    db.execute("DELETE FROM journal")
    assert journal.last_sure(db) is None


async def test_a_page_that_cannot_be_read_hides_its_own_entries_only(writer, tmp_path):
    for number in range(300):
        await writer.entry("report", REPORT | {"reason": f"{number:0>150}"}, NOW)
    await writer.close()
    path = tmp_path / "outlet.db"
    db = database.connect(tmp_path)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (size,) = db.execute("PRAGMA page_size").fetchone()
    whole = Source(db).read(1, 1000)
    db.close()
    data = bytearray(path.read_bytes())
    page = data.index(f"{150:0>150}".encode()) // size
    data[page * size] ^= 0xFF  # the page's kind: SQLite takes it for none of its own
    path.write_bytes(data)
    found = list(Source(database.connect(tmp_path)).all())
    assert [one.seq for one in found] == [one.seq for one in whole]
    damaged = [one.seq for one in found if one.damaged]
    assert damaged and 151 in damaged and len(damaged) < 40
    assert [one for one in found if not one.damaged] == [one for one in whole if one.seq not in damaged]


@pytest.mark.parametrize("place", [0.5, 1.0])
async def test_a_bit_flipped_in_a_rows_head_makes_no_others_seem_lost(writer, tmp_path, place):
    """Every bit of what stands before an entry's header in the file: sizes, types, and its number."""
    last = 60
    for number in range(last):
        await writer.entry("report", REPORT | {"reason": f"{number:0>150}"}, NOW)
    await writer.close()
    path = tmp_path / "outlet.db"
    db = database.connect(tmp_path)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = Source(db).read(1, 1000)
    db.close()
    data = path.read_bytes()
    seq = int(last * place)
    end = data.index(whole[seq - 1].header)
    numbers = refused = 0
    for bit in range(8 * (end - 24), 8 * end):
        spoilt = bytearray(data)
        spoilt[bit // 8] ^= 1 << bit % 8
        path.write_bytes(spoilt)
        for beside in tmp_path.glob("outlet.db-*"):
            beside.unlink()
        db = database.connect(tmp_path)
        db.execute("PRAGMA synchronous = OFF")
        found = list(itertools.islice(Source(db).all(), 2 * last))
        assert [one.seq for one in found] == list(range(1, len(found) + 1)), bit
        assert last - 1 <= len(found) <= last + 1, bit
        assert sum(one.damaged for one in found) <= 2, bit
        if not any(one.damaged for one in found):
            numbers += db.execute("SELECT count(*) FROM journal WHERE seq = ?", (seq,)).fetchone() == (0,)
        try:
            new = append(db, "HT01A", "report", REPORT, NOW)
        except sqlite3.DatabaseError:
            refused += 1  # the whole page is malformed to SQLite
        else:
            assert last <= new.seq <= last + 2, bit
            assert append(db, "HT01A", "report", REPORT, NOW).seq == new.seq + 1, bit
            found = list(itertools.islice(Source(db).all(), 2 * last))
            assert found[-1].seq == new.seq + 1 and not found[-1].damaged, bit
        db.close()
    # Some of these bits are the number's own, and then the entry is whole; behind others nothing more can be written.
    assert numbers > 4 and refused < 100


async def test_a_last_page_that_cannot_be_read_ends_the_journal(writer, tmp_path):
    for number in range(60):
        await writer.entry("report", REPORT | {"reason": f"{number:0>150}"}, NOW)
    await writer.close()
    path = tmp_path / "outlet.db"
    db = database.connect(tmp_path)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (size,) = db.execute("PRAGMA page_size").fetchone()
    db.close()
    data = bytearray(path.read_bytes())
    page = data.index(f"{59:0>150}".encode()) // size
    data[page * size] ^= 0xFF
    path.write_bytes(data)
    found = list(itertools.islice(Source(database.connect(tmp_path)).all(), 1000))
    assert [one.seq for one in found] == list(range(1, 61))
    assert found[-1].damaged and not found[0].damaged


@pytest.mark.parametrize("bit", [*range(6, 62, 7), 61])
async def test_a_spoilt_newest_number_is_put_right_before_the_next_is_given(writer, written, bit):
    source = change(written, "UPDATE journal SET seq = ? WHERE seq = 8", 8 | 1 << bit)
    assert source.waiting() == 8
    entry = await writer.entry("report", REPORT, NOW)
    assert entry.seq == 9
    assert [(one.seq, one.damaged) for one in source.read(1, 1000)] == [(seq, False) for seq in range(1, 10)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE fact SET value = '9' || value WHERE name = 'acked_seq'",
        "UPDATE fact SET value = '4611686018427387904' WHERE name = 'acked_seq'",
        "UPDATE fact SET value = 'r' WHERE name = 'acked_seq'",
        "UPDATE fact SET value = 'xy' WHERE name = 'acked_hash'",
        "INSERT INTO shift VALUES ('HT01A', 4611686018427387904, 1, 'nv1', 5)",
        "INSERT INTO sale VALUES ('HT01A', 1048584, 'HT01A-8', 'AAAAAAAAAA', 1, 'nv1', 5, 0, 'k', x'00')",
    ],
)
async def test_a_spoilt_number_beside_the_journal_is_not_believed(writer, written, statement):
    journal.acknowledge(database.connect(written), 8, read_entries(written)[-1].hash)
    source = change(written, statement)
    assert (await writer.entry("report", REPORT, NOW)).seq == 9
    assert source.acknowledged() in (0, 8, 98, 2**62)
