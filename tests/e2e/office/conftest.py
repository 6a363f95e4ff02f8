"""What the office's browser tests share: the browser, an official's workbook, the ways to look at a page."""

import io
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright
from sqlalchemy import Engine

from office import service, setup
from office.access import accounts, permissions
from office.demo import samples
from office.demo.browser import ARGUMENTS
from office.settings import Http, Phones, Settings, Stamps
from office.storage import database
from office.times import now_ms

AXE = Path(__file__).parents[2] / "micropython/node_modules/axe-core/axe.min.js"
SIZES = {"desk": {"width": 1366, "height": 768}, "phone": {"width": 360, "height": 740}}
PICTURES = os.environ.get("SCREENSHOTS")
PASSWORD = "một mật khẩu dài"
PRODUCER = "CT-HT-TKA-001"


@pytest_asyncio.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        path = next(filter(os.path.exists, ("/usr/bin/chromium", "/usr/bin/chromium-browser")), None)
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        await browser.close()


def _settings(folder: Path) -> Settings:
    often = Phones(a_minute=1_000_000, at_once=1000)  # one browser looks at everything
    return Settings(data=str(folder), stamps=Stamps(gs1_prefix="893888"), http=Http(port=0), phones=often)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an office with the samples and an account of each role, to copy."""
    settings = _settings(tmp_path_factory.mktemp("filled") / "office")
    engine = setup.initialise(settings, now_ms())
    samples.fill(engine, settings, now_ms())
    with database.writing(engine) as connection:
        for role in permissions.ROLES:
            producer = PRODUCER if role == "producer" else ""
            accounts.add(connection, role, PASSWORD, role, role.title(), None, producer)
    engine.dispose()
    return settings.folder


@pytest.fixture
def settings(filled: Path, tmp_path: Path) -> Settings:
    """An office with the samples, of its own."""
    shutil.copytree(filled, tmp_path / "office")
    return _settings(tmp_path / "office")


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    engine = setup.open_database(settings)
    yield engine
    engine.dispose()


@pytest_asyncio.fixture
async def url(settings: Settings) -> AsyncIterator[str]:
    """Where this office's service listens."""
    runner = await service.start(service.build(settings), "127.0.0.1", 0)
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest_asyncio.fixture
async def page(chromium: Browser, url: str) -> Page:
    """A page of the office at a desk."""
    return await (await chromium.new_context(viewport=SIZES["desk"], base_url=url)).new_page()  # type: ignore[arg-type]


@pytest.fixture
def log_in() -> Callable[[Page, str], Awaitable[None]]:
    """Log in as a role."""

    async def do(page: Page, who: str) -> None:
        await page.context.clear_cookies()
        await page.goto("/office/login")
        await page.fill("#login", who)
        await page.fill("#password", PASSWORD)
        await page.get_by_role("button", name="Đăng nhập").click()

    return do


class Eyes:
    """Looks at pages. `SCREENSHOTS=DIR` leaves a picture of each look in DIR."""

    def __init__(self) -> None:
        self._axe = AXE.read_text()

    async def look(
        self, page: Page, name: str, sizes: Sequence[str] = ("desk", "phone"), axe: bool = False
    ) -> None:
        """Nothing of the page lies outside the screen's width, in each size; with `axe` that finds nothing either."""
        for size in sizes:
            shape = SIZES[size]
            await page.set_viewport_size(shape)  # type: ignore[arg-type]
            assert await page.evaluate("document.documentElement.scrollWidth") <= shape["width"], (name, size)
            if axe:
                await self._audit(page, f"{name}-{size}")
            if PICTURES:
                await page.screenshot(path=f"{PICTURES}/{name}-{size}.png", full_page=True)
        await page.set_viewport_size(SIZES["desk"])  # type: ignore[arg-type]

    async def _audit(self, page: Page, name: str) -> None:
        if not await page.evaluate("Boolean(window.axe)"):
            await page.evaluate(self._axe)
        found = await page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice']})")
        told = [(v["id"], [node["target"] for node in v["nodes"]][:3]) for v in found["violations"]]
        assert told == [], (name, page.url, told)

    async def look_in_both_languages(self, page: Page, path: str, name: str, phone: bool = False) -> None:
        """axe too, at a desk; with `phone` also on one, in Vietnamese."""
        for lang in ("en", "vi"):
            await page.goto(f"{path}{'&' if '?' in path else '?'}lang={lang}")
            await self.look(page, f"{name}-{lang}", ("desk",), axe=True)
            await self.look(page, f"{name}-{lang}", ("phone",), axe=phone and lang == "vi")


@pytest.fixture
def eyes() -> Eyes:
    return Eyes()


@pytest.fixture
def workbook() -> Callable[[Mapping[str, list[list[Any]]]], bytes]:
    """An XLSX of tables by the title of their sheet."""

    def make(tables: Mapping[str, list[list[Any]]]) -> bytes:
        book = openpyxl.Workbook()
        book.remove(book.worksheets[0])
        for title, rows in tables.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()

    return make
