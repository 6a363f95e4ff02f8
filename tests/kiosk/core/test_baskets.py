"""What goes into a basket, and what it comes to."""

from kiosk import baskets
from kiosk.verdicts import Verdict

HONEY, BEER = "08930000000019", "08930000000057"


def judged(verdict="genuine", action="sell", gtin=HONEY, serial=7, price=185000):
    facts = {"gtin": gtin, "serial": serial, "note": None}
    for name in ("producer", "lot", "recall", "withdrawal", "sold", "older"):
        facts[name] = None
    facts["product"] = {"name": "Mật ong", "name_en": "Honey"}
    facts["trade_item"] = {"unit": "hũ", "net": "500 g", "price": price}
    return Verdict(verdict, "ok", action, facts)


def line_of(verdict):
    return baskets.line(verdict, verdict.facts["trade_item"]["price"])


def refusal(do, *arguments):
    try:
        do(*arguments)
    except baskets.BasketError as error:
        assert " / " in str(error)
        return error.code
    return None


def test_a_line_tells_what_the_till_shows() -> None:
    line = line_of(judged())
    assert (line["name"], line["unit"], line["qty"], line["amount"]) == ("Mật ong", "hũ", 1, 185000)
    assert not line["needs_approval"] and line["text"]["vi"]["title"] == "Tem thật"
    assert line_of(judged("sold_elsewhere", "supervisor"))["needs_approval"]
    assert line_of(judged(price=None))["price"] == 0


def test_a_stamp_goes_in_once() -> None:
    lines = baskets.add([], line_of(judged()))
    assert refusal(baskets.add, lines, line_of(judged())) == "stamp_twice"
    lines = baskets.add(lines, line_of(judged(serial=8)))
    assert [line["n"] for line in lines] == [1, 2]
    assert baskets.total(lines) == 370_000
    assert baskets.stamps(lines) == {(HONEY, 7), (HONEY, 8)}
    assert baskets.stamps(lines, 2) == {(HONEY, 7)}


def test_goods_without_stamps_count_on_one_line() -> None:
    beer = line_of(judged("plain_goods", "sell", BEER, None, 15000))
    lines = baskets.add(baskets.add([], beer), beer)
    assert len(lines) == 1 and lines[0]["qty"] == 2 and baskets.total(lines) == 30_000
    dearer = line_of(judged("plain_goods", "sell", BEER, None, 16000))
    assert len(baskets.add(lines, dearer)) == 2
    assert baskets.stamps(lines) == set()


def test_what_may_not_be_sold_stays_out() -> None:
    assert refusal(baskets.add, [], line_of(judged("expired", "refuse"))) == "refused"


def test_a_lines_number_is_not_used_again() -> None:
    lines = []
    for serial in (7, 8, 9):
        lines = baskets.add(lines, line_of(judged(serial=serial)))
    lines = baskets.remove(lines, 2)
    lines = baskets.add(lines, line_of(judged(serial=10)))
    assert [line["n"] for line in lines] == [1, 3, 4]
    assert refusal(baskets.remove, lines, 2) == "no_line"


def test_a_basket_has_room_for_one_entry_of_the_journal() -> None:
    lines = []
    for serial in range(1, 201):
        lines = baskets.add(lines, line_of(judged(serial=serial)))
    assert refusal(baskets.add, lines, line_of(judged(serial=201))) == "full"


def test_a_line_judged_again() -> None:
    old = baskets.add([], line_of(judged()))[0]
    new = baskets.judged(old, judged("no_contract", "supervisor"))
    assert new["needs_approval"] and new["verdict"] == "no_contract" and new["n"] == 1
    assert not old["needs_approval"]


def test_a_change_leaves_the_old_list_alone() -> None:
    before = baskets.add([], line_of(judged("plain_goods", "sell", BEER, None, 15000)))
    baskets.add(before, line_of(judged("plain_goods", "sell", BEER, None, 15000)))
    baskets.add(before, line_of(judged()))
    assert len(before) == 1 and before[0]["qty"] == 1


def basket():
    lines = []
    for verdict in (judged(), judged(serial=8), judged("plain_goods", "sell", BEER, None, 15000)):
        lines = baskets.add(lines, line_of(verdict))
    return lines


def test_quantity_is_for_goods_without_stamps() -> None:
    lines = baskets.change(basket(), 3, 12, None, None, "")
    assert lines[2]["qty"] == 12 and lines[2]["amount"] == 180_000
    for n, qty in ((1, 2), (3, 0), (3, 10_001)):
        assert refusal(baskets.change, basket(), n, qty, None, None, "") == "qty"
    assert refusal(baskets.change, basket(), 9, 1, None, None, "") == "no_line"


def test_another_price_is_asked_by_those_who_may() -> None:
    assert refusal(baskets.change, basket(), 1, None, 150_000, None, "") == "not_allowed"
    assert refusal(baskets.change, basket(), 1, None, None, 5_000, "") == "not_allowed"
    for price, discount in ((-1, 0), (1, 2), (1.5, 0)):
        assert refusal(baskets.change, basket(), 1, None, price, discount, "ql1") == "price"
    lines = baskets.change(basket(), 1, None, 150_000, 5_000, "ql1")
    assert (lines[0]["amount"], lines[0]["allowed"], lines[0]["list"]) == (145_000, "ql1", 185_000)
    back = baskets.change(lines, 1, None, 185_000, 0, "")
    assert back[0]["allowed"] == "" and baskets.total(back) == baskets.total(basket())


def test_where_there_is_no_usual_price_anybody_gives_one() -> None:
    lines = baskets.add([], line_of(judged("plain_goods", "sell", BEER, None, None)))
    assert baskets.change(lines, 1, 2, 7_000, None, "")[0]["amount"] == 14_000
    assert refusal(baskets.change, lines, 1, 2, 7_000, 1, "") == "not_allowed"


def test_a_discount_on_the_basket_is_spread_over_it() -> None:
    assert refusal(baskets.reduce, basket(), 10, "") == "not_allowed"
    lines = baskets.reduce(basket(), 38_500, "ql1")
    assert baskets.total(lines) == 385_000 - 38_500
    assert [line["discount"] for line in lines] == [18_500, 18_500, 1_500]
    assert baskets.total(baskets.reduce(lines, 0, "")) == 385_000
    assert refusal(baskets.reduce, basket(), 385_001, "ql1") == "price"


def test_a_gift_set_stands_together_at_its_own_price() -> None:
    lines = baskets.make_set(basket(), [1, 3], None, "")
    assert [(line["n"], line["set"]) for line in lines] == [(1, 1), (3, 1), (2, 0)]
    assert baskets.total(lines) == 385_000
    assert refusal(baskets.make_set, basket(), [1, 3], 180_000, "") == "not_allowed"
    lines = baskets.make_set(basket(), [1, 3], 180_000, "ql1")
    assert sum([line["amount"] for line in lines if line["set"]]) == 180_000
    left = baskets.remove(
        lines, 3
    )  # one of the set has been recalled, say: the other costs what it costs alone
    assert [(line["n"], line["set"], line["discount"]) for line in left] == [(1, 0, 0), (2, 0, 0)]
    apart = baskets.open_set(baskets.make_set(basket(), [1, 3], 180_000, "ql1", "Quà Tết"), 1)
    assert baskets.total(apart) == 385_000
    assert {(line["set"], line["set_name"]) for line in apart} == {(0, "")}
    for numbers in ([1], [1, 9], []):
        assert refusal(baskets.make_set, basket(), numbers, None, "") == "no_set"
    assert refusal(baskets.make_set, basket(), [1, 2], 370_001, "ql1") == "price"
    assert refusal(baskets.open_set, basket(), 0) == "no_set"


def test_goods_in_a_set_do_not_swallow_the_next_of_their_kind() -> None:
    lines = baskets.make_set(basket(), [1, 3], None, "")
    more = baskets.add(lines, line_of(judged("plain_goods", "sell", BEER, None, 15000)))
    assert len(more) == 4 and more[3]["set"] == 0
