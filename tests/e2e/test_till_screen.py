"""The till's screen in a real browser, against an outlet that is played: what happens when an answer is lost.

`SCREENSHOTS=DIR pytest tests/e2e/test_till_screen.py` also leaves a picture of every state in DIR.
"""

import copy
import re
from typing import Any

import pytest
from aiohttp import web
from honey import AT, HONEY
from played_outlet import LOG_IN, Outlet, problem
from playwright.async_api import Page, expect
from screens import Screens, assert_accessible, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")

STATUS: dict[str, Any] = {
    "printer": {"state": "ok", "detail": ""},
    "scanner": {"till": {"state": "ok", "detail": ""}},
    "office": {"state": "ok", "last_contact": AT, "waiting": 0, "detail": ""},
    "catalogue": {"version": 3, "issued": AT, "age": "fresh"},
    "clock": {"state": "sure"},
}


async def open_basket(page: Page) -> None:
    await page.get_by_role("button", name="Mở giỏ hàng").click()
    await expect(page.locator("#empty")).to_be_visible()


async def test_log_in_takes_six_digits_and_no_bar_code(screens: Screens, outlet: Outlet) -> None:
    outlet.logged_in = False
    page = await screens.open("/staff")
    await picture(page, "staff-login")
    await assert_accessible(page)
    await page.keyboard.type("8939999000314\n")
    # Told from typing by its speed, which a busy test machine may not reach; never taken for a PIN.
    await expect(page.locator("#pin-error")).to_have_text(re.compile("mã vạch|đúng 6 chữ số"))
    await expect(page.locator("#pin")).to_have_value("")
    await page.keyboard.type("12345\n", delay=50)
    await expect(page.locator("#pin-error")).to_have_text("Mã PIN gồm đúng 6 chữ số.")
    assert outlet.posted == []
    await page.keyboard.type("654321\n", delay=50)
    await expect(page.locator("#pin-error")).to_have_text("Mã PIN không đúng; hãy thử lại.")
    for digit in "123456":
        await page.locator(f'[data-key="{digit}"]').click()
    await page.get_by_role("button", name="Vào bán hàng").click()
    await expect(page.get_by_role("button", name="Mở giỏ hàng")).to_be_visible()


async def test_a_cash_sale_from_basket_to_receipt(screens: Screens, outlet: Outlet) -> None:
    page = await screens.open("/staff", reduced_motion="reduce")
    await outlet.send("status", STATUS)
    await expect(page.locator('[data-device="printer"]')).to_contain_text("Sẵn sàng")
    await picture(page, "staff-closed")
    await assert_accessible(page)
    await open_basket(page)
    await expect(page.locator("#code")).to_be_focused()
    await picture(page, "staff-empty")

    await outlet.add(HONEY)
    dear = copy.deepcopy(HONEY)
    dear["product"]["name"] = "Nhung hươu Chiến Sơn"
    dear["trade_item"] |= {"price": 1_950_000, "unit": "hộp"}
    await outlet.add(dear)
    await expect(page.locator("#lines li")).to_have_count(2)
    await expect(page.locator("#total")).to_have_text("2.135.000\u00a0₫")
    await expect(page.locator("#scan")).to_contain_text("Bán được")

    await page.locator("#cash").press_sequentially("2000000")
    await expect(page.locator("#cash")).to_have_value("2.000.000")
    await page.keyboard.press("Enter")
    await expect(page.locator("#problem")).to_have_text("Tiền khách đưa còn thiếu 135.000\u00a0₫.")
    await page.get_by_role("button", name="2.200.000").click()
    await expect(page.locator("#change")).to_have_text("65.000\u00a0₫")
    await picture(page, "staff-basket")
    await assert_accessible(page)
    await page.keyboard.press("Enter")

    await expect(page.locator("#paid-number")).to_have_text("HT01A-12")
    await expect(page.locator("#paid-change")).to_have_text("65.000\u00a0₫")
    await expect(page.locator("#print")).to_have_text("Đang chờ in…")
    job = {"job": 1, "number": "HT01A-12", "state": "printed", "detail": ""}
    await outlet.send("print", job | {"picture": "/api/sales/HT01A-12/receipt.png"})
    await expect(page.locator("#print")).to_have_text("Đã in phiếu.")
    await expect(page.get_by_role("img", name="Hình phiếu HT01A-12")).to_be_visible()
    await picture(page, "staff-paid")
    await assert_accessible(page)

    posted = [call for call in outlet.posted if call[0] == "POST /api/sales"]
    assert len(posted) == 1
    assert posted[0][1] == {
        "basket": 2,
        "lines": [
            {"code": "HTTPS://OCOP.HATINH.VN/S/A1", "qty": 1, "price": 185_000},
            {"code": "HTTPS://OCOP.HATINH.VN/S/A2", "qty": 1, "price": 1_950_000},
        ],
        "payments": [{"kind": "cash", "amount": 2_200_000}],
    }
    assert re.fullmatch(r"[0-9a-f-]{36}", str(posted[0][2]))
    await page.get_by_role("button", name="In thêm một bản").click()
    await outlet.send(
        "print", job | {"job": 2, "state": "not_printed", "detail": "Hết giấy. / Out of paper."}
    )
    await expect(page.locator("#print")).to_have_text("Chưa in được: Hết giấy.")
    assert outlet.posted[-1][0] == "POST /api/sales/HT01A-12/receipt"
    await page.get_by_role("button", name="Khách tiếp theo").click()
    await expect(page.locator("#empty")).to_be_visible()


async def test_a_receipt_that_may_not_have_come_out_is_asked_about(screens: Screens, outlet: Outlet) -> None:
    page = await screens.open("/staff")
    await expect(page.locator("#queue")).to_be_hidden()
    job = {"kind": "receipt", "copy": 0, "number": "HT01A-12"}
    outlet.jobs = [
        job
        | {
            "job": 7,
            "state": "unknown",
            "detail": "Hết giấy: hãy thay cuộn mới. / Out of paper: put a roll in.",
        },
        job | {"job": 8, "number": "HT01A-13", "state": "not_printed", "detail": ""},
        job | {"job": 9, "number": "HT01A-14", "state": "queued", "detail": ""},
        job | {"job": 10, "number": "HT01A-15", "state": "queued", "detail": ""},
    ]
    told = {"job": 7, "number": "HT01A-12", "state": "unknown", "detail": "", "picture": None}
    await outlet.send("print", told)
    await expect(page.locator("#queue-question")).to_have_text("Phiếu HT01A-12 đã in ra đủ chưa?")
    await expect(page.locator("#queue-why")).to_have_text("Hết giấy: hãy thay cuộn mới.")
    await expect(page.locator("#queue-count")).to_have_text("2 phiếu đang chờ in.")
    await picture(page, "staff-queue")
    await assert_accessible(page)
    await page.get_by_role("button", name="Chưa, in lại (BẢN SAO)").dblclick()
    await expect(page.locator("#queue-question")).to_have_text("Phiếu HT01A-13 chưa in.")
    await page.get_by_role("button", name="Không cần in").click()
    await expect(page.locator("#queue-question")).to_be_hidden()
    answers = [call[:2] for call in outlet.posted if "print-jobs" in call[0]]
    assert answers == [
        ("POST /api/print-jobs/7/answer", {"printed": False}),
        ("POST /api/print-jobs/8/answer", {"printed": True}),
    ]


async def test_what_comes_next_is_in_view_while_the_printer_is_in_trouble(
    screens: Screens, outlet: Outlet
) -> None:
    page = await screens.open("/staff", reduced_motion="reduce")
    await open_basket(page)
    await outlet.add(HONEY)
    why = (
        "Không nối được máy in: xem công tắc và dây cắm (tcp:192.168.1.50:9100, No route to host). "
        "/ The printer cannot be reached: check its switch and cable (tcp:192.168.1.50:9100, No route to host)."
    )
    job = {
        "kind": "receipt",
        "copy": 0,
        "job": 7,
        "number": "HT01A-12",
        "state": "not_printed",
        "detail": why,
    }
    outlet.jobs = [job]
    await outlet.send("status", STATUS | {"printer": {"state": "trouble", "detail": why}})
    await outlet.send("print", job | {"picture": None})
    await expect(page.locator("#queue-question")).to_be_visible()

    async def in_view(*buttons: str) -> None:
        for language in ("English", "Tiếng Việt"):
            await page.get_by_role("button", name=language).click()
            for button in buttons:
                box = await page.locator(button).bounding_box()
                assert box is not None and box["y"] + box["height"] <= 600, (button, language, box)

    await picture(page, "staff-basket-no-printer")
    await in_view("#pay-button", "#pay-vietqr", "#pay-card")
    await page.get_by_role("button", name="Đủ tiền").click()
    await page.keyboard.press("Enter")
    await expect(page.locator("#paid-number")).to_be_visible()
    await picture(page, "staff-paid-no-printer")
    await in_view("#next")


async def test_paying_twice_at_once_sells_once(screens: Screens, outlet: Outlet) -> None:
    page = await screens.open("/staff")
    await page.get_by_role("button", name="Mở giỏ hàng").dblclick()
    await expect(page.locator("#empty")).to_be_visible()
    await outlet.add(HONEY)
    await page.get_by_role("button", name="Đủ tiền").click()
    await page.get_by_role("button", name="Thanh toán").dblclick()
    await expect(page.locator("#paid-number")).to_be_visible()
    requests = [call[0] for call in outlet.posted]
    assert requests.count("POST /api/sales") == 1
    assert requests.count("POST /api/basket") == 1


async def test_a_sale_that_the_service_did_not_write_is_sent_again_under_the_same_key(
    screens: Screens, outlet: Outlet
) -> None:
    page = await screens.open("/staff")
    await open_basket(page)
    await outlet.add(HONEY)
    outlet.refusal = web.Response(status=503)
    await page.get_by_role("button", name="Đủ tiền").click()
    await page.keyboard.press("Enter")
    await expect(page.locator("#problem")).to_contain_text("không bị tính hai lần")
    await expect(page.locator("#cash")).not_to_be_editable()
    await page.get_by_role("button", name="Hỏi lại kết quả").click()
    await expect(page.locator("#paid-number")).to_have_text("HT01A-12")
    first, second = [call for call in outlet.posted if call[0] == "POST /api/sales"]
    assert first == second
    assert len(outlet.sales) == 1


async def test_an_answer_that_got_lost_is_asked_for_again_by_itself(screens: Screens, outlet: Outlet) -> None:
    page = await screens.open("/staff")
    await open_basket(page)
    await outlet.add(HONEY)
    await page.clock.install()
    outlet.drop_next_sale = True
    await page.get_by_role("button", name="Đủ tiền").click()
    await page.keyboard.press("Enter")
    await expect(page.locator("#problem")).to_contain_text("không bị tính hai lần")
    await outlet.send("basket", outlet.basket)
    await expect(page.locator("#paid-number")).to_have_text("HT01A-12")
    first, second = [call for call in outlet.posted if call[0] == "POST /api/sales"]
    assert first == second
    assert len(outlet.sales) == 1


async def test_a_reload_after_a_lost_answer_finds_the_sale_and_then_keeps_its_change(
    screens: Screens, outlet: Outlet
) -> None:
    page = await screens.open("/staff")
    await open_basket(page)
    await outlet.add(HONEY)
    outlet.drop_next_sale = True
    await page.get_by_role("button", name="200.000").click()
    await page.keyboard.press("Enter")
    await expect(page.locator("#problem")).to_contain_text("không bị tính hai lần")
    await page.reload()
    await expect(page.locator("#paid-number")).to_have_text("HT01A-12")
    await page.reload()
    await expect(page.locator("#paid-change")).to_have_text("15.000\u00a0₫")
    assert len(outlet.sales) == 1


async def test_a_refused_sale_may_be_changed_and_keeps_its_key(screens: Screens, outlet: Outlet) -> None:
    page = await screens.open("/staff")
    await open_basket(page)
    await outlet.add(HONEY)
    await page.get_by_role("button", name="Đủ tiền").click()
    outlet.refusal = problem(422, "Món 1 vừa bị thu hồi; hãy bỏ ra. / Item 1 was just recalled; take it out.")
    await page.keyboard.press("Enter")
    await expect(page.locator("#problem")).to_have_text("Món 1 vừa bị thu hồi; hãy bỏ ra.")
    await page.get_by_role("button", name="English").click()
    await expect(page.locator("#problem")).to_have_text("Item 1 was just recalled; take it out.")
    await page.get_by_role("button", name="200.000").click()
    await page.get_by_role("button", name="Pay", exact=True).click()
    await expect(page.locator("#paid-number")).to_be_visible()
    first, second = [call for call in outlet.posted if call[0] == "POST /api/sales"]
    assert first[2] == second[2]
    assert first[1] != second[1]


async def test_a_refused_scan_says_why_and_what_to_do(screens: Screens, outlet: Outlet) -> None:
    page = await screens.open("/staff", reduced_motion="reduce")
    await open_basket(page)
    await outlet.add(HONEY)
    await outlet.add(HONEY, "unsigned", "sell_and_flag")
    await outlet.add(HONEY, "expired", "refuse")
    await expect(page.locator("#scan")).to_contain_text("Không bán")
    await expect(page.locator("#scan")).to_contain_text("Hàng quá hạn sử dụng")
    await expect(page.locator("#approve")).to_be_hidden()
    await expect(page.locator("#lines li")).to_have_count(2)
    await expect(page.locator("#lines li").nth(1)).to_contain_text("chưa kiểm tra chữ ký")
    ill = copy.deepcopy(STATUS)
    ill["printer"] = {
        "state": "trouble",
        "detail": "Hết giấy: hãy thay cuộn mới. / Out of paper: put a roll in.",
    }
    ill["scanner"]["window"] = {"state": "dark", "detail": "mean 3"}
    ill["office"] |= {"state": "unreachable", "waiting": 7}
    ill["catalogue"]["age"] = "old"
    ill["clock"]["state"] = "unsure"
    await outlet.send("status", ill)
    await expect(page.locator('[data-device="printer"]')).to_contain_text("Hết giấy: hãy thay cuộn mới.")
    await expect(page.locator('[data-device="scanner"]')).to_contain_text("bật đèn")
    await expect(page.locator('[data-device="office"]')).to_contain_text("7 mục chờ gửi.")
    await picture(page, "staff-refused")
    await assert_accessible(page)
    await page.get_by_role("button", name="English").click()
    await expect(page.locator('[data-device="printer"]')).to_contain_text("Out of paper: put a roll in.")
    await expect(page.locator("#scan")).to_contain_text("Do not sell")
    await picture(page, "staff-english")


async def test_a_supervisor_approves_by_pin(screens: Screens, outlet: Outlet) -> None:
    page = await screens.open("/staff", reduced_motion="reduce")
    await open_basket(page)
    await outlet.add(HONEY, "sold_elsewhere", "supervisor")
    await expect(page.locator("#scan")).to_contain_text("Cần người phụ trách duyệt")
    for language in ("English", "Tiếng Việt"):  # all of it can be read, its beginning too
        await page.get_by_role("button", name=language).click()
        assert await page.locator("#scan").evaluate("(box) => box.scrollHeight - box.clientHeight") <= 0
    await picture(page, "staff-supervisor")
    await page.get_by_role("button", name="Duyệt bằng mã PIN").click()
    await picture(page, "staff-approval")
    await assert_accessible(page)
    await page.keyboard.type("123456\n", delay=50)
    await expect(page.locator("#approve-error")).to_have_text("Cần mã PIN của người phụ trách.")
    await page.keyboard.type("999999\n", delay=50)
    await expect(page.locator("#lines li")).to_contain_text("Đã duyệt")
    await expect(page.locator("#approval")).to_be_hidden()
    assert {"pin": "999999", "code": f"CODE {AT}", "verdict": "sold_elsewhere"} in [
        body for _, body, _ in outlet.posted
    ]
    await page.get_by_role("button", name="Đủ tiền").click()
    await page.keyboard.press("Enter")
    await expect(page.locator("#paid-number")).to_be_visible()
    line = outlet.posted[-1][1]["lines"][0]
    assert line == {"code": "HTTPS://OCOP.HATINH.VN/S/A1", "qty": 1, "price": 185_000, "approval": "token"}


async def test_lines_codes_and_the_basket_itself_are_the_clerks_to_change(
    screens: Screens, outlet: Outlet
) -> None:
    page = await screens.open("/staff")
    await open_basket(page)
    await outlet.add(HONEY)
    await outlet.add(HONEY)
    await page.get_by_role("button", name="Bỏ Mật ong").first.click()
    await expect(page.locator("#lines li")).to_have_count(1)
    await page.keyboard.press("F2")
    await page.keyboard.type("8939999000314\n")
    await expect(page.locator("#scan")).to_contain_text("chưa kiểm tra chữ ký")
    assert ("POST /api/scans", {"text": "8939999000314", "reader": "keyboard"}, None) in outlet.posted
    await page.get_by_role("button", name="Huỷ giỏ").click()
    await page.get_by_role("button", name="Bấm lần nữa để huỷ").click()
    await expect(page.get_by_role("button", name="Mở giỏ hàng")).to_be_visible()


async def test_an_ended_session_leads_back_to_the_log_in(screens: Screens, outlet: Outlet) -> None:
    page = await screens.open("/staff")
    await expect(page.get_by_role("button", name="Mở giỏ hàng")).to_be_visible()
    outlet.logged_in = False
    outlet.refusal = problem(401, LOG_IN)
    await page.get_by_role("button", name="Mở giỏ hàng").click()
    await expect(page.locator("#pin")).to_be_visible()


async def test_a_session_that_ends_while_nobody_touches_leads_there_too(
    screens: Screens, outlet: Outlet
) -> None:
    page = await screens.open("/staff")
    await outlet.opened.wait()
    outlet.logged_in = False
    await outlet.end()
    await expect(page.locator("#pin")).to_be_visible()


async def test_lock_logs_out(screens: Screens, outlet: Outlet) -> None:
    page = await screens.open("/staff")
    await page.get_by_role("button", name="Khoá máy").click()
    await expect(page.locator("#pin")).to_be_visible()
    assert not outlet.logged_in
