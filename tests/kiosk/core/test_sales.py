"""A sale's journal body, and every way in which it is refused."""

from kiosk import sales
from sync import bodies

HONEY, CAKE = "08930000000019", "08930000000026"


def line(gtin=HONEY, **changes):
    made = {"gtin": gtin, "serial": 7, "ordinal": 6, "lot": "L1", "qty": 1, "price": 185000}
    made["verdict"], made["action"], made["approval"] = "genuine", "sell", None
    for name in changes:
        made[name] = changes[name]
    return made


def build(lines, paid=1_000_000, sure=True):
    return sales.build("an", lines, [{"kind": "cash", "amount": paid}], 17, "fresh", sure)


def refusal(*args, **more):
    try:
        build(*args, **more)
    except sales.SaleError as error:
        assert " / " in str(error) and "{" not in str(error), str(error)
        return error.code
    return None


def test_a_sale_adds_up() -> None:
    body = build([line(), line(CAKE, serial=None, ordinal=None, lot=None, qty=3, price=25000)], 300_000)
    assert body == {
        "v": 2,
        "staff": "an",
        "lines": [
            {
                "gtin": HONEY,
                "serial": 7,
                "ordinal": 6,
                "lot": "L1",
                "qty": 1,
                "price": 185000,
                "amount": 185000,
                "verdict": "genuine",
                "flagged": False,
            },
            {"gtin": CAKE, "qty": 3, "price": 25000, "amount": 75000, "verdict": "genuine", "flagged": False},
        ],
        "total": 260_000,
        "payments": [{"kind": "cash", "amount": 300_000}],
        "change": 40_000,
        "catalogue": 17,
        "age": "fresh",
    }


def test_nothing_is_handed_back_when_paid_exactly() -> None:
    assert build([line()], 185_000)["change"] == 0


def test_what_the_office_should_see_is_flagged() -> None:
    assert build([line(action="sell_and_flag")])["lines"][0]["flagged"]
    approved = build([line(action="supervisor", verdict="sold_elsewhere", approval="binh")])["lines"][0]
    assert approved["flagged"] and approved["approval"] == "binh"
    assert build([line()], sure=False)["lines"][0]["flagged"]
    assert "approval" not in build([line(approval="binh")])["lines"][0]  # none was needed


def test_refusals() -> None:
    cases = (
        ([], "empty"),
        ([line()] * 201, "too_many_lines"),
        ([line(qty=0, serial=None)], "qty"),
        ([line(qty=-1, serial=None)], "qty"),
        ([line(qty=True, serial=None)], "qty"),
        ([line(qty=1.5, serial=None)], "qty"),
        ([line(qty=10_001, serial=None)], "qty"),
        ([line(qty=2)], "stamp_qty"),
        ([line(), line()], "stamp_twice"),
        ([line(price=-1)], "price"),
        ([line(price=1.5)], "price"),
        ([line(price=None)], "price"),
        ([line(price=10**12, qty=2, serial=None)], "too_much"),
        ([line(price=10**12), line(serial=8, price=1)], "too_much"),
        ([line(action="refuse", verdict="expired")], "refused"),
        ([line(action="show")], "refused"),
        ([line(action="refuse", verdict="expired", approval="binh")], "refused"),
        ([line(action="supervisor", verdict="no_contract")], "approval_missing"),
    )
    for lines, code in cases:
        assert refusal(lines) == code, code


def test_payments() -> None:
    assert refusal([line()], 184_999) == "not_enough"
    assert refusal([line()], -1) == "payment"
    assert refusal([line()], 1.5) == "payment"
    for payments, code in (([{"kind": "gold", "amount": 185_000}], "payment"), ([], "not_enough")):
        try:
            sales.build("an", [line()], payments, 17, "fresh")
        except sales.SaleError as error:
            assert error.code == code
            continue
        raise AssertionError(code)


def test_two_payments_make_one_sum() -> None:
    payments = [{"kind": "cash", "amount": 100_000}, {"kind": "cash", "amount": 100_000}]
    assert sales.build("an", [line()], payments, None, "old")["change"] == 15_000


def test_change_is_given_from_cash_only() -> None:
    card = {"kind": "card", "amount": 200_000}
    try:
        sales.build("an", [line()], [card], 17, "fresh")
        raise AssertionError
    except sales.SaleError as error:
        assert error.code == "too_much_paid"
    qr = {"kind": "vietqr", "amount": 100_000, "reference": "HT01A G7"}
    body = sales.build("an", [line()], [qr, {"kind": "cash", "amount": 100_000}], 17, "fresh")
    bodies.check("sale", body)
    assert body["change"] == 15_000 and body["payments"][0]["reference"] == "HT01A G7"


def test_another_price_and_money_off_need_somebody_who_may() -> None:
    for changes in ({"list": 200_000}, {"discount": 1}, {"list": 185_000, "discount": 1}):
        assert refusal([line(**changes)]) == "price_not_allowed"
    body = build([line(list=200_000, discount=5_000, allowed="ql1", set=1)])
    bodies.check("sale", body)
    (made,) = body["lines"]
    assert (made["amount"], made["list"], made["discount"], made["allowed"], made["set"]) == (
        180_000, 200_000, 5_000, "ql1", 1)  # fmt: skip
    assert body["total"] == 180_000
    usual = build([line(list=185_000, allowed="ql1")])["lines"][0]
    assert "allowed" not in usual and "list" not in usual
    for wrong in (-1, 185_001, 1.0):
        assert refusal([line(discount=wrong, allowed="ql1")]) == "discount"


def test_what_an_invoice_will_ask_for_is_kept() -> None:
    sold = [line(vat=8), line(serial=8, vat=0)]
    body = sales.build("an", sold, [{"kind": "cash", "amount": 370_000}], 17, "fresh", True, "3000000001",
                       {"name": "Cty A", "tax_code": "", "address": "Hà Tĩnh"})  # fmt: skip
    bodies.check("sale", body)
    assert [one["tax"] for one in body["lines"]] == [13_704, 0]
    assert body["seller"] == "3000000001" and body["buyer"] == {"name": "Cty A", "address": "Hà Tĩnh"}


def test_an_error_says_where() -> None:
    try:
        build([line(), line(serial=8, price=-5)])
    except sales.SaleError as error:
        assert error.fields == {"line": 2} and "Dòng 2" in str(error) and "Line 2" in str(error)
        return
    raise AssertionError("no error")
