"""Which lines of a basket make up a ready-made gift set."""

from kiosk.gift_sets import choose

A, B = "08931234567019", "08931234567026"


def line(n, gtin, qty=1, serial=None, discount=0, joined=0):
    return {"n": n, "gtin": gtin, "serial": serial, "qty": qty, "price": 1000, "discount": discount, "set": joined,
            "amount": qty * 1000 - discount}  # fmt: skip


def parts(*pairs):
    return [{"gtin": gtin, "qty": qty} for gtin, qty in pairs]


def test_each_stamp_is_one_item_of_the_set():
    lines = [line(1, A, serial=7), line(2, B, serial=8), line(3, A, serial=9), line(4, A, serial=10)]
    assert choose(lines, parts((A, 2), (B, 1))) == (lines, [1, 3, 2], {})


def test_what_is_missing_is_counted():
    lines = [line(1, A, serial=7)]
    assert choose(lines, parts((A, 3), (B, 1)))[2] == {A: 2, B: 1}


def test_what_is_in_another_set_counts_for_nothing():
    assert choose([line(1, A, joined=1), line(2, A)], parts((A, 2)))[1:] == ([2], {A: 1})


def test_goods_without_stamps_are_parted_and_the_sum_stays():
    lines = [line(1, A, serial=7), line(2, B, qty=5, discount=300), line(3, A)]
    after, chosen, missing = choose(lines, parts((B, 2), (A, 1)))
    assert (chosen, missing) == ([2, 1], {})
    assert [(one["n"], one["qty"], one["discount"], one["amount"]) for one in after] == [
        (1, 1, 0, 1000), (2, 2, 0, 2000), (4, 3, 300, 2700), (3, 1, 0, 1000),
    ]  # fmt: skip
    assert sum(one["amount"] for one in after) == sum(one["amount"] for one in lines)
    assert lines[1]["qty"] == 5


def test_several_lines_of_one_kind_add_up():
    lines = [line(1, B, qty=2), line(2, B, qty=2)]
    after, chosen, missing = choose(lines, parts((B, 3)))
    assert (chosen, missing, [one["qty"] for one in after]) == ([1, 2], {}, [2, 1, 1])
