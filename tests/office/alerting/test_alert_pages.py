"""Alerts at the desk: the evidence is shown, and who handled it leaves a note."""

import pytest
from sqlalchemy import select, update

from office import schema
from office.alerting import alerts, overproduced
from office.outlets.ingest import ingest
from office.resolver import phone_looks
from office.storage import database


@pytest.fixture
def twice(enrolled, engine, gtin, now):
    """Stamp 7 sold at both outlets; the number of the alert."""
    for name, outlet in (("HT01A", "HT01"), ("HT02A", "HT02")):
        device = enrolled(name, outlet)
        device.sell(gtin, 7)
        ingest(engine, device.name, device.segment(), now)
    with database.reading(engine) as connection:
        (alert,) = alerts.listed(connection, "open")
    assert alert["kind"] == "sold_twice"
    return alert["id"]


async def test_a_stamp_sold_twice_shows_both_receipts(desk, twice):
    await desk.log_in("viewer")
    assert f'href="/office/alerts/{twice}"' in await desk.get("/office/alerts")
    page = await desk.get(f"/office/alerts/{twice}")
    for known in ("/R/HT01A/1/", "/R/HT02A/1/", "Điểm 1", "Điểm 2", "tem số 7", "185.000"):
        assert known in page
    assert '<form method="post" class="record-form">' not in page


async def test_a_handled_alert_leaves_the_list_with_its_note_and_can_be_opened_again(desk, twice):
    await desk.log_in("inspector")
    path = f"/office/alerts/{twice}"
    assert await desk.post(path, act="handle", note="Đã gọi <b>HT02</b>") == path
    page = await desk.get(path)
    assert "Đã gọi &lt;b&gt;HT02&lt;/b&gt;" in page and "inspector" in page
    assert path not in await desk.get("/office/alerts")
    assert path in await desk.get("/office/alerts?state=handled&kind=sold_twice")
    assert path not in await desk.get("/office/alerts?state=handled&kind=fork")
    assert "đã được xử lý" in await desk.post(path, 422, act="handle", note="x")
    assert await desk.post(path, act="reopen") == path
    assert path in await desk.get("/office/alerts")
    with database.reading(desk.engine) as connection:
        acts = connection.execute(select(schema.audit.c.action, schema.audit.c.who)).all()
    assert [row for row in acts if row.action.startswith("alert")] == [
        ("alert-handle", "inspector"), ("alert-reopen", "inspector"),
    ]  # fmt: skip


async def test_an_alert_is_not_handled_without_a_note_nor_one_that_is_not_there(desk, twice):
    await desk.log_in("officer")
    for note in ("", "x" * 1001):
        assert "1 đến 1000" in await desk.post(f"/office/alerts/{twice}", 422, act="handle", note=note)
    await desk.post("/office/alerts/999999", 404, act="handle", note="x")
    await desk.get("/office/alerts/999999", 404)
    with database.reading(desk.engine) as connection:
        assert alerts.count(connection, "open") == 1


async def test_two_places_stand_on_the_map_and_in_words_beside_their_receipts(desk, engine, twice):
    with database.writing(engine) as connection:
        table = schema.outlets
        for code, lat, lon in (("HT01", 1834281, 10590562), ("HT02", 1807000, 10630000)):
            connection.execute(update(table).where(table.c.code == code).values(lat_e5=lat, lon_e5=lon))
    await desk.log_in("viewer")
    page = await desk.get(f"/office/alerts/{twice}?lang=en")
    assert 'aria-label="Map of Hà Tĩnh: 1 Điểm 1, 2 Điểm 2"' in page
    assert page.count('class="paper-slip"') == 2
    assert page.count('class="meant"') == 2
    assert "A stamp is sold once" in page


async def test_a_sale_that_was_taken_back_meanwhile_says_so(desk, enrolled, engine, gtin, now):
    device = enrolled("HT01A")
    device.sell(gtin, 7, "unknown_serial", flagged=True)
    device.undo("void", "HT01A", 1, gtin, 7)
    ingest(engine, "HT01A", device.segment(), now)
    with database.reading(engine) as connection:
        (alert,) = alerts.listed(connection, "open")
    await desk.log_in("viewer")
    assert "đã huỷ hoặc trả lại" in await desk.get(f"/office/alerts/{alert['id']}")


async def test_phones_that_looked_the_stamp_up_stand_there_by_the_day(desk, engine, twice, gtin, now):
    with database.writing(engine) as connection:
        phone_looks.add(connection, [phone_looks.Look(now + at, gtin, 7) for at in range(3)])
    await desk.log_in("viewer")
    assert "3 lần, lần cuối" in await desk.get(f"/office/alerts/{twice}")


async def test_a_lot_with_too_many_stamps_shows_how_it_stands(desk, enrolled, engine, gtin, now):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    ingest(engine, "HT01A", device.segment(), now)
    with database.writing(engine) as connection:
        table = schema.lots
        connection.execute(update(table).where(table.c.id == "L1").values(quantity=40))
    overproduced.look(engine, now)
    with database.reading(engine) as connection:
        (alert,) = alerts.listed(connection, "open")
    await desk.log_in("viewer")
    page = await desk.get(f"/office/alerts/{alert['id']}")
    for known in ("<dd>40</dd>", "<dd>50</dd>", "<dd>1</dd>", "Điểm 1", "MO-01"):
        assert known in page


async def test_what_was_given_back_twice_shows_the_sale(desk, enrolled, engine, gtin, now):
    first, second = enrolled("HT01A"), enrolled("HT01B")
    first.sell(gtin, None)
    for till in (first, second):
        till.undo("refund", "HT01A", 1, gtin, None, unharmed=True)
        ingest(engine, till.name, till.segment(), now)
    with database.reading(engine) as connection:
        (alert,) = alerts.listed(connection, "open", "undone_twice")
    await desk.log_in("viewer")
    page = await desk.get(f"/office/alerts/{alert['id']}")
    for known in ("/R/HT01A/1/", "đơn bán: HT01A-1", "HT01A-2, HT01B-1", "cả hai ngăn kéo"):
        assert known in page
