"""Screenshots of the demo's pages in the real browser, where Playwright and Chromium are installed."""

import shutil
from pathlib import Path
from types import TracebackType
from typing import Any

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Browser:
    """Chromium without a window. Where it is missing, `open` gives None and the demo goes on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._playwright: Any = None
        self._browser: Any = None

    async def __aenter__(self) -> "Browser":
        chromium = shutil.which("chromium")
        try:
            from playwright.async_api import async_playwright
        except ModuleNotFoundError:
            return self
        if chromium is not None:
            self._playwright = await async_playwright().start()
            self._browser = await self._playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._browser is not None:
            await self._browser.close()
            await self._playwright.stop()

    async def open(self, url: str, width: int = 1024, height: int = 600) -> Any:
        """A page of its own session at `url`, or None without a browser."""
        if self._browser is None:
            return None
        context = await self._browser.new_context(viewport={"width": width, "height": height}, locale="vi-VN")
        page = await context.new_page()
        await page.goto(url, wait_until="domcontentloaded")
        return page

    async def picture(self, page: Any, name: str, whole: bool = False) -> Path | None:
        """Save what the page shows as `name`.png; None without a browser."""
        if page is None:
            return None
        path = self._folder / f"{name}.png"
        await page.screenshot(path=path, full_page=whole)
        return path
