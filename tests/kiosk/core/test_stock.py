"""Delivery notes: what goes in, what is set aside, and the entries they become."""

from kiosk import shelf, stock
from sync import bodies

GTIN, OTHER = "08931234567019", "08931234567026"


def scanned(serial=7, gtin=GTIN, action="accept", verdict="genuine", aside=False):
    return {
        "n": 0, "gtin": gtin, "serial": serial, "ordinal": 6 if serial else None, "lot": "L1" if serial else None,
        "qty": 1, "name": "Nước mắm", "verdict": verdict, "action": action, "aside": aside,
    }  # fmt: skip


def refusal(work, *arguments):
    try:
        work(*arguments)
    except stock.StockError as error:
        return error.code
    return None


def test_a_stamp_goes_in_once_and_plain_goods_count():
    lines = stock.add([], scanned())
    assert refusal(stock.add, lines, scanned()) == "twice"
    lines = stock.add(stock.add(lines, scanned(None, OTHER)), scanned(None, OTHER))
    assert [(one["n"], one["qty"]) for one in lines] == [(1, 1), (2, 2)]


def test_quantities_change_only_where_there_is_no_stamp():
    lines = stock.add(stock.add([], scanned()), scanned(None, OTHER))
    assert stock.change(lines, 2, 12)[1]["qty"] == 12
    assert refusal(stock.change, lines, 1, 2) == "one_stamp"
    assert refusal(stock.change, lines, 9, 2) == "no_line"
    assert refusal(stock.remove, lines, 9) == "no_line"
    assert [one["n"] for one in stock.remove(lines, 1)] == [2]


def test_a_note_is_full_at_two_hundred_lines():
    lines = []
    for serial in range(1, 201):
        lines = stock.add(lines, scanned(serial))
    assert refusal(stock.add, lines, scanned(500)) == "full"


def test_what_is_set_aside_does_not_come_in_until_it_is_taken_in():
    lines = stock.add([], scanned(action="ask", verdict="lot_recalled", aside=True))
    assert refusal(stock.body, "receiving", "nv1", lines, {}, {}, 5, "fresh") == "empty"
    made = stock.body("receiving", "nv1", stock.take_in(lines, 1), {"producer": "p"}, {}, 5, "fresh")
    assert made["lines"] == [
        {"gtin": GTIN, "qty": 1, "serial": 7, "ordinal": 6, "lot": "L1"}
        | {"verdict": "lot_recalled", "flagged": True}
    ]


def test_every_kind_of_note_becomes_an_entry_that_fits():
    about = {"producer": "p", "outlet": "HT02", "reason": "Vỡ"}
    lines = stock.add(stock.add([], scanned()), scanned(None, OTHER))
    for kind, (entry, _) in stock.NOTES.items():
        bodies.check(entry, stock.body(kind, "nv1", lines, about, {GTIN: 4}, 5, "fresh"))


def test_what_a_kind_needs_is_asked_for():
    lines = stock.add([], scanned())
    for kind, code in (("damage", "no_reason"), ("transfer_in", "no_outlet"), ("return", "no_producer")):
        assert refusal(stock.body, kind, "nv1", lines, {}, {}, 5, "fresh") == code


def test_a_count_adds_up_by_goods_and_says_what_the_books_hold():
    lines = stock.add(stock.add(stock.add([], scanned(1)), scanned(2)), scanned(None, OTHER))
    made = stock.body("count", "nv1", lines, {}, {GTIN: 5, OTHER: -1}, 5, "fresh")
    assert made["lines"] == [
        {"gtin": GTIN, "counted": 2, "expected": 5},
        {"gtin": OTHER, "counted": 1, "expected": 0},
    ]


LOT = {"produced": "2026-05-01", "expires": "2026-11-26"}
PRODUCT = {"recognised_until": None, "grace_days": 0}


def test_why_something_leaves_the_shelf():
    today = "2026-11-26"
    withdrawal = {"on": "2026-11-01", "produced_from": "2026-06-01"}
    lapsed = {"recognised_until": "2026-04-01", "grace_days": 29}
    for wanted, arguments in (
        (None, (False, LOT, None, PRODUCT, None, today)),
        ("stamp_void", (True, LOT, {}, PRODUCT, None, today)),
        ("lot_recalled", (False, LOT, {"at": 1}, PRODUCT, None, today)),
        (None, (False, LOT, None, PRODUCT, withdrawal, today)),
        ("recognition_withdrawn", (False, None, None, PRODUCT, withdrawal, today)),
        ("recognition_lapsed", (False, LOT, None, lapsed, None, today)),
        (None, (False, LOT, None, {"recognised_until": "2026-04-01", "grace_days": 30}, None, today)),
        ("expired", (False, LOT, None, PRODUCT, None, "2026-11-27")),
    ):
        assert shelf.trouble(*arguments) == wanted


def test_what_expires_soon_counts_today():
    assert shelf.expires_within(LOT, "2026-11-26", 7)
    assert shelf.expires_within(LOT, "2026-11-19", 7)
    assert not shelf.expires_within(LOT, "2026-11-18", 7)
    assert not shelf.expires_within(LOT, "2026-11-27", 7)
    assert not shelf.expires_within({"produced": "2026-01-01", "expires": None}, "2026-11-26", 30)


def test_a_statement_adds_up():
    moves = [
        (GTIN, 10, False, "receiving", 1), (GTIN, -2, False, "sale", 2), (GTIN, 1, False, "refund", 3),
        (GTIN, -1, False, "damage", 4), (GTIN, 7, True, "stock_count", 5), (GTIN, -3, False, "transfer", 6),
        (GTIN, -1, False, "sale", 9),
    ]  # fmt: skip
    row = shelf.statement(moves, 2, 9)[GTIN]
    assert row == {
        "opening": 10, "received": 0, "sold": 2, "returned": 1, "damaged": 1, "sent": 3, "found": -1, "closing": 4,
    }  # fmt: skip
    assert (
        row["opening"]
        + row["received"]
        - row["sold"]
        + row["returned"]
        - row["damaged"]
        - row["sent"]
        + row["found"]
        == row["closing"]
    )
