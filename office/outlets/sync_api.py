"""What devices ask of the office over HTTP (`/sync/v1`): enrolment, time, push, catalogue.

Requests are signed by the device (RFC 9421); answers that a device acts on are signed by the
acknowledgement key. The database works in threads, so that one slow push delays nobody.
"""

import asyncio
import functools
import hmac
import json
import re
import zlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from aiohttp import web
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from office.outlets import devices, health, journals, waiting
from office.outlets.brought import take
from office.outlets.devices import Device
from office.outlets.ingest import Ack, UnknownPrevError, ingest
from office.outlets.waiting import ASKS, LOOKUPS, PUSHES, TELLS, TURNS, Limits, Queue
from office.publishing.bulletin import Posted
from office.publishing.currents import Newest, newest_envelope
from office.publishing.keys import seal, verify
from office.registry import RegistryError, photos
from office.storage.database import lookup, reading, writing
from office.web.keys_app import ACK, BULLETIN, CLOCK, CONTACTS, ENGINE, SETTINGS
from office.web.problems import ProblemError
from sync import enrolment, http_signatures, segments
from sync.canonical import encode
from sync.envelopes import SyncError
from sync.journal import START

LARGEST_BODY = 1024 * 1024  # bytes as sent
LARGEST_SEGMENT = 4 * 1024 * 1024  # bytes unpacked
LARGEST_ENROLMENT = 4096
LONGEST_WAIT = 60  # seconds of a long poll

_NONCE = re.compile(r"[!-~]{1,64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
T = TypeVar("T")


def setup(app: web.Application) -> None:
    """Add the routes. Request bodies must be left packed (`auto_decompress=False`)."""
    waiting.setup(app)
    app.router.add_post("/sync/v1/enrol", _answering(_enrol, {}))
    app.router.add_get("/sync/v1/time", _answering(_time, {}))
    app.router.add_get("/sync/v1/head", _answering(_head, TELLS))
    app.router.add_post("/sync/v1/journal", _answering(_journal, PUSHES))
    app.router.add_post("/sync/v1/journal/{device}", _answering(_journal, TELLS))
    app.router.add_get("/sync/v1/journal/{device}", _answering(_others, TELLS))
    app.router.add_post("/sync/v1/health", _answering(_health, TELLS))
    # Recalls come by these, and stand behind no push.
    app.router.add_get("/sync/v1/catalogue/root/{version:[0-9]{1,9}}", _answering(_root, ASKS))
    app.router.add_get("/sync/v1/catalogue/current", _answering(_current, ASKS))
    app.router.add_get("/sync/v1/segments/{sha256}", _answering(_segment, ASKS))
    app.router.add_get("/sync/v1/photos/{sha256}", _answering(_photo, ASKS))


def _answering(handler: Handler, limits: Limits) -> Handler:
    """Every refusal becomes a problem document. What would wait longer than so many seconds is not begun."""

    @functools.wraps(handler)
    async def answer(request: web.Request) -> web.StreamResponse:
        if (refusal := waiting.sent_away(request.app, limits)) is not None:
            return refusal.response()
        try:
            return await handler(request)
        except ProblemError as problem:
            return problem.response()
        except RegistryError as error:
            return ProblemError(409, "refused", str(error)).response()
        except OperationalError:
            # A full disk or a database that is locked for too long: nothing was stored.
            request.app.logger.exception("the database did not answer")
            return waiting.busy(
                request.app[TURNS], "the office cannot store anything now; try again"
            ).response()

    return answer


async def _enrol(request: web.Request) -> web.Response:
    body = await _read(request, LARGEST_ENROLMENT)
    if "Signature-Input" in request.headers:
        return await _renew(request, body)
    try:
        value = json.loads(body)
        public, mac = bytes.fromhex(value["public"]), bytes.fromhex(value["mac"])
        was = str(value.get("device", ""))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ProblemError(400, "malformed", "expected JSON with public and mac in hex") from error
    if len(public) != 32 or len(mac) != 32:
        raise ProblemError(400, "malformed", "public and mac have 32 bytes each")
    now = request.app[CLOCK]()

    def work(engine: Engine) -> tuple[devices.Enrolled | None, dict[str, Any] | None]:
        with writing(engine) as connection:
            return devices.enrol(connection, public, mac, now, was), devices.root_envelope(connection)

    try:
        enrolled, root = await _in_thread(request, work)
    except devices.NotEnrolledError as error:
        raise ProblemError(403, error.reason, str(error)) from error
    if enrolled is None:
        raise ProblemError(403, "unknown_code", "no enrolment code is open that fits; ask for a new one")
    answer = encode({"device": enrolled.device, "outlet": enrolled.outlet, "root": root, "time": now})
    proof = hmac.digest(enrolled.code, enrolment.answer_message(answer, public), "sha256")
    headers = {"OCOP-Enrol-Mac": proof.hex()}
    return web.Response(body=answer, content_type="application/json", headers=headers)


async def _renew(request: web.Request, body: bytes) -> web.Response:
    """A device whose card was restored from a copy asks, with its old key, to go on under a new one."""
    device = await _served(request, body)
    try:
        value = json.loads(_unpack(body))
        public, proof = bytes.fromhex(value["public"]), bytes.fromhex(value["proof"])
    except (ValueError, TypeError, KeyError) as error:
        raise ProblemError(400, "malformed", "expected JSON with public and proof in hex") from error
    if not verify(public, enrolment.renewal_message(device.id, public), proof):
        raise ProblemError(400, "malformed", "the new key did not sign that it follows this device")
    now = request.app[CLOCK]()

    def work(engine: Engine) -> str:
        with writing(engine) as connection:
            return devices.renew(connection, device, public, now)

    name = await _in_thread(request, work)
    return _signed(
        request, {"type": "renewed", "device": name, "replaces": device.id, "public": public.hex()}
    )


async def _time(request: web.Request) -> web.Response:
    return _signed(request, {"type": "time", "time": request.app[CLOCK](), "nonce": _nonce(request)})


async def _head(request: web.Request) -> web.Response:
    device = await _device(request)
    return _signed(request, _head_of(device.id, device.head_seq, device.head_hash or START, _nonce(request)))


def _head_of(device: str, seq: int, digest: bytes, nonce: str) -> dict[str, Any]:
    return {"type": "head", "device": device, "seq": seq, "hash": digest.hex(), "nonce": nonce}


async def _journal(request: web.Request) -> web.Response:
    """A device's own journal, or what it holds of another one's of its outlet."""
    body = await _read(request, LARGEST_BODY)
    other = request.match_info.get("device")
    device = await (_trusted(request, body) if other else _device(request, body))
    if request.headers.get("Content-Encoding", "") != "deflate":
        raise ProblemError(415, "malformed", "a segment is sent with Content-Encoding: deflate")
    now = request.app[CLOCK]()

    def work(engine: Engine) -> Ack:
        data = _unpack(body)
        return take(engine, device, other, data, now) if other else ingest(engine, device.id, data, now)

    try:
        ack = await _in_thread(request, work, TURNS)
    except UnknownPrevError as error:
        detail = f"the entry before this segment is not known here; {error}"
        raise ProblemError(409, "unknown_prev", detail, wanted_seq=error.wanted_seq) from error
    except SyncError as error:
        raise ProblemError(400, error.code, str(error)) from error
    signed = {"type": "ack", "device": other or device.id, "acked_seq": ack.seq, "hash": ack.hash.hex()}
    return _signed(request, signed | {"time": now})


async def _health(request: web.Request) -> web.Response:
    """How the device is: kept, and answered with nothing."""
    body = await _read(request, health.LARGEST)
    device = await _device(request, body)
    try:
        report = health.read(_unpack(body))
    except (msgspec.MsgspecError, UnicodeDecodeError, SyncError) as error:
        raise ProblemError(400, "malformed", f"no health report: {error}") from error
    now = request.app[CLOCK]()

    def work(engine: Engine) -> None:
        with writing(engine) as connection:
            health.keep(connection, device.id, report, now)

    await _in_thread(request, work, TURNS)
    return web.Response(body=b"{}", content_type="application/json")


async def _others(request: web.Request) -> web.Response:
    """Entries of another device of the same outlet, from a seq on: a segment as devices push them, whose
    end the acknowledgement key signed; `{}` where there are none. 409 "unknown_entry" if the one before, whose
    `hash` may be told, is not here: then whoever asks has more than the office."""
    asking = await _trusted(request)
    name, nonce, first = request.match_info["device"], _nonce(request), request.query.get("from", "1")
    digest, well = request.query.get("hash", ""), first.isascii() and first.isdigit() and int(first[:16]) >= 1
    if not well or (digest and not _SHA256.fullmatch(digest)):
        raise ProblemError(400, "malformed", "from is the seq of an entry, hash that of the one before")
    seq = int(first[:16])

    def work(engine: Engine) -> journals.Part | None:
        with reading(engine) as connection:
            device = devices.find(connection, name)
            if device is None or device.outlet != asking.outlet:
                raise ProblemError(404, "not_found", f"outlet {asking.outlet} has no device {name}")
            if digest and not journals.holds(connection, name, seq - 1, bytes.fromhex(digest)):
                raise ProblemError(409, "unknown_entry", f"entry {seq - 1} of {name} is not known here")
            return journals.part(connection, name, seq)

    part = await _in_thread(request, work, TURNS)
    if part is None:
        return _packed(b"{}")

    def vouch(seq: int, digest: bytes) -> dict[str, Any]:
        return seal(_head_of(name, seq, digest, nonce), request.app[ACK].signer)

    data, _ = await asyncio.to_thread(segments.pack, name, part.prev_hash, part.entries, vouch, True)
    return _packed(data)


async def _root(request: web.Request) -> web.Response:
    await _device(request)
    version = int(request.match_info["version"])

    def work(engine: Engine) -> dict[str, Any] | None:
        with lookup(engine) as connection:
            return devices.root_envelope(connection, version)

    envelope = await _in_thread(request, work)
    if envelope is None:
        raise ProblemError(404, "not_found", f"there is no root {version}")
    return web.Response(body=encode(envelope), content_type="application/json")


async def _current(request: web.Request) -> web.Response:
    device = await _served(request)
    nonce, have, wait = _nonce(request), request.query.get("have"), request.query.get("wait", "0")
    if not wait.isascii() or not wait.isdigit() or int(wait[:9]) > LONGEST_WAIT:
        raise ProblemError(400, "malformed", f"wait is 0 to {LONGEST_WAIT} seconds")

    sha256, envelope = await _newest(request, device.outlet, have, int(wait))
    status = {"type": "time", "time": request.app[CLOCK](), "nonce": nonce, "current_sha256": sha256}
    signed = encode(seal(status, request.app[ACK].signer))
    return _packed(b'{"current":' + envelope + b',"status":' + signed + b"}")


async def _newest(request: web.Request, outlet: str, have: str | None, wait: int) -> tuple[str | None, bytes]:
    """(SHA-256 of the newest `current` of `outlet`, its bytes or "null" for who has it), after at most `wait` seconds.
    Most polls of a country end with nothing new, and do not ask the database for it."""

    def work(engine: Engine) -> Newest | None:
        with lookup(engine) as connection:
            return newest_envelope(connection, outlet)

    bulletin = request.app[BULLETIN]
    posted = bulletin.newest(outlet) if wait else None
    if posted is None or posted.sha256 != have:
        newest = await _in_thread(request, work)
        if newest is not None and newest.sha256 != have:
            return newest.sha256, newest.envelope
        posted = Posted() if newest is None else Posted(newest.version, newest.sha256)
    if wait:
        await bulletin.wait_beyond(outlet, posted.version, wait)
        if bulletin.newest(outlet) != posted and (newest := await _in_thread(request, work)) is not None:
            return newest.sha256, b"null" if newest.sha256 == have else newest.envelope
    return posted.sha256, b"null"


async def _segment(request: web.Request) -> web.StreamResponse:
    await _served(request)
    name = request.match_info["sha256"]
    path = request.app[SETTINGS].folder / "segments" / name
    if not _SHA256.fullmatch(name) or not await asyncio.to_thread(path.is_file):
        raise ProblemError(404, "not_found", "there is no such part of a catalogue any more")
    headers = {"Content-Type": "application/octet-stream", "Cache-Control": "private, immutable"}
    return web.FileResponse(path, headers=headers)  # answers ranges, so that a pull can be resumed


async def _photo(request: web.Request) -> web.Response:
    await _served(request)
    name = request.match_info["sha256"]

    def work(engine: Engine) -> bytes | None:
        with lookup(engine) as connection:
            return photos.get(connection, name)

    data = await _in_thread(request, work) if _SHA256.fullmatch(name) else None
    if data is None:
        raise ProblemError(404, "not_found", "there is no such picture any more")
    return web.Response(body=data, content_type=photos.MEDIA, headers={"Cache-Control": "private, immutable"})


async def _device(request: web.Request, body: bytes | None = None) -> Device:
    """The device that signed the request, `body` included. Raises ProblemError(401)."""
    if body is None:
        body = await _read(request, 0)
    path, _, query = request.raw_path.partition("?")
    signed = (request.host, path, query, request.headers.get("Signature-Input", ""))
    if not all(text.isascii() for text in signed):
        raise ProblemError(401, "unsigned", "what is signed must be ASCII")
    found: list[Device] = []
    now = request.app[CLOCK]()

    def work(engine: Engine) -> None:
        def public_key(name: str) -> bytes | None:
            with lookup(engine) as connection:
                device = devices.find(connection, name)
            if device is None or device.forgotten:
                return None
            found.append(device)
            return device.public

        http_signatures.check_request(
            request.method, request.host, path, query, body, request.headers.get, now // 1000, public_key, verify
        )  # fmt: skip

    try:
        await _in_thread(request, work)
    except http_signatures.ClockError as error:
        time = seal({"type": "time", "time": now, "nonce": error.nonce}, request.app[ACK].signer)
        raise ProblemError(401, error.code, str(error), time=time) from error
    except SyncError as error:
        raise ProblemError(401, error.code, str(error)) from error
    if devices.stale(found[0], now):
        request.app[CONTACTS].heard(found[0].id)
    return found[0]


async def _served(request: web.Request, body: bytes | None = None) -> Device:
    """A device that may have the catalogue: not a revoked one."""
    device = await _device(request, body)
    if device.state == "revoked":
        raise ProblemError(403, "revoked", f"device {device.id} is revoked; ask the office")
    return device


async def _trusted(request: web.Request, body: bytes | None = None) -> Device:
    """A device that has to do with the journals of its outlet's others: not one that waits for an officer."""
    device = await _served(request, body)
    if device.pending:
        raise ProblemError(403, "pending", f"device {device.id} waits for an officer of the office")
    return device


async def _read(request: web.Request, limit: int) -> bytes:
    """The body, at most `limit` bytes of it. Raises ProblemError(413), "too_much"."""
    too_much = ProblemError(413, "too_much", f"send at most {limit} bytes at once")
    if (request.content_length or 0) > limit:
        raise too_much
    body = bytearray()
    async for piece in request.content.iter_any():
        body += piece
        if len(body) > limit:
            raise too_much
    return bytes(body)


def _unpack(body: bytes) -> bytes:
    """The segment in `body`. Raises ProblemError(413) before it has grown too large."""
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(body, LARGEST_SEGMENT + 1)
    except zlib.error as error:
        raise SyncError("malformed", "the segment is not packed with deflate") from error
    if len(data) > LARGEST_SEGMENT:
        raise ProblemError(413, "too_much", f"a segment unpacks to at most {LARGEST_SEGMENT} bytes")
    if not unpacker.eof or unpacker.unused_data:
        raise SyncError("malformed", "the segment is cut off, or something follows it")
    return data


def _nonce(request: web.Request) -> str:
    nonce = request.query.get("nonce", "")
    if not _NONCE.fullmatch(nonce):
        raise ProblemError(400, "malformed", "a nonce of 1 to 64 visible ASCII letters is needed")
    return nonce


def _signed(request: web.Request, document: dict[str, Any]) -> web.Response:
    body = encode(seal(document, request.app[ACK].signer))
    return web.Response(body=body, content_type="application/json")


def _packed(body: bytes) -> web.Response:
    """JSON, deflated: a list of hashes is half as long, a journal a fifth."""
    headers = {"Content-Encoding": "deflate"}
    return web.Response(body=zlib.compress(body), content_type="application/json", headers=headers)


async def _in_thread(
    request: web.Request, work: Callable[[Engine], T], queue: web.AppKey[Queue] = LOOKUPS
) -> T:
    return await request.app[queue].work(lambda: work(request.app[ENGINE]))
