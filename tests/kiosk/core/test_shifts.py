"""A shift's report: every entry that moves money counts once, and the drawer adds up."""

from kiosk.shifts import report


def sale(total, payments, change=0, staff="nv1", **line):
    made = {"qty": 1, "amount": total}
    for name in line:
        made[name] = line[name]
    paid = [{"kind": kind, "amount": amount} for kind, amount in payments]
    return {"staff": staff, "lines": [made], "total": total, "payments": paid, "change": change}


def undo(total, payments):
    return {"total": total, "payments": [{"kind": kind, "amount": amount} for kind, amount in payments]}


def confirmed(seq, amount):
    return {"device": "A", "seq": seq, "kind": "vietqr", "amount": amount}


def test_an_empty_shift_holds_its_float() -> None:
    made = report(500_000, [])
    assert made["cash"]["expected"] == 500_000 and made["sales"] == 0
    assert made["payments"] == [{"kind": "cash", "taken": 0, "given": 0}]
    assert made["first"] == made["last"] == ""


def test_everything_that_moves_money_counts_once() -> None:
    made = report(500_000, [
        ("A-2", "sale", sale(180_000, [("cash", 200_000)], 20_000, vat=8, tax=13_333)),
        ("A-3", "sale", sale(300_000, [("vietqr", 100_000), ("cash", 200_000)], discount=5_000, staff="nv2")),
        ("A-4", "refund", undo(50_000, [("cash", 50_000)])),
        ("A-5", "void", undo(10_000, [("vietqr", 10_000)])),
        ("A-6", "cash_moved", {"direction": "out", "amount": 70_000, "reason": "Mua túi"}),
        ("A-7", "cash_moved", {"direction": "in", "amount": 1_000, "reason": "Tiền lẻ"}),
        ("A-8", "scan", {}),
    ])  # fmt: skip
    assert made["cash"] == {"float": 500_000, "taken": 380_000, "given": 50_000, "moved_in": 1_000,
                            "moved_out": 70_000, "expected": 761_000}  # fmt: skip
    assert (made["sales"], made["items"], made["sold"], made["discounts"]) == (2, 2, 480_000, 5_000)
    assert (made["refunds"], made["refunded"], made["voids"], made["voided"]) == (1, 50_000, 1, 10_000)
    assert made["payments"][1] == {"kind": "vietqr", "taken": 100_000, "given": 10_000}
    assert made["vat"] == [{"rate": 8, "base": 166_667, "amount": 13_333}]
    assert made["staff"] == [
        {"id": "nv1", "sales": 1, "sold": 180_000},
        {"id": "nv2", "sales": 1, "sold": 300_000},
    ]
    assert (made["first"], made["last"]) == ("A-2", "A-3")


def test_transfers_wait_until_somebody_saw_them_arrive() -> None:
    entries = [
        ("A-2", "sale", sale(100, [("vietqr", 100)])),
        ("A-3", "sale", sale(200, [("vietqr", 150), ("cash", 50)])),
        ("A-4", "payment_confirmed", confirmed(2, 100)),
    ]
    assert report(0, entries)["waiting"] == [{"number": "A-3", "amount": 150}]
    entries.append(("A-5", "payment_confirmed", confirmed(3, 150)))
    assert report(0, entries)["waiting"] == []
