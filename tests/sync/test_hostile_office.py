"""What a device makes of answers that no honest office gives: too much of them, odd ones, ones that were signed.

The five TUF attacks by a catalogue's documents and files stand in test_catalogue_host.py and core/test_catalogue.py.
"""

import asyncio
import os
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from sync import catalogue, journal, segments
from sync.canonical import encode
from sync.damage import Kept
from sync.envelopes import key_id, seal
from sync.host.device_key import DeviceKey
from sync.host.office import LARGEST_ANSWER, Identity, Office, OfficeError
from sync.host.pull import Pulled, ask, fetch
from sync.host.push import FEWEST, push

ROOT, CURRENT, ACK, DEVICE = [DeviceKey(bytes([n]) * 32) for n in (1, 2, 4, 5)]
NOW = 1795400000000

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def signed(key: DeviceKey, value: dict[str, Any]) -> dict[str, Any]:
    return seal(value, [(key_id(key.public), key.sign)])


def trusted_root() -> dict[str, Any]:
    def role(key: DeviceKey) -> dict[str, Any]:
        return {"keys": [key_id(key.public)], "threshold": 1}

    return {
        "type": "root",
        "version": 1,
        "expires": NOW * 2,
        "keys": {key_id(key.public): key.public.hex() for key in (ROOT, CURRENT, ACK)},
        "roles": {"root": role(ROOT), "current": role(CURRENT), "ack": role(ACK)},
        "stamp_keys": [],
        "hosts": [],
    }


class Liar:
    """Answers every request by `answer`; counts them, and the bytes of an endless answer."""

    def __init__(self) -> None:
        self.asked = 0
        self.sent = 0
        self.answer: Handler

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked += 1
        if request.path.startswith("/sync/v1/catalogue/root/"):
            return web.json_response({}, status=404)
        return await self.answer(request)

    def says(self, body: bytes, status: int = 200, **headers: str) -> None:
        async def answer(_: web.Request) -> web.StreamResponse:
            return web.Response(body=body, status=status, headers=headers)

        self.answer = answer

    def signs(self, value: Callable[[web.Request], dict[str, Any]], wrap: str = "") -> None:
        """What an office says whose acknowledgement key was stolen."""

        async def answer(request: web.Request) -> web.StreamResponse:
            envelope = signed(ACK, value(request))
            return web.json_response({wrap: envelope} if wrap else envelope)

        self.answer = answer

    def goes_on_for_ever(self, piece: bytes) -> None:
        async def answer(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse()
            await response.prepare(request)
            while request.transport is not None and not request.transport.is_closing():
                await response.write(piece)
                self.sent += len(piece)
            return response

        self.answer = answer


@pytest.fixture
def liar() -> Liar:
    return Liar()


@pytest_asyncio.fixture
async def office(liar: Liar) -> AsyncIterator[Office]:
    app = web.Application(client_max_size=1 << 24)
    app.router.add_route("*", "/{path:.*}", liar.handle)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        yield Office(session, str(server.make_url("/")), Identity("HT01A", "HT01", trusted_root()), DEVICE)


async def refusal(work: Awaitable[object]) -> str:
    async with asyncio.timeout(60):  # an answer without an end is left, not read
        with pytest.raises(OfficeError) as refused:
            await work
    return refused.value.code


# --- too much ---


async def test_an_answer_without_an_end_is_left(liar: Liar, office: Office) -> None:
    liar.goes_on_for_ever(b" " * 65536)
    assert await refusal(ask(office, None, 0)) == "not_office"
    assert liar.sent < 32 * LARGEST_ANSWER  # what the sockets between them hold


async def test_an_answer_that_unpacks_without_an_end_is_left(liar: Liar, office: Office) -> None:
    packer = zlib.compressobj(9)
    bomb = b"".join([packer.compress(bytes(1 << 20)) for _ in range(500)]) + packer.flush()
    assert len(bomb) < LARGEST_ANSWER
    liar.says(bomb, **{"Content-Encoding": "deflate"})
    tracemalloc.start()
    try:
        assert await refusal(ask(office, None, 0)) == "not_office"
        assert tracemalloc.get_traced_memory()[1] < 16 * LARGEST_ANSWER
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("cut", [1, 100])
async def test_a_packed_answer_that_is_cut_off_or_spoilt_is_refused(
    liar: Liar, office: Office, cut: int
) -> None:
    nonce = signed(ACK, {"type": "time", "time": NOW, "nonce": "x"})
    packed = zlib.compress(encode({"status": nonce, "current": None}))
    liar.says(packed[:-cut], **{"Content-Encoding": "deflate"})
    assert await refusal(office.ask("GET", "/x")) == "not_office"
    liar.says(b"\xff" + packed, **{"Content-Encoding": "deflate"})
    assert await refusal(office.ask("GET", "/x")) == "not_office"


async def test_a_file_without_an_end_is_left(liar: Liar, office: Office, tmp_path: Path) -> None:
    liar.goes_on_for_ever(b"x" * 65536)
    file = {"sha256": "0" * 64, "size": 1000, "length": 1000}
    segments = [{"name": name, "base": file, "deltas": []} for name in catalogue.SEGMENTS]
    wanted = Pulled({"signed": {"segments": segments}, "signatures": []}, "")
    assert await refusal(fetch(office, wanted, None, tmp_path)) == "catalogue_segment"
    assert liar.sent < 32 * LARGEST_ANSWER
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("size", [10 << 30, -1, "1000", None, True, 1 << 62])
async def test_a_segment_of_ten_gigabytes_is_refused_before_it_is_asked_for(
    liar: Liar, office: Office, size: object
) -> None:
    small = {"sha256": "0" * 64, "size": 1, "length": 1}
    segments = [{"name": name, "base": dict(small), "deltas": []} for name in catalogue.SEGMENTS]
    segments[0]["base"]["size"] = size
    document = {"type": "current", "version": NOW, "issued": NOW, "expires": NOW + 1, "outlet": "HT01",
                "root": 1, "segments": segments}  # fmt: skip

    async def answer(request: web.Request) -> web.StreamResponse:
        status = {"type": "time", "time": NOW, "nonce": request.query["nonce"], "current_sha256": "0" * 64}
        try:
            current = signed(CURRENT, document)
        except ValueError:  # no canonical JSON has such a number: nobody can sign it
            current = {"signed": document, "signatures": []}
        return web.json_response({"status": signed(ACK, status), "current": current})

    liar.answer = answer
    assert await refusal(ask(office, None, 0)) in ("catalogue_malformed", "catalogue_signature")
    assert liar.asked == 1


# --- odd ones ---

ODD = [
    b"",
    b"null",
    b"5",
    b'"x"',
    b"[]",
    b"{}",
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"<html>",
    b"\xff\xfe",
    b"9" * 9999,
]


@pytest.mark.parametrize("body", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize("status", [200, 401, 409, 413, 500])
async def test_an_odd_answer_is_trouble_like_any_other(
    liar: Liar, office: Office, body: bytes, status: int
) -> None:
    liar.says(body, status)
    for work in (
        ask(office, None, 0),
        office.head(),
        office.time(),
        push(office, Written(3), no_ack),
    ):
        assert await refusal(work)


WRONG_TIMES: list[Any] = [None, "soon", [], {}, True]


@pytest.mark.parametrize("wrong", WRONG_TIMES)
async def test_a_time_that_is_no_number_is_refused(liar: Liar, office: Office, wrong: object) -> None:
    def value(request: web.Request) -> dict[str, Any]:
        return {"type": "time", "time": wrong, "nonce": request.query["nonce"], "current_sha256": "0" * 64}

    liar.signs(value)
    assert await refusal(office.time()) == "not_office"
    liar.signs(value, "status")
    assert await refusal(ask(office, None, 0)) == "not_office"


async def test_a_time_played_back_is_refused(liar: Liar, office: Office) -> None:
    liar.signs(lambda _: {"type": "time", "time": NOW, "nonce": "0" * 32})
    assert await refusal(office.time()) == "not_office"
    liar.signs(lambda request: {"type": "time", "time": NOW, "nonce": request.query["nonce"]})
    assert await office.time() == NOW


@pytest.mark.parametrize(
    "change",
    [
        {"seq": "1"}, {"seq": None}, {"seq": True}, {"hash": None}, {"hash": 5}, {"hash": "00"}, {"hash": "x" * 64},
        {"device": "HT01B"}, {"device": None}, {"nonce": "0" * 32}, {"type": "ack"},
    ],
)  # fmt: skip
async def test_a_head_that_does_not_fit_is_refused(
    liar: Liar, office: Office, change: dict[str, Any]
) -> None:
    def head(request: web.Request, more: dict[str, Any]) -> dict[str, Any]:
        nonce = request.query["nonce"]
        return {"type": "head", "device": "HT01A", "seq": 1, "hash": "0" * 64, "nonce": nonce} | more

    liar.signs(lambda request: head(request, change))
    assert await refusal(office.head()) == "not_office"
    liar.signs(lambda request: head(request, {}))
    assert (await office.head()).seq == 1


# --- what a push believes ---


class Written:
    """A journal of some entries, none of them acknowledged."""

    def __init__(self, count: int) -> None:
        self.entries: list[Kept] = []
        previous = journal.START
        for seq in range(1, count + 1):
            header = journal.header_bytes("HT01A", seq, seq, seq, "sure", "scan", b"{}")
            previous = journal.entry_hash(previous, header)
            self.entries.append(Kept(seq, header, b"{}", previous, False))

    def acknowledged(self) -> int:
        return 0

    def read(self, first: int, limit: int) -> list[Kept]:
        return self.entries[first - 1 : first - 1 + limit]

    def hash_at(self, seq: int) -> bytes | None:
        return self.entries[seq - 1].hash if seq else journal.START


def no_ack(seq: int, _: bytes) -> None:
    raise AssertionError(f"entry {seq} counts as acknowledged")


def ack(**change: Any) -> Callable[[web.Request], dict[str, Any]]:
    digest = Written(3).entries[-1].hash.hex()
    value = {"type": "ack", "device": "HT01A", "acked_seq": 3, "hash": digest, "time": NOW} | change
    return lambda _: {name: one for name, one in value.items() if one != "missing"}


@pytest.mark.parametrize(
    "change",
    [
        {"acked_seq": 2}, {"acked_seq": 4}, {"acked_seq": "3"}, {"acked_seq": None}, {"acked_seq": [3]},
        {"acked_seq": 2**53 - 1}, {"acked_seq": "missing"}, {"hash": "0" * 64}, {"hash": None}, {"hash": "missing"},
        {"device": "HT02A"}, {"device": None}, {"device": "missing"}, {"type": "head"},
    ],
)  # fmt: skip
async def test_nothing_counts_as_acknowledged_but_what_was_sent(
    liar: Liar, office: Office, change: dict[str, Any]
) -> None:
    liar.signs(ack(**change))
    assert await refusal(push(office, Written(3), no_ack)) in ("other_branch", "not_office")
    liar.signs(ack())
    heard: list[int] = []
    assert await push(office, Written(3), lambda seq, _: heard.append(seq)) == 3
    assert heard == [3]


async def test_an_acknowledgement_by_another_key_is_none(liar: Liar, office: Office) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.json_response(signed(CURRENT, ack()(request)))

    liar.answer = answer
    assert await refusal(push(office, Written(3), no_ack)) == "not_office"


async def test_a_segment_begins_behind_the_newest_entry_whose_hash_is_known(
    liar: Liar, office: Office
) -> None:
    class Lost(Written):
        def acknowledged(self) -> int:
            return 2

        def hash_at(self, seq: int) -> bytes | None:
            return None if seq == 2 else super().hash_at(seq)  # the card lost it

    sent: list[segments.Segment] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        sent.append(segments.unpack(await request.read()))  # aiohttp has inflated it
        return web.json_response(signed(ACK, ack()(request)))

    liar.answer = answer
    lost = Lost(3)
    assert await push(office, lost, lambda *_: None) == 2
    assert [(one.first, one.prev_hash) for one in sent] == [(2, lost.hash_at(1))]


@pytest.mark.parametrize("wanted", [1, 0, -5, 10**9, "1", None, [], True])
async def test_an_office_that_never_knows_what_is_before_is_asked_a_few_times(
    liar: Liar, office: Office, wanted: object
) -> None:
    class Half(Written):
        def acknowledged(self) -> int:
            return 2000

    liar.says(encode({"reason": "unknown_prev", "wanted_seq": wanted}), 409)
    assert await refusal(push(office, Half(4000), no_ack)) == "unknown_prev"
    assert liar.asked <= 13  # doubling steps back to entry 1


async def test_an_office_for_which_all_is_too_much_is_asked_a_few_times(liar: Liar, office: Office) -> None:
    liar.says(b"", 413)
    assert await refusal(push(office, Written(1000), no_ack)) == "too_much"
    assert liar.asked <= 8


async def test_segments_grow_no_more_beyond_what_was_too_much(liar: Liar, office: Office) -> None:
    written, sizes = Written(600), list[int]()

    async def answer(request: web.Request) -> web.StreamResponse:
        segment = segments.unpack(await request.read())
        sizes.append(len(segment.entries))
        if sizes[-1] > 100:
            return web.json_response({"reason": "too_much"}, status=413)
        last = segment.entries[-1]
        done = ack(acked_seq=last.seq, hash=last.hash.hex())(request)
        return web.json_response(signed(ACK, done))

    liar.answer = answer
    assert await push(office, written, lambda *_: None) == 600
    assert [size for size in sizes if size > 100] == [FEWEST]


async def test_a_clock_answer_for_ever_is_believed_once(liar: Liar, office: Office) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        nonce = request.headers["Signature-Input"].partition('nonce="')[2].partition('"')[0]
        moment = {"type": "time", "time": int(time.time() * 1000), "nonce": nonce}
        return web.json_response({"reason": "clock", "time": signed(ACK, moment)}, status=401)

    liar.answer = answer
    assert await refusal(office.ask("GET", "/x")) == "clock"
    assert liar.asked == 2
