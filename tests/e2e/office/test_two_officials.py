"""Two officials at one record at the same moment, each in a browser of their own: nobody's work is lost unseen."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from sqlalchemy import Engine, select

from office import schema
from office.access import accounts
from office.storage import database

PASSWORD = "một mật khẩu dài"
PRODUCT = "/office/registry/products/HT-CL-046"
GTIN, LOT = "08939999000017", "HT-TKA-001-L1"
LogIn = Callable[[Page, str], Awaitable[None]]


@pytest_asyncio.fixture
async def other(chromium: Browser, url: str, engine: Engine) -> Page:
    """The page of a colleague, in another browser."""
    with database.writing(engine) as connection:
        accounts.add(connection, "hoa", PASSWORD, "registrar", "Lê Thị Hoa", None, "")
    size: Any = {"width": 1366, "height": 768}
    return await (await chromium.new_context(viewport=size, base_url=url)).new_page()


async def press(page: Page, name: str) -> None:
    await page.locator("main").get_by_role("button", name=name, exact=True).click()


async def edit(page: Page, path: str, **fields: str) -> None:
    await page.goto(path)
    for name, text in fields.items():
        field = page.locator(f"#f-{name}")
        if await field.evaluate("field => field.tagName") == "SELECT":
            await field.select_option(text)
        else:
            await field.fill(text)


async def test_two_forms_of_one_record(
    page: Page, other: Page, engine: Engine, log_in: LogIn, eyes: Any
) -> None:
    await log_in(page, "registrar")
    await log_in(other, "hoa")
    await edit(page, PRODUCT + "/edit", name="Tên của A", stars="5", process="Phơi nắng")
    await edit(other, PRODUCT + "/edit", name="Tên của B", storage="Nơi khô")
    await press(page, "Lưu")
    await expect(page.locator("h1")).to_contain_text("Tên của A")
    await press(other, "Lưu")
    problem = other.locator("main .problem").first
    await expect(problem).to_contain_text("registrar vừa sửa hồ sơ này")
    await expect(problem).to_contain_text("Tên sản phẩm: registrar vừa ghi: Tên của A")
    await eyes.look(other, "two-forms", axe=True)
    await press(other, "Lưu")
    await expect(other.locator("h1")).to_contain_text("Tên của B")
    with database.reading(engine) as connection:
        table = schema.products
        row = connection.execute(select(table).where(table.c.id == "HT-CL-046")).one()
        stars = connection.execute(
            select(schema.recognitions.c.stars).where(schema.recognitions.c.product == row.id)
        ).scalar_one()
    assert (row.name, row.storage, row.process, stars) == ("Tên của B", "Nơi khô", "Phơi nắng", 5)


async def test_a_form_of_a_product_whose_recognition_is_withdrawn_meanwhile(
    page: Page, other: Page, log_in: LogIn
) -> None:
    await log_in(page, "inspector")
    await log_in(other, "hoa")
    await edit(other, PRODUCT + "/edit", storage="Nơi khô")
    await edit(page, PRODUCT + "/end", reason="Không còn đạt")
    await page.locator("main form button").click()
    await press(other, "Lưu")
    await expect(other.locator("main")).to_contain_text(
        re.compile("Đã thu hồi công nhận từ .*, mọi hàng: Không còn đạt")
    )


async def test_undo_of_what_a_colleague_has_just_undone(
    page: Page, other: Page, log_in: LogIn, eyes: Any
) -> None:
    await log_in(page, "registrar")
    await log_in(other, "hoa")
    await edit(other, PRODUCT + "/edit", storage="Nơi khô")
    await press(other, "Lưu")
    await expect(other.locator("main")).to_contain_text("Nơi khô")
    for one in (page, other):
        await one.goto("/office/history")
    for one in (page, other):
        await one.get_by_role("button", name="Hoàn tác HT-CL-046", exact=True).first.click()
    await expect(page.locator("main")).to_contain_text("Nơi khô → Nơi mát, thoáng")
    await expect(other.locator("main")).to_contain_text("HT-CL-046 đã được sửa tiếp sau đó")
    await eyes.look(other, "two-undos")


async def test_one_range_activated_twice(page: Page, other: Page, log_in: LogIn, eyes: Any) -> None:
    for one in (page, other):
        await log_in(one, "officer")
    await edit(page, "/office/stamps/issue", gtin=GTIN, count="100")
    await press(page, "Tiếp")
    await press(page, "Phát hành tem")
    await expect(page.locator("main")).to_contain_text("41 – 140")
    for one in (page, other):
        await edit(one, "/office/stamps/activate", gtin=GTIN, first="41", last="140", lot=LOT)
        await press(one, "Tiếp")
    await press(page, "Kích hoạt tem")
    await page.wait_for_url("**/office/stamps?**")
    await press(other, "Kích hoạt tem")
    await expect(other.locator("main")).to_contain_text(
        f"Tem 41 đến 140 đã kích hoạt rồi, cho lô {LOT} (officer, "
    )
    await eyes.look(other, "activated-twice")


async def test_a_form_outlives_a_session_whose_cookie_the_browser_has_dropped(
    page: Page, log_in: LogIn
) -> None:
    await log_in(page, "registrar")
    await edit(page, PRODUCT + "/edit", storage="Nơi khô")
    await page.context.clear_cookies()
    await press(page, "Lưu")
    await expect(page.locator("h1")).to_have_text("Phiên làm việc đã hết")
    tab = await page.context.new_page()
    await tab.goto("/office/login")
    await tab.fill("#login", "registrar")
    await tab.fill("#password", PASSWORD)
    await tab.get_by_role("button", name="Đăng nhập").click()
    await tab.wait_for_url("**/office")
    await page.reload()
    await expect(page.locator("main")).to_contain_text("Nơi khô")
    await page.locator("main form button").first.click()
    await expect(page.locator("h1")).to_contain_text("Cam Thượng Lộc")
    await expect(page.locator("main")).to_contain_text("Nơi khô")
