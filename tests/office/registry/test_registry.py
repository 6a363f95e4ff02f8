from datetime import date

import msgspec
import pytest
from sqlalchemy import func, select

from office import registry, schema
from office.registry import RegistryError, kinds
from office.storage import counters, database


def _count(engine, table):
    with database.reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _counter(engine, name):
    with database.reading(engine) as connection:
        return counters.read(connection)[name]


def test_importing_twice_updates_and_doubles_nothing(engine, sample, now):
    tables = [schema.producers, schema.products, schema.recognitions, schema.trade_items, schema.lots,
              schema.outlets, schema.contracts, schema.settings]  # fmt: skip
    before = [_count(engine, table) for table in tables]
    sample.producers[0].name = "Hợp tác xã Mật ong"
    with database.writing(engine) as connection:
        registry.import_rows(connection, sample, "test", now)
        named = select(schema.producers.c.name).where(schema.producers.c.id == "P1")
        assert connection.execute(named).scalar_one() == "Hợp tác xã Mật ong"
    assert [_count(engine, table) for table in tables] == before


def test_an_import_with_one_wrong_row_changes_nothing(engine, now):
    data = registry.Import(
        producers=[registry.Producer(id="P9", name="Mới")],
        trade_items=[registry.TradeItem(gtin="08930000000033", product="nowhere")],
    )
    with (
        pytest.raises(RegistryError, match="there is no 'nowhere' in products; add it first"),
        database.writing(engine) as connection,
    ):
        registry.import_rows(connection, data, "test", now)
    with database.reading(engine) as connection:
        found = connection.execute(select(schema.producers.c.id).where(schema.producers.c.id == "P9")).first()
    assert found is None


def test_an_update_of_a_trade_item_keeps_its_issued_mark(engine, sample, now):
    with database.writing(engine) as connection:
        sample.trade_items[0].price = 190000
        registry.put(connection, sample.trade_items[0], "test", 0)
        mark = connection.execute(
            select(schema.trade_items.c.mark).where(schema.trade_items.c.gtin == sample.trade_items[0].gtin)
        ).scalar_one()
    assert mark == 100


def test_texts_are_stored_composed(engine):
    with database.writing(engine) as connection:
        registry.put(connection, registry.Producer(id="P3", name="Hoà Bi\u0300nh"), "test", 0)
        stored = connection.execute(
            select(schema.producers.c.name).where(schema.producers.c.id == "P3")
        ).scalar_one()
    assert stored == "Hoà Bình"


def test_a_wrong_check_digit_is_refused(engine):
    item = registry.TradeItem(gtin="08930000000018", product="SP1")
    with pytest.raises(RegistryError, match="check digit"), database.writing(engine) as connection:
        registry.put(connection, item, "test", 0)


def test_a_lot_in_use_cannot_be_re_dated(engine, sample):
    sample.lots[0].expires = date(2029, 1, 1)
    with pytest.raises(RegistryError, match="dates cannot change"), database.writing(engine) as connection:
        registry.put(connection, sample.lots[0], "test", 0)
    with database.writing(engine) as connection:
        sample.lots[1].expires = date(2029, 1, 1)  # no stamp of this lot is active yet
        registry.put(connection, sample.lots[1], "test", 0)


def test_a_lot_is_recalled_once(engine, now):
    with database.writing(engine) as connection:
        registry.recall(connection, "L1", "nhãn sai", "test", now)
    with pytest.raises(RegistryError, match="recalled already"), database.writing(engine) as connection:
        registry.recall(connection, "L1", "nhãn sai", "test", now)
    with pytest.raises(RegistryError, match="no 'L9' in lots"), database.writing(engine) as connection:
        registry.recall(connection, "L9", "nhãn sai", "test", now)


def test_a_product_is_withdrawn_once(engine, now):
    with database.writing(engine) as connection:
        registry.withdraw(connection, "SP1", date(2026, 11, 1), None, "vi phạm", "test", now)
    with pytest.raises(RegistryError, match="withdrawn already"), database.writing(engine) as connection:
        registry.withdraw(connection, "SP1", date(2026, 11, 2), None, "vi phạm", "test", now)


def test_every_change_raises_the_registry_counter(engine, sample, now):
    sample.producers[0].name, sample.settings[0].value = "Tên mới", "Nghệ An"
    changes = [
        lambda c: registry.put(c, sample.producers[0], "test", now),
        lambda c: registry.put(c, sample.settings[0], "test", now),
        lambda c: registry.recall(c, "L2", "x", "test", now),
        lambda c: registry.withdraw(c, "SP2", date(2026, 11, 1), None, "x", "test", now),
    ]
    for change in changes:
        before = _counter(engine, counters.REGISTRY)
        with database.writing(engine) as connection:
            change(connection)
        assert _counter(engine, counters.REGISTRY) > before


def test_import_rows_are_checked_by_type():
    with pytest.raises(msgspec.ValidationError, match="producers"):
        msgspec.json.decode(b'{"producers":[{"id":"P 1","name":"x"}]}', type=registry.Import)


def test_a_group_is_called_in_both_languages_unless_its_record_says_otherwise():
    assert kinds.sector("TP", "") == kinds.sector("TP", "Thực phẩm") == ("Thực phẩm", "Food")
    assert kinds.sector("TP", "Nước mắm") == ("Nước mắm", "Nước mắm")
    assert kinds.sector("", "") == ("", "")
