"""The outlet's pulls end to end, from an office over HTTP to the catalogue in use."""

import asyncio
import gzip
import os
import signal
import sqlite3
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from kiosk.host.link.identity import remember
from kiosk.host.link.peers import Peers
from kiosk.host.link.syncing import Syncing
from kiosk.host.stamps.catalogue import FILE
from sync import catalogue, journal, segments
from sync.canonical import encode
from sync.catalogue_files import base_lines, delta_lines, sold_lines
from sync.envelopes import key_id, seal
from sync.host.device_key import DeviceKey
from sync.host.office import Identity, OfficeError

ROOT_KEY, CURRENT_KEY, ACK_KEY, DEVICE_KEY = (DeviceKey(bytes([n]) * 32) for n in (1, 2, 3, 4))
EMPTY = b"\x3a\x30\x00\x00\x00\x00\x00\x00"


def signer(key: DeviceKey) -> list[tuple[str, Any]]:
    return [(key_id(key.public), key.sign)]


def role(key: DeviceKey) -> dict[str, Any]:
    return {"keys": [key_id(key.public)], "threshold": 1}


ROOT = seal(
    {
        "type": "root",
        "version": 1,
        "expires": 2**50,
        "keys": {key_id(key.public): key.public.hex() for key in (ROOT_KEY, CURRENT_KEY, ACK_KEY)},
        "roles": {"root": role(ROOT_KEY), "current": role(CURRENT_KEY), "ack": role(ACK_KEY)},
        "stamp_keys": [],
        "hosts": ["OCOP.HATINH.VN"],
    },
    signer(ROOT_KEY),
)


class FakeOffice:
    """Signs a catalogue of its segments whenever it is asked for one; takes every journal."""

    def __init__(self, now: int) -> None:
        self.version = now
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.head = 0, journal.START
        self.held_back: asyncio.Event | None = None  # files wait for this
        self.busy = False  # sends away, for five minutes, who has something to tell
        self.sent_away = 0
        self.segments = {}
        for name in catalogue.SEGMENTS:
            lines = sold_lines(name, EMPTY, {}) if name in catalogue.SOLD_SETS else base_lines(name, [])
            self.segments[name] = {"name": name, "base": self.file(b"".join(lines)), "deltas": []}

    def file(self, content: bytes) -> dict[str, Any]:
        data = gzip.compress(content, mtime=0)
        sha256 = catalogue.sha256_hex(data)
        self.files[sha256] = data
        return {"sha256": sha256, "size": len(data), "length": len(content)}

    def recall(self, lot: str, at: Any = 1) -> dict[str, Any]:
        row = {"lot": lot, "at": at, "reason": "x"}
        delta = self.file(b"".join(delta_lines("recalls", [([lot], row)])))
        self.segments["recalls"]["deltas"].append(delta)
        self.version += 1
        return delta

    def app(self) -> web.Application:
        app = web.Application(client_max_size=2**24, middlewares=[self._door])
        app.router.add_get("/sync/v1/catalogue/current", self._current)
        app.router.add_get("/sync/v1/segments/{sha256}", self._segment)
        app.router.add_post("/sync/v1/journal", self._journal)
        app.router.add_get("/sync/v1/head", self._head)
        return app

    @web.middleware
    async def _door(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if self.busy and request.path in ("/sync/v1/head", "/sync/v1/journal"):
            self.sent_away += 1
            return web.json_response({"reason": "busy"}, status=503, headers={"Retry-After": "300"})
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _current(self, request: web.Request) -> web.Response:
        signed = {"type": "current", "version": self.version, "issued": self.version, "outlet": "HT01"}
        signed |= {"expires": 2**50, "root": 1, "segments": list(self.segments.values())}
        envelope = seal(signed, signer(CURRENT_KEY))
        sha256 = catalogue.sha256_hex(encode(envelope))
        status = {
            "type": "time",
            "time": self.version,
            "nonce": request.query["nonce"],
            "current_sha256": sha256,
        }
        new = None if request.query.get("have") == sha256 else envelope
        return web.json_response({"status": seal(status, signer(ACK_KEY)), "current": new})

    async def _segment(self, request: web.Request) -> web.Response:
        sha256 = request.match_info["sha256"]
        self.asked.append(sha256)
        if self.held_back is not None:
            await self.held_back.wait()
        return web.Response(body=self.files[sha256])

    async def _head(self, request: web.Request) -> web.Response:
        seq, digest = self.head
        head = {"type": "head", "device": "HT01A", "seq": seq, "hash": digest.hex()}
        head["nonce"] = request.query["nonce"]
        return web.json_response(seal(head, signer(ACK_KEY)))

    async def _journal(self, request: web.Request) -> web.Response:
        sent = segments.unpack(await request.read())  # aiohttp has inflated it
        digest = sent.entries[-1].hash.hex()
        self.head = sent.last, sent.entries[-1].hash
        ack = {"type": "ack", "device": sent.device, "acked_seq": sent.last, "hash": digest, "time": 1}
        return web.json_response(seal(ack, signer(ACK_KEY)))


@pytest.fixture
async def synced(shop):
    """The shop, an office of its own, and the syncing between them. No catalogue is installed."""
    (shop.folder / FILE).unlink()
    shop.held.reopen()
    office = FakeOffice(shop.clock.judged)
    async with TestServer(office.app(), skip_url_asserts=True) as server:
        url = str(server.make_url("/"))

        def anew(url: str = url) -> Syncing:
            return Syncing(
                shop.folder, shop.writer, shop.source, DEVICE_KEY, Identity("HT01A", "HT01", ROOT["signed"]),
                ROOT, shop.held, url, shop.clock, Peers(shop.db, shop.writer, lambda: 0), lambda: None,
            )  # fmt: skip

        yield SimpleNamespace(
            office=office,
            syncing=anew(),
            anew=anew,
            url=url,
            held=shop.held,
            folder=shop.folder,
            db=shop.db,
            clock=shop.clock,
        )


async def test_a_catalogue_is_fetched_installed_and_journalled(synced) -> None:
    assert await synced.syncing.now() == (0, True)
    assert synced.held.catalogue.version == synced.office.version
    assert synced.held.confirmed
    kinds = [kind for (kind,) in synced.db.execute("SELECT kind FROM journal")]
    assert kinds == ["catalogue_installed"]
    assert list((synced.folder / "segments").iterdir()) == []  # catalogue.db holds it all
    assert await synced.syncing.now() == (1, False)


async def test_a_change_travels_alone(synced) -> None:
    await synced.syncing.now()
    synced.office.asked.clear()
    delta = synced.office.recall("L1")
    assert (await synced.syncing.now())[1]
    assert synced.office.asked == [delta["sha256"]]
    assert synced.held.catalogue.recall("L1") == {"lot": "L1", "at": 1, "reason": "x"}


async def test_a_catalogue_that_cannot_be_used_is_told_and_not_tried_again(synced) -> None:
    await synced.syncing.now()
    kept = synced.held.catalogue
    synced.office.recall("L1", "yesterday")
    with pytest.raises(OfficeError, match="line 2 of recalls") as refused:
        await synced.syncing.now()
    assert refused.value.code == "catalogue_files"
    assert synced.held.catalogue is kept
    assert kept.recall("L1") is None

    synced.office.asked.clear()
    assert not (await synced.syncing.now())[1]
    assert synced.office.asked == []
    assert "line 2 of recalls" in synced.syncing.trouble
    synced.office.segments["recalls"]["deltas"].clear()
    synced.office.recall("L2")
    assert (await synced.syncing.now())[1]
    assert synced.syncing.trouble == ""
    assert synced.held.catalogue.recall("L2")


async def test_a_spoilt_file_is_fetched_and_built_afresh(synced) -> None:
    await synced.syncing.now()
    db = sqlite3.connect(synced.folder / FILE)
    db.execute("DROP TABLE recalls")
    db.close()
    synced.office.recall("L1")
    with pytest.raises(OfficeError):
        await synced.syncing.now()
    assert (await synced.syncing.now())[1]
    assert synced.held.catalogue.recall("L1")


async def test_the_card_rests_unless_something_is_urgent(synced, monkeypatch) -> None:
    monkeypatch.setattr("kiosk.host.link.syncing.LITTLE", -1_000_000_000)  # as if the catalogue were large
    await synced.syncing.now()
    first = synced.held.catalogue.version
    office = synced.office
    office.version += 1
    office.segments["settings"]["base"] = office.file(
        b"".join(base_lines("settings", [{"name": "x", "value": 1}]))
    )
    assert not (await synced.syncing.now())[1]
    assert synced.held.catalogue.version == first
    office.recall("L1")
    assert (await synced.syncing.now())[1]  # and all that had waited
    assert synced.held.catalogue.recall("L1")
    assert synced.held.catalogue.setting("x") == 1

    office.version += 1
    monkeypatch.setattr("kiosk.host.stamps.catalogue.CONFIRMED_MS", -1)  # as if 15 minutes had passed
    assert (await synced.syncing.now())[1]


async def test_a_sale_waits_a_little_and_the_pull_goes_on(synced, monkeypatch) -> None:
    monkeypatch.setattr("kiosk.host.link.syncing.QUICK", 0.05)
    synced.office.held_back = asyncio.Event()
    running = asyncio.create_task(synced.syncing.run())
    while not synced.office.asked:  # the office was reached
        await asyncio.sleep(0.01)
    await synced.syncing.before_sale()
    assert synced.held.catalogue is None  # the sale goes on without
    synced.office.held_back.set()
    while synced.held.catalogue is None:
        await asyncio.sleep(0.01)
    assert synced.office.asked == list(
        dict.fromkeys(synced.office.asked)
    )  # the two pulls fetched nothing twice
    running.cancel()
    await asyncio.wait([running])


async def test_a_pull_for_a_sale_ends_with_the_service(synced, monkeypatch) -> None:
    monkeypatch.setattr("kiosk.host.link.syncing.QUICK", 0.05)
    synced.office.held_back = asyncio.Event()
    running = asyncio.create_task(synced.syncing.run())
    while not synced.office.asked:
        await asyncio.sleep(0.01)
    await synced.syncing.before_sale()
    running.cancel()
    await asyncio.wait([running])
    names = {task.get_coro().__qualname__ for task in asyncio.all_tasks()}
    assert not [name for name in names if "Syncing" in name]
    synced.office.held_back.set()


async def test_an_office_that_sends_away_is_left_alone_but_for_recalls_and_what_staff_ask(synced) -> None:
    synced.office.busy = True
    running = asyncio.create_task(synced.syncing.run())
    while not (synced.syncing.trouble and synced.held.catalogue):  # what comes from the office comes
        await asyncio.sleep(0.01)
    synced.syncing.wake()
    before, synced.office.version = synced.held.catalogue, synced.office.version + 1
    while synced.held.catalogue is before:
        await asyncio.sleep(0.01)
    assert synced.office.sent_away == 1
    with pytest.raises(OfficeError, match="503") as refused:
        await synced.syncing.now()
    assert refused.value.retry_after == 300
    assert synced.office.sent_away == 2
    synced.office.busy = False
    assert await synced.syncing.now() == (2, False)  # that two catalogues were installed
    running.cancel()
    await asyncio.wait([running])


KILLED = """
import os, signal, sys
from config import cli
from kiosk.host.link.installed import Installed
from kiosk.host.stamps import installing

async def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

place = sys.argv.pop(1)
if place == "announced":  # written down, and not yet in its place
    announce = Installed.announce
    async def announced(self, made):
        await announce(self, made)
        await die()
    Installed.announce = announced
else:  # in its place, and not yet written down
    Installed.record = die
cli.main(sys.argv[1:])
"""


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("place", ["announced", "in place"])
async def test_a_kill_while_a_catalogue_is_put_in_its_place_spoils_nothing(
    synced, tmp_path, place, first
) -> None:
    office = synced.office
    if not first:
        await synced.syncing.now()
        office.recall("L1")
    synced.db.execute("BEGIN IMMEDIATE")
    remember(synced.db, Identity("HT01A", "HT01", ROOT["signed"]), ROOT, synced.url)
    synced.db.execute("COMMIT")
    config = tmp_path / "outlet.toml"
    config.write_text(f'data = "{synced.folder}"\n')
    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, place, "sync", "--config", config
    )
    assert await killed.wait() == -signal.SIGKILL
    assert (synced.folder / FILE).exists() == (place == "in place" or not first)

    synced.held.reopen()
    again, asked = synced.anew(), len(office.asked)
    running = asyncio.create_task(again.run())
    while again.last_contact is None and not again.trouble:
        await asyncio.sleep(0.01)
    assert again.trouble == ""
    running.cancel()
    await asyncio.wait([running])
    assert office.asked[asked:] == []  # what had arrived is there still, in one form or the other
    version = synced.held.catalogue.version
    assert version == office.version
    kinds = [
        body for (body,) in synced.db.execute("SELECT body FROM journal WHERE kind = 'catalogue_installed'")
    ]
    assert len(kinds) == (1 if first else 2)


async def test_a_changed_bit_in_the_installed_file_is_noticed_at_the_start(synced) -> None:
    await synced.syncing.now()
    with (synced.folder / FILE).open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        (last,) = file.read(1)
        file.seek(-1, os.SEEK_END)
        file.write(bytes([last ^ 1]))
    again, office = synced.anew(), synced.office
    office.asked.clear()
    running = asyncio.create_task(again.run())
    while not office.asked:
        await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait([running])


async def test_an_office_whose_clock_leaps_a_year_ahead_stops_no_stamp_and_no_sync(synced) -> None:
    year, clock, office = 365 * 86_400_000, synced.clock, synced.office
    await synced.syncing.now()
    assert clock.state == "sure" and clock.office_ahead is None
    before = clock.judged
    office.version += year  # what it signs as its time and its catalogue's
    office.recall("L1")
    assert (await synced.syncing.now())[1]
    assert synced.held.catalogue.issued == office.version and synced.held.catalogue.recall("L1")
    assert clock.state == "sure" and 0 <= clock.judged - before < 60_000
    assert clock.age(synced.held.catalogue.issued, synced.held.confirmed) == "confirmed"
    assert abs(clock.office_ahead - year) < 60_000 and not clock.follows_office
    clock.office_time(clock.moment().at)  # it is right again
    assert clock.office_ahead is None and clock.state == "sure"


@pytest.mark.parametrize("reason", [[], {"a": 1}, 7, True, None, [["x"]]])
async def test_a_refusal_for_no_reason_at_all_is_trouble_and_the_till_goes_on(synced, reason) -> None:
    async def refuse(_: web.Request) -> web.Response:
        return web.json_response({"reason": reason}, status=409)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", refuse)
    async with TestServer(app, skip_url_asserts=True) as server:
        syncing = synced.anew(str(server.make_url("/")))
        running = asyncio.create_task(syncing.run())
        while not syncing.trouble:
            await asyncio.sleep(0.01)
        assert syncing.state == "refused" and not running.done()
        running.cancel()
        await asyncio.wait([running])
