"""The verdict's table: every verdict, every action, and of two faults always the earlier."""

import hashlib

from kiosk import calendar, verdicts
from kiosk.memory import MemoryCatalogue
from scanner import codes, stamps

GTIN = "08930000000019"
OTHER = "08930000000026"
UNKNOWN = "08930000000040"
HOST = "OCOP.HATINH.VN"
SERIAL = 1500
NOW = calendar.start_of("2026-11-23") + 10 * 3_600_000

# Design, 6.2: what the till does (confirmed, fresh, stale, old). Every other verdict: refuse.
SELL = """
genuine sell sell sell sell_and_flag
plain_goods sell sell sell sell
unsigned sell_and_flag sell_and_flag sell_and_flag sell_and_flag
newer_than_catalogue supervisor sell_and_flag sell_and_flag supervisor
not_activated refuse supervisor sell_and_flag supervisor
recognition_lapsed supervisor supervisor sell_and_flag sell_and_flag
no_contract supervisor supervisor sell_and_flag sell_and_flag
unknown_key refuse supervisor supervisor supervisor
unknown_serial refuse supervisor supervisor supervisor
no_catalogue supervisor supervisor supervisor supervisor
sold_elsewhere supervisor supervisor supervisor supervisor
no_stamp supervisor supervisor supervisor supervisor
"""
IN_ORDER = """
unreadable no_catalogue not_a_stamp no_stamp plain_goods unknown_key bad_signature stamp_void
newer_than_catalogue data_deleted unknown_serial not_activated lot_recalled recognition_withdrawn
recognition_lapsed expired no_contract in_basket sold_here sold_elsewhere unsigned genuine
"""
ORDER = tuple(IN_ORDER.split())
ACCEPTED = ("genuine", "plain_goods", "unsigned", "not_activated", "newer_than_catalogue")
CLASSES = (
    ("ok", "genuine plain_goods"),
    ("technical", "unreadable no_catalogue unknown_key newer_than_catalogue unsigned"),
    (
        "procedural",
        "not_a_stamp no_stamp data_deleted not_activated lot_recalled recognition_withdrawn"
        " recognition_lapsed expired no_contract in_basket",
    ),
    ("suspect", "bad_signature stamp_void unknown_serial sold_here sold_elsewhere"),
)


def public(k: str) -> bytes:
    return hashlib.sha256(k.encode()).digest()


def sign(k: str, message: bytes) -> bytes:
    """Stands in for Ed25519: what only this key's owner would write."""
    return hashlib.sha256(public(k) + message).digest() + hashlib.sha256(message + public(k)).digest()


def verify(key: bytes, message: bytes, signature: bytes) -> bool:
    return signature == hashlib.sha256(key + message).digest() + hashlib.sha256(message + key).digest()


def read(text: str) -> codes.Code:
    """As a host reads: what is shaped like GS1 but wrong is a text."""
    try:
        return codes.parse(text)
    except codes.CodeError:
        return codes.Code("text", text)


class World:
    """A shop in which stamp 1500 of honey is genuine, until something is changed."""

    def __init__(self) -> None:
        self.form = "stamp"
        self.host, self.k, self.gtin, self.serial = HOST, "A", GTIN, SERIAL
        self.signed_by = "A"
        self.text = None
        self.installed = True
        self.basket = []
        self.sold_at_home, self.sold_away = None, None
        self.hosts = [HOST]
        self.keys = [{"k": "A", "public": public("A").hex(), "retired": False}]
        self.item = {"gtin": GTIN, "product": "P1", "unit": "hũ", "net": "500 g", "price": 185000}
        self.item["stamped"] = True
        self.item["mark"] = 2000
        self.items = [self.item]
        self.product = {"id": "P1", "name": "Mật ong", "name_en": "Honey", "stars": 4, "producer": "C1"}
        self.product["recognised_until"] = "2028-01-31"
        self.product["grace_days"] = 30
        self.batches = [{"gtin": GTIN, "batch": 7, "first": 1001, "last": 2000, "base": 50000, "k": "A"}]
        self.activation = {"gtin": GTIN, "first": 1001, "last": 1800, "lot": "L1"}
        self.activation["at"] = calendar.start_of("2026-10-02")
        self.activations = [self.activation]
        self.lot = {"id": "L1", "gtin": GTIN, "code": "MO-26-10", "produced": "2026-10-01"}
        self.lot["expires"] = "2027-10-01"
        self.recalls, self.withdrawals, self.voids, self.tombstones = [], [], [], []
        self.contracts = [{"producer": "C1", "from": "2025-01-01", "until": None, "grace_days": 30}]
        self.settings = []
        self.older = {
            "id": "p1",
            "pattern": "https://tem.hatinh.vn/t/{item}/{serial}",
            "items": {"MO": GTIN, "LA": UNKNOWN},
        }
        self.older["last_day"] = "2027-06-30"

    def catalogue(self):
        if not self.installed:
            return None
        segments = {
            "producers": [{"id": "C1", "name": "HTX Vũ Quang"}],
            "products": [self.product],
            "trade_items": self.items,
            "batches": self.batches,
            "activations": self.activations,
            "lots": [self.lot],
            "recalls": self.recalls,
            "withdrawals": self.withdrawals,
            "voids": self.voids,
            "tombstones": self.tombstones,
            "contracts": self.contracts,
            "settings": self.settings,
            "patterns": [self.older],
        }
        return MemoryCatalogue(
            {"hosts": self.hosts, "stamp_keys": self.keys}, {"version": 1, "issued": NOW}, segments
        )

    def code(self):
        if self.form == "nothing":
            return None
        if self.form == "typed":
            return codes.parse_typed(stamps.typed_line(self.gtin, self.serial))
        if self.form == "ean":
            return codes.parse(self.gtin[1:])
        if self.form == "text":
            return read(self.text)
        if self.form == "older":
            item = "MO" if self.gtin == GTIN else "LA"
            return codes.parse(f"https://tem.hatinh.vn/t/{item}/{self.serial}")
        signature = sign(self.signed_by, stamps.message(self.host, self.k, self.gtin, self.serial))
        text = stamps.uri(stamps.Stamp(self.host, self.k, signature, self.gtin, self.serial))
        if self.form == "unsigned link":
            text = f"HTTPS://{self.host}/01/{self.gtin}/21/{self.serial}"
        return codes.parse(text)

    def here(self, gtin, serial, ordinal):
        assert (gtin, serial, ordinal) == (GTIN, SERIAL, 50499 if self.batches else None)
        return self.sold_at_home

    def elsewhere(self, gtin, serial, ordinal):
        assert (gtin, serial, ordinal) == (GTIN, SERIAL, 50499 if self.batches else None)
        return self.sold_away

    def judge(self, purpose="sell", age="fresh", now=NOW):
        return verdicts.verdict(self.code(), purpose, self.catalogue(), self, self.basket, now, age, verify)


# Each fault: the verdict it makes alone, a name, what it changes.
def _unreadable(w):
    w.form = "nothing"


def _no_catalogue(w):
    w.installed = False


def _foreign_text(w):
    w.form, w.text = "text", "WIFI:S:Quan Ba;T:WPA;P:12345678;;"


def _foreign_goods(w):
    w.form, w.gtin = "ean", UNKNOWN


def _ean(w):
    w.form = "ean"


def _foreign_host(w):
    w.host = "TEM.EXAMPLE.VN"


def _plain(w):
    w.form = "ean"
    w.item["stamped"] = False


def _no_key(w):
    w.keys = [key for key in w.keys if key["k"] != w.k]


def _forged(w):
    w.signed_by = "B"


def _left_off(w):
    w.form = "unsigned link"


def _batch_of_another_key(w):
    for row in w.batches:
        row["k"] = "B"


def _void(w):
    w.voids = [{"gtin": GTIN, "first": 1400, "last": 1600}]


def _above_mark(w):
    w.item["mark"] = SERIAL - 1


def _new_goods(w):
    w.items = [item for item in w.items if item["gtin"] != GTIN]


def _tombstone(w):
    w.tombstones = [{"gtin": GTIN, "first": 1, "last": 1700}]


def _retired(w):
    w.keys = [{"k": "A", "public": public("A").hex(), "retired": True}]


def _no_batch(w):
    w.batches = []


def _month_past(w):
    w.lot["expires"] = min(w.lot["expires"], "2026-10-22")


def _typed_no_batch(w):
    w.form = "typed"
    w.batches = []


def _typed_new_goods(w):
    w.form = "typed"
    _new_goods(w)


def _typed_above_mark(w):
    w.form = "typed"
    _above_mark(w)


def _not_activated(w):
    w.activations = []


def _recalled(w):
    w.recalls = [{"lot": "L1", "at": NOW - 1000, "reason": "Vượt ngưỡng kháng sinh"}]


def _withdrawn(w):
    w.withdrawals = [{"product": "P1", "on": "2026-11-01", "produced_from": None, "reason": "Sai hồ sơ"}]


def _withdrawn_from_lot(w):
    w.withdrawals = [{"product": "P1", "on": "2026-11-01", "produced_from": "2026-10-01", "reason": "Sai"}]


def _lapsed(w):
    w.product["recognised_until"] = "2026-08-31"


def _expired(w):
    w.lot["expires"] = min(w.lot["expires"], "2026-11-22")


def _no_contract(w):
    w.contracts = []


def _contract_ended(w):
    w.contracts = [{"producer": "C1", "from": "2025-01-01", "until": "2026-09-01", "grace_days": 30}]


def _in_basket(w):
    w.basket = [(GTIN, SERIAL)]


def _sold_here(w):
    w.sold_at_home = {"number": "HT01A-12", "at": NOW - 86_400_000}


def _sold_elsewhere(w):
    w.sold_away = {}


def _typed(w):
    w.form = "typed"


def _older(w):
    w.form = "older"
    for row in w.batches:
        row["k"] = ""


def _older_in_no_batch(w):
    w.form = "older"
    w.batches = []


def _older_of_signed_stamps(w):
    w.form = "older"


def _older_of_new_goods(w):
    _older(w)
    _new_goods(w)


def _older_lapsed(w):
    _older(w)
    w.older["last_day"] = "2026-11-22"


FAULTS = (
    ("unreadable", _unreadable),
    ("no_catalogue", _no_catalogue),
    ("not_a_stamp", _foreign_text),
    ("not_a_stamp", _foreign_goods),
    ("no_stamp", _ean),
    ("no_stamp", _foreign_host),
    ("no_stamp", _older_lapsed),
    ("plain_goods", _plain),
    ("unknown_key", _no_key),
    ("bad_signature", _forged),
    ("bad_signature", _left_off),
    ("bad_signature", _batch_of_another_key),
    ("bad_signature", _older_of_signed_stamps),
    ("stamp_void", _void),
    ("newer_than_catalogue", _above_mark),
    ("newer_than_catalogue", _new_goods),
    ("data_deleted", _tombstone),
    ("data_deleted", _retired),
    ("data_deleted", _no_batch),
    ("data_deleted", _month_past),
    ("unknown_serial", _typed_no_batch),
    ("unknown_serial", _typed_new_goods),
    ("unknown_serial", _typed_above_mark),
    ("unknown_serial", _older_of_new_goods),
    ("not_activated", _not_activated),
    ("lot_recalled", _recalled),
    ("recognition_withdrawn", _withdrawn),
    ("recognition_withdrawn", _withdrawn_from_lot),
    ("recognition_lapsed", _lapsed),
    ("expired", _expired),
    ("no_contract", _no_contract),
    ("no_contract", _contract_ended),
    ("in_basket", _in_basket),
    ("sold_here", _sold_here),
    ("sold_elsewhere", _sold_elsewhere),
    ("unsigned", _typed),
    ("unsigned", _older),
    ("unsigned", _older_in_no_batch),
)

# What is wrong in a world, told one by one and in no order: the table has to find the earliest of these.


def reads(w, *forms):
    return w.form in forms


def signed(w):
    return w.form == "stamp" and w.host in w.hosts


def older(w):
    return w.form == "older" and w.older["last_day"] >= "2026-11-23"


def lapsed(w):
    return w.form == "older" and not older(w)


def by_gtin(w):
    return w.form == "ean" or (reads(w, "stamp", "unsigned link") and w.host not in w.hosts)


def stamped(w):
    """The goods in hand are the stamp 1500 of honey, whatever was read on them."""
    return w.gtin == GTIN and (w.item["stamped"] or not by_gtin(w))


def goods_known(w):
    return w.gtin in [item["gtin"] for item in w.items]


def key_known(w):
    return w.k in [key["k"] for key in w.keys]


def retired(w):
    return w.keys != [] and w.keys[0]["retired"]


def above_mark(w):
    return w.item["mark"] < w.serial


def lot_known(w):
    return stamped(w) and bool(w.batches) and bool(w.activations)


def expired_before(w, day):
    return lot_known(w) and w.lot["expires"] is not None and w.lot["expires"] < day


def newer(w):
    if not signed(w) or w.tombstones or retired(w):
        return False
    return not goods_known(w) or above_mark(w)


def bad_signature(w):
    batch_key = w.batches[0]["k"] if w.batches and stamped(w) else None
    if older(w):
        return bool(batch_key)
    if reads(w, "unsigned link"):
        return w.host in w.hosts
    return signed(w) and (w.signed_by != w.k or batch_key not in (None, w.k))


def data_deleted(w):
    if stamped(w) and w.tombstones:
        return True
    if signed(w) and (retired(w) or (not w.batches and not newer(w))):
        return True
    return expired_before(w, "2026-10-23")


def unknown_serial(w):
    if older(w):
        return not goods_known(w)
    return reads(w, "typed") and (not w.batches or not goods_known(w) or above_mark(w))


def not_activated(w):
    return stamped(w) and not w.activations and (bool(w.batches) or not older(w))


def withdrawn(w):
    if not goods_known(w) or not w.withdrawals:
        return False
    since = w.withdrawals[0]["produced_from"]
    return since is None or not lot_known(w) or w.lot["produced"] >= since


def no_contract(w):
    return goods_known(w) and (not w.contracts or (lot_known(w) and w.contracts[0]["until"] is not None))


WRONG = (
    ("unreadable", lambda w: reads(w, "nothing")),
    ("no_catalogue", lambda w: not w.installed),
    ("not_a_stamp", lambda w: reads(w, "text") or ((by_gtin(w) or lapsed(w)) and not goods_known(w))),
    ("no_stamp", lambda w: goods_known(w) and (lapsed(w) or (by_gtin(w) and w.item["stamped"]))),
    ("plain_goods", lambda w: goods_known(w) and by_gtin(w) and not w.item["stamped"]),
    ("unknown_key", lambda w: signed(w) and not key_known(w)),
    ("bad_signature", bad_signature),
    ("stamp_void", lambda w: stamped(w) and w.voids),
    ("newer_than_catalogue", newer),
    ("data_deleted", data_deleted),
    ("unknown_serial", unknown_serial),
    ("not_activated", not_activated),
    ("lot_recalled", lambda w: lot_known(w) and w.recalls),
    ("recognition_withdrawn", withdrawn),
    ("recognition_lapsed", lambda w: goods_known(w) and lot_known(w) and w.product["recognised_until"] < "2026-09"),
    ("expired", lambda w: expired_before(w, "2026-11-23")),
    ("no_contract", no_contract),
    ("in_basket", lambda w: stamped(w) and w.basket),
    ("sold_here", lambda w: stamped(w) and w.sold_at_home is not None),
    ("sold_elsewhere", lambda w: stamped(w) and w.sold_away is not None),
    ("unsigned", lambda w: reads(w, "typed") or older(w)),
)  # fmt: skip


def wrong(w):
    return [name for name, holds in WRONG if holds(w)]


# Pairs that one scan cannot have together, with the reason.
ONE_CODE = "one scan reads one code"
IMPOSSIBLE = (
    ("unreadable", "not_a_stamp no_stamp plain_goods", "where nothing was read there is no code"),
    ("unreadable", "unknown_key bad_signature newer_than_catalogue", "nor a signature"),
    ("unreadable", "unknown_serial unsigned", "nor a number"),
    ("not_a_stamp", "no_stamp plain_goods", "the goods of a code are known or not"),
    ("not_a_stamp", "unknown_key bad_signature newer_than_catalogue unknown_serial unsigned", ONE_CODE),
    ("no_stamp", "plain_goods", "goods carry stamps or do not"),
    ("no_stamp", "unknown_key bad_signature newer_than_catalogue unknown_serial unsigned", ONE_CODE),
    ("plain_goods", "unknown_key bad_signature newer_than_catalogue unknown_serial unsigned", ONE_CODE),
    ("plain_goods", "stamp_void data_deleted in_basket sold_here sold_elsewhere", "they have no serial"),
    ("plain_goods", "not_activated lot_recalled recognition_lapsed expired", "so their lot is not known"),
    (
        "unknown_key",
        "unknown_serial unsigned",
        "what names a key is signed: neither typed nor of the old kind",
    ),
    ("newer_than_catalogue", "unknown_serial unsigned", "signed it is newer, without signature unknown"),
    ("not_activated", "lot_recalled recognition_lapsed expired", "the lot is known by the activation only"),
)


def test_the_order_is_the_designs() -> None:
    assert verdicts.VERDICTS == ORDER


def test_the_classes_are_the_designs() -> None:
    for cls, names in CLASSES:
        for name in names.split():
            assert row(name).cls == cls, name


def row(name: str):
    return verdicts.TABLE[ORDER.index(name)]


def test_no_fault_is_genuine() -> None:
    for purpose, action in (("look", "show"), ("sell", "sell"), ("receive", "accept"), ("return", "refuse")):
        answer = World().judge(purpose)
        assert (answer.verdict, answer.cls, answer.action) == ("genuine", "ok", action), purpose


def test_each_fault_alone_makes_its_verdict() -> None:
    seen = []
    for expected, fault in FAULTS:
        world = World()
        fault(world)
        assert world.judge().verdict == expected, fault
        seen.append(expected)
    for name in ORDER[:-1]:
        assert name in seen, name


def pairs():
    """Every two faults composed, in both orders: the world that comes of it."""
    for _, one in FAULTS:
        for _, two in FAULTS:
            if one is not two:
                world = World()
                one(world)
                two(world)
                yield world


def test_of_several_faults_the_earliest_wins() -> None:
    for world in pairs():
        faults = wrong(world)
        found = world.judge().verdict
        assert found == (faults[0] if faults else "genuine"), (found, faults)


def test_every_pair_of_faults_meets_or_is_listed_with_the_reason() -> None:
    met = set()
    for world in pairs():
        faults = wrong(world)
        for later in faults[1:]:
            met.add((faults[0], later))  # and nothing earlier, so that the verdict is the first of the two
    every = [(first, later) for at, first in enumerate(ORDER[:-1]) for later in ORDER[at + 1 : -1]]
    missing = [pair for pair in every if pair not in met]
    listed = [(first, later) for first, others, _ in IMPOSSIBLE for later in others.split()]
    assert sorted(listed) == sorted(missing), set(listed) ^ set(missing)


def test_every_action_of_the_till() -> None:
    expected = {}
    for text in SELL.strip().split("\n"):
        cells = text.split()
        expected[cells[0]] = cells[1:]
    for name, fault in FAULTS + (("genuine", _left_alone),):
        for n, age in enumerate(verdicts.AGES):
            world = World()
            fault(world)
            action = world.judge("sell", age).action
            assert action == (expected[name][n] if name in expected else "refuse"), (name, age, action)


def _left_alone(w) -> None:
    pass


def test_goods_without_their_stamp_as_the_office_has_set() -> None:
    for setting in ("sell_and_flag", "supervisor", "refuse"):
        for age in verdicts.AGES:
            world = World()
            _ean(world)
            world.settings = [{"name": "no_stamp_action", "value": setting}]
            assert world.judge("sell", age).action == setting
            assert world.judge("receive", age).action == ("refuse" if setting == "refuse" else "ask")
    world.settings = [{"name": "no_stamp_action", "value": "give away"}]
    assert world.judge("sell").action == "supervisor"


def test_receiving_takes_asks_or_refuses() -> None:
    for name, fault in FAULTS + (("genuine", _left_alone),):
        for age in verdicts.AGES:
            world = World()
            fault(world)
            till = world.judge("sell", age).action
            wanted = "accept" if name in ACCEPTED else "refuse" if till == "refuse" else "ask"
            assert world.judge("receive", age).action == wanted, (name, age)


def test_looking_only_shows() -> None:
    for _, fault in FAULTS:
        world = World()
        fault(world)
        assert world.judge("look").action == "show"


def test_a_return_depends_on_the_sale_named_alone() -> None:
    for name, fault in FAULTS:
        if name in ("unreadable", "not_a_stamp", "no_stamp", "plain_goods", "in_basket"):
            continue
        world = World()
        fault(world)
        assert world.judge("return").action == "refuse", name
        world.basket = [(GTIN, SERIAL)]
        assert world.judge("return").action == "refund", name
    world = World()
    _plain(world)
    world.basket = [(GTIN, None)]
    assert world.judge("return").action == "refund"


def test_in_basket_and_sold_here_are_only_notes_for_a_shopper() -> None:
    for fault, note in ((_in_basket, "in_basket"), (_sold_here, "sold_here")):
        world = World()
        fault(world)
        answer = world.judge("look")
        assert (answer.verdict, answer.cls, answer.facts["note"]) == ("genuine", "ok", note)
        world.form = "typed"
        assert (world.judge("look").verdict, world.judge("look").facts["note"]) == ("unsigned", note)
        assert world.judge("receive").verdict == note


def test_sold_elsewhere_accuses_no_shopper() -> None:
    world = World()
    _sold_elsewhere(world)
    assert world.judge("look").cls == "procedural"
    assert world.judge("sell").cls == "suspect"


def test_an_expiry_date_is_good_through_its_day_here() -> None:
    world = World()
    world.lot["expires"] = "2026-11-23"
    midnight = calendar.start_of("2026-11-24")
    assert world.judge(now=midnight - 1).verdict == "genuine"
    assert world.judge(now=midnight).verdict == "expired"


def test_data_is_deleted_one_calendar_month_past_expiry() -> None:
    cases = (
        ("2026-01-31", "2026-02-28"),
        ("2028-01-31", "2028-02-29"),
        ("2026-10-23", "2026-11-23"),
    )
    for expires, last in cases:
        world = World()
        world.lot["produced"] = "2025-12-01"
        world.lot["expires"] = expires
        end = calendar.start_of(calendar.add_days(last, 1))
        assert world.judge(now=end - 1).verdict == "expired", expires
        assert world.judge(now=end).verdict == "data_deleted", expires


def test_goods_without_expiry_never_expire_and_are_never_deleted() -> None:
    world = World()
    world.lot["expires"] = None
    assert world.judge(now=calendar.start_of("2099-01-01")).verdict == "genuine"


def test_recognition_counts_on_the_day_of_production() -> None:
    world = World()
    world.product["recognised_until"] = "2026-09-01"
    world.lot["produced"] = "2026-10-01"  # exactly the thirty days of grace
    assert world.judge().verdict == "genuine"
    world.lot["produced"] = "2026-10-02"
    assert world.judge().verdict == "recognition_lapsed"
    world.product["recognised_until"] = None
    assert world.judge().verdict == "genuine"


def test_a_contract_counts_on_the_day_of_activation() -> None:
    world = World()
    world.contracts = [{"producer": "C1", "from": "2025-01-01", "until": "2026-09-02", "grace_days": 30}]
    world.activation["at"] = calendar.start_of("2026-10-03") - 1  # the last moment of the last day of grace
    assert world.judge().verdict == "genuine"
    world.activation["at"] += 1
    assert world.judge().verdict == "no_contract"


def test_a_withdrawal_has_its_own_date_rule() -> None:
    world = World()
    _withdrawn(world)
    world.withdrawals[0]["produced_from"] = "2026-10-02"
    assert world.judge().verdict == "genuine"  # made the day before
    world.withdrawals[0]["produced_from"] = "2026-10-01"
    assert world.judge().verdict == "recognition_withdrawn"
    world.withdrawals[0]["on"] = "2026-11-24"
    assert world.judge().verdict == "genuine"  # not yet in force


def test_a_code_at_our_host_must_be_exactly_a_stamp() -> None:
    good = World().code().text
    for text in (
        good.replace("HTTPS://", "https://"),
        good + "?17=271001",
        good.replace("HTTPS://OCOP.HATINH.VN/", "HTTPS://OCOP.HATINH.VN:443/"),
        good.replace("/S/A", "/S/1"),
        "https://ocop.hatinh.vn/01/" + GTIN + "/21/1500",
        "https://ocop.hatinh.vn:8443/01/" + GTIN + "/21/1500",
        "https://me:x@ocop.hatinh.vn/01/" + GTIN + "/21/1500",
        "https://ocop.hatinh.vn./01/" + GTIN + "/21/1500",
        "HTTPS://OCOP.HATINH.VN/01/" + GTIN + "/21/0",
        "HTTPS://OCOP.HATINH.VN/01/" + GTIN + "/21/01500",
        "HTTPS://OCOP.HATINH.VN/01/" + UNKNOWN + "/21/X-1",
        good.lower(),
        good.replace("HTTPS", "Https"),
        good.replace("HTTPS", "HTTP"),
        good + "/",
        good + "#x",
        good.replace("/21/", "/10/L/21/"),
        good.replace(GTIN, GTIN[:13] + "8"),  # no check digit fits, so that no parser takes it for a link
        good.replace("VN/S", "VN:443/S"),
        "]Q3" + good + "?17=999999",
        "https://me:x@ocop.hatinh.vn.:8443/01/x/21/1500?x",
    ):
        world = World()
        world.form, world.text = "text", text
        assert world.judge().verdict == "bad_signature", text
    world.text = "https://ocop.hatinh.vn/01/" + GTIN
    assert world.judge().verdict == "no_stamp"  # no serial: it claims to be no stamp
    for text in (
        "https://ocop.hatinh.vn/",
        "https://ocop.hatinh.vn/R/HT01A/21/ABCDEFGHIJ",  # receipts
        "https://ocop.hatinh.vn/R/01/21/ABCDEFGHIJ",
        "https://example.vn/01/" + GTIN[:13] + "8/21/1500",
        "ocop.hatinh.vn/01/" + GTIN + "/21/1500",
    ):
        world.text = text
        assert world.judge().verdict == "not_a_stamp", text


def test_an_older_stamp_is_judged_like_any_but_ends_unsigned() -> None:
    for serial_fault in (
        _void,
        _tombstone,
        _not_activated,
        _recalled,
        _expired,
        _lapsed,
        _in_basket,
        _sold_here,
    ):
        world = World()
        _older(world)
        serial_fault(world)
        assert world.judge().verdict == wrong(world)[0], serial_fault
        assert world.judge().verdict != "unsigned"
    world = World()
    _older(world)
    answer = world.judge()
    assert (answer.verdict, answer.action, answer.facts["serial"]) == ("unsigned", "sell_and_flag", SERIAL)
    assert answer.facts["lot"]["code"] == "MO-26-10"
    assert answer.facts["older"] == {"last_day": "2027-06-30"} and World().judge().facts["older"] is None


def test_an_older_stamp_counts_through_its_last_day() -> None:
    world = World()
    _older(world)
    end = calendar.start_of("2027-07-01")
    assert world.judge(now=end - 1).verdict == "unsigned"
    answer = world.judge(now=end)
    assert (answer.verdict, answer.facts["serial"]) == ("no_stamp", None)
    assert answer.facts["older"] == {"last_day": "2027-06-30"}
    world.item["stamped"] = False
    assert world.judge(now=end).verdict == "no_stamp"
    world.items = []
    assert world.judge(now=end).verdict == "not_a_stamp"


def test_an_older_stamp_sold_before_its_last_day_is_taken_back_after_it() -> None:
    world = World()
    _older_lapsed(world)
    assert world.judge("return").action == "refuse"
    for line in ((GTIN, SERIAL), (GTIN, None)):
        world.basket = [line]
        answer = world.judge("return")
        assert (answer.verdict, answer.action, answer.facts["serial"]) == ("no_stamp", "refund", line[1])


def test_an_older_stamp_in_no_batch_has_no_lot_to_be_judged_by() -> None:
    for fault in (_not_activated, _recalled, _month_past, _expired, _lapsed, _contract_ended):
        world = World()
        _older_in_no_batch(world)
        fault(world)
        answer = world.judge()
        assert (answer.verdict, answer.facts["lot"]) == ("unsigned", None), fault
        assert answer.facts["ordinal"] is None
    for fault in (_void, _tombstone, _withdrawn, _withdrawn_from_lot, _no_contract, _in_basket, _sold_here):
        world = World()
        _older_in_no_batch(world)
        fault(world)
        assert world.judge().verdict == wrong(world)[0] != "unsigned", fault


def test_an_older_stamp_without_serial_is_one_of_many_alike() -> None:
    world = World()
    _older(world)
    world.older["pattern"] = "https://tem.hatinh.vn/t/{item}"
    world.form, world.text = "text", "https://tem.hatinh.vn/t/MO"
    for fault in (_void, _tombstone, _recalled, _expired, _in_basket, _sold_here, _sold_elsewhere):
        fault(world)
        for purpose in ("look", "sell", "receive"):
            answer = world.judge(purpose)
            assert (answer.verdict, answer.facts["serial"], answer.facts["note"]) == ("unsigned", None, None)
    world.basket = [(GTIN, None)]
    assert world.judge("sell").verdict == "unsigned" and world.judge("return").action == "refund"
    _withdrawn(world)
    assert world.judge().verdict == "recognition_withdrawn"


def test_an_older_pattern_does_not_cover_stamps_that_were_issued_signed() -> None:
    world = World()
    _older_of_signed_stamps(world)
    assert world.judge().verdict == "bad_signature"
    world = World()
    world.older["pattern"], world.older["items"] = (
        "https://ocop.hatinh.vn/01/{gtin}/21/{serial}",
        {"MO": GTIN},
    )
    _left_off(world)
    assert world.judge().verdict == "bad_signature"  # 1500 was issued signed
    world.batches[0]["k"] = ""
    assert world.judge().verdict == "unsigned"
    world.form = "stamp"
    assert world.judge().verdict == "bad_signature"  # a signature that the office never gave this serial
    world.form = "typed"
    assert world.judge().verdict == "unsigned"


def test_other_codes_are_judged_by_their_gtin_alone() -> None:
    texts = (
        "https://id.gs1.org/01/%s/21/1500",
        "https://shop.example.com/a/01/%s/10/LOT7",
        "(01)%s(21)1500",
        "]C101%s211500",
    )
    for text in texts:
        world = World()
        world.form, world.text = "text", text % GTIN
        assert world.judge().verdict == "no_stamp", text
        world.item["stamped"] = False
        assert world.judge().verdict == "plain_goods", text
        world.text = text % UNKNOWN
        assert world.judge().verdict == "not_a_stamp", text


def test_signature_of_another_gtin_host_key_or_serial() -> None:
    for change in ("gtin", "host", "k", "serial"):
        world = World()
        world.keys.append({"k": "B", "public": public("B").hex(), "retired": False})
        world.hosts.append("TEM.HATINH.VN")
        other = {"gtin": OTHER, "host": "TEM.HATINH.VN", "k": "B", "serial": 1501}[change]
        signature = sign("A", stamps.message(HOST, "A", GTIN, SERIAL))
        stamp = stamps.Stamp(HOST, "A", signature, GTIN, SERIAL)
        setattr(stamp, change, other)
        world.form, world.text = "text", stamps.uri(stamp)
        assert world.judge().verdict == "bad_signature", change


def test_a_typed_number_is_looked_up_and_never_newer() -> None:
    world = World()
    _typed(world)
    world.item["mark"] = SERIAL
    assert world.judge().verdict == "unsigned"
    world.item["mark"] = SERIAL - 1
    assert world.judge().verdict == "unknown_serial"
    world.item["mark"] = SERIAL
    world.batches = []
    assert world.judge().verdict == "unknown_serial"


def test_facts_tell_what_is_known_and_no_more() -> None:
    facts = World().judge("look").facts
    assert facts["product"]["name"] == "Mật ong" and facts["producer"]["name"] == "HTX Vũ Quang"
    assert facts["trade_item"] == {"unit": "hũ", "net": "500 g", "price": 185000}
    assert facts["lot"] == {"id": "L1", "code": "MO-26-10", "produced": "2026-10-01", "expires": "2027-10-01"}
    assert facts["activated_at"] == calendar.start_of("2026-10-02") and facts["ordinal"] == 50499
    assert facts["sold"] is None and facts["recall"] is None and facts["note"] is None
    for fault in (_forged, _left_off):
        world = World()
        fault(world)
        facts = world.judge("look").facts
        assert (facts["gtin"], facts["serial"]) == (GTIN, SERIAL)
        assert facts["product"] is None and facts["lot"] is None  # no product lends it a good name
    world = World()
    _month_past(world)
    assert world.judge("look").facts["lot"] is None
    world = World()
    _recalled(world)
    assert world.judge("look").facts["recall"]["reason"] == "Vượt ngưỡng kháng sinh"
    world = World()
    _sold_here(world)
    assert world.judge("sell").facts["sold"]["number"] == "HT01A-12"


def test_without_a_catalogue_the_stamp_is_still_named() -> None:
    world = World()
    _no_catalogue(world)
    facts = world.judge("sell").facts
    assert (facts["gtin"], facts["serial"]) == (GTIN, SERIAL)


def test_facts_have_the_same_fields_for_every_verdict() -> None:
    fields = sorted(World().judge("look").facts)
    for _, fault in FAULTS:
        world = World()
        fault(world)
        assert sorted(world.judge("look").facts) == fields


def test_an_unknown_purpose_or_age_is_the_callers_mistake() -> None:
    for purpose, age in (("buy", "fresh"), ("look", "none")):
        try:
            World().judge(purpose, age)
        except ValueError:
            continue
        raise AssertionError(purpose)
