"""A recall's reach: who has a catalogue that holds it, told by what was published and what journals say."""

import asyncio
import json

import pytest
from sqlalchemy import insert, update

from office import registry, schema
from office.outlets.ingest import ingest
from office.publishing import reach
from office.publishing.publish import Publisher
from office.settings import Publish
from office.storage import database


@pytest.fixture
def publish(engine, office_settings, current_key):
    return Publisher(engine, office_settings.folder / "segments", current_key, Publish()).publish


@pytest.fixture
def recall(engine, now):
    def do(at=now):
        with database.writing(engine) as connection:
            registry.recall(connection, "L1", "Mốc", "test", at)

    return do


@pytest.fixture
def found(engine):
    def read(record="lots", key="L1"):
        with database.reading(engine) as connection:
            return reach.find(connection, record, key)

    return read


@pytest.fixture
def install(engine, enrolled, now):
    """A device says in its journal that it has installed a version."""
    known = {}

    def do(name, version, at=now):
        device = known.setdefault(name, None) or enrolled(name, name[:4])
        known[name] = device
        device.add("catalogue_installed", {"v": 1, "catalogue": version, "sha256": "0" * 64}, at=at)
        ingest(engine, name, device.segment(), at)

    return do


def test_a_till_has_it_once_its_journal_says_so(publish, recall, found, install, now):
    first = {one.outlet: one.version for one in publish(now)}
    for name in ("HT01A", "HT02A"):
        install(name, first[name[:4]])
    assert found() is None
    recall()
    assert (found().published_at, found().reached) == (None, 0)
    second = {one.outlet: one.version for one in publish(now + 1000)}
    assert found().published_at == now + 1000
    assert found().reached == 0
    install("HT02A", second["HT02"], now + 1700)
    assert [(till.device, till.has_it, till.since) for till in found().tills] == [
        ("HT01A", False, None), ("HT02A", True, now + 1700),
    ]  # fmt: skip
    # A later catalogue does not change since when; the next recall is apart.
    install("HT02A", second["HT02"] + 5000, now + 9000)
    assert found().tills[1].since == now + 1700
    install("HT01A", second["HT01"] + 5000, now + 9500)
    assert found().reached == 2


def test_a_recall_that_the_publisher_did_not_see_is_not_out_whatever_its_time_says(
    publish, recall, found, install, now
):
    """Its time lies before the version of a catalogue that was built without it."""
    version = publish(now)[0].version
    recall(at=now - 60_000)
    install("HT01A", version - 1)
    install("HT01A", version)
    assert found().published_at is None
    assert found().reached == 0


def test_a_recall_taken_back_and_made_again_reaches_anew(engine, publish, recall, found, install, now):
    from office.registry import changes

    install("HT01A", publish(now)[0].version)
    recall()
    install("HT01A", publish(now + 1)[0].version)
    assert found().reached == 1
    with database.writing(engine) as connection:
        (change,) = changes.history(connection, "recalls", "L1")
        changes.undo(connection, change.id, "test", now + 2)
    publish(now + 3)
    assert found() is None
    recall(now + 4)
    publish(now + 5)
    assert found().reached == 0


def test_a_withdrawal_too(engine, publish, found, install, now):
    from datetime import date

    install("HT01A", publish(now)[0].version)
    with database.writing(engine) as connection:
        registry.withdraw(connection, "SP1", date(2026, 11, 23), None, "Giả mạo", "test", now)
    install("HT01A", publish(now + 1)[0].version)
    assert (found("products", "SP1").reached, found("products", "SP1").reason) == (1, "Giả mạo")


def test_revoked_and_followed_devices_do_not_count_and_a_forked_one_has_nothing(
    engine, publish, recall, found, install, now
):
    for name in ("HT01A", "HT01B", "HT01C", "HT01D"):
        install(name, publish(now)[0].version if name == "HT01A" else now)
    recall()
    version = publish(now + 1)[0].version
    for name in ("HT01A", "HT01B", "HT01C", "HT01D"):
        install(name, version)
    with database.writing(engine) as connection:
        table = schema.devices
        connection.execute(update(table).where(table.c.id == "HT01A").values(state="revoked"))
        connection.execute(update(table).where(table.c.id == "HT01B").values(state="forked"))
        row = {"device": "HT01D", "replaces": "HT01C", "asked_at": now, "agreed_at": now}
        connection.execute(insert(schema.renewals).values(**row))
    assert [(till.device, till.has_it) for till in found().tills] == [("HT01B", False), ("HT01D", True)]


async def test_the_page_names_who_has_not_and_how_to_call(desk, engine, publish, recall, install, now):
    for name in ("HT01A", "HT02A"):
        install(name, publish(now)[0].version if name == "HT01A" else now)
    with database.writing(engine) as connection:
        table = schema.outlets
        connection.execute(update(table).where(table.c.code == "HT01").values(phone="0239 000 111"))
    recall()
    version = publish(now + 1)[0].version
    install("HT02A", version)
    await desk.log_in("viewer")
    page = await desk.get("/office/reach/lots/L1")
    assert 'href="tel:0239000111"' in page
    assert "1 / 2" in page
    assert '<progress max="2" value="1"' in page
    assert 'href="/office/reach/lots/L1"' in await desk.get("/office/registry/lots/L1")
    await desk.get("/office/reach/lots/L2", 404)
    await desk.get("/office/reach/producers/P1", 404)
    install("HT01A", version)
    page = await desk.get("/office/reach/lots/L1")
    assert "2 / 2" in page
    assert "tel:" not in page


async def test_the_page_stays_short_where_a_province_is_offline(desk, engine, enrolled, recall):
    for number in range(205):
        enrolled(f"HT01{number}")
    recall()
    await desk.log_in("viewer")
    page = await desk.get("/office/reach/lots/L1")
    assert page.count('href="/office/fleet/HT01') == 200
    assert "0 / 205" in page
    assert "5 quầy khác" in page


async def test_the_page_hears_of_each_till_as_it_happens(desk, publish, recall, install, now):
    install("HT01A", publish(now)[0].version)
    recall()
    version = publish(now + 1)[0].version
    await desk.log_in("viewer")
    answer = await desk.client.get("/office/reach/lots/L1/events?lang=en")
    assert answer.content_type == "text/event-stream"

    async def event():
        lines = []
        async with asyncio.timeout(60):
            while (line := (await answer.content.readline()).decode().rstrip("\n")) or not lines:
                if line.startswith("data: "):
                    lines.append(line[6:])
        return json.loads("".join(lines))

    assert "0 / 1" in (await event())["html"]
    install("HT01A", version)
    last = await event()
    assert "1 / 1" in last["html"]
    assert last["done"]
    assert await asyncio.wait_for(answer.content.read(), 60) == b""  # and ends


async def test_nobody_hears_of_it_without_logging_in(desk, publish, recall, now):
    recall()
    answer = await desk.client.get("/office/reach/lots/L1/events", allow_redirects=False)
    assert answer.status == 303
    await desk.log_in("producer")
    await desk.get("/office/reach/lots/L1/events", 403)


async def test_a_stream_ends_with_its_session(desk, publish, recall, install, now, clock):
    install("HT01A", publish(now)[0].version)
    recall()
    await desk.log_in("viewer")
    answer = await desk.client.get("/office/reach/lots/L1/events")
    clock[0] += 30 * 24 * 3_600_000
    async with asyncio.timeout(60):
        await answer.content.read()


async def test_open_streams_do_not_hold_up_the_end_of_the_service(desk, publish, recall, install, now):
    install("HT01A", publish(now)[0].version)
    recall()
    await desk.log_in("viewer")
    answer = await desk.client.get("/office/reach/lots/L1/events")
    from office.web.keys_app import STOPPING

    desk.client.app[STOPPING].set()
    async with asyncio.timeout(60):
        await answer.content.read()


async def test_a_real_device_that_pulls_a_recall_has_it(live_office, make_outlet):
    def now_known():
        with database.reading(live_office.engine) as connection:
            return reach.find(connection, "lots", "L1")

    device = await make_outlet()
    live_office.publish()
    await device.syncing.now()
    await device.syncing.now()  # what it journalled of the first catalogue goes out
    live_office.change(registry.recall, "L1", "Mốc")
    live_office.publish()
    assert (now_known().reached, len(now_known().tills)) == (0, 1)
    await device.syncing.now()
    await device.syncing.now()
    (till,) = now_known().tills
    assert till.has_it
    assert till.since is not None
