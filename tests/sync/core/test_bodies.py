"""Every kind of entry: a body that fits, and what is said of one that does not."""

from sync import bodies
from sync.canonical import encode
from sync.journal import KINDS, LARGEST, header_bytes

GTIN = "08931234567019"
STAMP = {"gtin": GTIN, "qty": 1, "serial": 7, "ordinal": 6, "lot": "NM-01"}
GOODS = {"gtin": "08931234567026", "qty": 3}
PAID = [{"kind": "cash", "amount": 200000}]
SOLD = {"verdict": "genuine", "flagged": False}
PRICED = {"price": 110000, "amount": 110000}
UNDONE = {"line": 1, "gtin": GTIN, "qty": 1, "amount": 110000, "serial": 7, "ordinal": 6}


def joined(*parts):
    whole = {}
    for part in parts:
        whole.update(part)
    return whole


# Every optional field stands in one of them.
GOOD = (
    ("scan", {"reader": "eye", "purpose": "look", "verdict": "not_a_stamp", "action": "show", "kind": "text",
              "length": 12, "catalogue": None, "age": "none"}),
    ("scan", {"reader": "gun", "purpose": "sell", "verdict": "genuine", "action": "sell", "kind": "stamp",
              "length": 160, "catalogue": 5, "age": "fresh", "gtin": GTIN, "serial": 7, "k": "A"}),
    ("sale", {"staff": "nv1", "lines": [joined(STAMP, PRICED, SOLD, {"approval": "ql1"}),
                                        joined(GOODS, PRICED, SOLD)],
              "total": 220000, "payments": PAID, "change": 0, "catalogue": 5, "age": "confirmed"}),
    ("void", {"staff": "nv1", "device": "HT01A", "seq": 3, "lines": [UNDONE], "total": 110000,
              "payments": PAID, "reason": "Nhầm khách", "approval": "ql1"}),
    ("refund", {"staff": "nv1", "device": "HT01B", "seq": 3, "lines": [joined(UNDONE, {"unharmed": True})],
                "total": 110000, "payments": [], "reason": "Vỡ nắp", "approval": "ql1"}),
    ("price", {"staff": "ql1", "gtin": GTIN, "price": 105000}),
    ("price", {"staff": "ql1", "gtin": GTIN, "price": None}),
    ("receiving", {"staff": "nv1", "lines": [joined(STAMP, SOLD)], "catalogue": 5, "age": "old",
                   "producer": "p"}),
    ("stock_count", {"staff": "nv1", "lines": [{"gtin": GTIN, "counted": 0, "expected": 4}]}),
    ("damage", {"staff": "nv1", "lines": [STAMP], "reason": "Rơi vỡ"}),
    ("transfer", {"staff": "nv1", "direction": "out", "outlet": "HT02", "lines": [STAMP, GOODS]}),
    ("returned_to_producer", {"staff": "nv1", "producer": "p", "lines": [STAMP], "reason": "Hết hạn"}),
    ("label_printed", {"staff": "nv1", "template": "shelf-40x30", "count": 10, "gtin": GTIN}),
    ("receipt_printed", {"number": "HT01A-3", "hash10": "GOTC47LXXR", "state": "unknown", "copy": 0,
                         "staff": "nv1"}),
    ("shift_opened", {"staff": "nv1", "cash": 500000}),
    ("shift_closed", {"staff": "nv1", "opened": 9, "expected": -1, "counted": 610000}),
    ("cash_moved", {"staff": "nv1", "direction": "in", "amount": 1, "reason": "Tiền lẻ"}),
    ("payment_confirmed", {"staff": "nv1", "device": "HT01A", "seq": 3, "kind": "vietqr", "amount": 1}),
    ("approval", {"staff": "ql1", "verdict": "no_stamp", "gtin": GTIN, "serial": 7}),
    ("approval", {"staff": "ql1", "verdict": "no_catalogue", "gtin": None}),
    ("access", {"staff": None, "event": "refused", "source": "loopback"}),
    ("staff", {"staff": "ql1", "person": "nv2", "event": "added", "role": "clerk"}),
    ("settings", {"staff": "ql1", "receipt": {"name": "Cửa hàng"}}),
    ("report", {"verdict": "expired", "reason": "shopper", "gtin": GTIN, "serial": 7}),
    ("catalogue_installed", {"catalogue": 1795400000000, "sha256": "0f" * 32}),
    ("clock_set", {"source": "office", "before": 0, "after": 1795400000000}),
    ("device_started", {"version": "0.1.0", "clock": "unsure"}),
)  # fmt: skip

OPTIONAL = {
    "scan": ("gtin", "serial", "k"),
    "void": ("approval",),
    "refund": ("reason", "approval"),
    "receiving": ("producer",),
    "returned_to_producer": ("reason",),
    "label_printed": ("gtin",),
    "receipt_printed": ("staff",),
    "approval": ("serial",),
    "settings": ("receipt",),
    "report": ("gtin", "serial"),
}


def versioned(body):
    return joined(body, {"v": 1})


def problem(kind, body):
    """What is said of a body; "" if it fits."""
    try:
        bodies.check(kind, body)
    except bodies.BodyError as error:
        return str(error)
    return ""


def test_every_kind_of_the_journal_has_a_body():
    assert sorted(KINDS) == sorted({kind for kind, _ in GOOD})
    for kind, version, _ in bodies.TABLE:
        assert kind in KINDS and version >= 1


def test_these_fit():
    for kind, body in GOOD:
        assert problem(kind, versioned(body)) == ""
        data = encode(versioned(body))
        assert encode(bodies.read(kind, data)) == data
        header_bytes("HT01A", 1, 0, 0, "sure", kind, data)


def test_a_missing_field_is_named():
    for kind, body in GOOD:
        for name in body:
            less = versioned(body)
            del less[name]
            wanted = "" if name in OPTIONAL.get(kind, ()) else f"{kind}: {name} is missing"
            assert problem(kind, less) == wanted


def test_a_field_too_many_is_named():
    for kind, body in GOOD:
        assert problem(kind, versioned(joined(body, {"note": 1}))) == kind + ": note is no field of it"


def test_a_value_of_the_wrong_type_is_named():
    for kind, body in GOOD:
        for name in body:
            for value in ([], True, 1.5, -9007199254740992, b"x", "x" * 201, {"a": 1}):
                if kind == "settings" and name == "receipt" and isinstance(value, dict):
                    continue
                if name == "payments" and value == []:
                    continue
                told = problem(kind, versioned(joined(body, {name: value})))
                assert told.startswith(f"{kind}: {name} must be "), (told, name, value)


def test_what_is_wrong_inside_of_a_list_is_named():
    sale = versioned(dict(GOOD)["sale"])
    for name, value, told in (
        ("qty", 0, "must be a whole number from 1 to 10000"),
        ("qty", True, "must be a whole number from 1 to 10000"),
        ("serial", "7", "must be a whole number from 1 to 4294967295"),
        ("serial", None, "must be a whole number from 1 to 4294967295"),
        ("flagged", 0, "must be true or false"),
        ("gtin", "8931234567019", "must be 14 to 14 of the characters 0123456789"),
        ("gtin", "0893123456701²", "must be 14 to 14 of the characters 0123456789"),
        ("verdict", "Genuine", "must be 1 to 40 of the characters abcdefghijklmnopqrstuvwxyz0123456789_"),
        ("approval", "", "must be a text of 1 to 200 letters"),
        ("colour", "red", "is no field of it"),
    ):
        lines = [sale["lines"][0], joined(sale["lines"][1], {name: value})]
        assert problem("sale", joined(sale, {"lines": lines})) == f"sale: lines[1].{name} {told}"
    assert problem("sale", joined(sale, {"lines": []})) == "sale: lines must be a list of 1 to 200"
    assert problem("sale", joined(sale, {"lines": [5]})) == "sale: lines[0] must be an object"
    paid = [{"kind": "gold", "amount": 1}]
    assert (
        problem("sale", joined(sale, {"payments": paid}))
        == "sale: payments[0].kind must be one of cash vietqr"
    )


def test_another_version_is_not_read():
    for kind, body in GOOD:
        for version in (0, 3, "1", True, None, 1.0):
            told = problem(kind, joined(body, {"v": version}))
            assert told == kind + ": v names no version that is known here"
        assert problem(kind, body) == kind + ": v names no version that is known here"


def test_a_second_version_adds_fields_and_the_first_stays_as_it_was():
    assert [row[0] for row in bodies.TABLE if row[1] == 2] == [
        "scan",
        "sale",
        "void",
        "refund",
        "shift_opened",
    ]
    sale = next(body for kind, body in GOOD if kind == "sale")
    card = [{"kind": "card", "amount": 1}, {"kind": "vietqr", "amount": 1, "reference": "HT01A G1"}]
    part = {"list": 120000, "discount": 5, "allowed": "ql1", "set": 1, "vat": 8, "tax": 9}
    buyer = {"name": "Cty A", "tax_code": "3000000000", "address": "Hà Tĩnh"}
    second = joined(sale, {"v": 2, "lines": [joined(line, part) for line in sale["lines"]], "payments": card,
                           "seller": "3000000001", "buyer": buyer})  # fmt: skip
    bodies.check("sale", second)
    assert "no field" in problem("sale", joined(second, {"v": 1, "payments": PAID}))
    for kind in ("void", "refund"):
        body = next(body for one, body in GOOD if one == kind)
        bodies.check(kind, joined(body, {"v": 2, "payments": card}))
        assert problem(kind, joined(body, {"v": 1, "payments": card}))


def test_shoppers_looks_may_be_counted_only():
    counted = {"v": 2, "purpose": "look", "count": 812, "since": 1795400000000, "until": 1795403600000}
    assert problem("scan", counted) == ""
    assert problem("scan", joined(counted, {"count": 0})).startswith("scan: count must be a whole number")
    assert problem("scan", joined(counted, {"reader": "eye"})) == "scan: reader is no field of it"


def test_what_is_no_body():
    for body in (None, [], 5, "x", b"{}"):
        assert problem("sale", body) == "sale: the body is no object"
    assert "known" in problem("gift", {"v": 1})
    for data in (b"", b"{", b"[]", b'{"v":1 }', b"\xff"):
        try:
            bodies.read("price", data)
        except bodies.BodyError as error:
            assert str(error).startswith("price: ")
        else:
            raise AssertionError(data)


def test_the_largest_sale_fits_an_entry():
    line = joined(STAMP, PRICED, SOLD, {"approval": "ql1", "serial": 4294967295, "ordinal": 4294967295})
    line = joined(line, {"verdict": "newer_than_catalogue", "lot": "L" * 40})
    sale = versioned(joined(dict(GOOD)["sale"], {"lines": [line] * bodies.MOST_LINES}))
    data = encode(sale)
    assert len(data) < LARGEST - 300
    header_bytes("HT01A", 1, 0, 0, "sure", "sale", data)
