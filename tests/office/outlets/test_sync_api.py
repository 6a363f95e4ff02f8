import asyncio
import gzip
import hmac
import itertools
import json
import threading
import time
import zlib

import pytest
from sqlalchemy import select, update

from office import registry, schema
from office.outlets import devices
from office.outlets.sync_api import LARGEST_BODY, LARGEST_SEGMENT
from office.outlets.waiting import LONGEST_LOOKUP, LONGEST_QUEUE, LOOKUPS, TURNS, Queue
from office.publishing import keys
from office.publishing.publish import Publisher
from office.settings import Publish
from office.storage import database
from office.web.keys_app import BULLETIN
from sync import canonical, catalogue, catalogue_files, enrolment, http_signatures
from sync.damage import Kept
from sync.host import enrolling
from sync.host import office as device_side
from sync.host import pull as device_pull
from sync.host import push as device_push
from sync.host.device_key import DeviceKey


@pytest.fixture
def publish(engine, office_settings, current_key):
    publisher = Publisher(engine, office_settings.folder / "segments", current_key, Publish())
    return publisher.publish


@pytest.fixture
def code(engine, now):
    def make(outlet="HT01"):
        with database.writing(engine) as connection:
            return devices.new_code(connection, outlet, "test", now)

    return make


def _mac(code, public):
    return hmac.digest(code, enrolment.request_message(public), "sha256").hex()


# --- time and head ------------------------------------------------------------------------------


async def test_the_time_is_signed_over_the_nonce_for_anybody(server, opened, now):
    status, answer = await server.call("GET", "/sync/v1/time", query="nonce=abc")
    assert status == 200
    assert opened(answer, "time") == {"type": "time", "time": now, "nonce": "abc"}


@pytest.mark.parametrize("query", ["", "nonce=", "nonce=" + "x" * 65, "nonce=%20", "nonce=%C3%A1"])
async def test_a_nonce_is_needed(server, query):
    status, answer = await server.call("GET", "/sync/v1/time", query=query)
    assert (status, answer["reason"]) == (400, "malformed")
    assert server.headers["Content-Type"].startswith("application/problem+json")


async def test_the_head_is_what_the_office_holds(server, enrolled, opened, gtin):
    device = enrolled("HT01A")
    _, answer = await server.call("GET", "/sync/v1/head", device, query="nonce=n")
    assert opened(answer, "head") == {
        "type": "head",
        "device": "HT01A",
        "seq": 0,
        "hash": "00" * 32,
        "nonce": "n",
    }
    device.sell(gtin, 1)
    await server.call("POST", "/sync/v1/journal", device, device.wire())
    _, answer = await server.call("GET", "/sync/v1/head", device, query="nonce=n")
    assert opened(answer, "head") == {
        "type": "head",
        "device": "HT01A",
        "seq": 1,
        "hash": device.hash_at(1).hex(),
        "nonce": "n",
    }


# --- who asks -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [-299, 299])
async def test_a_clock_within_five_minutes_is_good(server, enrolled, now, seconds):
    assert (
        await server.call(
            "GET", "/sync/v1/head", enrolled("HT01A"), query="nonce=n", created=now // 1000 + seconds
        )
    )[0] == 200


@pytest.mark.parametrize("seconds", [-301, 301])
async def test_a_clock_too_far_off_is_told_apart(server, enrolled, now, seconds):
    status, answer = await server.call(
        "GET", "/sync/v1/head", enrolled("HT01A"), query="nonce=n", created=now // 1000 + seconds
    )
    assert (status, answer["reason"]) == (401, "clock")


async def test_an_unknown_device_is_told_apart(server, engine, make_device):
    status, answer = await server.call("GET", "/sync/v1/head", make_device("HT01X"))
    assert (status, answer["reason"]) == (401, "unknown_device")


TAMPERED = {
    "method": {"method": "POST"},
    "authority": {"authority": "elsewhere:80"},
    "path": {"path": "/sync/v1/time"},
    "query": {"query": "from=1"},
    "another device": {"keyid": "HT01B"},
}


@pytest.mark.parametrize("signed", TAMPERED.values(), ids=TAMPERED)
async def test_a_signature_over_something_else_is_refused(server, enrolled, signed):
    enrolled("HT01B")
    status, answer = await server.call("GET", "/sync/v1/head", enrolled("HT01A"), signed=signed)
    assert (status, answer["reason"]) == (401, "signature")


async def test_a_body_that_was_changed_is_refused_and_not_stored(server, enrolled, engine, gtin):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    status, answer = await server.call("POST", "/sync/v1/journal", device, device.wire())
    assert status == 200
    device.sell(gtin, 2)
    signed = device.wire(2)
    sent = zlib.compress(device.segment(2), 1)
    assert sent != signed
    made = http_signatures.signed_headers(
        "POST",
        server.authority,
        "/sync/v1/journal",
        "",
        signed,
        server.now // 1000,
        "HT01A",
        "n",
        device.key.sign,
    )
    status, answer = await server.call("POST", "/sync/v1/journal", body=sent, headers=dict(made))
    assert (status, answer["reason"]) == (401, "digest")
    with database.reading(engine) as connection:
        assert connection.execute(select(schema.entries.c.seq)).scalars().all() == [1]


@pytest.mark.parametrize(
    "path",
    [
        "/sync/v1/head",
        "/sync/v1/catalogue/current?nonce=1",
        "/sync/v1/catalogue/root/1",
        "/sync/v1/segments/" + "0" * 64,
    ],
)
async def test_without_a_signature_there_is_nothing_to_see(server, path):
    status, answer = await server.call("GET", path)
    assert (status, answer["reason"]) == (401, "unsigned")


async def test_a_device_is_noted_as_heard(server, enrolled, engine, now):
    await server.call("GET", "/sync/v1/head", enrolled("HT01A"))
    await heard_at(engine, now)


@pytest.mark.only_on("postgresql")
async def test_a_device_whose_push_is_being_stored_holds_up_no_other_and_is_noted_next_time(
    server, enrolled, engine, now
):
    busy, other = enrolled("HT01A"), enrolled("HT02A", "HT02")
    with database.writing(engine) as connection:
        same = schema.devices.c.id == busy.name
        connection.execute(update(schema.devices).where(same).values(catalogue=1))
        await server.call("GET", "/sync/v1/head", busy)
        await server.call("GET", "/sync/v1/head", other)
        await heard_at(engine, now, other.name)
    await server.call("GET", "/sync/v1/head", busy)
    await heard_at(engine, now, busy.name)


async def heard_at(engine, now, device="HT01A"):
    """Until it is noted that the device was heard then."""
    noted = None
    while noted != now:
        await asyncio.sleep(0.05)
        with database.reading(engine) as connection:
            table = schema.devices
            noted = connection.execute(select(table.c.seen_at).where(table.c.id == device)).scalar_one()


# --- push ---------------------------------------------------------------------------------------


async def test_a_push_is_acknowledged_with_the_devices_own_hash(server, enrolled, opened, gtin, now):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    device.scan(gtin, 2)
    for _ in range(2):  # sent again, because the answer was lost
        status, answer = await server.call("POST", "/sync/v1/journal", device, device.wire())
        assert status == 200
        assert opened(answer, "ack") == {
            "type": "ack",
            "device": "HT01A",
            "acked_seq": 2,
            "hash": device.hash_at(2).hex(),
            "time": now,
        }


async def test_an_unknown_past_is_asked_for(server, enrolled, gtin):
    device = enrolled("HT01A")
    for serial in (1, 2, 3):
        device.sell(gtin, serial)
    status, answer = await server.call("POST", "/sync/v1/journal", device, device.wire(3))
    assert (status, answer["reason"], answer["wanted_seq"]) == (409, "unknown_prev", 1)


@pytest.mark.parametrize(
    "body",
    [b"", b"not zlib", zlib.compress(b"{}"), zlib.compress(b"{}") + b"x", zlib.compress(b"{}" * 9)[:-2]],
    ids=["empty", "unpacked", "no segment", "something after", "cut off"],
)
async def test_a_body_that_is_no_segment_is_refused(server, enrolled, body):
    status, answer = await server.call("POST", "/sync/v1/journal", enrolled("HT01A"), body)
    assert (status, answer["reason"]) == (400, "malformed")


async def test_a_body_too_large_is_refused(server, enrolled):
    device = enrolled("HT01A")
    status, answer = await server.call("POST", "/sync/v1/journal", device, bytes(LARGEST_BODY + 1))
    assert (status, answer["reason"]) == (413, "too_much")


async def test_a_body_that_unpacks_to_too_much_is_refused(server, enrolled):
    bomb = zlib.compress(bytes(LARGEST_SEGMENT + 1))
    assert len(bomb) < 10_000
    status, answer = await server.call("POST", "/sync/v1/journal", enrolled("HT01A"), bomb)
    assert (status, answer["reason"]) == (413, "too_much")


async def test_a_segment_must_say_how_it_is_packed(server, enrolled, gtin):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    status, _ = await server.call(
        "POST", "/sync/v1/journal", device, device.wire(), headers={"Content-Encoding": "identity"}
    )
    assert status == 415


# --- enrolment ----------------------------------------------------------------------------------


async def test_enrolment_proves_both_sides_and_names_the_next_letter(server, code, make_device, now):
    for letter in "AB":
        device, secret = make_device(f"new {letter}"), code()
        sent = {"public": device.key.public.hex(), "mac": _mac(secret, device.key.public)}
        async with server.session.post(server.url + "/sync/v1/enrol", json=sent) as response:
            assert response.status == 200
            body = await response.read()
            proof = response.headers["OCOP-Enrol-Mac"]
        message = enrolment.answer_message(body, device.key.public)
        assert proof == hmac.digest(secret, message, "sha256").hex()
        value = canonical.decode(body)
        assert (value["device"], value["outlet"], value["time"]) == (f"HT01{letter}", "HT01", now)
        assert catalogue.check_root(value["root"], keys.verify)["version"] == 1
        device.name = value["device"]
        assert (await server.call("GET", "/sync/v1/head", device, query="nonce=n"))[0] == 200


async def _enrol(server, device, secret):
    sent = {"public": device.key.public.hex(), "mac": _mac(secret, device.key.public)}
    async with server.session.post(server.url + "/sync/v1/enrol", json=sent) as response:
        return response.status, json.loads(await response.read())


async def test_a_code_works_once_but_its_user_may_ask_again(server, code, make_device):
    secret, device, other = code(), make_device("one"), make_device("two")
    assert (await _enrol(server, device, secret))[1]["device"] == "HT01A"
    assert (await _enrol(server, device, secret))[1]["device"] == "HT01A"
    status, answer = await _enrol(server, other, secret)
    assert (status, answer["reason"]) == (403, "unknown_code")


async def test_two_devices_at_once_cannot_share_a_code(server, code, make_device):
    secret = code()
    answers = await asyncio.gather(*(_enrol(server, make_device(str(n)), secret) for n in range(6)))
    assert sorted(status for status, _ in answers) == [200] + [403] * 5


async def test_a_code_lives_ten_minutes(server, code, make_device, engine, now):
    secret = code()
    server.now = now + 600_001
    assert (await _enrol(server, make_device("late"), secret))[0] == 403
    with database.writing(engine) as connection:  # the next one wipes what has expired
        devices.new_code(connection, "HT01", "test", server.now)
        left = connection.execute(select(schema.enrolment_codes.c.code)).scalars().all()
    assert secret not in left


async def test_a_wrong_code_is_refused(server, code, make_device):
    code()
    assert (await _enrol(server, make_device("guess"), bytes(16)))[0] == 403


async def test_a_known_key_stays_the_device_it_is(server, code, make_device):
    device = make_device("again")
    assert (await _enrol(server, device, code()))[1]["device"] == "HT01A"
    assert (await _enrol(server, device, code()))[1]["device"] == "HT01A"
    status, answer = await _enrol(server, device, code("HT02"))
    assert (status, answer["reason"]) == (403, "other_outlet")


async def test_a_revoked_key_cannot_come_back(server, code, make_device, engine, now):
    device = make_device("lost")
    await _enrol(server, device, code())
    with database.writing(engine) as connection:
        devices.revoke(connection, "HT01A", "test", now)
    status, answer = await _enrol(server, device, code())
    assert (status, answer["reason"]) == (403, "revoked")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"public":"zz","mac":""}',
        b'{"public":1,"mac":2}',
        b'{"public":"","mac":""}',
        b"x" * 5000,
    ],
)
async def test_a_malformed_enrolment_is_refused(server, body):
    async with server.session.post(server.url + "/sync/v1/enrol", data=body) as response:
        assert response.status in (400, 413)


# --- catalogue ----------------------------------------------------------------------------------


async def _ask(server, device, query):
    return await server.call("GET", "/sync/v1/catalogue/current", device, query=query)


async def test_current_and_its_signed_status(server, enrolled, publish, opened, now):
    device = enrolled("HT01A")
    _, answer = await _ask(server, device, "nonce=n1")
    assert answer["current"] is None
    assert opened(answer["status"], "time")["current_sha256"] is None
    publish(now)
    _, answer = await _ask(server, device, "nonce=n2")
    status = opened(answer["status"], "time")
    sha256 = catalogue.sha256_hex(canonical.encode(answer["current"]))
    assert status == {"type": "time", "time": now, "nonce": "n2", "current_sha256": sha256}
    assert answer["current"]["signed"]["outlet"] == "HT01"
    _, answer = await _ask(server, device, f"nonce=n3&have={sha256}")
    assert answer["current"] is None
    assert opened(answer["status"], "time")["current_sha256"] == sha256


async def test_a_long_poll_wakes_when_something_is_published(server, enrolled, publish, engine, now):
    device = enrolled("HT01A")
    publish(now)  # its mark too, so that the recall alone is new afterwards
    _, first = await _ask(server, device, "nonce=n1")
    sha256 = catalogue.sha256_hex(canonical.encode(first["current"]))
    poll = asyncio.create_task(_ask(server, device, f"nonce=n2&have={sha256}&wait=60"))
    with database.writing(engine) as connection:
        registry.recall(connection, "L1", "x", "test", now)
    await asyncio.to_thread(publish, now + 1)
    async with asyncio.timeout(30):  # far below the 60 s that it would wait otherwise
        status, answer = await poll
    assert status == 200
    assert answer["current"]["signed"]["version"] == now + 1


async def test_a_long_poll_ends_by_itself_with_a_fresh_status(server, enrolled, publish, opened, now):
    publish(now)
    device = enrolled("HT01A")
    _, first = await _ask(server, device, "nonce=n1")
    sha256 = catalogue.sha256_hex(canonical.encode(first["current"]))
    _, answer = await _ask(server, device, f"nonce=n2&have={sha256}&wait=1")
    assert answer["current"] is None
    assert opened(answer["status"], "time")["nonce"] == "n2"


@pytest.mark.parametrize("wait", ["61", "-1", "x", "999999999999"])
async def test_a_wait_has_bounds(server, enrolled, wait):
    assert (await _ask(server, enrolled("HT01A"), f"nonce=n&wait={wait}"))[0] == 400


async def test_stopping_does_not_wait_for_open_polls(engine, make_server, enrolled, publish, now):
    publish(now)
    device = enrolled("HT01A")
    server = make_server(now)
    await server.start()
    _, first = await _ask(server, device, "nonce=n1")
    sha256 = catalogue.sha256_hex(canonical.encode(first["current"]))
    poll = asyncio.create_task(_ask(server, device, f"nonce=n2&have={sha256}&wait=60"))
    async with asyncio.timeout(30):
        while not server.app[BULLETIN].waiting:
            await asyncio.sleep(0)
        await server.stop()
        await asyncio.gather(poll, return_exceptions=True)


async def test_segments_come_whole_or_in_ranges(server, enrolled, publish, office_settings, now):
    publish(now)
    device = enrolled("HT01A")
    _, answer = await _ask(server, device, "nonce=n1")
    file = answer["current"]["signed"]["segments"][0]["base"]
    path = f"/sync/v1/segments/{file['sha256']}"
    status, whole = await server.call("GET", path, device)
    assert (status, len(whole), catalogue.sha256_hex(whole)) == (200, file["size"], file["sha256"])
    status, rest = await server.call("GET", path, device, headers={"Range": "bytes=10-"})
    assert (status, rest) == (206, whole[10:])


@pytest.mark.parametrize("name", ["0" * 64, "..%2F..%2Fkeys%2Fack.key", "x"])
async def test_nothing_but_segments_is_served(server, enrolled, name):
    status, _ = await server.call("GET", f"/sync/v1/segments/{name}", enrolled("HT01A"))
    assert status == 404


async def test_roots_by_number(server, enrolled):
    device = enrolled("HT01A")
    status, envelope = await server.call("GET", "/sync/v1/catalogue/root/1", device)
    assert (status, catalogue.check_root(envelope, keys.verify)["version"]) == (200, 1)
    assert (await server.call("GET", "/sync/v1/catalogue/root/2", device))[0] == 404


async def test_a_revoked_device_may_push_and_not_pull(server, enrolled, engine, publish, gtin, now):
    publish(now)
    device = enrolled("HT01A")
    with database.writing(engine) as connection:
        connection.execute(update(schema.devices).values(state="revoked"))
    device.sell(gtin, 1)
    assert (await server.call("POST", "/sync/v1/journal", device, device.wire()))[0] == 200
    status, answer = await _ask(server, device, "nonce=n")
    assert (status, answer["reason"]) == (403, "revoked")
    assert (await server.call("GET", "/sync/v1/segments/" + "0" * 64, device))[0] == 403


# --- with the device's own side -----------------------------------------------------------------


class Journal:
    """A fake device's journal, as the outlet's push asks for it."""

    def __init__(self, device):
        self.device, self.acked = device, 0

    def acknowledged(self):
        return self.acked

    def read(self, first, limit):
        rows = enumerate(self.device.entries[first - 1 : first - 1 + limit], first)
        return [Kept(seq, *entry, False) for seq, entry in rows]

    def hash_at(self, seq):
        return self.device.hash_at(seq) if seq <= len(self.device.entries) else None

    def acknowledge(self, seq, digest):
        self.acked = seq


async def test_the_outlets_own_client_enrols_pushes_and_pulls(
    engine, make_server, code, make_device, publish, tmp_path, gtin, now
):
    server = make_server(int(time.time() * 1000))
    await server.start()
    publish(now)
    seed = bytes(range(32))
    key = DeviceKey(seed)
    with database.writing(engine) as connection:
        secret = devices.new_code(connection, "HT01", "test", server.now)
    identity, _ = await enrolling.enrol(server.session, server.url, enrolment.spell(secret), key)
    assert (identity.device, identity.outlet) == ("HT01A", "HT01")
    office = device_side.Office(server.session, server.url, identity, key)

    device = make_device("HT01A")
    device.key = keys.Signer(seed)
    for serial in range(1, 4):
        device.sell(gtin, serial)
    journal = Journal(device)
    journal.acked = 2  # as if the office had been restored from a backup: it must ask for the past
    assert await device_push.push(office, journal, journal.acknowledge) == 3
    assert journal.acked == 3

    publish(now + 10_000)
    files = tmp_path / "files"
    files.mkdir()
    answer = await device_pull.ask(office, None, 0)
    await device_pull.fetch(office, answer.pulled, None, files)
    signed = answer.pulled.current["signed"]
    segments = catalogue.segments_by_name(signed)
    producers, sold = (segments[name]["base"] for name in ("producers", "sold_outlet"))
    with gzip.open(files / producers["sha256"]) as lines:
        assert catalogue_files.rows("producers", [(producers["length"], lines)])[0]["id"] == "P1"
    with gzip.open(files / sold["sha256"]) as lines:
        _, marks = catalogue_files.sold_set("sold_outlet", sold["length"], lines)
        assert marks == {"HT01A": [3, device.hash_at(3).hex()]}
    again = await device_pull.ask(office, answer.pulled.sha256, signed["version"])
    assert again.pulled is None
    assert again.current_sha256 == answer.pulled.sha256
    await server.stop()


def test_who_is_sent_away_comes_behind_those_who_were_sent_away_before():
    queue = Queue()
    for _ in range(1000):
        queue.took(120)
    first, *others = [queue.book() for _ in range(10)]
    apart = [behind - before for before, behind in itertools.pairwise([first, *others])]
    assert min(apart) >= first - 1  # each a visit later; a second may have passed


@pytest.fixture
def go():
    """Threads wait for this; set at the end, lest a test that fails leaves them waiting for ever."""
    event = threading.Event()
    yield event
    event.set()


async def test_who_would_wait_too_long_is_sent_away_at_once_and_served_later(server, enrolled, gtin, go):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    queue = server.app[TURNS]
    for _ in range(1000):
        queue.took(0.01)  # as a busy machine does
    many = [asyncio.create_task(queue.work(go.wait)) for _ in range(100)]
    await asyncio.sleep(0)
    assert 0 < queue.seconds() < LONGEST_QUEUE  # a hundred of those are done soon
    while queue.seconds() <= LONGEST_QUEUE:
        queue.took(10)  # the disk becomes slow
    assert (await server.call("GET", "/sync/v1/head", device, query="nonce=n"))[0] == 503
    assert int(server.headers["Retry-After"]) >= LONGEST_QUEUE  # not before those are done who wait already
    push = asyncio.create_task(server.call("POST", "/sync/v1/journal", device, device.wire()))
    while queue.waiting == 100:  # it is let in, since it has asked for its head before
        assert not push.done()
        await asyncio.sleep(0)
    for _ in range(1000):
        queue.took(60)
    assert queue.seconds() > LONGEST_QUEUE
    status, answer = await server.call("POST", "/sync/v1/journal", device, device.wire())
    assert (status, answer["reason"]) == (503, "busy")
    # A recall stands behind no push.
    current = "/sync/v1/catalogue/current"
    assert (await server.call("GET", current, device, query="nonce=n"))[0] == 200
    lookups = server.app[LOOKUPS]
    asking = [asyncio.create_task(lookups.work(go.wait)) for _ in range(100)]
    await asyncio.sleep(0)
    while lookups.seconds() <= LONGEST_LOOKUP:
        lookups.took(10)
    assert (await server.call("GET", current, device, query="nonce=n"))[0] == 503
    go.set()
    await asyncio.gather(*asking)
    assert (await push)[0] == 200
    await asyncio.gather(*many)
    assert queue.waiting == 0
    assert (await server.call("POST", "/sync/v1/journal", device, device.wire()))[0] == 200
