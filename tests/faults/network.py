"""A network that goes wrong between outlet and office: a proxy that cuts, repeats, delays, lies and comes back."""

import contextlib
import random
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from bench import Bench
from kills import change_the_catalogue
from oracle import BrokenError
from suite import Fault

PIECE = 65536


class Proxy(threading.Thread):
    """Stands before the office. `plan(connection number)` says what happens to each connection:

    pass; refuse; cut_request N / cut_answer N (bytes, then reset); lose_answer (the office does its work,
    the device hears nothing); twice (the same request is sent to the office a second time, the first answer
    goes back); late S (the same request reaches the office once more, S seconds later, behind newer ones);
    delay S; answer BYTES (in the office's place); mute (takes all, says nothing); rewrite FUNCTION (of the
    office's answer, into bytes or an endless run of them).
    """

    def __init__(self, office: int) -> None:
        super().__init__(daemon=True)
        self._office = office
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.plan: Callable[[int, bytes], tuple[str, object]] = lambda *_: ("pass", None)
        self.met = 0  # connections, or requests, that something was done to
        self.over = False
        self.start()

    def run(self) -> None:
        """Take connections until closed."""
        while not self.over:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def close(self) -> None:
        """No more connections."""
        self.over = True
        self._listener.close()

    def _serve(self, device: socket.socket) -> None:
        """One connection: whole requests, one after the other, each with a fate of its own."""
        device.settimeout(100)
        with device:
            buffer = b""
            while not self.over:
                try:
                    request, buffer = _message(device, buffer)
                except OSError:
                    return
                if not request:
                    return
                what, how = self.plan(self.met + 1, request)
                if what != "pass":
                    self.met += 1
                try:
                    if not self._one(device, request, what, how):
                        return
                except OSError:
                    return

    def _one(self, device: socket.socket, request: bytes, what: str, how: object) -> bool:
        """Whether the connection lives on."""
        if what == "refuse":
            _reset(device)
            return False
        if what == "mute":
            time.sleep(float(str(how)))
            _reset(device)
            return False
        if what == "answer":
            device.sendall(bytes(how) if isinstance(how, bytes) else b"")
            return False
        if what == "delay":
            time.sleep(float(str(how)))
        with socket.create_connection(("127.0.0.1", self._office), 10) as office:
            office.settimeout(100)
            if what == "cut_request":
                office.sendall(request[: int(str(how))])
                _reset(office)
                _reset(device)
                return False
            office.sendall(request)
            answer, _ = _message(office, b"")
            if what == "pass":  # a long poll may have begun under another plan
                what, how = self.plan(self.met + 1, request)
                if what != "rewrite":
                    what = "pass"
                else:
                    self.met += 1
            if what == "lose_answer":
                _reset(device)
                return False
            if what == "twice":
                with socket.create_connection(("127.0.0.1", self._office), 10) as again:
                    again.settimeout(100)
                    again.sendall(request)
                    _message(again, b"")
            if what == "late":
                threading.Timer(float(str(how)), _again, (self._office, request)).start()
            if what == "rewrite" and callable(how):
                changed = how(answer)
                for piece in [changed] if isinstance(changed, bytes) else changed:
                    device.sendall(piece)
                return False
            if what == "cut_answer":
                device.sendall(answer[: int(str(how))])
                _reset(device)
                return False
            device.sendall(answer)
            return bool(answer)


def _again(office: int, request: bytes) -> None:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", office), 10) as again:
        again.settimeout(100)
        again.sendall(request)
        _message(again, b"")


def _message(stream: socket.socket, buffer: bytes) -> tuple[bytes, bytes]:
    """One HTTP message with its body (by Content-Length), and what came after it. b"" at the end."""
    while b"\r\n\r\n" not in buffer:
        piece = stream.recv(PIECE)
        if not piece:
            return b"", b""
        buffer += piece
    head, _, rest = buffer.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    while len(rest) < length:
        piece = stream.recv(PIECE)
        if not piece:
            return b"", b""
        rest += piece
    return head + b"\r\n\r\n" + rest[:length], rest[length:]


def _reset(stream: socket.socket) -> None:
    """Close with RST: what was on its way is lost."""
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    stream.close()


def pushes(request: bytes) -> bool:
    """Whether this is a push."""
    return request.startswith(b"POST /sync/v1/journal")


def first(times: int, wanted: Callable[[bytes], bool], what: str, how: object = None):
    """A plan: the first `times` requests that are `wanted` meet this."""

    def plan(number: int, request: bytes) -> tuple[str, object]:
        return (what, how) if number <= times and wanted(request) else ("pass", None)

    return plan


def proxied(bench: Bench) -> Proxy:
    """The world's proxy; the outlet is restarted to go through it where it does not yet."""
    proxy: Proxy | None = getattr(bench.world, "proxy", None)
    if proxy is None:
        proxy = Proxy(bench.world.ports[0])
        bench.world.proxy = proxy  # type: ignore[attr-defined]
    url = f"http://127.0.0.1:{proxy.port}"
    if bench.world.url != url:  # another fault may have led around it
        bench.world.write_configs(url)
        if bench.world.running("kiosk"):
            bench.world.stop("kiosk")
    return proxy


def of_a_push(plan_of: Callable[[random.Random, int], Callable[[int, bytes], tuple[str, object]]]):
    """A sale whose push meets what the plan says; then the network is well again."""

    def run(bench: Bench, seed: int) -> str | None:
        bench.ready()
        proxy = proxied(bench)
        bench.heal()
        proxy.met, proxy.plan = 0, plan_of(random.Random(seed), seed)
        body = bench.till.prepare()
        key = bench.till.sell(body)
        bench.quiet(1.5)
        met = proxy.met
        proxy.plan = lambda *_: ("pass", None)
        if bench.oracle.confirmed(key) is None:
            raise BrokenError(f"stuck: the network stopped a sale: {bench.oracle.sales[key]}")
        bench.settle()
        return f"met {met}"

    return run


def of_a_pull(plan_of: Callable[[random.Random, int], Callable[[int, bytes], tuple[str, object]]]):
    """A new catalogue whose pull meets what the plan says."""

    def run(bench: Bench, seed: int) -> str | None:
        bench.ready()
        proxy, world = proxied(bench), bench.world
        bench.heal()
        world.until(lambda: world.status()["catalogue"]["version"], "a catalogue")
        before = world.status()["catalogue"]["version"]
        proxy.met, proxy.plan = 0, plan_of(random.Random(seed), seed)
        change_the_catalogue(bench)
        end = time.monotonic() + 3
        while time.monotonic() < end and world.status()["catalogue"]["version"] == before:
            time.sleep(0.02)
        met = proxy.met
        proxy.plan = lambda *_: ("pass", None)
        body = bench.till.prepare()
        bench.press_again(bench.till.sell(body), body)
        world.until(lambda: world.status()["catalogue"]["version"] > before, "the new catalogue")
        bench.settle()
        return f"met {met}"

    return run


def _status(code: int, body: bytes = b"", kind: bytes = b"text/html") -> bytes:
    head = f"HTTP/1.1 {code} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\nContent-Type: ".encode()
    return head + kind + b"\r\n\r\n" + body


PORTAL = _status(200, b"<!DOCTYPE html><title>Wi-Fi</title><form action=/login>Xin chao</form>")
CODES = (204, 301, 302, 400, 401, 403, 404, 409, 413, 429, 500, 502, 503)
_anything = bytes


def _any(_: bytes) -> bool:
    return True


def _answers(bench_seed: random.Random, seed: int):
    code = CODES[(seed - 1) % len(CODES)]
    bodies = (
        b"",
        b"<html>no</html>",
        b'{"reason":"unknown_prev","wanted_seq":-5}',
        b'{"reason":[1]}',
        b"[]",
        b'"x"',
    )
    body = bodies[(seed - 1) // len(CODES) % len(bodies)]
    return first(bench_seed.choice((1, 3, 1000)), _any, "answer", _status(code, body, b"application/json"))


def _flapping(rng: random.Random, _: int):
    def plan(__: int, request: bytes) -> tuple[str, object]:
        what = rng.choice(
            ("pass", "pass", "refuse", "cut_request", "lose_answer", "twice", "cut_answer", "delay")
        )
        how = {"cut_request": rng.randint(0, len(request)), "cut_answer": rng.randint(0, 400), "delay": 0.2}
        return what, how.get(what)

    return plan


def unreachable(url: str):
    """The office's name does not resolve, or its TLS is wrong; then the address is right again."""

    def run(bench: Bench, seed: int) -> str | None:
        bench.ready()
        world = bench.world
        tls = _tls_server(world.folder) if url.startswith("https") else None
        world.write_configs(url.format(port=tls.port if tls else 0))
        world.stop("kiosk")
        bench.heal()
        body = bench.till.prepare()
        key = bench.till.sell(body)
        if bench.oracle.confirmed(key) is None:
            raise BrokenError(f"stuck: no sale without the office: {bench.oracle.sales[key]}")
        world.until(lambda: world.status()["office"]["state"] != "ok", "the trouble to be said")
        said = world.status()["office"]["detail"]
        if tls:
            tls.close()
        world.stop("kiosk")
        world.write_configs(world.office_url)
        bench.heal()
        bench.settle()
        return said

    return run


class _TlsServer(threading.Thread):
    """TLS with a certificate that nobody vouches for."""

    def __init__(self, certificate: Path, key: Path) -> None:
        super().__init__(daemon=True)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.start()

    def run(self) -> None:
        """Shake hands until closed."""
        while True:
            try:
                connection, _ = self._listener.accept()
                with connection:
                    self._context.wrap_socket(connection, server_side=True)
            except ssl.SSLError:
                continue
            except OSError:
                if self._listener.fileno() < 0:
                    return

    def close(self) -> None:
        """No more."""
        self._listener.close()


def _tls_server(folder: Path) -> _TlsServer:
    certificate, key = folder / "tls.pem", folder / "tls.key"
    subject = ["-subj", "/CN=office.example", "-days", "1", "-nodes", "-x509", "-newkey", "ed25519"]
    subprocess.run(
        ["openssl", "req", *subject, "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    return _TlsServer(certificate, key)


def offline(bench: Bench, seed: int) -> str | None:
    """The office is away for a dozen sales, its service down or refusing; then everything drains."""
    bench.ready()
    world = bench.world
    proxy = proxied(bench)
    bench.heal()
    if seed % 2:
        world.stop("office")
    else:
        proxy.plan = lambda *_: ("refuse", None)
    for _ in range(12):
        body = bench.till.prepare()
        bench.press_again(bench.till.sell(body), body)
    proxy.plan = lambda *_: ("pass", None)
    bench.heal()
    began = time.monotonic()
    bench.settle(nudge=False)
    return f"drained in {time.monotonic() - began:.1f} s"


FAULTS = [
    Fault("network, push: connection refused", of_a_push(lambda r, _: first(r.randint(1, 6), _any, "refuse")), 20, short=(1,)),
    Fault(
        "network, push: cut in the middle of the segment",
        of_a_push(lambda r, _: first(r.randint(1, 3), pushes, "cut_request", r.randint(1, 1500))),
        60,
        short=(1,),
    ),
    Fault(
        "network, push: the answer is lost after the commit",
        of_a_push(lambda r, _: first(r.randint(1, 3), pushes, "lose_answer")),
        40,
        short=(1,),
    ),
    Fault("network, push: sent twice", of_a_push(lambda r, _: first(r.randint(1, 4), pushes, "twice")), 30, short=(1,)),
    Fault(
        "network, push: overtaken by newer ones",
        of_a_push(lambda r, _: first(r.randint(1, 4), pushes, "late", r.uniform(0.05, 1.0))),
        30,
        short=(1,),
    ),
    Fault(
        "network, push: the answer is cut",
        of_a_push(lambda r, _: first(r.randint(1, 3), pushes, "cut_answer", r.randint(0, 500))),
        40,
        short=(1,),
    ),
    Fault("network, push: delayed", of_a_push(lambda r, _: first(2, pushes, "delay", r.uniform(0.2, 1.2))), 10, short=()),
    Fault("network, push: delayed 30 s", of_a_push(lambda r, _: first(1, pushes, "delay", 30)), 1, short=()),
    Fault("network, push: no answer for 8 s, then a reset", of_a_push(lambda r, _: first(1, pushes, "mute", 8)), 2, short=()),
    Fault("network: captive portal: 200 with HTML", of_a_push(lambda r, _: first(r.choice((1, 4, 1000)), _any, "answer", PORTAL)), 15, short=(1,)),
    Fault("network: odd answers: 204 to 503, six bodies", of_a_push(_answers), 78, short=(9,)),
    Fault("network: flapping, push", of_a_push(_flapping), 120, short=(1,)),
    Fault("network: flapping, pull", of_a_pull(_flapping), 40, short=(1,)),
    Fault("network, pull: cut anywhere", of_a_pull(lambda r, _: first(r.randint(1, 4), _any, "cut_answer", r.randint(0, 3000))), 40, short=(2,)),
    Fault("network, pull: odd answers", of_a_pull(_answers), 39, short=()),
    Fault("network: the office's name does not resolve", unreachable("http://office.invalid:8440"), 3, short=(1,)),
    Fault("network: TLS that nobody vouches for", unreachable("https://127.0.0.1:{port}"), 3, short=()),
    Fault("network: the office is away for twelve sales", offline, 20, short=(1,)),
]  # fmt: skip
