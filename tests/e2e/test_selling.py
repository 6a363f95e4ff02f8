"""The staff's selling side in a real browser on the real service: what a clerk does from log-in to the Z report.

`SCREENSHOTS=DIR pytest tests/e2e/test_selling.py` also leaves a picture of every state in DIR.
"""

import importlib.util
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.async_api import Page, Request, async_playwright, expect

from kiosk.host import database, journal, peers

ROOT = Path(__file__).parents[2]
AXE = ROOT / "tests/micropython/node_modules/axe-core/axe.min.js"
PICTURES = os.environ.get("SCREENSHOTS")
SIZES = {"1280": {"width": 1280, "height": 800}, "1024": {"width": 1024, "height": 600}}
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
SMALL_TARGETS = """() => [...document.querySelectorAll("button, input, a, select, summary")].filter(e => e.checkVisibility())
    .filter(e => { const b = (e.closest("label.check") ?? e).getBoundingClientRect(); return b.width < 44 || b.height < 44; })
    .map(e => e.outerHTML)"""


def _shop_fixtures() -> Any:
    """The shop of tests/kiosk: real outlet.db, signed stamps, real listeners."""
    spec = importlib.util.spec_from_file_location("kiosk_conftest", ROOT / "tests/kiosk/conftest.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["kiosk_conftest"] = module
    spec.loader.exec_module(module)
    return module


shop = _shop_fixtures().shop


class Till:
    """One browser at the till of the shop. Holds that nothing was written to the console as an error."""

    def __init__(self, page: Page, shop: SimpleNamespace) -> None:
        self.page = page
        self.shop = shop
        self.errors: list[str] = []
        self.requests: list[str] = []
        page.set_default_timeout(5000)
        page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._asked)

    def _asked(self, request: Request) -> None:
        if "/api/" in request.url and "/api/events" not in request.url:
            self.requests.append(f"{request.method} {request.url.partition('/api/')[2]}")

    async def open(self, path: str = "/staff") -> None:
        await self.page.goto(self.shop.staff + path)

    async def log_in(self, pin: str = "123456") -> None:
        await self.open()
        await self.page.locator("#pin").press_sequentially(pin, delay=50)
        await self.page.keyboard.press("Enter")
        await expect(self.page.locator("#open")).to_be_visible()

    async def start(self, pin: str = "123456") -> None:
        await self.log_in(pin)
        await self.page.locator("#open").click()
        await expect(self.page.locator("#code")).to_be_focused()

    async def scan(self, *serials: int) -> None:
        """With the till's own scanner."""
        for serial in serials:
            await self.shop.outlet.read({"reader": "gun", "text": self.shop.stamp(serial)})

    async def wedge(self, text: str) -> None:
        """With a scanner that poses as a keyboard: faster than any hand, and Enter."""
        await self.page.evaluate(
            """(text) => {
                let at = performance.now();
                for (const key of [...text, "Enter"]) {
                    const field = document.activeElement;
                    const event = new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true});
                    // A real key has the time of its press; a busy test machine must not slow it down.
                    Object.defineProperty(event, "timeStamp", {value: at += 5});
                    if (!field.dispatchEvent(event) || key === "Enter") {
                        if (key === "Enter" && !event.defaultPrevented) field.form?.requestSubmit();
                        continue;
                    }
                    if ("value" in field && !field.readOnly) {
                        field.value += key;
                        field.dispatchEvent(new Event("input", {bubbles: true}));
                    }
                }
            }""",
            text,
        )

    async def look(self, name: str) -> None:
        """axe-core finds nothing, nothing sticks out, and a picture for whoever wants to look."""
        page = self.page
        await page.evaluate("() => Promise.all(document.getAnimations().map((one) => one.finished))")
        if not await page.evaluate("() => Boolean(window.axe)"):
            await page.evaluate(AXE.read_text())
        for size, view in SIZES.items():
            await page.set_viewport_size(view)  # type: ignore[arg-type]
            found = await page.evaluate("() => axe.run(document)")
            assert [
                (rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]
            ] == [], name
            wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert await page.evaluate(wide) <= 0, name
            assert await page.evaluate(SMALL_TARGETS) == [], name
            if PICTURES:
                await page.screenshot(path=f"{PICTURES}/{name}-{size}.png", animations="disabled")
        await page.set_viewport_size(SIZES["1280"])  # type: ignore[arg-type]

    def bodies(self, kind: str) -> list[dict[str, Any]]:
        """The journal's entries of one kind."""
        entries = self.shop.source.read(1, 1000)
        return [json.loads(entry.body) for entry in entries if json.loads(entry.header)["kind"] == kind]


@pytest.fixture
async def till(shop: SimpleNamespace) -> AsyncIterator[Till]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        context = await chromium.new_context(viewport=SIZES["1280"], locale="vi-VN", reduced_motion="reduce")  # type: ignore[arg-type]
        made = Till(await context.new_page(), shop)
        yield made
        await chromium.close()
    # The browser itself reports refused requests; tests that provoke them look at the page.
    assert [line for line in made.errors if not line.startswith("Failed to load resource")] == []


async def test_a_bar_code_cannot_pass_the_pin_screen(till: Till) -> None:
    await till.open()
    for text in ("123456", "8931234567026", till.shop.stamp(1)):
        await till.page.locator("#pin").focus()
        await till.wedge(text)
        await expect(till.page.locator("#pin-error")).to_have_text("Đây là mã vạch, không phải mã PIN.")
        await expect(till.page.locator("#pin")).to_have_value("")
    assert [one for one in till.requests if "session" in one] == []
    await till.look("login")
    await till.log_in()


async def test_ten_items_from_the_first_scan_to_the_receipts_job_in_twelve_requests(till: Till) -> None:
    await till.start()
    till.requests.clear()
    for serial in range(1, 11):
        await till.wedge(till.shop.stamp(serial))
        await expect(till.page.locator("#lines li")).to_have_count(serial)
    await till.page.keyboard.press("F4")
    await till.page.keyboard.type("1100000", delay=50)
    await till.page.keyboard.press("Enter")
    await expect(till.page.locator("#paid-number")).to_be_visible()
    assert len(till.requests) <= 12, till.requests
    (job,) = till.shop.db.execute("SELECT state FROM print_job").fetchone()
    assert job == "queued"
    assert len(till.bodies("sale")[0]["lines"]) == 10


async def test_scans_faster_than_the_service_are_all_sold(till: Till) -> None:
    await till.start()
    for serial in range(1, 5):
        await till.wedge(till.shop.stamp(serial))  # the one before is still on its way
    await expect(till.page.locator("#lines li")).to_have_count(4)


async def test_a_sale_by_keyboard_alone(till: Till) -> None:
    await till.log_in()
    keys = till.page.keyboard
    await expect(till.page.locator("#open")).to_be_focused()
    await keys.press("Enter")
    await expect(till.page.locator("#code")).to_be_focused()
    await keys.type("non l", delay=50)
    await expect(till.page.get_by_role("option", name="Nón lá")).to_be_visible()
    await till.look("search")
    await keys.press("Enter")
    await expect(till.page.locator("#lines li")).to_have_count(1)
    await keys.press("F4")
    await keys.type("60000", delay=50)
    await expect(till.page.locator("#change")).to_have_text("10.000\u00a0₫")
    await keys.press("Enter")
    await expect(till.page.locator("#paid-change")).to_have_text("10.000\u00a0₫")
    await expect(till.page.locator("#next")).to_be_focused()
    await keys.press("Enter")
    await expect(till.page.locator("#code")).to_be_focused()
    assert till.bodies("sale")[0]["lines"][0]["gtin"] == till.shop.plain


async def test_a_scan_while_an_amount_is_typed_is_no_amount(till: Till) -> None:
    await till.start()
    await till.scan(1)
    await till.page.locator("#cash").press_sequentially("50000", delay=50)
    await till.wedge("8931234567026")
    await expect(till.page.locator("#lines li")).to_have_count(2)
    await expect(till.page.locator("#cash")).to_have_value("50.000")
    assert till.bodies("sale") == []


async def test_quantity_price_and_discount(till: Till) -> None:
    await till.start()
    await till.scan(1)
    await till.page.keyboard.press("F3")
    await expect(till.page.locator("#found-none")).to_contain_text("hàng hay bán")
    await till.page.locator("#code").press_sequentially("nón", delay=50)
    await till.page.get_by_role("option", name="Nón lá").click()
    await till.page.get_by_role("button", name="Sửa Nón lá").click()
    dialog = till.page.locator("#line-dialog")
    await dialog.get_by_role("button", name="Thêm một").click()
    await dialog.get_by_label("Giảm cho dòng này").fill("10%")
    await till.look("line")
    await dialog.get_by_role("button", name="Xong").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("cần người phụ trách")
    await dialog.get_by_label("Mã PIN").press_sequentially("654321", delay=50)
    await dialog.get_by_role("button", name="Xong").click()
    await expect(dialog).to_be_hidden()
    await expect(till.page.locator("#total")).to_have_text("200.000\u00a0₫")
    await expect(till.page.locator("#reduced")).to_have_text("−10.000\u00a0₫")
    await till.page.get_by_role("button", name="Giảm giá").click()
    await till.page.locator("#reduce-amount").fill("20.000")
    await till.page.locator("#reduce-pin").press_sequentially("654321", delay=50)
    await till.look("reduce")
    await till.page.keyboard.press("Enter")
    await expect(till.page.locator("#total")).to_have_text("190.000\u00a0₫")
    await till.look("basket")


async def test_a_line_is_approved_later_too(till: Till) -> None:
    await till.start()
    await till.page.locator("#code").press_sequentially("nuoc mam", delay=50)
    await till.page.get_by_role("option", name="Nước mắm").click()
    await till.scan(1)  # the card shows another scan now
    await expect(till.page.locator("#lines li")).to_have_count(2)
    await till.page.get_by_role("button", name="Đủ tiền").click()
    await till.page.keyboard.press("Enter")
    await expect(till.page.locator("#problem")).to_contain_text("cần người phụ trách duyệt")
    await till.page.get_by_role("button", name="Duyệt bằng mã PIN: Nước mắm").click()
    await till.page.locator("#approve-pin").press_sequentially("654321", delay=50)
    await till.page.keyboard.press("Enter")
    await expect(till.page.locator("#lines")).to_contain_text("Đã duyệt")
    await till.page.locator("#cash").press("Enter")
    await expect(till.page.locator("#paid-number")).to_be_visible()
    assert till.bodies("sale")[0]["lines"][0]["approval"] == "ql1"


async def test_a_gift_set(till: Till) -> None:
    await till.start("654321")
    await till.scan(1, 2, 3)
    await till.page.get_by_role("button", name="Bộ quà").click()
    for place in (0, 1):
        await till.page.locator("#set-lines input").nth(place).check()
    await till.page.locator("#set-price").fill("200000")
    await till.look("set")
    await till.page.keyboard.press("Enter")
    await expect(till.page.locator("#lines [data-set='1']")).to_have_count(2)
    await expect(till.page.locator("#total")).to_have_text("310.000\u00a0₫")


async def test_a_ready_made_gift_set(till: Till) -> None:
    page = till.page
    await till.start("654321")
    await till.scan(1, 2)
    await expect(page.locator(".line")).to_have_count(2)
    await page.locator("#join").click()
    for box in await page.locator("#set-lines input").all():
        await box.check()
    await page.locator("#set-name").fill("Quà Tết")
    await page.locator("#set-form button[type=submit]").click()
    await expect(page.locator("#set-form [data-error]")).to_have_text("Bộ quà có sẵn cần một giá.")
    await page.locator("#set-price").fill("200.000")
    await page.locator("#set-form button[type=submit]").click()
    await expect(page.locator("#total")).to_have_text("200.000\u00a0₫")
    await page.locator("#cancel").click()
    await page.locator("#cancel").click()
    await page.locator("#open").click()
    await till.scan(3)
    await expect(page.locator(".line")).to_have_count(1)
    await page.locator("#join").click()
    ready = page.locator("#ready-sets .plain")
    await expect(ready).to_have_text(re.compile("Quà Tết"))
    await expect(ready).to_be_disabled()
    await page.keyboard.press("Escape")
    await till.scan(4)
    await expect(page.locator(".line")).to_have_count(2)
    await page.locator("#join").click()
    await expect(ready).to_be_enabled()
    await till.look("ready-set")
    await ready.click()
    await expect(page.locator("#total")).to_have_text("200.000\u00a0₫")
    await expect(page.locator(".line[data-set]")).to_have_count(2)
    await page.locator("#join").click()
    await page.locator("#ready-sets .danger").click()
    await expect(page.locator("#ready-sets li")).to_have_count(0)


async def test_a_basket_on_hold_outlives_the_browser(till: Till) -> None:
    await till.start()
    await till.scan(1)
    await till.page.get_by_role("button", name="Giữ giỏ").click()
    await till.page.locator("#hold-name").fill("Cô áo đỏ")
    await till.page.keyboard.press("Enter")
    await expect(till.page.locator("#empty")).to_be_visible()
    await till.page.context.clear_cookies()
    await till.page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
    await till.open()
    await till.page.locator("#pin").press_sequentially("123456", delay=50)
    await till.page.keyboard.press("Enter")
    await till.page.get_by_role("button", name="Giỏ đang giữ (1)").click()
    await till.look("held")
    await till.page.get_by_role("button", name="Bán tiếp: Cô áo đỏ").click()
    await expect(till.page.locator("#lines li")).to_have_count(1)


async def test_half_in_cash_and_the_rest_by_vietqr(till: Till) -> None:
    await till.start()
    await till.scan(1)
    await till.page.locator("#cash").press_sequentially("50000", delay=50)
    await till.page.keyboard.press("F8")
    await expect(till.page.locator("#vietqr-title")).to_contain_text("60.000\u00a0₫")
    await expect(till.page.locator("#vietqr-picture")).to_be_visible()
    assert (
        await till.page.locator("#vietqr-picture").evaluate(
            "async (one) => { await one.decode(); return one.naturalWidth; }"
        )
        > 0
    )
    await till.look("vietqr")
    await till.page.get_by_role("button", name="Tiền đã về, bán").dblclick()
    await expect(till.page.locator("#paid-number")).to_be_visible()
    (sale,) = till.bodies("sale")
    assert [(one["kind"], one["amount"]) for one in sale["payments"]] == [
        ("cash", 50_000),
        ("vietqr", 60_000),
    ]
    assert len(till.bodies("payment_confirmed")) == 1


async def test_a_card_and_an_invoices_buyer(till: Till) -> None:
    await till.start()
    await till.scan(1)
    await till.page.get_by_role("button", name="Lấy hoá đơn").click()
    await till.page.locator("#buyer-name").fill("Công ty A")
    await till.page.locator("#buyer-tax-code").fill("12")
    await till.page.keyboard.press("Enter")
    await expect(till.page.locator("#buyer-dialog").get_by_role("alert")).to_contain_text("Mã số thuế")
    await till.page.locator("#buyer-tax-code").fill("3000123456")
    await till.look("buyer")
    await till.page.keyboard.press("Enter")
    await expect(till.page.get_by_role("button", name="Công ty A")).to_be_visible()
    await till.page.keyboard.press("F9")
    await till.page.get_by_role("button", name="Đã trả bằng thẻ, bán").click()
    await expect(till.page.locator("#paid-number")).to_be_visible()
    (sale,) = till.bodies("sale")
    assert (
        sale["payments"] == [{"kind": "card", "amount": 110_000}]
        and sale["buyer"]["tax_code"] == "3000123456"
    )


async def test_two_tabs_of_one_till_sell_a_basket_once(till: Till) -> None:
    await till.start()
    await till.scan(1)
    other = await till.page.context.new_page()
    await other.goto(till.shop.staff + "/staff")
    await expect(other.locator("#lines li")).to_have_count(1)
    for page in (till.page, other):
        await page.get_by_role("button", name="Đủ tiền").click()
    await till.page.get_by_role("button", name="Thanh toán").click()
    await expect(till.page.locator("#paid-number")).to_be_visible()
    await expect(other.locator("#open")).to_be_visible()  # its basket is gone before anybody can pay again
    assert len(till.bodies("sale")) == 1


async def sold(till: Till, *serials: int) -> str:
    await till.start()
    await till.scan(*serials)
    await expect(till.page.locator("#lines li")).to_have_count(len(serials))
    await till.page.get_by_role("button", name="Đủ tiền").click()
    await till.page.keyboard.press("Enter")
    await expect(till.page.locator("#paid-number")).to_be_visible()
    return str(await till.page.locator("#paid-number").text_content())


async def test_goods_come_back_and_the_sale_is_found_by_its_stamp(till: Till) -> None:
    number = await sold(till, 1, 2)
    await till.page.get_by_role("link", name="Đơn đã bán").click()
    await expect(till.page.locator("#sales .choice")).to_have_count(1)
    await till.wedge(till.shop.stamp(2))
    await expect(till.page.locator("#number")).to_have_text(number)
    await expect(till.page.locator("#stamp")).to_contain_text("Tem này")
    await till.look("sales")
    await till.page.get_by_role("button", name="Trả hàng").click()
    await till.page.get_by_role("checkbox", name="Trả lại: Nước mắm, tem 2").check()
    await till.page.get_by_role("checkbox", name="Còn nguyên, bán lại được: Nước mắm, tem 2").check()
    await till.page.get_by_role("button", name="Trả khách 110.000").click()
    alert = till.page.locator("#refund-dialog").get_by_role("alert")
    await expect(alert).to_contain_text("người phụ trách")
    await till.page.locator("#refund-form [name=pin]").fill("654321")
    await till.look("refund")
    await till.page.get_by_role("button", name="Trả khách 110.000").dblclick()
    await expect(till.page.locator("#told")).to_contain_text("Đã trả khách 110.000")
    await expect(till.page.locator("#badge")).to_contain_text("Đã trả 110.000")
    (back,) = till.bodies("refund")
    assert back["lines"][0]["serial"] == 2 and back["lines"][0]["unharmed"] is True
    assert back["approval"] == "ql1"
    await till.page.get_by_role("button", name="Huỷ cả đơn").is_disabled()


async def test_a_sale_is_undone_and_its_receipt_printed_again(till: Till) -> None:
    await sold(till, 1)
    await till.open("/staff/sales")
    await till.page.locator(".choice").click()
    await till.page.get_by_role("button", name="In lại phiếu").click()
    await expect(till.page.locator("#told")).to_have_text("Đã gửi phiếu đến máy in.")
    await till.page.get_by_role("button", name="Huỷ cả đơn").click()
    await till.page.get_by_role("button", name="Huỷ đơn, trả khách").click()
    await expect(till.page.locator("#void-dialog").get_by_role("alert")).to_have_text("Hãy ghi lý do.")
    await till.page.locator("#void-form [name=reason]").fill("Nhầm khách")
    await till.look("void")
    await till.page.keyboard.press("Enter")
    await expect(till.page.locator("#badge")).to_have_text("Đã huỷ")
    assert len(till.bodies("void")) == 1


async def test_a_shift_from_float_to_z(till: Till) -> None:
    await till.log_in()
    await till.page.get_by_role("link", name="Ca bán").click()
    await till.look("shift-closed")
    await till.page.get_by_label("Tiền đầu ca").fill("500000")
    await till.page.keyboard.press("Enter")
    await expect(till.page.locator("#open-title")).to_contain_text("Ca của An")
    await till.page.get_by_role("link", name="Bán hàng").click()
    await till.page.locator("#open").click()
    await expect(till.page.locator("#code")).to_be_focused()
    await till.scan(1)
    await till.page.get_by_role("button", name="Đủ tiền").click()
    await till.page.keyboard.press("Enter")
    await expect(till.page.locator("#paid-number")).to_be_visible()
    await till.page.get_by_role("link", name="Ca bán").click()
    await till.page.get_by_label("Số tiền").fill("20000")
    await till.page.get_by_label("Lý do").fill("Mua túi giấy")
    await till.page.get_by_role("button", name="Ghi", exact=True).dblclick()
    await expect(till.page.locator("#told")).to_have_text("Đã ghi.")
    await expect(till.page.locator("#drawer")).to_contain_text("590.000")
    assert len(till.bodies("cash_moved")) == 1
    await till.page.get_by_label("Số tờ 500.000").fill("1")
    await till.page.get_by_label("Số tờ 20.000").fill("4")
    await expect(till.page.locator("#difference")).to_have_text("Thiếu 10.000\u00a0₫")
    await till.look("shift-open")
    await till.page.get_by_role("button", name="Kết ca và in báo cáo Z").click()
    await till.page.get_by_role("button", name="Bấm lần nữa để kết ca").click()
    await expect(till.page.locator("#last-title")).to_have_text("Ca trước (Z 1)")
    await till.look("shift-done")
    (closed,) = till.bodies("shift_closed")
    assert (closed["expected"], closed["counted"]) == (590_000, 580_000)
    kinds = [kind for (kind,) in till.shop.db.execute("SELECT kind FROM print_job ORDER BY id")]
    assert kinds == ["receipt", "report"]


async def test_one_touch_opens_the_shift_and_whoever_passes_over_it_sells(till: Till) -> None:
    await sold(till, 1)
    await till.open("/staff/shift")
    await expect(till.page.locator("#float-not-counted")).to_be_visible()
    await till.look("shift-by-itself")
    await till.page.get_by_label("Số tờ 100.000").fill("3")
    await till.page.get_by_role("button", name="Kết ca và in báo cáo Z").click()
    await till.page.get_by_role("button", name="Bấm lần nữa để kết ca").click()
    await expect(till.page.locator("#last-title")).to_have_text("Ca trước (Z 1)")
    await till.open("/staff")
    await till.page.locator("#next").click()
    await till.page.locator("#cancel").click()
    await expect(till.page.get_by_label("Tiền đang có trong ngăn kéo")).to_have_value("300.000")
    await till.look("till-no-shift")
    await till.page.get_by_role("button", name="Mở ca").dblclick()
    await expect(till.page.locator("#no-shift")).to_be_hidden()
    assert [body["counted"] for body in till.bodies("shift_opened")] == [False, True]
    assert till.bodies("shift_opened")[1]["cash"] == 300_000


async def test_the_shift_page_tells_of_the_other_till_and_of_what_does_not_fit(
    till: Till, tmp_path: Path
) -> None:
    number = await sold(till, 1)
    line = {"gtin": till.shop.gtin, "qty": 1, "serial": 1, "price": 110_000, "amount": 110_000}
    body = {
        "v": 1,
        "staff": "nv2",
        "lines": [line | {"verdict": "genuine", "flagged": False}],
        "total": 110_000,
    }
    body |= {"payments": [{"kind": "cash", "amount": 110_000}], "change": 0, "catalogue": None, "age": "none"}
    other = database.connect(tmp_path / "other")
    database.set_fact(other, "device", "HT01B")
    journal.append(other, "HT01B", "sale", body, till.shop.clock.moment())
    entries = list(journal.Source(other).all())
    other.close()
    await till.shop.writer.write(lambda db: peers.keep("HT01B", entries, db))
    await till.open("/staff/shift")
    await expect(till.page.locator("#tills-sums")).to_contain_text("220.000")
    await expect(till.page.locator("#conflicts")).to_contain_text(f"{number}, HT01B-1")
    await till.look("shift-tills")
    await till.page.get_by_role("button", name="English").click()
    await expect(till.page.locator("#conflicts")).to_contain_text("sold by two tills")
    await till.look("shift-tills-en")


async def test_a_scan_never_becomes_the_shops_name(till: Till) -> None:
    await till.log_in("654321")
    await till.open("/staff/receipt")
    name = till.page.locator("[name=name]")
    await expect(name).not_to_have_value("")
    before = await name.input_value()
    await name.focus()
    await till.wedge(till.shop.stamp(1))
    await expect(name).to_have_value(before)
    assert till.bodies("settings") == []


async def test_prices_and_favourites(till: Till) -> None:
    await till.log_in("654321")
    await till.page.locator("summary").click()
    await till.look("menu")
    await till.page.get_by_role("link", name="Giá bán").click()
    await till.page.locator("#filter").fill("nuoc mam")
    await expect(till.page.locator("#rows tr:visible")).to_have_count(1)
    await till.page.get_by_label("Giá của cửa hàng: Nước mắm").fill("99000")
    await till.page.keyboard.press("Tab")
    await expect(till.page.locator("#told")).to_have_text("Đã lưu giá Nước mắm: 99.000\u00a0₫.")
    await till.page.locator("#filter").fill("")
    await till.page.get_by_label("Hàng hay bán: Nón lá").check()
    await till.look("prices")
    await till.page.get_by_role("link", name="Bán hàng").click()
    await till.page.locator("#open").click()
    await expect(till.page.locator("#code")).to_be_focused()
    await till.page.keyboard.press("F3")
    await expect(till.page.get_by_role("option", name="Nón lá")).to_be_visible()
    await till.look("favourites")
    await till.scan(1)
    await expect(till.page.locator("#total")).to_have_text("99.000\u00a0₫")


@pytest.mark.parametrize("path", ["/staff", "/staff/sales", "/staff/shift", "/staff/prices"])
async def test_every_page_in_english(till: Till, path: str) -> None:
    await till.log_in()
    await till.open(path)
    await till.page.get_by_role("button", name="English").click()
    await expect(till.page.get_by_role("link", name="Shift", exact=True)).to_be_visible()
    assert await till.page.locator("html").get_attribute("lang") == "en"
    words = await till.page.evaluate(
        "() => [...document.querySelectorAll('main [data-say]')].filter((one) => one.checkVisibility()).map((one) => one.textContent)"
    )
    assert words and all(all(ord(letter) < 0x300 for letter in one) for one in words), words
    await till.look(f"english{path.replace('/', '-')}")


async def test_an_idle_till_locks_itself(till: Till) -> None:
    await till.page.clock.install()
    await till.start()
    await till.scan(1)
    await till.page.clock.fast_forward(9 * 60 * 1000)
    await expect(till.page.locator("#lines li")).to_have_count(1)
    await till.page.clock.fast_forward(10 * 60 * 1000 + 1000)
    await expect(till.page.locator("#pin")).to_be_visible()
    assert till.bodies("access")[-1]["event"] == "idle"
    assert len(till.shop.till.baskets.lines()) == 1
