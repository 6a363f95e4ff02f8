"""The selling side over HTTP: search, baskets on hold, prices, discounts, gift sets, transfers, sales found again."""

import asyncio
import json
import time

import pytest

from kiosk.host.web import access
from kiosk.host.web.access import FIRST_LOCK, FREE_TRIES, LockedOutError, Person, Sessions

CLERK, SUPERVISOR = "123456", "654321"


async def approved(shop, what, number):
    """The token of the supervisor's approval."""
    asked = {"pin": SUPERVISOR, "code": number, "verdict": what}
    return (await call(shop, "POST", "/api/approvals", asked))[1]["token"]


async def call(shop, method, path, body=None, key=None):
    headers = {"Idempotency-Key": key} if key else {}
    async with shop.session.request(method, path, json=body, headers=headers) as answer:
        return answer.status, await answer.json(content_type=None)


async def basket(shop):
    return (await call(shop, "GET", "/api/basket"))[1]


async def scan(shop, serial):
    await shop.outlet.read({"reader": "gun", "text": shop.stamp(serial)})


def asked(lines):
    names = ("code", "qty", "price", "discount")
    return [{name: line[name] for name in names} for line in lines]


async def sell(shop, payments=None, key="k1", **more):
    now = await basket(shop)
    payments = payments or [{"kind": "cash", "amount": now["total"]}]
    body = {"basket": now["id"], "lines": asked(now["lines"]), "payments": payments} | more
    return await call(shop, "POST", "/api/sales", body, key)


def entries(shop, kind):
    found = [entry for entry in shop.source.read(1, 1000) if json.loads(entry.header)["kind"] == kind]
    return [json.loads(entry.body) for entry in found]


# Search


async def test_goods_are_found_without_accents_by_digits_and_by_producer(clerk):
    for query, name in (
        ("nuoc mam", "Nước mắm"),
        ("NÓN", "Nón lá"),
        ("non la", "Nón lá"),
        ("7026", "Nón lá"),
    ):
        status, found = await call(clerk, "GET", f"/api/goods?q={query}")
        assert status == 200 and [item["name"] for item in found["goods"]] == [name], query
    assert len((await call(clerk, "GET", "/api/goods?q=ky ninh"))[1]["goods"]) == 2
    for query in ("", "xyz", "%20", "ước"):
        assert (await call(clerk, "GET", f"/api/goods?q={query}"))[1]["goods"] == []


async def test_goods_without_stamps_go_in_by_choice_and_stamped_ones_by_the_outlets_rule(clerk):
    status, answer = await call(clerk, "POST", "/api/basket/lines", {"gtin": clerk.plain, "qty": 3})
    assert status == 200 and answer["event"]["verdict"] == "plain_goods"
    (line,) = answer["basket"]["lines"]
    assert (line["qty"], line["amount"], line["reader"]) == (3, 150_000, "list")
    _, answer = await call(clerk, "POST", "/api/basket/lines", {"gtin": clerk.gtin})
    assert (answer["event"]["verdict"], answer["event"]["action"]) == ("no_stamp", "supervisor")
    assert answer["basket"]["lines"][1]["needs_approval"] is True
    assert (await sell(clerk))[1]["title"] == "approval_missing"


async def test_favourites_are_what_sells_best_until_somebody_chooses(clerk):
    assert (await call(clerk, "GET", "/api/favourites"))[1] == {"goods": [], "chosen": False}
    await scan(clerk, 1)
    await sell(clerk)
    goods = (await call(clerk, "GET", "/api/favourites"))[1]["goods"]
    assert [item["gtin"] for item in goods] == [clerk.gtin]
    _, kept = await call(clerk, "PUT", "/api/favourites", {"gtins": [clerk.plain]})
    assert kept["chosen"] and [item["name"] for item in kept["goods"]] == ["Nón lá"]


# Baskets on hold


async def test_a_basket_on_hold_keeps_its_goods_and_its_stamps(clerk):
    await scan(clerk, 1)
    status, now = await call(clerk, "POST", "/api/basket/hold", {"name": "Cô áo đỏ"})
    assert status == 200 and now["lines"] == [] and now["open"]
    (held,) = now["held"]
    assert (held["name"], held["count"], held["total"]) == ("Cô áo đỏ", 1, 110_000)
    await scan(clerk, 1)  # it lies in another basket
    assert (await basket(clerk))["lines"] == []
    await scan(clerk, 2)
    status, now = await call(clerk, "POST", f"/api/baskets/{held['id']}/recall")
    assert [line["serial"] for line in now["lines"]] == [1]
    assert [one["count"] for one in now["held"]] == [1]  # what was open waits now
    assert (await sell(clerk))[0] == 201
    status, problem = await call(clerk, "POST", f"/api/baskets/{held['id']}/recall")
    assert (status, problem["title"]) == (409, "basket_closed")
    assert (await call(clerk, "POST", "/api/basket/hold", {}))[1]["title"] in ("nothing_to_hold",)


async def test_two_tabs_cannot_sell_one_basket_twice(clerk):
    await call(clerk, "POST", "/api/basket/lines", {"gtin": clerk.plain})
    now = await basket(clerk)
    body = {
        "basket": now["id"],
        "lines": asked(now["lines"]),
        "payments": [{"kind": "cash", "amount": 50_000}],
    }
    answers = await asyncio.gather(*[call(clerk, "POST", "/api/sales", body, f"tab{n}") for n in range(4)])
    assert sorted(status for status, _ in answers) == [201, 409, 409, 409]
    assert {answer["title"] for status, answer in answers if status == 409} == {"basket_closed"}
    assert len(entries(clerk, "sale")) == 1


async def test_goods_that_came_in_after_the_page_was_drawn_are_not_given_away(clerk):
    await scan(clerk, 1)
    before = await basket(clerk)
    await scan(clerk, 2)
    body = {
        "basket": before["id"],
        "lines": asked(before["lines"]),
        "payments": [{"kind": "cash", "amount": 10**6}],
    }
    status, problem = await call(clerk, "POST", "/api/sales", body, "k1")
    assert (status, problem["title"]) == (409, "basket_changed")
    assert len((await basket(clerk))["lines"]) == 2


async def test_a_locked_till_takes_no_goods(clerk):
    clerk.outlet.attended = lambda: False
    await scan(clerk, 1)
    assert clerk.till.baskets.shown()["lines"] == []
    assert entries(clerk, "sale") == []


# Prices and discounts


async def test_the_outlets_own_price_is_asked_from_then_on(clerk):
    path = f"/api/prices/{clerk.gtin}"
    assert (await call(clerk, "PUT", path, {"price": 99_000}))[0] == 403
    await call(clerk, "POST", "/api/session", {"pin": SUPERVISOR})
    assert (await call(clerk, "PUT", path, {"price": 99_000}))[0] == 200
    assert (await call(clerk, "PUT", "/api/prices/00000000000000", {"price": 1}))[0] == 404
    assert entries(clerk, "price") == [{"v": 1, "staff": "ql1", "gtin": clerk.gtin, "price": 99_000}]
    await scan(clerk, 1)
    assert (await basket(clerk))["total"] == 99_000
    row = next(
        one for one in (await call(clerk, "GET", "/api/prices"))[1]["prices"] if one["gtin"] == clerk.gtin
    )
    assert (row["suggested"], row["own"]) == (110_000, 99_000)
    event = await clerk.outlet.scan(clerk.stamp(5), "eye", "shopper", "look")
    assert event["provenance"]["trade_item"]["price"] == 99_000
    await call(clerk, "PUT", path, {"price": None})
    await scan(clerk, 2)
    assert [line["price"] for line in (await basket(clerk))["lines"]] == [99_000, 110_000]


async def test_a_price_that_changes_meanwhile_is_for_the_next_customer(clerk):
    await scan(clerk, 1)
    await clerk.selling.prices.set(Person("ql1", "Bình", "supervisor"), clerk.gtin, 99_000)
    await scan(clerk, 2)
    assert (await sell(clerk))[0] == 201
    assert [line["price"] for line in entries(clerk, "sale")[0]["lines"]] == [110_000, 99_000]
    assert all("allowed" not in line for line in entries(clerk, "sale")[0]["lines"])


async def test_a_clerk_gives_a_discount_only_with_a_supervisors_pin(clerk):
    await scan(clerk, 1)
    path = "/api/basket/lines/1"
    for body, status in (
        ({"discount": 10_000}, 403),
        ({"discount": 10_000, "pin": CLERK}, 403),
        ({"discount": 110_001, "pin": SUPERVISOR}, 409),
        ({"qty": 2}, 409),
        ({"discount": 10_000, "pin": SUPERVISOR}, 200),
    ):
        assert (await call(clerk, "PATCH", path, body))[0] == status, body
    assert (await sell(clerk))[0] == 201
    (line,) = entries(clerk, "sale")[0]["lines"]
    assert (line["amount"], line["discount"], line["allowed"]) == (100_000, 10_000, "ql1")
    number = f"HT01A-{clerk.source.read(1, 1000)[-1].seq}"
    assert number  # the refund gives back what was paid, not what is usual
    made = (await call(clerk, "GET", "/api/sales"))[1]["sales"][0]["number"]
    back = {
        "lines": [{"line": 1, "qty": 1, "unharmed": True}],
        "payments": [{"kind": "cash", "amount": 100_000}],
    }
    assert (await call(clerk, "POST", f"/api/sales/{made}/refunds", back, "r1"))[0] == 403
    back["approval"] = await approved(clerk, "refund", made)
    assert (await call(clerk, "POST", f"/api/sales/{made}/refunds", back, "r1"))[0] == 201
    assert entries(clerk, "refund")[0]["approval"] == "ql1"


async def test_no_price_is_asked_that_nobody_allowed(clerk):
    await scan(clerk, 1)
    now = await basket(clerk)
    for change in ({"price": 1}, {"price": 120_000}, {"discount": 1}):
        lines = [asked(now["lines"])[0] | change]
        body = {"basket": now["id"], "lines": lines, "payments": [{"kind": "cash", "amount": 10**6}]}
        status, problem = await call(clerk, "POST", "/api/sales", body, f"k{change}")
        assert (status, problem["title"]) == (403, "price_not_allowed")
    await call(clerk, "POST", "/api/session", {"pin": SUPERVISOR})
    body["lines"][0] = asked(now["lines"])[0] | {"price": 90_000}
    assert (await call(clerk, "POST", "/api/sales", body, "k9"))[0] == 201
    (line,) = entries(clerk, "sale")[0]["lines"]
    assert (line["list"], line["price"], line["allowed"]) == (110_000, 90_000, "ql1")


async def test_a_discount_on_everything_is_spread_to_the_last_dong(clerk):
    for serial in (1, 2, 3):
        await scan(clerk, serial)
    assert (await call(clerk, "PUT", "/api/basket/discount", {"discount": 10_000}))[0] == 403
    _, now = await call(clerk, "PUT", "/api/basket/discount", {"discount": 10_000, "pin": SUPERVISOR})
    assert now["total"] == 320_000
    assert (await sell(clerk))[1]["total"] == 320_000
    assert [line["discount"] for line in entries(clerk, "sale")[0]["lines"]] == [3_334, 3_333, 3_333]


async def test_a_gift_set_of_several_stamps_is_one_price_on_the_receipt_and_each_stamp_in_the_journal(clerk):
    for serial in (1, 2):
        await scan(clerk, serial)
    await call(clerk, "POST", "/api/basket/lines", {"gtin": clerk.plain})
    whole = {"lines": [1, 3], "price": 150_000}
    assert (await call(clerk, "POST", "/api/basket/sets", whole))[0] == 403
    _, now = await call(clerk, "POST", "/api/basket/sets", whole | {"pin": SUPERVISOR})
    assert [line["set"] for line in now["lines"]] == [1, 1, 0] and now["total"] == 260_000
    _, now = await call(clerk, "DELETE", "/api/basket/sets/1")
    assert now["total"] == 270_000
    await call(clerk, "POST", "/api/basket/sets", {"lines": [1, 2]})  # at what they cost, by anybody
    assert (await sell(clerk))[0] == 201
    lines = entries(clerk, "sale")[0]["lines"]
    assert [(line.get("set"), line.get("serial")) for line in lines] == [(1, 1), (1, 2), (None, None)]
    paper = json.loads(clerk.db.execute("SELECT data FROM print_job").fetchone()[0])
    assert paper["lines"][0]["name"] == "Bộ quà 1: Nước mắm"


# Payments


async def test_a_transfer_seen_to_arrive_is_confirmed_with_the_sale(clerk):
    await scan(clerk, 1)
    number = (await basket(clerk))["id"]
    payments = [{"kind": "vietqr", "amount": 100_000, "confirmed": True}, {"kind": "cash", "amount": 20_000}]
    status, sold = await sell(clerk, payments)
    assert status == 201 and sold["change"] == 10_000
    sale = entries(clerk, "sale")[0]
    assert sale["payments"][0] == {"kind": "vietqr", "amount": 100_000, "reference": f"HT01A G{number}"}
    assert entries(clerk, "payment_confirmed") == [
        {"v": 1, "staff": "nv1", "device": "HT01A", "seq": sold["seq"], "kind": "vietqr", "amount": 100_000}
    ]
    paper = json.loads(clerk.db.execute("SELECT data FROM print_job").fetchone()[0])
    assert "vietqr" not in paper


async def test_a_transfer_that_is_still_to_come_stands_on_the_receipt_and_is_confirmed_once(clerk):
    await scan(clerk, 1)
    _, sold = await sell(clerk, [{"kind": "vietqr", "amount": 110_000}])
    paper = json.loads(clerk.db.execute("SELECT data FROM print_job").fetchone()[0])
    assert paper["vietqr"].startswith("000201010212") and "5406110000" in paper["vietqr"]
    path = f"/api/sales/{sold['number']}"
    assert (await call(clerk, "GET", path))[1]["waiting"] == 110_000
    answers = await asyncio.gather(*[call(clerk, "POST", f"{path}/arrival") for _ in range(3)])
    assert {answer["waiting"] for _, answer in answers} == {0}
    assert len(entries(clerk, "payment_confirmed")) == 1


async def test_the_qr_code_on_the_screen(clerk):
    number = (await basket(clerk))["id"]
    async with clerk.session.get(f"/api/vietqr.svg?basket={number}&amount=110000") as answer:
        assert answer.status == 200 and answer.content_type == "image/svg+xml"
        assert (await answer.read()).startswith(b"<svg")
    for query in ("", "?basket=1", "?basket=1&amount=0", "?basket=x&amount=1"):
        assert (await call(clerk, "GET", f"/api/vietqr.svg{query}"))[0] == 422


async def test_change_comes_from_cash_and_a_card_is_a_payment(clerk):
    await scan(clerk, 1)
    assert (await sell(clerk, [{"kind": "card", "amount": 120_000}]))[1]["title"] == "too_much_paid"
    assert (await sell(clerk, [{"kind": "card", "amount": 110_000}], "k2"))[0] == 201


async def test_who_wants_an_invoice_is_kept(clerk):
    await scan(clerk, 1)
    assert (await sell(clerk, buyer={"tax_code": "12"}))[0] == 422
    buyer = {"name": "Công ty A", "tax_code": "3000123456"}
    assert (await sell(clerk, buyer=buyer))[0] == 201
    assert entries(clerk, "sale")[0]["buyer"] == buyer
    assert json.loads(clerk.db.execute("SELECT data FROM print_job").fetchone()[0])["buyer"] == buyer


# Sales found again


async def test_a_sale_is_found_by_number_receipt_and_stamp(clerk):
    await scan(clerk, 1)
    _, sold = await sell(clerk)
    paper = json.loads(clerk.db.execute("SELECT data FROM print_job").fetchone()[0])
    for text in (
        sold["number"],
        str(sold["seq"]),
        paper["check_url"],
        clerk.stamp(1),
        sold["number"].lower(),
    ):
        _, found = await call(clerk, "GET", "/api/sales?find=" + text.replace("/", "%2F"))
        assert [one["number"] for one in found["sales"]] == [sold["number"]], text
    found = (await call(clerk, "GET", "/api/sales?find=" + clerk.stamp(1).replace("/", "%2F")))[1]
    assert found["stamp"]["text"]["vi"]["title"] and found["stamp"]["verdict"] == "genuine"
    for text in (clerk.stamp(2), "HT09A-1", "nothing", "99"):
        assert (await call(clerk, "GET", "/api/sales?find=" + text.replace("/", "%2F")))[1]["sales"] == []
    today = (await call(clerk, "GET", "/api/sales"))[1]
    assert [one["number"] for one in today["sales"]] == [sold["number"]]
    assert (await call(clerk, "GET", "/api/sales?day=2020-01-01"))[1]["sales"] == []
    assert (await call(clerk, "GET", "/api/sales?day=2020-02-30"))[0] == 422


async def test_a_sale_says_what_came_back_of_it(clerk):
    await scan(clerk, 1)
    await call(clerk, "POST", "/api/basket/lines", {"gtin": clerk.plain, "qty": 3})
    number = (await sell(clerk))[1]["number"]
    back = {
        "lines": [{"line": 2, "qty": 2, "unharmed": False}],
        "payments": [{"kind": "cash", "amount": 100_000}],
    }
    back["approval"] = await approved(clerk, "refund", number)
    await call(clerk, "POST", f"/api/sales/{number}/refunds", back, "r1")
    sale = (await call(clerk, "GET", f"/api/sales/{number}"))[1]
    assert [line["returned"] for line in sale["lines"]] == [0, 2]
    assert (sale["paid_back"], sale["undone"]) == (100_000, "refund")
    assert [line["name"] for line in sale["lines"]] == ["Nước mắm", "Nón lá"]


# Shifts


async def test_a_shift_from_float_to_z_report(clerk):
    assert (await call(clerk, "GET", "/api/shift"))[1] == {"open": None, "last": None, "left": 0}
    assert (await call(clerk, "POST", "/api/shift/close", {"counted": 1}, "c0"))[1][
        "title"
    ] == "no_shift_open"
    assert (await call(clerk, "POST", "/api/shift", {"cash": 500_000}, "s1"))[0] == 201
    assert (await call(clerk, "POST", "/api/shift", {"cash": 500_000}, "s1"))[
        0
    ] == 201  # the same request again
    assert (await call(clerk, "POST", "/api/shift", {"cash": 1}, "s1"))[1]["title"] == "key_reused"
    assert (await call(clerk, "POST", "/api/shift", {"cash": 1}, "s2"))[1]["title"] == "shift_open"
    await scan(clerk, 1)
    await sell(clerk, [{"kind": "vietqr", "amount": 60_000}, {"kind": "cash", "amount": 100_000}])
    move = {"direction": "out", "amount": 20_000, "reason": "Mua túi"}
    for _ in range(2):
        assert (await call(clerk, "POST", "/api/shift/cash", move, "m1"))[0] == 201
    assert len(entries(clerk, "cash_moved")) == 1
    x = (await call(clerk, "GET", "/api/shift"))[1]["open"]
    assert (x["kind"], x["cash"]["expected"], x["sales"], x["opened_by"]) == ("x", 530_000, 1, "An")
    assert x["waiting"] == [{"number": x["first"], "amount": 60_000}]
    assert (await call(clerk, "POST", "/api/shift/print"))[0] == 202
    status, closed = await call(clerk, "POST", "/api/shift/close", {"counted": 529_000}, "c1")
    assert status == 201 and (closed["expected"], closed["counted"]) == (530_000, 529_000)
    assert (await call(clerk, "POST", "/api/shift/close", {"counted": 529_000}, "c1"))[1] == closed
    (body,) = entries(clerk, "shift_closed")
    assert (body["expected"], body["counted"]) == (530_000, 529_000)
    now = (await call(clerk, "GET", "/api/shift"))[1]
    assert now["open"] is None and (now["last"]["difference"], now["last"]["count"]) == (-1_000, 1)
    kinds = [kind for (kind,) in clerk.db.execute("SELECT kind FROM print_job ORDER BY id")]
    assert kinds == ["receipt", "report", "report"]
    assert (await call(clerk, "POST", "/api/shifts/1/print"))[0] == 404


async def test_a_z_report_printed_again_is_the_same_paper_marked_as_a_copy(clerk):
    await call(clerk, "POST", "/api/shift", {"cash": 0}, "o1")
    closed = (await call(clerk, "POST", "/api/shift/close", {"counted": 0}, "c1"))[1]
    for _ in range(2):
        assert (await call(clerk, "POST", f"/api/shifts/{closed['seq']}/print"))[0] == 202
    reports = [json.loads(data) for (data,) in clerk.db.execute("SELECT data FROM print_job ORDER BY id")]
    assert [one["copy"] for one in reports] == [0, 1, 2]
    assert all(one["report"] == reports[0]["report"] for one in reports)


# Log-in


def sessions(shop, clock):
    return Sessions(shop.db, clock)


async def test_another_source_is_locked_out_for_a_while_that_doubles_and_never_for_good(shop):
    now = [0.0]
    doors = sessions(shop, lambda: now[0])
    for _ in range(FREE_TRIES):
        assert await doors.log_in("000000", "192.168.1.9") is None
    with pytest.raises(LockedOutError):
        await doors.log_in(CLERK, "192.168.1.9")
    assert await doors.log_in(CLERK, "192.168.1.8") is not None  # nobody else is
    now[0] += FIRST_LOCK + 1
    assert await doors.log_in("000000", "192.168.1.9") is None
    now[0] += FIRST_LOCK + 1
    with pytest.raises(LockedOutError):
        await doors.log_in(CLERK, "192.168.1.9")
    now[0] += access.LONGEST_LOCK
    assert await doors.log_in(CLERK, "192.168.1.9") is not None
    assert await doors.log_in("000000", "192.168.1.9") is None  # counted from the start again


async def test_the_sessions_cookie_is_for_this_site_and_no_script(shop):
    async with shop.session.post("/api/session", json={"pin": CLERK}) as answer:
        cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Max-Age" not in cookie
    token = cookie.partition("=")[2].partition(";")[0]
    async with shop.session.get(shop.shopper + "/api/basket", cookies={"ocop_staff": token}) as answer:
        assert answer.status == 404  # the shopper's listener knows no session


async def test_the_loopback_is_slowed_and_never_locked(shop, monkeypatch):
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    doors = sessions(shop, time.monotonic)
    monkeypatch.setattr(access.asyncio, "sleep", sleep)
    for _ in range(FREE_TRIES + 6):
        assert await doors.log_in("000000") is None
    assert slept == [1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    assert await doors.log_in(CLERK) is not None


async def test_a_session_that_nobody_uses_ends(shop):
    now = [0.0]
    doors = sessions(shop, lambda: now[0])
    token, person = await doors.log_in(CLERK)
    now[0] = access.IDLE_SECONDS - 1
    assert doors.person(token, touch=False) == person and doors.anybody()
    assert doors.person(token) == person  # a request: it goes on
    now[0] += access.IDLE_SECONDS - 1
    assert doors.person(token) == person
    now[0] += access.IDLE_SECONDS + 1
    assert doors.person(token) is None and not doors.anybody()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("PUT", "/api/prices/08931234567019", {"price": 1}), ("GET", "/api/receipt-settings", None)],
)
async def test_what_clerks_may_not(clerk, method, path, body):
    assert (await call(clerk, method, path, body))[0] == 403
    access.add(clerk.db, Person("kt1", "Chi", "technician"), "777777")
    for pin in (SUPERVISOR, "777777"):
        await call(clerk, "POST", "/api/session", {"pin": pin})
        assert (await call(clerk, method, path, body))[0] == 200


async def test_nothing_of_the_staffs_answers_without_a_session(shop):
    for route in shop.staff_app.router.routes():
        path = route.resource.canonical
        if (
            route.method == "HEAD"
            or "static" in path
            or path in ("/", "/staff", "/api/session", "/api/status")
        ):
            continue
        if path in ("/metrics", "/api/openapi.json") or path.startswith("/api/office/"):
            continue  # for programs on the loopback: Prometheus, `ocop sync` and `ocop enrol`
        for name in ("{n}", "{id}", "{seq}", "{number}", "{gtin}", "{reader}"):
            path = path.replace(name, "1")
        async with shop.session.request(route.method, path, json={}, allow_redirects=False) as answer:
            assert answer.status in (401, 302), (route.method, path, answer.status)
