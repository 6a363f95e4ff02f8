"""The journal on disk: chained, one transaction a change, scans that wait, disks that fail."""

import asyncio
import sqlite3

import pytest

from config.exits import CommandError
from kiosk.host import database, journal
from kiosk.host.journal import Moment, Source, StorageError, Writer, append
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
    return Source(database.connect(folder)).entries(1, 1000)


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
    async with asyncio.timeout(5):
        while len(read_entries(tmp_path)) < journal.MOST_WAITING:
            await asyncio.sleep(0)


async def test_a_full_disk_refuses_the_change_whole_and_keeps_the_scans(tmp_path):
    db = database.connect(tmp_path)
    writer = Writer(db, "HT01A")
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
