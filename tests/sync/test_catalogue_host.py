"""Pull over real HTTP with real keys: what a hostile or broken office (or network) can do to a device.

The five TUF attacks stand in tests/sync/core/test_catalogue.py; here is their part that needs the
device: limits on what is read and unpacked, answers played back, and a key change end to end.
"""

import json
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from sync import catalogue
from sync.canonical import encode
from sync.envelopes import key_id, seal
from sync.host.device_key import DeviceKey
from sync.host.office import LARGEST_ANSWER, Identity, Office, OfficeError
from sync.host.pull import Answer, inflate, pull

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
        self.nonce: str | None = None  # answer with this one whatever was asked
        self.roots: dict[int, Any] = {}
        self.current: Any = None
        self.publish(NOW)

    def publish(
        self, version: int, key: DeviceKey = CURRENT, root_version: int = 1, reason: str = ""
    ) -> None:
        segments = []
        for name in catalogue.SEGMENTS:
            content: dict[str, Any] = {"name": name, "rows": []}
            if name.startswith("sold_"):
                content = {"name": name, "bitmap": "", "marks": {}}
            if name == "recalls":
                content["rows"] = [{"lot": 5, "at": 1, "reason": reason}]
            plain = encode(content)
            data = zlib.compress(plain)
            sha256 = catalogue.sha256_hex(data)
            self.files[sha256] = data
            base = {"sha256": sha256, "size": len(data), "length": len(plain)}
            segments.append({"name": name, "base": base, "deltas": []})
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

    async def _segment(self, request: web.Request) -> web.Response:
        sha256 = request.match_info["sha256"]
        self.asked.append(sha256)
        return web.Response(body=self.files[sha256])

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


async def refusal(office: Office, cache: Path, have_version: int = 0) -> str:
    with pytest.raises(OfficeError) as refused:
        await pull(office, None, have_version, cache)
    assert str(refused.value)
    return refused.value.code


async def test_a_catalogue_is_pulled_and_fetched_once(
    there: FakeOffice, office: Office, tmp_path: Path
) -> None:
    answer = await pull(office, None, 0, tmp_path)
    assert answer.pulled is not None
    assert answer.pulled.current == there.current
    assert answer.pulled.sha256 == answer.current_sha256
    assert sorted(answer.pulled.contents) == sorted(catalogue.SEGMENTS)
    assert len(there.asked) == len(set(there.asked)) == len(catalogue.SEGMENTS)

    assert await pull(office, answer.pulled.sha256, NOW, tmp_path) == Answer(NOW, answer.current_sha256, None)
    there.asked.clear()
    there.publish(NOW + 1, reason="mốc")
    newer = await pull(office, answer.pulled.sha256, NOW, tmp_path)
    assert newer.pulled is not None
    assert newer.pulled.contents["recalls"][0]["rows"][0]["reason"] == "mốc"
    assert there.asked == [there.base("recalls")["sha256"]]


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
    answer = await pull(office, None, 0, tmp_path)
    assert answer.pulled is not None
    assert answer.pulled.current["signed"]["issued"] == NOW - 400 * 86400000


async def test_fast_forward_is_healed_by_a_new_key(there: FakeOffice, office: Office, tmp_path: Path) -> None:
    there.publish(2**53 - 2)
    stolen = await pull(office, None, 0, tmp_path)
    assert stolen.pulled is not None
    installed = stolen.pulled.current

    there.roots[2] = seal(root(2, NEW_CURRENT), signer(ROOT))
    there.publish(NOW, NEW_CURRENT, root_version=2)
    floor = catalogue.version_floor(installed, office.identity.root)
    assert await refusal(office, tmp_path, floor) == "catalogue_rollback"
    assert office.identity.root["version"] == 2  # but the new root is known from here on
    floor = catalogue.version_floor(installed, office.identity.root)
    healed = await pull(office, None, floor, tmp_path)
    assert healed.pulled is not None
    assert healed.pulled.current == there.current


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
    assert (await pull(office, None, 0, tmp_path)).pulled is not None


async def test_a_segment_spoilt_on_the_card_is_fetched_again(
    there: FakeOffice, office: Office, tmp_path: Path
) -> None:
    await pull(office, None, 0, tmp_path)
    sha256 = there.base("lots")["sha256"]
    (tmp_path / sha256).write_bytes(b"spoilt")
    there.asked.clear()
    assert (await pull(office, None, 0, tmp_path)).pulled is not None
    assert there.asked == [sha256]
    assert (tmp_path / sha256).read_bytes() == there.files[sha256]


async def test_endless_data_in_a_segment(there: FakeOffice, office: Office, tmp_path: Path) -> None:
    sha256 = there.base("lots")["sha256"]
    there.files[sha256] += bytes(5 * 1024 * 1024)
    assert await refusal(office, tmp_path) == "not_office"
    assert not (tmp_path / sha256).exists()


async def test_endless_data_as_the_answer(there: FakeOffice, office: Office, tmp_path: Path) -> None:
    there.current = b" " * (LARGEST_ANSWER + 1) + json.dumps({}).encode()
    assert await refusal(office, tmp_path) == "not_office"


def test_endless_data_when_unpacked() -> None:
    bomb = zlib.compress(bytes(64 * 1024 * 1024), 9)
    with pytest.raises(ValueError, match="more than the 1000 bytes"):
        inflate(bomb, 1000)
    assert inflate(zlib.compress(b"a" * 1000), 1000) == b"a" * 1000
    with pytest.raises(ValueError, match="broken"):
        inflate(b"no zlib", 1000)
