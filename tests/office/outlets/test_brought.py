"""An office that was restored has lost what a till's card has lost too: the outlet's other till brings its copies."""

import pytest
from sqlalchemy import select

from config import exits
from kiosk.host.link import peers as till_side
from office import schema
from office.audit import note
from office.books import branches
from office.commands import main
from office.outlets import devices, fleet
from office.outlets.brought import take
from office.outlets.ingest import UnknownPrevError, ingest
from office.publishing import contents
from office.registry import RegistryError
from office.storage import database
from office.times import now_ms
from sync.envelopes import SyncError
from sync.host.office import OfficeError

PRICE = 185_000


class Shop:
    """HT01A, which holds copies of what HT01B and HT01C wrote, and the office without these."""

    def __init__(self, engine, now):
        self.engine, self.now = engine, now

    def find(self, name):
        with database.reading(self.engine) as connection:
            return devices.find(connection, name)

    def bring(self, device, first=1, last=None, by="HT01A"):
        return take(self.engine, self.find(by), device.name, device.segment(first, last), self.now)

    def push(self, device, first=1, last=None):
        return ingest(self.engine, device.name, device.segment(first, last), self.now)

    def change(self, work, *arguments):
        with database.writing(self.engine) as connection:
            return work(connection, *arguments, "An", self.now)

    def branches(self, name):
        with database.reading(self.engine) as connection:
            return branches.of_device(connection, name)

    def rows(self, table, *names):
        with database.reading(self.engine) as connection:
            query = select(*(table.c[name] for name in names)).order_by(*(table.c[name] for name in names))
            return [tuple(row) for row in connection.execute(query)]

    def sold(self):
        """Serials in the outlet's sold set."""
        with database.reading(self.engine) as connection:
            return [ordinal + 1 for ordinal in contents.Sold(connection).ordinals("sold_outlet", "HT01")]

    def amount(self):
        """Đồng in the reports."""
        table = schema.sales_rollups
        with database.reading(self.engine) as connection:
            same = table.c.span == "month", table.c.outlet == "HT01", table.c.gtin == "*"
            return sum(connection.execute(select(table.c.amount).where(*same)).scalars())

    def troubles(self):
        with database.reading(self.engine) as connection:
            return {one.id: one.troubles for one in fleet.every(connection, self.now, 72)}

    def alerts(self):
        table = schema.alerts
        with database.reading(self.engine) as connection:
            rows = connection.execute(select(table).where(table.c.kind == "brought").order_by(table.c.id))
            return [(row.device, row.detail, row.closed_by) for row in rows]


@pytest.fixture
def shop(engine, enrolled, now):
    enrolled("HT01A")
    return Shop(engine, now)


@pytest.fixture
def lost(make_device, gtin):
    """HT01C, whose card is lost and whose enrolment the office has forgotten: it sold 1 and 2."""
    device = make_device("HT01C")
    device.sell(gtin, 1)
    device.scan(gtin, 1)
    device.sell(gtin, 2)
    return device


def test_a_forgotten_tills_sales_are_in_the_books_and_count_once_an_officer_accepts_them(shop, lost):
    shop.bring(lost, 1, 2)
    shop.bring(lost, 3)
    (branch,) = shop.branches("HT01C")
    assert (branch.first, branch.last, branch.sales, branch.held, branch.brought_by) == (1, 3, 2, 2, "HT01A")
    assert (shop.sold(), shop.amount()) == ([], 0)
    evidence = {"by": ["HT01A"], "entries": 3, "sold": 2, "total": 2 * PRICE}
    assert shop.alerts() == [("HT01C", evidence, None)]
    assert shop.troubles()["HT01C"] == ["brought"]
    shop.change(branches.accept, "HT01C", branch.number, "the receipts are there")
    assert (shop.sold(), shop.amount()) == ([1, 2], 2 * PRICE)
    assert shop.alerts() == [("HT01C", evidence, "office")]
    assert "HT01C" not in shop.troubles()
    shop.change(branches.reopen, "HT01C", branch.number)
    assert (shop.sold(), shop.amount()) == ([], 0)
    assert shop.find("HT01C").state == "revoked"
    shop.change(branches.set_aside, "HT01C", branch.number, "nobody has such receipts")
    assert shop.sold() == []


def test_it_is_taken_once_however_often_and_by_whom_it_is_brought(shop, lost, enrolled):
    enrolled("HT01B")
    shop.bring(lost)
    assert shop.bring(lost).new == shop.bring(lost, 2).new == shop.bring(lost, by="HT01B").new == 0
    assert len(shop.rows(schema.entries, "seq")) == 3


def test_the_name_is_never_given_again_but_to_the_device_itself(shop, lost, engine, now):
    shop.bring(lost)

    def enrol(key, was=""):
        with database.writing(engine) as connection:
            return devices._add(connection, "HT01", key, now, was)

    assert [enrol(bytes([n]) * 32) for n in range(3)] == ["HT01B", "HT01D", "HT01E"]
    assert enrol(bytes([9]) * 32, "HT01C") == "HT01C"
    assert shop.find("HT01C").state == "active"
    assert enrol(bytes([10]) * 32, "HT01C") == "HT01F"


def test_the_device_itself_makes_the_branch_its_own(shop, lost, engine, gtin, now):
    shop.bring(lost)
    with database.writing(engine) as connection:
        devices._add(connection, "HT01", lost.key.public, now, "HT01C")
    shop.push(lost, 1, 2)
    assert [(one.number, one.first, one.last, one.held) for one in shop.branches("HT01C")] == [
        (0, 1, 2, 0), (1, 3, 3, 1),
    ]  # fmt: skip
    assert (shop.sold(), shop.amount()) == ([1], PRICE)
    lost.sell(gtin, 3)
    with pytest.raises(UnknownPrevError):
        shop.push(lost, 4)  # what it stands on was only brought
    shop.push(lost, 3)
    assert [(one.number, one.last, one.held) for one in shop.branches("HT01C")] == [(0, 4, 0)]
    assert (shop.sold(), shop.amount()) == ([1, 2, 3], 3 * PRICE)
    assert shop.rows(schema.scans, "seq") == [(2,)]
    assert (shop.find("HT01C").head_seq, shop.find("HT01C").state) == (4, "active")
    assert [closed for _, _, closed in shop.alerts()] == ["office"]
    assert shop.rows(schema.brought_branches, "device") == []


def test_what_was_accepted_and_then_comes_from_the_device_counts_once(shop, lost, engine, now):
    shop.bring(lost)
    shop.change(branches.accept, "HT01C", 1, "x")
    with database.writing(engine) as connection:
        devices._add(connection, "HT01", lost.key.public, now, "HT01C")
    shop.push(lost)
    assert (shop.sold(), shop.amount()) == ([1, 2], 2 * PRICE)
    assert shop.rows(schema.decided_branches, "device") == []


def test_copies_of_a_name_that_was_given_again_are_a_branch_beside_it(shop, lost, enrolled, gtin):
    new = enrolled("HT01C")
    new.sell(gtin, 5)
    shop.push(new)
    shop.bring(lost)
    new.sell(gtin, 6)
    shop.push(new, 2)
    own, branch = shop.branches("HT01C")
    assert (own.brought_by, own.held, branch.brought_by, branch.held) == ("", 0, "HT01A", 2)
    assert (shop.sold(), shop.find("HT01C").state) == ([5, 6], "active")
    with pytest.raises(RegistryError):
        shop.change(branches.set_aside, "HT01C", 0, "it has no fork")
    shop.change(branches.accept, "HT01C", 1, "the receipts are there")
    assert shop.sold() == [1, 2, 5, 6]
    with database.reading(shop.engine) as connection:
        mark = contents.Sold(connection).marks("sold_outlet", "HT01")["HT01C"]
    assert mark == [2, new.hash_at(2).hex()]  # the others go on with the card that is in the shop


def test_a_till_that_lies_makes_no_sale(shop, lost, enrolled, gtin, make_device):
    enrolled("HT01B")
    shop.bring(lost)
    shop.change(branches.accept, "HT01C", 1, "x")
    lost.sell(gtin, 7)
    shop.bring(lost, 4, by="HT01B")  # behind what was accepted
    assert shop.sold() == [1, 2]
    assert [(one.number, one.held, one.decision) for one in shop.branches("HT01C")] == [
        (1, 0, "accepted"), (2, 1, ""),
    ]  # fmt: skip

    def bring(name):
        device = make_device(name)
        device.sell(gtin, None)
        shop.bring(device)

    for name in ("HT01A", "HT02A", "HT01", "HT01AA", "HT01a"):
        with pytest.raises(SyncError):
            bring(name)
    for name in ("HT01F", "HT01G", "HT01H", "HT01I"):
        bring(name)
    with pytest.raises(RegistryError):  # nor can it use up the letters
        bring("HT01J")
    assert shop.find("HT01J") is None


def test_what_waits_for_an_officer_is_not_let_go_with_its_device(shop, enrolled, engine, gtin, now):
    with database.writing(engine) as connection:
        name = devices.renew(connection, devices.find(connection, "HT01A"), bytes(32), now)
    device = enrolled("HT01Z")
    device.name = name
    device.sell(gtin, 8)
    enrolled("HT01C")
    shop.bring(device, by="HT01C")
    shop.change(devices.agree, name)
    assert shop.sold() == []


async def met(*outlets):
    for outlet in outlets:
        await outlet.syncing.now()


async def test_a_restored_office_gets_a_lost_tills_sales_from_the_other_till(
    live_office, make_outlet, tmp_path
):
    first = await make_outlet()
    await met(first)
    live_office.save(tmp_path / "backup")
    lost = await make_outlet()
    for serial in (1, 2):
        await lost.sell(serial)
    await met(lost)
    live_office.publish()
    await met(first)
    copies = "SELECT device, seq, hash FROM peer_entry ORDER BY seq"
    held = first.db.execute(copies).fetchall()
    assert len(held) == lost.source.acknowledged()
    await live_office.go_back_to(tmp_path / "backup")
    await met(first)
    assert (
        live_office.rows("SELECT device, seq, hash FROM entries WHERE device = 'HT01B' ORDER BY seq") == held
    )
    assert [bool(held) for (held,) in live_office.rows("SELECT held FROM sales")] == [True, True]
    live_office.publish()
    await met(first)
    assert first.db.execute(copies).fetchall() == held
    assert (await make_outlet()).name == "HT01C"


async def test_where_the_name_was_given_again_the_copies_go_to_the_office_before_they_are_replaced(
    live_office, make_outlet, tmp_path, monkeypatch
):
    first = await make_outlet()
    await met(first)
    live_office.save(tmp_path / "backup")
    lost = await make_outlet()
    for serial in (1, 2):
        await lost.sell(serial)
    await met(lost)
    live_office.publish()
    await met(first)
    await live_office.go_back_to(tmp_path / "backup")
    new = await make_outlet()
    assert new.name == lost.name == "HT01B"
    await new.sell(3)
    await met(new)
    live_office.publish()

    async def refused(*_):
        raise OfficeError("refused", "not now")

    kept = first.db.execute("SELECT hash FROM peer_entry ORDER BY seq").fetchall()
    with monkeypatch.context() as patch:
        patch.setattr(till_side, "push", refused)
        await met(first)
    assert first.db.execute("SELECT hash FROM peer_entry ORDER BY seq").fetchall() == kept
    await met(first)
    await met(first)
    serials = "SELECT serial FROM sale_line WHERE device = 'HT01B'"
    assert first.db.execute(serials).fetchall() == [(3,)]
    live_office.change(branches.accept, "HT01B", 1, "the paper receipts")
    assert sorted(live_office.rows("SELECT serial FROM sale_lines")) == [(1,), (2,), (3,)]
    live_office.publish()
    await met(first, new, first)
    assert (first.syncing.state, new.syncing.state) == ("ok", "ok")
    assert first.db.execute(serials).fetchall() == [(3,)]


async def test_what_a_known_device_has_not_sent_again_is_brought_after_a_while(
    live_office, make_outlet, tmp_path, monkeypatch
):
    first, other = await make_outlet(), await make_outlet()
    await other.sell(1)
    await met(other, first)
    live_office.save(tmp_path / "backup")
    await other.sell(2)
    await met(other)
    live_office.publish()
    await met(first)
    await live_office.go_back_to(tmp_path / "backup")
    stored = "SELECT count(*), max(branch) FROM entries WHERE device = 'HT01B'"
    before = live_office.rows(stored)
    await met(first)
    assert live_office.rows(stored) == before  # a till that lives sends it itself
    monkeypatch.setattr(till_side, "PATIENCE", 0)
    await met(first)
    assert live_office.rows(stored) == [(other.source.acknowledged(), 1)]
    await met(other)  # it was only switched off
    assert live_office.rows(stored) == [(other.source.acknowledged(), 0)]
    assert other.source.waiting() == 0


async def test_what_a_restored_card_wrote_under_a_forgotten_name_is_brought_by_the_new_device(
    live_office, make_outlet, tmp_path
):
    live_office.save(tmp_path / "empty")
    device = await make_outlet()
    await device.sell(1)
    await met(device)
    device.copy_card(tmp_path / "card")
    await device.sell(2)
    await met(device)
    await device.restore_card(tmp_path / "card")
    await met(device)
    await device.restart()
    assert device.name == "HT01B"
    await device.sell(3)
    await live_office.go_back_to(tmp_path / "empty")
    await device.enrol()
    await met(device)
    held = live_office.rows("SELECT device, branch FROM entries ORDER BY device, branch")
    assert set(held) == {("HT01A", 1), ("HT01B", 0)}
    assert device.source.waiting() == 0


@pytest.mark.only_on("sqlite")
def test_after_a_restoration_no_name_is_given_before_the_other_tills_were_in_touch(
    engine, office_settings, config, enrolled, tmp_path
):
    def ocop(*arguments):
        return main.main([*arguments, "--config", str(config)])

    for name in ("HT01A", "HT01B", "HT02A"):  # HT01B was never heard: it holds nothing
        enrolled(name, name[:4])
    with database.writing(engine) as connection:
        for name in ("HT01A", "HT02A"):
            devices.seen(connection, [name], now_ms())
    assert ocop("enrol-code", "HT01") == exits.OK
    assert ocop("backup", str(tmp_path / "backup")) == exits.OK
    engine.dispose()
    office_settings.folder.rename(tmp_path / "away")
    assert ocop("restore", str(tmp_path / "backup")) == exits.OK
    with pytest.raises(devices.UnheardError, match="HT01A has not been in touch"):
        ocop("enrol-code", "HT01")
    assert ocop("enrol-code", "HT01", "--anyway") == exits.OK
    with database.writing(engine) as connection:
        # It was heard moments before the backup, and its next contact is noted all the same.
        assert devices.stale(devices.find(connection, "HT01A"), now_ms())
        devices.seen(connection, ["HT01A"], now_ms())
    assert ocop("enrol-code", "HT01") == exits.OK
    with pytest.raises(devices.UnheardError):
        ocop("enrol-code", "HT02")
    assert ocop("revoke", "HT02A") == exits.OK
    assert ocop("enrol-code", "HT02") == exits.OK


async def test_the_page_says_which_tills_to_switch_on_first(desk, engine, enrolled, now):
    enrolled("HT01A")
    with database.writing(engine) as connection:
        devices.seen(connection, ["HT01A"], now - 1)
        note(connection, now, "shell", "restore", "backup")
    await desk.log_in("officer")
    assert "HT01A chưa liên lạc lại" in await desk.post("/office/outlets/HT01/code", status=409)
    await desk.post("/office/outlets/HT02/code", status=200)


async def test_the_pages_lead_from_the_alert_to_the_branch_and_who_brought_it(desk, shop, lost):
    shop.bring(lost)
    await desk.log_in("officer")
    (number,) = (row[0] for row in shop.rows(schema.alerts, "id"))
    page = await desk.get(f"/office/alerts/{number}")
    assert "HT01A" in page and "/office/devices/HT01C/branches" in page
    assert "/office/devices/HT01C/branches" in await desk.get("/office/fleet/HT01C")
    assert "do máy khác gửi: HT01A" in " ".join((await desk.get("/office/devices/HT01C/branches")).split())
    where = "/office/devices/HT01C/branches"
    assert await desk.post(where, branch="1", act="accept", note="đã so hoá đơn") == where
    assert shop.sold() == [1, 2]
    assert "Huỷ quyết định" in await desk.get(where)
