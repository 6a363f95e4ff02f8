"""A device's own side and the office's service, over HTTP and on real files: what each does when the other
is not what it was."""

import shutil
import sqlite3
import time
from pathlib import Path

import pytest

from kiosk.host import database as outlet_db
from kiosk.host import renewing
from kiosk.host.catalogue import Holder
from kiosk.host.clock import Clock
from kiosk.host.database import fact, set_fact
from kiosk.host.enrolling import become_a_device
from kiosk.host.identity import remember, remembered_identity
from kiosk.host.journal import Moment, Source, Writer
from kiosk.host.peers import Peers
from kiosk.host.syncing import Syncing
from office import backup, database, devices, keys, roots, service
from office.publish import Publisher
from office.settings import Publish
from sync import enrolment
from sync.host.device_key import load_or_create
from sync.host.office import OfficeError


class Office:
    """The real service on one port, which can go back to what it was at a backup."""

    def __init__(self, settings, engine):
        self.settings, self.engine = settings, engine
        self.port = 0

    async def start(self):
        self.app = service.build(self.settings)
        self.runner = await service.start(self.app, "127.0.0.1", self.port)
        self.port = self.runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self.port}"

    async def stop(self):
        await self.runner.cleanup()

    def save(self, folder):
        backup.backup(self.settings, folder)

    async def go_back_to(self, folder):
        await self.stop()
        self.engine.dispose()
        for path in self.settings.folder.glob("office.db*"):
            path.unlink()
        shutil.copy(folder / "office.db", self.settings.folder / "office.db")
        await self.start()

    def code(self, outlet="HT01"):
        with database.writing(self.engine) as connection:
            return enrolment.spell(devices.new_code(connection, outlet, "test", int(time.time() * 1000)))

    def change(self, work, *arguments):
        with database.writing(self.engine) as connection:
            return work(connection, *arguments, "test", int(time.time() * 1000))

    def rows(self, query):
        with database.reading(self.engine) as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query)]

    def publish(self):
        with database.reading(self.engine) as connection:
            key = keys.Acting(self.settings.folder / "keys", "current", roots.newest(connection))
        return Publisher(self.engine, self.settings.folder / "segments", key, Publish()).publish(
            int(time.time() * 1000)
        )


class Device:
    """An outlet's data folder, and the service's sync on it."""

    def __init__(self, folder, office, gtin):
        self.folder, self.office, self.gtin = folder, office, gtin

    async def enrol(self, code=None):
        db = outlet_db.connect(self.folder)
        known = remembered_identity(db)
        key = load_or_create(self.folder / "device.key")
        identity, root = await become_a_device(
            known[0] if known else None, key, self.office.url, code or self.office.code()
        )
        db.execute("BEGIN IMMEDIATE")
        remember(db, identity, root, self.office.url)
        db.execute("COMMIT")
        db.close()

    def start(self):
        """As the service starts."""
        renewing.complete(self.folder, Clock().moment())
        self.db = outlet_db.connect(self.folder)
        known = remembered_identity(self.db)
        self.identity = known[0]
        self.name = known[0].device
        self.writer = Writer(outlet_db.connect(self.folder), self.name)
        self.source = Source(self.db)
        self.held = Holder(self.folder, known[0].outlet)
        self.held.revoked = fact(self.db, "revoked") == "1"
        self.syncing = Syncing(
            self.folder, self.writer, self.source, load_or_create(self.folder / "device.key"), *known,
            self.held, self.office.url, Clock(), lambda: None,
        )  # fmt: skip

    async def stop(self):
        await self.writer.close()
        self.db.close()

    async def restart(self):
        await self.stop()
        self.start()

    async def sell(self, serial):
        line = {"gtin": self.gtin, "qty": 1, "price": 185000, "amount": 185000, "serial": serial,
                "verdict": "genuine", "flagged": False}  # fmt: skip
        body = {"v": 1, "staff": "An", "lines": [line], "total": 185000, "change": 0, "catalogue": 0,
                "payments": [{"kind": "cash", "amount": 185000}], "age": "fresh"}  # fmt: skip
        return await self.writer.entry("sale", body, Moment(1_795_420_800_000, 1, "sure"))

    def copy_card(self, folder):
        """What a copy of the card taken now holds."""
        folder.mkdir()
        copy = sqlite3.connect(folder / "outlet.db")
        self.db.backup(copy)
        copy.close()
        shutil.copy(self.folder / "device.key", folder)

    async def restore_card(self, folder):
        await self.stop()
        for path in self.folder.glob("outlet.db*"):
            path.unlink()
        for name in ("outlet.db", "device.key"):
            shutil.copy(folder / name, self.folder / name)
        self.start()


@pytest.fixture
async def office(engine, office_settings):
    office = Office(office_settings, engine)
    await office.start()
    yield office
    await office.stop()


@pytest.fixture
async def make(office, gtin, tmp_path):
    """Make an enrolled device."""
    made = []

    async def make():
        device = Device(tmp_path / f"device-{len(made)}", office, gtin)
        await device.enrol()
        device.start()
        made.append(device)
        return device

    yield make
    for device in made:
        await device.stop()


async def test_an_office_of_yesterdays_backup_gets_again_what_it_had_acknowledged(office, make, tmp_path):
    device = await make()
    await device.sell(1)
    await device.syncing.now()
    office.save(tmp_path / "backup")
    await device.sell(2)
    await device.sell(3)
    await device.syncing.now()
    assert device.source.waiting() == 0
    await office.go_back_to(tmp_path / "backup")
    assert len(office.rows("SELECT * FROM sales")) == 1
    await device.syncing.now()  # though nothing new was written
    assert len(office.rows("SELECT * FROM sales")) == 3
    assert device.source.waiting() == 0
    assert office.rows("SELECT kind FROM alerts WHERE kind = 'fork'") == []


async def test_an_office_that_has_forgotten_a_device_takes_all_of_it_after_a_code(office, make, tmp_path):
    office.save(tmp_path / "backup")
    first, device = await make(), await make()
    for serial in (1, 2, 3):
        await device.sell(serial)
    await device.syncing.now()
    await office.go_back_to(tmp_path / "backup")
    with pytest.raises(OfficeError) as refused:
        await device.syncing.now()
    assert refused.value.code == "unknown_device"
    await device.enrol()  # before the first one, and yet under its own name
    assert device.name == "HT01B"
    await device.syncing.now()
    assert office.rows("SELECT device, seq FROM sales ORDER BY seq") == [("HT01B", n) for n in (1, 2, 3)]
    await first.enrol()
    assert first.name == "HT01A"
    await first.syncing.now()


async def test_a_device_belongs_to_one_office(office, make, tmp_path):
    device = await make()
    db = outlet_db.connect(device.folder)
    known = remembered_identity(db)[0]
    db.close()
    stranger = known._replace(root=known.root | {"version": 2})
    with pytest.raises(Exception, match="another office"):
        await become_a_device(
            stranger, load_or_create(device.folder / "device.key"), office.url, office.code()
        )


async def test_a_restored_card_goes_on_as_a_new_device_and_sells_meanwhile(office, make, tmp_path):
    device = await make()
    await device.sell(1)
    await device.syncing.now()
    device.copy_card(tmp_path / "card")
    await device.sell(2)
    await device.sell(3)
    await device.syncing.now()
    await device.restore_card(tmp_path / "card")
    await device.sell(4)  # offline, with a number that another sale has
    await device.syncing.now()
    assert device.syncing.state == "renewing"
    assert device.syncing.renewed.is_set()
    assert {number for (number,) in office.rows("SELECT seq FROM sales")} == {1, 2, 3}
    assert len(office.rows("SELECT * FROM sales")) == 4  # both second ones
    assert ("restored_card",) in office.rows("SELECT kind FROM alerts")
    assert ("fork",) in office.rows("SELECT kind FROM alerts")

    await device.sell(5)  # not yet restarted, and so not yet anybody else
    await device.restart()
    assert device.name == "HT01A"  # something waits
    await device.syncing.now()
    await device.restart()
    assert device.name == "HT01B"
    assert (device.folder / "outlet-HT01A.db").exists()
    await device.sell(6)
    office.publish()
    await device.syncing.now()
    assert device.syncing.state == "ok"
    assert device.held.catalogue is not None
    assert device.source.waiting() == 1  # that it was installed
    assert office.rows("SELECT held FROM sales WHERE device = 'HT01B'") == [(1,)]
    assert Peers(device.folder, "HT01B").names() == []  # an officer has not agreed

    office.change(devices.agree, "HT01B")
    assert office.rows("SELECT held FROM sales WHERE device = 'HT01B'") == [(0,)]
    await device.syncing.now()
    peers = Peers(device.folder, "HT01B")
    assert peers.names() == ["HT01A"]
    db = peers.opened("HT01A")
    assert db.execute("SELECT number FROM sale ORDER BY seq").fetchall() == [
        (f"HT01A-{n}",) for n in (1, 2, 3)
    ]
    db.close()


async def test_becoming_a_new_device_survives_a_cut_at_each_step(office, make, tmp_path, monkeypatch):
    device = await make()
    await device.sell(1)
    await device.syncing.now()
    device.copy_card(tmp_path / "card")
    await device.sell(2)
    await device.syncing.now()
    await device.restore_card(tmp_path / "card")
    await device.syncing.now()
    await device.syncing.now()  # asking again gives the same name
    assert office.rows("SELECT device FROM renewals") == [("HT01B",)]
    await device.stop()

    class CutError(Exception):
        pass

    steps = 0
    rename, unlink = Path.rename, Path.unlink
    while True:
        left = steps

        def cut(work):
            def step(path, *arguments, **named):
                nonlocal left
                if left == 0:
                    raise CutError
                left -= 1
                return work(path, *arguments, **named)

            return step

        monkeypatch.setattr(Path, "rename", cut(rename))
        monkeypatch.setattr(Path, "unlink", cut(unlink))
        try:
            renewing.complete(device.folder, Clock().moment())
            break
        except CutError:
            steps += 1
        finally:
            monkeypatch.setattr(Path, "rename", rename)
            monkeypatch.setattr(Path, "unlink", unlink)
    assert steps >= 3
    device.start()
    assert device.name == "HT01B"
    assert sorted(path.name for path in device.folder.glob("*.key")) == ["device-1.key", "device.key"]
    await device.sell(3)
    await device.syncing.now()
    assert office.rows("SELECT seq FROM sales WHERE device = 'HT01B'") == [(1,)]


async def test_a_revoked_device_sends_its_sales_and_sells_as_old(office, make):
    device = await make()
    office.publish()
    await device.syncing.now()
    office.change(devices.revoke, device.name)
    await device.sell(1)
    with pytest.raises(OfficeError) as refused:
        await device.syncing.now()
    assert refused.value.code == "revoked"
    assert device.syncing.state == "revoked"
    assert device.source.waiting() == 0
    assert office.rows("SELECT state FROM entries WHERE seq = 2") == [("quarantined",)]
    await device.restart()
    assert device.held.revoked  # also without a network


async def test_keys_are_replaced_while_everything_runs(office, make):
    device = await make()
    office.publish()
    await device.syncing.now()
    with database.writing(office.engine) as connection:
        folder = office.settings.folder / "keys"
        for role in ("ack", "current", "root"):
            signers = roots.signers(connection, [folder])
            roots.renew(connection, folder, role, signers, "test", int(time.time() * 1000))
    office.app[service.BULLETIN].poke()
    with database.reading(office.engine) as connection:
        office.app[service.ACK].follow(roots.newest(connection))
    office.publish()
    await device.sell(1)
    assert (await device.syncing.now()) == (2, True)
    assert device.held.catalogue.root["version"] == 4
    await device.restart()
    assert device.identity.root["version"] == 4
    assert (await device.syncing.now())[1] is False


async def test_a_device_with_a_wrong_clock_takes_the_offices_time(office, make, monkeypatch):
    device = await make()
    await device.sell(1)
    monkeypatch.setattr("sync.host.office.time.time", lambda now=time.time: now() - 400 * 86400)
    assert (await device.syncing.now())[0] == 1


async def test_a_published_mark_that_is_not_our_own_shows_a_restored_card(office, make, tmp_path):
    device = await make()
    device.copy_card(tmp_path / "card")
    await device.sell(1)
    await device.syncing.now()
    office.publish()
    await device.restore_card(tmp_path / "card")
    device.syncing._greeted = True
    async with device.syncing._connected():
        await device.syncing._pull(0)
    assert device.syncing.state == "renewing"


async def test_a_head_of_an_entry_spoilt_on_the_card_is_no_restored_card(office, make):
    device = await make()
    await device.sell(1)
    await device.sell(2)
    await device.syncing.now()
    writing = outlet_db.connect(device.folder)
    writing.execute("UPDATE journal SET body = x'00' WHERE seq = 2")
    set_fact(writing, "acked_seq", "1")
    set_fact(writing, "acked_hash", device.source.hash_at(1).hex())
    writing.close()
    assert device.source.holds(2, office.rows("SELECT hash FROM entries WHERE seq = 2")[0][0])
    assert not device.source.holds(1, b"x" * 32)
