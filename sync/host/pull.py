"""Pull: learn of a newer catalogue, verify its documents, then fetch and verify the files that are missing."""

import asyncio
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from sync import catalogue
from sync.canonical import encode
from sync.catalogue_files import Arriving
from sync.envelopes import SyncError
from sync.host.device_key import verify
from sync.host.office import Office, OfficeError

_PIECE = 256 * 1024  # bytes read from a file at once, in a thread: a card may take its time


class Pulled(NamedTuple):
    """A newer catalogue's `current`, verified; the root it was signed under is the office's newest."""

    current: dict[str, Any]  # the current envelope
    sha256: str


class Answer(NamedTuple):
    """What the office said: its signed time, the newest `current` it knows, and that if it is new."""

    time: int  # ms UTC
    current_sha256: str | None
    pulled: Pulled | None


async def ask(office: Office, have_sha256: str | None, have_version: int, wait: int = 0) -> Answer:
    """Ask for the newest catalogue; `wait` seconds of long poll when ours is the newest.

    Raises OfficeError, also for documents that do not verify (nothing of them is then used).
    """
    nonce = secrets.token_hex(16)
    query = {"nonce": nonce, "wait": str(wait)} | ({"have": have_sha256} if have_sha256 else {})
    answer = await office.ask("GET", "/sync/v1/catalogue/current", query)
    if not isinstance(answer, dict):
        raise OfficeError("not_office", "the office's answer about the catalogue is malformed.")
    status = await office.dated(answer.get("status"), nonce)
    envelope = answer.get("current")
    if envelope is None:
        return Answer(status["time"], status.get("current_sha256"), None)
    try:
        await _follow_root(office, envelope)
        identity = office.identity
        catalogue.check_current(envelope, identity.root, identity.outlet, have_version, verify)
    except SyncError as error:
        raise _not_installed(error) from error
    sha256 = catalogue.sha256_hex(encode(envelope))
    # One that we have is not installed again, however often it is offered: a card wears out.
    return Answer(status["time"], sha256, None if sha256 == have_sha256 else Pulled(envelope, sha256))


async def fetch(office: Office, pulled: Pulled, installed: dict[str, Any] | None, folder: Path) -> None:
    """Have in `folder`, named by their SHA-256, the files that the catalogue has beyond `installed`.

    `installed` is the `signed` part of the installed `current`, None to have all. A file that is there
    already is not fetched again, one that broke off is resumed. Raises OfficeError, also for files
    that are not what was signed, and OSError for a full disk.
    """
    before = catalogue.segments_by_name(installed)
    try:
        for segment in pulled.current["signed"]["segments"]:
            for file in catalogue.to_apply(segment, before.get(segment["name"]))[1]:
                await _fetch(office, folder, segment["name"], file)
    except SyncError as error:
        raise _not_installed(error) from error


async def photo(office: Office, sha256: str) -> bytes:
    """What the office sends as the picture of this name, unverified. Raises OfficeError."""
    status, data = await office.call("GET", f"/sync/v1/photos/{sha256}", limit=catalogue.LARGEST_PHOTO)
    if status != 200:
        raise OfficeError("refused", f"the office answered {status} for a picture.")
    return data


def _not_installed(error: SyncError) -> OfficeError:
    return OfficeError(f"catalogue_{error.code}", f"the office's catalogue was not installed: {error}.")


async def _follow_root(office: Office, current: Any) -> None:
    """Have the root that `current` was signed under."""
    signed = current.get("signed") if isinstance(current, dict) else None
    wanted = signed.get("root") if isinstance(signed, dict) else None
    if isinstance(wanted, int):
        await office.follow_roots(wanted)


async def _fetch(office: Office, folder: Path, name: str, file: dict[str, Any]) -> None:
    """Have `file` in `folder` under its SHA-256. What arrived before a failure stays as a part of it."""
    whole = folder / file["sha256"]
    if await asyncio.to_thread(_is_good, whole, name, file):
        return
    part = whole.with_suffix(".part")
    arriving = await asyncio.to_thread(_resumed, part, name, file)
    try:
        if arriving.size < file["size"]:
            async with office.opened(f"/sync/v1/segments/{whole.name}", arriving.size) as (start, pieces):
                if start != arriving.size:  # the office sends it from the beginning
                    part.unlink(missing_ok=True)
                    arriving = Arriving(name, file)
                async for piece in pieces:
                    arriving.add(piece)
                    await asyncio.to_thread(_append, part, piece)
        arriving.finish()
    except SyncError:
        part.unlink(missing_ok=True)
        raise
    part.rename(whole)


def _is_good(path: Path, name: str, file: dict[str, Any]) -> bool:
    """Whether `path` is the file that was signed; what is spoilt is deleted."""
    if not path.exists():
        return False
    arriving = Arriving(name, file)
    try:
        for piece in _pieces(path):
            arriving.add(piece)
        arriving.finish()
    except SyncError:
        path.unlink()
        return False
    return True


def _resumed(part: Path, name: str, file: dict[str, Any]) -> Arriving:
    """What has arrived of `file` before."""
    arriving = Arriving(name, file)
    try:
        if part.exists():
            for piece in _pieces(part):
                arriving.add(piece)
    except SyncError:
        part.unlink()
        return Arriving(name, file)
    return arriving


def _append(part: Path, piece: bytes) -> None:
    with part.open("ab") as file:
        file.write(piece)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece
