"""Selling in a real browser on the real service: what a clerk does from log-in to the money.

`SCREENSHOTS=DIR pytest tests/e2e/test_selling.py` also leaves a picture of every state in DIR.
"""

import re

from playwright.async_api import expect
from till import Till


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
    await till.open_basket()
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
    await expect(page.locator(".line[data-set]").first).to_contain_text("Quà Tết 1")
    await page.locator("#join").click()
    await page.locator("#ready-sets .danger").click()
    await expect(page.locator("#ready-sets li")).to_have_count(0)


async def test_goods_have_their_english_names_where_the_page_is_in_english(till: Till) -> None:
    page = till.page
    await till.start()
    await till.scan(1)
    await expect(page.locator(".line-name")).to_have_text("Nước mắm")
    await page.get_by_role("button", name="English").click()
    await expect(page.locator(".line-name")).to_have_text("Fish sauce")
    await expect(page.locator("#scan")).to_contain_text("Fish sauce")
    await page.locator("#code").press_sequentially("nuoc mam", delay=50)
    await expect(page.get_by_role("option", name="Fish sauce")).to_be_visible()


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
