"""What a void and a refund may undo of a sale, and what the journal keeps of it."""

from kiosk.undoing import UndoError, refund, void
from sync import bodies

STAMPED = {"gtin": "08931234567019", "qty": 1, "price": 110000, "amount": 110000, "serial": 7, "ordinal": 6,
           "lot": "L1", "verdict": "genuine", "flagged": False}  # fmt: skip
PLAIN = {"gtin": "08931234567026", "qty": 3, "price": 50000, "amount": 150000, "verdict": "plain_goods",
         "flagged": False}  # fmt: skip
SALE = {"v": 1, "staff": "nv1", "lines": [STAMPED, PLAIN], "total": 260000,
        "payments": [{"kind": "cash", "amount": 100000}, {"kind": "cash", "amount": 200000}], "change": 40000,
        "catalogue": 5, "age": "fresh"}  # fmt: skip


def line(n, qty=1, unharmed=True):
    return {"line": n, "qty": qty, "unharmed": unharmed}


def cash(*amounts):
    return [{"kind": "cash", "amount": amount} for amount in amounts]


def problem(make, *arguments):
    try:
        make("nv1", "HT01A", 3, SALE, *arguments)
    except UndoError as error:
        assert " / " in str(error) and "{" not in str(error)
        return error.code
    return ""


def test_a_void_undoes_every_line_and_gives_back_what_was_kept():
    body = void("nv1", "HT01A", 3, SALE, {}, "Nhầm khách")
    bodies.check("void", body)
    assert (body["device"], body["seq"], body["total"], body["reason"]) == ("HT01A", 3, 260000, "Nhầm khách")
    assert body["payments"] == cash(260000)
    assert body["lines"] == [
        {"line": 1, "gtin": STAMPED["gtin"], "qty": 1, "amount": 110000, "serial": 7, "ordinal": 6},
        {"line": 2, "gtin": PLAIN["gtin"], "qty": 3, "amount": 150000},
    ]


def test_a_void_of_what_cost_nothing():
    free = dict(SALE)
    free["payments"], free["change"], free["total"] = [], 0, 0
    assert void("nv1", "HT01A", 3, free, {}, "x")["payments"] == []


def test_nothing_is_voided_after_a_refund_or_twice():
    assert problem(void, {2: 1}, "x") == "undone_before"
    assert problem(void, {1: 1, 2: 3}, "x") == "undone_before"


def test_a_refund_of_some_goods():
    body = refund("nv1", "HT01A", 3, SALE, {2: 1}, [line(2, 2, False)], cash(60000, 40000), None)
    bodies.check("refund", body)
    assert body["total"] == 100000
    assert body["lines"] == [
        {"line": 2, "gtin": PLAIN["gtin"], "qty": 2, "amount": 100000, "unharmed": False}
    ]
    assert "reason" not in body
    body = refund("nv1", "HT01A", 3, SALE, {}, [line(1)], cash(110000), "Khách đổi ý")
    bodies.check("refund", body)
    assert body["lines"][0]["serial"] == 7 and body["reason"] == "Khách đổi ý"


def test_what_cannot_be_refunded():
    assert problem(refund, {}, [line(3)], cash(0), None) == "no_line"
    assert problem(refund, {}, [line(0)], cash(0), None) == "no_line"
    assert problem(refund, {}, [line(1), line(1)], cash(220000), None) == "line_twice"
    assert problem(refund, {}, [line(2, 4)], cash(200000), None) == "too_many"
    assert problem(refund, {2: 2}, [line(2, 2)], cash(100000), None) == "too_many"
    assert problem(refund, {1: 1}, [line(1)], cash(110000), None) == "too_many"
    assert problem(refund, {}, [line(1)], cash(100000), None) == "payment"
    assert problem(refund, {}, [line(1)], [], None) == "payment"
    assert problem(refund, {}, [line(1)], [{"kind": "gold", "amount": 110000}], None) == "payment"


def test_goods_come_back_at_what_was_paid_for_them_to_the_last_dong():
    cheap = dict(PLAIN)
    cheap["amount"], cheap["discount"] = 100000, 50000
    sale = dict(SALE)
    sale["lines"] = [cheap]
    paid = []
    for before in range(3):
        for amount in (33333, 33334):
            try:
                body = refund(
                    "nv1", "HT01A", 3, sale, {1: before} if before else {}, [line(1)], cash(amount), None
                )
            except UndoError:
                continue
            bodies.check("refund", body)
            paid.append(body["total"])
    assert sum(paid) == 100000 and len(paid) == 3
