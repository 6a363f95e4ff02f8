"""The office's pages, from a real server."""

import asyncio
import hmac
import re

import pytest
from aiohttp import ClientError, web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import func, select

from office import registry, schema, service
from office.access import accounts
from office.access.sessions import COOKIE, LIVES_MS
from office.outlets import devices
from office.outlets.ingest import ingest
from office.pages import acts, stamp_acts, streams, words
from office.storage import database
from office.web.keys_app import STOPPING
from sync import enrolment

PASSWORD = "một mật khẩu dài"
PAGES = ["/office", "/office/sales", "/office/outlets", "/office/alerts"]


@pytest.fixture
def clock(now):
    """The office's time, to be moved: a list of one."""
    return [now]


@pytest.fixture
async def browser(engine, office_settings, clock):
    with database.writing(engine) as connection:
        accounts.add(connection, "lan", PASSWORD, "officer", "Trần Thị Lan", clock[0])
        accounts.add(connection, "minh", PASSWORD, "viewer", "Minh", clock[0])
    app = service.build(office_settings, lambda: clock[0])
    async with TestClient(TestServer(app)) as client:
        yield client


async def log_in(browser, login="lan", password=PASSWORD, **more):
    form = {"login": login, "password": password}
    return await browser.post("/office/login", data=form, allow_redirects=False, **more)


async def refused(browser, *who, **more):
    """The status of the page that a log-in which failed leads to."""
    answer = await log_in(browser, *who, **more)
    assert answer.status == 303
    assert "Set-Cookie" not in answer.headers
    return (await browser.get(answer.headers["Location"], allow_redirects=False)).status


async def show(browser, path):
    answer = await browser.get(path, allow_redirects=False)
    assert answer.status == 200, (path, answer.status)
    return await answer.text()


def codes(engine):
    with database.reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(schema.enrolment_codes)).scalar_one()


async def csrf(browser):
    return re.search(r'name="csrf" value="([0-9a-f]+)"', await show(browser, "/office/outlets"))[1]


@pytest.mark.parametrize("path", PAGES)
async def test_who_is_not_logged_in_sees_the_log_in(browser, path):
    answer = await browser.get(path, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/office/login")


async def test_the_session_s_cookie_is_kept_from_scripts_and_other_sites(browser):
    answer = await log_in(browser)
    assert (answer.status, answer.headers["Location"]) == (303, "/office")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Trần Thị Lan" in await show(browser, "/office")


async def test_a_wrong_password_opens_nothing(browser):
    for login, password in (("lan", "falsch"), ("nobody", PASSWORD), ("", ""), ("lan", "x" * 5000)):
        assert await refused(browser, login, password) == 403
    assert (await browser.get("/office", allow_redirects=False)).status == 303


async def test_passwords_are_looked_at_one_at_a_time(browser, monkeypatch):
    check, inside, most = accounts.check, [], []

    def watched(*given):
        inside.append(given)
        most.append(len(inside))
        try:
            return check(*given)
        finally:
            inside.pop()

    monkeypatch.setattr(accounts, "check", watched)
    form = {"password": "x", "login": "lan"}
    await asyncio.gather(*(browser.post("/office/login", data=form, allow_redirects=False) for _ in range(6)))
    assert most == [1] * 6


async def test_guessing_has_to_pause_even_with_the_right_password(browser):
    for _ in range(8):
        assert await refused(browser, password="wrong") == 403
    assert await refused(browser) == 429


async def test_guesses_made_at_once_count_as_those_one_after_the_other(browser):
    told = await asyncio.gather(*(refused(browser, "lan", f"wrong {number}") for number in range(20)))
    assert sorted(told) == [403] * 8 + [429] * 12


async def test_who_logs_in_leaves_the_wrong_tries_of_the_address_to_others(browser):
    for number in range(7):
        await log_in(browser, f"somebody-{number}", "wrong")
    for _ in range(3):  # a right one takes back its own
        assert (await log_in(browser)).headers["Location"] == "/office"
    assert await refused(browser, "somebody-else", "wrong") == 403
    assert await refused(browser) == 429


async def test_a_log_in_from_another_site_is_refused(browser):
    assert await refused(browser, headers={"Sec-Fetch-Site": "cross-site"}) == 403


async def test_a_session_ends_at_log_out(browser):
    await log_in(browser)
    answer = await browser.post("/office/logout", data={"csrf": await csrf(browser)}, allow_redirects=False)
    assert answer.status == 303
    assert (await browser.get("/office", allow_redirects=False)).status == 303


async def test_a_cookie_that_was_logged_out_opens_nothing_even_if_somebody_kept_it(browser, engine, clock):
    kept = (await log_in(browser)).cookies["ocop_office"].value
    await browser.post("/office/logout", data={"csrf": await csrf(browser)})
    for cookie in (kept, kept + "="):  # the second has the same signature, written otherwise
        taken = {"Cookie": f"ocop_office={cookie}"}
        assert (await browser.get("/office", headers=taken, allow_redirects=False)).status == 303
    clock[0] += LIVES_MS
    await log_in(browser)
    await browser.post("/office/logout", data={"csrf": await csrf(browser)})
    with database.reading(engine) as connection:
        assert len(connection.execute(schema.ended_sessions.select()).all()) == 1  # the expired is forgotten


async def test_a_session_ends_with_time(browser, clock):
    await log_in(browser)
    clock[0] += LIVES_MS - 1
    await show(browser, "/office")
    clock[0] += 1
    assert (await browser.get("/office", allow_redirects=False)).status == 303


@pytest.mark.parametrize("change", [{"disabled": True}, {"password": "ein anderes Passwort"}])
async def test_a_session_ends_with_its_account_or_password(browser, engine, change):
    await log_in(browser)
    with database.writing(engine) as connection:
        accounts.change(connection, "lan", **change)
    assert (await browser.get("/office", allow_redirects=False)).status == 303


async def test_a_cookie_that_we_did_not_sign_opens_nothing(browser):
    good = (await log_in(browser)).cookies[COOKIE].value
    browser.session.cookie_jar.clear()
    body, signature = good.split(".")
    changed = [body[:-2] + ("AA" if body[-2:] != "AA" else "BB") + "." + signature, body, body + ".", "x.y", ".",
               good + "é", f"{body}.{signature[::-1]}"]  # fmt: skip
    for cookie in changed:
        answer = await browser.get("/office", cookies={COOKIE: cookie}, allow_redirects=False)
        assert answer.status == 303, cookie
    assert (await browser.get("/office", cookies={COOKIE: good}, allow_redirects=False)).status == 200


@pytest.mark.parametrize("path", ["/office/login", *PAGES])
async def test_pages_run_no_script_but_our_files_and_load_nothing_from_elsewhere(browser, path):
    await log_in(browser)
    answer = await browser.get(path)
    page = await answer.text()
    scripts = re.findall("<script.*?</script>", page, re.DOTALL)
    assert all(
        re.fullmatch('<script type="module" src="/static/[a-z]+[.]js"></script>', one) for one in scripts
    )
    assert page.count("<script") == len(scripts)
    assert " style=" not in page
    assert not re.search(r'(src|href)="(https?:)?//', page)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"


async def test_the_stylesheet_is_ours(browser):
    answer = await browser.get("/static/office.css")
    assert answer.status == 200
    assert "url(" not in await answer.text()


async def test_the_overview_shows_sales_by_outlet_and_product(browser, enrolled, engine, gtin, now):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    device.sell(gtin, 2)
    ingest(engine, "HT01A", device.segment(), now)
    await log_in(browser)
    page = await show(browser, "/office")
    assert "370.000 ₫" in page
    charts = re.findall(r"<desc[^>]*>(.*?)</desc>", page)
    assert charts == ["Điểm 1: 370.000 ₫. ", "Mật ong: 370.000 ₫. "]
    assert page.count('class="bar"') == 5  # two sums, and the stamps issued, activated, sold
    assert "HT01A" in page


async def test_an_overview_without_sales_says_so(browser):
    await log_in(browser)
    assert (await show(browser, "/office?period=30d")).count("Chưa có đơn bán nào") == 2


async def test_an_unknown_period_is_today(browser):
    await log_in(browser)
    assert '<a href="?period=today" aria-current="true">' in await show(browser, "/office?period=century")


async def test_sample_data_is_said_to_be_so(browser, engine):
    await log_in(browser)
    assert "DỮ LIỆU MINH HOẠ" not in await show(browser, "/office")
    with database.writing(engine) as connection:
        registry.put(connection, registry.Setting(name="illustrative", value=True), "test", 0)
    for path in ["/office/login", *PAGES]:
        assert "DỮ LIỆU MINH HOẠ" in await show(browser, path)


async def test_english_is_remembered(browser):
    await log_in(browser)
    assert "<h1>Overview</h1>" in await show(browser, "/office?lang=en")
    assert "<h1>Overview</h1>" in await show(browser, "/office")
    assert "<h1>Tổng quan</h1>" in await show(browser, "/office?lang=vi")
    assert "<h1>Tổng quan</h1>" in await show(browser, "/office?lang=xx")


async def test_the_list_of_sales_links_the_receipt(browser, enrolled, engine, gtin, now):
    device = enrolled("HT01A")
    device.sell(gtin, 1, flagged=True)
    ingest(engine, "HT01A", device.segment(), now)
    await log_in(browser)
    page = await show(browser, "/office/sales")
    assert "cần xem lại" in page
    receipt = re.search(r'href="(/R/HT01A/1/[A-Z2-7]{10})"', page)[1]
    assert "185.000 ₫" in await show(browser, receipt)
    assert "HT01A-1" not in await show(browser, "/office/sales?outlet=HT02")


async def test_alerts_are_told_in_words(browser, enrolled, engine, gtin, now):
    device = enrolled("HT01A")
    device.sell(gtin, 1, verdict="not_activated", flagged=True, total=1)
    ingest(engine, "HT01A", device.segment(), now)
    await log_in(browser)
    page = await show(browser, "/office/alerts")
    assert "Đơn bán cộng sai" in page
    assert "not_activated" not in page
    assert "A sale that does not add up" in await show(browser, "/office/alerts?lang=en")


async def test_what_shoppers_write_is_text_and_never_markup(browser, enrolled, engine, now):
    device = enrolled("HT01A")
    device.add("report", {"v": 1, "verdict": "genuine", "reason": "<b onclick=x>"})
    ingest(engine, "HT01A", device.segment(), now)
    await log_in(browser)
    page = await show(browser, "/office/alerts")
    assert "&lt;b onclick=x&gt;" in page
    assert "<b " not in page


async def test_an_officer_makes_a_code_that_enrols(browser, engine, clock):
    await log_in(browser)
    answer = await browser.post("/office/outlets/HT01/code", data={"csrf": await csrf(browser)})
    page = await answer.text()
    assert answer.status == 200
    code = enrolment.read(re.search(r"<strong>([A-Z2-7-]+)</strong></code>", page)[1])
    assert '<div class="qr"' in page
    public = bytes(range(32))
    mac = hmac.digest(code, enrolment.request_message(public), "sha256")
    with database.writing(engine) as connection:
        assert devices.enrol(connection, public, mac, clock[0]).device == "HT01A"
    assert answer.url.path == "/office/outlets" and answer.url.query["answer"]
    assert "<strong>" not in await (await browser.get(answer.url.path_qs)).text()  # it is shown this once


async def test_no_code_without_the_form_s_token(browser, engine):
    await log_in(browser)
    token = await csrf(browser)
    for form, headers in (
        ({}, {}),
        ({"csrf": "0" * 64}, {}),
        ({"csrf": token}, {"Sec-Fetch-Site": "cross-site"}),
    ):
        answer = await browser.post("/office/outlets/HT01/code", data=form, headers=headers)
        assert answer.status == 403
    assert codes(engine) == 0


async def test_a_viewer_cannot_make_codes(browser, engine):
    await log_in(browser, "minh")
    assert "<form" in await show(browser, "/office/outlets")  # the log-out
    assert "/code" not in await show(browser, "/office/outlets")
    answer = await browser.post("/office/outlets/HT01/code", data={"csrf": await csrf(browser)})
    assert answer.status == 403
    assert codes(engine) == 0


async def test_a_code_for_no_outlet_is_not_found(browser, engine):
    await log_in(browser)
    answer = await browser.post("/office/outlets/HT99/code", data={"csrf": await csrf(browser)})
    assert answer.status == 404
    assert "HT99" in await answer.text()


async def test_an_officer_lets_a_device_follow_the_one_whose_card_was_restored(desk, engine, enrolled, now):
    enrolled("HT01A")
    with database.writing(engine) as connection:
        assert devices.renew(connection, devices.find(connection, "HT01A"), b"n" * 32, now) == "HT01B"
    await desk.log_in("officer")
    page = await (await desk.client.get("/office/outlets")).text()
    assert "HT01B" in page
    assert "chờ đồng ý" in page
    assert "Đồng ý cho HT01B thay HT01A" in page
    path = "/office/devices/HT01B/agree"
    answer = await desk.client.post(path, data={"csrf": desk.csrf}, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/office/outlets")
    assert "chờ đồng ý" not in await (await desk.client.get("/office/outlets")).text()
    with database.reading(engine) as connection:
        assert not devices.waits(connection, "HT01B")
    assert (await desk.client.post(path, data={"csrf": desk.csrf})).status == 409


async def test_what_was_typed_into_a_form_outlives_its_session(desk, engine, clock):
    """Yesterday's form is sent, the official logs in in another tab, reloads, and agrees."""
    await desk.log_in("registrar")
    fields = {"id": "P9", "name": 'HTX "Nắng"\n<b>'}
    path = "/office/registry/producers/new"
    clock[0] += 13 * 3_600_000
    page = await desk.post(path, 401, **fields)
    assert "Phiên làm việc đã hết" in page
    old = desk.csrf
    await desk.log_in("registrar")
    new, desk.csrf = desk.csrf, old
    desk.client.session.headers["Sec-Fetch-Site"] = "same-origin"  # as browsers say
    page = await desk.post(path, 403, **fields)
    assert "<dt>Mã</dt><dd>P9</dd><dt>Tên chủ thể</dt><dd>HTX &#34;Nắng&#34;" in page
    with database.reading(engine) as connection:
        assert (
            connection.execute(select(schema.producers.c.id).where(schema.producers.c.id == "P9")).first()
            is None
        )
    assert set(re.findall('name="csrf" value="([0-9a-f]+)"', page)) == {new}
    desk.csrf = new
    assert (await desk.post(path, **fields)).startswith("/office/registry/producers/P9")


async def test_a_form_is_kept_although_the_browser_has_dropped_the_ended_session_s_cookie(desk):
    await desk.log_in("registrar")
    desk.client.session.cookie_jar.clear()
    path = "/office/registry/producers/new"
    ours = await desk.client.post(path, data={"id": "P9"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert (ours.status, "Phiên làm việc đã hết" in await ours.text()) == (401, True)
    foreign = await desk.client.post(
        path, data={"id": "P9"}, headers={"Sec-Fetch-Site": "cross-site"}, allow_redirects=False
    )
    assert (foreign.status, foreign.headers["Location"]) == (303, "/office/login")


async def test_a_page_that_is_left_before_its_stream_begins_is_no_fault(caplog):
    async def handler(request):
        async def look():
            request.transport.close()
            return "x", True

        return await streams.follow(request, look)

    app = web.Application()
    app[STOPPING] = asyncio.Event()
    app.router.add_get("/", handler)
    async with TestClient(TestServer(app)) as client:
        with pytest.raises(ClientError):
            await client.get("/")
    assert "Error handling request" not in caplog.text


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {}, {"Origin": "null"}],
)
async def test_a_form_that_no_browser_says_is_our_own_is_not_offered_again(desk, headers):
    await desk.log_in("registrar")
    answer = await desk.client.post("/office/registry/producers/new", data={"id": "P9"}, headers=headers)
    assert answer.status == 403
    assert "P9" not in await answer.text()


def test_every_field_of_the_forms_has_words():
    asked = [*acts.ACTS.values(), *(act.fields for act in stamp_acts.ACTS.values())]
    names = {field.name for fields in asked for field in fields}
    assert names - words.FIELDS.keys() == set()
    assert words.typed("products", {"stars": "4", "seen": "7", "story": ""}, 0) == [("Hạng sao", "4 sao")]
    assert words.typed("", {"act": "handle", "note": "x"}, 1) == [
        ("What to do", "Mark as handled"),
        ("Note", "x"),
    ]


async def test_no_password_is_ever_written_into_a_page(desk):
    await desk.log_in("registrar")
    answer = await desk.client.post(
        "/office/account/password",
        data={"old": "bí mật", "new": "x", "again": "x"},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert answer.status == 403
    assert "bí mật" not in await answer.text()
