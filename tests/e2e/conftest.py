"""What the browser's tests share: Chromium, the outlet that is played, and the shop of tests/kiosk."""

import importlib.util
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, async_playwright

from office.demo.browser import ARGUMENTS

sys.path.insert(0, str(Path(__file__).parent))

from played_outlet import Outlet
from screens import Screens
from till import SIZES, Till


def _shop_fixtures() -> Any:
    """The shop of tests/kiosk: real outlet.db, signed stamps, real listeners."""
    spec = importlib.util.spec_from_file_location(
        "kiosk_conftest", Path(__file__).parents[1] / "kiosk/conftest.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["kiosk_conftest"] = module
    spec.loader.exec_module(module)
    return module


shop = _shop_fixtures().shop


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A busy machine may take a minute for each step of a browser; who waits in vain says for what before that."""
    for item in items:
        if item.path.parent == Path(__file__).parent and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(400))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture(loop_scope="module")
async def outlet() -> AsyncIterator[Outlet]:
    played = Outlet()
    runner = web.AppRunner(played.app, shutdown_timeout=1)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", 0))
    played.address = f"http://127.0.0.1:{listener.getsockname()[1]}"  # type: ignore[attr-defined]
    await web.SockSite(runner, listener).start()
    yield played
    await runner.cleanup()


@pytest_asyncio.fixture(loop_scope="module")
async def screens(browser: Browser, outlet: Outlet) -> AsyncIterator[Screens]:
    opened = Screens(browser, outlet.address)  # type: ignore[attr-defined]
    yield opened
    for page in opened.pages:
        await page.context.close()
    # The browser itself reports refused and broken requests; tests that provoke them look at the page.
    assert [line for line in opened.errors if not line.startswith("Failed to load resource")] == []


@pytest_asyncio.fixture
async def till(shop: SimpleNamespace) -> AsyncIterator[Till]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        context = await chromium.new_context(viewport=SIZES["1280"], locale="vi-VN", reduced_motion="reduce")  # type: ignore[arg-type]
        made = Till(await context.new_page(), shop)
        yield made
        await chromium.close()
    # The browser itself reports refused requests; tests that provoke them look at the page.
    assert [line for line in made.errors if not line.startswith("Failed to load resource")] == []
