"""A forked journal: both branches are looked at, and a person decides whose sales count."""

import json

import pytest
from sqlalchemy import select

from office import schema
from office.books import branches
from office.commands import main as commands
from office.outlets import journals
from office.outlets.ingest import ingest
from office.publishing import contents
from office.registry import RegistryError
from office.storage import database


@pytest.fixture
def rows(engine):
    def read(table, *names):
        with database.reading(engine) as connection:
            query = select(*(table.c[name] for name in names)).order_by(*(table.c[name] for name in names))
            return [tuple(row) for row in connection.execute(query)]

    return read


class Forked:
    """HT01A sold stamp 1 on both cards, then 2 and 5 on the one, 3 and 4 on the other; of all that, 1 and 2
    counted before the fork was known."""

    def __init__(self, engine, device, gtin, now):
        self.engine, self.device, self.gtin, self.now = engine, device, gtin, now
        device.sell(gtin, 1)
        self.twin = device.copy()
        device.sell(gtin, 2)
        self.push(device)
        self.twin.sell(gtin, 3)
        self.twin.sell(gtin, 4)
        self.push(self.twin)
        device.sell(gtin, 5)
        self.push(device)

    def push(self, device):
        ingest(self.engine, "HT01A", device.segment(), self.now)

    def act(self, what, branch, *more):
        with database.writing(self.engine) as connection:
            what(connection, "HT01A", branch, *more, "An", self.now)

    def sold(self):
        """Serials in the sold set, and the mark of HT01A."""
        with database.reading(self.engine) as connection:
            sets = contents.Sold(connection)
            found = [ordinal + 1 for ordinal in sets.ordinals("sold_outlet", "HT01")]
            return found, sets.marks("sold_outlet", "HT01").get("HT01A", [0])[0]

    def mark(self):
        """The hash at HT01A's mark."""
        with database.reading(self.engine) as connection:
            return connection.execute(select(schema.devices.c.mark_hash)).scalar_one()

    def amount(self):
        """Đồng in the reports."""
        table = schema.sales_rollups
        with database.reading(self.engine) as connection:
            figures = connection.execute(
                select(table.c.amount).where(
                    table.c.span == "month", table.c.outlet == "HT01", table.c.gtin == self.gtin
                )
            )
            return sum(figures.scalars())


@pytest.fixture
def forked(engine, enrolled, gtin, now):
    return Forked(engine, enrolled("HT01A"), gtin, now)


PRICE = 185000


def test_both_branches_are_shown_with_their_sales(forked, engine):
    with database.reading(engine) as connection:
        first, second = branches.of_device(connection, "HT01A")
    assert (first.number, first.first, first.last, first.sales, first.total, first.held) == (
        0,
        1,
        3,
        3,
        3 * PRICE,
        1,
    )
    assert (second.number, second.first, second.last, second.sales, second.held) == (1, 2, 3, 2, 2)
    assert [(one.number, one.held) for one in second.newest] == [("HT01A-3", True), ("HT01A-2", True)]
    assert first.decision == second.decision == ""


def test_an_accepted_branch_counts_and_what_it_sells_later_too(forked, rows):
    assert forked.sold() == ([1, 2], 2)
    forked.act(branches.accept, 0, "the card in the till")
    assert forked.sold() == ([1, 2, 5], 2)
    assert forked.amount() == 3 * PRICE
    forked.device.sell(forked.gtin, 6)
    forked.push(forked.device)
    assert forked.sold() == ([1, 2, 5, 6], 4)
    forked.twin.sell(forked.gtin, 7)
    forked.push(forked.twin)  # nobody has decided on that one
    assert forked.sold() == ([1, 2, 5, 6], 4)
    assert rows(schema.devices, "state") == [("forked",)]
    forked.act(branches.accept, 1, "the other till, set up from a copy")
    assert forked.sold() == ([1, 2, 3, 4, 5, 6, 7], 4)
    assert forked.amount() == 7 * PRICE
    assert rows(schema.devices, "state") == [("active",)]
    assert rows(schema.alerts, "kind", "closed_by") == [("fork", "office")]


def test_a_branch_that_was_set_aside_stays_out_for_good(forked, rows):
    forked.act(branches.accept, 0, "the card in the till")
    forked.act(branches.set_aside, 1, "nobody has such receipts")
    assert rows(schema.devices, "state") == [("active",)]
    forked.twin.sell(forked.gtin, 7)
    forked.push(forked.twin)
    forked.device.sell(forked.gtin, 8)
    forked.push(forked.device)
    assert forked.sold() == ([1, 2, 5, 8], 4)
    assert forked.amount() == 4 * PRICE


@pytest.mark.parametrize("branch", [0, 1])
def test_a_decision_can_be_undone(forked, rows, branch):
    before = forked.sold(), forked.amount(), rows(schema.sales, "seq", "held")
    forked.act(branches.accept, branch, "x")
    assert forked.sold() != before[0]
    forked.act(branches.reopen, branch)
    assert (forked.sold(), forked.amount(), rows(schema.sales, "seq", "held")) == before
    assert rows(schema.devices, "state") == [("forked",)]
    assert [action for (action,) in rows(schema.audit, "action") if action.startswith("branch")] == [
        "branch-accept",
        "branch-reopen",
    ]


def test_the_alert_of_a_fork_is_open_again_once_a_decision_is_undone(forked, rows):
    forked.act(branches.accept, 0, "x")
    forked.act(branches.set_aside, 1, "x")
    assert ("fork", None) not in rows(schema.alerts, "kind", "closed_at")
    forked.act(branches.reopen, 0)
    assert ("fork", None) in rows(schema.alerts, "kind", "closed_at")


def test_the_mark_goes_back_with_the_sales_that_are_held_again(forked):
    forked.act(branches.accept, 0, "x")
    forked.device.sell(forked.gtin, 6)
    forked.push(forked.device)
    assert forked.sold() == ([1, 2, 5, 6], 4)
    forked.act(branches.reopen, 0)
    assert forked.sold() == ([1, 2], 2)  # a till that believed 4 would sell 5 and 6 again
    assert forked.mark() == forked.device.hash_at(2)


def test_the_other_tills_follow_the_branch_that_was_accepted(forked, engine):
    def followed():
        with database.reading(engine) as connection:
            return [entry.hash for entry in journals.part(connection, "HT01A", 1).entries]

    ours, theirs = ([card.hash_at(n) for n in range(1, 4)] for card in (forked.device, forked.twin))
    assert followed() == ours  # nobody has decided
    forked.act(branches.accept, 1, "the other till, set up from a copy")
    assert (followed(), forked.mark()) == (theirs, theirs[-1])
    forked.act(branches.accept, 0, "this one too")
    assert (followed(), forked.mark()) == (ours, ours[-1])
    forked.act(branches.reopen, 0)
    assert (followed(), forked.mark()) == (theirs, theirs[-1])
    forked.act(branches.reopen, 1)
    assert (followed(), forked.mark()) == (ours, ours[1])  # what came behind is held


def test_a_second_fork_holds_the_new_branch_only(forked, rows):
    forked.act(branches.accept, 0, "x")
    forked.act(branches.set_aside, 1, "x")
    again = forked.device.copy()
    forked.device.sell(forked.gtin, 6)
    forked.push(forked.device)
    again.sell(forked.gtin, 7)
    forked.push(again)
    assert rows(schema.devices, "state") == [("forked",)]
    assert forked.sold() == ([1, 2, 5, 6], 4)
    forked.act(branches.accept, 2, "x")
    assert forked.sold() == ([1, 2, 5, 6, 7], 4)


def test_what_cannot_be_decided_is_refused_and_changes_nothing(forked, engine, enrolled, rows):
    enrolled("HT01B").sell(forked.gtin, 9)
    before = rows(schema.sales, "seq", "held")
    for what, device, branch, *more in (
        (branches.accept, "HT01A", 2, "x"),
        (branches.accept, "HT01A", -1, "x"),
        (branches.accept, "HT01A", 0, ""),
        (branches.accept, "HT01A", 0, "x" * 1001),
        (branches.accept, "HT01B", 0, "x"),
        (branches.set_aside, "HT09Z", 0, "x"),
        (branches.reopen, "HT01A", 0),
    ):
        with pytest.raises(RegistryError), database.writing(engine) as connection:
            what(connection, device, branch, *more, "An", forked.now)
    forked.act(branches.set_aside, 1, "x")
    with pytest.raises(RegistryError, match="already"):
        forked.act(branches.accept, 1, "x")
    assert rows(schema.sales, "seq", "held") == before


async def test_an_officer_decides_on_the_page(desk, forked, rows):
    await desk.log_in("officer")
    path = "/office/devices/HT01A/branches"
    page = await desk.get(path)
    assert "HT01A-3" in page and "chưa quyết định" in page
    form = {"csrf": desk.csrf, "branch": "1", "act": "accept"}
    answer = await desk.client.post(path, data=form)
    assert answer.status == 422 and "Hãy ghi" in await answer.text()
    answer = await desk.client.post(path, data=form | {"note": "máy thứ hai"}, allow_redirects=False)
    assert answer.status == 303
    page = await desk.get(path)
    assert "đã chấp nhận" in page and "máy thứ hai" in page
    assert forked.sold()[0] == [1, 2, 3, 4]
    answer = await desk.client.post(path, data=form | {"act": "reopen"}, allow_redirects=False)
    assert answer.status == 303
    assert forked.sold()[0] == [1, 2]
    assert (await desk.client.get("/office/devices/HT99Z/branches")).status == 404
    assert path in await desk.get("/office/fleet/HT01A")


def test_the_command_shows_and_decides(forked, config, monkeypatch, capsys):

    def run(*arguments):
        code = commands.main(["branches", "HT01A", "--config", str(config), "--json", *arguments])
        return code, json.loads(capsys.readouterr().out)

    _, shown = run()
    assert [(one["number"], one["held"], one["decision"]) for one in shown["branches"]] == [
        (0, 1, ""),
        (1, 2, ""),
    ]
    _, shown = run("--accept", "1", "--note", "the second till")
    assert [(one["held"], one["decision"]) for one in shown["branches"]] == [(1, ""), (0, "accepted")]
    _, shown = run("--reopen", "1")
    assert [one["held"] for one in shown["branches"]] == [1, 2]
