"""Every kind of push (design, 6.5): an outlet's own journal and client, and the real office over HTTP."""

import time
import zlib

import pytest
from sqlalchemy import delete, select, update

from kiosk.host.data import database as outlet_database
from kiosk.host.data import journal as outlet_journal
from office import schema
from office.outlets import devices
from office.storage import database
from sync import journal, segments
from sync.canonical import encode
from sync.damage import Kept
from sync.host import office as device_side
from sync.host.device_key import DeviceKey
from sync.host.office import OfficeError
from sync.host.push import push

CASH = {"v": 1, "staff": "An", "direction": "in", "amount": 1000, "reason": "x"}
DEVICE = "HT01A"


class Card:
    """A device's card with the journal on it, and the device's way to the office."""

    def __init__(self, folder, server, key, root):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.db = outlet_database.connect(folder)
        outlet_database.set_fact(self.db, "device", DEVICE)
        self.source = outlet_journal.Source(self.db)
        self.key = key
        self.link = lambda: device_side.Office(
            server.session, server.url, device_side.Identity(DEVICE, "HT01", root), key
        )

    def write(self, count=1, kind="cash_moved", body=CASH):
        for _ in range(count):
            moment = outlet_journal.Moment(1_795_420_800_000, 1000, "sure")
            self.db.execute("BEGIN")
            outlet_journal.append(self.db, DEVICE, kind, body, moment)
            self.db.execute("COMMIT")

    def spoil(self, statement):
        """Change the card behind everybody's back, as a bad sector does."""
        self.db.execute("PRAGMA foreign_keys = OFF")
        self.db.execute(statement)
        self.db.execute("PRAGMA foreign_keys = ON")

    async def push(self):
        return await push(self.link(), self.source, lambda *ack: outlet_journal.acknowledge(self.db, *ack))

    @property
    def waiting(self):
        return self.source.waiting()

    def restored(self, folder, server, root):
        """Another card with the journal as it is now."""
        other = Card(folder, server, self.key, root)
        self.db.backup(other.db)
        return other


@pytest.fixture
async def server(make_server, engine):
    # The client signs by the machine's clock.
    server = make_server(int(time.time() * 1000))
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def root(engine):
    with database.reading(engine) as connection:
        from office.outlets.devices import root_envelope

        return root_envelope(connection)["signed"]


@pytest.fixture
def card(tmp_path, server, root, enrolled):
    # The key that the office's fake device of this name has.
    device = enrolled(DEVICE)
    return Card(tmp_path / "card", server, DeviceKey(bytes(device.key._key)), root)


@pytest.fixture
def stored(engine):
    """(seq, state, branch) of what the office holds."""

    def read(*names):
        table = schema.entries
        names = names or ("seq", "state", "branch")
        with database.reading(engine) as connection:
            rows = connection.execute(select(*(table.c[name] for name in names)).order_by(table.c.seq))
            return [tuple(row) for row in rows]

    return read


@pytest.fixture
def alerts(engine):
    """(kind, seq, open) of the alerts."""

    def read():
        table = schema.alerts
        with database.reading(engine) as connection:
            rows = connection.execute(
                select(table.c.kind, table.c.seq, table.c.closed_at).order_by(table.c.id)
            )
            return [(kind, seq, closed is None) for kind, seq, closed in rows]

    return read


def ok(first, last, branch=0):
    return [(seq, "ok", branch) for seq in range(first, last + 1)]


# --- from 1, or a known prev_hash ---------------------------------------------------------------


async def test_what_is_new_is_stored_and_what_is_known_is_not_doubled(card, stored, alerts):
    card.write(3)
    assert await card.push() == 3
    assert card.waiting == 0
    card.write(2)
    outlet_journal.acknowledge(card.db, 1, card.source.hash_at(1))  # the answers were lost
    assert await card.push() == 4
    assert stored() == ok(1, 5)
    assert alerts() == []


async def test_a_card_that_was_restored_and_went_on_is_a_fork_and_both_get_their_own_answer(
    card, tmp_path, server, root, stored, alerts, engine
):
    card.write(2)
    await card.push()
    twin = card.restored(tmp_path / "twin", server, root)
    card.write(2)
    twin.write(1, body=CASH | {"reason": "other"})
    twin.write(2)
    await card.push()
    assert await twin.push() == 3
    card.write(1)
    twin.write(1)
    assert await twin.push() == 1
    assert await card.push() == 1
    assert sorted(stored()) == sorted(ok(1, 5) + ok(3, 6, branch=1))
    assert alerts() == [("fork", 3, True)]
    for each in (card, twin):
        last = each.source.acknowledged()
        assert bytes.fromhex(outlet_database.fact(each.db, "acked_hash")) == each.source.hash_at(last)
    with database.reading(engine) as connection:
        head = connection.execute(select(schema.devices.c.head_seq, schema.devices.c.head_hash)).one()
    assert tuple(head) == (5, card.source.hash_at(5))


async def test_an_answer_for_another_branch_is_not_taken_for_an_acknowledgement(
    card, server, monkeypatch, tmp_path, root
):
    card.write(1)
    twin = card.restored(tmp_path / "twin", server, root)
    card.write(1)
    twin.write(1, body=CASH | {"reason": "other"})
    real = device_side.Office.ask
    sent = []

    async def replayed(self, method, path, query=None, body=None):
        sent.append(body)
        return await real(self, method, path, query, sent[0])

    monkeypatch.setattr(device_side.Office, "ask", replayed)
    await twin.push()
    with pytest.raises(OfficeError) as refused:
        await card.push()
    assert refused.value.code == "other_branch"
    assert card.waiting == 2


# --- an unknown prev_hash -----------------------------------------------------------------------


@pytest.mark.parametrize("left", [0, 1, 40])
async def test_an_office_from_an_older_backup_is_sent_its_past_again(card, stored, alerts, engine, left):
    card.write(60)
    await card.push()
    with database.writing(engine) as connection:  # yesterday's backup
        connection.execute(delete(schema.entries).where(schema.entries.c.seq > left))
        connection.execute(delete(schema.checkpoints))
        digest = card.source.hash_at(left) if left else None
        connection.execute(update(schema.devices).values(head_seq=left, head_hash=digest))
    card.write(1)
    assert await card.push() == 61 - left
    assert stored() == ok(1, 61)
    assert alerts() == [("gap", left + 1, False)]


async def test_a_device_that_guesses_wrong_goes_back_by_doubling_steps_to_the_first_entry(
    card, stored, engine, monkeypatch
):
    card.write(100)
    outlet_journal.acknowledge(card.db, 99, card.source.hash_at(99))
    with database.writing(engine) as connection:  # the office believes that it has what it has not
        connection.execute(update(schema.devices).values(head_seq=99, head_hash=card.source.hash_at(99)))
    tried = []
    real = segments.pack

    def noted(device, prev_hash, entries, *more):
        tried.append(entries[0].seq)
        return real(device, prev_hash, entries, *more)

    monkeypatch.setattr("sync.host.push.segments.pack", noted)
    assert await card.push() == 100
    assert tried == [100, 99, 97, 93, 85, 69, 37, 1]
    assert stored() == ok(1, 100)


async def test_a_device_that_withholds_its_past_is_told_of_once(server, enrolled, gtin, alerts, stored):
    device = enrolled(DEVICE)
    for serial in range(1, 6):
        device.sell(gtin, serial)
    for _ in range(2):
        status, answer = await server.call("POST", "/sync/v1/journal", device, device.wire(4))
        assert (status, answer["reason"], answer["wanted_seq"]) == (409, "unknown_prev", 1)
    assert alerts() == [("gap", 1, True)]
    assert stored() == []


# --- what cannot be read ------------------------------------------------------------------------


def _second(sender, **fields):
    body = encode(CASH)
    header = journal.header_bytes(sender.name, 2, 1, 1, "sure", "cash_moved", body)
    return encode(journal.read_header(header) | fields), body


UNREADABLE = {
    "header unparsable": lambda device: (b'{"at":1,"body_sha256":"","kind', b"{}"),
    "header of another seq": lambda device: _second(device, seq=9),
    "header of another device": lambda device: _second(device, device="HT01Z"),
    "header of an unknown kind": lambda device: _second(device, kind="wish"),
    "body of another kind": lambda device: _second(device, kind="price"),
}


@pytest.mark.parametrize("make", UNREADABLE.values(), ids=UNREADABLE)
async def test_what_cannot_be_read_is_kept_at_its_place_and_acknowledged(
    server, enrolled, gtin, stored, alerts, opened, make
):
    device = enrolled(DEVICE)
    device.sell(gtin, 1)
    header, body = make(device)
    device.add_raw(header, body)
    device.sell(gtin, 2)
    for _ in range(2):
        status, answer = await server.call("POST", "/sync/v1/journal", device, device.wire())
        assert (status, opened(answer, "ack")["hash"]) == (200, device.hash_at(3).hex())
    assert stored() == [(1, "ok", 0), (2, "quarantined", 0), (3, "ok", 0)]
    assert stored("header", "body")[1] == (header, body)
    assert alerts() == [("quarantined", 2, True)]


async def test_a_sale_that_is_wrong_as_business_is_stored_and_flagged(card, stored, alerts, gtin):
    line = {"gtin": gtin, "qty": 1, "serial": 1, "price": 5, "amount": 7, "verdict": "expired",
            "flagged": True}  # fmt: skip
    card.write(
        kind="sale",
        body={"v": 1, "staff": "An", "lines": [line], "total": 9, "payments": [], "change": 0,
              "catalogue": 1, "age": "old"},
    )  # fmt: skip
    await card.push()
    assert stored() == ok(1, 1)
    assert alerts() == [("wrong_total", 1, True), ("sold_flagged", 1, True)]


# --- damaged or lost on the device --------------------------------------------------------------


async def test_damaged_entries_arrive_marked_with_what_was_found_and_block_nothing(card, stored, alerts):
    card.write(6)
    card.spoil("UPDATE journal SET body = CAST('spoilt' AS BLOB) WHERE seq = 2")
    card.spoil("UPDATE journal SET header = CAST('spoilt' AS BLOB) WHERE seq = 4")
    assert await card.push() == 6
    assert card.waiting == 0
    states = ["ok", "damaged", "ok", "damaged", "ok", "ok"]
    assert stored() == [(seq, state, 0) for seq, state in enumerate(states, 1)]
    found = stored("header", "body", "hash")
    assert found[1][1] == b"spoilt"
    assert found[3][0] == b"spoilt"
    assert [row[2] for row in found] == [card.source.hash_at(seq) for seq in range(1, 7)]
    assert alerts() == [("damaged", 2, True), ("damaged", 4, True)]
    outlet_journal.acknowledge(card.db, 1, card.source.hash_at(1))
    assert await card.push() == 5  # again: nothing new, no second alarm
    assert len(stored()) == 6
    assert len(alerts()) == 2


async def test_a_spoilt_hash_alone_damages_nothing(card, stored, alerts):
    card.write(3)
    card.spoil("UPDATE journal SET hash = zeroblob(32) WHERE seq = 2")
    assert await card.push() == 3
    assert stored() == ok(1, 3)
    assert alerts() == []


@pytest.mark.parametrize("lost", [(3,), (1,), (2, 3, 4), (1, 2, 3, 4, 5)])
async def test_lost_entries_arrive_as_lost_and_the_next_one_as_it_claims(card, stored, alerts, lost):
    card.write(6)
    sixth = card.source.hash_at(6)
    card.spoil(f"DELETE FROM journal WHERE seq IN ({','.join(map(str, lost))})")
    assert await card.push() == 6
    assert card.waiting == 0
    assert stored() == [(seq, "damaged" if seq in lost else "ok", 0) for seq in range(1, 7)]
    assert stored("hash")[5] == (sixth,)
    assert alerts() == [("lost", lost[0], True)]  # neighbours are one alarm
    card.write(1)
    assert await card.push() == 1
    outlet_journal.acknowledge(card.db, 0, journal.START)
    assert await card.push() == 7
    assert len(stored()) == 7
    assert len(alerts()) == 1


@pytest.mark.parametrize("most", [1, 2, 3])
async def test_more_lost_entries_than_a_segment_holds_are_passed(card, stored, monkeypatch, most):
    monkeypatch.setattr("sync.host.push.FEWEST", most)
    monkeypatch.setattr("sync.host.push.MOST", most)
    card.write(9)
    card.spoil("DELETE FROM journal WHERE seq BETWEEN 2 AND 7")
    assert await card.push() == 9
    assert [state for _, state, _ in stored()] == ["ok"] + ["damaged"] * 6 + ["ok"] * 2
    # Stopped amid them, it begins behind the last entry whose hash it knows.
    outlet_journal.acknowledge(card.db, 4, bytes(32))
    await card.push()
    assert len(stored()) == 9


async def test_what_the_office_has_already_is_not_forked_by_its_loss_on_the_device(card, stored, alerts):
    card.write(4)
    await card.push()
    card.spoil("DELETE FROM journal WHERE seq = 3")
    card.write(1)
    outlet_journal.acknowledge(card.db, 1, card.source.hash_at(1))
    await card.push()
    assert [row for row in stored() if row[1] == "ok"] == ok(1, 5)
    assert alerts() == [("lost", 3, True)]


async def test_an_entry_that_could_be_read_again_takes_its_place(
    card, stored, alerts, tmp_path, server, root
):
    card.write(4)
    whole = card.restored(tmp_path / "whole", server, root)
    card.spoil("DELETE FROM journal WHERE seq = 2")
    await card.push()
    await whole.push()
    assert sorted(row for row in stored() if row[1] == "ok") == ok(1, 4)
    assert alerts() == [("lost", 2, True)]


async def test_an_entry_that_is_no_text_travels_with_its_bytes(card, stored):
    card.write(1)
    header = journal.header_bytes(DEVICE, 2, 1, 1, "sure", "cash_moved", b"\xff\x00\n")
    digest = journal.entry_hash(card.source.hash_at(1), header)
    row = (2, "cash_moved", 1, header, b"\xff\x00\n", digest)
    card.db.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?)", row)
    card.db.commit()
    card.write(1)
    assert await card.push() == 3
    assert stored("seq", "state", "hash")[1] == (2, "damaged", digest)
    assert stored("header", "body")[1] == (header, b"\xff\x00\n")


async def test_a_forger_cannot_slip_a_branch_in_behind_an_entry_that_it_calls_lost(
    server, enrolled, stored, alerts, gtin
):
    device = enrolled(DEVICE)
    for serial in (1, 2, 3):
        device.sell(gtin, serial)
    await server.call("POST", "/sync/v1/journal", device, device.wire())
    twin = device.copy()
    twin.entries = twin.entries[:2]
    twin.sell(gtin, 9)
    kept = [
        Kept(2, None, None, None, True),
        Kept(3, *twin.entries[2][:2], b"\x07" * 32, False),
    ]
    data, _ = segments.pack(DEVICE, device.hash_at(1), kept, device.checkpoint)
    status, _ = await server.call("POST", "/sync/v1/journal", device, zlib.compress(data))
    assert status == 200
    assert ("fork", 2, True) in alerts()
    assert (3, "ok", 1) in stored()


async def test_a_hash_is_claimed_behind_damage_only(server, enrolled, stored, gtin):
    device = enrolled(DEVICE)
    device.sell(gtin, 1)
    device.sell(gtin, 2)
    await server.call("POST", "/sync/v1/journal", device, device.wire(1, 1))
    kept = [Kept(2, *device.entries[1][:2], b"\x07" * 32, False)]
    data, _ = segments.pack(DEVICE, device.hash_at(1), kept, device.checkpoint, behind_damage=True)
    status, answer = await server.call("POST", "/sync/v1/journal", device, zlib.compress(data))
    assert (status, answer["reason"]) == (400, "malformed")
    assert stored() == ok(1, 1)


# --- too much -----------------------------------------------------------------------------------


async def test_a_segment_that_is_too_large_is_halved_until_it_passes(card, stored, monkeypatch):
    monkeypatch.setattr("office.outlets.sync_api.LARGEST_SEGMENT", 3000)
    card.write(40)
    assert await card.push() == 40
    assert stored() == ok(1, 40)


async def test_an_entry_larger_than_any_may_be_is_set_apart(server, enrolled, stored, alerts):
    device = enrolled(DEVICE)
    body = encode({"v": 1, "staff": None, "receipt": {"x": "y" * journal.LARGEST}})
    header = journal.header_bytes(DEVICE, 1, 1, 1, "sure", "settings", b"{}")
    fields = journal.read_header(header) | {"body_sha256": segments._sha256(body)}
    device.add_raw(encode(fields), body)
    assert (await server.call("POST", "/sync/v1/journal", device, device.wire()))[0] == 200
    assert stored() == [(1, "quarantined", 0)]
    assert alerts() == [("quarantined", 1, True)]


# --- a revoked device, an unknown key -----------------------------------------------------------


async def test_a_revoked_device_fills_a_tree_of_its_own(card, stored, alerts, engine, tmp_path, server, root):
    card.write(2)
    await card.push()
    twin = card.restored(tmp_path / "twin", server, root)
    with database.writing(engine) as connection:
        devices.revoke(connection, DEVICE, "An", server.now)
        before = connection.execute(select(schema.devices.c.head_seq, schema.devices.c.head_hash)).one()
    for each in (card, twin):
        each.write(1, body=CASH | {"reason": each.folder.name})
        assert await each.push() == 1
        each.write(1)
        assert await each.push() == 1
        assert each.waiting == 0
    apart = [(3, "ok", -1), (4, "ok", -1), (3, "ok", -2), (4, "ok", -2)]
    assert sorted(stored()) == sorted(ok(1, 2) + apart)
    assert alerts() == [("revoked_device", 3, True)]
    with database.reading(engine) as connection:
        after = connection.execute(select(schema.devices.c.head_seq, schema.devices.c.head_hash)).one()
        state = connection.execute(select(schema.devices.c.state)).scalar_one()
    assert (after, state) == (before, "revoked")


async def test_an_unknown_key_stores_nothing(card, engine, stored):
    card.write(1)
    with database.writing(engine) as connection:
        connection.execute(delete(schema.devices))
    with pytest.raises(OfficeError) as refused:
        await card.push()
    assert refused.value.code == "unknown_device"
    assert stored() == []
    assert card.waiting == 1
