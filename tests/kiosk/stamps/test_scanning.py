"""The service and the real scanner process: killed, it comes back, and staff see that it was away."""

import asyncio
import os
import signal

import pytest
import segno

from kiosk.host.stamps.scanning import Scanning

PATIENCE = 60.0


class Watching:
    """The scanner process on an empty folder camera `eye`: the states that were shown, and the texts read."""

    def __init__(self, config):
        self.states, self.texts = asyncio.Queue(), asyncio.Queue()
        self.scanning = Scanning(config, self._read, self._changed)

    async def state(self, wanted):
        """Wait until the reader is shown in this state."""
        async with asyncio.timeout(PATIENCE):
            while await self.states.get() != wanted:
                pass

    async def text(self):
        """The next text read."""
        async with asyncio.timeout(PATIENCE):
            return await self.texts.get()

    def kill(self):
        os.kill(self.scanning._child.pid, signal.SIGKILL)

    async def _read(self, message):
        await self.texts.put(message["text"])

    def _changed(self):
        self.states.put_nowait(self.scanning.readers["eye"]["state"])


@pytest.fixture
def pictures(shop):
    folder = shop.folder / "pictures"
    folder.mkdir()
    (shop.folder / "outlet.toml").write_text(
        f'[[reader]]\nname = "eye"\nkind = "folder"\ndevice = "{folder}"\nplace = "shopper"\n'
    )
    return folder


@pytest.fixture
async def watching(shop, pictures):
    watching = Watching(shop.folder / "outlet.toml")
    shop.outlet.readers = watching.scanning.readers
    task = asyncio.create_task(watching.scanning.run())
    await watching.state("ok")
    yield watching
    task.cancel()
    await asyncio.wait([task])
    await watching.scanning.stop()


async def test_killed_again_and_again_it_returns_and_reads(watching, pictures):
    for number in range(3):
        watching.kill()
        await watching.state("error")
        await watching.state("ok")
        segno.make(f"CODE {number}", micro=False).save(str(pictures / f"{number}.png"), scale=8)
        while await watching.text() != f"CODE {number}":  # after a restart the older pictures come first
            pass


async def test_staff_see_that_it_is_down(shop, clerk, watching, monkeypatch):
    monkeypatch.setattr("sys.executable", "/nonexistent/python")  # it cannot be started again
    watching.kill()
    await watching.state("error")
    async with shop.session.get("/api/status") as answer:
        assert (await answer.json())["scanner"]["eye"] == {
            "state": "error",
            "detail": "scanner process restarting",
        }
    monkeypatch.undo()
    await watching.state("ok")
