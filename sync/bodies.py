"""Typed bodies of journal entries: one table, by which the kiosk writes and the office judges.

`TABLE` has a row for each version of each kind: the fields, each with its type. A name that ends in "?"
may be absent; no other field may be there. So a body that grows gets a new version, and a program that does
not know it sets the entry apart instead of reading half of it. Money is whole đồng, `seq` an entry's number.

Types are tuples: ("whole", least, most), ("text", shortest, longest), ("set", characters, shortest, longest),
("one", words), ("truth",), ("map",) any object, ("list", type, shortest, longest), ("object", {name: (type, needed)}) and
("or_null", type).
"""

from .canonical import LARGEST, CanonicalError, decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Type = tuple[Any, ...]
    Fields = tuple[tuple[str, Type], ...]

_DIGITS = "0123456789"
_WORD = "abcdefghijklmnopqrstuvwxyz0123456789_"
_NAME = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_HEX = "0123456789abcdef"

MOST_LINES = 200


def _object(fields: "Fields") -> "Type":
    return ("object", {name.rstrip("?"): (wanted, not name.endswith("?")) for name, wanted in fields})


def _lines(fields: "Fields") -> "Type":
    return ("list", _object(fields), 1, MOST_LINES)


TEXT = ("text", 0, 200)
PERSON = ("text", 1, 200)  # a short name such as nv1
REASON = ("text", 1, 200)
ID = ("text", 1, 40)  # of a lot or a producer
WORD = ("set", _WORD, 1, 40)
CODE = ("set", _NAME, 1, 24)  # of a device or an outlet
GTIN = ("set", _DIGITS, 14, 14)
SERIAL = ("whole", 1, 4294967295)
ORDINAL = ("whole", 0, 4294967295)
COUNT = ("whole", 0, LARGEST)
SEQ = ("whole", 1, LARGEST)
QTY = ("whole", 1, 10000)
MONEY = ("whole", 0, 1000000000000)
SHA256 = ("set", _HEX, 64, 64)
TRUTH = ("truth",)
AGE = ("one", ("confirmed", "fresh", "stale", "old", "none"))
VERSION = ("or_null", COUNT)  # of the catalogue
PAYMENTS = ("list", _object((("kind", ("one", ("cash", "vietqr"))), ("amount", MONEY))), 0, 10)

PAID = (("kind", ("one", ("cash", "vietqr", "card"))), ("amount", MONEY), ("reference?", TEXT))
PAYMENTS_2 = ("list", _object(PAID), 0, 10)
_PARTS = ("list", _object((("gtin", GTIN), ("qty", QTY))), 1, 20)
GIFT_SETS = ("list", _object((("name", TEXT), ("price", MONEY), ("parts", _PARTS))), 0, 40)
RATE = ("whole", 0, 100)  # VAT, percent

_GOODS = (("gtin", GTIN), ("qty", QTY), ("serial?", SERIAL), ("ordinal?", ORDINAL), ("lot?", ID))
_MONEY = (("price", MONEY), ("amount", MONEY))
_JUDGED = (("verdict", WORD), ("flagged", TRUTH))
_SALE_LINE = _GOODS + _MONEY + _JUDGED + (("approval?", PERSON),)
# From version 2 on: the usual price where another was asked, and who allowed that; money off (amount is what is
# left); the gift set that the line is a part of; the VAT that the amount holds.
_SALE_LINE_2 = _SALE_LINE + (
    ("list?", MONEY),
    ("discount?", MONEY),
    ("allowed?", PERSON),
    ("set?", ("whole", 1, MOST_LINES)),
    ("vat?", RATE),
    ("tax?", MONEY),
)
_BUYER = _object((("name?", TEXT), ("tax_code?", ("text", 1, 20)), ("address?", TEXT)))
_UNDONE_LINE = (
    ("line", ("whole", 1, MOST_LINES)),
    ("gtin", GTIN),
    ("qty", QTY),
    ("amount", MONEY),
    ("serial?", SERIAL),
    ("ordinal?", ORDINAL),
)
_OF_SALE = (("device", CODE), ("seq", SEQ))
_MOVED = _lines(_GOODS)


def _void(payments: "Type") -> "Fields":
    lines = ("lines", _lines(_UNDONE_LINE))
    more = (("total", MONEY), ("payments", payments), ("reason", REASON), ("approval?", PERSON))
    return (("staff", PERSON),) + _OF_SALE + (lines,) + more


def _refund(payments: "Type") -> "Fields":
    lines = ("lines", _lines(_UNDONE_LINE + (("unharmed", TRUTH),)))
    more = (("total", MONEY), ("payments", payments), ("reason?", REASON), ("approval?", PERSON))
    return (("staff", PERSON),) + _OF_SALE + (lines,) + more


# kind, version, fields (besides "v")
TABLE: "tuple[tuple[str, int, Fields], ...]" = (
    (
        "scan",
        1,
        (
            ("reader", TEXT),
            ("purpose", ("one", ("look", "sell", "receive", "return"))),
            ("verdict", WORD),
            ("action", WORD),
            ("kind", WORD),
            ("length", COUNT),
            ("catalogue", VERSION),
            ("age", AGE),
            ("gtin?", GTIN),
            ("serial?", SERIAL),
            ("k?", ("set", _BASE32, 1, 1)),
        ),
    ),
    # Many looks of shoppers in an hour, counted instead of told one by one.
    (
        "scan",
        2,
        (
            ("purpose", ("one", ("look",))),
            ("count", ("whole", 1, LARGEST)),
            ("since", COUNT),
            ("until", COUNT),
        ),
    ),
    (
        "sale",
        1,
        (
            ("staff", PERSON),
            ("lines", _lines(_SALE_LINE)),
            ("total", MONEY),
            ("payments", PAYMENTS),
            ("change", MONEY),
            ("catalogue", VERSION),
            ("age", AGE),
        ),
    ),
    (
        "sale",
        2,
        (
            ("staff", PERSON),
            ("lines", _lines(_SALE_LINE_2)),
            ("total", MONEY),
            ("payments", PAYMENTS_2),
            ("change", MONEY),
            ("catalogue", VERSION),
            ("age", AGE),
            ("seller?", ("text", 1, 20)),
            ("buyer?", _BUYER),
        ),
    ),
    ("void", 1, _void(PAYMENTS)),
    ("void", 2, _void(PAYMENTS_2)),
    ("refund", 1, _refund(PAYMENTS)),
    ("refund", 2, _refund(PAYMENTS_2)),
    ("price", 1, (("staff", PERSON), ("gtin", GTIN), ("price", ("or_null", MONEY)))),
    (
        "receiving",
        1,
        (
            ("staff", PERSON),
            ("lines", _lines(_GOODS + _JUDGED)),
            ("catalogue", VERSION),
            ("age", AGE),
            ("producer?", ID),
        ),
    ),
    (
        "stock_count",
        1,
        (
            ("staff", PERSON),
            ("lines", _lines((("gtin", GTIN), ("counted", COUNT), ("expected", COUNT)))),
        ),
    ),
    ("damage", 1, (("staff", PERSON), ("lines", _MOVED), ("reason", REASON))),
    (
        "transfer",
        1,
        (("staff", PERSON), ("direction", ("one", ("in", "out"))), ("outlet", CODE), ("lines", _MOVED)),
    ),
    (
        "returned_to_producer",
        1,
        (("staff", PERSON), ("producer", ID), ("lines", _MOVED), ("reason?", REASON)),
    ),
    (
        "label_printed",
        1,
        (("staff", PERSON), ("template", TEXT), ("count", ("whole", 1, 100000)), ("gtin?", GTIN)),
    ),
    (
        "receipt_printed",
        1,
        (
            ("number", ("set", _NAME, 1, 40)),
            ("hash10", ("set", _BASE32, 10, 10)),
            ("state", ("one", ("printed", "not_printed", "unknown"))),
            ("copy", COUNT),
            ("staff?", PERSON),
        ),
    ),
    ("shift_opened", 1, (("staff", PERSON), ("cash", MONEY))),
    # Whether somebody counted the cash: a sale without a shift opens one, with what the last one left.
    ("shift_opened", 2, (("staff", PERSON), ("cash", MONEY), ("counted", TRUTH))),
    (
        "shift_closed",
        1,
        (("staff", PERSON), ("opened", SEQ), ("expected", ("whole", -LARGEST, LARGEST)), ("counted", MONEY)),
    ),
    (
        "cash_moved",
        1,
        (("staff", PERSON), ("direction", ("one", ("in", "out"))), ("amount", MONEY), ("reason", REASON)),
    ),
    ("payment_confirmed", 1, (("staff", PERSON),) + _OF_SALE + (("kind", WORD), ("amount", MONEY))),
    ("approval", 1, (("staff", PERSON), ("verdict", WORD), ("gtin", ("or_null", GTIN)), ("serial?", SERIAL))),
    ("access", 1, (("staff", ("or_null", PERSON)), ("event", WORD), ("source", TEXT))),
    (
        "staff",
        1,
        (
            ("staff", ("or_null", PERSON)),
            ("person", PERSON),
            ("event", ("one", ("added", "changed", "removed"))),
            ("role", ("one", ("clerk", "supervisor", "technician"))),
        ),
    ),
    ("settings", 1, (("staff", ("or_null", PERSON)), ("receipt?", ("map",)), ("gift_sets?", GIFT_SETS))),
    ("report", 1, (("verdict", WORD), ("reason", REASON), ("gtin?", GTIN), ("serial?", SERIAL))),
    ("catalogue_installed", 1, (("catalogue", COUNT), ("sha256", SHA256))),
    ("clock_set", 1, (("source", WORD), ("before", COUNT), ("after", COUNT))),
    ("device_started", 1, (("version", TEXT), ("clock", ("one", ("sure", "unsure"))))),
)

KINDS = tuple([row[0] for row in TABLE if row[1] == 1])

_BODIES = {
    (kind, version): _object((("v", ("whole", version, version)),) + fields)[1]
    for kind, version, fields in TABLE
}


class BodyError(ValueError):
    """A body is not what its kind and version say; the message names the field."""


def read(kind: str, data: bytes) -> "dict[str, Any]":
    """The body of an entry of `kind` from its bytes. Raises BodyError."""
    try:
        body = decode(data)
    except CanonicalError as error:
        raise BodyError("%s: %s" % (kind, error))
    check(kind, body)
    return body  # type: ignore[no-any-return]  # check says that it is an object


def check(kind: str, body: "Any") -> None:
    """Raise BodyError unless `body` is what a `kind` of its version must be."""
    if not isinstance(body, dict):
        raise BodyError("%s: the body is no object" % kind)
    version = body.get("v")
    fields = _BODIES.get((kind, version)) if type(version) is int else None
    if fields is None:
        raise BodyError("%s: v names no version that is known here" % kind)
    problem = _wrong_fields(fields, body, "")
    if problem:
        raise BodyError("%s: %s" % (kind, problem))


def _wrong_fields(fields: "dict[str, tuple[Type, bool]]", value: "dict[str, Any]", before: str) -> str:
    """What is wrong with an object's fields; "" if nothing."""
    found = 0
    for name, (wanted, needed) in fields.items():
        if name in value:
            found += 1
            problem = _wrong(wanted, value[name], before + name)
            if problem:
                return problem
        elif needed:
            return "%s%s is missing" % (before, name)
    if len(value) != found:
        for name in sorted(value):
            if name not in fields:
                return "%s%s is no field of it" % (before, name)
    return ""


def _wrong(wanted: "Type", value: "Any", where: str) -> str:
    """What is wrong with one value; "" if nothing."""
    kind = wanted[0]
    if kind == "whole":
        if type(value) is int and wanted[1] <= value <= wanted[2]:
            return ""
        return "%s must be a whole number from %d to %d" % (where, wanted[1], wanted[2])
    if kind == "text":
        if isinstance(value, str) and wanted[1] <= len(value) <= wanted[2]:
            return ""
        return "%s must be a text of %d to %d letters" % (where, wanted[1], wanted[2])
    if kind == "set":
        # strip leaves nothing only of a text that is made of these characters alone
        if isinstance(value, str) and wanted[2] <= len(value) <= wanted[3] and not value.strip(wanted[1]):
            return ""
        return "%s must be %d to %d of the characters %s" % (where, wanted[2], wanted[3], wanted[1])
    if kind == "one":
        if isinstance(value, str) and value in wanted[1]:
            return ""
        return "%s must be one of %s" % (where, " ".join(wanted[1]))
    if kind == "truth":
        return "" if value is True or value is False else "%s must be true or false" % where
    if kind == "map":
        return "" if isinstance(value, dict) else "%s must be an object" % where
    if kind == "or_null":
        return "" if value is None else _wrong(wanted[1], value, where)
    if kind == "object":
        if isinstance(value, dict):
            return _wrong_fields(wanted[1], value, where + ".")
        return "%s must be an object" % where
    if not isinstance(value, list) or not wanted[2] <= len(value) <= wanted[3]:
        return "%s must be a list of %d to %d" % (where, wanted[2], wanted[3])
    for place, item in enumerate(value):
        problem = _wrong(wanted[1], item, "%s[%d]" % (where, place))
        if problem:
            return problem
    return ""
