"""How far an import is, as a person sees it while the page is still on its way."""

import threading
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
from playwright.async_api import Page, expect

from office import imports, sheets

LogIn = Callable[[Page, str], Awaitable[None]]
ROWS = 400


@pytest.mark.timeout(120)
async def test_a_bar_is_seen_while_a_file_is_read_and_while_it_is_looked_at(
    page: Page,
    log_in: LogIn,
    eyes: Any,
    workbook: Callable[[Mapping[str, list[list[Any]]]], bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = threading.Semaphore(0)
    read, run = sheets.read, imports.run

    def held(progress: sheets.Progress, when: int) -> sheets.Progress:
        def told(done: int, total: int) -> None:
            progress(done, total)
            if done == when:
                assert seen.acquire(timeout=60)

        return told

    def slow_run(*arguments: Any) -> imports.Report:
        *before, progress, since = arguments
        return run(*before, held(progress, 250), since)

    monkeypatch.setattr(sheets, "read", lambda name, data, progress: read(name, data, held(progress, 300)))
    monkeypatch.setattr(imports, "run", slow_run)
    await log_in(page, "registrar")
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    data = workbook({"Chủ thể": [["Mã", "Tên chủ thể"], *([f"N{n}", f"HTX {n}"] for n in range(ROWS))]})
    await page.goto("/office/import")
    await page.set_input_files("#file", files={"name": "a.xlsx", "mimeType": kind, "buffer": data})  # type: ignore[arg-type]
    await page.get_by_role("button", name="Xem trước").click(no_wait_after=True)
    told = page.locator(".running p:visible")
    await expect(told).to_have_text("Đang đọc tệp: 300 / 401 dòng")
    await expect(page.get_by_role("progressbar", name="Đang đọc tệp")).to_be_visible()
    await eyes.look(page, "import-reading")
    seen.release()
    await expect(told).to_have_text("Đang kiểm tra: 250 / 400 dòng")
    seen.release()
    await expect(page.locator("p.good")).to_contain_text("Tệp đúng. Chưa ghi gì.")
    await expect(told).to_have_count(0)
