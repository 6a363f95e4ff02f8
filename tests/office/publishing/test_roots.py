"""Stamp keys: announced, used, retired; and the root documents that say so."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select

from config.exits import CommandError
from office import registry, schema, stamps
from office.outlets import devices
from office.publishing import ceremony, keys, roots
from office.registry import RegistryError
from office.storage import database
from sync import catalogue
from sync.envelopes import SyncError

DAY = 86_400_000


@pytest.fixture
def write(engine):
    """Call a function of `roots` or `stamps` in a transaction of its own."""

    def call(work, *arguments):
        with database.writing(engine) as connection:
            return work(connection, *arguments)

    return call


@pytest.fixture
def announce(write, key_folder):
    def call(at):
        return write(roots.announce, key_folder, write(roots.signers, [key_folder]), "test", at)

    return call


@pytest.fixture
def retire(write, key_folder):
    def call(k, at):
        return write(roots.retire, k, write(roots.signers, [key_folder]), "test", at)

    return call


def envelopes(write):
    return [write(devices.root_envelope, version) for version in (1, 2)]


def test_a_new_office_may_use_its_first_key_at_once(write, now):
    assert write(roots.in_use, now) == write(roots.usable, "A", now)
    assert write(stamps.issue, "08930000000019", 5, "A", "test", now).k == "A"


def test_a_new_key_waits_thirty_days_in_root(write, announce, gtin, now):
    key = announce(now)
    assert (key.k, key.first_use) == ("B", now + 30 * DAY)
    with pytest.raises(RegistryError, match=r"stamp key B may sign from 2026-12-23 .* 30 days before"):
        write(stamps.issue, gtin, 5, "B", "test", key.first_use - 1)
    assert write(roots.in_use, key.first_use - 1).k == "A"
    assert write(roots.in_use, key.first_use).k == "B"
    assert write(stamps.issue, gtin, 5, "B", "test", key.first_use).k == "B"
    assert write(stamps.issue, gtin, 5, "A", "test", key.first_use).k == "A"  # both live


def test_the_next_root_is_signed_by_the_thresholds_of_both(write, announce, key_folder, now):
    announce(now)
    first, second = envelopes(write)
    before = catalogue.check_root(first, keys.verify)
    after = catalogue.check_root(second, keys.verify, before)
    assert (after["version"], after["expires"]) == (2, now + roots.VALID_MS)
    assert after["stamp_keys"] == [
        {"k": "A", "public": keys.load(key_folder, "stamp-A").public.hex(), "from": 0, "retired": False},
        {"k": "B", "public": keys.load(key_folder, "stamp-B").public.hex(), "from": now + 30 * DAY,
         "retired": False},
    ]  # fmt: skip
    assert {name: after[name] for name in ("keys", "roles", "hosts")} == {
        name: before[name] for name in ("keys", "roles", "hosts")
    }
    second["signatures"].pop()
    with pytest.raises(SyncError):
        catalogue.check_root(second, keys.verify, before)


def test_root_keys_are_brought_from_where_they_are_kept(write, key_folder, tmp_path, now):
    sticks = [tmp_path / "one", tmp_path / "two"]
    for number, stick in enumerate(sticks, 1):
        stick.mkdir()
        (key_folder / f"root-{number}.key").rename(stick / f"root-{number}.key")
    for folders in ([key_folder], sticks[:1]):
        with pytest.raises(CommandError, match=r"of the 2 root keys that must sign are in .*--root-keys"):
            write(roots.signers, folders)
    signers = write(roots.signers, sticks)
    assert write(roots.announce, key_folder, signers, "test", now).k == "B"
    assert (key_folder / "stamp-B.key").stat().st_mode & 0o777 == 0o600


def test_another_offices_root_keys_do_not_count(write, key_folder, tmp_path):
    for role in ("root-1", "root-2"):
        keys.create(tmp_path, role)
    with pytest.raises(CommandError, match="0 of the 2 root keys"):
        write(roots.signers, [tmp_path])


def test_signatures_that_are_too_few_make_no_root(write, key_folder, now):
    signers = write(roots.signers, [key_folder])[:1]
    with pytest.raises(SyncError, match="1 of the 2 signatures"):
        write(roots.announce, key_folder, signers, "test", now)
    assert write(roots.newest)["version"] == 1
    assert len(write(roots.stamp_keys)) == 1


def test_a_key_retires_once_every_stamp_is_void_or_deleted(write, announce, retire, engine, gtin, now):
    announce(now)
    with pytest.raises(RegistryError, match=r"100 stamps under key A .* serials 1 to 100 of 08930000000019"):
        retire("A", now)
    write(stamps.void, gtin, 1, 40, "spoilt", "test", now)
    with database.writing(engine) as connection:
        connection.execute(insert(schema.tombstones).values(gtin=gtin, first=31, last=99))
    with pytest.raises(RegistryError, match=r"1 stamps under key A .* serials 100 to 100"):
        retire("A", now)
    write(stamps.void, gtin, 100, 100, "spoilt", "test", now)
    assert retire("A", now).retired
    assert [row["retired"] for row in write(roots.newest)["stamp_keys"]] == [True, False]


def test_a_batch_whose_row_is_gone_holds_no_key_back(write, announce, retire, engine, now):
    announce(now)
    with database.writing(engine) as connection:
        connection.execute(schema.batches.delete())
    assert retire("A", now).retired


def test_stamps_of_another_key_hold_no_key_back(write, announce, retire, gtin, now):
    key = announce(now)
    write(stamps.issue, gtin, 10, "B", "test", key.first_use)
    write(stamps.void, gtin, 1, 100, "spoilt", "test", now)
    assert retire("A", now).retired
    with pytest.raises(RegistryError, match="key B is the only one"):
        retire("B", now)


def test_a_retired_key_signs_nothing_more(write, announce, retire, gtin, now):
    later = announce(now).first_use
    write(stamps.void, gtin, 1, 100, "spoilt", "test", now)
    retire("A", now)
    with pytest.raises(RegistryError, match="stamp key A is retired"):
        write(stamps.issue, gtin, 1, "A", "test", later)
    with pytest.raises(RegistryError, match="retired already"):
        retire("A", now)
    with pytest.raises(RegistryError, match="no stamp key may sign now"):
        write(roots.in_use, later - 1)
    assert write(roots.in_use, later).k == "B"


def test_the_last_key_stays(retire, write, gtin, now):
    write(stamps.void, gtin, 1, 100, "spoilt", "test", now)
    with pytest.raises(RegistryError, match="key A is the only one"):
        retire("A", now)


def test_a_key_that_is_not_there_is_named(retire, write, gtin, now):
    with pytest.raises(RegistryError, match="no stamp key 'Q'"):
        retire("Q", now)
    with pytest.raises(RegistryError, match="no stamp key 'Q'"):
        write(stamps.issue, gtin, 1, "Q", "test", now)
    with pytest.raises(RegistryError, match="no stamp key ''"):
        write(roots.usable, "", now)  # older stamps, which nobody signs


def test_no_name_is_given_twice_and_there_are_thirty_two(announce, retire, write, gtin, now):
    write(stamps.void, gtin, 1, 100, "spoilt", "test", now)
    announce(now)
    retire("A", now)
    given = [announce(now).k for _ in range(30)]
    assert ["A", "B", *given] == list("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    with pytest.raises(RegistryError, match="all 32 names"):
        announce(now)
    assert len({key.public for key in write(roots.stamp_keys)}) == 32


def test_every_change_is_in_the_audit_and_makes_the_publisher_publish(
    announce, retire, write, engine, gtin, now
):
    write(stamps.void, gtin, 1, 100, "spoilt", "test", now)
    with database.reading(engine) as connection:
        before = connection.execute(select(schema.counters).where(schema.counters.c.name == "registry")).one()
    key = announce(now)
    retire("A", now)
    with database.reading(engine) as connection:
        after = connection.execute(select(schema.counters).where(schema.counters.c.name == "registry")).one()
        rows = connection.execute(
            select(schema.audit).where(schema.audit.c.action.startswith("key-")).order_by(schema.audit.c.id)
        ).all()
    assert after.value == before.value + 2
    assert [(row.action, row.subject, row.detail["root"]) for row in rows] == [
        ("key-new", "B", 2),
        ("key-retire", "A", 3),
    ]
    assert rows[0].detail["from"] == key.first_use


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)).map(sorted), max_size=6))
def test_what_is_alive_is_what_nothing_ended(ranges):
    left = roots._without(10, 30, sorted(tuple(one) for one in ranges))
    dead = set(itertools.chain.from_iterable(range(first, last + 1) for first, last in ranges))
    assert [n for first, last in left for n in range(first, last + 1)] == [
        n for n in range(10, 31) if n not in dead
    ]


def test_goods_of_both_kinds_hold_their_own_keys(write, announce, engine, gtin, other_gtin, now):
    later = announce(now).first_use
    write(stamps.issue, other_gtin, 7, "B", "test", later)
    write(registry.put, registry.TradeItem(gtin="08930000000033", product="SP1"), "test", now)
    write(stamps.enter_older, gtin, 500, 510, "test", now)
    assert write(roots.alive, "A") == [(gtin, 1, 100)]
    assert write(roots.alive, "B") == [(other_gtin, 1, 7)]


def offline(engine, key_folder, media):
    with database.writing(engine) as connection:
        return ceremony.take_offline(connection, key_folder, media)


def test_root_keys_go_to_a_stick_each_and_sign_from_there(engine, key_folder, sticks, now):
    there = offline(engine, key_folder, sticks)
    assert [path.name for path in there] == ["root-1.key", "root-2.key"]
    assert not list(key_folder.glob("root-*"))
    with database.writing(engine) as connection:
        with pytest.raises(CommandError, match="0 of the 2 root keys"):
            roots.signers(connection, [key_folder])
        signers = roots.signers(connection, sticks)
        assert roots.renew(connection, key_folder, "root", signers, "test", now) == 2
        assert [path.stem for path in ceremony.here(connection, key_folder)] == ["root-2a", "root-2b"]
    offline(engine, key_folder, sticks)  # beside the old ones, of another name
    assert {path.stem for path in sticks[1].iterdir()} == {"root-2", "root-2b"}
    with pytest.raises(CommandError, match="offline already"):
        offline(engine, key_folder, sticks)


def test_root_keys_stay_when_they_cannot_all_be_kept_apart(engine, key_folder, sticks):
    (sticks[1] / "root-2.key").write_bytes(b"of another office")
    for media, problem in (
        (sticks[:1], "name 2 different folders"),
        ([sticks[0], sticks[0]], "name 2 different folders"),
        ([sticks[0], sticks[1] / "not mounted"], "is the medium mounted"),
        ([sticks[0], key_folder], "is the medium mounted"),
        (sticks, "cannot write the key"),
    ):
        with pytest.raises(CommandError, match=problem):
            offline(engine, key_folder, media)
        assert len(list(key_folder.glob("root-*.key"))) == 2
        assert not list(sticks[0].iterdir())
    assert (sticks[1] / "root-2.key").read_bytes() == b"of another office"
