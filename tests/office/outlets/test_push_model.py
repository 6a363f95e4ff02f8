"""The push table of docs/design 6.5 as a model: random histories of two devices and their office, over HTTP and on
real files. Sales, syncs, restarts, cards copied and restored, cards lost and replaced by empty ones, entries spoilt and
lost, an office that publishes, and goes back to a backup, replies that are lost, a device that is revoked, one that waits
for an officer. After each sync nothing is acknowledged that is not stored; at the end, once all is well again, nothing
waits for ever and nothing is lost, neither of a device's own journal nor of the other's that it ever held a copy of.

HISTORIES=500 makes it search for longer.
"""

import os
import random
import shutil
import sqlite3

import pytest
from sqlalchemy import update

from office import schema
from office.outlets import devices
from office.registry import RegistryError
from sync.host.office import OfficeError

HISTORIES = int(os.environ.get("HISTORIES", "12"))
STEPS = 14
ROUNDS = 12  # of sync and restart, in which everything has to arrive
EXPECTED = ("revoked", "unknown_device", "unreachable", "refused")

ACTIONS = {
    "sell": 6,
    "sync": 5,
    "restart": 1,
    "copy": 1,
    "restore": 1,
    "spoil": 1,
    "lose": 1,
    "reply_lost": 1,
    "backup": 1,
    "go_back": 1,
    "revoke": 0.3,
    "agree": 1,
    "publish": 1,
    "new_card": 0.5,
}


class World:
    """What has been done so far, and what must hold."""

    def __init__(self, office, outlets, folder, chance):
        self.office, self.outlets, self.folder, self.chance = office, outlets, folder, chance
        self.done = []
        self.serial = self.number = 0
        self.cards = {}
        self.copies = {
            outlet: set() for outlet in outlets
        }  # of the other's entries, that an outlet ever held
        self.saved = None

    async def step(self):
        action = self.chance.choices(list(ACTIONS), list(ACTIONS.values()))[0]
        which = self.chance.randrange(len(self.outlets))
        self.done.append((action, which))
        await getattr(self, action)(self.outlets[which])
        for outlet, known in self.copies.items():
            known |= set(outlet.db.execute("SELECT device, seq, hash FROM peer_entry"))

    async def sell(self, outlet):
        self.serial += 1
        await outlet.sell(self.serial)

    async def sync(self, outlet):
        try:
            await outlet.syncing.now()
        except OfficeError as error:
            assert error.code in EXPECTED, (error.code, self.done)
            return
        self.nothing_is_acknowledged_that_is_not_stored(outlet)

    async def restart(self, outlet):
        await outlet.restart()

    async def copy(self, outlet):
        self.number += 1
        self.cards[outlet] = self.folder / f"card-{self.number}"
        outlet.copy_card(self.cards[outlet])

    async def restore(self, outlet):
        if outlet in self.cards:
            self.copies[outlet] = set()
            await outlet.restore_card(self.cards[outlet])

    async def new_card(self, outlet):
        names = {name for (name,) in self.office.rows("SELECT id FROM devices")}
        if all(
            other.name in names for other in self.outlets if other is not outlet
        ):  # as the technician is told
            self.office.lost = 0
            self.copies[outlet] = set()
            self.cards.pop(outlet, None)
            await outlet.new_card()

    async def publish(self, _):
        self.office.publish()

    async def spoil(self, outlet):
        self._write(outlet, "UPDATE journal SET body = x'00' WHERE seq = ?")

    async def lose(self, outlet):
        self._write(outlet, "DELETE FROM journal WHERE seq = ?")

    def _write(self, outlet, change):
        (last,) = outlet.db.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()
        if last:
            db = sqlite3.connect(outlet.folder / "outlet.db")  # foreign keys are off here
            with db:
                db.execute(change, (self.chance.randint(max(1, last - 3), last),))
            db.close()

    async def reply_lost(self, _):
        self.office.lost = 1

    async def backup(self, _):
        self.number += 1
        self.saved = self.folder / f"backup-{self.number}"
        self.office.save(self.saved)

    async def go_back(self, _):
        if self.saved:
            await self.office.go_back_to(self.saved)
            # As the publisher signs anew within the hour: tills take no catalogue older than theirs.
            self.number += 1
            self.office.run(update(schema.settings).values(value=str(self.number)))
            self.office.publish()

    async def revoke(self, outlet):
        self._officer(devices.revoke, outlet.name)

    async def agree(self, outlet):
        self._officer(devices.agree, outlet.name)

    def _officer(self, work, name):
        try:
            self.office.change(work, name)
        except RegistryError:
            pass  # nothing to do, or the office has forgotten it

    def stored(self, name):
        query = f"SELECT seq, hash FROM entries WHERE device = '{name}'"
        return set(self.office.rows(query))

    def nothing_is_acknowledged_that_is_not_stored(self, outlet):
        acked, stored = outlet.source.acknowledged(), self.stored(outlet.name)
        for entry in outlet.source.all():
            if entry.seq <= acked and not entry.damaged:
                assert (entry.seq, entry.hash) in stored, (entry.seq, self.done)

    async def heal(self):
        """Everything is well again: the technician enrols who is unknown, and the devices go on."""
        self.office.lost = 0
        for outlet in self.outlets:
            await self.sell(outlet)  # the service writes an entry at each start: behind it, a lost one shows
            for _ in range(ROUNDS):
                try:
                    await outlet.syncing.now()
                except OfficeError as error:
                    assert error.code in EXPECTED, (error.code, self.done)
                    if error.code == "unknown_device":
                        await outlet.restart()
                        await outlet.enrol()
                await outlet.restart()
                if not outlet.source.waiting() and not self.renews(outlet):
                    break
            assert not outlet.source.waiting(), (outlet.name, self.done)
            await self.sync(outlet)
            self.nothing_is_acknowledged_that_is_not_stored(outlet)
            acked = outlet.source.acknowledged()
            assert all(entry.seq <= acked for entry in outlet.source.all()), self.done
            for path in outlet.folder.glob("outlet-*.db"):
                db = sqlite3.connect(path)
                rows = set(db.execute("SELECT seq, hash FROM journal WHERE length(body) > 1"))
                db.close()
                assert rows <= self.stored(path.stem.removeprefix("outlet-")), (path.name, self.done)

        for outlet in self.outlets:
            await self.sync(outlet)
            if outlet.syncing.state == "ok":
                for device, seq, digest in self.copies[outlet]:
                    assert (seq, digest) in self.stored(device), (outlet.name, device, seq, self.done)

    def renews(self, outlet):
        query = "SELECT value FROM fact WHERE name = 'renewed_as'"
        return outlet.db.execute(query).fetchone() is not None


@pytest.mark.timeout(60 + 15 * HISTORIES)
async def test_no_history_leaves_a_device_stuck_or_something_acknowledged_that_is_not_stored(
    live_office, make_outlet, tmp_path, monkeypatch
):
    monkeypatch.setattr("kiosk.host.link.peers.PATIENCE", 0)
    live_office.save(tmp_path / "empty")
    for seed in range(HISTORIES):
        await live_office.go_back_to(tmp_path / "empty")
        outlets = [await make_outlet(), await make_outlet()]
        folder = tmp_path / f"history-{seed}"
        folder.mkdir()
        world = World(live_office, outlets, folder, random.Random(seed))
        for _ in range(STEPS):
            await world.step()
        await world.heal()
        for outlet in outlets:
            await outlet.stop()
            outlet.start()  # the fixture stops it
        shutil.rmtree(folder)
