"""Every verdict in words, for every purpose, whatever is known."""

from kiosk import calendar, phrases, texts, verdicts

FULL = {
    "gtin": "08930000000019",
    "serial": 7,
    "product": {"name": "Mật ong", "name_en": "Honey", "stars": 4, "recognised_until": "2027-06-30"},
    "producer": {"name": "HTX Vũ Quang", "phone": "0239 3 814 000"},
    "trade_item": None,
    "lot": {"code": "MO-26-10", "produced": "2026-10-01", "expires": "2027-10-01"},
    "activated_at": None,
    "recall": {"at": calendar.start_of("2026-11-20"), "reason": "Vượt ngưỡng."},
    "withdrawal": {"on": "2026-11-21", "reason": "Sai hồ sơ"},
    "sold": {"number": "HT01A-12", "at": calendar.start_of("2026-11-22"), "outlet": "OCOP Cẩm Xuyên"},
    "ordinal": 6,
    "older": None,
    "note": None,
}
OLDER = {"last_day": "2027-06-30"}
EMPTY = dict.fromkeys(FULL)


def judged(name, facts, action="show", note=None, older=None):
    facts = facts.copy()
    facts["note"] = note
    facts["older"] = older
    return verdicts.Verdict(name, "ok", action, facts)


def all_texts():
    for facts in (FULL, EMPTY):
        for name in verdicts.VERDICTS:
            for note in (None, "in_basket", "sold_here"):
                for purpose, action in (
                    ("look", "show"),
                    ("sell", "refuse"),
                    ("receive", "ask"),
                    ("return", "refund"),
                ):
                    for older in (None, OLDER):
                        verdict = judged(name, facts, action, note, older)
                        yield texts.shopper_text(verdict, purpose)
                        yield texts.staff_text(verdict, purpose)


def test_every_verdict_has_words_in_both_languages() -> None:
    seen = 0
    for both in all_texts():
        assert sorted(both) == ["en", "vi"]
        for language in ("vi", "en"):
            title, body = both[language]["title"], both[language]["body"]
            assert title and title == title.strip() and body == body.strip()
            for text in (title, body):
                for mark in ("{", "}", "[", "]", "  ", "None", "..", " ,", " ."):
                    assert mark not in text, text
        seen += 1
    assert seen == 2 * 22 * 3 * 4 * 2 * 2


def test_the_shopper_is_always_told_something() -> None:
    for facts in (FULL, EMPTY):
        for name in verdicts.VERDICTS:
            both = texts.shopper_text(judged(name, facts), "look")
            assert both["vi"]["body"] and both["en"]["body"], name


def test_no_shopper_is_frightened() -> None:
    harsh = ("giả", "lừa", "cảnh báo", "nguy hiểm", "fake", "counterfeit", "warning", "danger", "fraud", "!")
    for key in phrases.SHOPPER:
        for text in phrases.SHOPPER[key]:
            for word in harsh:
                assert word not in text, (key, word)


def test_words_are_short_enough_to_read_at_a_glance() -> None:
    for key in phrases.SHOPPER:
        vi, body, en, en_body = phrases.SHOPPER[key]
        assert len(vi) <= 40 and len(en) <= 44, key
        assert len(body) <= 260 and len(en_body) <= 260, key


def test_phrases_name_only_fields_that_exist() -> None:
    known = texts.shopper_text(judged("genuine", FULL), "look")
    assert known
    facts = FULL.copy()
    facts["older"] = OLDER
    fields = texts._fields(facts, "vi")
    for table in (phrases.SHOPPER, phrases.STAFF):
        for key in table:
            for text in table[key]:
                for part in text.split("{")[1:]:
                    assert part.split("}")[0] in fields, (key, part)


def test_what_is_known_is_said_in_the_languages_spelling() -> None:
    body = texts.shopper_text(judged("lot_recalled", FULL), "look")
    assert body["vi"]["body"].startswith("Lô MO-26-10. Thu hồi từ ngày 20/11/2026. Lý do: Vượt ngưỡng. ")
    assert body["en"]["body"].startswith("Lot MO-26-10. Recalled on 20 Nov 2026. Reason: Vượt ngưỡng. ")
    elsewhere = texts.shopper_text(judged("sold_elsewhere", FULL), "look")["en"]["body"]
    assert elsewhere.startswith("The item with this stamp was sold at OCOP Cẩm Xuyên on 22 Nov 2026.")
    assert "shelf, please tell our staff" in elsewhere
    unknown = texts.shopper_text(judged("sold_elsewhere", EMPTY), "look")["en"]["body"]
    assert unknown.startswith("The item with this stamp was sold. If")


def test_notes_for_a_shopper_and_for_staff() -> None:
    verdict = judged("genuine", FULL, "show", "sold_here")
    assert "sold here on 22 Nov 2026" in texts.shopper_text(verdict, "look")["en"]["body"]
    assert texts.staff_text(verdict, "look")["vi"]["body"].endswith(
        "Đơn HT01A-12. Đã bán tại đây ngày 22/11/2026."
    )
    verdict = judged("genuine", FULL, "show", "in_basket")
    assert "rung up at the till" in texts.shopper_text(verdict, "look")["en"]["body"]


def test_staff_are_told_what_to_do() -> None:
    body = texts.staff_text(judged("sold_elsewhere", FULL, "supervisor"), "sell")
    assert body["vi"]["body"].endswith("Gọi người phụ trách duyệt bằng mã PIN.")
    body = texts.staff_text(judged("not_activated", FULL, "accept"), "receive")
    assert body["en"]["title"] == "Not activated: normal when goods come in"
    body = texts.staff_text(judged("sold_here", FULL, "refuse"), "receive")
    assert body["en"]["body"].endswith("Do not take this item in.")


def test_a_slip_is_no_reason_to_put_goods_away() -> None:
    """The stamp scanned twice, the digits typed wrongly: the item itself may be sold."""
    twice = texts.staff_text(judged("in_basket", FULL, "refuse"), "sell")
    assert "Không bán" not in twice["vi"]["body"] and "Do not sell" not in twice["en"]["body"]
    typed = judged("not_a_stamp", EMPTY, "refuse")
    assert texts.staff_text(typed, "typed")["vi"]["body"].endswith("rồi gõ lại.")
    assert texts.shopper_text(typed, "typed")["en"]["title"] == "These digits are not right yet"


def test_an_older_stamp_has_words_of_its_own() -> None:
    for note in (None, "sold_here", "in_basket"):
        verdict = judged("unsigned", FULL, "show", note, OLDER)
        for both in (texts.shopper_text(verdict, "look"), texts.staff_text(verdict, "sell")):
            assert "kiểu cũ" in both["vi"]["title"] and "old kind" in both["en"]["title"], both
            for word in ("số tem", "nhập", "number", "digits", "typed"):  # nobody has typed anything
                assert word not in both["vi"]["body"] + both["en"]["body"], both
    sold = texts.shopper_text(judged("unsigned", FULL, "show", "sold_here", OLDER), "look")
    assert "sold here on 22 Nov 2026" in sold["en"]["body"]
    lapsed = judged("no_stamp", FULL, "supervisor", None, OLDER)
    assert "từ sau ngày 30/06/2027" in texts.shopper_text(lapsed, "look")["vi"]["body"]
    assert "It counted until 30 Jun 2027." in texts.staff_text(lapsed, "sell")["en"]["body"]
    # What is wrong with it is said as for any stamp.
    recalled = judged("lot_recalled", FULL, "refuse", None, OLDER)
    assert texts.staff_text(recalled, "sell") == texts.staff_text(
        judged("lot_recalled", FULL, "refuse"), "sell"
    )


def test_filling() -> None:
    known = {"a": "1", "b": "[{c}]"}
    assert texts.fill("x {a} y", known) == "x 1 y"
    assert texts.fill("x[ {a}][ {z}] y", known) == "x 1 y"
    assert texts.fill("x[ {a}[ and {z}]] y", known) == "x 1 y"
    assert texts.fill("x[ {z}[ and {a}]] y", known) == "x y"
    assert texts.fill("{b}", known) == "[{c}]"  # data is never read as a phrase
