"""Every sale, void and refund stands in exactly one Z report, or in the X report of the shift that runs."""

import json
import random

import pytest


async def post(shop, path, body, key):
    async with shop.session.post(path, json=body, headers={"Idempotency-Key": key}) as answer:
        return answer.status, await answer.json(content_type=None)


def bodies(shop, *kinds):
    found = [(json.loads(entry.header)["kind"], json.loads(entry.body)) for entry in shop.source.all()]
    return [body for kind, body in found if kind in kinds]


class Till:
    """A clerk's day by chance. What it does is refused at times; that is a part of it."""

    def __init__(self, shop, seed):
        self.shop, self.dice = shop, random.Random(seed)
        self.numbers, self.closed, self.steps = [], [], 0

    async def step(self):
        self.steps += 1
        key = f"k{self.steps}"
        what = self.dice.choice(["open", "sell", "sell", "sell", "void", "refund", "cash", "close"])
        if what == "open":
            await post(self.shop, "/api/shift", {"cash": self.dice.randrange(10**6)}, key)
        elif what == "sell":
            qty, kind = self.dice.randrange(1, 4), self.dice.choice(["cash", "card"])
            body = {"lines": [{"gtin": self.shop.plain, "qty": qty, "price": 50_000}]}
            body["payments"] = [{"kind": kind, "amount": qty * 50_000}]
            status, sold = await post(self.shop, "/api/sales", body, key)
            assert status == 201
            self.numbers.append(sold["number"])
        elif what == "void" and self.numbers:
            path = f"/api/sales/{self.dice.choice(self.numbers)}/void"
            await post(self.shop, path, {"reason": "x"}, key)
        elif what == "refund" and self.numbers:
            line = {"line": 1, "qty": 1, "unharmed": self.dice.random() < 0.5}
            body = {"lines": [line], "payments": [{"kind": "cash", "amount": 50_000}]}
            await post(self.shop, f"/api/sales/{self.dice.choice(self.numbers)}/refunds", body, key)
        elif what == "cash":
            body = {"direction": self.dice.choice(["in", "out"]), "amount": 1000, "reason": "x"}
            await post(self.shop, "/api/shift/cash", body, key)
        elif what == "close":
            counted = self.dice.randrange(10**6)
            status, _ = await post(self.shop, "/api/shift/close", {"counted": counted}, key)
            if status == 201:
                self.closed.append((await self.shift())["last"])

    async def shift(self):
        async with self.shop.session.get("/api/shift") as answer:
            return await answer.json()


@pytest.mark.parametrize("seed", range(6))
async def test_the_reports_come_to_all_that_was_sold_and_given_back(supervisor, seed):
    till = Till(supervisor, seed)
    for _ in range(60):
        await till.step()
    now = await till.shift()
    reports = till.closed + ([now["open"]] if now["open"] else [])
    assert len(till.closed) > 1
    for kinds, count, amount in (
        (("sale",), "sales", "sold"),
        (("void",), "voids", "voided"),
        (("refund",), "refunds", "refunded"),
    ):
        made = bodies(supervisor, *kinds)
        assert made and sum(report[count] for report in reports) == len(made)
        assert sum(report[amount] for report in reports) == sum(body["total"] for body in made)
    moved = sum(
        report["cash"]["taken"] - report["cash"]["given"] for report in reports
    )  # what sales and undoings did to the drawer
    paid = {
        sign: sum(
            payment["amount"]
            for body in bodies(supervisor, *kinds)
            for payment in body["payments"]
            if payment["kind"] == "cash"
        )
        for sign, kinds in ((1, ("sale",)), (-1, ("void", "refund")))
    }
    assert moved == paid[1] - paid[-1]
    assert [report["seq"] for report in till.closed] == sorted({report["seq"] for report in till.closed})


async def test_the_first_sale_opens_a_shift_with_what_the_last_one_left(supervisor):
    till = Till(supervisor, 0)
    sale = {"lines": [{"gtin": supervisor.plain, "qty": 1, "price": 50_000}]}
    sale["payments"] = [{"kind": "cash", "amount": 50_000}]
    assert (await post(supervisor, "/api/sales", sale, "s1"))[0] == 201
    opened = (await till.shift())["open"]
    assert (opened["cash"]["float"], opened["float_counted"], opened["sales"]) == (0, False, 1)
    assert (await post(supervisor, "/api/shift/close", {"counted": 350_000}, "c1"))[0] == 201
    assert (await till.shift())["left"] == 350_000
    assert (await post(supervisor, "/api/sales", sale, "s2"))[0] == 201
    assert (await post(supervisor, "/api/sales", sale, "s2"))[0] == 201  # asked twice, sold once, opened once
    opened = (await till.shift())["open"]
    assert (opened["cash"]["float"], opened["float_counted"], opened["sales"]) == (350_000, False, 1)
    assert bodies(supervisor, "shift_opened")[-1] == {
        "v": 2, "staff": "ql1", "cash": 350_000, "counted": False,
    }  # fmt: skip
    assert (await post(supervisor, "/api/shift/close", {"counted": 0}, "c2"))[0] == 201
    assert (await post(supervisor, "/api/shift", {"cash": 200_000}, "o1"))[0] == 201
    opened = (await till.shift())["open"]
    assert (opened["cash"]["float"], opened["float_counted"]) == (200_000, True)
