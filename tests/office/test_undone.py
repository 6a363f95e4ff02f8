"""Voids, refunds and damage: what counts as sold at the office, whatever the order of arrival."""

import pytest
from sqlalchemy import select, update

from office import contents, database, lookups, schema
from office.ingest import ingest


@pytest.fixture
def push(engine, now):
    return lambda device, first=1, last=None: ingest(engine, device.name, device.segment(first, last), now)


@pytest.fixture
def sold(engine):
    """(ordinals sold anywhere, twice or more, by outlet)."""

    def read():
        with database.reading(engine) as connection:
            found = contents.Sold(connection)
        by_outlet = {outlet: set(ordinals) for outlet, ordinals in found.by_outlet.items()}
        return set(found.everywhere), set(found.twice), by_outlet

    return read


@pytest.fixture
def alerts(engine):
    def read():
        with database.reading(engine) as connection:
            return [kind for (kind,) in connection.execute(select(schema.alerts.c.kind))]

    return read


@pytest.mark.parametrize(
    ("kind", "more", "freed"),
    [("void", {}, True), ("refund", {"unharmed": True}, True), ("refund", {"unharmed": False}, False)],
)
def test_what_frees_a_stamp(enrolled, push, sold, gtin, kind, more, freed):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    device.sell(gtin, 2)
    device.undo(kind, "HT01A", 1, gtin, 1, **more)
    push(device)
    left = {1} if freed else {0, 1}
    assert sold() == (left, set(), {"HT01": left})


def test_the_order_of_arrival_does_not_matter(enrolled, push, sold, gtin):
    one, two = enrolled("HT01A"), enrolled("HT01B")
    one.sell(gtin, 1)
    two.undo("refund", "HT01A", 1, gtin, 1, unharmed=True)
    push(two)
    assert sold() == (set(), set(), {})
    push(one)
    assert sold() == (set(), set(), {})


def test_only_the_line_that_is_named_is_undone(enrolled, push, sold, gtin):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    device.undo("void", "HT01A", 1, gtin, 1, line=2)
    device.undo("void", "HT01A", 9, gtin, 1)
    push(device)
    assert sold()[0] == {0}


def test_undone_twice_frees_one_sale_only(enrolled, push, sold, gtin):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    device.undo("void", "HT01A", 1, gtin, 1)
    device.undo("refund", "HT01A", 1, gtin, 1, unharmed=True)
    device.sell(gtin, 1)
    push(device)
    assert sold() == ({0}, set(), {"HT01": {0}})


def test_another_outlet_undoes_nothing_here(enrolled, push, sold, gtin):
    here, there = enrolled("HT01A"), enrolled("HT02A", "HT02")
    here.sell(gtin, 1)
    there.undo("void", "HT01A", 1, gtin, 1)
    push(here)
    push(there)
    assert sold()[0] == {0}


def test_a_forked_devices_undo_waits(engine, enrolled, push, sold, gtin):
    one, two = enrolled("HT01A"), enrolled("HT01B")
    one.sell(gtin, 1)
    push(one)
    with database.writing(engine) as connection:
        connection.execute(
            update(schema.devices).where(schema.devices.c.id == "HT01B").values(state="forked")
        )
    two.undo("void", "HT01A", 1, gtin, 1)
    push(two)
    assert sold()[0] == {0}


def test_sold_again_after_a_refund_is_no_alarm(enrolled, push, sold, alerts, gtin):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    device.undo("refund", "HT01A", 1, gtin, 1, unharmed=True)
    device.sell(gtin, 1)
    push(device)
    assert alerts() == []
    assert sold() == ({0}, set(), {"HT01": {0}})
    device.sell(gtin, 1)
    push(device, 4)
    assert alerts() == ["sold_twice"]
    assert sold()[1] == {0}


def test_damage_takes_a_stamp_like_a_sale(enrolled, push, sold, gtin):
    device = enrolled("HT01A")
    goods = [{"gtin": gtin, "serial": serial, "qty": 1} for serial in (4, 5)]
    device.add("damage", {"v": 1, "staff": "An", "lines": goods, "reason": "vỡ"})
    device.sell(gtin, 5)
    push(device)
    assert sold() == ({3, 4}, {4}, {"HT01": {3, 4}})


def test_the_mark_goes_past_what_undid_a_sale(engine, enrolled, push, gtin):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    device.undo("void", "HT01A", 1, gtin, 1)
    push(device)
    with database.reading(engine) as connection:
        assert connection.execute(select(schema.devices.c.mark_seq)).scalar_one() == 2


def test_a_phone_sees_no_sale_that_was_undone(engine, enrolled, push, gtin):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    push(device)
    with database.reading(engine) as connection:
        assert lookups.Sold(connection).here(gtin, 1, 0) is not None
    device.undo("void", "HT01A", 1, gtin, 1)
    push(device, 2)
    with database.reading(engine) as connection:
        assert lookups.Sold(connection).here(gtin, 1, 0) is None
