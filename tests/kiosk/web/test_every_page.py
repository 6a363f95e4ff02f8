"""Every page of the real service in a real browser: accessible, light, still, and without a complaint.

`SCREENSHOTS=DIR pytest tests/kiosk/web/test_every_page.py` also leaves pictures in DIR.
"""

import asyncio
import os
from pathlib import Path

import pytest
from playwright.async_api import async_playwright, expect

from kiosk.host.web import access

PICTURES = os.environ.get("SCREENSHOTS")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
AXE = Path(__file__).parents[3] / "tests/micropython/node_modules/axe-core/axe.min.js"
LYING, STANDING = {"width": 1024, "height": 600}, {"width": 600, "height": 1024}
HEAVIEST = 150 * 1024  # bytes

STAFF_PAGES = [
    "/staff",
    "/staff/sales",
    "/staff/shift",
    "/staff/prices",
    "/staff/stock",
    "/staff/labels",
    "/staff/receipt",
    "/staff/aim",
]
SMALL = """() => [...document.querySelectorAll("button, input:not([type=checkbox], [type=file]), select, summary, a")]
    .filter(e => e.checkVisibility() && !e.closest("p, .hidden-label"))
    .filter(e => { const b = e.getBoundingClientRect(); return b.width < 48 || b.height < 48; })
    .map(e => e.outerHTML)"""
WATCH = """() => { window.shifted = 0; new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifted += one.value;
}).observe({ type: "layout-shift", buffered: true }); }"""


@pytest.fixture
async def page(shop):
    """A page with the supervisor logged in; what the console complained of is in `complaints`."""
    async with shop.session.post("/api/session", json={"pin": "654321"}) as answer:
        token = answer.cookies["ocop_staff"].value
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        context = await browser.new_context(viewport=LYING, reduced_motion="reduce")
        context.set_default_timeout(60_000)
        page = await context.new_page()
        await context.add_cookies([{"name": "ocop_staff", "value": token, "url": shop.staff}])
        page.complaints = []
        page.on("console", lambda line: page.complaints.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        yield page
        assert page.complaints == []
        await browser.close()


async def shoot(page, name):
    if PICTURES:
        for size, side in ((LYING, "lying"), (STANDING, "standing")):
            await page.set_viewport_size(size)
            await page.screenshot(path=Path(PICTURES) / f"{name}-{side}.png", animations="disabled")
        await page.set_viewport_size(LYING)


async def assert_accessible(page):
    """axe-core finds nothing, every target is large enough, nothing sticks out; in both orientations and languages."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    for language in ("English", "Tiếng Việt"):
        await page.get_by_role("button", name=language).click()
        for size in (LYING, STANDING):
            await page.set_viewport_size(size)
            found = await page.evaluate("() => axe.run(document)")
            assert [
                (rule["id"], [one["html"] for one in rule["nodes"]]) for rule in found["violations"]
            ] == []
            assert await page.evaluate(SMALL) == []
            wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert await page.evaluate(wide) <= 0
    await page.set_viewport_size(LYING)


async def opened(page, address):
    """The bytes that a page took over the line, once it is at rest."""
    taken = []
    page.on("response", lambda response: taken.append(response))
    await page.goto(address)
    await page.evaluate(WATCH)
    await page.wait_for_load_state("load")
    await asyncio.sleep(0.3)  # for what a page asks after it is loaded; nothing depends on it but the sum
    ended = [one for one in taken if "/api/events" not in one.url and not one.url.endswith("/aim/eye")]
    return sum([len(await one.body()) for one in ended])


@pytest.mark.parametrize("path", STAFF_PAGES)
async def test_staff_pages(shop, page, path):
    shop.outlet.changed()
    weight = await opened(page, shop.staff + path)
    name = "staff" + path.removeprefix("/staff").replace("/", "-")
    if path != "/staff/aim":  # without a camera the aiming page has no stream, which the browser notes
        assert weight <= HEAVIEST
    await expect(page.locator('#status [data-level="unknown"]')).to_have_count(0)
    await expect(page.locator('[aria-busy="true"]')).to_have_count(0)
    await shoot(page, name)
    assert await page.evaluate("() => window.shifted") == 0
    await assert_accessible(page)
    page.complaints[:] = [line for line in page.complaints if "Failed to load resource" not in line]


async def test_the_log_in(shop, page):
    await page.context.clear_cookies()
    assert await opened(page, shop.staff + "/staff") <= HEAVIEST
    assert await page.evaluate("() => window.shifted") == 0
    await assert_accessible(page)


async def test_the_shoppers_page_before_and_after_a_scan(shop, page):
    shop.outlet.changed()
    assert await opened(page, shop.shopper + "/") <= HEAVIEST
    await expect(page.locator(".offer")).to_have_count(2)
    await expect(page.locator("body")).to_have_attribute("data-live", "")  # an event before that is not heard
    await shoot(page, "shopper-real-idle")
    await assert_accessible(page)
    for text in (shop.stamp(1), shop.stamp(1, shop.forger), "https://example.com/"):
        event = await shop.outlet.scan(text, "eye", "shopper", "look")
        await expect(page.locator("body")).to_have_attribute("data-painted-verdict", event["verdict"])
        await assert_accessible(page)
    assert await page.evaluate("() => window.shifted") == 0


async def test_the_stock_from_an_empty_shop_to_a_list_on_paper(shop, page):
    await page.goto(shop.staff + "/staff/stock")
    await page.get_by_role("button", name="Nhận hàng").click()
    await page.locator("#producer").select_option("HTX Kỳ Ninh")
    for text in (shop.stamp(1), shop.stamp(35), shop.plain, f"(01){shop.gtin}"):
        await page.get_by_label("Quét, gõ số tem").fill(text)
        await page.keyboard.press("Enter")
        await expect(page.get_by_label("Quét, gõ số tem")).to_have_value("")
    await expect(page.locator(".note-line")).to_have_count(4)
    await expect(page.locator(".note-line.aside")).to_contain_text("Để riêng")
    await page.get_by_label("Số lượng Nón lá").fill("5")
    await page.keyboard.press("Enter")
    await expect(page.locator("#count")).to_have_text("7 món")
    await shoot(page, "stock-note")
    await assert_accessible(page)
    await page.reload()
    await expect(page.locator("#count")).to_have_text("7 món")
    await page.get_by_role("button", name="Ghi sổ").click()
    await expect(page.locator("#told")).to_contain_text("Nhận hàng, 7 món, số HT01A-")
    await page.get_by_role("button", name="Tồn kho").click()
    await expect(page.locator("#held tr").first).to_contain_text("Nón lá")
    await expect(page.locator("#held tr")).to_have_count(2)
    await assert_accessible(page)
    await page.get_by_role("button", name="Danh sách").click()
    await expect(page.locator("#list-nothing")).to_be_visible()
    await page.get_by_label("Danh sách").first.select_option("statement")
    await expect(page.locator("#list-rows tr")).to_have_count(2)
    await shoot(page, "stock-statement")
    await assert_accessible(page)
    await page.get_by_role("button", name="In", exact=True).click()
    await expect(page.locator("#told")).to_have_text("Đã gửi đến máy in.")
    kinds = [kind for (kind,) in shop.db.execute("SELECT kind FROM print_job")]
    assert kinds == ["report"]


async def test_goods_without_stamps_are_found_by_name_and_a_scan_of_the_till_comes_in(shop, page):
    shop.outlet.attended = lambda: True
    await page.goto(shop.staff + "/staff/stock")
    await page.get_by_role("button", name="Kiểm kê").click()
    await page.get_by_label("Quét, gõ số tem").fill("non la")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Nón lá").click()
    await expect(page.locator(".note-line")).to_have_count(1)
    await shop.outlet.read({"reader": "gun", "text": shop.stamp(2)})
    await expect(page.locator(".note-line")).to_have_count(2)
    await page.get_by_role("button", name="Bỏ phiếu").click()
    await page.get_by_role("button", name="Bấm lần nữa để bỏ").click()
    await expect(page.get_by_role("button", name="Kiểm kê")).to_be_visible()


async def test_a_technician_is_told_what_became_of_the_offices_qr_code(shop, page):
    access.add(shop.db, access.Person("kt1", "Dũng", "technician"), "112233")
    async with shop.session.post("/api/session", json={"pin": "112233"}) as answer:
        token = answer.cookies["ocop_staff"].value
    await page.goto(shop.staff + "/staff/aim")
    await expect(page.get_by_text("Ghi danh lại")).to_have_count(0)  # no supervisor's business
    await page.context.add_cookies([{"name": "ocop_staff", "value": token, "url": shop.staff}])
    await page.goto(shop.staff + "/staff/aim")
    await expect(page.get_by_text("Ghi danh lại")).to_be_visible()
    await expect(page.locator("body")).to_have_attribute("data-live", "")
    with shop.outlet.by_camera.shown_by("eye"):
        assert not await shop.outlet.by_camera.read("gun", "OCOP-ENROL")  # nobody looks through that one
        assert await shop.outlet.by_camera.read("eye", "OCOP-ENROL")
    assert not await shop.outlet.by_camera.read("eye", "OCOP-ENROL")
    told = page.locator("#enrolment")
    await expect(told).to_have_text("Chưa ghi danh được: mã QR này không phải mã ghi danh của Văn phòng.")
    await shoot(page, "staff-aim-enrolment")
    await assert_accessible(page)
    await page.get_by_role("button", name="English").click()
    await expect(told).to_contain_text("Not enrolled: this is not the QR code")
    page.complaints[:] = [line for line in page.complaints if "Failed to load resource" not in line]
