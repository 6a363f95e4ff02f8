"""Hostile people: answers in the office's place, some of them with the office's own keys, and devices that
attack the office. The outlet's sales go on, its catalogue stays, its card does not fill, and all drains after."""

import functools
import hashlib
import http.client
import json
import random
import re
import secrets
import socket
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from bench import Bench
from kills import change_the_catalogue
from network import proxied
from oracle import BrokenError
from suite import Fault
from world import World

from office.publishing import keys
from sync import http_signatures, journal, segments
from sync.canonical import encode
from sync.damage import Kept
from sync.envelopes import key_id, seal
from sync.host.device_key import load_or_create

ROOM = 8 << 20  # bytes that a lie may take on the outlet's card
DEEP = b"[" * 400_000  # JSON that no recursive parser likes

Answer = bytes | Iterator[bytes]
Lie = Callable[["Forger", bytes, bytes], Answer]
"""Of a request and the office's answer to it, what the device is told instead; b"": the office's own."""


# --- a hostile office ---


class Forger:
    """Who stands between, with whatever key was stolen; remembers what has gone through."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self.world, self.rng = world, rng
        self.heard: list[tuple[bytes, bytes]] = []
        self.older = self.envelopes("HT01")[0]

    def signed(self, role: str, value: dict[str, Any]) -> dict[str, Any]:
        """Sealed with the office's key of this role."""
        return keys.seal(value, keys.load(self.world.office_data / "keys", role))

    def envelopes(self, outlet: str) -> list[dict[str, Any]]:
        """Every `current` of an outlet that the office still has, the oldest first."""
        query = "SELECT envelope FROM catalogue_versions WHERE outlet = ? ORDER BY version"
        with closing(sqlite3.connect(f"file:{self.world.office_data}/office.db?mode=ro", uri=True)) as db:
            return [json.loads(row) for (row,) in db.execute(query, (outlet,))]

    def current(self, request: bytes, envelope: dict[str, Any]) -> bytes:
        """The answer that offers this `current`, its status signed with the stolen key of the web workers."""
        nonce = request.partition(b"nonce=")[2][:32].decode()
        status = {
            "type": "time",
            "time": time.time_ns() // 1_000_000,
            "nonce": nonce,
            "current_sha256": hashlib.sha256(encode(envelope)).hexdigest(),
        }
        return ok(encode({"status": self.signed("ack", status), "current": envelope}))

    def changed(
        self, request: bytes, answer: bytes, change: Callable[[dict[str, Any]], None], key: bool
    ) -> bytes:
        """The newest `current`, changed; signed anew with the stolen key of the publisher, or not."""
        envelope = self.envelopes("HT01")[-1]
        change(envelope["signed"])
        return self.current(request, self.signed("current", envelope["signed"]) if key else envelope)


def ok(body: bytes) -> bytes:
    """An HTTP answer."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def endless(piece: bytes, length: int) -> Iterator[bytes]:
    """An answer that says it has `length` bytes, and sends them for ever."""
    yield f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode()
    while True:
        yield piece


def _rollback(forger: Forger, request: bytes, answer: bytes) -> Answer:
    return forger.current(request, forger.older)


def _freeze(forger: Forger, request: bytes, answer: bytes) -> Answer:
    """What was answered first is answered for ever."""
    forger.heard.append((request, answer))
    return forger.heard[0][1] if len(forger.heard) > 1 else b""


def _fast_forward(forger: Forger, request: bytes, answer: bytes) -> Answer:
    return forger.changed(request, answer, lambda signed: signed.update(version=10**15), False)


def _mixed_outlets(forger: Forger, request: bytes, answer: bytes) -> Answer:
    return forger.current(request, forger.envelopes("HT02")[-1])


def _mixed_segments(forger: Forger, request: bytes, answer: bytes) -> Answer:
    def change(signed: dict[str, Any]) -> None:
        signed["version"] += 1
        signed["segments"].pop(forger.rng.randrange(len(signed["segments"])))

    return forger.changed(request, answer, change, True)


def _mixed_files(forger: Forger, request: bytes, answer: bytes) -> Answer:
    """Two segments have each other's file."""

    def change(signed: dict[str, Any]) -> None:
        signed["version"] += 1
        one, other = forger.rng.sample(signed["segments"], 2)
        one["base"], other["base"] = other["base"], one["base"]
        one["deltas"], other["deltas"] = [], []

    return forger.changed(request, answer, change, True)


def _large(forger: Forger, request: bytes, answer: bytes) -> Answer:
    """A segment of 10 GB, signed."""

    def change(signed: dict[str, Any]) -> None:
        signed["version"] += 1
        signed["segments"][0]["base"] |= {"size": 10 << 30, "sha256": "0" * 64}

    return forger.changed(request, answer, change, True)


def _large_in_parts(forger: Forger, request: bytes, answer: bytes) -> Answer:
    """Each file as large as may be, and many of them."""

    def change(signed: dict[str, Any]) -> None:
        signed["version"] += 1
        for segment in signed["segments"]:
            file = segment["base"] | {"size": 120 << 20, "sha256": secrets.token_hex(32)}
            segment["deltas"] = [file] * 30

    return forger.changed(request, answer, change, True)


def _endless_current(forger: Forger, request: bytes, answer: bytes) -> Answer:
    return endless(b" " * 65536, 10 << 30)


def _endless_segment(forger: Forger, request: bytes, answer: bytes) -> Answer:
    return endless(secrets.token_bytes(65536), 10 << 30)


def _other_bytes(forger: Forger, request: bytes, answer: bytes) -> Answer:
    """A bit of a segment is flipped on its way."""
    head, gap, body = answer.partition(b"\r\n\r\n")
    spoilt = bytearray(body)
    if spoilt:
        spoilt[forger.rng.randrange(len(spoilt))] ^= 1 << forger.rng.randrange(8)
    return head + gap + bytes(spoilt)


def _bomb(length: int, unpacked: int):
    """A segment that unpacks to far more than was signed, or to one line without an end; signed."""

    def lie(forger: Forger, request: bytes, answer: bytes) -> Answer:
        packed = _bomb_of(unpacked)
        name = hashlib.sha256(packed).hexdigest()
        if name.encode() in request.partition(b"\r\n")[0]:
            return ok(packed)

        def change(signed: dict[str, Any]) -> None:
            signed["version"] += 1
            segment = next(one for one in signed["segments"] if one["name"] == "voids")
            segment |= {"base": {"sha256": name, "size": len(packed), "length": length}, "deltas": []}

        if b"/catalogue/current" in request:
            return forger.changed(request, answer, change, True)
        return b""

    return lie


@functools.cache
def _bomb_of(unpacked: int) -> bytes:
    packer, piece = zlib.compressobj(1, zlib.DEFLATED, 31), bytes(1 << 20)
    made = [packer.compress(b'{"kind":"base","name":"voids"}\n')]
    made += [packer.compress(piece) for _ in range(unpacked >> 20)]
    return b"".join([*made, packer.flush()])


def _ack(change: Callable[[dict[str, Any]], object], role: str = "ack") -> Lie:
    """The answer to a push, changed and signed with this key."""

    def lie(forger: Forger, request: bytes, answer: bytes) -> Answer:
        body = answer.partition(b"\r\n\r\n")[2]
        try:
            signed = json.loads(body)["signed"]
        except (ValueError, KeyError):
            return b""
        change(signed)
        return ok(encode(forger.signed(role, signed)))

    return lie


def _json(*bodies: bytes, status: int = 200) -> Lie:
    def lie(forger: Forger, request: bytes, answer: bytes) -> Answer:
        return ok(forger.rng.choice(bodies)).replace(b" 200 OK", f" {status} X".encode(), 1)

    return lie


_ODD = (
    DEEP,
    b'{"status":' + DEEP,
    b"9" * 100_000,
    b'{"signed":{"type":"ack"},"signatures":[{"key":"","sig":""}]}',
    b'{"signed":[],"signatures":{}}',
    b'{"status":{"signed":{"type":"time"},"signatures":[]},"current":{}}',
    b"\xff\xfe",
    b"null",
    b"1e400",
)
_ODD_REFUSALS = (
    b'{"reason":"unknown_prev","wanted_seq":"x"}',
    b'{"reason":"unknown_prev","wanted_seq":[1]}',
    b'{"reason":"unknown_prev","wanted_seq":null}',
    b'{"reason":"unknown_prev","wanted_seq":1e300}',
    b'{"reason":{"a":1}}',
    b'{"reason":"clock"}',
    b'{"reason":"too_much"}',
    DEEP,
)


def on(word: bytes) -> Callable[[bytes], bool]:
    """Whether a request is about this."""
    return lambda request: word in request.partition(b"\r\n")[0]


CURRENT, SEGMENTS, JOURNAL, ALL = on(b"/catalogue/current"), on(b"/segments/"), on(b"/journal"), on(b"/")


def lying(
    lie: Lie,
    wanted: Callable[[bytes], bool],
    noticed: bool = True,
    afresh: bool = False,
    stays: bool = True,
):
    """The outlet is told this for a while. `noticed`: it must say that something is wrong; `afresh`: it has no
    catalogue, so that it fetches every segment; `stays`: no other catalogue may be installed meanwhile."""

    def run(bench: Bench, seed: int) -> str | None:
        bench.ready()
        proxy, world = proxied(bench), bench.world
        proxy.plan = lambda *_: ("pass", None)
        bench.heal()
        world.until(lambda: world.status()["catalogue"]["version"], "a catalogue")
        change_the_catalogue(bench)  # so that there is an older one
        before = world.status()["catalogue"]["version"]
        world.until(lambda: world.status()["catalogue"]["version"] > before, "a second catalogue")
        before = world.status()["catalogue"]["version"]
        if afresh:
            world.stop("kiosk")
            for path in world.outlet_data.glob("catalogue.db*"):
                path.unlink()
        forger = Forger(world, random.Random(seed))
        room = _bytes(world.outlet_data)

        def lie_now(_: int, request: bytes) -> tuple[str, object]:
            return (
                ("rewrite", lambda answer: lie(forger, request, answer) or answer)
                if wanted(request)
                else ("pass", None)
            )

        proxy.met, proxy.plan = 0, lie_now
        bench.heal()
        change_the_catalogue(bench)
        _sell(bench, afresh)
        said = ""
        if noticed:
            changed = [time.monotonic()]

            def noticed_now() -> bool:
                if time.monotonic() - changed[0] > 3:  # an answer to a long poll that began before
                    changed[0] = time.monotonic()
                    change_the_catalogue(bench)
                return bool(world.status()["office"]["state"] != "ok")

            world.until(
                noticed_now,
                "the lie to be noticed",
                also=lambda: (proxy.met, world.status()["office"], world.last_words("kiosk")),
            )
            said = world.status()["office"]["detail"]
        else:
            world.until(lambda: proxy.met, "the lie to be told")
            bench.quiet(1.0)
        _sell(bench, afresh)
        grown = _bytes(world.outlet_data) - room
        if grown > ROOM:
            raise BrokenError(f"half done: the lie took {grown >> 20} MiB of the card")
        now = world.status()["catalogue"]["version"]
        published = [envelope["signed"]["version"] for envelope in forger.envelopes("HT01")]
        # One that the office had just published may have come before the lie.
        if noticed and stays and not afresh and (now < before or now not in [before, *published]):
            raise BrokenError(f"unnamed: catalogue {now} was installed over {before}")
        proxy.plan = lambda *_: ("pass", None)
        world.until(lambda: (world.status()["catalogue"]["version"] or 0) > before, "the true catalogue")
        bench.settle()
        return said

    return run


def _sell(bench: Bench, without_catalogue: bool) -> None:
    """A sale, which is taken; without a catalogue it may be refused, with a reason."""
    body = bench.till.prepare()
    key = bench.till.sell(body)
    if not without_catalogue:
        bench.press_again(key, body)


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


# --- hostile devices ---


class Rogue:
    """An enrolled device of another outlet, with a key and a mind of its own."""

    def __init__(self, world: World) -> None:
        folder = world.folder / "data" / "rogue"
        self.world, self.name = world, "HT02A"
        self.key = load_or_create(folder / "device.key")
        self.chain = [journal.START]  # the hash of each entry

    @property
    def seq(self) -> int:
        """Of its newest entry."""
        return len(self.chain) - 1

    def forget(self, seq: int) -> None:
        """Its newest entry is this one again."""
        del self.chain[seq + 1 :]

    def entries(self, count: int, body: bytes = b"", at: int = 0) -> list[Kept]:
        """The next entries of its journal."""
        made = []
        for seq in range(self.seq + 1, self.seq + 1 + count):
            content = body or encode({"v": 1, "staff": None, "event": "x", "source": "loopback"})
            header = journal.header_bytes(
                self.name, seq, at or time.time_ns() // 1_000_000, seq, "sure", "access", content
            )
            self.chain.append(journal.entry_hash(self.chain[-1], header))
            made.append(Kept(seq, header, content, self.chain[-1], False))
        return made

    def segment(self, entries: list[Kept], device: str = "") -> bytes:
        """They and a checkpoint, packed; they are the last ones made."""
        before = self.chain[entries[0].seq - 1]

        def vouch(seq: int, digest: bytes) -> dict[str, Any]:
            return seal(
                journal.checkpoint(self.name, seq, digest), [(key_id(self.key.public), self.key.sign)]
            )

        return zlib.compress(segments.pack(device or self.name, before, entries, vouch)[0])

    def push(self, data: bytes, **twists: Any) -> tuple[int, Any]:
        """Send a packed segment."""
        return self.ask("POST", "/sync/v1/journal", data, **twists)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        keyid: str = "",
        created: int = 0,
        sent_path: str = "",
        nonce: str = "",
    ) -> tuple[int, Any]:
        """(status, JSON or None) of a signed request. `sent_path`: it goes somewhere else than was signed."""
        headers = self.headers(method, path, body, keyid, created, nonce)
        return send(self.world, method, sent_path or path, body, headers)

    def headers(
        self, method: str, path: str, body: bytes | None, keyid: str = "", created: int = 0, nonce: str = ""
    ) -> dict[str, str]:
        """The headers of a signed request."""
        made = http_signatures.signed_headers(
            method,
            f"127.0.0.1:{self.world.ports[0]}",
            *path.partition("?")[::2],
            body,
            int(time.time()) + created,
            keyid or self.name,
            nonce or secrets.token_hex(8),
            self.key.sign,
        )
        return dict(made) | ({"Content-Encoding": "deflate"} if body is not None else {})


def send(
    world: World, method: str, path: str, body: bytes | None, headers: dict[str, str]
) -> tuple[int, Any]:
    """One request to the office."""
    connection = http.client.HTTPConnection("127.0.0.1", world.ports[0], timeout=30)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content[:1] in b"{[" and content else None
    except (OSError, http.client.HTTPException):
        return 0, None
    finally:
        connection.close()


_RAISED = re.compile(r"[A-Za-z_.]+(Error|Exception)\b")

Attack = Callable[[Rogue, random.Random], str]


def must(got: tuple[int, Any], *allowed: int) -> Any:
    """The answer, if its status is one of these."""
    if got[0] not in allowed:
        raise BrokenError(f"unnamed: the office answered {got[0]} ({got[1]}), not {allowed}")
    return got[1]


def replay(rogue: Rogue, rng: random.Random) -> str:
    """The same signed push again and again, at once and an hour later."""
    data = rogue.segment(rogue.entries(rng.randint(1, 5)))
    headers = rogue.headers("POST", "/sync/v1/journal", data)
    answers = [must(send(rogue.world, "POST", "/sync/v1/journal", data, headers), 200) for _ in range(5)]
    if len({answer["signed"]["hash"] for answer in answers}) != 1:
        raise BrokenError("doubled: the same push was acknowledged with several hashes")
    must(rogue.push(data, created=-3600), 401)
    count = _count(rogue.world, "SELECT count(*) FROM entries WHERE device = ?", rogue.name)
    if count != rogue.seq:
        raise BrokenError(f"doubled: {rogue.seq} entries were sent, and the office has {count}")
    return f"{count} entries"


def another_outlet(rogue: Rogue, rng: random.Random) -> str:
    """What is signed by one device is about another one."""
    head = rogue.seq
    data = rogue.segment(rogue.entries(1), device="HT01A")
    must(rogue.push(data), 400)
    must(rogue.ask("POST", "/sync/v1/journal", data, sent_path="/sync/v1/journal?x=1"), 401)
    must(rogue.ask("GET", "/sync/v1/head?nonce=x", sent_path="/sync/v1/head?nonce=y"), 401)
    must(rogue.ask("GET", "/sync/v1/journal/HT01A?from=1&nonce=x"), 403, 404, 405)
    must(rogue.ask("GET", "/sync/v1/segments/../keys/ack.key"), 401, 404)
    must(rogue.ask("GET", "/sync/v1/segments/%2e%2e%2foffice.db"), 401, 404)
    rogue.forget(head)
    return ""


def wrong_key(rogue: Rogue, rng: random.Random) -> str:
    """Somebody else's name, an unknown one, no signature, half of one."""
    head = rogue.seq
    data = rogue.segment(rogue.entries(1))
    must(rogue.push(data, keyid="HT01A"), 401)
    must(rogue.push(data, keyid="HT99A"), 401)
    must(send(rogue.world, "POST", "/sync/v1/journal", data, {"Content-Encoding": "deflate"}), 401)
    headers = rogue.headers("POST", "/sync/v1/journal", data)
    for name in ("Signature", "Signature-Input", "Content-Digest"):
        less = {key: value for key, value in headers.items() if key != name}
        must(send(rogue.world, "POST", "/sync/v1/journal", data, less), 401)
        cut = headers | {name: headers[name][: rng.randrange(len(headers[name]))]}
        must(send(rogue.world, "POST", "/sync/v1/journal", data, cut), 400, 401)
    must(send(rogue.world, "POST", "/sync/v1/journal", data[:-1], headers), 400, 401)
    rogue.forget(head)
    return ""


def tiny_segments(rogue: Rogue, rng: random.Random) -> str:
    """Two hundred pushes of one entry, as fast as they go, in four streams; each is acknowledged once."""
    parts = [rogue.segment(rogue.entries(1)) for _ in range(200)]
    statuses: list[int] = []

    def stream(mine: list[bytes]) -> None:
        statuses.extend(rogue.push(data)[0] for data in mine)

    threads = [threading.Thread(target=stream, args=(parts[n::4],)) for n in range(4)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if odd := [status for status in statuses if status not in (200, 409, 429, 503)]:
        raise BrokenError(f"unnamed: the office answered {odd}")
    for data in parts:  # what overtook another was told so, and comes again
        must(rogue.push(data), 200)
    return f"{len(parts) / (time.monotonic() - began):.0f} a second"


def large(rogue: Rogue, rng: random.Random) -> str:
    """Too many bytes: as sent, unpacked, and in one entry."""
    head = rogue.seq
    must(rogue.push(secrets.token_bytes((1 << 20) + 1)), 413)
    must(rogue.push(zlib.compress(bytes(900 << 20), 9)), 413)
    must(rogue.push(zlib.compress(b"[" * 3_000_000)), 400)
    must(rogue.push(zlib.compress(b'{"v":1,"entries":' + b"[" * 900_000)), 400)
    must(rogue.push(zlib.compress(b"9" * 3_000_000)), 400)
    rogue.forget(head)
    must(rogue.push(rogue.segment(rogue.entries(1, body=b'"' + b"x" * 60_000 + b'"'))), 200)  # set apart
    return ""


def garbage(rogue: Rogue, rng: random.Random) -> str:
    """Bytes of any kind, signed well."""
    good = zlib.decompress(rogue.segment(rogue.entries(2)))
    head = rogue.seq
    for _ in range(10):
        spoilt = bytearray(good)
        for _ in range(rng.randint(1, 3)):
            spoilt[rng.randrange(len(spoilt))] = rng.randrange(256)
        status, answer = rogue.push(zlib.compress(bytes(spoilt)))
        must((status, answer), 200, 400, 409)
    must(rogue.push(rng.randbytes(300)), 400)
    must(rogue.push(zlib.compress(good)[:-3]), 400)
    must(rogue.push(b""), 400)
    rogue.forget(head)
    must(rogue.push(zlib.compress(good)), 200)
    return ""


def odd_entries(rogue: Rogue, rng: random.Random) -> str:
    """Entries that nobody can read, of times that never come: kept at their place."""
    for body in (b"", b"null", b"[]", b'{"v":1}', b'{"v":99}', "ệ".encode(), b'{"v":' + b"[" * 20_000):
        must(rogue.push(rogue.segment(rogue.entries(1, body=body or b" "))), 200)
    for at in (1, 2**53 - 1):
        must(rogue.push(rogue.segment(rogue.entries(1, at=at))), 200)
    return ""


def fork(rogue: Rogue, rng: random.Random) -> str:
    """Two histories: both are kept, and somebody is told."""
    must(rogue.push(rogue.segment(rogue.entries(1))), 200)
    start = rogue.seq
    for event in ("one", "other"):
        rogue.forget(start)
        body = encode({"v": 1, "staff": None, "event": event, "source": secrets.token_hex(4)})
        must(rogue.push(rogue.segment(rogue.entries(2, body=body))), 200)
    if not _count(rogue.world, "SELECT count(*) FROM alerts WHERE kind = 'fork' AND device = ?", rogue.name):
        raise BrokenError("unnamed: a fork, and no alert")
    return ""


def from_nowhere(rogue: Rogue, rng: random.Random) -> str:
    """A segment after an entry that was never sent."""
    start = rogue.seq
    rogue.entries(3)
    answer = must(rogue.push(rogue.segment(rogue.entries(1))), 409)
    rogue.forget(start)
    if answer["reason"] != "unknown_prev" or not 1 <= answer["wanted_seq"] <= rogue.seq + 4:
        raise BrokenError(f"stuck: no way on from {answer}")
    return ""


def slow_lines(rogue: Rogue, rng: random.Random) -> str:
    """Sixty connections that never end their request."""
    lines = []
    for _ in range(60):
        line = socket.create_connection(("127.0.0.1", rogue.world.ports[0]), 5)
        line.sendall(
            b"POST /sync/v1/journal HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
            + b"x" * rng.randint(0, 99)
        )
        lines.append(line)
    threading.Timer(3, lambda: [line.close() for line in lines]).start()
    return ""


def attacked(attack: Attack):
    """The device does its worst while the outlet sells; all that the outlet was told holds."""

    def run(bench: Bench, seed: int) -> str | None:
        bench.ready()
        world = bench.world
        rogue = world.__dict__.setdefault("rogue", None) or Rogue(world)
        world.__dict__["rogue"] = rogue
        body = bench.till.prepare()
        result: list[object] = []

        def attack_now() -> None:
            try:
                result.append(attack(rogue, random.Random(seed)))
            except Exception as error:
                result.append(error)

        thread = threading.Thread(target=attack_now)
        thread.start()
        bench.press_again(bench.till.sell(body), body)
        bench.settle()
        thread.join()
        if isinstance(result[0], Exception):
            raise result[0]
        if world.ended("office"):
            raise BrokenError(f"stuck: the office died: {world.last_words('office')}")
        log = (world.folder / "logs" / "office.log").read_text(errors="replace")
        raised = {line for line in log.splitlines() if _RAISED.match(line)}
        if odd := [line for line in raised if not line.startswith("ConnectionResetError")]:  # who hung up
            raise BrokenError(f"unnamed: the office did not expect that: {odd}")
        body = bench.till.prepare()
        bench.press_again(bench.till.sell(body), body)
        bench.settle()
        return str(result[0])

    return run


def _count(world: World, query: str, *values: object) -> int:
    with closing(sqlite3.connect(f"file:{world.office_data}/office.db?mode=ro", uri=True)) as db:
        return int(db.execute(query, values).fetchone()[0])


FAULTS = [
    Fault("rollback: an older catalogue", lying(_rollback, CURRENT), 3, short=(1,)),
    Fault("freeze: the same answer for ever", lying(_freeze, CURRENT, stays=False), 3, short=(1,)),
    Fault("fast-forward: a version far ahead", lying(_fast_forward, CURRENT), 3, short=(1,)),
    Fault("mix-and-match: another outlet's catalogue", lying(_mixed_outlets, CURRENT), 3, short=(1,)),
    Fault("mix-and-match: a segment is missing", lying(_mixed_segments, CURRENT), 5),
    Fault("mix-and-match: segments have each other's file", lying(_mixed_files, CURRENT), 5),
    Fault("endless data: a catalogue's document", lying(_endless_current, CURRENT), 2),
    Fault("endless data: a segment", lying(_endless_segment, SEGMENTS), 3, short=(1,)),
    Fault("a signed segment of 10 GB", lying(_large, CURRENT), 2, short=(1,)),
    Fault("signed segments of 4 GB in parts", lying(_large_in_parts, CURRENT), 2),
    Fault("a bomb: a segment unpacks to 256 MB of zeros", lying(_bomb(1000, 256 << 20), ALL), 2, short=(1,)),
    Fault("a bomb: one line of 250 MB, as signed", lying(_bomb((250 << 20) + 31, 250 << 20), ALL), 2),
    Fault("a segment's bit flipped on its way", lying(_other_bytes, SEGMENTS), 10, short=(1,)),
    Fault("a segment's bit flipped, all fetched afresh", lying(_other_bytes, SEGMENTS, afresh=True), 10),
    Fault("acknowledged by a wrong key", lying(_ack(lambda _: 0, "current"), JOURNAL), 2, short=(1,)),
    Fault("acknowledged: another device", lying(_ack(lambda ack: ack.update(device="HT02A")), JOURNAL), 2),
    Fault("acknowledged: another hash", lying(_ack(lambda ack: ack.update(hash="0" * 64)), JOURNAL), 2),
    Fault("acknowledged: far ahead", lying(_ack(lambda ack: ack.update(acked_seq=10**9)), JOURNAL), 2),
    Fault("acknowledged: less than sent", lying(_ack(lambda ack: ack.update(acked_seq=1)), JOURNAL), 2),
    Fault("acknowledged: fields of wrong type", lying(_ack(lambda ack: ack.update(acked_seq=[], hash=7)), JOURNAL), 2),
    Fault("acknowledged: fields are missing", lying(_ack(lambda ack: (ack.pop("acked_seq"), ack.pop("device"))), JOURNAL), 2),
    Fault("answers of a hostile mind, 200", lying(_json(*_ODD), ALL), 20, short=(1,)),
    Fault("answers of a hostile mind, 409", lying(_json(*_ODD_REFUSALS, status=409), ALL), 20, short=(1,)),
    Fault("answers of a hostile mind, 401", lying(_json(*_ODD_REFUSALS, status=401), ALL), 10),
    Fault("a device repeats a push", attacked(replay), 5, short=(1,)),
    Fault("a device speaks for another outlet", attacked(another_outlet), 5, short=(1,)),
    Fault("a device with a wrong key", attacked(wrong_key), 10, short=(1,)),
    Fault("a device sends many tiny segments", attacked(tiny_segments), 3, short=(1,)),
    Fault("a device sends too much", attacked(large), 3),
    Fault("a device sends garbage", attacked(garbage), 20, short=(1,)),
    Fault("a device sends unreadable entries", attacked(odd_entries), 3, short=(1,)),
    Fault("a device sends from nowhere", attacked(from_nowhere), 3),
    Fault("a device keeps sixty lines open", attacked(slow_lines), 2),
    Fault("a device with two histories", attacked(fork), 5, short=(1,)),
]  # fmt: skip
