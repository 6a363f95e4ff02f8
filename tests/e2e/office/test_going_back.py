"""The browser's Back after a form: a page each time, never "form resubmission", and nothing is done twice by it."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import Engine, func, select

from office import schema
from office.storage import database

LogIn = Callable[[Page, str], Awaitable[None]]
GTIN = "08939999000017"


async def press(page: Page, name: str) -> None:
    await page.locator("main").get_by_role("button", name=name, exact=True).click()


async def back(page: Page, heading: str) -> None:
    """Playwright raises net::ERR_CACHE_MISS where a person sees a page of the browser that says so."""
    await page.go_back()
    await expect(page.get_by_role("heading", level=1)).to_contain_text(heading)


def batches(engine: Engine) -> int:
    with database.reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(schema.batches)).scalar_one()


async def test_after_stamps_were_issued_and_activated(
    page: Page, engine: Engine, log_in: LogIn, eyes: Any
) -> None:
    await log_in(page, "officer")
    before = batches(engine)
    await page.goto(f"/office/stamps/issue?gtin={GTIN}")
    await page.fill("#f-count", "40")
    await press(page, "Tiếp")
    await press(page, "Phát hành tem")
    await expect(page).to_have_url(re.compile("/office/stamps/batches/"))
    await back(page, "Phát hành tem")
    await expect(page.locator(".confirm")).to_have_count(0)  # it is done: nobody is asked again
    await back(page, "Phát hành tem")
    assert batches(engine) == before + 1
    with database.reading(engine) as connection:
        table = schema.batches
        row = connection.execute(
            select(table).where(table.c.gtin == GTIN).order_by(table.c.id.desc()).limit(1)
        ).one()
    await page.goto(f"/office/stamps/activate?gtin={GTIN}&first={row.first}&last={row.last}")
    await page.fill("#f-code", "L-MOI")
    await page.fill("#f-produced", "1/11/2026")
    await press(page, "Tiếp")
    await expect(page.locator(".confirm")).to_contain_text("L-MOI")
    await press(page, "Kích hoạt tem")
    await expect(page).to_have_url(re.compile(rf"/office/stamps\?gtin={GTIN}&saved=1$"))
    await back(page, "Kích hoạt tem")
    await eyes.look(page, "back-after-activating", axe=True)


async def test_to_a_form_that_was_refused(page: Page, log_in: LogIn) -> None:
    await log_in(page, "registrar")
    await page.goto("/office/registry/producers/new")
    await page.fill("#f-id", "P 9")
    await page.fill("#f-name", "HTX Mới")
    await press(page, "Lưu")
    await expect(page.locator("main .problem").first).to_contain_text("Chưa lưu")
    await page.goto("/office/registry/producers")
    await back(page, "Thêm chủ thể")
    assert await page.input_value("#f-name") == "HTX Mới"
    await page.fill("#f-id", "P9")
    await press(page, "Lưu")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("HTX Mới")
    await back(page, "Thêm chủ thể")


@pytest.mark.timeout(120)
async def test_after_an_import(
    page: Page, log_in: LogIn, workbook: Callable[[Mapping[str, list[list[Any]]]], bytes]
) -> None:
    await log_in(page, "registrar")
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    data = workbook({"Chủ thể": [["Mã", "Tên chủ thể"], ["P9", "HTX Mới"]]})
    await page.goto("/office/import")
    await page.set_input_files("#file", files={"name": "a.xlsx", "mimeType": kind, "buffer": data})  # type: ignore[arg-type]
    await press(page, "Xem trước")
    await expect(page.locator("p.good")).to_contain_text("Chưa ghi gì.")
    await press(page, "Nhập vào danh mục")
    await expect(page).to_have_url(re.compile(r"/office/import\?answer="))
    await expect(page.locator("p.good")).to_contain_text("Đã nhập xong.")
    await page.reload()
    await expect(page.locator("p.good")).to_contain_text("Đã nhập xong.")
    await back(page, "Chưa làm được")  # the file that was looked at is gone
    await back(page, "Nhập, xuất Excel")
    await page.go_forward()
    await page.go_forward()
    await expect(page.locator("p.good")).to_contain_text("Đã nhập xong.")


async def test_after_a_code_for_a_device_and_after_a_log_in_that_failed_first(
    page: Page, log_in: LogIn
) -> None:
    await page.goto("/office/login")
    await page.fill("#login", "officer")
    await page.fill("#password", "falsch falsch")
    await page.get_by_role("button", name="Đăng nhập").click()
    await expect(page.get_by_role("alert")).to_contain_text("không đúng")
    await log_in(page, "officer")
    await page.goto("/office/outlets")
    await page.get_by_role("button", name="Tạo mã ghi danh").first.click()
    await expect(page.locator("section.code code")).to_have_count(1)
    await page.goto("/office/fleet")
    await back(page, "Điểm bán và thiết bị")
    await expect(page.locator("section.code code")).to_have_count(0)  # it was shown once
