"""Pull: learn of a newer catalogue, fetch what is missing, verify everything, hand it over."""

import asyncio
import secrets
import zlib
from pathlib import Path
from typing import Any, NamedTuple

from sync import catalogue
from sync.canonical import encode
from sync.envelopes import SyncError
from sync.host.device_key import verify
from sync.host.office import Office, OfficeError


class Pulled(NamedTuple):
    """A catalogue that was verified whole. `contents`: segment name → its files' contents."""

    root: dict[str, Any]  # root envelope, when it changed, else {}
    current: dict[str, Any]  # the current envelope
    sha256: str
    contents: dict[str, list[dict[str, Any]]]


class Answer(NamedTuple):
    """What the office said: its signed time, the newest `current` it knows, and that if it is new."""

    time: int  # ms UTC
    current_sha256: str | None
    pulled: Pulled | None


async def pull(
    office: Office, have_sha256: str | None, have_version: int, cache: Path, wait: int = 0
) -> Answer:
    """Ask for the newest catalogue; `wait` seconds of long poll when ours is the newest.

    Files already in `cache` (named by SHA-256) are not fetched again. Raises OfficeError, also for
    documents that do not verify (nothing of them is then used).
    """
    nonce = secrets.token_hex(16)
    query = {"nonce": nonce, "wait": str(wait)} | ({"have": have_sha256} if have_sha256 else {})
    answer = await office.ask("GET", "/sync/v1/catalogue/current", query)
    if not isinstance(answer, dict):
        raise OfficeError("not_office", "the office's answer about the catalogue is malformed.")
    status = office.checked(answer.get("status"), "time")
    if status.get("nonce") != nonce:
        raise OfficeError("not_office", "the office's answer is an old one, played back.")
    envelope = answer.get("current")
    if envelope is None:
        return Answer(status["time"], status.get("current_sha256"), None)
    try:
        root_envelope = await _newer_roots(office, envelope)
        current = catalogue.check_current(
            envelope, office.identity.root, office.identity.outlet, have_version, verify
        )
        contents = {
            segment["name"]: [
                await _file(office, cache, segment["name"], file) for file in catalogue.files(segment)
            ]
            for segment in current["segments"]
        }
    except SyncError as error:
        raise OfficeError(
            f"catalogue_{error.code}", f"the office's catalogue was not installed: {error}."
        ) from error
    sha256 = catalogue.sha256_hex(encode(envelope))
    return Answer(status["time"], sha256, Pulled(root_envelope, envelope, sha256, contents))


async def _newer_roots(office: Office, current: Any) -> dict[str, Any]:
    """Follow root n+1, n+2... up to the one that `current` was signed under."""
    newest: dict[str, Any] = {}
    signed = current.get("signed") if isinstance(current, dict) else None
    wanted = signed.get("root") if isinstance(signed, dict) else None
    while isinstance(wanted, int) and office.identity.root["version"] < wanted:
        number = office.identity.root["version"] + 1
        newest = await office.ask("GET", f"/sync/v1/catalogue/root/{number}")
        root = catalogue.check_root(newest, verify, office.identity.root)
        office.identity = office.identity._replace(root=root)
    return newest


async def _file(office: Office, cache: Path, name: str, file: dict[str, Any]) -> dict[str, Any]:
    path = cache / file["sha256"]
    if path.exists():
        try:
            return catalogue.open_file(file, name, path.read_bytes(), inflate)
        except SyncError:
            path.unlink()  # spoilt on disk: fetch it again
    status, data = await office.call("GET", f"/sync/v1/segments/{file['sha256']}", limit=file["size"])
    if status != 200:
        raise OfficeError("refused", f"the office answered {status} for a part of its catalogue.")
    content = catalogue.open_file(file, name, data, inflate)
    await asyncio.to_thread(path.write_bytes, data)
    return content


def inflate(data: bytes, limit: int) -> bytes:
    """Unpack zlib `data`. Raises ValueError for more than `limit` bytes, or for broken data."""
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(data, limit + 1)
    except zlib.error as error:
        raise ValueError(f"broken zlib data ({error})") from error
    if len(content) > limit:
        raise ValueError(f"it unpacks to more than the {limit} bytes that were signed")
    return content
