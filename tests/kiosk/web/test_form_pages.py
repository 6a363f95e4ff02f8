"""The forms for receipts and labels in a real browser, against the real service and print worker.

`SCREENSHOTS=DIR pytest tests/kiosk/web/test_form_pages.py` also leaves pictures in DIR.
"""

import os
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import async_playwright, expect

PICTURES = os.environ.get("SCREENSHOTS")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]


@pytest.fixture
async def page(shop):
    async with shop.session.post("/api/session", json={"pin": "654321"}) as answer:
        token = answer.cookies["ocop_staff"].value
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        context = await browser.new_context(viewport={"width": 1024, "height": 600})
        await context.add_cookies([{"name": "ocop_staff", "value": token, "url": shop.staff}])
        page = await context.new_page()
        page.complaints = []
        page.on(
            "console",
            lambda message: page.complaints.append(message.text) if message.type == "error" else None,
        )
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        await page.goto(f"{shop.staff}/staff/receipt")
        await drawn(page)
        yield page
        assert page.complaints == []
        await browser.close()


async def drawn(page):
    """The preview shows the newest settings."""
    await expect(page.locator(".receipt-preview")).to_have_attribute("aria-busy", "false", timeout=30_000)


async def height(page):
    return await page.evaluate("document.getElementById('paper').height")


async def changed(page, work):
    """How much taller the preview becomes by `work`."""
    before = await height(page)
    async with page.expect_response("**/preview", timeout=30_000):
        await work()
    await drawn(page)
    return await height(page) - before


async def shoot(page, name):
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


async def test_typing_is_seen_saving_is_kept_and_undo_brings_it_back(page, shop):
    name = page.get_by_label("Tên cửa hàng")
    await expect(name).to_have_value("Điểm bán sản phẩm OCOP")
    assert await changed(page, lambda: page.get_by_label("Dòng cuối phiếu").fill("Cảm ơn quý khách")) > 0
    assert await changed(page, lambda: page.get_by_label("Thu ngân").uncheck()) < 0
    await expect(page.locator("#state")).to_have_text("Chưa lưu.")
    await shoot(page, "receipt-form")
    await page.get_by_role("button", name="Lưu").click()
    await expect(page.locator("#state")).to_contain_text("Đã lưu")
    assert shop.receipt.current.footer == "Cảm ơn quý khách"
    assert shop.receipt.current.hidden == ["cashier"]
    await page.get_by_role("button", name="Quay lại mẫu trước").click()
    await expect(page.get_by_label("Dòng cuối phiếu")).to_have_value("")
    assert shop.receipt.current.hidden == []


async def test_a_photograph_becomes_a_logo(page, shop, tmp_path):
    photograph = tmp_path / "photo.jpg"
    Image.linear_gradient("L").resize((3000, 2000)).save(photograph)
    assert await changed(page, lambda: page.locator("#logo").set_input_files(photograph)) > 100
    await shoot(page, "receipt-form-logo")
    await page.get_by_role("button", name="Lưu").click()
    await expect(page.locator("#state")).to_contain_text("Đã lưu")
    assert shop.receipt.current.logo is not None
    await drawn(page)
    assert await changed(page, page.get_by_role("button", name="Bỏ logo").click) < -100


async def test_a_file_that_is_no_picture_is_said_in_both_languages(page, tmp_path):
    text = tmp_path / "logo.png"
    text.write_text("hello")
    await page.locator("#logo").set_input_files(text)
    await expect(page.get_by_role("alert")).to_contain_text("Không đọc được hình này")
    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_role("alert")).to_contain_text("cannot be read")


async def test_a_name_left_empty_is_refused_and_nothing_saved(page, shop):
    await page.get_by_label("Tên cửa hàng").fill("")
    await page.get_by_role("button", name="Lưu").click()
    await expect(page.get_by_role("alert")).not_to_be_empty()
    assert shop.receipt.current.name == "Điểm bán sản phẩm OCOP"
    page.complaints.clear()  # the browser notes each refusal


async def test_a_broken_template_is_said_with_its_line(page, shop):
    (shop.folder / "receipt.receipt").write_text("{{wrong}}\n")
    await page.reload()
    await expect(page.get_by_role("alert")).to_contain_text("dòng 1")


async def test_labels_are_seen_before_they_are_printed(page, shop):
    await page.goto(f"{shop.staff}/staff/labels")
    await page.get_by_label("Loại nhãn").select_option("shelf-50x30")
    async with page.expect_response("**/api/labels/preview", timeout=30_000):
        await page.get_by_label("Tem hoặc mã vạch của hàng").fill("08931234567026")
    await drawn(page)
    assert await page.evaluate("document.getElementById('paper').width") == 400
    await shoot(page, "labels")
    await page.get_by_label("Số nhãn").fill("2")
    await page.get_by_role("button", name="In nhãn").click()
    await expect(page.get_by_role("status").first).to_contain_text("Nón lá, 50x30 × 2")
    await page.get_by_label("Tem hoặc mã vạch của hàng").fill("4006381333931")
    await expect(page.get_by_role("alert")).to_contain_text("không phải hàng của cửa hàng")
    page.complaints.clear()  # the browser notes each refusal


async def test_labels_of_several_goods_are_picked_by_name_and_printed_together(page, shop):
    await page.goto(f"{shop.staff}/staff/labels")
    for name, query in (("Nón lá", "non la"), ("Nước mắm", "nuoc mam")):
        await page.get_by_label("Tem hoặc mã vạch của hàng").fill(query)
        await page.get_by_role("button", name=name).click()
        await page.get_by_role("button", name="Thêm vào danh sách").click()
    await expect(page.locator("#picks li")).to_have_count(2)
    await expect(page.locator("#picks")).to_contain_text("Nón lá: 1 nhãn")
    await page.get_by_role("button", name="In nhãn").click()
    await expect(page.locator("#state")).to_contain_text("Nón lá, 50x30 × 1; Nước mắm, 50x30 × 1")
    await expect(page.locator("#picks li")).to_have_count(0)
