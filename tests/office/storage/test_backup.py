"""Backup of an office at work, verified by restoring it; and what is refused."""

import sqlite3
import threading

import pytest
from sqlalchemy import func, select

from config.exits import CommandError
from office import schema, setup
from office.access import accounts
from office.outlets.ingest import ingest
from office.settings import Settings
from office.storage import backup, database
from office.storage.backup import MANIFEST


def everything(engine):
    """All rows of all tables."""
    with database.reading(engine) as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table)).all()))
            for table in schema.metadata.sorted_tables
        }


@pytest.fixture
def elsewhere(request, office_settings, tmp_path):
    """Where nothing is yet; on PostgreSQL with an empty database."""
    data = str(tmp_path / "elsewhere")
    if not office_settings.database:
        yield Settings(data=data)
        return
    server, _ = request.getfixturevalue("postgresql")
    name = server.create()
    yield Settings(data=data, database=server.url(name))
    server.drop(name)


def test_a_backup_restored_is_the_same_office(engine, office_settings, elsewhere, tmp_path, key_folder):
    files = backup.backup(office_settings, tmp_path / "copy")
    assert all(path.stat().st_mode & 0o077 == 0 for path in files if path.suffix in (".key",))
    backup.restore(elsewhere, tmp_path / "copy")
    restored = setup.open_database(elsewhere)
    assert everything(restored) == everything(engine)
    restored_keys = {path.name for path in (elsewhere.folder / "keys").iterdir()}
    assert restored_keys == {"ack.key", "current.key", "stamp-A.key"}
    for name in restored_keys:
        assert (elsewhere.folder / "keys" / name).read_bytes() == (key_folder / name).read_bytes()
    restored.dispose()


def test_a_backup_taken_while_others_write_is_one_moment(engine, office_settings, elsewhere, tmp_path):
    stop, written = threading.Event(), []

    def write():
        while not stop.is_set():
            with database.writing(engine) as connection:  # both, or none
                login = f"u{len(written)}"
                accounts.add(connection, login, "mật khẩu dài", "viewer")
                accounts.change(connection, login, disabled=True)
            written.append(login)

    writer = threading.Thread(target=write)
    writer.start()
    while len(written) < 2:
        pass
    backup.backup(office_settings, tmp_path / "copy")
    stop.set()
    writer.join()
    backup.restore(elsewhere, tmp_path / "copy")
    restored = setup.open_database(elsewhere)
    with database.reading(restored) as connection:
        found = accounts.everybody(connection)
    assert len(found) >= 2 and all(row.disabled for row in found)
    restored.dispose()


def test_a_backup_taken_while_devices_push_is_one_moment_and_the_rest_is_sent_again(
    engine, office_settings, elsewhere, enrolled, tmp_path, gtin, now
):
    devices = [enrolled("HT01A"), enrolled("HT02A", "HT02")]
    for number, device in enumerate(devices):
        for serial in range(40):
            device.sell(gtin, 1 + number * 40 + serial)
    saved, pushed = threading.Event(), threading.Semaphore(0)

    def push(device):
        """Entry by entry, the last ones only once the backup is there."""
        for seq in range(1, 41):
            if seq == 39:
                saved.wait()
            ingest(engine, device.name, device.segment(seq, seq), now)
            pushed.release()

    threads = [threading.Thread(target=push, args=(device,)) for device in devices]
    for thread in threads:
        thread.start()
    pushed.acquire()
    backup.backup(office_settings, tmp_path / "copy")
    saved.set()
    for thread in threads:
        thread.join()
    backup.restore(elsewhere, tmp_path / "copy")
    restored = setup.open_database(elsewhere)
    with database.reading(restored) as connection:
        heads = dict(map(tuple, connection.execute(select(schema.devices.c.id, schema.devices.c.head_seq))))
        sold = [
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (schema.entries, schema.sales, schema.sale_lines)
        ]
        table = schema.sales_rollups
        all_of_it = (table.c.span == "day") & (table.c.outlet == "*") & (table.c.gtin == "*")
        added = connection.execute(select(func.sum(table.c.receipts)).where(all_of_it)).scalar_one()
    assert 1 <= sum(heads.values()) <= 76
    assert sold == [sum(heads.values())] * 3 and added == sold[0]
    for device in devices:
        ingest(restored, device.name, device.segment(), now)
    assert everything(restored)["entries"] == everything(engine)["entries"]
    restored.dispose()


@pytest.mark.only_on("postgresql")
def test_a_database_that_is_not_empty_stays_as_it_is(engine, office_settings, tmp_path):
    backup.backup(office_settings, tmp_path / "copy")
    before = everything(engine)
    other = Settings(data=str(tmp_path / "elsewhere"), database=office_settings.database)
    with pytest.raises(CommandError, match=r"pg_restore failed.*already exists"):
        backup.restore(other, tmp_path / "copy")
    assert everything(engine) == before


def damage(folder):
    (path,) = folder.glob("office.d*")  # .db, or .dump
    path.write_bytes(path.read_bytes()[:-100])


BROKEN = {
    "a damaged file": (damage, r"office\.d\w+ is damaged"),
    "a missing file": (lambda folder: next((folder / "keys").glob("*.key")).unlink(), "no whole backup"),
    "no manifest": (lambda folder: (folder / MANIFEST).unlink(), "no whole backup"),
    "a manifest that reaches out": (
        lambda folder: (folder / MANIFEST).write_text('{"../../etc/passwd": "x"}'), "no whole backup",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_not_whole_is_not_restored(engine, office_settings, elsewhere, tmp_path, name):
    backup.backup(office_settings, tmp_path / "copy")
    spoil, told = BROKEN[name]
    spoil(tmp_path / "copy")
    with pytest.raises(CommandError, match=told):
        backup.restore(elsewhere, tmp_path / "copy")
    assert not elsewhere.folder.exists()


def test_an_office_that_is_there_is_never_written_over(engine, office_settings, tmp_path):
    backup.backup(office_settings, tmp_path / "copy")
    with pytest.raises(CommandError, match="there is an office here already"):
        backup.restore(office_settings, tmp_path / "copy")
    with pytest.raises(CommandError, match="exists already"):
        backup.backup(office_settings, tmp_path / "copy")


@pytest.mark.only_on("sqlite")
def test_a_backup_is_a_database_that_any_sqlite_opens(engine, office_settings, tmp_path):
    backup.backup(office_settings, tmp_path / "copy")
    with sqlite3.connect(tmp_path / "copy" / "office.db") as copy:
        assert copy.execute("SELECT count(*) FROM producers").fetchone() == (2,)
