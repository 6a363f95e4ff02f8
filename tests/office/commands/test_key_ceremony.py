"""The ceremony of docs/office.md, step by step: root keys are on their sticks and nowhere else."""

import json

import pytest
from sqlalchemy import select

from config import exits
from office import schema
from office.commands import main as commands
from office.settings import load
from office.storage import database

SEED_BYTES = 32


@pytest.fixture
def run(config, capsys):
    """Run a subcommand; its JSON."""

    def call(*arguments):
        capsys.readouterr()
        assert commands.main([*map(str, arguments), "--config", str(config), "--json"]) == exits.OK
        return json.loads(capsys.readouterr().out)

    return call


def holds(folder, seed):
    """The files below `folder` in which the private key `seed` stands, as bytes or in hex."""
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and any(form in path.read_bytes() for form in (seed, seed.hex().encode()))
    ]


def test_no_backup_holds_a_root_key_and_a_restored_office_publishes_and_renews(
    engine, config, run, sticks, key_folder, tmp_path
):
    from_sticks = [word for stick in sticks for word in ("--root-keys", stick)]
    seeds = [(key_folder / f"root-{number}.key").read_bytes() for number in (1, 2)]
    early = run("backup", tmp_path / "safe" / "early")  # too early, and yet without them
    assert early["root_keys_left_out"] == ["root-1.key", "root-2.key"]
    run("key", "offline", *sticks)
    assert run("backup", tmp_path / "safe" / "1")["root_keys_left_out"] == []
    for seed, stick in zip(seeds, sticks, strict=True):
        assert len(seed) == SEED_BYTES
        assert holds(tmp_path / "safe", seed) == holds(key_folder.parent, seed) == []
        assert len(holds(stick, seed)) == 1
    assert len(run("publish")["published"]) == 2

    key_folder.parent.rename(tmp_path / "lost")
    empty_again(engine, config)
    run("restore", tmp_path / "safe" / "1")
    assert len(run("publish")["published"]) == 2
    with pytest.raises(exits.CommandError, match="0 of the 2 root keys"):
        run("key", "renew", "root")
    assert run("key", "renew", "root", *from_sticks)["root"] == 2
    renewed = run("backup", tmp_path / "safe" / "2")["root_keys_left_out"]
    assert renewed == ["root-2a.key", "root-2b.key"]
    run("key", "offline", *sticks)
    assert run("key", "list")["root_keys_here"] == []
    assert run("key", "renew", "current", *from_sticks)["root"] == 3
    assert len(run("publish")["published"]) == 2


def empty_again(engine, config):
    """On PostgreSQL the database is not in the folder that was lost: make it an empty one."""
    engine.dispose()
    if not load(config).database:
        return
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    engine.dispose()


def test_root_keys_that_a_newer_root_replaced_are_gone_too(run, engine, sticks, key_folder):
    run("key", "renew", "root")
    assert len(list(key_folder.glob("root-*"))) == 4
    assert len(run("key", "offline", *sticks)["files"]) == 2
    assert not list(key_folder.glob("root-*"))
    with database.reading(engine) as connection:
        wrote = select(schema.audit.c.detail).where(schema.audit.c.action == "key-offline")
        assert connection.execute(wrote).scalars().all() == [{"files": ["root-2a.key", "root-2b.key"]}]


def test_a_backup_that_left_root_keys_out_says_what_to_do_in_both_languages(
    run, engine, config, sticks, tmp_path, capsys
):
    def told(name):
        commands.main(["backup", str(tmp_path / name), "--config", str(config)])
        return capsys.readouterr().out

    vi, _, en = told("before").splitlines()[1].partition(" / ")
    assert vi.startswith("Khoá gốc còn ở máy này") and en.startswith("The root keys are still here")
    assert "`ocop office key offline`" in vi and "`ocop office key offline`" in en
    run("key", "offline", *sticks)
    assert told("after").count("\n") == 1
