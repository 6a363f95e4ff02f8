"""Storing records: what each must fit before it stands in the registry.

Every function works in the caller's transaction (`database.writing`), raises RegistryError when the
data does not allow it, and makes the publisher publish. `by` is who did it, `at` ms UTC.
"""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, select

from kiosk import patterns as addresses
from office import audit, counters, schema
from office.registry import changes, lots
from office.registry.errors import RegistryError
from office.registry.records import (
    Contract,
    Import,
    Inspection,
    Lot,
    Outlet,
    Pattern,
    Producer,
    Product,
    Recognition,
    Record,
    Setting,
    TradeItem,
)
from office.registry.text import nfc
from scanner import check_digits

_LARGEST_PATTERN = 512 * 1024  # bytes: a catalogue's line holds twice that
_RECOGNITION = ("stars", "recognised", "recognised_until", "decision", "grace_days")

_NOUNS = {
    "producers": "chủ thể",
    "products": "sản phẩm",
    "trade_items": "mặt hàng",
    "lots": "lô hàng",
    "outlets": "điểm bán",
    "patterns": "mẫu tem cũ",
}


def put(connection: Connection, record: Record, by: str, at: int) -> bool:
    """Add a record, or bring the one of its key up to date. Returns whether that changed anything."""
    if isinstance(record, Product):
        return _put_product(connection, record, by, at)
    check, table = _STORES[type(record)]
    check(connection, record)
    return changes.put(connection, table, row_of(record), by, at)


def import_rows(connection: Connection, data: Import, by: str, at: int) -> dict[str, int]:
    """Put all of `data`: all or nothing. Returns how many rows of each kind."""
    counters.raise_by(connection, counters.REGISTRY)
    for record in _in_order(data):
        put(connection, record, by, at)
    counts = {name: len(getattr(data, name)) for name in data.__struct_fields__}
    audit.note(connection, at, by, "import", "registry", counts)
    return counts


def _put_product(connection: Connection, product: Product, by: str, at: int) -> bool:
    """Put a product and its recognition of that day."""
    require(connection, schema.producers, product.producer, f"product {product.id}", "producer")
    row = row_of(product)
    recognition = msgspec.convert(
        {"product": product.id} | {name: row.pop(name) for name in _RECOGNITION}, Recognition
    )
    changed = changes.put(connection, schema.products, row, by, at)
    return put(connection, recognition, by, at) or changed


def patterns(connection: Connection) -> list[dict[str, Any]]:
    """All patterns as rows of the catalogue: id, pattern, items, last_day."""
    rows = connection.execute(select(schema.patterns).order_by(schema.patterns.c.id))
    return [dict(row) for row in rows.mappings()]


def row_of(record: msgspec.Struct) -> dict[str, Any]:
    """The row of a record: dates as ISO texts, texts in NFC, as everything canonical must be."""
    row: dict[str, Any] = msgspec.to_builtins(record)
    return {name: nfc(value) for name, value in row.items()}


def _in_order(data: Import) -> Iterator[Record]:
    for name in data.__struct_fields__:
        yield from getattr(data, name)


def _producer(_: Connection, producer: Producer) -> None:
    _named(producer.name)


def _recognition(connection: Connection, recognition: Recognition) -> None:
    product = recognition.product
    require(connection, schema.products, product, f"recognition of {product}", "product")
    if recognition.recognised_until < recognition.recognised:
        raise RegistryError(
            f"product {product}: its recognition ends before it begins.",
            "Ngày hết hạn công nhận trước ngày công nhận.",
            "recognised_until",
        )


def _trade_item(connection: Connection, item: TradeItem) -> None:
    if not check_digits.is_gtin14(item.gtin):
        raise RegistryError(
            f"trade item {item.gtin}: the GTIN's check digit is wrong.",
            f"Số kiểm tra của GTIN {item.gtin} không đúng.",
            "gtin",
        )
    require(connection, schema.products, item.product, f"trade item {item.gtin}", "product")


def _lot(connection: Connection, lot: Lot) -> None:
    """A lot that no stamp is tied to yet can be corrected: expired stock must not be re-dated."""
    require(connection, schema.trade_items, lot.gtin, f"lot {lot.id}", "gtin")
    if lot.expires is not None and lot.expires < lot.produced:
        raise RegistryError(
            f"lot {lot.id}: it expires before it was produced.",
            "Hạn sử dụng trước ngày sản xuất.",
            "expires",
        )
    table = schema.lots
    row = row_of(lot)
    known = connection.execute(select(table).where(table.c.id == lot.id)).mappings().one_or_none()
    fixed = ("gtin", "code", "produced", "expires")
    if (
        known is not None
        and any(known[name] != row[name] for name in fixed)
        and lots.in_use(connection, lot.id)
    ):
        raise RegistryError(
            f"lot {lot.id}: stamps are activated to it, so its dates cannot change any more.",
            "Đã kích hoạt tem cho lô này nên không sửa được; cán bộ tem có thể đính chính kèm lý do.",
            "expires",
        )
    same = connection.execute(
        select(table.c.id).where(table.c.gtin == lot.gtin, table.c.code == lot.code, table.c.id != lot.id)
    ).scalar_one_or_none()
    if same is not None:
        raise RegistryError(
            f"lot {lot.id}: {lot.gtin} has a lot {lot.code} already, {same}.",
            f"Mặt hàng này đã có lô {lot.code} ({same}).",
            "code",
        )


def _outlet(_: Connection, outlet: Outlet) -> None:
    _named(outlet.name)


def _contract(connection: Connection, contract: Contract) -> None:
    where = f"contract of {contract.outlet} with {contract.producer}"
    require(connection, schema.outlets, contract.outlet, where, "outlet")
    require(connection, schema.producers, contract.producer, where, "producer")
    if contract.until is not None and contract.until < contract.from_:
        raise RegistryError(
            f"{where}: it ends before it begins.", "Hợp đồng kết thúc trước khi bắt đầu.", "until"
        )


def _inspection(connection: Connection, inspection: Inspection) -> None:
    where = f"inspection {inspection.id}"
    for name, table in _INSPECTED:
        if value := getattr(inspection, name):
            require(connection, table, value, where, name)


def _setting(connection: Connection, setting: Setting) -> None:
    if setting.outlet:
        require(connection, schema.outlets, setting.outlet, f"setting {setting.name}", "outlet")


def _pattern(connection: Connection, pattern: Pattern) -> None:
    """Its goods must be known as goods with stamps."""
    row = row_of(pattern)
    if not (row["pattern"] + "".join(row["items"])).isascii():
        raise RegistryError(f"pattern {pattern.id}: address and codes are ASCII; write other letters as %XX.")
    if len(msgspec.json.encode(row)) > _LARGEST_PATTERN:
        raise RegistryError(f"pattern {pattern.id}: it has too many codes for one row; split it in several.")
    try:
        addresses.Pattern(row)
    except addresses.PatternError as error:
        raise RegistryError(str(error)) from error
    for gtin in pattern.items.values():
        require(connection, schema.trade_items, gtin, f"pattern {pattern.id}", "items")


def _named(name: str) -> None:
    if not name.strip():
        raise RegistryError("the name is missing.", "Chưa có tên.", "name")


def known(connection: Connection, table: Table, key: str) -> bool:
    """Whether `table` has a row of this key (one column)."""
    (column,) = table.primary_key
    return connection.execute(select(column).where(column == key)).first() is not None


def require(connection: Connection, table: Table, key: str, what: str, field: str = "") -> None:
    """Raises RegistryError unless `table` has the row that `what` needs."""
    if not known(connection, table, key):
        noun = _NOUNS.get(table.name, table.name)
        raise RegistryError(
            f"{what}: there is no {key!r} in {table.name.replace('_', ' ')}; add it first.",
            f"Không có {noun} “{key}”; hãy thêm trước.",
            field,
        )


_INSPECTED = (
    ("producer", schema.producers),
    ("product", schema.products),
    ("lot", schema.lots),
    ("outlet", schema.outlets),
)
_STORES: dict[type, tuple[Callable[[Connection, Any], None], Table]] = {
    Producer: (_producer, schema.producers),
    Recognition: (_recognition, schema.recognitions),
    TradeItem: (_trade_item, schema.trade_items),
    Lot: (_lot, schema.lots),
    Outlet: (_outlet, schema.outlets),
    Contract: (_contract, schema.contracts),
    Inspection: (_inspection, schema.inspections),
    Setting: (_setting, schema.settings),
    Pattern: (_pattern, schema.patterns),
}
