"""A browser's pages under test: opened, looked at in both orientations, and held to be accessible."""

import os
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page

AXE = Path(__file__).parents[2] / "tests/micropython/node_modules/axe-core/axe.min.js"
PICTURES = os.environ.get("SCREENSHOTS")  # a folder: the tests leave a picture of every state there
LYING, STANDING = {"width": 1024, "height": 600}, {"width": 600, "height": 1024}
SMALL_TARGETS = """() => [...document.querySelectorAll("button, input")].filter(e => e.checkVisibility())
    .filter(e => { const b = e.getBoundingClientRect(); return b.width < 48 || b.height < 48; })
    .map(e => e.outerHTML)"""


class Screens:
    """Opens pages of one test, and holds that none of them wrote an error to the console."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser = browser
        self._address = address
        self.errors: list[str] = []
        self.pages: list[Page] = []

    async def open(self, path: str, size: dict[str, int] = LYING, **options: Any) -> Page:
        context = await self._browser.new_context(viewport=size, locale="vi-VN", timezone_id="UTC", **options)
        context.set_default_timeout(60_000)
        page = await context.new_page()
        page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        await page.goto(self._address + path)
        self.pages.append(page)
        return page


async def picture(page: Page, name: str) -> None:
    """A screenshot of both orientations, when somebody wants to look."""
    if PICTURES:
        before = page.viewport_size
        for size, side in ((LYING, "lying"), (STANDING, "standing")):
            await page.set_viewport_size(size)  # type: ignore[arg-type]
            await page.screenshot(path=f"{PICTURES}/{name}-{side}.png", animations="disabled")
        await page.set_viewport_size(before)  # type: ignore[arg-type]


async def assert_accessible(page: Page) -> None:
    """axe-core finds nothing in either orientation, and nothing sticks out of the screen."""
    if not await page.evaluate("() => Boolean(window.axe)"):
        await page.evaluate(AXE.read_text())
    for size in (LYING, STANDING):
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        found = await page.evaluate("() => axe.run(document)")
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]] == []
        wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await page.evaluate(wide) <= 0
        assert await page.evaluate(SMALL_TARGETS) == []
    await page.set_viewport_size(LYING)  # type: ignore[arg-type]
