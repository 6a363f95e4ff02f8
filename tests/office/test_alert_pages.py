"""Alerts at the desk: the evidence is shown, and who handled it leaves a note."""

import pytest
from sqlalchemy import select

from office import alerts, database, schema
from office.ingest import ingest


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
