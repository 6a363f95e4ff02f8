"""The till over HTTP: one sale a key, refused whole or written whole, and never twice."""

import asyncio
import json

import pytest

from kiosk import calendar
from scanner.stamps import typed_line


async def sell(shop, lines, cash=10**6, key="k1", basket=True):
    body = {"lines": lines, "payments": [{"kind": "cash", "amount": cash}]}
    if basket:
        body["basket"] = shop.till.baskets.shown()["id"]
    async with shop.session.post("/api/sales", json=body, headers={"Idempotency-Key": key}) as answer:
        return answer.status, await answer.json(content_type=None)


def kinds(shop):
    return [json.loads(entry.header)["kind"] for entry in shop.source.read(1, 1000)]


async def scan(shop, text):
    await shop.outlet.read({"reader": "gun", "text": text})


async def test_a_sale_is_one_entry_with_its_lines_and_its_print_job(clerk):
    await scan(clerk, clerk.stamp(1))
    await scan(clerk, clerk.stamp(2))
    basket = clerk.till.baskets.shown()
    assert [line["name"] for line in basket["lines"]] == ["Nước mắm", "Nước mắm"]
    status, sold = await sell(
        clerk, [{"code": line["code"], "qty": 1, "price": line["price"]} for line in basket["lines"]], 300_000
    )
    assert status == 201
    assert sold["total"] == 220_000 and sold["change"] == 80_000
    entry = clerk.source.read(sold["seq"], 1)[0]
    assert entry.hash.hex() == sold["hash"]
    body = json.loads(entry.body)
    assert [line["serial"] for line in body["lines"]] == [1, 2]
    assert [line["ordinal"] for line in body["lines"]] == [0, 1]
    jobs = clerk.db.execute("SELECT state, data FROM print_job").fetchall()
    assert len(jobs) == 1
    receipt = json.loads(jobs[0][1])
    assert receipt["number"] == sold["number"] == f"HT01A-{sold['seq']}"
    assert receipt["check_url"].startswith(f"HTTPS://OCOP.HATINH.VN/R/HT01A/{sold['seq']}/")
    assert clerk.till.baskets.shown()["open"] is False


async def test_the_same_key_and_body_give_the_same_sale(clerk):
    line = [{"code": clerk.stamp(1), "qty": 1, "price": 110_000}]
    first = await sell(clerk, line, basket=False)
    again = await sell(clerk, line, basket=False)
    assert first == again and first[0] == 201
    assert kinds(clerk).count("sale") == 1


async def test_a_double_click_makes_one_sale(clerk):
    line = [{"code": clerk.stamp(1), "qty": 1, "price": 110_000}]
    answers = await asyncio.gather(*[sell(clerk, line, basket=False) for _ in range(5)])
    assert {status for status, _ in answers} <= {201, 409}
    assert len({answer["number"] for status, answer in answers if status == 201}) == 1
    assert kinds(clerk).count("sale") == 1


async def test_a_key_cannot_serve_two_sales(clerk):
    await sell(clerk, [{"code": clerk.stamp(1), "qty": 1, "price": 110_000}], basket=False)
    status, problem = await sell(clerk, [{"code": clerk.stamp(2), "qty": 1, "price": 110_000}], basket=False)
    assert status == 422 and problem["title"] == "key_reused"


async def test_two_pages_cannot_sell_one_stamp_twice(clerk):
    line = [{"code": clerk.stamp(1), "qty": 1, "price": 110_000}]
    answers = await asyncio.gather(*[sell(clerk, line, key=f"k{n}", basket=False) for n in range(4)])
    assert sorted(status for status, _ in answers)[0] == 201
    assert [status for status, _ in answers].count(201) == 1
    assert kinds(clerk).count("sale") == 1


@pytest.mark.parametrize(
    ("line", "cash", "code"),
    [
        ({"qty": 1, "price": 110_000}, 100_000, "not_enough"),
        ({"qty": 2, "price": 110_000}, 10**6, "stamp_qty"),
    ],
)
async def test_a_wrong_sale_is_refused_whole_and_the_basket_stays(clerk, line, cash, code):
    await scan(clerk, clerk.stamp(1))
    status, problem = await sell(clerk, [line | {"code": clerk.stamp(1)}], cash)
    assert status == 422 and problem["title"] == code
    assert "sale" not in kinds(clerk)
    assert clerk.till.baskets.is_open and len(clerk.till.baskets.shown()["lines"]) == 1
    assert clerk.db.execute("SELECT count(*) FROM print_job").fetchone() == (0,)


async def test_a_forged_stamp_never_reaches_the_basket_or_a_sale(clerk):
    forged = clerk.stamp(3, clerk.forger)
    await scan(clerk, forged)
    assert clerk.till.baskets.shown()["lines"] == []
    status, problem = await sell(clerk, [{"code": forged, "qty": 1, "price": 1}])
    assert status == 422 and problem["title"] == "refused"


async def test_the_shoppers_camera_never_fills_a_basket(clerk):
    await clerk.outlet.read({"reader": "eye", "text": clerk.stamp(1)})
    assert clerk.till.baskets.shown()["lines"] == []


async def test_one_stamp_goes_into_the_basket_once(clerk):
    await scan(clerk, clerk.stamp(1))
    await scan(clerk, clerk.stamp(1))
    assert len(clerk.till.baskets.shown()["lines"]) == 1


async def test_a_sold_stamp_is_sold_here_and_a_look_at_it_is_genuine(clerk):
    await sell(clerk, [{"code": clerk.stamp(1), "qty": 1, "price": 110_000}], basket=False)
    sell_again = await clerk.outlet.scan(clerk.stamp(1), "gun", "till", "sell")
    look = await clerk.outlet.scan(clerk.stamp(1), "eye", "shopper", "look")
    assert (sell_again["verdict"], sell_again["action"]) == ("sold_here", "refuse")
    assert look["verdict"] == "genuine" and look["provenance"]["note"] == "sold_here"


async def test_what_needs_a_supervisor_sells_only_with_one(clerk):
    code = clerk.gtin[1:]  # the EAN-13 of goods that carry stamps
    line = {"code": code, "qty": 1, "price": 110_000}
    await scan(clerk, code)
    assert clerk.till.baskets.shown()["lines"][0]["needs_approval"] is True
    status, problem = await sell(clerk, [line], key="a")
    assert status == 422 and problem["title"] == "approval_missing"
    wrong = {"pin": "123456", "code": code, "verdict": "no_stamp"}
    async with clerk.session.post("/api/approvals", json=wrong) as answer:
        assert answer.status == 403  # a clerk's own PIN
    async with clerk.session.post("/api/approvals", json=wrong | {"pin": "654321"}) as answer:
        assert answer.status == 201
    assert clerk.till.baskets.shown()["lines"][0]["needs_approval"] is False
    status, sold = await sell(clerk, [line], key="b")
    assert status == 201
    body = json.loads(clerk.source.read(sold["seq"], 1)[0].body)
    assert body["lines"][0]["approval"] == "ql1" and body["lines"][0]["flagged"] is True
    assert "approval" in kinds(clerk)


async def test_plain_goods_sell_by_gtin(clerk):
    status, sold = await sell(clerk, [{"gtin": clerk.plain, "qty": 3, "price": 50_000}])
    assert status == 201 and sold["total"] == 150_000


async def test_a_basket_survives_a_restart_of_the_service(clerk):
    from kiosk.host.data import database

    await scan(clerk, clerk.stamp(1))
    await clerk.writer.flush()
    again = database.connect(clerk.folder)
    (lines,) = again.execute("SELECT lines FROM basket WHERE state = 'open'").fetchone()
    assert len(json.loads(lines)) == 1


async def test_without_a_printer_the_sale_stands_and_the_receipt_waits(clerk):
    status, sold = await sell(clerk, [{"code": clerk.stamp(1), "qty": 1, "price": 110_000}], basket=False)
    assert status == 201
    async with clerk.session.get(f"/api/sales/{sold['number']}") as answer:
        assert [receipt["state"] for receipt in (await answer.json())["receipts"]] == ["queued"]


async def test_a_full_disk_refuses_the_sale_and_says_so(clerk):
    await clerk.writer.flush()
    clerk.writer._db.execute("VACUUM")  # no page is free
    pages = clerk.writer._db.execute("PRAGMA page_count").fetchone()[0]
    clerk.writer._db.execute(f"PRAGMA max_page_count = {pages}")
    lines = [{"gtin": clerk.plain, "qty": 1, "price": 50_000} for _ in range(150)]
    status, problem = await sell(clerk, lines, cash=10**8)
    assert status == 507 and "Ổ đĩa" in problem["detail"]
    clerk.writer._db.execute("PRAGMA max_page_count = 100000")
    assert "sale" not in kinds(clerk)
    status, _ = await sell(clerk, lines, cash=10**8)
    assert status == 201


async def test_what_may_not_be_sold_any_more_says_why_on_its_line(clerk, become):
    """A recall that arrives while the basket is open, say; here the goods expire."""
    for serial in (1, 2):
        await scan(clerk, clerk.stamp(serial))
    become(calendar.start_of("2098-01-02"))
    lines = clerk.till.baskets.lines()
    assert [line["verdict"] for line in lines] == ["genuine", "genuine"]
    asked = [{"code": line["code"], "qty": 1, "price": line["price"]} for line in lines]
    status, problem = await sell(clerk, asked)
    assert (status, problem["title"]) == (422, "refused") and "expired" not in problem["detail"]
    for line in clerk.till.baskets.lines():
        assert (line["verdict"], line["action"]) == ("expired", "refuse")
        assert line["text"]["vi"]["title"] == "Hàng quá hạn sử dụng"


async def test_digits_that_were_typed_wrongly_are_to_be_typed_again(clerk):
    digits = typed_line(clerk.gtin, 5)
    wrong = digits[:-1] + ("0" if digits[-1] != "0" else "1")
    for text, mistyped in ((wrong, True), ("không phải số", False), (digits, False)):
        async with clerk.session.post("/api/scans", json={"text": text, "reader": "keyboard"}) as answer:
            event = await answer.json()
        assert event["mistyped"] is mistyped
        assert (event["staff_text"]["vi"]["title"] == "Dãy số gõ vào chưa đúng") is mistyped
    event = await clerk.outlet.scan(wrong, "gun", "till", "sell")  # a scanner does not mistype
    assert event["mistyped"] is False


async def test_typed_digits_are_looked_up_and_flagged(clerk):
    await clerk.outlet.scan(typed_line(clerk.gtin, 5), "keyboard", "till", "sell")
    (line,) = clerk.till.baskets.shown()["lines"]
    assert (line["verdict"], line["action"]) == ("unsigned", "sell_and_flag")
    status, sold = await sell(clerk, [{"code": line["code"], "qty": 1, "price": line["price"]}])
    assert status == 201
    assert json.loads(clerk.source.read(sold["seq"], 1)[0].body)["lines"][0]["flagged"] is True
