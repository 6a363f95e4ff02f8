"""Alerts from scans at two places, and from lots with more stamps than packs: from real journals, through ingest."""

import pytest
from sqlalchemy import select, update

from office import registry, schema, stamps
from office.alerting import far_apart, overproduced
from office.outlets.ingest import ingest
from office.storage import database

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
PLACES = {"HT01": (1834281, 10590562), "HT02": (1807000, 10630000)}  # Hà Tĩnh and Kỳ Anh, some 52 km


@pytest.fixture
def placed(engine):
    with database.writing(engine) as connection:
        table = schema.outlets
        for code, (lat, lon) in PLACES.items():
            connection.execute(update(table).where(table.c.code == code).values(lat_e5=lat, lon_e5=lon))


@pytest.fixture
def alerts(engine):
    def read(kind="far_apart"):
        table = schema.alerts
        with database.reading(engine) as connection:
            query = select(table).where(table.c.kind == kind).order_by(table.c.id)
            return [dict(row) for row in connection.execute(query).mappings()]

    return read


@pytest.fixture
def scan(engine, enrolled, gtin, now):
    """A device reads a stamp of serial 7 at a time, and its journal arrives."""
    known = {}

    def do(name, at, clock="sure", arrives=None, **changes):
        from sync import canonical, journal

        if name not in known:
            known[name] = enrolled(name, name[:4])
        device = known[name]
        body = {"v": 1, "reader": "camera-shopper", "purpose": "look", "verdict": "genuine", "action": "show",
                "kind": "stamp", "length": 161, "gtin": gtin, "serial": 7, "catalogue": 0, "age": "fresh"} | changes  # fmt: skip
        seq, data = len(device.entries) + 1, canonical.encode(body)
        device.add_raw(journal.header_bytes(name, seq, at, 1000 * seq, clock, "scan", data), data)
        ingest(engine, name, device.segment(), now + DAY if arrives is None else arrives)

    return do


def test_the_distance_is_the_one_on_the_map():
    hatinh, hanoi = (18.34281, 105.90562), (21.0285, 105.8542)
    assert round(far_apart.distance(*hatinh, *hanoi)) == 299
    assert far_apart.distance(*hatinh, *hatinh) == 0


def test_a_stamp_at_two_places_too_soon_is_told_of_once(placed, scan, alerts, gtin, now):
    scan("HT01A", now)
    scan("HT02A", now + 5 * MINUTE)
    (alert,) = alerts()
    assert alert["detail"] == {"km": 52, "minutes": 5, "scans": ["HT02A-1", "HT01A-1"]}
    assert (alert["gtin"], alert["serial"], alert["device"], alert["seq"]) == (gtin, 7, "HT02A", 1)
    scan("HT01A", now + 6 * MINUTE)
    assert len(alerts()) == 1


def test_it_does_not_matter_whose_journal_arrives_first(placed, scan, alerts, now):
    scan("HT02A", now + 5 * MINUTE)
    scan("HT01A", now)
    assert alerts()[0]["detail"]["minutes"] == 5


@pytest.mark.parametrize("purpose", ["receive", "sell", "return", "look"])
def test_goods_that_were_carried_there_raise_none(placed, scan, alerts, now, purpose):
    """A transfer, a shopper who brings something back: as long as a road takes, or longer."""
    scan("HT01A", now, purpose="look")
    scan("HT02A", now + 40 * MINUTE, purpose=purpose)
    scan("HT01A", now + 2 * HOUR)
    assert alerts() == []


def test_refunds_sales_and_transfers_of_one_stamp_raise_none(placed, engine, enrolled, alerts, gtin, now):
    one, other = enrolled("HT01A"), enrolled("HT02A", "HT02")
    one.sell(gtin, 7)
    one.undo("refund", "HT01A", 1, gtin, 7, unharmed=True)
    one.add(
        "transfer", {"v": 1, "staff": "An", "to": "HT02", "lines": [{"gtin": gtin, "qty": 1, "serial": 7}]}
    )
    other.sell(gtin, 7)
    for device in (one, other):
        ingest(engine, device.name, device.segment(), now)
    assert alerts() == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"clock": "unsure"}, {}),
        ({}, {"clock": "unsure"}),
        ({"kind": "typed"}, {}),  # a number read out over the telephone
        ({}, {"kind": "typed"}),
        ({"verdict": "bad_signature"}, {}),  # anybody can write a number
        ({}, {"serial": 8}),
        ({"arrives": 1_795_420_800_000 - 3 * MINUTE}, {}),  # a clock that is ahead of the office's
    ],
)
def test_what_proves_nothing_raises_none(placed, scan, alerts, now, first, second):
    scan("HT01A", now, **first)
    scan("HT02A", now + 5 * MINUTE, **second)
    assert alerts() == []


def test_two_devices_of_one_outlet_and_outlets_of_one_town_raise_none(engine, placed, scan, alerts, now):
    scan("HT01A", now)
    scan("HT01B", now + 1000)
    with database.writing(engine) as connection:
        table = schema.outlets
        near = {"lat_e5": PLACES["HT01"][0] + 3000, "lon_e5": PLACES["HT01"][1]}
        connection.execute(update(table).where(table.c.code == "HT02").values(**near))
    scan("HT02A", now + 2000)
    assert alerts() == []


def test_outlets_whose_place_nobody_knows_raise_none(scan, alerts, now):
    scan("HT01A", now)
    scan("HT02A", now + 1000)
    assert alerts() == []


def test_a_device_that_is_held_back_accuses_nobody(engine, placed, scan, alerts, now):
    scan("HT01A", now)
    scan("HT02A", now + 10 * HOUR)
    with database.writing(engine) as connection:
        table = schema.devices
        connection.execute(update(table).where(table.c.id == "HT02A").values(state="forked"))
    scan("HT02A", now + 1000)
    assert alerts() == []


def test_a_handled_alert_is_told_of_again(engine, placed, scan, alerts, now):
    from office.alerting import alerts as desk

    scan("HT01A", now)
    scan("HT02A", now + MINUTE)
    with database.writing(engine) as connection:
        desk.handle(connection, alerts()[0]["id"], "đã xem", "test", now)
    scan("HT02A", now + 2 * MINUTE)
    assert [alert["closed_at"] is None for alert in alerts()] == [False, True]


# --- more activated than produced ---------------------------------------------------------------


def produced(engine, quantity, lot="L1"):
    with database.writing(engine) as connection:
        table = schema.lots
        connection.execute(update(table).where(table.c.id == lot).values(quantity=quantity))


def test_a_lot_with_more_stamps_than_packs_is_told_of_until_it_is_corrected(
    engine, alerts, enrolled, gtin, now
):
    produced(engine, 50)
    overproduced.look(engine, now)
    assert alerts("overproduced") == []
    device = enrolled("HT01A")
    for serial in (1, 2, 3):
        device.sell(gtin, serial)
    device.undo("refund", "HT01A", 3, gtin, 3, unharmed=True)
    ingest(engine, "HT01A", device.segment(), now)
    with database.writing(engine) as connection:
        stamps.activate(connection, gtin, 51, 60, "L1", "test", now)
    for _ in range(2):
        overproduced.look(engine, now + 1)
    (alert,) = alerts("overproduced")
    assert alert["detail"] == {"lot": "L1", "produced": 50, "activated": 60, "sold": 2}
    produced(engine, 60)
    overproduced.look(engine, now + 2)
    assert alerts("overproduced")[0]["closed_at"] == now + 2
    produced(engine, 1)
    overproduced.look(engine, now + 3)
    assert alerts("overproduced")[1]["detail"]["sold"] == 2  # now more is sold than was made


def test_stamps_declared_void_are_no_packs(engine, alerts, gtin, now):
    produced(engine, 45)
    overproduced.look(engine, now)
    assert len(alerts("overproduced")) == 1
    with database.writing(engine) as connection:
        stamps.void(connection, gtin, 48, 55, "hỏng", "test", now)  # three of them activated
    overproduced.look(engine, now + 1)
    assert alerts("overproduced")[0]["closed_at"] is None
    with database.writing(engine) as connection:
        stamps.void(connection, gtin, 46, 47, "hỏng", "test", now)
    overproduced.look(engine, now + 2)
    assert alerts("overproduced")[0]["closed_at"] == now + 2


def test_a_lot_whose_quantity_nobody_wrote_down_raises_none(engine, alerts, now):
    overproduced.look(engine, now)
    assert alerts("overproduced") == []


def test_sales_that_are_held_do_not_count(engine, enrolled, gtin, now):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    ingest(engine, "HT01A", device.segment(), now)
    produced(engine, 10)
    with database.writing(engine) as connection:
        assert overproduced.figures(connection, "L1").by_outlet == [("HT01", "Điểm 1", 1)]
        connection.execute(update(schema.sales).values(held=True))
        assert overproduced.figures(connection, "L1").sold == 0
        assert overproduced.figures(connection, "no such lot") is None
        registry.put(connection, registry.Outlet(code="HT03", name="Điểm 3"), "test", now)
