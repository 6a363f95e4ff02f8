"""What the office counts, from real ingested journals."""

import pytest
from sqlalchemy import update

from kiosk import calendar
from office import schema
from office.books import reports
from office.outlets.ingest import ingest
from office.reporting import sales
from office.reporting.periods import Span
from office.storage import database
from office.times import local_date


@pytest.fixture
def push(engine, now):
    return lambda device: ingest(engine, device.name, device.segment(), now)


@pytest.fixture
def report(engine):
    def call(function, *arguments, **named):
        with database.reading(engine) as connection:
            return function(connection, *arguments, **named)

    return call


@pytest.fixture
def sold(enrolled, push, gtin, other_gtin):
    """HT01 sold two honeys, HT02 one tea."""
    first, second = enrolled("HT01A"), enrolled("HT02A", "HT02")
    first.sell(gtin, 1)
    first.sell(gtin, 2)
    second.sell(other_gtin, 1, price=60000)
    push(first)
    push(second)


def test_a_period_begins_at_midnight_in_vietnam(enrolled, push, report, gtin, now):
    midnight = calendar.start_of(calendar.date_of(now))
    device = enrolled("HT01A")
    for serial, at in ((1, midnight - 1), (2, midnight)):
        device.sell(gtin, serial)
        body = device.entries.pop()[1]
        device.add("sale", body, at=at)
    push(device)
    starts = [reports.since(period, now) for period in reports.PERIODS]
    today = local_date(now)
    assert [report(sales.receipts, Span(local_date(start), today)) for start in starts] == [1, 2, 2]
    assert reports.since("7d", now) == midnight - 6 * calendar.DAY_MS


def test_held_sales_are_listed_and_marked(sold, engine, report, now):
    with database.writing(engine) as connection:
        connection.execute(update(schema.sales).where(schema.sales.c.device == "HT02A").values(held=True))
    assert [(row.number, row.held) for row in report(reports.sales, 0)] == [
        ("HT01A-2", False), ("HT02A-1", True), ("HT01A-1", False),
    ]  # fmt: skip


def test_the_list_of_sales_can_be_one_outlet_s(sold, report, now):
    (row,) = report(reports.sales, 0, "HT02")
    assert (row.number, row.outlet, row.pieces, row.total, row.at) == ("HT02A-1", "HT02", 1, 60000, now)
    assert report(reports.sales, now + 1) == []


def test_stamps_are_counted_from_issue_to_sale(sold, report):
    # Tea has no issued stamps here, so its serial lies in no batch.
    assert report(reports.stamps) == reports.Stamps(issued=100, activated=50, sold=2, void=0)


def test_a_stamp_sold_twice_is_one_sold_stamp(enrolled, push, report, gtin):
    for name, outlet in (("HT01A", "HT01"), ("HT02A", "HT02")):
        device = enrolled(name, outlet)
        device.sell(gtin, 7)
        push(device)
    assert report(reports.stamps).sold == 1
    alerts = report(reports.open_alerts)
    assert [alert["kind"] for alert in alerts] == ["sold_twice"]
    assert report(reports.open_alert_count) == 1


def test_closed_alerts_are_not_open(enrolled, push, engine, report, gtin, now):
    device = enrolled("HT01A")
    device.sell(gtin, 7, total=1)
    push(device)
    assert report(reports.open_alert_count) > 0
    with database.writing(engine) as connection:
        connection.execute(update(schema.alerts).values(closed_at=now, closed_by="lan"))
    assert report(reports.open_alerts) == []
    assert report(reports.open_alert_count) == 0


def test_devices_tell_how_far_their_journal_is_stored(sold, report):
    assert [(row.id, row.outlet, row.state, row.acked_seq) for row in report(reports.devices)] == [
        ("HT01A", "HT01", "active", 2), ("HT02A", "HT02", "active", 1),
    ]  # fmt: skip


def test_outlets_name_their_newest_catalogue(engine, report, now):
    assert [row.catalogue for row in report(reports.outlets)] == [None, None]
    rows = [
        {"outlet": "HT01", "version": version, "issued": version, "sha256": "", "envelope": b""}
        for version in (now, now + 5)
    ]
    with database.writing(engine) as connection:
        connection.execute(schema.catalogue_versions.insert(), rows)
    assert [(row.code, row.catalogue) for row in report(reports.outlets)] == [
        ("HT01", now + 5),
        ("HT02", None),
    ]
