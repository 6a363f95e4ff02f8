"""What happens in a shop, in plain words, each with the answer that a fair person would give."""

import hashlib

from kiosk import calendar, clock, sales, sold, texts, verdicts
from kiosk.memory import MemoryCatalogue
from scanner import codes, stamps

HOUR = 3_600_000
HONEY, CAKE, POT, BEER = "08930000000019", "08930000000026", "08930000000033", "08930000000057"
TODAY = calendar.start_of("2026-11-23") + 10 * HOUR


def key(k: str) -> bytes:
    return hashlib.sha256(k.encode()).digest()


def sign(k: str, message: bytes) -> bytes:
    return hashlib.sha256(key(k) + message).digest() * 2


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    return signature == hashlib.sha256(public + message).digest() * 2


class Ordinals:
    def __init__(self, members=()):
        self.members = list(members)

    def contains(self, ordinal: int) -> bool:
        return ordinal in self.members


class Shop:
    """A shop at Vũ Quang with honey (stamped), rice cakes (stamped), a clay pot (stamped, no expiry) and beer
    (no stamps), on 23 November 2026 with a catalogue one hour old."""

    def __init__(self):
        self.now, self.issued, self.confirmed, self.sure = TODAY, TODAY - HOUR, False, True
        self.basket = []
        self.own = []  # this till's own entries: (stamp, entry)
        self.publish([], [])
        self.root = {"hosts": ["OCOP.HATINH.VN"], "stamp_keys": []}
        for k, retired in (("A", True), ("B", False)):
            self.root["stamp_keys"].append({"k": k, "public": key(k).hex(), "retired": retired})
        self.rows = {}
        for name in ("recalls", "withdrawals", "voids", "tombstones", "settings", "patterns"):
            self.rows[name] = []
        self.rows["producers"] = [{"id": "C1", "name": "HTX Vũ Quang", "phone": "0239 3 814 000"}]
        self.rows["contracts"] = [
            {"producer": "C1", "from": "2025-01-01", "until": "2026-12-31", "grace_days": 30}
        ]
        self.rows["products"] = []
        for name, vi, en in (
            ("honey", "Mật ong", "Honey"),
            ("cake", "Kẹo cu đơ", "Cu do"),
            ("pot", "Nồi đất", "Pot"),
            ("beer", "Bia", "Beer"),
        ):
            row = {"id": name, "name": vi, "name_en": en, "stars": 4, "producer": "C1", "grace_days": 30}
            row["recognised_until"] = "2027-06-30"
            self.rows["products"].append(row)
        self.rows["trade_items"] = []
        self.rows["batches"] = []
        for place, (gtin, name) in enumerate(
            ((HONEY, "honey"), (CAKE, "cake"), (POT, "pot"), (BEER, "beer"))
        ):
            stamped = name != "beer"
            row = {"gtin": gtin, "product": name, "unit": "hộp", "net": "1", "price": 50000}
            row["stamped"], row["mark"] = stamped, 1000 if stamped else 0
            self.rows["trade_items"].append(row)
            if stamped:
                batch = {"gtin": gtin, "batch": place, "first": 1, "last": 1000, "base": place * 1000}
                batch["k"] = "B"
                self.rows["batches"].append(batch)
        self.rows["lots"], self.rows["activations"] = [], []
        self.lot("honey-1", HONEY, 1, 300, "2026-10-01", "2027-10-01")
        self.lot("cake-1", CAKE, 1, 100, "2026-11-10", "2026-12-10")
        self.lot("pot-1", POT, 1, 100, "2024-01-05", None)

    def lot(self, name, gtin, first, last, produced, expires, activated="2026-11-12"):
        self.rows["lots"].append(
            {"id": name, "gtin": gtin, "code": name, "produced": produced, "expires": expires}
        )
        at = calendar.start_of(activated) + 9 * HOUR
        self.rows["activations"].append({"gtin": gtin, "first": first, "last": last, "lot": name, "at": at})

    def product(self, name):
        return next(row for row in self.rows["products"] if row["id"] == name)

    def here(self, gtin, serial, ordinal):
        own = [entry for stamp, entry in self.own if stamp == (gtin, serial)]
        marks = {name: seq for name, (seq, _) in self.published.marks.items()} | {"HT01A": self.mark}
        return {} if sold.sold_here(self.published, marks, ordinal, own, True) else None

    def elsewhere(self, gtin, serial, ordinal):
        return {"outlet": "OCOP Cẩm Xuyên"} if sold.sold_elsewhere(self.published, ordinal) else None

    def publish(self, everywhere, here, twice=(), mark=100, other_tills_mark=0):
        """The office's newest sets, which hold this till's entries up to `mark`."""
        self.mark = mark
        marks = {"HT01A": [mark, "00"], "HT01B": [other_tills_mark, "00"]}
        self.published = sold.Published(Ordinals(everywhere), Ordinals(here), Ordinals(twice), marks, {})

    def old_stamps(self, pattern="https://tem.hatinh.vn/t/{item}/{serial}", numbered=True):
        """The office still takes its old stamps of honey until June; `numbered` ones lie in a batch."""
        row = {"id": "p1", "pattern": pattern, "items": {"MO": HONEY}, "last_day": "2027-06-30"}
        self.rows["patterns"] = [row]
        batch = {"gtin": HONEY, "batch": 9, "first": 5001, "last": 6000, "base": 9000, "k": ""}
        if numbered:
            self.rows["batches"].append(batch)
            self.lot("honey-old", HONEY, 5001, 5500, "2026-10-05", "2027-10-05")

    def scan(self, code, purpose="look"):
        catalogue = None
        if self.rows is not None:
            current = {"version": self.issued, "issued": self.issued}
            catalogue = MemoryCatalogue(self.root, current, self.rows)
        age = clock.catalogue_age(self.issued, self.now, self.sure, self.confirmed)
        return verdicts.verdict(code, purpose, catalogue, self, self.basket, self.now, age, verify)

    def says(self, code, purpose, expected):
        answer = self.scan(code, purpose)
        assert (answer.verdict, answer.action) == expected, (answer.verdict, answer.action)
        return answer


def stamp(gtin=HONEY, serial=7, k="B", signed_by=None, host="OCOP.HATINH.VN"):
    signature = sign(signed_by or k, stamps.message(host, k, gtin, serial))
    return codes.parse(stamps.uri(stamps.Stamp(host, k, signature, gtin, serial)))


def ean(gtin):
    return codes.parse(gtin[1:])


def old(serial):
    return codes.parse("https://tem.hatinh.vn/t/MO/" + str(serial))


def typed(gtin, serial):
    return codes.parse_typed(stamps.typed_line(gtin, serial))


def test_a_shopper_looks_at_a_jar_on_the_shelf() -> None:
    answer = Shop().says(stamp(), "look", ("genuine", "show"))
    assert "Mật ong, 4 sao OCOP" in texts.shopper_text(answer, "look")["vi"]["body"]


def test_a_shopper_scans_the_jar_bought_here_yesterday() -> None:
    shop = Shop()
    shop.own.append(((HONEY, 7), sold.Taken("HT01A", 130)))
    answer = shop.says(stamp(), "look", ("genuine", "show"))
    assert "mọi việc đều ổn" in texts.shopper_text(answer, "look")["vi"]["body"]


def test_a_shopper_scans_a_jar_already_rung_up() -> None:
    shop = Shop()
    shop.basket = [(HONEY, 7)]
    answer = shop.says(stamp(), "look", ("genuine", "show"))
    assert "at the till" in texts.shopper_text(answer, "look")["en"]["body"]


def test_a_tourist_scans_a_jar_bought_in_another_shop() -> None:
    shop = Shop()
    shop.publish([7 - 1], [])
    answer = shop.says(stamp(), "look", ("sold_elsewhere", "show"))
    assert answer.cls == "procedural"
    assert "OCOP Cẩm Xuyên" in texts.shopper_text(answer, "look")["vi"]["body"]
    assert "if it stands on this shelf" in texts.shopper_text(answer, "look")["en"]["body"].lower()


def test_the_same_jar_is_rung_up_twice() -> None:
    shop = Shop()
    shop.basket = [(HONEY, 7)]
    shop.says(stamp(), "sell", ("in_basket", "refuse"))


def test_a_copy_of_a_stamp_sold_here_comes_to_the_till() -> None:
    shop = Shop()
    shop.own.append(((HONEY, 7), sold.Taken("HT01A", 130)))
    assert shop.says(stamp(), "sell", ("sold_here", "refuse")).cls == "suspect"


def test_a_copy_of_a_stamp_sold_elsewhere_comes_to_the_till() -> None:
    shop = Shop()
    shop.publish([6], [])
    shop.says(stamp(), "sell", ("sold_elsewhere", "supervisor"))
    shop.says(stamp(), "receive", ("sold_elsewhere", "ask"))


def test_a_jar_is_refunded_unharmed_and_sold_again_before_the_next_publish() -> None:
    shop = Shop()
    shop.publish([6], [6])  # sold here in entry 90, published
    shop.says(stamp(), "sell", ("sold_here", "refuse"))
    shop.own.append(((HONEY, 7), sold.Taken("HT01A", 90)))
    shop.own.append(((HONEY, 7), sold.Undone("HT01A", 131, "HT01A", 90)))
    shop.says(stamp(), "sell", ("genuine", "sell"))
    shop.own.append(((HONEY, 7), sold.Taken("HT01A", 140)))
    shop.says(stamp(), "sell", ("sold_here", "refuse"))


def test_two_tills_offline_from_each_other_both_sell_a_copy() -> None:
    first, second = Shop(), Shop()
    first.own.append(((HONEY, 7), sold.Taken("HT01A", 130)))
    first.says(stamp(), "sell", ("sold_here", "refuse"))
    second.says(stamp(), "sell", ("genuine", "sell"))  # it cannot know; both sales are kept and flagged
    second.publish([6], [6], [6])
    second.says(stamp(), "sell", ("sold_here", "refuse"))


def test_a_delivery_whose_stamps_are_not_yet_activated() -> None:
    shop = Shop()
    answer = shop.says(stamp(serial=500), "receive", ("not_activated", "accept"))
    assert "bình thường" in texts.staff_text(answer, "receive")["vi"]["title"]
    shop.says(stamp(serial=500), "sell", ("not_activated", "supervisor"))
    shop.confirmed = True
    shop.says(stamp(serial=500), "sell", ("not_activated", "refuse"))


def test_a_lot_activated_an_hour_ago_is_not_yet_in_a_catalogue_three_days_old() -> None:
    shop = Shop()
    shop.issued = TODAY - 72 * HOUR
    shop.says(stamp(serial=500), "sell", ("not_activated", "sell_and_flag"))


def test_stamps_issued_after_this_catalogue() -> None:
    shop = Shop()
    shop.says(stamp(serial=1001), "sell", ("newer_than_catalogue", "sell_and_flag"))
    shop.says(stamp(gtin="08930000000064"), "sell", ("newer_than_catalogue", "sell_and_flag"))
    shop.confirmed = True
    shop.says(stamp(serial=1001), "sell", ("newer_than_catalogue", "supervisor"))


def test_a_key_brought_into_use_after_this_catalogue() -> None:
    shop = Shop()
    shop.says(stamp(k="C"), "sell", ("unknown_key", "supervisor"))
    shop.confirmed = True
    shop.says(stamp(k="C"), "sell", ("unknown_key", "refuse"))


def test_an_old_jar_under_a_retired_key() -> None:
    shop = Shop()
    shop.rows["batches"] = []
    shop.says(stamp(k="A"), "sell", ("data_deleted", "refuse"))


def test_a_retired_key_signs_nothing_new() -> None:
    shop = Shop()
    shop.says(stamp(serial=4000, k="A"), "sell", ("data_deleted", "refuse"))


def test_a_forged_stamp() -> None:
    answer = Shop().says(stamp(signed_by="X"), "sell", ("bad_signature", "refuse"))
    for language in ("vi", "en"):
        words = texts.shopper_text(answer, "look")[language]
        assert "giả" not in words["title"] + words["body"] and "fake" not in words["title"] + words["body"]


def test_a_stamp_printed_with_the_signature_left_off() -> None:
    code = codes.parse("https://ocop.hatinh.vn/01/" + HONEY + "/21/7")
    Shop().says(code, "sell", ("bad_signature", "refuse"))


def test_the_qr_is_torn_and_its_digits_are_typed() -> None:
    code = codes.parse_typed(stamps.typed_line(HONEY, 7))
    Shop().says(code, "sell", ("unsigned", "sell_and_flag"))


def test_digits_of_a_stamp_that_was_never_issued_are_typed() -> None:
    code = codes.parse_typed(stamps.typed_line(HONEY, 77777))
    Shop().says(code, "sell", ("unknown_serial", "supervisor"))


def test_the_ean_of_goods_that_carry_stamps() -> None:
    shop = Shop()
    shop.says(ean(HONEY), "sell", ("no_stamp", "supervisor"))
    shop.rows["settings"] = [{"name": "no_stamp_action", "value": "sell_and_flag"}]
    shop.says(ean(HONEY), "sell", ("no_stamp", "sell_and_flag"))


def test_the_ean_of_ordinary_goods() -> None:
    shop = Shop()
    shop.says(ean(BEER), "sell", ("plain_goods", "sell"))
    shop.basket = [(BEER, None)]
    shop.says(ean(BEER), "sell", ("plain_goods", "sell"))  # a second bottle


def test_a_foreign_products_code() -> None:
    Shop().says(codes.parse("https://id.gs1.org/01/09506000134352/21/12345"), "look", ("not_a_stamp", "show"))
    Shop().says(codes.parse("9506000134352"), "sell", ("not_a_stamp", "refuse"))


def test_a_wallets_code_before_the_camera() -> None:
    Shop().says(codes.parse("00020101021238570010A000000727"), "look", ("not_a_stamp", "show"))


def test_a_stamp_of_another_provinces_host_is_not_ours_to_judge() -> None:
    Shop().says(stamp(host="OCOP.NGHEAN.VN"), "sell", ("no_stamp", "supervisor"))


def test_first_boot_without_catalogue() -> None:
    shop = Shop()
    shop.rows = None
    shop.says(stamp(), "look", ("no_catalogue", "show"))
    shop.says(stamp(), "sell", ("no_catalogue", "supervisor"))


def test_nothing_could_be_read() -> None:
    Shop().says(None, "sell", ("unreadable", "refuse"))


def test_cakes_on_their_last_day_and_the_day_after() -> None:
    shop = Shop()
    shop.now = calendar.start_of("2026-12-10") + 23 * HOUR
    shop.issued = shop.now - HOUR
    shop.says(stamp(CAKE), "sell", ("genuine", "sell"))
    shop.now += HOUR
    shop.says(stamp(CAKE), "sell", ("expired", "refuse"))


def test_a_basket_held_past_midnight_while_a_recall_arrives() -> None:
    shop = Shop()
    shop.now = calendar.start_of("2026-12-11") - 5 * 60_000
    shop.issued = shop.now - HOUR
    shop.says(stamp(CAKE), "sell", ("genuine", "sell"))
    shop.now += 10 * 60_000
    shop.rows["recalls"] = [{"lot": "cake-1", "at": shop.now, "reason": "Nhãn sai"}]
    shop.says(stamp(CAKE), "sell", ("lot_recalled", "refuse"))  # judged again when the sale is posted


def test_the_clock_is_wrong_and_the_shop_goes_on() -> None:
    shop = Shop()
    shop.confirmed = True
    shop.sure = False
    shop.says(stamp(serial=500), "sell", ("not_activated", "sell_and_flag"))  # as with a stale catalogue
    shop.now = TODAY - HOUR  # by the floor: the catalogue's own time
    shop.says(stamp(CAKE), "sell", ("genuine", "sell"))


def test_no_office_for_a_month() -> None:
    shop = Shop()
    shop.issued = TODAY - 30 * 24 * HOUR
    shop.says(stamp(POT), "sell", ("genuine", "sell_and_flag"))
    shop.says(ean(BEER), "sell", ("plain_goods", "sell"))
    shop.says(stamp(serial=500), "sell", ("not_activated", "supervisor"))


def test_recalled_honey_is_brought_back() -> None:
    shop = Shop()
    shop.rows["recalls"] = [{"lot": "honey-1", "at": TODAY - HOUR, "reason": "Vượt ngưỡng"}]
    shop.says(stamp(), "return", ("lot_recalled", "refuse"))  # not of the sale on the receipt
    shop.basket = [(HONEY, 7)]
    shop.says(stamp(), "return", ("lot_recalled", "refund"))


def test_a_recall_names_one_lot_and_spares_the_other() -> None:
    shop = Shop()
    shop.lot("honey-2", HONEY, 301, 400, "2026-11-01", "2027-11-01")
    shop.rows["recalls"] = [{"lot": "honey-1", "at": TODAY - HOUR, "reason": "Vượt ngưỡng"}]
    shop.says(stamp(serial=300), "sell", ("lot_recalled", "refuse"))
    shop.says(stamp(serial=301), "sell", ("genuine", "sell"))


def test_a_renewed_recognition() -> None:
    shop = Shop()
    shop.product("honey")["recognised_until"] = "2026-08-01"
    shop.says(stamp(), "sell", ("recognition_lapsed", "supervisor"))
    shop.product("honey")["recognised_until"] = "2029-08-01"
    shop.says(stamp(), "sell", ("genuine", "sell"))


def test_honey_made_while_the_recognition_held_is_sold_after_it_lapsed() -> None:
    shop = Shop()
    shop.product("honey")["recognised_until"] = "2026-10-01"
    shop.product("honey")["grace_days"] = 0
    shop.says(stamp(), "sell", ("genuine", "sell"))


def test_a_withdrawal_spares_stock_from_before_it() -> None:
    shop = Shop()
    shop.rows["withdrawals"] = [
        {"product": "honey", "on": "2026-11-20", "produced_from": "2026-11-01", "reason": "Sai hồ sơ"}
    ]
    shop.lot("honey-2", HONEY, 301, 400, "2026-11-05", "2027-11-05")
    shop.says(stamp(), "sell", ("genuine", "sell"))
    shop.says(stamp(serial=301), "sell", ("recognition_withdrawn", "refuse"))


def test_the_contract_ended_and_what_was_activated_before_is_still_sold() -> None:
    shop = Shop()
    shop.rows["contracts"][0]["until"] = "2026-11-01"
    shop.rows["contracts"][0]["grace_days"] = 0
    shop.says(stamp(), "sell", ("no_contract", "supervisor"))
    shop.rows["activations"][0]["at"] = calendar.start_of("2026-10-15")
    shop.says(stamp(), "sell", ("genuine", "sell"))


def test_a_clay_pot_never_expires() -> None:
    shop = Shop()
    shop.now = calendar.start_of("2040-01-01")
    shop.says(stamp(POT), "look", ("genuine", "show"))


def test_cakes_found_behind_the_shelf_two_months_later() -> None:
    shop = Shop()
    shop.now = calendar.start_of("2027-02-10")
    shop.issued = shop.now - HOUR
    answer = shop.says(stamp(CAKE), "sell", ("data_deleted", "refuse"))
    assert answer.facts["lot"] is None


def test_a_roll_of_stamps_was_stolen_and_made_void() -> None:
    shop = Shop()
    shop.rows["voids"] = [{"gtin": HONEY, "first": 900, "last": 1000}]
    shop.says(stamp(serial=950), "sell", ("stamp_void", "refuse"))
    shop.says(stamp(serial=899), "receive", ("not_activated", "accept"))


# --- goods brought back ---


def test_a_jar_is_brought_back_unharmed_and_goes_on_the_shelf_again() -> None:
    shop = Shop()
    shop.own.append(((HONEY, 7), sold.Taken("HT01A", 130)))
    shop.basket = [(HONEY, 7)]  # the open lines of the sale on the receipt
    shop.says(stamp(), "return", ("genuine", "refund"))
    shop.basket = []
    shop.own.append(((HONEY, 7), sold.Undone("HT01A", 131, "HT01A", 130)))
    shop.says(stamp(), "sell", ("genuine", "sell"))
    shop.says(stamp(), "return", ("genuine", "refuse"))  # it is on no open line any more


def test_a_jar_is_brought_back_broken() -> None:
    shop = Shop()
    shop.own.append(((HONEY, 7), sold.Taken("HT01A", 130)))  # refunded as harmed: that frees nothing
    shop.says(stamp(), "sell", ("sold_here", "refuse"))


def test_a_jar_is_refunded_and_sold_again_after_the_next_publish() -> None:
    shop = Shop()
    shop.own = [((HONEY, 7), sold.Taken("HT01A", 90)), ((HONEY, 7), sold.Undone("HT01A", 131, "HT01A", 90))]
    shop.publish([], [], mark=140)  # the office has both entries, so nothing is sold
    shop.says(stamp(), "sell", ("genuine", "sell"))
    shop.own.append(((HONEY, 7), sold.Taken("HT01A", 150)))
    shop.says(stamp(), "sell", ("sold_here", "refuse"))
    shop.publish([6], [6], mark=160)
    shop.says(stamp(), "sell", ("sold_here", "refuse"))


def test_the_other_till_took_the_jar_back() -> None:
    shop = Shop()
    shop.own.append(((HONEY, 7), sold.Taken("HT01A", 90)))
    shop.publish([6], [6], other_tills_mark=40)
    shop.says(stamp(), "sell", ("sold_here", "refuse"))  # this till has not heard of the refund yet
    shop.publish([], [], other_tills_mark=50)
    shop.says(stamp(), "sell", ("genuine", "sell"))


def test_this_till_takes_back_what_the_other_till_sold() -> None:
    shop = Shop()
    shop.publish([6], [6], other_tills_mark=40)
    shop.own.append(((HONEY, 7), sold.Undone("HT01A", 131, "HT01B", 38)))
    shop.says(stamp(), "sell", ("genuine", "sell"))
    shop.own.append(
        ((HONEY, 7), sold.Undone("HT01B", 39, "HT01B", 38))
    )  # but the other till took it back before, and sold it again
    shop.says(stamp(), "sell", ("sold_here", "refuse"))


def test_both_tills_sold_a_copy_and_one_comes_back() -> None:
    shop = Shop()
    shop.own.append(((HONEY, 7), sold.Taken("HT01A", 90)))
    shop.publish([6], [6], [6])
    shop.own.append(((HONEY, 7), sold.Undone("HT01A", 131, "HT01A", 90)))
    shop.says(stamp(), "sell", ("sold_here", "refuse"))  # the other one is still out there


def test_a_jar_bought_in_another_shop_is_brought_back_here() -> None:
    shop = Shop()
    shop.publish([6], [])
    shop.says(stamp(), "return", ("sold_elsewhere", "refuse"))  # it is on no receipt of ours


def test_the_other_shop_took_its_jar_back_and_sent_it_to_us() -> None:
    shop = Shop()
    shop.publish([6], [])
    shop.says(stamp(), "receive", ("sold_elsewhere", "ask"))
    shop.publish([], [])
    shop.says(stamp(), "receive", ("genuine", "accept"))


def test_expired_cakes_are_brought_back_with_the_receipt() -> None:
    shop = Shop()
    shop.now = calendar.start_of("2026-12-20")
    shop.basket = [(CAKE, 7)]
    shop.says(stamp(CAKE), "return", ("expired", "refund"))


def test_a_bottle_without_stamp_is_brought_back() -> None:
    shop = Shop()
    shop.says(ean(BEER), "return", ("plain_goods", "refuse"))
    shop.basket = [(BEER, None)]
    shop.says(ean(BEER), "return", ("plain_goods", "refund"))


# --- goods that come in, are counted, go out ---


def test_a_delivery_in_every_state() -> None:
    shop = Shop()
    shop.lot("recalled", HONEY, 301, 310, "2026-11-01", "2027-11-01")
    shop.lot("expired", HONEY, 311, 320, "2026-10-01", "2026-11-20")
    shop.lot("late", HONEY, 321, 330, "2026-11-01", "2027-11-01", activated="2027-03-01")
    shop.rows["recalls"] = [{"lot": "recalled", "at": TODAY - HOUR, "reason": "Nhãn sai"}]
    shop.rows["voids"] = [{"gtin": HONEY, "first": 331, "last": 340}]
    for code, expected in (
        (stamp(), ("genuine", "accept")),
        (ean(BEER), ("plain_goods", "accept")),
        (typed(HONEY, 7), ("unsigned", "accept")),
        (stamp(serial=500), ("not_activated", "accept")),
        (stamp(serial=1001), ("newer_than_catalogue", "accept")),
        (stamp(serial=305), ("lot_recalled", "refuse")),
        (stamp(serial=315), ("expired", "refuse")),
        (stamp(serial=325), ("no_contract", "ask")),
        (stamp(serial=335), ("stamp_void", "refuse")),
        (stamp(signed_by="X"), ("bad_signature", "refuse")),
        (stamp(k="C"), ("unknown_key", "ask")),
        (typed(HONEY, 77777), ("unknown_serial", "ask")),
        (ean(HONEY), ("no_stamp", "ask")),
        (codes.parse("9506000134352"), ("not_a_stamp", "refuse")),
        (None, ("unreadable", "refuse")),
    ):
        shop.says(code, "receive", expected)
    shop.confirmed = True  # now we are sure of our data: what it lacks was not issued
    shop.says(stamp(k="C"), "receive", ("unknown_key", "refuse"))
    shop.says(typed(HONEY, 77777), "receive", ("unknown_serial", "refuse"))
    shop.says(stamp(serial=500), "receive", ("not_activated", "accept"))
    shop.rows = None
    shop.says(stamp(), "receive", ("no_catalogue", "ask"))


def test_the_same_jar_is_received_twice() -> None:
    shop = Shop()
    shop.basket = [(HONEY, 7)]  # the lines of the delivery so far
    shop.says(stamp(), "receive", ("in_basket", "refuse"))


def test_a_delivery_holds_a_jar_that_we_sold_last_week() -> None:
    shop = Shop()
    shop.own.append(((HONEY, 7), sold.Taken("HT01A", 90)))
    shop.publish([6], [6])
    shop.says(stamp(), "receive", ("sold_here", "refuse"))  # a copy, or it was never brought back to the till


def test_the_shelf_is_counted_while_a_customer_pays() -> None:
    shop = Shop()
    shop.basket = [(HONEY, 7)]
    answer = shop.says(stamp(), "look", ("genuine", "show"))
    assert "Đang có trong giỏ" in texts.staff_text(answer, "look")["vi"]["body"]


def test_recalled_goods_go_back_to_the_producer() -> None:
    shop = Shop()
    shop.rows["recalls"] = [{"lot": "honey-1", "at": TODAY - HOUR, "reason": "Vượt ngưỡng"}]
    shop.says(stamp(), "look", ("lot_recalled", "show"))  # to send goods away, no verdict stands in the way


def test_a_jar_falls_from_the_shelf() -> None:
    shop = Shop()
    shop.own.append(((HONEY, 7), sold.Taken("HT01A", 130)))  # damage takes a stamp out like a sale
    shop.says(stamp(), "sell", ("sold_here", "refuse"))


# --- shoppers ---


def test_a_shopper_at_home_scans_honey_that_was_recalled_since() -> None:
    shop = Shop()
    shop.own.append(((HONEY, 7), sold.Taken("HT01A", 130)))
    shop.rows["recalls"] = [{"lot": "honey-1", "at": TODAY - HOUR, "reason": "Vượt ngưỡng"}]
    answer = shop.says(stamp(), "look", ("lot_recalled", "show"))  # that it was bought comforts nobody here
    assert "bring it back to the shop" in texts.shopper_text(answer, "look")["en"]["body"]


def test_a_shopper_types_the_digits_of_the_jar_bought_here() -> None:
    shop = Shop()
    shop.own.append(((HONEY, 7), sold.Taken("HT01A", 130)))
    answer = shop.says(typed(HONEY, 7), "look", ("unsigned", "show"))
    assert "If it was you who bought it" in texts.shopper_text(answer, "look")["en"]["body"]
    shop.says(typed(HONEY, 7), "sell", ("sold_here", "refuse"))


def test_a_label_is_peeled_off_and_put_on_other_goods() -> None:
    moved = stamp().text.replace(HONEY, CAKE)
    Shop().says(codes.parse(moved), "sell", ("bad_signature", "refuse"))
    Shop().says(stamp(), "look", ("genuine", "show"))  # uncut, it says "honey": a person sees that it is cake


# --- the old stamps ---


def test_a_shopper_scans_an_old_stamp() -> None:
    shop = Shop()
    shop.old_stamps()
    answer = shop.says(old(5007), "look", ("unsigned", "show"))
    words = texts.shopper_text(answer, "look")["vi"]
    assert words["title"] == "Tem OCOP kiểu cũ" and "Mật ong" in words["body"]
    shop.says(old(5007), "receive", ("unsigned", "accept"))


def test_an_old_stamp_is_sold_once() -> None:
    shop = Shop()
    shop.old_stamps()
    shop.says(old(5007), "sell", ("unsigned", "sell_and_flag"))
    shop.own.append(((HONEY, 5007), sold.Taken("HT01A", 130)))
    shop.says(old(5007), "sell", ("sold_here", "refuse"))
    shop.publish([9007], [])
    shop.says(old(5008), "sell", ("sold_elsewhere", "supervisor"))


def test_an_old_stamp_from_before_there_were_batches() -> None:
    shop = Shop()
    shop.old_stamps(numbered=False)
    shop.says(old(5007), "sell", ("unsigned", "sell_and_flag"))
    shop.own.append(
        ((HONEY, 5007), sold.Taken("HT01A", 30))
    )  # no published set can hold it: this till remembers
    shop.says(old(5007), "sell", ("sold_here", "refuse"))
    shop.own.append(((HONEY, 5007), sold.Undone("HT01A", 31, "HT01A", 30)))
    shop.says(old(5007), "sell", ("unsigned", "sell_and_flag"))


def test_two_jars_with_the_same_old_stamp_without_number() -> None:
    shop = Shop()
    shop.old_stamps("https://tem.hatinh.vn/{item}", numbered=False)
    code = codes.parse("https://tem.hatinh.vn/MO")
    shop.says(code, "sell", ("unsigned", "sell_and_flag"))
    shop.basket = [(HONEY, None)]
    shop.says(code, "sell", ("unsigned", "sell_and_flag"))  # all of them are alike, so a second jar is right


def test_an_old_stamp_of_a_recalled_lot_and_of_a_withdrawn_product() -> None:
    shop = Shop()
    shop.old_stamps()
    shop.rows["recalls"] = [{"lot": "honey-old", "at": TODAY - HOUR, "reason": "Vượt ngưỡng"}]
    shop.says(old(5007), "sell", ("lot_recalled", "refuse"))
    shop.rows["batches"] = []
    shop.says(old(5007), "sell", ("unsigned", "sell_and_flag"))  # the pack tells the lot, the machine cannot
    shop.rows["withdrawals"] = [
        {"product": "honey", "on": "2026-11-20", "produced_from": "2026-11-01", "reason": "Sai hồ sơ"}
    ]
    shop.says(old(5007), "sell", ("recognition_withdrawn", "refuse"))  # nothing shows that it is from before


def test_an_old_stamp_not_yet_activated_comes_with_a_delivery() -> None:
    shop = Shop()
    shop.old_stamps()
    shop.says(old(5900), "receive", ("not_activated", "accept"))


def test_an_old_stamp_after_its_last_day() -> None:
    shop = Shop()
    shop.old_stamps()
    shop.now = calendar.start_of("2027-07-01") + 9 * HOUR
    shop.issued = shop.now - HOUR
    answer = shop.says(old(5007), "sell", ("no_stamp", "supervisor"))
    assert "no longer in use" in texts.staff_text(answer, "sell")["en"]["title"]
    shop.basket = [(HONEY, 5007)]
    shop.says(old(5007), "return", ("no_stamp", "refund"))  # bought in June, with our receipt


def test_somebody_prints_old_stamps_with_the_numbers_of_new_ones() -> None:
    shop = Shop()
    shop.old_stamps()
    shop.says(old(7), "sell", ("bad_signature", "refuse"))  # 7 was issued with a signature: where is it?


# --- the office's changes, approvals, the clock ---


def test_a_withdrawal_that_begins_tomorrow() -> None:
    shop = Shop()
    shop.rows["withdrawals"] = [
        {"product": "honey", "on": "2026-11-24", "produced_from": None, "reason": "Sai hồ sơ"}
    ]
    shop.says(stamp(), "sell", ("genuine", "sell"))
    shop.now = calendar.start_of("2026-11-24")
    shop.says(stamp(), "sell", ("recognition_withdrawn", "refuse"))


def test_a_recall_is_taken_back() -> None:
    shop = Shop()
    shop.rows["recalls"] = [{"lot": "honey-1", "at": TODAY - HOUR, "reason": "Nhầm lô"}]
    shop.says(stamp(), "sell", ("lot_recalled", "refuse"))
    shop.rows["recalls"] = []
    shop.says(stamp(), "sell", ("genuine", "sell"))


def test_a_contract_is_renewed() -> None:
    shop = Shop()
    shop.rows["contracts"][0]["until"] = "2026-09-01"
    shop.says(stamp(), "sell", ("no_contract", "supervisor"))
    shop.rows["contracts"].append({"producer": "C1", "from": "2026-11-20", "until": None, "grace_days": 0})
    shop.says(stamp(), "sell", ("genuine", "sell"))  # the newest counts, also for what came in between


def test_a_supervisors_approval_is_for_that_verdict_only() -> None:
    shop = Shop()
    shop.publish([6], [])
    approved = shop.says(stamp(), "sell", ("sold_elsewhere", "supervisor")).verdict

    def pay():
        answer = shop.scan(stamp(), "sell")
        line = {"gtin": HONEY, "serial": 7, "qty": 1, "price": 50000, "verdict": answer.verdict}
        line["action"], line["approval"] = answer.action, "ql1" if answer.verdict == approved else None
        try:
            return sales.build("nv1", [line], [{"kind": "cash", "amount": 50000}], 1, "fresh")["lines"][0][
                "flagged"
            ]
        except sales.SaleError as error:
            return error.code

    assert pay() is True  # sold, with a note
    shop.rows["contracts"] = []
    assert pay() == "approval_missing"  # another reason, which nobody has looked at
    shop.rows["recalls"] = [{"lot": "honey-1", "at": TODAY, "reason": "Vượt ngưỡng"}]
    assert pay() == "refused"


def test_the_battery_of_the_clock_is_dead() -> None:
    shop = Shop()
    shop.now = calendar.start_of("2026-12-11") + HOUR
    reading = clock.Clock(shop.now).read(0, 5000)  # 1970; this morning's catalogue is the floor
    assert not reading.sure
    shop.sure, shop.now, shop.issued = reading.sure, reading.judged, reading.judged
    shop.says(stamp(CAKE), "sell", ("expired", "refuse"))  # yesterday was its last day, certainly
    shop.says(stamp(), "sell", ("genuine", "sell"))


def test_the_clock_has_run_two_years_ahead() -> None:
    shop = Shop()
    kept = clock.Clock(TODAY, last_sure=TODAY)
    assert not kept.trust(TODAY + 730 * 24 * HOUR, 5000)
    reading = kept.read(TODAY + 730 * 24 * HOUR, 5000)
    shop.sure, shop.now = reading.sure, reading.judged
    shop.says(stamp(CAKE), "sell", ("genuine", "sell"))  # no cake is thrown away for a wrong clock
    kept.office_time(TODAY + 30 * 24 * HOUR, TODAY + 730 * 24 * HOUR, 6000)
    reading = kept.read(TODAY + 730 * 24 * HOUR + 1000, 7000)
    shop.sure, shop.now = reading.sure, reading.judged
    shop.says(stamp(CAKE), "sell", ("expired", "refuse"))  # now the office has said what day it is


def test_a_restored_memory_card_forgets_no_sale_of_its_own() -> None:
    shop = Shop()
    shop.own.append(((HONEY, 7), sold.Taken("HT01A", 60)))
    shop.publish([], [], mark=0)  # the published mark is not in this journal, so it counts for nothing
    shop.says(stamp(), "sell", ("sold_here", "refuse"))
