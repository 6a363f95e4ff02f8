"""Aiming a camera: the real scanner process shows what it sees to a page, and to nobody else."""

import asyncio
import itertools
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import segno

from kiosk.host.stamps import aiming

PATIENCE = 60.0


async def until(true) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():
            await asyncio.sleep(0.02)


@pytest.fixture
async def watching(shop):
    """The shop with its scanner process running on a folder camera `eye` that holds one picture."""
    pictures = shop.folder / "pictures"
    pictures.mkdir()
    segno.make("HELLO", micro=False).save(str(pictures / "a.png"), scale=8)
    (shop.folder / "outlet.toml").write_text(
        f'[[reader]]\nname = "eye"\nkind = "folder"\ndevice = "{pictures}"\nplace = "shopper"\n'
    )
    task = asyncio.create_task(shop.scanning.run())
    await until(lambda: shop.scanning.readers.get("eye", {}).get("state") == "ok")
    yield shop
    task.cancel()
    await asyncio.wait([task])
    await shop.scanning.stop()


@asynccontextmanager
async def moving(folder: Path) -> AsyncIterator[None]:
    """Something to see all the while: a folder shows a picture for a moment, and only once."""

    async def go_on() -> None:
        for number in itertools.count():
            segno.make(f"N{number}", micro=False).save(str(folder / f"c{number}.png"), scale=8)
            await asyncio.sleep(0.3)

    task = asyncio.create_task(go_on())
    yield
    task.cancel()
    await asyncio.wait([task])


async def log_in(shop) -> None:
    async with shop.session.post("/api/session", json={"pin": "123456"}) as answer:
        assert answer.status == 204


async def test_the_live_picture_comes_as_jpegs_and_the_socket_goes_with_the_page(
    watching, monkeypatch, tmp_path
) -> None:
    monkeypatch.setattr(aiming, "PATIENCE", PATIENCE)  # for a loaded machine
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # nobody else's sockets
    await log_in(watching)
    async with moving(watching.folder / "pictures"):
        async with watching.session.get("/staff/aim/eye") as answer:
            assert answer.status == 200
            assert answer.content_type == "multipart/x-mixed-replace"
            head = await answer.content.readuntil(b"\r\n\r\n")
            length = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
            assert (await answer.content.readexactly(length)).startswith(b"\xff\xd8")
            (folder,) = tmp_path.glob("ocop-aim-*")
            assert folder.stat().st_mode & 0o777 == 0o700
            answer.close()
        # That the page is gone is noticed at the next picture.
        await until(lambda: not list(tmp_path.glob("ocop-aim-*")))


async def test_nobody_sees_a_picture_without_logging_in(watching):
    async with watching.session.get("/staff/aim/eye") as answer:
        assert answer.status == 401
    async with watching.session.get("/staff/aim", allow_redirects=False) as answer:
        assert answer.headers["Location"] == "/staff"


async def test_a_reader_that_is_not_there(watching):
    await log_in(watching)
    async with watching.session.get("/staff/aim/other") as answer:
        assert answer.status == 404


async def test_the_page_names_the_cameras(shop):
    await log_in(shop)
    async with shop.session.get("/staff/aim") as answer:
        text = await answer.text()
    assert 'src="/staff/aim/eye"' in text
    assert "gun" not in text and "pictures" not in text  # a folder has no live picture
