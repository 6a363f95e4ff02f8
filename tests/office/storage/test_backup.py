"""Backup of an office at work, verified by restoring it; and what is refused."""

import os
import shutil
import signal
import sqlite3
import sys
import threading

import pytest
from sqlalchemy import func, select

from config.exits import CommandError
from office import schema, service, setup
from office.access import accounts
from office.commands import main
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


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("left", ["office.db-wal", "office.db-shm", "keys/ack.key", "keys/current.key.new"])
def test_what_is_left_of_an_office_is_named_and_not_restored_over(office_settings, engine, tmp_path, left):
    backup.backup(office_settings, tmp_path / "copy")
    other = Settings(data=str(tmp_path / "elsewhere"))
    (other.folder / "keys").mkdir(parents=True)
    (other.folder / left).write_bytes(b"of before")
    before = listing(other.folder)
    named = left.split("/")[0]
    for work in (lambda: backup.restore(other, tmp_path / "copy"), lambda: setup.initialise(other, 1)):
        with pytest.raises(CommandError, match=f"move away all of {named}, or name") as refused:
            work()
        assert f"hãy chuyển đi tất cả: {named}," in str(refused.value.vi)
        assert listing(other.folder) == before


@pytest.mark.only_on("sqlite")
def test_a_log_that_a_killed_office_left_never_gets_into_a_restored_one(office_settings, engine, tmp_path):
    backup.backup(office_settings, tmp_path / "copy")
    with database.writing(engine) as connection:
        accounts.add(connection, "after", "mật khẩu dài", "viewer")
    other = Settings(data=str(tmp_path / "elsewhere"))
    other.folder.mkdir()
    for name in ("office.db-wal", "office.db-shm"):  # as kill -9 leaves them
        shutil.copy(office_settings.folder / name, other.folder)
    with pytest.raises(CommandError, match=r"move away all of office\.db-wal, office\.db-shm, or name"):
        backup.restore(other, tmp_path / "copy")


@pytest.mark.only_on("sqlite")
def test_keys_without_their_database_are_no_office_and_get_no_root_beside_them(
    engine, office_settings, key_folder
):
    engine.dispose()
    for path in [*office_settings.folder.glob("office.db*"), *key_folder.glob("root-*")]:
        path.unlink()
    before = listing(office_settings.folder)
    with pytest.raises(CommandError, match=r"has keys but no office\.db"):
        service.build(office_settings)
    with pytest.raises(CommandError, match="move away all of keys, or name"):
        setup.initialise(office_settings, 1)
    assert listing(office_settings.folder) == before


def test_an_empty_database_beside_acting_keys_gets_no_new_root(engine, elsewhere, key_folder):
    (elsewhere.folder / "keys").mkdir(parents=True)
    shutil.copy(key_folder / "ack.key", elsewhere.folder / "keys")
    setup.open_database(elsewhere).dispose()
    with pytest.raises(CommandError, match="no root document yet"):
        service.build(elsewhere)
    with pytest.raises(CommandError, match=r"move away all of .*keys, or name"):
        setup.initialise(elsewhere, 1)
    assert [path.name for path in (elsewhere.folder / "keys").iterdir()] == ["ack.key"]


def listing(folder):
    """Every file and folder, with what is in it."""
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def killed(arguments, folder, step):
    """Whether `ocop office`, in a process of its own, got to its `step`-th work on `folder`: there kill -9 ends it."""
    child = os.fork()
    if child == 0:
        left = [step]

        def watch(event, values):
            if event.partition(".")[0] in ("open", "os", "sqlite3") and str(folder) in str(values):
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(watch)
        try:
            os._exit(main.main(arguments))
        finally:
            os._exit(99)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


@pytest.mark.only_on("sqlite")
def test_a_restore_killed_anywhere_is_no_office_and_simply_runs_again(
    engine, office_settings, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with database.writing(engine) as connection:
        accounts.add(connection, "before", "mật khẩu dài", "viewer")
    backup.backup(office_settings, tmp_path / "copy")
    step, unfinished = 0, 0
    while True:
        step += 1
        name = f"data-{step}"
        settings, config = Settings(data=name), tmp_path / f"{name}.toml"
        config.write_text(f'data = "{name}"\n')
        command = ["restore", str(tmp_path / "copy"), "--config", str(config)]
        if not killed(command, name, step):
            break
        if not (settings.folder / backup.UNFINISHED).exists():
            # Not begun, or ended: nothing between.
            assert not any(path.is_file() for path in settings.folder.rglob("*")) or whole(settings)
            continue
        unfinished += 1
        before = listing(settings.folder)
        for work in (service.build, lambda settings: setup.initialise(settings, 1)):
            with pytest.raises(CommandError, match="run `ocop office restore` again"):
                work(settings)
        assert listing(settings.folder) == before
        assert main.main(command) == 0
        assert whole(settings)
    assert unfinished >= 15


def whole(settings):
    """Whether this is the office of the backup, restored once."""
    setup.require_initialised(settings)
    engine = setup.open_database(settings)
    with database.reading(engine) as connection:
        logins = [row.login for row in accounts.everybody(connection)]
        acts = connection.execute(
            select(func.count()).select_from(schema.audit).where(schema.audit.c.action == "restore")
        ).scalar_one()
    engine.dispose()
    names = sorted(path.name for path in (settings.folder / "keys").iterdir())
    return (logins, acts, names) == (["before"], 1, ["ack.key", "current.key", "stamp-A.key"])


def test_a_restore_cut_short_runs_again_and_spares_root_keys_put_there(
    engine, office_settings, elsewhere, tmp_path
):
    backup.backup(office_settings, tmp_path / "copy")
    (elsewhere.folder / "keys").mkdir(parents=True)
    (elsewhere.folder / backup.UNFINISHED).touch()
    for name in ("root-1.key", "ack.key", "stamp-B.key"):
        (elsewhere.folder / "keys" / name).write_bytes(b"x")
    backup.restore(elsewhere, tmp_path / "copy")
    with pytest.raises(CommandError, match="run `ocop office restore` again"):
        setup.require_initialised(elsewhere)
    backup.complete(elsewhere)
    setup.require_initialised(elsewhere)
    found = {path.name for path in (elsewhere.folder / "keys").iterdir()}
    assert found == {"root-1.key", "ack.key", "current.key", "stamp-A.key"}
