"""What a till sends once it was revoked: held, shown, and counted only where an officer says so and it was sold before."""

import json

import pytest
from sqlalchemy import select

from office import schema
from office.books import branches, rollups, sold_counts
from office.commands import main as commands
from office.outlets import devices, journals
from office.outlets.ingest import ingest
from office.publishing import contents
from office.registry import RegistryError
from office.storage import database

HOUR = 3_600_000
PRICE = 185000


class Revoked:
    """HT01A sold stamp 1 and sent it; offline 2 and 3; was revoked; sold 4. Then all of it came."""

    def __init__(self, engine, device, gtin, now):
        self.engine, self.device, self.gtin, self.now = engine, device, gtin, now
        device.sell(gtin, 1, at=now - 5 * HOUR)
        self.push(device)
        device.sell(gtin, 2, at=now - 4 * HOUR)
        device.sell(gtin, 3, at=now - 3 * HOUR)
        self.at = now - 2 * HOUR
        with database.writing(engine) as connection:
            devices.revoke(connection, "HT01A", "An", self.at)
        device.sell(gtin, 4, at=now - HOUR)
        self.push(device)

    def push(self, device):
        ingest(self.engine, device.name, device.segment(), self.now)

    def act(self, what, branch, *more):
        with database.writing(self.engine) as connection:
            what(connection, "HT01A", branch, *more, "An", self.now)

    def branches(self):
        with database.reading(self.engine) as connection:
            return {one.number: one for one in branches.of_device(connection, "HT01A")}

    def sold(self):
        """Serials in the sold set."""
        with database.reading(self.engine) as connection:
            return [ordinal + 1 for ordinal in contents.Sold(connection).ordinals("sold_outlet", "HT01")]

    def sums(self):
        """What the reports have, once told to be right by adding it up anew."""
        with database.writing(self.engine) as connection:
            before = self._sums(connection)
            rollups.rebuild(connection)
            sold_counts.recount(connection)
            assert self._sums(connection) == before
        return before

    def _sums(self, connection):
        table, counts = schema.sales_rollups, schema.batch_rollups
        amount = select(table.c.amount).where(
            table.c.span == "month", table.c.outlet == "HT01", table.c.gtin == self.gtin
        )
        return sum(connection.execute(amount).scalars()), sum(
            connection.execute(select(counts.c.sold)).scalars()
        )

    def alerts(self):
        table = schema.alerts
        with database.reading(self.engine) as connection:
            query = select(table.c.kind, table.c.detail).where(table.c.closed_at.is_(None))
            return [tuple(row) for row in connection.execute(query.order_by(table.c.id))]


@pytest.fixture
def revoked(engine, enrolled, gtin, now):
    device = enrolled("HT01A")
    with database.writing(engine) as connection:
        connection.execute(schema.devices.update().values(enrolled_at=now - 24 * HOUR))
    return Revoked(engine, device, gtin, now)


def test_what_comes_after_the_revocation_is_held_shown_and_told(revoked, now):
    assert (revoked.sold(), revoked.sums()) == ([1], (PRICE, 1))
    found = revoked.branches()
    assert list(found) == [0, -1]
    late = found[-1]
    assert (late.sales, late.total, late.held) == (3, 3 * PRICE, 3)
    assert (late.since, late.until) == (now - 4 * HOUR, now - HOUR)
    assert (late.revoked_at, late.before, late.before_total) == (revoked.at, 2, 2 * PRICE)
    assert [one.number for one in late.newest] == ["HT01A-4", "HT01A-3", "HT01A-2"]
    assert revoked.alerts() == [("revoked_device", {}), ("revoked_sales", {"branch": -1})]


def test_accepting_counts_only_what_was_sold_before_the_revocation_and_is_here(revoked, now):
    revoked.act(branches.accept, -1, "compared with the paper")
    assert (revoked.sold(), revoked.sums()) == ([1, 2, 3], (3 * PRICE, 3))
    assert [kind for kind, _ in revoked.alerts()] == ["revoked_device"]
    revoked.device.sell(revoked.gtin, 5, at=now - 4 * HOUR)  # whoever has the key can write any time
    revoked.push(revoked.device)
    thief = revoked.device.copy()
    thief.entries = thief.entries[:2]
    thief.sell(revoked.gtin, 6, at=now - 4 * HOUR)
    revoked.push(thief)
    assert (revoked.sold(), revoked.sums()) == ([1, 2, 3], (3 * PRICE, 3))
    assert [kind for kind, _ in revoked.alerts()] == ["revoked_device", "revoked_sales"]
    late, forged = revoked.branches()[-1], revoked.branches()[-2]
    assert (late.held, late.before) == (2, 0)  # what stands behind a sale of after it was made after it
    assert (forged.sales, forged.held, forged.decision) == (1, 1, "")


def test_that_decision_can_be_undone(revoked):
    before = revoked.sold(), revoked.sums(), revoked.branches(), revoked.alerts()
    revoked.act(branches.accept, -1, "x")
    revoked.act(branches.reopen, -1)
    assert (revoked.sold(), revoked.sums(), revoked.branches(), revoked.alerts()) == before
    with database.reading(revoked.engine) as connection:
        told = connection.execute(select(schema.audit.c.action).order_by(schema.audit.c.id)).scalars().all()
        state = connection.execute(select(schema.devices.c.state)).scalar_one()
    assert told[-3:] == ["revoke", "branch-accept", "branch-reopen"]
    assert state == "revoked"


def test_set_aside_it_stays_held_and_the_alert_closes(revoked):
    revoked.act(branches.set_aside, -1, "nobody has such receipts")
    assert (revoked.sold(), revoked.sums()) == ([1], (PRICE, 1))
    assert [kind for kind, _ in revoked.alerts()] == ["revoked_device"]
    with pytest.raises(RegistryError, match="already"):
        revoked.act(branches.accept, -1, "x")


def test_a_decision_needs_a_note_and_a_branch(revoked):
    for branch, text in ((-1, ""), (-2, "x")):
        with pytest.raises(RegistryError):
            revoked.act(branches.accept, branch, text)
    assert revoked.sold() == [1]


def test_the_other_tills_do_not_follow_what_was_accepted(revoked, engine):
    revoked.act(branches.accept, -1, "x")
    with database.reading(engine) as connection:
        assert [entry.seq for entry in journals.part(connection, "HT01A", 1).entries] == [1]


def test_a_held_stamp_sold_again_elsewhere_is_told_as_held_whichever_comes_first(
    revoked, enrolled, engine, gtin, now
):
    other = enrolled("HT02A", "HT02")
    other.sell(gtin, 2)
    revoked.push(other)
    assert ("sold_twice", {"sales": ["HT01A-2", "HT02A-1"], "held": ["HT01A-2"]}) in revoked.alerts()
    other.sell(gtin, 9)
    revoked.push(other)
    revoked.device.sell(gtin, 9)
    revoked.push(revoked.device)
    assert ("sold_twice", {"sales": ["HT01A-5", "HT02A-2"], "held": ["HT01A-5"]}) in revoked.alerts()


def test_what_a_revoked_device_says_of_shoppers_and_itself_is_not_believed(revoked, engine, gtin):
    revoked.device.scan(gtin, 7)
    revoked.device.add("device_started", {"v": 1, "version": "9.9", "clock": "sure"})
    revoked.push(revoked.device)
    with database.reading(engine) as connection:
        assert connection.execute(select(schema.scans.c.seq)).all() == []
        assert connection.execute(select(schema.look_rollups.c.looks)).all() == []
        assert connection.execute(select(schema.devices.c.version)).scalar_one() == ""


async def test_an_officer_sees_them_and_decides_on_the_page(desk, revoked):
    await desk.log_in("officer")
    path = "/office/devices/HT01A/branches"
    page = await desk.get(path)
    assert "HT01A-4" in page and "Thiết bị này bị thu hồi lúc" in page and "370.000" in page
    form = {"csrf": desk.csrf, "branch": "-1", "act": "accept", "note": "đã so hoá đơn giấy"}
    answer = await desk.client.post(path, data=form, allow_redirects=False)
    assert answer.status == 303
    assert revoked.sold() == [1, 2, 3]
    answer = await desk.client.post(path, data=form | {"act": "reopen"}, allow_redirects=False)
    assert (answer.status, revoked.sold()) == (303, [1])


def test_the_command_shows_and_decides(revoked, config, capsys):
    def run(*arguments):
        code = commands.main(["branches", "HT01A", "--config", str(config), *arguments])
        return code, capsys.readouterr().out

    code, told = run()
    assert code == 0
    assert "branch -1: entries 2 to 4, 3 sales for 555000 đ, 3 of them held; not decided" in told
    assert "2 held sales for 370000 đ are of before" in told
    _, told = run("--json", "--accept", "-1", "--note", "compared with the paper")
    assert [(one["held"], one["decision"]) for one in json.loads(told)["branches"]] == [
        (0, ""),
        (1, "accepted"),
    ]


async def test_its_receipt_page_says_that_it_is_being_checked(server, revoked):
    late = revoked.branches()[-1].newest[0]
    path = f"/R/{late.number.replace('-', '/')}/{late.hash10}"
    status, page = await server.call("GET", path)
    assert status == 200 and "Đã nhận, đang kiểm tra" in page.decode()
