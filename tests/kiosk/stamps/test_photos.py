"""Pictures of products at an outlet: what is named is fetched, kept and shown; nothing else is, and nobody waits."""

import asyncio
import hashlib
from types import SimpleNamespace

import aiohttp
import pytest
from aiohttp import web

from kiosk.host.stamps import photos
from kiosk.host.stamps.photos import Photos
from sync.catalogue import LARGEST_PHOTO
from sync.host.office import OfficeError


def named(data):
    return hashlib.sha256(data).hexdigest()


A, B = b"RIFF one", b"RIFF two"


class Office:
    """Pictures by name, and what was asked for."""

    def __init__(self, *pictures):
        self.pictures = {named(data): data for data in pictures}
        self.asked = []
        self.away = False

    async def fetch(self, name):
        self.asked.append(name)
        if self.away:
            raise OfficeError("unreachable", "no network")
        if name not in self.pictures:
            raise OfficeError("refused", "404")
        return self.pictures[name]


@pytest.fixture
async def cabinet(tmp_path, monkeypatch):
    """Photos over a catalogue that names `wanted`, running."""
    monkeypatch.setattr(photos, "REST", 0)
    office, wanted = Office(A, B), [named(A), named(B)]
    came = asyncio.Event()
    held = SimpleNamespace(catalogue=SimpleNamespace(photos=lambda: list(wanted)))
    kept = Photos(tmp_path / "photos", held, office.fetch, came.set)
    running = asyncio.ensure_future(kept.run())
    yield SimpleNamespace(
        photos=kept, office=office, wanted=wanted, came=came, folder=tmp_path / "photos", held=held
    )
    running.cancel()
    await asyncio.wait([running])


async def until(condition):
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


def here(cabinet):
    return {path.name for path in cabinet.folder.iterdir()} if cabinet.folder.exists() else set()


async def test_what_the_catalogue_names_is_fetched_once_and_what_it_names_no_more_goes(cabinet):
    await until(lambda: here(cabinet) == {named(A), named(B)})
    await cabinet.came.wait()
    assert cabinet.photos.has(named(A))
    cabinet.wanted.remove(named(A))
    cabinet.photos.wake()
    await until(lambda: here(cabinet) == {named(B)})
    assert sorted(cabinet.office.asked) == sorted([named(A), named(B)])


@pytest.mark.parametrize("lie", [b"another picture", b"RIFF" * LARGEST_PHOTO])
async def test_bytes_that_are_not_what_was_named_are_not_kept(cabinet, lie):
    cabinet.office.pictures[named(A)] = lie
    await until(lambda: here(cabinet) == {named(B)} and cabinet.came.is_set())
    assert not cabinet.photos.has(named(A))


async def test_one_that_the_office_has_not_does_not_keep_the_others_away(cabinet):
    del cabinet.office.pictures[named(A)]
    await until(lambda: here(cabinet) == {named(B)})


async def test_with_the_network_back_the_rest_comes(tmp_path, cabinet):
    await until(lambda: len(here(cabinet)) == 2)
    cabinet.office.away = True
    third = b"RIFF three"
    cabinet.wanted.append(named(third))
    cabinet.photos.wake()
    await until(lambda: named(third) in cabinet.office.asked)
    assert not cabinet.photos.has(named(third))
    cabinet.office.away, cabinet.office.pictures[named(third)] = False, third
    cabinet.photos.wake()
    await until(lambda: cabinet.photos.has(named(third)))


async def test_without_a_catalogue_nothing_is_lost(cabinet):
    await until(lambda: len(here(cabinet)) == 2)
    cabinet.held.catalogue = None
    cabinet.photos.wake()
    await until(lambda: not cabinet.photos._look.is_set())
    assert len(here(cabinet)) == 2


async def test_a_page_gets_the_picture_or_nothing(cabinet):
    await until(lambda: len(here(cabinet)) == 2)
    app = web.Application()
    app.router.add_get(photos.PATH, cabinet.photos.serve)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    at = f"http://127.0.0.1:{runner.addresses[0][1]}/photos/"
    async with aiohttp.ClientSession() as session:

        async def get(name):
            async with session.get(at + name) as answer:
                return answer.status, await answer.read(), answer.content_type

        try:
            assert await get(named(A)) == (200, A, "image/webp")
            for name in ("0" * 64, "..%2fdevice.key", "", named(A)[:-1]):
                assert (await get(name))[0] == 404
            (cabinet.folder / named(A)).write_bytes(b"RIFF onf")  # the card changed a bit
            assert (await get(named(A)))[0] == 404
            await until(lambda: cabinet.office.asked.count(named(A)) == 2 and cabinet.photos.has(named(A)))
            assert await get(named(A)) == (200, A, "image/webp")
        finally:
            await runner.cleanup()
