"""Officials at their desks, each in a role: import, issue, print, activate, statement, undo, targets.

`SCREENSHOTS=DIR pytest tests/e2e/office/test_day.py` also leaves a picture of every page in DIR.
"""

import re
from collections.abc import Callable
from typing import Any

from playwright.async_api import Page, expect

from office import sheets
from office.times import local_date, now_ms

Row = list[Any]


TABLES: dict[str, list[Row]] = {
    "Chủ thể": [["Mã", "Tên chủ thể", "Loại hình", "Xã, phường"],
                ["CT-100", "HTX Bưởi Phúc Trạch Xanh", "Hợp tác xã", "Phúc Trạch"]],
    "Sản phẩm": [["Mã", "Tên sản phẩm", "Chủ thể", "Nhóm", "Hạng sao", "Ngày công nhận", "Số quyết định"],
                 ["SP-100", "Mứt bưởi", "HTX Bưởi Phúc Trạch Xanh", "Thực phẩm", "4", "31/2/2026", "12/QĐ"]],
    "Mặt hàng": [["GTIN", "Sản phẩm", "Quy cách", "Đơn vị tính", "Giá đề nghị (đ)"],
                 [None, "SP-100", "250 g", "hộp", "95.000"]],
    "Hợp đồng": [["Điểm bán", "Chủ thể", "Từ ngày"], ["HT01", "CT-100", "1/11/2026"]],
}  # fmt: skip
"""A new producer with a product, its goods without a GTIN, and a contract; one mistake in it."""


async def send(page: Page, data: bytes) -> None:
    await page.goto("/office/import")
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    await page.set_input_files("#file", {"name": "danh-muc.xlsx", "mimeType": kind, "buffer": data})
    await page.get_by_role("button", name="Xem trước").click()


async def test_a_registrar_imports_and_a_stamp_officer_issues(
    page: Page, log_in: Any, eyes: Any, workbook: Callable[[dict[str, list[Row]]], bytes]
) -> None:
    await log_in(page, "registrar")
    await send(page, workbook(TABLES))
    await expect(page.get_by_role("alert")).to_contain_text("1 lỗi; chưa ghi gì")
    await expect(page.locator(".problems tbody tr")).to_contain_text("31/2/2026")
    await eyes.look(page, "import-problem", ("desk",), axe=True)
    names, product = TABLES["Sản phẩm"]
    mended = [*product[:5], "28/2/2026", *product[6:]]
    await send(page, workbook(TABLES | {"Sản phẩm": [names, mended]}))
    await expect(page.locator("p.good")).to_contain_text("Tệp đúng. Chưa ghi gì.")
    await eyes.look(page, "import-right", ("desk",), axe=True)
    await page.get_by_role("button", name="Nhập vào danh mục").click()
    await expect(page).to_have_url(re.compile(r"/office/import\?answer="))  # where the end of an import leads
    await expect(page.locator("p.good")).to_contain_text("Đã nhập xong.")
    await eyes.look(page, "import-done", ("desk",), axe=True)

    await page.goto("/office/registry/products")
    await page.fill("#q", "mut buoi")
    await page.get_by_role("button", name="Tìm").click()
    await page.get_by_role("link", name="Mứt bưởi").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Mứt bưởi")
    await expect(page.locator("dl")).to_contain_text("28/02/2029")  # 36 months
    await eyes.look(page, "product", ("desk",), axe=True)
    gtin = await page.locator(".related a", has_text="0893888").inner_text()

    await log_in(page, "officer")
    await page.goto(f"/office/stamps/issue?gtin={gtin}")
    await page.fill("#f-count", "120")
    await page.get_by_role("button", name="Tiếp").click()
    await expect(page.locator(".confirm")).to_contain_text("24.000 ₫")
    await eyes.look(page, "issue-confirm", ("desk",), axe=True)
    await page.get_by_role("button", name="Phát hành tem").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Đợt tem")
    await eyes.look(page, "batch", ("desk",), axe=True)
    async with page.expect_download() as waiting:
        await page.get_by_role("button", name="PDF, tờ A4").click()
    downloaded = await waiting.value
    assert (await downloaded.path()).read_bytes().count(b"/Type/Page/") == 3
    await page.get_by_role("link", name="Kích hoạt", exact=True).last.click()
    for name, value in {"first": "1", "last": "60", "code": "MB-01", "produced": "20/11/2026"}.items():
        await page.fill(f"#f-{name}", value)
    await page.get_by_role("button", name="Tiếp").click()
    await expect(page.locator(".confirm")).to_contain_text("60")
    await page.get_by_role("button", name="Kích hoạt tem").click()
    row = page.get_by_role("row", name=re.compile("Mứt bưởi")).first
    await expect(row).to_contain_text("120")
    await expect(row).to_contain_text("60")
    await page.goto("/office/stamps/statement?producer=CT-100&from=2026-01-01")
    await expect(page.locator(".paper")).to_contain_text("24.000 ₫")
    await eyes.look(page, "statement", ("desk",), axe=True)

    await log_in(page, "registrar")
    await page.goto("/office/history?kind=producers&key=CT-100")
    await page.get_by_role("button", name="Hoàn tác").click()
    await expect(page.get_by_role("alert")).to_contain_text("đang được hồ sơ khác dùng")
    async with page.expect_download() as waiting:
        await page.goto("/office/registry/products")
        await page.get_by_role("link", name="Xuất Excel", exact=True).click()
    data = (await (await waiting.value).path()).read_bytes()
    (table,) = sheets.read("x.xlsx", data)
    assert len(table.rows) == 74


async def test_a_form_s_mistakes_are_reached_from_the_top(page: Page, log_in: Any, eyes: Any) -> None:
    await log_in(page, "registrar")
    await page.goto("/office/registry/producers/new")
    await page.fill("#f-id", "CT 1")
    await page.get_by_role("button", name="Lưu").click()
    await eyes.look(page, "form-problems", ("desk",), axe=True)
    await page.locator(".problem").get_by_role("link", name="Mã").click()
    await expect(page.locator("#f-id")).to_have_attribute("aria-invalid", "true")
    assert await page.locator("#f-id").input_value() == "CT 1"


async def test_a_registrar_sets_targets_and_the_history_has_them(page: Page, log_in: Any) -> None:
    await log_in(page, "registrar")
    await page.goto("/office/reports/targets")
    await page.get_by_role("link", name="Đặt chỉ tiêu").click()
    await page.fill("#f-year", str(local_date(now_ms()).year))
    await page.fill("#f-recognised", "10")
    await page.get_by_role("button", name="Lưu").click()
    await page.goto("/office/reports/targets")
    await expect(page.locator(".tiles")).to_contain_text("chỉ tiêu 10: đạt")
    await page.get_by_role("link", name="Đặt chỉ tiêu").click()
    await expect(page.locator("#f-recognised")).to_have_value("10")
    await page.goto("/office/history?kind=targets")
    await expect(page.locator("main")).to_contain_text("Chỉ tiêu")
