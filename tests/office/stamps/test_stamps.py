import pytest
from sqlalchemy import select

from office import registry, schema, stamps
from office.publishing import keys
from office.registry import RegistryError
from office.storage import database
from scanner import stamps as stamp_texts
from sync import ed25519


def test_serials_follow_each_other_and_ordinals_never_meet(engine, gtin, other_gtin, now):
    with database.writing(engine) as connection:
        second = stamps.issue(connection, other_gtin, 10, "A", "test", now)
        third = stamps.issue(connection, gtin, 5, "A", "test", now)
    assert (second.first, second.last, second.base) == (1, 10, 100)
    assert (third.first, third.last, third.base) == (101, 105, 110)


def test_a_batch_that_was_rolled_back_leaves_no_gap(engine, gtin, now):
    with pytest.raises(RuntimeError), database.writing(engine) as connection:
        stamps.issue(connection, gtin, 5, "A", "test", now)
        raise RuntimeError
    with database.writing(engine) as connection:
        batch = stamps.issue(connection, gtin, 5, "A", "test", now)
    assert (batch.first, batch.base) == (101, 100)


def test_ordinals_are_not_used_again_after_a_batch_is_deleted(engine, other_gtin, now):
    with database.writing(engine) as connection:
        connection.execute(schema.batches.delete())
        assert stamps.issue(connection, other_gtin, 1, "A", "test", now).base == 100


def test_signed_stamps_are_what_a_kiosk_accepts(engine, key_folder, gtin, office_settings):
    signer = keys.load(key_folder, "stamp-A")
    with database.reading(engine) as connection:
        batch = stamps.find_batch(connection, 1)
    texts = list(stamps.signed(batch, office_settings.stamps.host, signer))
    assert len(set(texts)) == 100
    for serial, text in enumerate(texts, 1):
        stamp = stamp_texts.read(text)
        assert stamp_texts.uri(stamp) == text
        assert (stamp.gtin, stamp.serial, stamp.k, stamp.host) == (gtin, serial, "A", "OCOP.HATINH.VN")
        message = stamp_texts.message(stamp.host, stamp.k, stamp.gtin, stamp.serial)
        assert keys.verify(signer.public, message, stamp.signature)
        assert ed25519.verify(signer.public, message, stamp.signature)


@pytest.mark.parametrize("count", [0, -1, stamps.LARGEST_BATCH + 1])
def test_a_batch_has_bounds(engine, gtin, now, count):
    with pytest.raises(RegistryError, match="a batch has 1 to"), database.writing(engine) as connection:
        stamps.issue(connection, gtin, count, "A", "test", now)


def test_goods_without_stamps_get_none(engine, now):
    with database.writing(engine) as connection:
        item = registry.TradeItem(gtin="08930000000033", product="SP1", stamped=False)
        registry.put(connection, item, "test", now)
    with pytest.raises(RegistryError, match="without stamps"), database.writing(engine) as connection:
        stamps.issue(connection, "08930000000033", 1, "A", "test", now)


@pytest.mark.parametrize(
    ("first", "last", "lot", "says"),
    [
        (40, 60, "L1", "serials 1 to 50 of 08930000000019 are activated already"),
        (51, 101, "L1", "serial 101 of 08930000000019 is in no batch"),
        (51, 60, "L2", "lot L2 is of trade item 08930000000026"),
        (51, 60, "L9", "there is no lot L9"),
        (60, 51, "L1", "no range of serials"),
        (0, 5, "L1", "no range of serials"),
        (71, 80, "L1", "serials 80 to 90 of 08930000000019 are void"),
    ],
)
def test_activation_refuses_what_contradicts_the_registry(engine, gtin, now, first, last, lot, says):
    with database.writing(engine) as connection:
        stamps.void(connection, gtin, 80, 90, "lost", "test", now)
    with pytest.raises(RegistryError, match=says), database.writing(engine) as connection:
        stamps.activate(connection, gtin, first, last, lot, "test", now)
    with database.reading(engine) as connection:
        assert connection.execute(select(schema.activations.c.last)).scalars().all() == [50]


def test_neighbouring_ranges_can_be_activated(engine, gtin, now):
    with database.writing(engine) as connection:
        stamps.activate(connection, gtin, 51, 100, "L1", "test", now)
        assert len(connection.execute(select(schema.activations)).all()) == 2


def test_a_recalled_lot_takes_no_more_stamps(engine, gtin, now):
    with database.writing(engine) as connection:
        registry.recall(connection, "L1", "x", "test", now)
    with pytest.raises(RegistryError, match="recalled"), database.writing(engine) as connection:
        stamps.activate(connection, gtin, 51, 60, "L1", "test", now)


def test_a_serial_is_voided_once(engine, gtin, now):
    with database.writing(engine) as connection:
        stamps.void(connection, gtin, 1, 10, "lost", "test", now)
    with pytest.raises(RegistryError, match="void already"), database.writing(engine) as connection:
        stamps.void(connection, gtin, 10, 11, "lost", "test", now)
    with (
        pytest.raises(RegistryError, match="serial 101 of 08930000000019 is in no batch"),
        database.writing(engine) as connection,
    ):
        stamps.void(connection, gtin, 100, 101, "lost", "test", now)


def test_older_stamps_get_a_batch_without_a_key_and_a_lot(engine, gtin, now):
    with database.writing(engine) as connection:
        older = stamps.enter_older(connection, gtin, 103, 112, "test", now)
        assert (older.first, older.last, older.base, older.k) == (103, 112, 100, "")
        stamps.activate(connection, gtin, 105, 112, "L1", "test", now)
        stamps.void(connection, gtin, 103, 104, "torn", "test", now)


def test_what_is_issued_later_steps_over_older_stamps(engine, gtin, now):
    with database.writing(engine) as connection:
        stamps.enter_older(connection, gtin, 103, 112, "test", now)
        stamps.enter_older(connection, gtin, 200, 200, "test", now)
        batch = stamps.issue(connection, gtin, 10, "A", "test", now)
        assert (batch.first, batch.last) == (113, 122)
        mark = connection.execute(select(schema.trade_items.c.mark).where(schema.trade_items.c.gtin == gtin))
        assert mark.scalar_one() == 122
    with pytest.raises(RegistryError, match="serial 101 of"), database.writing(engine) as connection:
        stamps.activate(connection, gtin, 101, 113, "L1", "test", now)


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        (50, 60, "serials 1 to 100 of 08930000000019 are in a batch already"),
        (100, 101, "in a batch already"),
        (0, 5, "no range"),
        (7, 6, "no range"),
        (101, 101 + stamps.LARGEST_BATCH, "no range"),
        (4294967296, 4294967296, "no 1 serial numbers are left"),
    ],
)
def test_older_stamps_share_no_number_with_others(engine, gtin, now, first, last, says):
    with pytest.raises(RegistryError, match=says), database.writing(engine) as connection:
        stamps.enter_older(connection, gtin, first, last, "test", now)
