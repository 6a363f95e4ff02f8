"""The verdict: the answer to one scan made for one purpose, and what the shop then does.

`TABLE` is the whole rule. Its rows stand in the fixed order of judgement, the first that holds is the
verdict. Beside each stands how it is classed, what the till does at each age of the catalogue, and
whether goods coming in are taken. The age matters only where a verdict rests on something missing
from our data: absence softens, presence does not.

Ages: confirmed (the office signed, over our nonce and within 15 minutes, that this catalogue is its
newest), fresh (at most 24 h old), stale (at most 7 days), old.
"""

from collections import namedtuple

from kiosk import calendar
from kiosk.cases import Case
from scanner import stamps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from kiosk.cases import Verify
    from kiosk.lookups import Basket, Catalogue, Sold
    from scanner.codes import Code

PURPOSES: "Final" = ("look", "sell", "receive", "return")
AGES: "Final" = ("confirmed", "fresh", "stale", "old")
CLASSES: "Final" = ("ok", "technical", "procedural", "suspect")
NO_STAMP_ACTIONS: "Final" = ("sell_and_flag", "supervisor", "refuse")

Verdict = namedtuple("Verdict", ("verdict", "cls", "action", "facts"))
"""`verdict` names a row of the table; `cls` is ok, technical, procedural or suspect; `action` is show
(look), sell, sell_and_flag, supervisor, refuse (sell), accept, ask, refuse (receive), refund or refuse
(return). `facts` is what is known of the item, see `_facts`."""

Row = namedtuple("Row", ("verdict", "holds", "cls", "confirmed", "fresh", "stale", "old", "receive"))
"""One row. `holds(case)` says whether the verdict is this one, given that no earlier row held.
`receive` is "accept", or "ask" where the till would not refuse the goods and "refuse" where it would."""


def verdict(
    code: "Code | None",
    purpose: str,
    catalogue: "Catalogue | None",
    sold: "Sold",
    basket: "Basket",
    now: int,
    age: str,
    verify: "Verify",
) -> "Verdict":
    """Judge one scan.

    code       what was read, None if nothing could be read
    purpose    "look" (a shopper; also count, transfer, return to producer), "sell", "receive", "return"
    catalogue  None before the first catalogue is installed
    basket     see `kiosk.lookups.Basket`
    now        ms UTC by which expiry is judged, and age that of the catalogue (`kiosk.clock` gives both)
    verify     (public key, message, signature) -> bool: Ed25519 by libsodium's rule

    ValueError if the purpose or the age is none of the above; any code has an answer.
    """
    if purpose not in PURPOSES or age not in AGES:
        raise ValueError(f"purpose {purpose!r} or age {age!r} is unknown")
    case = Case(code, purpose, catalogue, sold, basket, now, verify)
    for row in TABLE:
        if row.holds(case):
            break
    cls = "procedural" if row.verdict == "sold_elsewhere" and purpose == "look" else row.cls
    return Verdict(row.verdict, cls, _action(row, case, age), _facts(row.verdict, case))


def sell_action(row: "Row", age: str, no_stamp_action: "Any" = None) -> str:
    """What the till does: sell, sell_and_flag, supervisor or refuse.

    `no_stamp_action` is the office's setting for the outlet; a supervisor is asked where it has none.
    """
    if row.verdict == "no_stamp":
        return no_stamp_action if no_stamp_action in NO_STAMP_ACTIONS else "supervisor"
    return str(row[3 + AGES.index(age)])


def _action(row: "Row", case: "Case", age: str) -> str:
    if case.purpose == "look":
        return "show"
    if case.purpose == "return":
        return "refund" if (case.gtin, case.serial) in case.basket else "refuse"
    setting = case.catalogue.setting("no_stamp_action") if row.verdict == "no_stamp" else None
    action = sell_action(row, age, setting)
    if case.purpose == "sell":
        return action
    if row.receive == "accept":
        return "accept"
    return "refuse" if action == "refuse" else "ask"


def _unreadable(case: "Case") -> bool:
    return case.code is None


def _no_catalogue(case: "Case") -> bool:
    return case.catalogue is None


def _not_a_stamp(case: "Case") -> bool:
    return case.by_gtin and case.item is None


def _no_stamp(case: "Case") -> bool:
    return case.by_gtin and (case.lapsed is not None or bool(case.item["stamped"]))


def _plain_goods(case: "Case") -> bool:
    return case.by_gtin


def _unknown_key(case: "Case") -> bool:
    return case.stamp is not None and case.catalogue.stamp_key(case.stamp.k) is None


def _bad_signature(case: "Case") -> bool:
    stamp = case.stamp
    if stamp is None:
        # An older stamp's serial among those that were issued signed: the signature was left off.
        return case.forged or (case.older is not None and bool(case.batch and case.batch["k"]))
    if case.batch is not None and case.batch["k"] != stamp.k:
        return True
    message = stamps.message(stamp.host, stamp.k, stamp.gtin, stamp.serial)
    return not case.verify(case.catalogue.stamp_key(stamp.k), message, stamp.signature)


def _stamp_void(case: "Case") -> bool:
    return bool(case.serial) and bool(case.catalogue.voided(case.gtin, case.serial))


def _newer_than_catalogue(case: "Case") -> bool:
    # A retired key or a tombstone tells that the stamp is older than our data, not newer.
    if case.stamp is None or case.retired or case.deleted:
        return False
    return case.item is None or case.serial > case.item["mark"]


def _data_deleted(case: "Case") -> bool:
    if case.deleted or (case.stamp is not None and (case.retired or case.batch is None)):
        return True
    expires = case.lot and case.lot["expires"]
    return bool(expires) and case.today > expires and case.today > calendar.add_month(expires)


def _unknown_serial(case: "Case") -> bool:
    if case.item is None or (case.typed and (case.serial or 0) > case.item["mark"]):
        return True
    return case.batch is None and case.older is None


def _not_activated(case: "Case") -> bool:
    # An older stamp in no batch has no lot that it could be activated for.
    return case.lot is None and case.batch is not None


def _lot_recalled(case: "Case") -> bool:
    return case.recall is not None


def _recognition_withdrawn(case: "Case") -> bool:
    row = case.withdrawal
    if row is None or row["on"] > case.today:
        return False
    if row["produced_from"] is None or case.lot is None:
        return True  # without a lot nothing shows that the goods are from before
    return bool(case.lot["produced"] >= row["produced_from"])


def _recognition_lapsed(case: "Case") -> bool:
    if case.product is None:
        return True
    until = case.product["recognised_until"]
    if until is None or case.lot is None or case.lot["produced"] <= until:
        return False
    return bool(case.lot["produced"] > calendar.add_days(until, case.product["grace_days"]))


def _expired(case: "Case") -> bool:
    expires = case.lot and case.lot["expires"]
    return expires is not None and case.today > expires


def _no_contract(case: "Case") -> bool:
    row = case.contract
    if row is None:
        return True
    if row["until"] is None or case.activation is None:
        return False
    activated = calendar.date_of(case.activation["at"])
    return activated > row["until"] and activated > calendar.add_days(row["until"], row["grace_days"])


def _in_basket(case: "Case") -> bool:
    if case.purpose not in ("sell", "receive") or case.serial is None:
        return False
    return (case.gtin, case.serial) in case.basket


def _sold_here(case: "Case") -> bool:
    return case.purpose in ("sell", "receive") and case.sold_here is not None


def _sold_elsewhere(case: "Case") -> bool:
    return case.sold_elsewhere is not None


def _unsigned(case: "Case") -> bool:
    return case.typed or case.older is not None


def _genuine(_: "Case") -> bool:
    return True


_SELL = "sell"
_FLAG = "sell_and_flag"
_ASK = "supervisor"
_NO = "refuse"
_SET = "setting"  # as the office has set it for the outlet

# fmt: off
TABLE: "Final" = (
    #   verdict                  holds                   class         conf.  fresh  stale  old    receive
    Row("unreadable",            _unreadable,            "technical",  _NO,   _NO,   _NO,   _NO,   "ask"),
    Row("no_catalogue",          _no_catalogue,          "technical",  _ASK,  _ASK,  _ASK,  _ASK,  "ask"),
    Row("not_a_stamp",           _not_a_stamp,           "procedural", _NO,   _NO,   _NO,   _NO,   "ask"),
    Row("no_stamp",              _no_stamp,              "procedural", _SET,  _SET,  _SET,  _SET,  "ask"),
    Row("plain_goods",           _plain_goods,           "ok",         _SELL, _SELL, _SELL, _SELL, "accept"),
    Row("unknown_key",           _unknown_key,           "technical",  _NO,   _ASK,  _ASK,  _ASK,  "ask"),
    Row("bad_signature",         _bad_signature,         "suspect",    _NO,   _NO,   _NO,   _NO,   "ask"),
    Row("stamp_void",            _stamp_void,            "suspect",    _NO,   _NO,   _NO,   _NO,   "ask"),
    Row("newer_than_catalogue",  _newer_than_catalogue,  "technical",  _ASK,  _FLAG, _FLAG, _ASK,  "accept"),
    Row("data_deleted",          _data_deleted,          "procedural", _NO,   _NO,   _NO,   _NO,   "ask"),
    Row("unknown_serial",        _unknown_serial,        "suspect",    _NO,   _ASK,  _ASK,  _ASK,  "ask"),
    Row("not_activated",         _not_activated,         "procedural", _NO,   _ASK,  _FLAG, _ASK,  "accept"),
    Row("lot_recalled",          _lot_recalled,          "procedural", _NO,   _NO,   _NO,   _NO,   "ask"),
    Row("recognition_withdrawn", _recognition_withdrawn, "procedural", _NO,   _NO,   _NO,   _NO,   "ask"),
    Row("recognition_lapsed",    _recognition_lapsed,    "procedural", _ASK,  _ASK,  _FLAG, _FLAG, "ask"),
    Row("expired",               _expired,               "procedural", _NO,   _NO,   _NO,   _NO,   "ask"),
    Row("no_contract",           _no_contract,           "procedural", _ASK,  _ASK,  _FLAG, _FLAG, "ask"),
    Row("in_basket",             _in_basket,             "procedural", _NO,   _NO,   _NO,   _NO,   "ask"),
    Row("sold_here",             _sold_here,             "suspect",    _NO,   _NO,   _NO,   _NO,   "ask"),
    Row("sold_elsewhere",        _sold_elsewhere,        "suspect",    _ASK,  _ASK,  _ASK,  _ASK,  "ask"),
    Row("unsigned",              _unsigned,              "technical",  _FLAG, _FLAG, _FLAG, _FLAG, "accept"),
    Row("genuine",               _genuine,               "ok",         _SELL, _SELL, _SELL, _FLAG, "accept"),
)
# fmt: on

VERDICTS: "Final" = tuple([row.verdict for row in TABLE])

# Of these nothing is proven but that somebody printed digits, so no product lends them its good name.
_NOTHING_KNOWN = ("unreadable", "no_catalogue", "not_a_stamp", "bad_signature")
_NO_LOT = ("no_stamp", "plain_goods", "unknown_key", "newer_than_catalogue", "data_deleted", "unknown_serial")

_PRODUCT = (
    "id name name_en stars group group_name commune district ingredients process storage allergens story decision"
    " recognised_until photo"
).split()
_PRODUCER = ("id", "name", "address", "commune", "phone", "lat_e5", "lon_e5")


def _facts(name: str, case: "Case") -> "dict[str, Any]":
    """What is known of the item, and may be shown with this verdict (None where nothing is):

    gtin, serial, product {id, name, name_en, stars, ...}, producer {id, name, address, commune, phone, lat_e5, lon_e5},
    trade_item {unit, net, price}, lot {id, code, produced, expires}, activated_at (ms), recall {at,
    reason}, withdrawal {on, reason}, sold {number?, at?, outlet?}, ordinal (for the journal), older
    {last_day} for a stamp of an older pattern, and note: None, "in_basket" or "sold_here", for a shopper's
    look that the stamp is none the worse for.
    """
    facts: dict[str, Any] = {"gtin": case.gtin, "serial": case.serial}
    for field in ("product", "producer", "trade_item", "lot", "activated_at", "recall", "withdrawal", "sold"):
        facts[field] = None
    facts["ordinal"] = facts["older"] = facts["note"] = None
    if name in _NOTHING_KNOWN:
        return facts
    older = case.older or case.lapsed
    if older is not None:
        facts["older"] = {"last_day": older.last_day}
    facts["product"] = _some(case.product, _PRODUCT)
    facts["producer"] = _some(case.producer, _PRODUCER)
    facts["trade_item"] = _some(case.item, ("unit", "net", "price"))
    if name in _NO_LOT:
        return facts
    facts["ordinal"] = case.ordinal
    facts["lot"] = _some(case.lot, ("id", "code", "produced", "expires"))
    facts["activated_at"] = case.activation and case.activation["at"]
    if name == "lot_recalled":
        facts["recall"] = _some(case.recall, ("at", "reason"))
    elif name == "recognition_withdrawn":
        facts["withdrawal"] = _some(case.withdrawal, ("on", "reason"))
    elif name == "sold_elsewhere":
        facts["sold"] = case.sold_elsewhere
    elif name == "sold_here":
        facts["sold"] = case.sold_here
    elif name in ("genuine", "unsigned"):
        if case.purpose in ("look", "return") and case.sold_here is not None:
            facts["sold"], facts["note"] = case.sold_here, "sold_here"
        elif case.purpose == "look" and case.serial and (case.gtin, case.serial) in case.basket:
            facts["note"] = "in_basket"
    return facts


def _some(row: "dict[str, Any] | None", fields: "list[str] | tuple[str, ...]") -> "dict[str, Any] | None":
    return None if row is None else {field: row.get(field) for field in fields}
