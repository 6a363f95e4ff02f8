"""Sales of a till whose clock was wrong count on the day on which they were made, once its journal tells; the journal
and what people see keep what was written beside it."""

from collections import Counter

import pytest
from sqlalchemy import select

from kiosk import calendar
from office import schema
from office.alerting import alerts
from office.books import branches, reports, rollups
from office.outlets import devices
from office.outlets.ingest import ingest
from office.pages import words
from office.storage import database, partitions
from sync import segments
from sync.damage import Kept

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
YEARS = 10 * 365 * DAY
PRICE = 185000


class Till:
    """HT01A: what its wall clock says is `off` by so much; `time` is the true one, ms UTC."""

    def __init__(self, engine, device, gtin, now):
        self.engine, self.device, self.gtin, self.now = engine, device, gtin, now
        self.time, self.off, self.clock, self.booted = now - 2 * DAY, 0, "sure", now - 3 * DAY
        self.serial = 0

    def _when(self):
        return {"at": self.time + self.off, "mono": self.time - self.booted, "clock": self.clock}

    def sell(self, count=1):
        """Each a minute later."""
        for _ in range(count):
            self.serial += 1
            self.time += MINUTE
            self.device.sell(self.gtin, self.serial, **self._when())

    def void(self, seq):
        self.time += MINUTE
        undone = [{"line": 1, "gtin": self.gtin, "serial": seq, "qty": 1, "amount": PRICE}]
        body = {"v": 1, "staff": "An", "device": "HT01A", "seq": seq, "lines": undone, "total": PRICE,
                "payments": [{"kind": "cash", "amount": PRICE}], "reason": "x"}  # fmt: skip
        self.device.add("void", body, **self._when())

    def boot(self, off, clock="unsure", after=MINUTE):
        """It starts again `after` so much, with a clock that is wrong."""
        self.time += after
        self.booted, self.off, self.clock = self.time - 5000, off, clock
        self.device.add("device_started", {"v": 1, "version": "1", "clock": clock}, **self._when())

    def put_right(self):
        self.time += MINUTE
        before, self.off, self.clock = self.time + self.off, 0, "sure"
        body = {"v": 1, "source": "office", "before": max(before, 0), "after": self.time}
        self.device.add("clock_set", body, **self._when())

    def push(self, first=1, last=None, device=None):
        device = device or self.device
        return ingest(self.engine, "HT01A", device.segment(first, last), self.now)

    def times(self):
        """Of each sale: (serial, when it counts, what was written)."""
        table = schema.sales
        with database.reading(self.engine) as connection:
            query = select(table.c.seq, table.c.at, table.c.written_at).order_by(table.c.seq)
            return [tuple(row) for row in connection.execute(query)]

    def sums(self):
        """Đồng sold and given back by day; adding up anew gives the same."""
        with database.writing(self.engine) as connection:
            before = self._sums(connection)
            rollups.rebuild(connection)
            assert self._sums(connection) == before
        return before

    def _sums(self, connection):
        table = schema.sales_rollups
        rows = connection.execute(select(table).where(table.c.span == "day", table.c.outlet == "HT01"))
        return {
            rollups.day_of(row.start).isoformat(): (row.receipts, row.amount, row.returned_amount)
            for row in rows
            if row.gtin == rollups.ALL and (row.amount or row.returned_amount)
        }

    def alerts(self, still_open=True):
        table = schema.alerts
        with database.reading(self.engine) as connection:
            query = select(table.c.kind, table.c.detail).order_by(table.c.id)
            if still_open:
                query = query.where(table.c.closed_at.is_(None))
            return [tuple(row) for row in connection.execute(query)]


@pytest.fixture
def till(engine, enrolled, gtin, now):
    partitions.make_ahead(engine, now)
    device = enrolled("HT01A")
    with database.writing(engine) as connection:
        connection.execute(schema.devices.update().values(enrolled_at=now - 30 * DAY))
    return Till(engine, device, gtin, now)


def day(at):
    return calendar.date_of(at)


@pytest.mark.parametrize("off", [-YEARS, 365 * DAY, 25 * HOUR], ids=["10 years ago", "next year", "25 hours"])
@pytest.mark.parametrize("at_once", [True, False], ids=["one push", "two pushes"])
def test_sales_of_a_wrong_clock_count_when_they_were_made(till, off, at_once):
    till.sell()
    till.boot(off)
    till.sell(2)
    till.void(3)
    true = till.time
    if not at_once:
        till.push()
        assert till.sums()[day(true)] == (1, PRICE, 0)
    till.put_right()
    till.sell()
    till.push()
    assert till.times() == [
        (1, true - 4 * MINUTE, None),
        (3, true - 2 * MINUTE, true - 2 * MINUTE + off),
        (4, true - MINUTE, true - MINUTE + off),
        (7, true + 2 * MINUTE, None),
    ]
    assert till.sums() == {day(true): (4, 4 * PRICE, PRICE)}
    told = {"clock_said": true - MINUTE + off, "true_time": true - MINUTE, "count": 2}
    assert till.alerts() == [("clock_wrong", told)]


def test_the_entries_keep_what_was_written(till):
    till.boot(-YEARS)
    till.sell()
    till.put_right()
    till.push()
    with database.reading(till.engine) as connection:
        stored = connection.execute(
            select(schema.entries.c.header, schema.entries.c.hash).order_by(schema.entries.c.seq)
        ).all()
    assert [(row.header, row.hash) for row in stored] == [
        (header, digest) for header, _, digest in till.device.entries
    ]


def test_a_clock_that_believed_itself_is_put_right_back_to_the_one_before(till):
    till.sell()  # right
    till.boot(3 * HOUR, "sure")
    till.sell(2)
    till.put_right()
    till.push()
    assert [written is None for _, _, written in till.times()] == [True, False, False]
    assert [at < till.time for _, at, _ in till.times()] == [True] * 3


def test_a_clock_that_was_off_by_little_is_put_right_untold(till):
    till.boot(-20 * MINUTE)
    till.sell()
    true = till.time
    till.put_right()
    till.push()
    assert till.times() == [(2, true, true - 20 * MINUTE)]
    assert till.alerts() == []


def test_of_an_earlier_start_only_what_cannot_be_true_is_guessed(till):
    till.sell()
    good = till.time
    till.boot(-YEARS)
    till.sell()  # ten years before the sale above: cannot be
    till.boot(-2 * HOUR, after=5 * HOUR)
    till.sell()  # after it, before the next start: may be
    own = till.time - 2 * HOUR
    till.boot(-YEARS - 5 * HOUR)
    till.sell()
    exact = till.time
    till.put_right()
    till.push()
    first, impossible, possible, last = till.times()
    assert first == (1, good, None)
    assert good <= impossible[1] <= exact and impossible[2] == good + 2 * MINUTE - YEARS
    assert possible == (5, own, None)
    assert last[1] == exact
    ((kind, detail),) = till.alerts()
    assert (kind, detail["count"], detail["guessed"]) == ("clock_wrong", 2, 1)


@pytest.mark.parametrize("at_once", [True, False], ids=["one push", "two pushes"])
def test_a_clock_that_came_back_by_itself_is_told_by_the_sure_entries_about_it(till, at_once):
    till.sell()
    till.off, till.clock = -YEARS, "unsure"
    till.sell()
    true = till.time
    if not at_once:
        till.push()
        assert till.times()[1] == (2, true, true - YEARS)  # by the sale before it
    till.off, till.clock = 0, "sure"
    till.sell()
    till.push()
    assert till.times() == [(1, true - MINUTE, None), (2, true, true - YEARS), (3, true + MINUTE, None)]
    assert [kind for kind, _ in till.alerts()] == ["clock_wrong"]


def test_an_unsure_start_is_told_by_the_first_sure_entry_in_it(till):
    till.boot(365 * DAY)
    till.sell()
    true = till.time
    till.push()
    till.off, till.clock = 0, "sure"
    till.sell()
    till.push()
    assert till.times() == [(2, true, true + 365 * DAY), (3, true + MINUTE, None)]


def test_a_clock_that_was_right_without_knowing_it_moves_nothing(till):
    till.boot(20_000)
    till.sell(2)
    till.put_right()
    till.push()
    assert [written for _, _, written in till.times()] == [None, None]


def test_a_device_that_enrolled_again_since_has_its_earlier_sales_where_it_wrote_them(till):
    till.boot(-HOUR)
    till.sell()
    own = till.time - HOUR
    till.boot(-YEARS)
    till.put_right()
    with database.writing(till.engine) as connection:
        connection.execute(schema.devices.update().values(enrolled_at=till.now))
    till.push()
    assert till.times() == [(2, own, None)]


def test_what_a_clock_set_before_told_stays(till):
    till.boot(-YEARS)
    till.sell()
    till.put_right()
    till.push()
    before = till.times()
    till.boot(2 * HOUR)
    till.sell()
    till.put_right()
    till.push()
    assert till.times()[:1] == before


def test_a_clock_put_beyond_the_offices_moves_nothing(till):
    till.boot(-YEARS)
    till.sell()
    body = {"v": 1, "source": "system", "before": till.time - YEARS, "after": till.time + 10 * DAY}
    till.device.add("clock_set", body, till.time + 10 * DAY, till.time - till.booted)
    till.push()
    assert till.times()[0][2] is None
    assert [kind for kind, _ in till.alerts()] == ["impossible_time"]


def test_an_entry_that_was_damaged_and_comes_whole_later_is_put_right_too(till):
    till.boot(-YEARS)
    till.sell(2)
    true = till.time
    till.put_right()
    damaged = [Kept(seq, *entry, seq == 3) for seq, entry in enumerate(till.device.entries, 1)]
    spoilt = [one if not one.damaged else one._replace(header=None, body=None) for one in damaged]
    data = segments.pack("HT01A", till.device.hash_at(0), spoilt, till.device.checkpoint)[0]
    ingest(till.engine, "HT01A", data, till.now)
    assert [seq for seq, _, _ in till.times()] == [2]
    till.push()
    assert till.times()[1] == (3, true, true - YEARS)
    assert till.sums() == {day(true): (2, 2 * PRICE, 0)}


def test_a_revoked_device_moves_nothing_that_was_there_before(till):
    till.boot(-YEARS)
    till.sell()
    till.push()
    before = till.times()
    with database.writing(till.engine) as connection:
        devices.revoke(connection, "HT01A", "An", till.now)
    till.sell()
    till.put_right()
    till.push()
    assert till.times()[:1] == before
    with database.writing(till.engine) as connection:
        assert branches.of_device(connection, "HT01A")[1].before == 1  # by the time that it was really made
        branches.accept(connection, "HT01A", -1, "x", "An", till.now)
    assert [at for _, at, _ in till.times()][1:] == [till.time - MINUTE]
    assert till.sums()[day(till.time)] == (1, PRICE, 0)


@pytest.mark.parametrize("off", [400 * DAY, -YEARS], ids=["to come", "before the enrolment"])
def test_a_time_that_cannot_be_is_told_until_the_clock_is_put_right(till, off):
    till.boot(off)
    till.sell(2)
    till.push()
    assert till.alerts() == [("impossible_time", {"count": 2})]
    till.sell()
    till.push()
    assert len(till.alerts()) == 1
    till.put_right()
    till.push()
    assert [kind for kind, _ in till.alerts()] == ["clock_wrong"]
    assert Counter(kind for kind, _ in till.alerts(False)) == {"impossible_time": 1, "clock_wrong": 1}


def test_a_time_that_no_calendar_has_does_not_stop_the_device(till):
    till.sell()
    till.time = 2**52
    till.sell()
    till.time = till.now
    till.sell()
    assert till.push().seq == 3
    assert [seq for seq, _, _ in till.times()] == [1, 3]
    assert [kind for kind, _ in till.alerts()] == ["quarantined"]


def test_undoing_and_the_sold_sets_go_by_the_line_whatever_its_time(till):
    till.boot(-YEARS)
    till.sell(2)
    till.push()
    till.put_right()
    till.push()
    till.void(2)
    till.push()
    with database.reading(till.engine) as connection:
        assert connection.execute(select(schema.batch_rollups.c.sold)).scalars().all() == [1]
    assert till.sums() == {day(till.time): (2, 2 * PRICE, PRICE)}


def test_people_see_both_times(till, gtin, now):
    till.boot(-YEARS)
    till.sell()
    true = till.time
    till.put_right()
    till.push()
    with database.reading(till.engine) as connection:
        (listed,) = reports.sales(connection, now - 10 * DAY)
        (alert,) = alerts.listed(connection, "open")
        (sale,) = alerts.evidence(connection, {"gtin": gtin, "serial": 1})
    assert (listed.at, listed.written_at) == (sale.at, sale.written_at) == (true, true - YEARS)
    assert any("2016" in line for line in words.details(alert["detail"], 0))


async def test_the_desks_list_and_the_receipt_show_both_times(desk, server, till):
    till.boot(-YEARS)
    till.sell()
    till.put_right()
    till.push()
    await desk.log_in("officer")
    assert "quầy ghi" in await desk.get("/office/sales?period=30d")
    with database.reading(till.engine) as connection:
        (sale,) = reports.sales(connection, 0)
    status, page = await server.call("GET", f"/R/HT01A/2/{sale.hash10}")
    assert status == 200 and "theo đồng hồ của quầy" in page.decode()
