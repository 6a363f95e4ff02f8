import stat

import pytest
from sqlalchemy import select

from config.exits import CommandError
from office import setup
from office.publishing import keys
from office.schema import roots
from office.storage import database
from sync import canonical, catalogue
from sync.envelopes import SyncError


def _root(engine):
    with database.reading(engine) as connection:
        return canonical.decode(connection.execute(select(roots.c.envelope)).scalar_one())


def test_every_role_has_its_own_file_for_its_owner_only(engine, key_folder):
    files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in key_folder.iterdir()}
    assert files == {f"{role}.key": 0o600 for role in keys.ROLES}
    assert len({keys.load(key_folder, role).public for role in keys.ROLES}) == len(keys.ROLES)


def test_root_names_the_keys_and_needs_both_of_its_own(engine, key_folder, office_settings):
    envelope = _root(engine)
    root = catalogue.check_root(envelope, keys.verify)
    assert root["roles"]["root"]["threshold"] == 2
    assert catalogue.role_keys(root, "current") == (
        {keys.load(key_folder, "current").id: keys.load(key_folder, "current").public},
        1,
    )
    assert catalogue.role_keys(root, "ack")[0] == {
        keys.load(key_folder, "ack").id: keys.load(key_folder, "ack").public
    }
    assert root["stamp_keys"][0]["public"] == keys.load(key_folder, "stamp-A").public.hex()
    assert root["hosts"] == [office_settings.stamps.host]
    envelope["signatures"].pop()
    with pytest.raises(SyncError) as refused:
        catalogue.check_root(envelope, keys.verify)
    assert refused.value.code == "signature"


def test_initialising_again_keeps_keys_and_root(engine, office_settings, key_folder, now):
    before = {path.name: path.read_bytes() for path in key_folder.iterdir()}, _root(engine)
    setup.initialise(office_settings, now + 1).dispose()
    assert ({path.name: path.read_bytes() for path in key_folder.iterdir()}, _root(engine)) == before


def test_a_key_that_others_can_read_is_refused(engine, key_folder):
    (key_folder / "current.key").chmod(0o640)
    with pytest.raises(CommandError, match="others on this machine can read this key"):
        keys.load(key_folder, "current")


def test_a_missing_or_spoilt_key_is_named(key_folder, tmp_path):
    with pytest.raises(CommandError, match=r"ack\.key: cannot read the key of role ack"):
        keys.load(tmp_path, "ack")
    keys.create(tmp_path, "ack")
    (tmp_path / "ack.key").write_bytes(b"short")
    with pytest.raises(CommandError, match="is no key"):
        keys.load(tmp_path, "ack")


def test_verify_takes_anything_without_raising(engine, key_folder):
    signer = keys.load(key_folder, "ack")
    signature = signer.sign(b"text")
    assert keys.verify(signer.public, b"text", signature)
    assert not keys.verify(signer.public, b"texts", signature)
    assert not keys.verify(signer.public, b"text", signature[:-1])
    assert not keys.verify(b"", b"text", signature)
