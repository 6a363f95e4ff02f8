"""Voids, refunds and damage: what counts as sold at the office, whatever the order of arrival."""

import pytest
from sqlalchemy import select, update

from office import schema
from office.outlets.ingest import ingest
from office.publishing import contents
from office.resolver import lookups
from office.storage import database


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


@pytest.fixture
def told(engine):
    """(entry, its detail) of each alert that more came back than was sold."""

    def read():
        table = schema.alerts
        query = select(table.c.device, table.c.seq, table.c.serial, table.c.detail)
        with database.reading(engine) as connection:
            rows = connection.execute(query.where(table.c.kind == "undone_twice").order_by(table.c.id))
            return [(f"{row.device}-{row.seq}", row.serial, row.detail) for row in rows]

    return read


def test_two_tills_that_give_one_thing_back_are_told(enrolled, push, told, gtin):
    one, two = enrolled("HT01A"), enrolled("HT01B")
    one.sell(gtin, 1)
    one.undo("refund", "HT01A", 1, gtin, 1, unharmed=True)
    two.undo("refund", "HT01A", 1, gtin, 1, unharmed=False)
    push(one)
    assert told() == []
    push(two)
    assert told() == [("HT01B-1", 1, {"sale": "HT01A-1", "undone": ["HT01A-2", "HT01B-1"]})]
    push(two)
    assert len(told()) == 1


def test_what_came_back_before_its_sale_is_told_with_the_sale(enrolled, push, told, gtin):
    one, two = enrolled("HT01A"), enrolled("HT01B")
    one.sell(gtin, 1)
    for till in (one, two):
        till.undo("void", "HT01A", 1, gtin, 1)
    push(two)
    assert told() == []
    push(one)
    ((entry, _, detail),) = told()
    assert entry == "HT01A-2" and sorted(detail["undone"]) == ["HT01A-2", "HT01B-1"]


def test_only_what_is_more_than_was_sold_is_told(enrolled, push, told, gtin):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    device.sell(gtin, 1)
    device.undo("refund", "HT01A", 1, gtin, 1, unharmed=True)
    device.undo("refund", "HT01A", 2, gtin, 1, unharmed=True)
    device.undo("refund", "HT01A", 2, gtin, 1, line=2, unharmed=True)
    push(device)
    assert told() == []
    device.undo("refund", "HT01A", 2, gtin, 1, unharmed=True)
    push(device, 6)
    assert [(entry, detail["sale"]) for entry, _, detail in told()] == [("HT01A-6", "HT01A-2")]
