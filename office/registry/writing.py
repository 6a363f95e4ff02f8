"""From what people wrote, in a form or a row of a spreadsheet, to a stored record."""

from datetime import date
from typing import Any

import msgspec

from office import schema
from office.registry import changes, ending, kinds, references, storing
from office.registry.errors import RegistryError
from office.registry.fields import Field, FieldError, Problems, Refused, parse
from office.registry.gtins import Prefix, known
from office.registry.kinds import Kind
from office.registry.references import Names
from office.registry.store import Outcome, Store

Values = dict[str, Any]
MONTHS = 36  # that a recognition lasts


def values(kind: Kind, given: Values, fields: tuple[Field, ...] | None = None) -> Values:
    """The record's values out of what was written in `fields` (all of the kind). Raises Refused."""
    found: dict[str, Any] = {}
    problems: Problems = {}
    for field in fields or kind.fields:
        if kind is kinds.TRADE_ITEMS and field.name == "gtin" and not given.get("gtin"):
            found["gtin"] = ""
            continue
        try:
            found[field.name] = parse(field, given.get(field.name))
        except FieldError as error:
            problems[field.name] = error
    if problems:
        raise Refused(problems)
    _fill(found, found.get("recognised") or given.get("recognised"))
    return found


def identified(store: Store, kind: Kind, found: Values, names: Names | None = None) -> Values:
    """The values with the keys that they mean: of records that are named, and of a trade item known by its pack alone.

    `names` remembers which record a name means, for as long as nothing else is written. Raises Refused.
    """
    found = found | references.resolved(store, kind, found, names)
    if kind is kinds.TRADE_ITEMS and not found.get("gtin"):
        try:
            found["gtin"] = known(store, found)
        except RegistryError as error:
            raise Refused({error.field: FieldError(error.vi, str(error))}) from error
    return found


def put(
    store: Store, kind: Kind, found: Values, prefix: Prefix, names: Names | None = None
) -> tuple[str, Outcome]:
    """Put a record of these values; returns its key, and what that changed.

    What a record of before has in fields that `found` lacks stays as it is. A trade item without a GTIN is the one of
    the same pack, else it gets one of `prefix`. `names` as for `identified`. Raises Refused.
    """
    found = identified(store, kind, found, names)
    absent = tuple(field for field in kind.fields if field.name not in found)
    if absent:
        found = (_stored(store, kind, found) or values(kind, {}, absent)) | found
        _fill(found, found.get("recognised"))
    try:
        if kind is kinds.TRADE_ITEMS and not found["gtin"]:
            found["gtin"] = prefix.take(store)
        columns = [field.encode_name for field in msgspec.structs.fields(kind.record)]
        row = {name: found[name] for name in columns if name in found}
        record: Any = msgspec.convert(row, kind.record, strict=False)
        outcome = storing.put_in(store, record)
        if kind is kinds.INSPECTIONS and outcome != "same":
            _follow(store, record)
    except RegistryError as error:
        raise Refused({error.field: FieldError(error.vi, str(error))}) from error
    except msgspec.ValidationError as error:
        raise Refused({"": FieldError(f"Dữ liệu không hợp lệ: {error}", str(error))}) from error
    return changes.key_of(kind.table, storing.row_of(record)), outcome


def months_later(day: date, months: int) -> date:
    """The same day of the month so many months later, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(last, day.day))
        except ValueError:
            continue
    raise AssertionError


def _stored(store: Store, kind: Kind, found: Values) -> Values | None:
    """The record of this key as it is stored; of a product with its recognition of that day."""
    key = [found.get(name) for name in changes.key_columns(kind.table)]
    row = store.get(kind.table, *key) if all(key) else None
    if row is not None and kind is kinds.PRODUCTS:
        recognition = store.get(schema.recognitions, *key, found.get("recognised"))
        if recognition is None:
            missing = (field for field in kind.fields if field.name not in row and field.name not in found)
            recognition = values(kind, {}, tuple(missing))
        row = recognition | row
    return row


def _fill(found: dict[str, Any], recognised: str | None) -> None:
    """What follows from the rest when it was left empty. `recognised` is a day that may be written once only."""
    if "recognised_until" in found and not found["recognised_until"] and recognised:
        later = months_later(date.fromisoformat(recognised), MONTHS)
        found["recognised_until"] = later.isoformat()
    if found.get("group") and not found.get("group_name"):
        found["group_name"] = dict(kinds.SECTORS)[found["group"]][0]


def _follow(store: Store, inspection: Any) -> None:
    """What an inspection leads to: the recall of the lot, the withdrawal of the recognition."""
    reason = inspection.finding.splitlines()[0][:300]
    if inspection.consequence == "recall":
        if not inspection.lot:
            raise RegistryError("which lot is to be recalled?", "Thu hồi lô nào?", "lot")
        if store.get(schema.recalls, inspection.lot) is None:
            ending.recall(store.connection, inspection.lot, reason, store.by, store.at)
    if inspection.consequence == "withdrawal":
        product, day = inspection.product, inspection.day
        if not product:
            raise RegistryError(
                "which product's recognition?", "Thu hồi công nhận của sản phẩm nào?", "product"
            )
        if store.get(schema.withdrawals, product) is None:
            ending.withdraw(store.connection, product, day, None, reason, store.by, store.at)
