"""Storing records: what each must fit before it stands in the registry.

Every function works in the caller's transaction (`database.writing`), raises RegistryError when the
data does not allow it, and makes the publisher publish. `by` is who did it, `at` ms UTC.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, select

from kiosk import patterns as addresses
from office import audit, schema
from office.registry import lots
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
    Target,
    TradeItem,
)
from office.registry.store import Outcome, Store
from office.registry.text import nfc
from office.storage import counters
from office.times import local_date
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
    store = Store(connection, by, at)
    put_in(store, record)
    return store.flush()


def put_in(store: Store, record: Record) -> Outcome:
    """The same by a store that is flushed later."""
    if isinstance(record, Product):
        return _put_product(store, record)
    check, table = _STORES[type(record)]
    check(store, record)
    return store.put(table, row_of(record))


def import_rows(connection: Connection, data: Import, by: str, at: int) -> dict[str, int]:
    """Put all of `data`: all or nothing. Returns how many rows of each kind."""
    store = Store(connection, by, at, whole=True)
    counters.raise_by(connection, counters.REGISTRY, 0)  # one at a time; `flush` says whether there is news
    for name in data.__struct_fields__:
        for record in getattr(data, name):
            put_in(store, record)
    store.flush()
    counts = {name: len(getattr(data, name)) for name in data.__struct_fields__}
    audit.note(connection, at, by, "import", "registry", counts)
    return counts


def _put_product(store: Store, product: Product) -> Outcome:
    """Put a product and its recognition of that day."""
    require(store, schema.producers, product.producer, f"product {product.id}", "producer")
    row = row_of(product)
    recognition = msgspec.convert(
        {"product": product.id} | {name: row.pop(name) for name in _RECOGNITION}, Recognition
    )
    outcome = store.put(schema.products, row)
    other = put_in(store, recognition)
    return outcome if outcome == "new" or other == "same" else "changed"


def patterns(connection: Connection) -> list[dict[str, Any]]:
    """All patterns as rows of the catalogue: id, pattern, items, last_day."""
    rows = connection.execute(select(schema.patterns).order_by(schema.patterns.c.id))
    return [dict(row) for row in rows.mappings()]


def row_of(record: msgspec.Struct) -> dict[str, Any]:
    """The row of a record: dates as ISO texts, texts in NFC, as everything canonical must be."""
    row: dict[str, Any] = msgspec.to_builtins(record)
    return {name: nfc(value) for name, value in row.items()}


def _producer(_: Store, producer: Producer) -> None:
    _named(producer.name)


def _recognition(store: Store, recognition: Recognition) -> None:
    product = recognition.product
    require(store, schema.products, product, f"recognition of {product}", "product")
    # The newest decision is the one that counts, at once and everywhere: a wrong year would revive what has lapsed.
    if recognition.recognised > local_date(store.at):
        raise RegistryError(
            f"product {product}: recognised on {recognition.recognised:%d/%m/%Y} is still to come; enter the decision from that day on.",
            f"Ngày công nhận {recognition.recognised:%d/%m/%Y} còn ở tương lai; hãy nhập quyết định từ ngày đó.",
            "recognised",
        )
    if recognition.recognised_until < recognition.recognised:
        raise RegistryError(
            f"product {product}: its recognition ends before it begins.",
            "Ngày hết hạn công nhận trước ngày công nhận.",
            "recognised_until",
        )


def _trade_item(store: Store, item: TradeItem) -> None:
    if not check_digits.is_gtin14(item.gtin):
        raise RegistryError(
            f"trade item {item.gtin}: the GTIN's check digit is wrong.",
            f"Số kiểm tra của GTIN {item.gtin} không đúng.",
            "gtin",
        )
    require(store, schema.products, item.product, f"trade item {item.gtin}", "product")


def _lot(store: Store, lot: Lot) -> None:
    """A lot that no stamp is tied to yet can be corrected: expired stock must not be re-dated."""
    require(store, schema.trade_items, lot.gtin, f"lot {lot.id}", "gtin")
    if lot.expires is not None and lot.expires < lot.produced:
        raise RegistryError(
            f"lot {lot.id}: it expires before it was produced.",
            "Hạn sử dụng trước ngày sản xuất.",
            "expires",
        )
    row = row_of(lot)
    known = store.get(schema.lots, lot.id)
    fixed = ("gtin", "code", "produced", "expires")
    if (
        known is not None
        and any(known[name] != row[name] for name in fixed)
        and lots.in_use(store.connection, lot.id)
    ):
        raise RegistryError(
            f"lot {lot.id}: stamps are activated to it, so its dates cannot change any more.",
            "Đã kích hoạt tem cho lô này nên không sửa được; cán bộ tem có thể đính chính kèm lý do.",
            "expires",
        )
    for same in store.having(schema.lots, gtin=lot.gtin, code=lot.code):
        if same["id"] != lot.id:
            raise RegistryError(
                f"lot {lot.id}: {lot.gtin} has a lot {lot.code} already, {same['id']}.",
                f"Mặt hàng này đã có lô {lot.code} ({same['id']}).",
                "code",
            )


def _outlet(_: Store, outlet: Outlet) -> None:
    _named(outlet.name)


def _contract(store: Store, contract: Contract) -> None:
    where = f"contract of {contract.outlet} with {contract.producer}"
    require(store, schema.outlets, contract.outlet, where, "outlet")
    require(store, schema.producers, contract.producer, where, "producer")
    if contract.until is not None and contract.until < contract.from_:
        raise RegistryError(
            f"{where}: it ends before it begins.", "Hợp đồng kết thúc trước khi bắt đầu.", "until"
        )


def _inspection(store: Store, inspection: Inspection) -> None:
    where = f"inspection {inspection.id}"
    for name, table in _INSPECTED:
        if value := getattr(inspection, name):
            require(store, table, value, where, name)


def _setting(store: Store, setting: Setting) -> None:
    if setting.outlet:
        require(store, schema.outlets, setting.outlet, f"setting {setting.name}", "outlet")


def _pattern(store: Store, pattern: Pattern) -> None:
    """Its goods must be known as goods with stamps."""
    row = row_of(pattern)
    if not (row["pattern"] + "".join(row["items"])).isascii():
        raise RegistryError(
            f"pattern {pattern.id}: address and codes are ASCII; write other letters as %XX.",
            f"Mẫu tem cũ {pattern.id}: địa chỉ và mã chỉ gồm ký tự ASCII; viết chữ khác thành %XX.",
        )
    if len(msgspec.json.encode(row)) > _LARGEST_PATTERN:
        raise RegistryError(
            f"pattern {pattern.id}: it has too many codes for one row; split it in several.",
            f"Mẫu tem cũ {pattern.id}: quá nhiều mã cho một dòng; hãy tách thành nhiều mẫu.",
        )
    try:
        addresses.Pattern(row)
    except addresses.PatternError as error:
        raise RegistryError(str(error), error.vi) from error
    for gtin in pattern.items.values():
        require(store, schema.trade_items, gtin, f"pattern {pattern.id}", "items")


def _named(name: str) -> None:
    if not name.strip():
        raise RegistryError("the name is missing.", "Chưa có tên.", "name")


def require(store: Store, table: Table, key: str, what: str, field: str = "") -> None:
    """Raises RegistryError unless `table` has the row that `what` needs."""
    if store.get(table, key) is None:
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
_STORES: dict[type, tuple[Callable[[Store, Any], None], Table]] = {
    Producer: (_producer, schema.producers),
    Recognition: (_recognition, schema.recognitions),
    TradeItem: (_trade_item, schema.trade_items),
    Lot: (_lot, schema.lots),
    Outlet: (_outlet, schema.outlets),
    Contract: (_contract, schema.contracts),
    Inspection: (_inspection, schema.inspections),
    Target: (lambda _store, _target: None, schema.targets),
    Setting: (_setting, schema.settings),
    Pattern: (_pattern, schema.patterns),
}
