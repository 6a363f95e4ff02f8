"""What each listener serves, and to whom."""

import json

import aiohttp
import pytest

STAFF_ONLY = [
    "/staff",
    "/api/basket",
    "/api/sales/HT01A-1",
    "/api/status",
    "/metrics",
    "/api/openapi.json",
    "/api/session",
]


@pytest.mark.parametrize("path", STAFF_ONLY)
async def test_the_shoppers_listener_serves_nothing_of_the_staffs(shop, path):
    async with aiohttp.ClientSession() as session:
        for method in ("GET", "POST", "DELETE"):
            async with session.request(method, shop.shopper + path, json={}) as answer:
                assert answer.status in (404, 405), (method, path)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/basket"),
        ("POST", "/api/basket"),
        ("DELETE", "/api/basket"),
        ("DELETE", "/api/basket/lines/1"),
        ("POST", "/api/scans"),
        ("POST", "/api/sales"),
        ("POST", "/api/approvals"),
        ("GET", "/api/sales/HT01A-1"),
        ("POST", "/api/sales/HT01A-1/receipt"),
        ("GET", "/api/sales/HT01A-1/receipt.png"),
        ("GET", "/api/events"),
    ],
)
async def test_the_till_is_closed_to_those_who_are_not_logged_in(shop, method, path):
    async with shop.session.request(method, path, json={}) as answer:
        assert answer.status == 401
        assert answer.content_type == "application/problem+json"


async def test_a_scan_from_the_shoppers_side_is_always_a_look(clerk):
    async with aiohttp.ClientSession() as session:
        body = {"text": clerk.stamp(1), "reader": "gun"}
        async with session.post(clerk.shopper + "/api/scans", json=body) as answer:
            event = await answer.json()
    assert (event["reader"], event["purpose"], event["action"]) == ("keyboard", "look", "show")
    assert clerk.till.baskets.shown()["lines"] == []


async def test_another_sites_page_cannot_ask_for_anything(clerk):
    headers = {"Origin": "https://evil.example"}
    async with clerk.session.post("/api/basket", headers=headers) as answer:
        assert answer.status == 403


async def test_another_host_name_is_refused(shop):
    async with shop.session.get("/staff", headers={"Host": "evil.example"}) as answer:
        assert answer.status == 421


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{", 422),
        ('{"text": 5}', 422),
        ('{"text": "x", "more": 1}', 422),
        (json.dumps({"text": "x" * 5000}), 422),
    ],
)
async def test_a_wrong_body_is_a_problem_that_says_where(clerk, body, status):
    async with clerk.session.post(
        "/api/scans", data=body, headers={"Content-Type": "application/json"}
    ) as answer:
        assert answer.status == status
        assert (await answer.json(content_type=None))["detail"]


async def test_a_megabyte_as_a_scan_is_refused_in_a_sentence(shop):
    async with aiohttp.ClientSession() as session:
        async with session.post(shop.shopper + "/api/scans", json={"text": "x" * 1_000_000}) as answer:
            assert answer.status == 413
            assert "too long" in (await answer.json(content_type=None))["detail"]
        async with session.post(shop.shopper + "/api/scans", json={"text": "hello"}) as answer:
            assert (await answer.json())["verdict"] == "not_a_stamp"


async def test_a_megabyte_from_a_reader_is_no_stamp_and_the_service_goes_on(shop):
    event = await shop.outlet.scan("x" * 1_000_000, "gun", "till", "look")
    assert event["verdict"] == "not_a_stamp"


async def test_the_text_of_what_is_no_product_code_is_never_journalled(shop):
    await shop.outlet.scan("WIFI:S:home;P:secret-word;;", "eye", "shopper", "look")
    await shop.writer.flush()
    (entry,) = shop.source.read(1, 10)
    assert b"secret" not in entry.body
    assert json.loads(entry.body)["length"] == 27


async def test_events_reach_an_open_page_and_a_new_page_learns_the_basket(clerk):
    async with clerk.session.get("/api/events") as stream:
        seen = {}
        async for line in stream.content:
            text = line.decode().strip()
            if text.startswith("event: "):
                name = text[7:]
            elif text.startswith("data: "):
                seen[name] = json.loads(text[6:])
                if name == "basket" and len(seen["basket"]["lines"]) == 1:
                    break
                if name == "basket":
                    await clerk.outlet.read({"reader": "gun", "text": clerk.stamp(1)})
    assert seen["verdict"]["staff_text"]["vi"]["title"]


async def test_a_log_in_and_a_wrong_pin_are_journalled_without_the_pin(shop):
    for pin in ("999999", "123456"):
        async with shop.session.post("/api/session", json={"pin": pin}):
            pass
    bodies = [json.loads(entry.body) for entry in shop.source.read(1, 10)]
    assert [body["event"] for body in bodies] == ["refused", "in"]
    assert not any(b"999999" in entry.body or b"123456" in entry.body for entry in shop.source.read(1, 10))


async def test_the_openapi_document_names_every_api_route(shop):
    async with shop.session.get("/api/openapi.json") as answer:
        document = await answer.json()
    routes = {(r.method.lower(), r.resource.canonical) for r in shop.staff_app.router.routes() if r.resource}
    api = {(m, p) for m, p in routes if p.startswith("/api/") and m != "head"}
    own = {"/api/events", "/api/openapi.json", "/api/sales/{number}/receipt.png"}  # not JSON operations
    documented = {(method, path) for path, item in document["paths"].items() for method in item}
    assert documented == {(m, p) for m, p in api if p not in own}


async def test_metrics_are_prometheus_text(shop):
    async with shop.session.get("/metrics") as answer:
        assert "ocop_entries_waiting 0" in await answer.text()
