"""What a clerk does besides selling, in a real browser on the real service: refunds, shifts, prices, the till itself.

`SCREENSHOTS=DIR pytest tests/e2e/test_after_the_sale.py` also leaves a picture of every state in DIR.
"""

from pathlib import Path

import pytest
from playwright.async_api import expect
from till import Till

from kiosk.host.data import database, journal
from kiosk.host.link import peers


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
    await till.open_basket()
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
