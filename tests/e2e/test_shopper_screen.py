"""The shopper's screen in a real browser, against an outlet that is played.

`SCREENSHOTS=DIR pytest tests/e2e/test_shopper_screen.py` also leaves a picture of every state in DIR.
"""

import pytest
from honey import AT, HONEY, NOTHING, OLD, VERDICTS, scanned, title, words
from played_outlet import Outlet, problem
from playwright.async_api import expect
from screens import LYING, STANDING, Screens, assert_accessible, picture

from kiosk import phrases

pytestmark = pytest.mark.asyncio(loop_scope="module")

ONE_OF_EACH_LOOK = ("genuine", "sold_elsewhere", "bad_signature", "expired", "unsigned", "not_a_stamp")
CUT_OFF = "(box) => box.scrollHeight - box.clientHeight"


async def test_idle_invites_in_both_languages(screens: Screens, outlet: Outlet) -> None:
    page = await screens.open("/")
    offers = [
        {
            "name": f"Cu đơ {n}",
            "name_en": f"Cu do {n}",
            "stars": 3,
            "group": "TP",
            "commune": "",
            "district": "",
        }
        | {"price": 45_000, "unit": "hộp", "net": "300 g"}
        for n in range(5)
    ]
    await outlet.send("products", {"products": offers})
    await expect(page.locator(".offer")).to_have_count(3)
    await expect(page.locator(".offer").first).to_have_text("Cu đơ 0 OCOP hạng 3 sao 45.000\u00a0₫")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Đưa tem vào ô quét")
    await expect(page.locator("#invite-other")).to_contain_text("Hold the stamp")
    await expect(page.locator("#sample")).to_contain_text("DỮ LIỆU MINH HOẠ")
    await picture(page, "shopper-idle")
    await assert_accessible(page)


async def test_each_verdict_has_its_look_and_its_words_fit(screens: Screens, outlet: Outlet) -> None:
    page = await screens.open("/", reduced_motion="reduce")
    for at, (verdict, (_, look, known)) in enumerate(VERDICTS.items()):
        await outlet.send("verdict", scanned(verdict, at=AT + at))
        await expect(page.locator("body")).to_have_attribute("data-painted-verdict", verdict)
        await expect(page.get_by_role("heading", level=1)).to_have_text(title(verdict))
        await expect(page.locator(".verdict-body")).to_have_text(words(verdict)["vi"]["body"])
        await expect(page.locator("#result")).to_have_attribute("data-look", look)
        await expect(page.locator(".verdict .look use")).to_have_attribute("href", f"#look-{look}")
        await expect(page.locator("#heard")).to_contain_text(title(verdict))
        await expect(page.locator("#product")).to_be_visible(visible=known["product"] is not None)
        await expect(page.locator("#advice")).to_be_visible(visible=known["product"] is None)
        for size in (LYING, STANDING):
            await page.set_viewport_size(size)  # type: ignore[arg-type]
            for language in ("English", "Tiếng Việt"):
                await page.get_by_role("button", name=language).click()
                assert await page.locator(".verdict").evaluate(CUT_OFF) <= 0, (verdict, size, language)
    assert set(VERDICTS) | {"in_basket", "sold_here"} == {key.split("/")[0] for key in phrases.SHOPPER}


@pytest.mark.parametrize("verdict", ONE_OF_EACH_LOOK)
async def test_each_look_is_accessible(screens: Screens, outlet: Outlet, verdict: str) -> None:
    page = await screens.open("/", reduced_motion="reduce")
    await outlet.send("verdict", scanned(verdict))
    await expect(page.locator("body")).to_have_attribute("data-painted-verdict", verdict)
    await picture(page, f"shopper-{verdict}")
    await assert_accessible(page)


async def test_all_facts_stand_on_the_screen_as_vietnamese_people_write_them(
    screens: Screens, outlet: Outlet
) -> None:
    page = await screens.open("/")
    await outlet.send("verdict", scanned("genuine"))
    card = page.locator("#product")
    await expect(card.get_by_role("heading", level=2)).to_have_text("Mật ong rừng Vũ Quang")
    for fact in (
        "185.000\u00a0₫",
        "chai 500 ml",
        "12/10/2026",
        "12/10/2027",
        "L2611-03",
        "HTX Nông nghiệp Vũ Quang",
        "Xã Hương Quang, Huyện Vũ Quang",
        "Đến 31/12/2028, theo QĐ 3965/QĐ-UBND",
        "Mật ong rừng nguyên chất",
        "phấn hoa",
    ):
        await expect(card).to_contain_text(fact)
    await expect(card.locator(".star.lit")).to_have_count(4)
    await expect(page.locator(".data-age")).to_have_text("Dữ liệu cập nhật lúc 18:06 18/11/2026")
    await expect(page.locator(".proof")).to_contain_text("Không kiểm được")


async def test_the_story_is_two_sentences_until_asked_for(screens: Screens, outlet: Outlet) -> None:
    page = await screens.open("/")
    await outlet.send("verdict", scanned("genuine"))
    await expect(page.locator(".story")).not_to_contain_text("Nhờ vậy")
    await page.get_by_role("button", name="Đọc tiếp").click()
    await expect(page.locator(".story")).to_contain_text("Nhờ vậy năm nào rừng cũng có mật.")


async def test_a_forged_stamp_gets_no_story_and_its_claims_are_called_claims(
    screens: Screens, outlet: Outlet
) -> None:
    page = await screens.open("/")
    await outlet.send("verdict", scanned("bad_signature"))
    await expect(page.locator(".claimed")).to_be_visible()
    await expect(page.locator(".story")).to_be_hidden()
    await expect(page.locator(".proof")).to_contain_text("chưa chứng thực được")


async def test_advice_fits_the_answer(screens: Screens, outlet: Outlet) -> None:
    page = await screens.open("/")
    await outlet.send("verdict", scanned("not_a_stamp"))
    await expect(page.locator("#advice li:visible").first).to_contain_text("Tìm tem OCOP")
    await expect(page.locator("#type-again")).to_be_visible()
    await outlet.send("verdict", scanned("bad_signature", at=AT + 1, provenance=NOTHING))
    await expect(page.locator("#advice li:visible").first).to_contain_text("Đưa món hàng này")
    await expect(page.locator("#type-again")).to_be_hidden()
    await outlet.send("verdict", scanned("unknown_serial", at=AT + 2, reader="keyboard"))
    await expect(page.locator("#type-again")).to_be_visible()


async def test_english_by_one_touch_and_back_to_vietnamese_when_idle(
    screens: Screens, outlet: Outlet
) -> None:
    page = await screens.open("/")
    await page.clock.install()
    await outlet.send("verdict", scanned("genuine"))
    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(title("genuine", "en"))
    await expect(page.get_by_role("heading", level=2)).to_have_text("Vu Quang forest honey")
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await picture(page, "shopper-english")
    await outlet.send("verdict", scanned("expired", at=AT + 1))
    await expect(page.get_by_role("heading", level=1)).to_have_text(title("expired", "en"))
    await page.clock.fast_forward(44_000)
    await expect(page.locator("#result")).to_be_visible()
    await page.clock.fast_forward(2_000)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Đưa tem vào ô quét")


async def test_a_touch_keeps_the_answer_on_the_screen(screens: Screens, outlet: Outlet) -> None:
    page = await screens.open("/")
    await page.clock.install()
    await outlet.send("verdict", scanned("genuine"))
    await expect(page.locator("#result")).to_be_visible()
    await page.clock.fast_forward(40_000)
    await page.locator("#product").click(position={"x": 5, "y": 5})
    await page.clock.fast_forward(40_000)
    await expect(page.locator("#result")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#idle")).to_be_visible()


async def test_the_page_notes_when_it_painted(screens: Screens, outlet: Outlet) -> None:
    page = await screens.open("/")
    await outlet.send("verdict", scanned("genuine"))
    await expect(page.locator("body")).to_have_attribute("data-painted-verdict", "genuine")
    received, painted = [
        float(str(await page.locator("body").get_attribute(f"data-{name}-at")))
        for name in ("received", "painted")
    ]
    assert received < painted
    assert await page.evaluate(f"() => Math.abs(Date.now() - {painted}) < 60000")


async def test_till_scans_never_reach_the_shopper(screens: Screens, outlet: Outlet) -> None:
    page = await screens.open("/")
    await outlet.send("verdict", scanned("expired", place="till"))
    await outlet.send("verdict", scanned("genuine", at=AT + 1))
    await expect(page.locator("body")).to_have_attribute("data-painted-verdict", "genuine")
    assert await page.evaluate("() => performance.getEntriesByName('verdict-painted').length") == 1


async def test_digits_of_a_torn_stamp_are_typed_on_the_screen(screens: Screens, outlet: Outlet) -> None:
    page = await screens.open("/")
    await page.get_by_role("button", name="Gõ số dưới tem").click()
    await picture(page, "shopper-typed")
    await assert_accessible(page)
    await page.get_by_role("button", name="Tra cứu").click()
    await expect(page.locator("#typed-error")).to_contain_text("còn thiếu")
    for digit in "0893999900031410245":
        await page.locator(f'[data-key="{digit}"]').click()
    await page.locator('[data-key="back"]').click()
    await page.keyboard.type("55")
    outlet.refusal = problem(422, "Hai số cuối không khớp; hãy so lại. / The last two digits do not fit.")
    await page.keyboard.press("Enter")
    await expect(page.locator("#typed-error")).to_have_text("Hai số cuối không khớp; hãy so lại.")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text(title("unsigned"))
    await expect(page.locator("#typed")).to_be_hidden()
    body = {"text": "08939999000314102455", "reader": "keyboard"}
    assert [posted[:2] for posted in outlet.posted] == [("POST /api/scans", body)] * 2


async def test_one_touch_reports_a_problem(screens: Screens, outlet: Outlet) -> None:
    page = await screens.open("/")
    await outlet.send("verdict", scanned("sold_elsewhere"))
    await page.get_by_role("button", name="Báo có vấn đề").dblclick()
    await expect(page.locator("#report")).to_have_text("Đã ghi nhận, xin cảm ơn")
    assert [posted[:2] for posted in outlet.posted] == [
        ("POST /api/reports", {"reason": "shopper", "at": AT})
    ]


async def test_the_place_it_comes_from_is_on_the_map(screens: Screens, outlet: Outlet) -> None:
    page = await screens.open("/")
    await outlet.send("verdict", scanned("genuine"))
    here = page.get_by_role("img", name="Bản đồ nơi sản xuất: Xã Hương Quang, Huyện Vũ Quang")
    await expect(here).to_be_visible()
    await expect(here.locator(".here")).to_have_attribute("transform", "translate(42.2 45.0)")
    await expect(page.get_by_text("TP Hà Tĩnh", exact=True)).to_be_visible()
    await page.get_by_role("button", name="English").first.click()
    await expect(page.get_by_text("Hà Tĩnh City", exact=True)).to_be_visible()
    await expect(page.get_by_text("TP Hà Tĩnh", exact=True)).to_be_hidden()
    nowhere = HONEY | {"producer": HONEY["producer"] | {"lat_e5": None}}
    await outlet.send("verdict", scanned("genuine", at=AT + 9000, provenance=nowhere))
    await expect(page.locator("#map")).to_be_hidden()


async def test_each_look_has_a_sound_of_its_own_once_the_page_was_touched(
    screens: Screens, outlet: Outlet
) -> None:
    page = await screens.open("/")
    await page.locator(".invite").click()
    for at, verdict in enumerate(("genuine", "sold_elsewhere", "bad_signature", "not_a_stamp")):
        await outlet.send("verdict", scanned(verdict, at=AT + 10_000 * at))
        await expect(page.locator("body")).to_have_attribute("data-sounded", VERDICTS[verdict][1])


async def test_of_two_stamps_in_view_the_shopper_chooses(screens: Screens, outlet: Outlet) -> None:
    page = await screens.open("/", reduced_motion="reduce")
    other = OLD | {"serial": 77, "product": HONEY["product"] | {"name": "Kẹo cu đơ"}}
    await outlet.send("verdict", scanned("genuine"))
    await outlet.send("verdict", scanned("expired", at=AT + 20_000, beside=AT, provenance=other))
    await expect(page.locator("#seen")).to_contain_text("hai tem")
    await expect(page.get_by_role("heading", level=2).first).to_have_text("Kẹo cu đơ")
    await picture(page, "shopper-two-stamps")
    await assert_accessible(page)
    await page.get_by_role("button", name="Mật ong rừng Vũ Quang, 1024").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(title("genuine"))
    await page.get_by_role("button", name="Báo có vấn đề").click()
    await expect(page.locator("#report")).to_have_text("Đã ghi nhận, xin cảm ơn")
    assert outlet.posted[-1][1] == {"reason": "shopper", "at": AT}
    await outlet.send("verdict", scanned("genuine", at=AT + 20_040, provenance=other))  # one after the other
    await expect(page.locator("#seen")).to_be_hidden()


async def test_a_broken_stream_is_said_and_mended(screens: Screens, outlet: Outlet) -> None:
    page = await screens.open("/")
    await outlet.opened.wait()
    await page.route("**/api/events", lambda route: route.abort())
    await outlet.end()
    await expect(page.locator("#reconnecting")).to_have_text("Đang kết nối lại…")
    await page.unroute("**/api/events")
    await expect(page.locator("#reconnecting")).to_be_empty()
    await outlet.send("verdict", scanned("genuine"))
    await expect(page.locator("#result")).to_be_visible()
