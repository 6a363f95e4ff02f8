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


def refusal(do):
    try:
        do()
    except baskets.BasketError as error:
        assert " / " in str(error)
        return error.code
    return None


def test_a_line_tells_what_the_till_shows() -> None:
    line = baskets.line(judged())
    assert (line["name"], line["unit"], line["qty"], line["amount"]) == ("Mật ong", "hũ", 1, 185000)
    assert not line["needs_approval"] and line["text"]["vi"]["title"] == "Tem thật"
    assert baskets.line(judged("sold_elsewhere", "supervisor"))["needs_approval"]
    assert baskets.line(judged(price=None))["price"] == 0


def test_a_stamp_goes_in_once() -> None:
    lines = baskets.add([], baskets.line(judged()))
    assert refusal(lambda: baskets.add(lines, baskets.line(judged()))) == "stamp_twice"
    lines = baskets.add(lines, baskets.line(judged(serial=8)))
    assert [line["n"] for line in lines] == [1, 2]
    assert baskets.total(lines) == 370_000
    assert baskets.stamps(lines) == {(HONEY, 7), (HONEY, 8)}
    assert baskets.stamps(lines, 2) == {(HONEY, 7)}


def test_goods_without_stamps_count_on_one_line() -> None:
    beer = baskets.line(judged("plain_goods", "sell", BEER, None, 15000))
    lines = baskets.add(baskets.add([], beer), beer)
    assert len(lines) == 1 and lines[0]["qty"] == 2 and baskets.total(lines) == 30_000
    dearer = baskets.line(judged("plain_goods", "sell", BEER, None, 16000))
    assert len(baskets.add(lines, dearer)) == 2
    assert baskets.stamps(lines) == set()


def test_what_may_not_be_sold_stays_out() -> None:
    assert refusal(lambda: baskets.add([], baskets.line(judged("expired", "refuse")))) == "refused"


def test_a_lines_number_is_not_used_again() -> None:
    lines = []
    for serial in (7, 8, 9):
        lines = baskets.add(lines, baskets.line(judged(serial=serial)))
    lines = baskets.remove(lines, 2)
    lines = baskets.add(lines, baskets.line(judged(serial=10)))
    assert [line["n"] for line in lines] == [1, 3, 4]
    assert refusal(lambda: baskets.remove(lines, 2)) == "no_line"


def test_a_basket_has_room_for_one_entry_of_the_journal() -> None:
    lines = []
    for serial in range(1, 201):
        lines = baskets.add(lines, baskets.line(judged(serial=serial)))
    assert refusal(lambda: baskets.add(lines, baskets.line(judged(serial=201)))) == "full"


def test_a_line_judged_again() -> None:
    old = baskets.add([], baskets.line(judged()))[0]
    new = baskets.judged(old, judged("no_contract", "supervisor"))
    assert new["needs_approval"] and new["verdict"] == "no_contract" and new["n"] == 1
    assert not old["needs_approval"]


def test_a_change_leaves_the_old_list_alone() -> None:
    before = baskets.add([], baskets.line(judged("plain_goods", "sell", BEER, None, 15000)))
    baskets.add(before, baskets.line(judged("plain_goods", "sell", BEER, None, 15000)))
    baskets.add(before, baskets.line(judged()))
    assert len(before) == 1 and before[0]["qty"] == 1
