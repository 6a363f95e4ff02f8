"""The office as a device sees it: signed requests over HTTP, and answers that were checked."""

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import aiohttp
from yarl import URL

from sync import canonical, catalogue, enrolment, http_signatures
from sync.envelopes import SyncError, open_envelope
from sync.host.device_key import DeviceKey, verify

LARGEST_ANSWER = 1024 * 1024  # bytes of any answer but a segment
PIECE = 256 * 1024  # bytes of a file handed on at once
TIMEOUT = aiohttp.ClientTimeout(total=90, sock_connect=5)  # a long poll lasts up to 60 s
FILE_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=30)  # of a file, on a slow line


class OfficeError(Exception):
    """The office could not be reached, or answered something that cannot be used.

    `code` is for programs ("unreachable", "not_office", "refused", or the office's own reason),
    the message for people; `detail` holds the fields of the office's problem answer.
    """

    def __init__(self, code: str, message: str, detail: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.detail = detail or {}


class Identity(NamedTuple):
    """Who this device is to the office."""

    device: str
    outlet: str
    root: dict[str, Any]  # the `signed` part of the newest root it trusts


class Office:
    """One office and one enrolled device. The caller owns the HTTP session."""

    def __init__(self, session: aiohttp.ClientSession, base: str, identity: Identity, key: DeviceKey) -> None:
        self._session = session
        self._base = URL(base)
        self._key = key
        self._offset = 0  # seconds that the office's clock is ahead of ours
        self.identity = identity

    async def call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        limit: int = LARGEST_ANSWER,
    ) -> tuple[int, bytes]:
        """Status and body (at most `limit` bytes) of one signed request.

        Raises OfficeError: "unreachable", or "not_office" for a longer answer.
        """
        url = self._base.join(URL(path)).with_query(query or {})
        headers = self._signed_headers(method, url, body)
        if body is not None:
            headers["Content-Encoding"] = "deflate"
        return await _exchange(self._session, method, url, body, headers, limit=limit)

    @asynccontextmanager
    async def opened(self, path: str, start: int) -> AsyncIterator[tuple[int, AsyncIterator[bytes]]]:
        """(where they begin, the bytes) of a file of the office, from `start` on if it can do that.

        The caller says how many bytes it takes. Raises OfficeError, "unreachable" or "refused".
        """
        url = self._base.join(URL(path))
        headers = self._signed_headers("GET", url, None)
        if start:
            headers["Range"] = f"bytes={start}-"
        try:
            async with self._session.get(
                url, headers=headers, timeout=FILE_TIMEOUT, allow_redirects=False, auto_decompress=False
            ) as response:
                if response.status not in (200, 206):
                    raise OfficeError(
                        "refused", f"the office answered {response.status} for a part of its catalogue."
                    )
                partial = response.headers.get("Content-Range", "").startswith(f"bytes {start}-")
                begins = start if response.status == 206 and partial else 0
                yield begins, response.content.iter_chunked(PIECE)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _unreachable(url, error) from error

    def _signed_headers(self, method: str, url: URL, body: bytes | None) -> dict[str, str]:
        return dict(
            http_signatures.signed_headers(
                method,
                url.authority if url.explicit_port else url.host or "",
                url.raw_path,
                url.raw_query_string,
                body,
                int(time.time()) + self._offset,
                self.identity.device,
                secrets.token_hex(8),
                self._key.sign,
            )
        )

    async def ask(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Any:
        """The JSON of a 200 answer. A 401 for our clock is answered by taking the office's, once.

        Raises OfficeError with the office's reason for any other status.
        """
        for last_try in (False, True):
            status, answer = await self.call(method, path, query, body)
            value = _json(answer)
            if status == 200:
                return value
            reason = value.get("reason") if isinstance(value, dict) else None
            if status == 401 and reason == "clock" and not last_try:
                await self.time()
                continue
            code = reason or {404: "not_found", 413: "too_much"}.get(status, "refused")
            raise OfficeError(
                code, f"the office answered {status} ({code}).", value if isinstance(value, dict) else {}
            )
        raise AssertionError("unreachable")

    async def time(self) -> int:
        """The office's signed time (ms UTC); later requests are dated by it."""
        nonce = secrets.token_hex(16)
        status, answer = await self.call("GET", "/sync/v1/time", {"nonce": nonce})
        if status != 200:
            raise OfficeError("refused", f"the office answered {status} when asked for the time.")
        signed = self.checked(_json(answer), "time")
        if signed.get("nonce") != nonce:
            raise OfficeError("not_office", "the office's time is an old answer to another question.")
        self._offset = signed["time"] // 1000 - int(time.time())
        return int(signed["time"])

    def checked(self, envelope: Any, kind: str) -> dict[str, Any]:
        """The content of an envelope that the office's acknowledgement key signed."""
        keys, threshold = catalogue.role_keys(self.identity.root, "ack")
        try:
            return open_envelope(envelope, kind, keys, threshold, verify)
        except SyncError as error:
            raise OfficeError("not_office", f"an answer that our office did not sign: {error}.") from error


async def enrol(
    session: aiohttp.ClientSession, base: str, code: str, key: DeviceKey
) -> tuple[Identity, dict[str, Any]]:
    """Become a device of the office: (identity, root envelope). The code itself is not sent.

    Raises enrolment.CodeError for a mistyped code, OfficeError when the office refuses or the
    answer does not prove that the office knows the code.
    """
    secret = enrolment.read(code)
    mac = hmac.digest(secret, enrolment.request_message(key.public), "sha256")
    body = json.dumps({"public": key.public.hex(), "mac": mac.hex()}).encode()
    url = URL(base).join(URL("/sync/v1/enrol"))
    headers: dict[str, str] = {"Content-Type": "application/json"}
    answered: dict[str, str] = {}
    status, answer = await _exchange(session, "POST", url, body, headers, answered)
    if status != 200:
        raise OfficeError(
            "refused",
            "the office does not know this code: it was used, is over ten minutes old, or mistyped.",
        )
    expected = hmac.digest(secret, enrolment.answer_message(answer, key.public), hashlib.sha256)
    if not hmac.compare_digest(expected.hex(), answered.get("ocop-enrol-mac", "")):
        raise OfficeError("not_office", "the answer does not come from the office that made this code.")
    value = canonical.decode(answer)
    root = catalogue.check_root(value["root"], verify)
    return Identity(value["device"], value["outlet"], root), value["root"]


async def _exchange(
    session: aiohttp.ClientSession,
    method: str,
    url: URL,
    body: bytes | None,
    headers: dict[str, str],
    answered: dict[str, str] | None = None,
    limit: int = LARGEST_ANSWER,
) -> tuple[int, bytes]:
    try:
        async with session.request(
            method,
            url,
            data=body,
            headers=headers,
            timeout=TIMEOUT,
            allow_redirects=False,
            auto_decompress=False,
        ) as response:
            if answered is not None:
                answered.update({name.lower(): value for name, value in response.headers.items()})
            content = bytearray()
            async for piece in response.content.iter_chunked(65536):
                content += piece
                if len(content) > limit:
                    raise OfficeError("not_office", "an answer larger than anything the office sends.")
            return response.status, bytes(content)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise _unreachable(url, error) from error


def _unreachable(url: URL, error: Exception) -> OfficeError:
    reason = str(error) or type(error).__name__
    return OfficeError("unreachable", f"the office at {url.host}:{url.port} cannot be reached ({reason}).")


def _json(answer: bytes) -> Any:
    try:
        return json.loads(answer) if answer else {}
    except ValueError as error:
        # A hotel's or café's log-in page answers 200 with HTML.
        raise OfficeError(
            "not_office", "something else than the office answered; is there a log-in page on this network?"
        ) from error
