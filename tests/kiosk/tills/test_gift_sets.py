"""The shop's list of ready-made gift sets, over HTTP."""

import json

import pytest

CLERK, SUPERVISOR = "123456", "654321"


async def call(shop, method, path, body=None):
    async with shop.session.request(method, path, json=body) as answer:
        return answer.status, await answer.json(content_type=None)


async def log_in(shop, pin):
    await call(shop, "DELETE", "/api/session")
    assert (await call(shop, "POST", "/api/session", {"pin": pin}))[0] == 204


async def fill(shop, stamps=(1,), hats=1):
    await call(shop, "POST", "/api/basket")
    for serial in stamps:
        await shop.outlet.read({"reader": "gun", "text": shop.stamp(serial)})
    await call(shop, "POST", "/api/basket/lines", {"gtin": shop.plain, "qty": hats})
    return (await call(shop, "GET", "/api/basket"))[1]


@pytest.fixture
async def kept(clerk):
    """A set of one stamped item and two hats for 20,000 less than they cost, kept by the supervisor."""
    await log_in(clerk, SUPERVISOR)
    basket = await fill(clerk, hats=2)
    clerk.price = basket["total"] - 20_000
    lines = [line["n"] for line in basket["lines"]]
    body = {"name": "Quà Tết", "price": clerk.price, "lines": lines}
    status, answer = await call(clerk, "POST", "/api/gift-sets", body)
    assert status == 200
    (clerk.set,) = answer["sets"]
    await call(clerk, "DELETE", "/api/basket")
    await log_in(clerk, CLERK)
    return clerk


async def test_a_clerk_sells_a_ready_set_by_one_touch_and_each_stamp_stays_one_item(kept):
    basket = await fill(kept, stamps=(1, 2), hats=5)
    assert (await call(kept, "GET", "/api/gift-sets"))[1]["sets"][0]["ready"] is True
    status, after = await call(kept, "POST", f"/api/basket/gift-sets/{kept.set['id']}")
    assert status == 200
    assert after["total"] == basket["total"] - 20_000
    inside = [line for line in after["lines"] if line["set"]]
    assert [(line["gtin"], line["qty"]) for line in inside] == [(kept.gtin, 1), (kept.plain, 2)]
    assert sum(line["amount"] for line in inside) == kept.price
    assert {line["allowed"] for line in inside} == {"ql1"}
    assert sum(line["qty"] for line in after["lines"] if line["gtin"] == kept.plain) == 5


async def sold(shop, basket):
    """Pay for the basket as it stands. Returns what the receipt says of its lines."""
    lines = [{name: line[name] for name in ("code", "qty", "price", "discount")} for line in basket["lines"]]
    body = {"basket": basket["id"], "lines": lines, "payments": [{"kind": "card", "amount": basket["total"]}]}
    async with shop.session.post("/api/sales", json=body, headers={"Idempotency-Key": "k"}) as answer:
        assert answer.status == 201, await answer.text()
    (data,) = shop.db.execute("SELECT data FROM print_job").fetchone()
    return [(line["name"], line["qty"]) for line in json.loads(data)["lines"]]


async def test_the_receipt_calls_a_ready_set_by_its_name(kept):
    await fill(kept, stamps=(1,), hats=2)
    _, basket = await call(kept, "POST", f"/api/basket/gift-sets/{kept.set['id']}")
    assert {line["set_name"] for line in basket["lines"]} == {"Quà Tết"}
    assert await sold(kept, basket) == [("Quà Tết 1: Nước mắm", 1), ("Quà Tết 1: Nón lá", 2)]


async def test_the_same_goods_inside_a_set_and_outside_are_told_apart(kept):
    basket = await fill(kept, stamps=(1,), hats=2)
    joined = {"lines": [line["n"] for line in basket["lines"]], "price": None}
    await call(kept, "POST", "/api/basket/sets", joined)
    basket = await fill(kept, stamps=(), hats=3)
    assert await sold(kept, basket) == [("Bộ quà 1: Nước mắm", 1), ("Bộ quà 1: Nón lá", 2), ("Nón lá", 3)]


async def test_what_a_set_lacks_is_said_and_the_basket_stays(kept):
    basket = await fill(kept, hats=1)
    assert (await call(kept, "GET", "/api/gift-sets"))[1]["sets"][0]["ready"] is False
    status, problem = await call(kept, "POST", f"/api/basket/gift-sets/{kept.set['id']}")
    assert (status, problem["type"].rpartition(":")[2]) == (409, "missing")
    assert "1 × Nón lá" in problem["detail"]
    assert (await call(kept, "GET", "/api/basket"))[1]["lines"] == basket["lines"]


async def test_the_list_is_the_supervisors_and_is_journalled(kept):
    basket = await fill(kept)
    body = {"name": "Rẻ", "price": 1, "lines": [line["n"] for line in basket["lines"]]}
    assert (await call(kept, "POST", "/api/gift-sets", body))[0] == 403
    assert (await call(kept, "DELETE", f"/api/gift-sets/{kept.set['id']}"))[0] == 403
    await log_in(kept, SUPERVISOR)
    assert (await call(kept, "DELETE", f"/api/gift-sets/{kept.set['id']}"))[1] == {"sets": []}
    assert (await call(kept, "DELETE", f"/api/gift-sets/{kept.set['id']}"))[0] == 404
    entries = [one for one in kept.source.read(1, 1000) if json.loads(one.header)["kind"] == "settings"]
    first, last = (json.loads(one.body) for one in entries)
    assert first["staff"] == last["staff"] == "ql1"
    assert first["gift_sets"] == [
        {"name": "Quà Tết", "price": kept.price,
         "parts": [{"gtin": kept.gtin, "qty": 1}, {"gtin": kept.plain, "qty": 2}]}
    ]  # fmt: skip
    assert last["gift_sets"] == []


async def test_a_set_of_the_same_name_takes_the_place_of_the_old_one(kept):
    await log_in(kept, SUPERVISOR)
    basket = await fill(kept)
    body = {"name": "Quà Tết", "price": 5, "lines": [line["n"] for line in basket["lines"]]}
    _, answer = await call(kept, "POST", "/api/gift-sets", body)
    assert [(one["name"], one["price"]) for one in answer["sets"]] == [("Quà Tết", 5)]


async def test_a_set_that_costs_more_than_its_goods_is_not_made(kept):
    await log_in(kept, SUPERVISOR)
    basket = await fill(kept)
    lines = [line["n"] for line in basket["lines"]]
    body = {"name": "Đắt", "price": basket["total"] + 1, "lines": lines}
    _, answer = await call(kept, "POST", "/api/gift-sets", body)
    dear = next(one for one in answer["sets"] if one["name"] == "Đắt")
    status, problem = await call(kept, "POST", f"/api/basket/gift-sets/{dear['id']}")
    assert (status, problem["type"].rpartition(":")[2]) == (409, "price")


@pytest.mark.parametrize("name", ["", "  "])
async def test_a_set_has_a_name_and_two_pieces(kept, name):
    await log_in(kept, SUPERVISOR)
    basket = await fill(kept, stamps=(), hats=1)
    lines = [line["n"] for line in basket["lines"]]
    assert (await call(kept, "POST", "/api/gift-sets", {"name": name, "price": 1, "lines": lines}))[0] == 422
    assert (await call(kept, "POST", "/api/gift-sets", {"name": "Một", "price": 1, "lines": lines}))[0] == 422
