"""What happens in a shop, in plain words, each with the answer that a fair person would give."""

import hashlib

from kiosk import calendar, clock, sold, texts, verdicts
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
        self.own = []  # this till's own later entries: (stamp, entry)
        self.published = sold.Published(Ordinals(), Ordinals(), Ordinals(), {"HT01A": [100, "00"]})
        self.root = {"hosts": ["OCOP.HATINH.VN"], "stamp_keys": []}
        for k, retired in (("A", True), ("B", False)):
            self.root["stamp_keys"].append({"k": k, "public": key(k).hex(), "retired": retired})
        self.rows = {}
        for name in ("recalls", "withdrawals", "voids", "tombstones", "settings"):
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
        return {} if sold.sold_here(self.published, 100, ordinal, own) else None

    def elsewhere(self, gtin, serial, ordinal):
        return {"outlet": "OCOP Cẩm Xuyên"} if sold.sold_elsewhere(self.published, ordinal) else None

    def publish(self, everywhere, here, twice=()):
        self.published = sold.Published(
            Ordinals(everywhere), Ordinals(here), Ordinals(twice), {"HT01A": [100, "00"]}
        )

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


def test_a_shopper_looks_at_a_jar_on_the_shelf() -> None:
    answer = Shop().says(stamp(), "look", ("genuine", "show"))
    assert "Mật ong, 4 sao OCOP" in texts.shopper_text(answer, "look")["vi"]["body"]


def test_a_shopper_scans_the_jar_bought_here_yesterday() -> None:
    shop = Shop()
    shop.own.append(((HONEY, 7), sold.OwnSale(130)))
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
    shop.own.append(((HONEY, 7), sold.OwnSale(130)))
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
    shop.own.append(((HONEY, 7), sold.OwnSale(90)))
    shop.own.append(((HONEY, 7), sold.OwnUndo(131, None, 90)))
    shop.says(stamp(), "sell", ("genuine", "sell"))
    shop.own.append(((HONEY, 7), sold.OwnSale(140)))
    shop.says(stamp(), "sell", ("sold_here", "refuse"))


def test_two_tills_offline_from_each_other_both_sell_a_copy() -> None:
    first, second = Shop(), Shop()
    first.own.append(((HONEY, 7), sold.OwnSale(130)))
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
