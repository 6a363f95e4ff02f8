"""Sales and looks added up by day and month: always what the rows say."""

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import select, text

from kiosk import calendar
from office import schema
from office.books import rollups
from office.outlets import devices
from office.outlets.ingest import ingest
from office.storage import database


@pytest.fixture
def push(engine, now):
    return lambda device: ingest(engine, device.name, device.segment(), now)


@pytest.fixture
def added(engine):
    """Rows of a rollup by (outlet, gtin), of one span: only those figures that are not 0, those of all outlets apart."""

    def call(table, span="day"):
        sums = defaultdict(dict)
        with database.reading(engine) as connection:
            for row in connection.execute(select(table).where(table.c.span == span)).mappings():
                keys = {"span", "start", "outlet", "gtin"}
                figures = {name: value for name, value in row.items() if name not in keys and value}
                sums[row["outlet"], row["gtin"]][row["start"]] = figures
        for outlet, gtin in list(sums):
            if outlet == rollups.ALL:  # there is one outlet
                assert sums.pop((outlet, gtin)) == sums["HT01", gtin]
        return dict(sums)

    return call


def day(at):
    return rollups.day_number(date.fromisoformat(calendar.date_of(at)))


def test_a_sale_stands_in_its_day_and_its_month(enrolled, push, added, gtin, now):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    device.sell(gtin, None)
    push(device)
    today = day(now)
    expected = {
        ("HT01", "*"): {today: {"receipts": 2, "lines": 2, "qty": 2, "amount": 370000, "stamps": 1}},
        ("HT01", gtin): {today: {"lines": 2, "qty": 2, "amount": 370000, "stamps": 1}},
    }
    assert added(schema.sales_rollups) == expected
    first = rollups.day_number(rollups.day_of(today).replace(day=1))
    assert added(schema.sales_rollups, "month") == {
        key: {first: figures[today]} for key, figures in expected.items()
    }


def test_the_same_segment_again_adds_nothing(enrolled, push, added, gtin):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    push(device)
    before = added(schema.sales_rollups)
    push(device)
    assert added(schema.sales_rollups) == before


def test_what_comes_back_counts_on_the_day_it_comes_back(enrolled, push, added, gtin, now):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    push(device)
    device.undo("refund", "HT01A", 1, gtin, 1, unharmed=True)
    push(device)
    figures = added(schema.sales_rollups)["HT01", gtin][day(now)]
    assert (figures["amount"], figures["returned_amount"], figures["returned_qty"]) == (
        370000 // 2,
        185000,
        1,
    )


def test_held_sales_are_left_out_until_an_officer_agrees(engine, enrolled, push, added, gtin, now):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    push(device)
    before = added(schema.sales_rollups)
    second = enrolled("HT01B")
    with database.writing(engine) as connection:
        connection.execute(schema.renewals.insert().values(device="HT01B", replaces="HT01A", asked_at=now))
    second.sell(gtin, 2)
    second.undo("void", "HT01B", 1, gtin, 2)
    push(second)
    assert added(schema.sales_rollups) == before
    with database.writing(engine) as connection:
        devices.agree(connection, "HT01B", "An", now)
    after = added(schema.sales_rollups)["HT01", gtin][day(now)]
    assert (after["amount"], after["returned_amount"]) == (370000, 185000)
    assert added(schema.sales_rollups)["HT01", "*"][day(now)]["receipts"] == 2


def test_looks_are_added_up_those_that_are_only_counted_too(enrolled, push, added, gtin, now):
    device = enrolled("HT01A")
    device.scan(gtin, 1)
    device.scan(gtin, 2)
    device.add("scan", {"v": 2, "purpose": "look", "count": 40, "since": now, "until": now})
    push(device)
    assert added(schema.look_rollups) == {
        ("HT01", gtin): {day(now): {"looks": 2}},
        ("HT01", ""): {day(now): {"looks": 40}},
        ("HT01", "*"): {day(now): {"looks": 42}},
    }


@pytest.mark.only_on("postgresql")
@pytest.mark.timeout(60)
def test_two_who_add_to_the_same_days_in_another_order_do_not_wait_for_each_other(engine, gtin, now):
    """A push whose sales are of today may put earlier ones right, whose days another push is adding to."""
    today, earlier = ((at, gtin, 1, 1000, None) for at in (now, now - 3 * 86_400_000))

    def other_push():
        with database.writing(engine) as connection:
            rollups.add_sales(connection, "HT02", [], [earlier, today], [])

    with ThreadPoolExecutor(1) as threads:
        with database.writing(engine) as connection:
            rollups.add_sales(connection, "HT01", [], [today], [])
            other = threads.submit(other_push)
            waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            while not connection.execute(waiting).scalar_one():
                assert not other.done()
            rollups.add_sales(connection, "HT01", [], [earlier], [])
        other.result()
    with database.reading(engine) as connection:
        table = schema.sales_rollups
        both = (table.c.outlet == rollups.ALL) & (table.c.gtin == gtin) & (table.c.span == "day")
        assert connection.execute(select(table.c.lines).where(both)).scalars().all() == [2, 2]
