import pytest
from sqlalchemy import select, update

from office import schema
from office.alerting import silence
from office.storage import database

HOUR = 3_600_000


@pytest.fixture
def alerts(engine):
    def read():
        table = schema.alerts
        with database.reading(engine) as connection:
            query = select(table.c.kind, table.c.device, table.c.detail, table.c.closed_at)
            return [tuple(row) for row in connection.execute(query.order_by(table.c.id))]

    return read


def heard(engine, device, at):
    with database.writing(engine) as connection:
        connection.execute(update(schema.devices).where(schema.devices.c.id == device).values(seen_at=at))


def test_a_silent_device_is_told_of_once_and_the_alert_closes_when_it_is_heard(engine, enrolled, alerts, now):
    enrolled("HT01A")
    enrolled("HT02A", "HT02")
    heard(engine, "HT02A", now + 47 * HOUR)
    silence.look(engine, now + 48 * HOUR, 48)
    assert alerts() == []
    for _ in range(2):
        silence.look(engine, now + 48 * HOUR + 1, 48)
    assert alerts() == [("silent", "HT01A", {"since": "23/11/2026 15:00"}, None)]
    heard(engine, "HT01A", now + 49 * HOUR)
    silence.look(engine, now + 49 * HOUR, 48)
    assert alerts()[0][3] == now + 49 * HOUR
    silence.look(engine, now + 98 * HOUR, 48)  # and again the next time
    assert sorted(device for _, device, _, closed in alerts() if closed is None) == ["HT01A", "HT02A"]


def test_a_revoked_device_may_be_silent(engine, enrolled, alerts, now):
    enrolled("HT01A")
    with database.writing(engine) as connection:
        connection.execute(update(schema.devices).values(state="revoked"))
    silence.look(engine, now + 1000 * HOUR, 48)
    assert alerts() == []
