"""Voids and refunds over HTTP: one entry each, the money and the stamp freed as the rules say."""

import asyncio
import json

import pytest

from kiosk.host.settings import Approval


async def post(shop, path, body, key="u1"):
    async with shop.session.post(path, json=body, headers={"Idempotency-Key": key}) as answer:
        return answer.status, await answer.json(content_type=None)


async def sell(shop, lines, key="s1"):
    body = {"lines": lines, "payments": [{"kind": "cash", "amount": 10**6}]}
    status, sold = await post(shop, "/api/sales", body, key)
    assert status == 201, sold
    return sold["number"]


def stamped(shop, serial):
    return {"code": shop.stamp(serial), "qty": 1, "price": 110_000}


def refund(*lines, cash):
    return {
        "lines": [dict(zip(("line", "qty", "unharmed"), line, strict=True)) for line in lines],
        "payments": [{"kind": "cash", "amount": cash}] if cash else [],
    }


def entries(shop, kind):
    found = [entry for entry in shop.source.read(1, 1000) if json.loads(entry.header)["kind"] == kind]
    return [json.loads(entry.body) for entry in found]


async def verdict(shop, serial):
    event = await shop.outlet.scan(shop.stamp(serial), "gun", "shopper", "sell")  # into no basket
    return event["verdict"]


async def test_a_void_undoes_the_sale_and_frees_its_stamps(supervisor):
    number = await sell(
        supervisor, [stamped(supervisor, 1), {"gtin": supervisor.plain, "qty": 2, "price": 50_000}]
    )
    assert await verdict(supervisor, 1) == "sold_here"
    status, answer = await post(supervisor, f"/api/sales/{number}/void", {"reason": "Nhầm khách"})
    assert status == 201 and answer["total"] == 210_000
    (body,) = entries(supervisor, "void")
    assert body["payments"] == [{"kind": "cash", "amount": 210_000}]
    assert (body["device"], f"{body['device']}-{body['seq']}") == ("HT01A", number)
    assert answer["number"] == f"HT01A-{answer['seq']}" != number
    assert await verdict(supervisor, 1) == "genuine"
    await sell(supervisor, [stamped(supervisor, 1)], "s2")
    assert await verdict(supervisor, 1) == "sold_here"


@pytest.mark.parametrize(("unharmed", "after"), [(True, "genuine"), (False, "sold_here")])
async def test_a_refund_frees_the_stamp_of_unharmed_goods_only(supervisor, unharmed, after):
    number = await sell(supervisor, [stamped(supervisor, 1), stamped(supervisor, 2)])
    status, answer = await post(
        supervisor, f"/api/sales/{number}/refunds", refund((1, 1, unharmed), cash=110_000)
    )
    assert status == 201 and answer["total"] == 110_000
    assert await verdict(supervisor, 1) == after
    assert await verdict(supervisor, 2) == "sold_here"


async def test_no_more_comes_back_than_was_sold(supervisor):
    number = await sell(supervisor, [{"gtin": supervisor.plain, "qty": 3, "price": 50_000}])
    path = f"/api/sales/{number}/refunds"
    assert (await post(supervisor, path, refund((1, 2, True), cash=100_000)))[0] == 201
    status, problem = await post(supervisor, path, refund((1, 2, True), cash=100_000), "u2")
    assert (status, problem["title"], problem["left"]) == (422, "too_many", 1)
    assert (await post(supervisor, path, refund((1, 1, False), cash=50_000), "u3"))[0] == 201
    status, problem = await post(supervisor, f"/api/sales/{number}/void", {"reason": "x"}, "u4")
    assert (status, problem["title"]) == (409, "undone_before")
    assert len(entries(supervisor, "refund")) == 2 and entries(supervisor, "void") == []


async def test_the_same_key_and_request_are_one_refund(supervisor):
    number = await sell(supervisor, [{"gtin": supervisor.plain, "qty": 3, "price": 50_000}])
    path, body = f"/api/sales/{number}/refunds", refund((1, 1, True), cash=50_000)
    answers = await asyncio.gather(*[post(supervisor, path, body) for _ in range(4)])
    assert answers == [answers[0]] * 4 and answers[0][0] == 201
    assert len(entries(supervisor, "refund")) == 1


async def test_a_key_serves_one_request_only(supervisor):
    number = await sell(supervisor, [{"gtin": supervisor.plain, "qty": 3, "price": 50_000}])
    other = await sell(supervisor, [{"gtin": supervisor.plain, "qty": 3, "price": 50_000}], "s2")
    body = refund((1, 1, True), cash=50_000)
    assert (await post(supervisor, f"/api/sales/{number}/refunds", body))[0] == 201
    for path, again, key in (
        (f"/api/sales/{number}/refunds", refund((1, 2, True), cash=100_000), "u1"),
        (f"/api/sales/{other}/refunds", body, "u1"),
        (f"/api/sales/{number}/refunds", body, "s1"),
        ("/api/sales", {"lines": [{"gtin": supervisor.plain, "qty": 1, "price": 1}], "payments": []}, "u1"),
    ):
        status, problem = await post(supervisor, path, again, key)
        assert (status, problem["title"]) == (422, "key_reused"), path
    assert len(entries(supervisor, "refund")) == 1 and len(entries(supervisor, "sale")) == 2


async def test_what_is_refused_leaves_no_entry(supervisor):
    number = await sell(supervisor, [stamped(supervisor, 1)])
    before = len(supervisor.source.read(1, 1000))
    for path, body, expected in (
        ("/api/sales/HT01A-999/void", {"reason": "x"}, (404, "no_sale")),
        ("/api/sales/HT01A-999/refunds", refund((1, 1, True), cash=0), (404, "no_sale")),
        (f"/api/sales/{number}/refunds", refund((2, 1, True), cash=0), (422, "no_line")),
        (f"/api/sales/{number}/refunds", refund((1, 1, True), cash=1), (422, "payment")),
        (f"/api/sales/{number}/refunds", refund((1, 0, True), cash=0), (422, "invalid")),
        (f"/api/sales/{number}/refunds", refund(cash=0), (422, "invalid")),
        (f"/api/sales/{number}/void", {"reason": ""}, (422, "invalid")),
    ):
        status, problem = await post(supervisor, path, body)
        assert (status, problem["title"]) == expected, path
    async with supervisor.session.post(f"/api/sales/{number}/void", json={"reason": "x"}) as answer:
        assert answer.status == 400
    assert len(supervisor.source.read(1, 1000)) == before


async def test_two_pages_cannot_void_one_sale_twice(supervisor):
    number = await sell(supervisor, [stamped(supervisor, 1)])
    path = f"/api/sales/{number}/void"
    answers = await asyncio.gather(*[post(supervisor, path, {"reason": "x"}, f"u{n}") for n in range(4)])
    assert sorted(status for status, _ in answers) == [201, 409, 409, 409]
    assert len(entries(supervisor, "void")) == 1


async def test_a_sale_whose_record_is_damaged_is_not_undone_by_guess(supervisor):
    number = await sell(supervisor, [stamped(supervisor, 1)])
    supervisor.writer._db.execute("UPDATE journal SET body = x'7b' WHERE kind = 'sale'")
    status, problem = await post(supervisor, f"/api/sales/{number}/void", {"reason": "x"})
    assert (status, problem["title"]) == (409, "sale_damaged")


# Who may


async def approve(shop, what, number, pin="654321"):
    body = {"pin": pin, "code": number, "verdict": what}
    async with shop.session.post("/api/approvals", json=body) as answer:
        return (await answer.json(content_type=None))["token"] if answer.status == 201 else answer.status


async def asks(shop, number):
    async with shop.session.get(f"/api/sales/{number}") as answer:
        return (await answer.json())["approval"]


async def test_a_clerk_voids_a_sale_of_the_running_shift_and_no_older_one(clerk):
    one, other = [await sell(clerk, [stamped(clerk, n)], f"s{n}") for n in (1, 2)]
    assert await asks(clerk, one) == {"void": False, "refund": True}
    assert (await post(clerk, f"/api/sales/{one}/void", {"reason": "x"}))[0] == 201
    assert (await post(clerk, "/api/shift/close", {"counted": 0}, "c1"))[0] == 201
    assert await asks(clerk, other) == {"void": True, "refund": True}
    status, problem = await post(clerk, f"/api/sales/{other}/void", {"reason": "x"}, "u2")
    assert (status, problem["title"]) == (403, "needs_approval")
    assert len(entries(clerk, "void")) == 1
    token = await approve(clerk, "void", other)
    body = {"reason": "x", "approval": token}
    first = await post(clerk, f"/api/sales/{other}/void", body, "u3")
    assert first[0] == 201 and await post(clerk, f"/api/sales/{other}/void", body, "u3") == first
    assert [body.get("approval") for body in entries(clerk, "void")] == [None, "ql1"]


async def test_an_approval_is_for_one_refund_of_one_sale(clerk):
    number = await sell(clerk, [{"gtin": clerk.plain, "qty": 2, "price": 50_000}])
    other = await sell(clerk, [stamped(clerk, 1)], "s2")
    path, body = f"/api/sales/{number}/refunds", refund((1, 1, True), cash=50_000)
    assert await approve(clerk, "refund", number, "123456") == 403  # the clerk's own PIN
    assert await approve(clerk, "refund", "HT01A-999") == 404
    for token in ("made up", await approve(clerk, "void", number), await approve(clerk, "refund", other)):
        assert (await post(clerk, path, body | {"approval": token}))[0] == 403
    token = await approve(clerk, "refund", number)
    assert (await post(clerk, path, body | {"approval": token}))[0] == 201
    assert (await post(clerk, path, body | {"approval": token}, "u2"))[0] == 403
    assert [body["approval"] for body in entries(clerk, "refund")] == ["ql1"]


async def test_a_supervisor_needs_nobody(supervisor):
    number = await sell(supervisor, [stamped(supervisor, 1)])
    assert await asks(supervisor, number) == {"void": False, "refund": False}


@pytest.mark.parametrize(
    ("asked", "needed"),
    [
        (Approval(void="never", refund="never"), {"void": False, "refund": False}),
        (Approval(void="always"), {"void": True, "refund": True}),
    ],
)
async def test_the_outlet_says_when_a_supervisor_is_asked(clerk, asked, needed):
    number = await sell(clerk, [stamped(clerk, 1)])
    clerk.till.undoing._asks = asked
    assert await asks(clerk, number) == needed
    status, _ = await post(clerk, f"/api/sales/{number}/void", {"reason": "x"})
    assert status == (403 if needed["void"] else 201)
