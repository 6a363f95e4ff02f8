"""A device tells how it is to the real office; an office that does not listen changes nothing."""

import asyncio
import contextlib

import aiohttp
import pytest
from aiohttp import web

from kiosk.host.link.telling import LITTLE_DISK, Telling, matters, report
from kiosk.host.stamps.outlet import VERSION
from office.outlets import fleet, own_clock
from office.storage import database
from sync.host.device_key import load_or_create
from sync.host.office import Office

STATUS = {
    "version": VERSION,
    "device": "HT01A",
    "printer": {"state": "trouble", "detail": "x" * 900, "template": ""},
    "scanner": {"camera-shopper": {"state": "frozen", "detail": "no pictures"}},
    "office": {"state": "ok", "detail": "", "last_contact": None, "waiting": 2},
    "catalogue": {"version": 5, "issued": 5, "age": "fresh"},
    "clock": {"state": "sure", "office_ahead": None, "follows_office": False},
}


@pytest.fixture
async def device(make_outlet):
    return await make_outlet()


@pytest.fixture
async def office(device):
    async with aiohttp.ClientSession() as session:
        key = load_or_create(device.folder / "device.key")
        yield Office(session, device.office.url, device.identity, key)


def known(device):
    with database.reading(device.office.engine) as connection:
        return fleet.every(connection, 0, 48)[0]


async def test_the_office_hears_what_the_outlet_s_status_says(device, office):
    await Telling(lambda: report(STATUS, 40, device.folder)).once(office)
    one = known(device)
    assert (one.newest_seq, one.report.printer.state, one.report.readers["camera-shopper"].state) == (
        42, "trouble", "frozen",
    )  # fmt: skip
    assert one.report.disk.size >= one.report.disk.free > 0
    assert one.report.version == VERSION


async def test_the_office_hears_that_its_own_clock_is_wrong(device, office):
    clock = {"state": "sure", "office_ahead": -400 * 86_400_000, "follows_office": False}
    await Telling(lambda: report(STATUS | {"clock": clock}, 40, device.folder)).once(office)
    one = known(device)
    assert own_clock.doubted([one], one.reported_at) == (-400 * 86_400_000, 1, 1, 0)


async def test_the_service_s_own_loops_tell_it(device):
    syncing = type(device.syncing)(
        device.folder, device.writer, device.source, load_or_create(device.folder / "device.key"),
        device.identity, device.syncing._root, device.held, device.office.url, device.syncing._clock, device.peers,
        lambda: None, lambda: report(STATUS, 0, device.folder),
    )  # fmt: skip
    running = asyncio.create_task(syncing.run())
    try:
        async with asyncio.timeout(60):
            while known(device).report is None:
                await asyncio.sleep(0.05)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_it_is_told_again_only_when_something_changed(device, office):
    told = dict(report(STATUS, 40, device.folder))
    asked = []

    def collect():
        asked.append(1)
        return told

    telling = Telling(collect)
    await telling.once(office)
    told = told | {"seq": 99, "waiting": 9}
    await telling.once(office)
    assert (len(asked), known(device).report.seq) == (2, 42)
    told = told | {"clock": "unsure"}
    await telling.once(office)
    assert known(device).report.seq == 99


def test_what_is_told_at_once():
    told = report(STATUS, 40, "/")
    roomy = told | {"disk": {"free": LITTLE_DISK, "size": LITTLE_DISK}}
    assert matters(roomy) != matters(roomy | {"disk": {"free": LITTLE_DISK - 1, "size": LITTLE_DISK}})
    assert matters(roomy) != matters(roomy | {"printer": {"state": "ok", "detail": ""}})
    ahead = roomy | {"office_ahead": 400 * 86_400_000}
    assert matters(roomy) != matters(ahead) != matters(ahead | {"follows_office": True})
    assert matters(ahead) == matters(ahead | {"office_ahead": 400 * 86_400_000 + 5})
    assert matters(roomy) == matters(roomy | {"seq": 1, "waiting": 1, "catalogue": 9})


async def test_an_office_of_before_does_not_take_it_and_is_left_in_peace(device):
    refusal = web.Response(status=405)
    async with pretended(device, lambda _: refusal) as (old, asked):
        telling = Telling(lambda: report(STATUS, 40, device.folder))
        for _ in range(3):
            await telling.once(old)
    assert asked == ["/sync/v1/health"]


async def test_what_a_busy_office_did_not_take_is_told_as_soon_as_it_asked_for(device):
    """It stood as told for ten minutes: a clock that was sure again was "not sure" at the office for as long."""
    busy = web.json_response({"reason": "busy"}, status=503, headers={"Retry-After": "1"})
    answers = [busy, web.json_response({})]
    async with pretended(device, lambda count: answers[count - 1]) as (office, asked):
        telling = Telling(lambda: report(STATUS, 40, device.folder))
        async with asyncio.timeout(60):
            while len(asked) < 2:
                await telling.once(office)
                await asyncio.sleep(0.01)
        await telling.once(office)
    assert asked == ["/sync/v1/health"] * 2


@contextlib.asynccontextmanager
async def pretended(device, answer):
    """(an office that gives `answer(how many were asked)`, the paths that it was asked for)."""
    asked = []

    async def take(request):
        asked.append(request.path)
        return answer(len(asked))

    app = web.Application()
    app.router.add_post("/{path:.*}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with aiohttp.ClientSession() as session:
            url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield Office(session, url, device.identity, load_or_create(device.folder / "device.key")), asked
    finally:
        await runner.cleanup()


async def test_an_office_that_cannot_be_reached_is_told_later(device):
    async with aiohttp.ClientSession() as session:
        key = load_or_create(device.folder / "device.key")
        telling = Telling(lambda: report(STATUS, 40, device.folder))
        await telling.once(Office(session, "http://127.0.0.1:1", device.identity, key))
        await telling.once(Office(session, device.office.url, device.identity, key))
    assert known(device).report is not None
