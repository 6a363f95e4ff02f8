"""The office as a device sees it: signed requests over HTTP, and answers that were checked."""

import json
import secrets
import ssl
import time
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import aiohttp
from yarl import URL

from sync import catalogue, http_signatures
from sync.envelopes import SyncError, open_envelope
from sync.host.device_key import DeviceKey, verify
from sync.journal import START
from sync.pauses import told

LARGEST_ANSWER = 1024 * 1024  # bytes of any answer but a segment, as sent and unpacked
PIECE = 256 * 1024  # bytes of a file handed on at once
TIMEOUT = aiohttp.ClientTimeout(total=90, sock_connect=5)  # a long poll lasts up to 60 s
FILE_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=30)  # of a file, on a slow line
NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME, <openssl/x509_vfy.h>


class OfficeError(Exception):
    """The office could not be reached, or answered something that cannot be used.

    `code` is for programs ("unreachable", "not_office", "refused", or the office's own reason),
    the message for people; `detail` holds the fields of the office's problem answer, `retry_after` the seconds
    in which it asks not to be tried again.
    """

    def __init__(
        self, code: str, message: str, detail: dict[str, Any] | None = None, retry_after: int = 0
    ) -> None:
        super().__init__(message)
        self.code = code
        self.detail = detail or {}
        self.retry_after = retry_after


class Identity(NamedTuple):
    """Who this device is to the office."""

    device: str
    outlet: str
    root: dict[str, Any]  # the `signed` part of the newest root it trusts


class Head(NamedTuple):
    """The newest entry of this device that the office holds; (0, zeros) for none."""

    seq: int
    hash: bytes


class Office:
    """One office and one enrolled device. The caller owns the HTTP session.

    `root_envelope` is the newest root that the office handed out, once that is newer than the identity's.
    """

    def __init__(self, session: aiohttp.ClientSession, base: str, identity: Identity, key: DeviceKey) -> None:
        self._session = session
        self._base = URL(base)
        self.key = key
        self._offset = 0  # seconds that the office's clock is ahead of ours
        self._tls: ssl.SSLContext | None = None
        self.identity = identity
        self.root_envelope: dict[str, Any] | None = None

    def under(self, device: str, key: DeviceKey) -> "Office":
        """The same office for a former name and key of this device."""
        former = Office(self._session, str(self._base), self.identity._replace(device=device), key)
        former._offset = self._offset
        return former

    async def call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        limit: int = LARGEST_ANSWER,
        nonce: str = "",
        undated: bool = False,
        answered: dict[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """Status and body (at most `limit` bytes) of one signed request. `body` is deflated already.

        `undated` accepts a TLS certificate whatever its dates say; `answered` is as in `exchange`. Raises OfficeError: "unreachable",
        "certificate", or "not_office" for a longer answer.
        """
        url = self._base.join(URL(path)).with_query(query or {})
        headers = self._signed_headers(method, url, body, nonce) | {"Accept-Encoding": "deflate"}
        if body is not None:
            headers["Content-Encoding"] = "deflate"
        return await exchange(
            self._session, method, url, body, headers, answered, limit, self._context(undated)
        )

    @asynccontextmanager
    async def opened(self, path: str, start: int) -> AsyncIterator[tuple[int, AsyncIterator[bytes]]]:
        """(where they begin, the bytes) of a file of the office, from `start` on if it can do that.

        The caller says how many bytes it takes. Raises OfficeError, "unreachable" or "refused".
        """
        url = self._base.join(URL(path))
        headers = self._signed_headers("GET", url, None, "")
        if start:
            headers["Range"] = f"bytes={start}-"
        try:
            async with self._session.get(
                url,
                headers=headers,
                timeout=FILE_TIMEOUT,
                allow_redirects=False,
                auto_decompress=False,
                ssl=self._context(False),
            ) as response:
                if response.status not in (200, 206):
                    message = f"the office answered {response.status} for a part of its catalogue."
                    raise OfficeError(
                        "refused", message, retry_after=told(response.headers.get("Retry-After"))
                    )
                partial = response.headers.get("Content-Range", "").startswith(f"bytes {start}-")
                begins = start if response.status == 206 and partial else 0
                yield begins, response.content.iter_chunked(PIECE)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _unreachable(url, error) from error

    async def ask(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Any:
        """The JSON of a 200 answer.

        Where our clock is in the way (401 "clock", or a certificate out of date by it), the office's signed
        time is taken, and the request sent once more. Raises OfficeError with the office's reason for any
        other status.
        """
        for last_try in (False, True):
            nonce, headers = secrets.token_hex(8), dict[str, str]()
            try:
                status, answer = await self.call(method, path, query, body, nonce=nonce, answered=headers)
            except OfficeError as error:
                if error.code != "certificate" or last_try:
                    raise
                await self.time()
                continue
            value = _json(answer)
            if status == 200:
                return value
            problem = value if isinstance(value, dict) else {}
            if status == 401 and problem.get("reason") == "clock" and not last_try:
                await self._take_time(problem.get("time"), nonce)
                continue
            reason = problem.get("reason")  # of whoever answers: anything
            code = (isinstance(reason, str) and reason) or {404: "not_found", 413: "too_much"}.get(
                status, "refused"
            )
            message = f"the office answered {status} ({code})."
            raise OfficeError(code, message, problem, told(headers.get("retry-after")))
        raise AssertionError("unreachable")

    async def time(self) -> int:
        """The office's signed time (ms UTC); later requests are dated by it."""
        nonce = secrets.token_hex(16)
        status, answer = await self.call("GET", "/sync/v1/time", {"nonce": nonce}, undated=True)
        if status != 200:
            raise OfficeError("refused", f"the office answered {status} when asked for the time.")
        return await self._take_time(_json(answer), nonce)

    async def head(self) -> Head:
        """The newest entry of this device that the office holds. Raises OfficeError."""
        nonce = secrets.token_hex(16)
        head = await self.checked(await self.ask("GET", "/sync/v1/head", {"nonce": nonce}), "head")
        if head.get("nonce") != nonce or head.get("device") != self.identity.device:
            raise OfficeError("not_office", "the office's answer about this device is another one's, or old.")
        seq, digest = head.get("seq"), _digest(head.get("hash"))
        if type(seq) is not int or len(digest) != len(START):
            raise OfficeError("not_office", "the office's answer about this device is malformed.")
        return Head(seq, digest)

    async def checked(self, envelope: Any, kind: str) -> dict[str, Any]:
        """The content of an envelope that the office's acknowledgement key signed.

        A key that we do not know may be a newer one: newer roots are fetched first. Raises OfficeError.
        """
        try:
            return self._open(envelope, kind)
        except SyncError as error:
            unknown = error
        try:
            if unknown.code == "signature" and await self.follow_roots():
                return self._open(envelope, kind)
            raise unknown
        except SyncError as error:
            raise OfficeError("not_office", f"an answer that our office did not sign: {error}.") from error

    async def follow_roots(self, wanted: int | None = None) -> bool:
        """Take root n+1, n+2... up to `wanted`, or as far as they go. Whether there was a newer one.

        Raises OfficeError, and SyncError for a root that its predecessor's keys did not sign.
        """
        began = self.identity.root["version"]
        while wanted is None or self.identity.root["version"] < wanted:
            number = self.identity.root["version"] + 1
            try:
                envelope = await self.ask("GET", f"/sync/v1/catalogue/root/{number}")
            except OfficeError as error:
                if wanted is None and error.code == "not_found":
                    break
                raise
            root = catalogue.check_root(envelope, verify, self.identity.root)
            self.identity, self.root_envelope = self.identity._replace(root=root), envelope
        return bool(self.identity.root["version"] > began)

    async def dated(self, envelope: Any, nonce: str) -> dict[str, Any]:
        """The content of a signed time that answers `nonce`, and no earlier question. Raises OfficeError."""
        signed = await self.checked(envelope, "time")
        if signed.get("nonce") != nonce:
            raise OfficeError("not_office", "the office's answer is an old one, played back.")
        if type(signed.get("time")) is not int:
            raise OfficeError("not_office", "the office's time is malformed.")
        return signed

    async def _take_time(self, envelope: Any, nonce: str) -> int:
        signed = await self.dated(envelope, nonce)
        self._offset = signed["time"] // 1000 - int(time.time())
        return int(signed["time"])

    def _open(self, envelope: Any, kind: str) -> dict[str, Any]:
        keys, threshold = catalogue.role_keys(self.identity.root, "ack")
        return open_envelope(envelope, kind, keys, threshold, verify)

    def _context(self, undated: bool) -> ssl.SSLContext | bool:
        """How to check a certificate: not against a clock that the office has told to be wrong."""
        if not undated and abs(self._offset) <= http_signatures.SKEW:
            return True
        self._tls = self._tls or undated_tls()
        return self._tls

    def _signed_headers(self, method: str, url: URL, body: bytes | None, nonce: str) -> dict[str, str]:
        return dict(
            http_signatures.signed_headers(
                method,
                url.authority if url.explicit_port else url.host or "",
                url.raw_path,
                url.raw_query_string,
                body,
                int(time.time()) + self._offset,
                self.identity.device,
                nonce or secrets.token_hex(8),
                self.key.sign,
            )
        )


def undated_tls() -> ssl.SSLContext:
    """Checks a certificate's chain and name, but not its dates: for answers that prove themselves otherwise."""
    context = ssl.create_default_context()
    context.verify_flags |= NO_CHECK_TIME
    return context


async def exchange(
    session: aiohttp.ClientSession,
    method: str,
    url: URL,
    body: bytes | None,
    headers: dict[str, str],
    answered: dict[str, str] | None = None,
    limit: int = LARGEST_ANSWER,
    tls: ssl.SSLContext | bool = True,
) -> tuple[int, bytes]:
    """Status and body of one request; `answered` takes the answer's headers, names in lower case.

    Raises OfficeError, "unreachable", "certificate" or "not_office".
    """
    try:
        async with session.request(
            method,
            url,
            data=body,
            headers=headers,
            timeout=TIMEOUT,
            allow_redirects=False,
            auto_decompress=False,
            ssl=tls,
        ) as response:
            if answered is not None:
                answered.update({name.lower(): value for name, value in response.headers.items()})
            content = bytearray()
            async for piece in response.content.iter_chunked(65536):
                content += piece
                if len(content) > limit:
                    raise _too_long()
            packed = response.headers.get("Content-Encoding") == "deflate"
            return response.status, _unpacked(bytes(content), limit) if packed else bytes(content)
    except aiohttp.ClientConnectorCertificateError as error:
        raise OfficeError("certificate", _unreachable(url, error).args[0]) from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise _unreachable(url, error) from error


def _unpacked(content: bytes, limit: int) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(content, limit + 1)
    except zlib.error as error:
        raise OfficeError("not_office", "an answer of the office came spoilt.") from error
    if len(data) > limit:
        raise _too_long()
    if not unpacker.eof:
        raise OfficeError("not_office", "an answer of the office is cut off.")
    return data


def _too_long() -> OfficeError:
    return OfficeError("not_office", "an answer larger than anything the office sends.")


def _unreachable(url: URL, error: Exception) -> OfficeError:
    reason = str(error) or type(error).__name__
    return OfficeError("unreachable", f"the office at {url.host}:{url.port} cannot be reached ({reason}).")


def _digest(text: Any) -> bytes:
    """The bytes of a hash in hex; none for anything else."""
    try:
        return bytes.fromhex(text)
    except (TypeError, ValueError):
        return b""


def _json(answer: bytes) -> Any:
    try:
        return json.loads(answer) if answer else {}
    except (ValueError, RecursionError) as error:
        # A hotel's or café's log-in page answers 200 with HTML.
        raise OfficeError(
            "not_office", "something else than the office answered; is there a log-in page on this network?"
        ) from error
