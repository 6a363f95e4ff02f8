"""Pull over real HTTP with real keys: what a hostile or broken office (or network) can do to a device.

The five TUF attacks stand in tests/sync/core/test_catalogue.py; here is their part that needs the
device: limits on what is read, answers played back, and a key change end to end.
"""

import gzip
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from sync import catalogue, catalogue_files
from sync.canonical import encode
from sync.envelopes import key_id, seal
from sync.host.device_key import DeviceKey
from sync.host.office import Identity, Office, OfficeError
from sync.host.pull import Answer, Pulled, ask, fetch

ROOT, CURRENT, NEW_CURRENT, ACK, DEVICE = [DeviceKey(bytes([n]) * 32) for n in (1, 2, 3, 4, 5)]
NOW = 1795400000000


def signer(key: DeviceKey) -> list[tuple[str, Any]]:
    return [(key_id(key.public), key.sign)]


def root(version: int = 1, current: DeviceKey = CURRENT) -> dict[str, Any]:
    def role(key: DeviceKey) -> dict[str, Any]:
        return {"keys": [key_id(key.public)], "threshold": 1}

    return {
        "type": "root",
        "version": version,
        "expires": NOW * 2,
        "keys": {key_id(key.public): key.public.hex() for key in (ROOT, current, ACK)},
        "roles": {"root": role(ROOT), "current": role(current), "ack": role(ACK)},
        "stamp_keys": [],
        "hosts": ["OCOP.HATINH.VN"],
    }


class FakeOffice:
    """Serves one catalogue honestly, until a test changes `files`, `current` or `nonce`."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.ranges: list[str | None] = []  # the Range header of each request for a file
        self.breaks_at: int | None = None  # hang up after so many bytes of a file
        self.resumes = True  # False: always send a file from its beginning
        self.nonce: str | None = None  # answer with this one whatever was asked
        self.roots: dict[int, Any] = {}
        self.current: Any = None
        self.publish(NOW)

    def publish(
        self, version: int, key: DeviceKey = CURRENT, root_version: int = 1, reason: str = ""
    ) -> None:
        segments = []
        for name in catalogue.SEGMENTS:
            if name in catalogue.SOLD_SETS:
                lines = catalogue_files.sold_lines(name, b"", {})
            else:
                rows = [{"lot": "5", "at": 1, "reason": reason}] if name == "recalls" else []
                lines = catalogue_files.base_lines(name, rows)
            segments.append({"name": name, "base": self.file(b"".join(lines)), "deltas": []})
        signed = {
            "type": "current",
            "version": version,
            "issued": version,
            "expires": version + 1,
            "outlet": "HT01",
            "root": root_version,
            "segments": segments,
        }
        self.current = seal(signed, signer(key))

    def file(self, content: bytes) -> dict[str, Any]:
        data = gzip.compress(content, mtime=0)
        sha256 = catalogue.sha256_hex(data)
        self.files[sha256] = data
        return {"sha256": sha256, "size": len(data), "length": len(content)}

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/sync/v1/catalogue/current", self._current)
        app.router.add_get("/sync/v1/catalogue/root/{n}", self._root)
        app.router.add_get("/sync/v1/segments/{sha256}", self._segment)
        return app

    async def _current(self, request: web.Request) -> web.StreamResponse:
        if isinstance(self.current, bytes):
            return web.Response(body=self.current)
        sha256 = catalogue.sha256_hex(encode(self.current))
        nonce = self.nonce or request.query["nonce"]
        status = {"type": "time", "time": NOW, "nonce": nonce, "current_sha256": sha256}
        changed = None if request.query.get("have") == sha256 else self.current
        return web.json_response({"status": seal(status, signer(ACK)), "current": changed})

    async def _root(self, request: web.Request) -> web.Response:
        envelope = self.roots.get(int(request.match_info["n"]))
        return web.Response(status=404) if envelope is None else web.json_response(envelope)

    async def _segment(self, request: web.Request) -> web.StreamResponse:
        sha256 = request.match_info["sha256"]
        self.asked.append(sha256)
        self.ranges.append(request.headers.get("Range"))
        data, headers, status = self.files[sha256], {}, 200
        if self.resumes and (start := request.http_range.start):
            data, status = data[start:], 206
            headers["Content-Range"] = f"bytes {start}-{start + len(data) - 1}/{start + len(data)}"
        if self.breaks_at is None:
            return web.Response(body=data, status=status, headers=headers)
        answer = web.StreamResponse(status=status, headers=headers | {"Content-Length": str(len(data))})
        await answer.prepare(request)
        await answer.write(data[: self.breaks_at])
        assert request.transport is not None
        request.transport.close()
        return answer

    def base(self, name: str) -> dict[str, Any]:
        segments = self.current["signed"]["segments"]
        return next(segment["base"] for segment in segments if segment["name"] == name)


@pytest.fixture
def there() -> FakeOffice:
    return FakeOffice()


@pytest_asyncio.fixture
async def office(there: FakeOffice) -> AsyncIterator[Office]:
    async with TestServer(there.app()) as server, aiohttp.ClientSession() as session:
        yield Office(session, str(server.make_url("/")), Identity("HT01A", "HT01", root()), DEVICE)


async def pulled(office: Office, folder: Path, have_version: int = 0) -> Pulled:
    """Ask for a catalogue and fetch all its files into `folder`."""
    answer = await ask(office, None, have_version)
    assert answer.pulled is not None
    await fetch(office, answer.pulled, None, folder)
    return answer.pulled


async def refusal(office: Office, folder: Path, have_version: int = 0) -> str:
    with pytest.raises(OfficeError) as refused:
        await pulled(office, folder, have_version)
    assert str(refused.value)
    return refused.value.code


async def test_a_catalogue_is_pulled_and_fetched_once(
    there: FakeOffice, office: Office, tmp_path: Path
) -> None:
    answer = await ask(office, None, 0)
    first = answer.pulled
    assert first is not None
    assert first.current == there.current
    assert first.sha256 == answer.current_sha256
    assert there.asked == []
    await fetch(office, first, None, tmp_path)
    assert len(there.asked) == len(set(there.asked)) == len(catalogue.SEGMENTS)
    assert {name: (tmp_path / name).read_bytes() for name in os.listdir(tmp_path)} == there.files

    assert await ask(office, first.sha256, NOW) == Answer(NOW, answer.current_sha256, None)
    there.asked.clear()
    await fetch(office, first, None, tmp_path)
    assert there.asked == []  # all of it was there


async def test_only_what_the_installed_catalogue_lacks_is_fetched(
    there: FakeOffice, office: Office, tmp_path: Path
) -> None:
    installed = there.current["signed"]
    there.publish(NOW + 1, reason="mốc")
    delta = there.file(b"".join(catalogue_files.delta_lines("lots", [(["L1"], None)])))
    signed = there.current["signed"]
    next(segment for segment in signed["segments"] if segment["name"] == "lots")["deltas"].append(delta)
    there.current = seal(signed, signer(CURRENT))
    answer = await ask(office, None, NOW)
    assert answer.pulled is not None
    await fetch(office, answer.pulled, installed, tmp_path)
    assert set(there.asked) == {delta["sha256"], there.base("recalls")["sha256"]}


async def test_a_file_that_broke_off_is_resumed(there: FakeOffice, office: Office, tmp_path: Path) -> None:
    sha256 = there.base("lots")["sha256"]
    there.breaks_at = 10
    failures = 0
    while not (tmp_path / sha256).exists():
        try:
            await pulled(office, tmp_path)
        except OfficeError as error:
            assert error.code == "unreachable"
            failures += 1
            assert failures < 1000
    starts = [range_ for name, range_ in zip(there.asked, there.ranges, strict=True) if name == sha256]
    assert starts[:3] == [None, "bytes=10-", "bytes=20-"]
    assert (tmp_path / sha256).read_bytes() == there.files[sha256]
    assert f"{sha256}.part" not in os.listdir(tmp_path)


async def test_an_office_that_cannot_resume_sends_the_whole_file(
    there: FakeOffice, office: Office, tmp_path: Path
) -> None:
    sha256 = there.base("lots")["sha256"]
    (tmp_path / f"{sha256}.part").write_bytes(there.files[sha256][:20])
    there.resumes = False
    await pulled(office, tmp_path)
    assert (tmp_path / sha256).read_bytes() == there.files[sha256]


@pytest.mark.parametrize("spoil", ["bytes", "length"])
async def test_a_part_that_is_spoilt_does_not_stay(
    there: FakeOffice, office: Office, tmp_path: Path, spoil: str
) -> None:
    sha256 = there.base("lots")["sha256"]
    part = tmp_path / f"{sha256}.part"
    part.write_bytes(b"spoilt" if spoil == "bytes" else bytes(5000))
    if spoil == "bytes":
        assert await refusal(office, tmp_path) == "catalogue_segment"
        assert not part.exists()
    await pulled(office, tmp_path)
    assert (tmp_path / sha256).read_bytes() == there.files[sha256]


async def test_a_part_that_was_whole_is_not_fetched_again(
    there: FakeOffice, office: Office, tmp_path: Path
) -> None:
    sha256 = there.base("lots")["sha256"]
    (tmp_path / f"{sha256}.part").write_bytes(there.files[sha256])
    await pulled(office, tmp_path)
    assert sha256 not in there.asked
    assert (tmp_path / sha256).read_bytes() == there.files[sha256]


async def test_rollback(there: FakeOffice, office: Office, tmp_path: Path) -> None:
    assert await refusal(office, tmp_path, NOW + 1) == "catalogue_rollback"
    assert there.asked == []  # nothing of it was fetched


async def test_freeze_by_an_answer_played_back(there: FakeOffice, office: Office, tmp_path: Path) -> None:
    """The age is confirmed only by an answer to this very question."""
    there.nonce = "0" * 32
    assert await refusal(office, tmp_path) == "not_office"


async def test_freeze_with_an_old_catalogue_only_ages(
    there: FakeOffice, office: Office, tmp_path: Path
) -> None:
    there.publish(NOW - 400 * 86400000)
    assert (await pulled(office, tmp_path)).current["signed"]["issued"] == NOW - 400 * 86400000


async def test_fast_forward_is_healed_by_a_new_key(there: FakeOffice, office: Office, tmp_path: Path) -> None:
    there.publish(2**53 - 2)
    installed = (await pulled(office, tmp_path)).current

    there.roots[2] = seal(root(2, NEW_CURRENT), signer(ROOT))
    there.publish(NOW, NEW_CURRENT, root_version=2)
    floor = catalogue.version_floor(installed, office.identity.root)
    assert await refusal(office, tmp_path, floor) == "catalogue_rollback"
    assert office.identity.root["version"] == 2  # but the new root is known from here on
    floor = catalogue.version_floor(installed, office.identity.root)
    assert (await pulled(office, tmp_path, floor)).current == there.current


async def test_a_root_that_nobody_signed(there: FakeOffice, office: Office, tmp_path: Path) -> None:
    there.publish(NOW, NEW_CURRENT, root_version=2)
    there.roots[2] = seal(root(2, NEW_CURRENT), signer(NEW_CURRENT))
    assert await refusal(office, tmp_path) == "catalogue_signature"
    assert office.identity.root["version"] == 1
    del there.roots[2]
    assert await refusal(office, tmp_path) == "not_found"


async def test_mix_and_match(there: FakeOffice, office: Office, tmp_path: Path) -> None:
    yesterday = there.files[there.base("recalls")["sha256"]]
    there.publish(NOW + 1, reason="mốc")
    there.files[there.base("recalls")["sha256"]] = yesterday
    assert await refusal(office, tmp_path) == "catalogue_segment"
    wanted = there.base("recalls")["sha256"]
    assert not (tmp_path / wanted).exists()


async def test_an_altered_segment(there: FakeOffice, office: Office, tmp_path: Path) -> None:
    sha256 = there.base("lots")["sha256"]
    good = there.files[sha256]
    there.files[sha256] = good[:-1] + bytes([good[-1] ^ 1])
    assert await refusal(office, tmp_path) == "catalogue_segment"
    assert not (tmp_path / sha256).exists()
    there.files[sha256] = good
    await pulled(office, tmp_path)


async def test_a_segment_spoilt_on_the_card_is_fetched_again(
    there: FakeOffice, office: Office, tmp_path: Path
) -> None:
    await pulled(office, tmp_path)
    sha256 = there.base("lots")["sha256"]
    (tmp_path / sha256).write_bytes(b"spoilt")
    there.asked.clear()
    await pulled(office, tmp_path)
    assert there.asked == [sha256]
    assert (tmp_path / sha256).read_bytes() == there.files[sha256]


async def test_endless_data_in_a_segment(there: FakeOffice, office: Office, tmp_path: Path) -> None:
    sha256 = there.base("lots")["sha256"]
    there.files[sha256] += bytes(5 * 1024 * 1024)
    assert await refusal(office, tmp_path) == "catalogue_segment"
    assert not (tmp_path / sha256).exists()
