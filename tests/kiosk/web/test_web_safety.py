"""What a hostile page, a curious neighbour or a broken client may try on the two listeners. docs/security.md names these."""

import re
import time
from pathlib import Path

import aiohttp
import pytest

from kiosk.host.web import pages
from kiosk.host.web.access import IDLE_SECONDS

DOCS = Path(__file__).parents[3] / "docs" / "security.md"
ROOT = Path(__file__).parents[3]
# Open without a session: the log-in itself, what only leads there, and what the loopback may always see (design).
OPEN = {
    "/",
    "/staff",
    "/api/session",
    "/api/status",
    "/metrics",
    "/api/openapi.json",
    "/static/{version}/{name}",
}
OPEN |= {
    "/api/office/enrol",
    "/api/office/sync",
}  # until a technician has a PIN: tests/office/outlets/test_protocol.py


def routes(app):
    """(method, path) of every route; a HEAD beside a GET is the same one."""
    for route in app.router.routes():
        if route.method != "HEAD":
            yield route.method, route.resource.canonical


async def test_every_staff_route_but_the_entrance_wants_a_session(shop):
    asked = 0
    for method, path in routes(shop.staff_app):
        if path in OPEN:
            continue
        filled = re.sub(r"\{[a-z]+\}", "1", path)
        async with shop.session.request(method, filled, json={}, allow_redirects=False) as answer:
            if filled.startswith("/staff") and "aim/" not in filled:
                assert (answer.status, answer.headers["Location"]) == (302, "/staff"), path
            else:
                assert answer.status == 401, (method, path)
        asked += 1
    assert asked > 40


async def test_the_sessions_cookie_is_kept_from_scripts_and_other_sites(shop):
    async with shop.session.post("/api/session", json={"pin": "123456"}) as answer:
        cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie
    assert "Domain" not in cookie and "Expires" not in cookie and "Max-Age" not in cookie
    token = cookie.split("=", 1)[1].split(";")[0]
    assert len(token) >= 43, "256 bits in base64"


async def test_each_log_in_has_a_token_of_its_own_and_a_made_up_one_is_never_taken_over(shop):
    tokens = set()
    for _ in range(3):
        headers = {"Cookie": "ocop_staff=chosen-by-somebody-else"}
        async with (
            aiohttp.ClientSession() as fresh,
            fresh.post(shop.staff + "/api/session", json={"pin": "123456"}, headers=headers) as answer,
        ):
            tokens.add(answer.headers["Set-Cookie"].split(";")[0])
    assert len(tokens) == 3
    assert "ocop_staff=chosen-by-somebody-else" not in tokens


async def test_after_the_log_out_the_token_is_nobody(shop):
    async with shop.session.post("/api/session", json={"pin": "123456"}) as answer:
        token = answer.headers["Set-Cookie"].split(";")[0]
    async with shop.session.delete("/api/session") as answer:
        assert answer.status == 204
    async with (
        aiohttp.ClientSession() as other,
        other.get(shop.staff + "/api/basket", headers={"Cookie": token}) as answer,
    ):
        assert answer.status == 401


async def test_log_out_ends_the_sessions_event_streams_in_every_tab_and_nobody_elses(shop):
    async with shop.session.post("/api/session", json={"pin": "123456"}) as answer:
        mine = {"Cookie": answer.headers["Set-Cookie"].split(";")[0]}
    async with shop.session.post("/api/session", json={"pin": "654321"}) as answer:
        others = {"Cookie": answer.headers["Set-Cookie"].split(";")[0]}
    shop.outlet.changed()  # so that each stream begins with the status
    async with aiohttp.ClientSession(shop.staff) as browser:
        tabs = [await browser.get("/api/events", headers=headers) for headers in (mine, mine, others)]
        for tab in tabs:
            await tab.content.readuntil(b"event: status")
        async with browser.delete("/api/session", headers=mine) as answer:
            assert answer.status == 204
        shop.outlet.changed()
        for tab in tabs[:2]:
            rest = await tab.content.read()  # to its end
            assert rest.count(b"event: status") == 0
        await tabs[2].content.readuntil(b"event: status")
        for tab in tabs:
            tab.close()


async def test_a_till_that_locked_itself_tells_its_streams_nothing_more(shop, monkeypatch):
    async with shop.session.post("/api/session", json={"pin": "123456"}) as answer:
        headers = {"Cookie": answer.headers["Set-Cookie"].split(";")[0]}
    async with (
        aiohttp.ClientSession(shop.staff) as browser,
        browser.get("/api/events", headers=headers) as tab,
    ):
        await tab.content.readuntil(b"retry: 1000\n\n")
        later = time.monotonic() + IDLE_SECONDS + 1
        monkeypatch.setattr(shop.sessions, "_clock", lambda: later)
        shop.outlet.changed()
        assert b"status" not in await tab.content.read()


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost"])
async def test_no_other_origin_changes_anything(clerk, origin):
    for method, path in (("POST", "/api/stock/note"), ("DELETE", "/api/session"), ("POST", "/api/sales")):
        async with clerk.session.request(method, path, json={}, headers={"Origin": origin}) as answer:
            assert answer.status == 403, (method, path)
    async with (
        aiohttp.ClientSession() as shopper,
        shopper.post(
            clerk.shopper + "/api/reports", json={"reason": "x"}, headers={"Origin": origin}
        ) as answer,
    ):
        assert answer.status == 403


async def test_a_form_of_another_site_is_no_request(clerk):
    for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data"):
        async with clerk.session.post(
            "/api/stock/note", data='{"kind": "count"}', headers={"Content-Type": kind}
        ) as answer:
            assert answer.status == 415, kind


async def test_nothing_is_shared_with_other_origins(clerk):
    for address in (clerk.shopper + "/", clerk.staff + "/staff", clerk.staff + "/api/basket"):
        async with clerk.session.get(address, headers={"Origin": "https://evil.example"}) as answer:
            assert not [name for name in answer.headers if name.startswith("Access-Control")]
            for name in pages.SECURITY_HEADERS:
                assert name in answer.headers
            assert "Server" not in answer.headers or "kiosk" not in answer.headers["Server"]
    async with clerk.session.options(clerk.staff + "/api/basket") as answer:
        assert answer.status == 405


async def test_errors_carry_the_headers_too(shop):
    for path in ("/nowhere", "/api/nowhere", "/staff/../etc/passwd"):
        async with shop.session.get(path) as answer:
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "Traceback" not in await answer.text()


@pytest.mark.parametrize("listener", ["shopper", "staff"])
async def test_a_body_beyond_the_limit_is_refused_before_it_is_read(clerk, listener):
    body = b'{"text": "' + b"x" * (300 * 1024) + b'"}'
    address = getattr(clerk, listener) + "/api/scans"
    async with clerk.session.post(address, data=body, headers={"Content-Type": "application/json"}) as answer:
        assert answer.status == 413


@pytest.mark.parametrize("body", ['{"a":' * 5000, "[" * 100_000, "9" * 50_000, '{"text": "\\ud800"}', "\xff"])
async def test_odd_json_is_a_refusal_and_not_an_accident(clerk, body):
    async with clerk.session.post(
        "/api/scans", data=body.encode("latin-1"), headers={"Content-Type": "application/json"}
    ) as answer:
        assert answer.status == 422


async def test_what_somebody_scans_is_text_on_every_screen(clerk):
    text = '<img src=x onerror="alert(1)"><script>alert(1)</script>'
    async with clerk.session.post("/api/scans", json={"text": text}) as answer:
        assert answer.content_type == "application/json"
    for script in (Path(pages.__file__).parent / "static").glob("*.js"):
        source = script.read_text(encoding="utf-8")
        for sink in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
        ):
            assert sink not in source, (script.name, sink)


def test_each_requirement_names_a_test_that_there_is_or_says_how_it_was_checked():
    rows = re.findall(
        r"^\| (\d+\.\d+\.\d+) \| ([^|]+) \| ([^|]+) \|$", DOCS.read_text(encoding="utf-8"), re.M
    )
    assert len(rows) == len({number for number, _, _ in rows}) == 41
    for number, _, checked in rows:
        for file, name in re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", checked):
            assert (ROOT / file).is_file(), (number, file)
            assert not name or f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), (number, name)
        assert "`tests/" in checked or "read" in checked, number
