"""The registry: producers, products, trade items, lots, outlets and contracts, and what ends them.

Every function works in the caller's transaction (`database.writing`), raises RegistryError with one
sentence when the data does not allow it, and makes the publisher publish.
"""

import unicodedata
from datetime import date
from typing import Annotated, Any

import msgspec
from sqlalchemy import Connection, Table, and_, insert, select, update

from config.exits import NO, CommandError
from kiosk import patterns as addresses
from office import counters, schema
from office.audit import note
from scanner import check_digits

Id = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]{1,40}$")]
Gtin = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{14}$")]
Days = Annotated[int, msgspec.Meta(ge=0, le=3650)]
Dong = Annotated[int, msgspec.Meta(ge=0, le=10**12)]


_LARGEST_PATTERN = 512 * 1024  # bytes: a catalogue's line holds twice that


class RegistryError(CommandError):
    """What was asked contradicts the registry; the message says why and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message, NO)


class Producer(msgspec.Struct, forbid_unknown_fields=True):
    """The cooperative, firm or household behind products."""

    id: Id
    name: str
    address: str = ""
    commune: str = ""
    district: str = ""
    phone: str = ""
    lat_e5: int | None = None
    lon_e5: int | None = None


class Product(msgspec.Struct, forbid_unknown_fields=True):
    """A product with the recognition that counts for it."""

    id: Id
    name: str
    producer: Id
    stars: Annotated[int, msgspec.Meta(ge=3, le=5)]
    recognised: date
    recognised_until: date
    decision: str = ""
    grace_days: Days = 0
    name_en: str = ""
    group: str = ""
    group_name: str = ""
    commune: str = ""
    district: str = ""
    ingredients: str = ""
    process: str = ""
    storage: str = ""
    allergens: list[str] = []
    story: str = ""
    illustrative: bool = False


class TradeItem(msgspec.Struct, forbid_unknown_fields=True):
    """One pack of a product."""

    gtin: Gtin
    product: Id
    unit: str = ""
    net: str = ""
    price: Dong | None = None
    stamped: bool = True


class Lot(msgspec.Struct, forbid_unknown_fields=True):
    """One production run of a trade item."""

    id: Id
    gtin: Gtin
    code: str
    produced: date
    expires: date | None = None


class Outlet(msgspec.Struct, forbid_unknown_fields=True):
    """A certified point of sale."""

    code: Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9]{1,20}$")]
    name: str
    address: str = ""
    lat_e5: int | None = None
    lon_e5: int | None = None


class Contract(msgspec.Struct, forbid_unknown_fields=True, rename={"from_": "from"}):
    """An outlet may sell a producer's goods from one day until another."""

    outlet: str
    producer: Id
    from_: date
    until: date | None = None
    grace_days: Days = 0


class Setting(msgspec.Struct, forbid_unknown_fields=True):
    """One setting of the catalogue; `outlet` "" means all outlets."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z_]{1,40}$")]
    value: str | int | bool
    outlet: str = ""


class Pattern(msgspec.Struct, forbid_unknown_fields=True):
    """How the addresses of one kind of older, unsigned stamps are written (`kiosk.patterns`)."""

    id: Id
    pattern: str
    items: dict[str, str]  # the address's code for a trade item: its GTIN
    last_day: date


class Import(msgspec.Struct, forbid_unknown_fields=True):
    """What `ocop office import` reads: rows to add or to bring up to date."""

    producers: list[Producer] = []
    products: list[Product] = []
    trade_items: list[TradeItem] = []
    lots: list[Lot] = []
    outlets: list[Outlet] = []
    contracts: list[Contract] = []
    settings: list[Setting] = []
    patterns: list[Pattern] = []


def import_rows(connection: Connection, data: Import, by: str, at: int) -> dict[str, int]:
    """Add or update all of `data`: all or nothing. Returns how many rows of each kind."""
    for producer in data.producers:
        put_producer(connection, producer)
    for product in data.products:
        put_product(connection, product)
    for item in data.trade_items:
        put_trade_item(connection, item)
    for lot in data.lots:
        put_lot(connection, lot)
    for outlet in data.outlets:
        put_outlet(connection, outlet)
    for contract in data.contracts:
        put_contract(connection, contract)
    for setting in data.settings:
        put_setting(connection, setting)
    for pattern in data.patterns:
        put_pattern(connection, pattern)
    counts = {name: len(getattr(data, name)) for name in data.__struct_fields__}
    note(connection, at, by, "import", "registry", counts)
    return counts


def put_producer(connection: Connection, producer: Producer) -> None:
    """Add a producer, or update the one of this id."""
    _put(connection, schema.producers, _row(producer))


def put_product(connection: Connection, product: Product) -> None:
    """Add or update a product and its recognition of that day; its producer must be known."""
    _require(connection, schema.producers, product.producer, f"product {product.id}")
    row = _row(product)
    recognition = {
        name: row.pop(name) for name in ("stars", "recognised", "recognised_until", "decision", "grace_days")
    }
    if product.recognised_until < product.recognised:
        raise RegistryError(f"product {product.id}: its recognition ends before it begins.")
    _put(connection, schema.products, row)
    _put(
        connection,
        schema.recognitions,
        {"product": product.id, **recognition},
        keys=("product", "recognised"),
    )


def put_trade_item(connection: Connection, item: TradeItem) -> None:
    """Add or update a trade item; its product must be known."""
    if not check_digits.is_gtin14(item.gtin):
        raise RegistryError(f"trade item {item.gtin}: the GTIN's check digit is wrong.")
    _require(connection, schema.products, item.product, f"trade item {item.gtin}")
    _put(connection, schema.trade_items, _row(item))


def put_lot(connection: Connection, lot: Lot) -> None:
    """Add a lot, or correct one that no stamp is tied to yet: expired stock must not be re-dated."""
    _require(connection, schema.trade_items, lot.gtin, f"lot {lot.id}")
    if lot.expires is not None and lot.expires < lot.produced:
        raise RegistryError(f"lot {lot.id}: it expires before it was produced.")
    row, table = _row(lot), schema.lots
    known = connection.execute(select(table).where(table.c.id == lot.id)).mappings().one_or_none()
    if known is not None and dict(known) != row and lot_in_use(connection, lot.id):
        raise RegistryError(f"lot {lot.id}: stamps are activated to it, so its dates cannot change any more.")
    _put(connection, table, row)


def lot_in_use(connection: Connection, lot: str) -> bool:
    """Whether stamps are activated to this lot."""
    table = schema.activations
    return connection.execute(select(table.c.lot).where(table.c.lot == lot).limit(1)).first() is not None


def put_outlet(connection: Connection, outlet: Outlet) -> None:
    """Add an outlet, or update the one of this code."""
    _put(connection, schema.outlets, _row(outlet))


def put_contract(connection: Connection, contract: Contract) -> None:
    """Add or update the contract of an outlet with a producer that begins on this day."""
    where = f"contract of {contract.outlet} with {contract.producer}"
    _require(connection, schema.outlets, contract.outlet, where)
    _require(connection, schema.producers, contract.producer, where)
    _put(connection, schema.contracts, _row(contract))


def put_setting(connection: Connection, setting: Setting) -> None:
    """Set one setting of the catalogue, for one outlet or all."""
    if setting.outlet:
        _require(connection, schema.outlets, setting.outlet, f"setting {setting.name}")
    _put(connection, schema.settings, _row(setting))


def put_pattern(connection: Connection, pattern: Pattern) -> None:
    """Add a pattern, or update the one of this id; its goods must be known as goods with stamps."""
    row = _row(pattern)
    if not (row["pattern"] + "".join(row["items"])).isascii():
        raise RegistryError(f"pattern {pattern.id}: address and codes are ASCII; write other letters as %XX.")
    if len(msgspec.json.encode(row)) > _LARGEST_PATTERN:
        raise RegistryError(f"pattern {pattern.id}: it has too many codes for one row; split it in several.")
    try:
        addresses.Pattern(row)
    except addresses.PatternError as error:
        raise RegistryError(str(error)) from error
    for gtin in pattern.items.values():
        _require(connection, schema.trade_items, gtin, f"pattern {pattern.id}")
    _put(connection, schema.patterns, row)


def end_pattern(connection: Connection, name: str, on: date, by: str, at: int) -> None:
    """Let a pattern's stamps count until the day `on`, sooner than until now. Raises RegistryError."""
    table = schema.patterns
    _require(connection, table, name, "end")
    last_day = connection.execute(select(table.c.last_day).where(table.c.id == name)).scalar_one()
    if last_day <= on.isoformat():
        raise RegistryError(f"pattern {name} ends on {last_day} already.")
    counters.raise_by(connection, counters.REGISTRY)
    connection.execute(update(table).where(table.c.id == name).values(last_day=on.isoformat()))
    note(connection, at, by, "pattern-end", name, {"last_day": on.isoformat()})


def patterns(connection: Connection) -> list[dict[str, Any]]:
    """All patterns as rows of the catalogue: id, pattern, items, last_day."""
    rows = connection.execute(select(schema.patterns).order_by(schema.patterns.c.id))
    return [dict(row) for row in rows.mappings()]


def recall(connection: Connection, lot: str, reason: str, by: str, at: int) -> None:
    """Recall a lot from `at` (ms UTC) on. A second recall of a lot is an error."""
    _require(connection, schema.lots, lot, "recall")
    if _known(connection, schema.recalls, lot):
        raise RegistryError(f"lot {lot} is recalled already.")
    counters.raise_by(connection, counters.REGISTRY)
    connection.execute(insert(schema.recalls).values(lot=lot, at=at, reason=_nfc(reason)))
    note(connection, at, by, "recall", lot, {"reason": reason})


def withdraw(
    connection: Connection,
    product: str,
    on: date,
    produced_from: date | None,
    reason: str,
    by: str,
    at: int,
) -> None:
    """Withdraw a product's recognition, for goods produced from `produced_from` on (None: all)."""
    _require(connection, schema.products, product, "withdrawal")
    if _known(connection, schema.withdrawals, product):
        raise RegistryError(f"the recognition of product {product} is withdrawn already.")
    counters.raise_by(connection, counters.REGISTRY)
    row = {
        "product": product,
        "on": on.isoformat(),
        "produced_from": produced_from.isoformat() if produced_from else None,
        "reason": _nfc(reason),
    }
    connection.execute(insert(schema.withdrawals).values(**row))
    note(connection, at, by, "withdraw", product, {"on": row["on"], "reason": reason})


def _row(item: msgspec.Struct) -> dict[str, Any]:
    """The row of a struct: dates as ISO texts, texts in NFC, as everything canonical must be."""
    row: dict[str, Any] = msgspec.to_builtins(item)
    return {name: _nfc(value) for name, value in row.items()}


def _nfc(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    return [_nfc(item) for item in value] if isinstance(value, list) else value


def _put(connection: Connection, table: Table, row: dict[str, Any], keys: tuple[str, ...] = ()) -> None:
    counters.raise_by(connection, counters.REGISTRY)
    names = keys or tuple(column.name for column in table.primary_key)
    same = and_(*(table.c[name] == row[name] for name in names))
    if connection.execute(update(table).where(same).values(**row)).rowcount == 0:
        connection.execute(insert(table).values(**row))


def _known(connection: Connection, table: Table, key: str) -> bool:
    (column,) = table.primary_key
    return connection.execute(select(column).where(column == key)).first() is not None


def _require(connection: Connection, table: Table, key: str, what: str) -> None:
    if not _known(connection, table, key):
        raise RegistryError(f"{what}: there is no {key!r} in {table.name.replace('_', ' ')}; add it first.")
