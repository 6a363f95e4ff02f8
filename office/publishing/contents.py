"""What the catalogue's segments hold: rows as the contract with the devices names them.

Rows come from the database in the order of what names them, a few at a time: a country's 400,000
activations pass through without ever being in memory together.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from pyroaring import BitMap
from sqlalchemy import ColumnElement, Connection, Select, collate, func, select
from sqlalchemy.types import String

from office import schema
from office.books.projections import undone_stamps
from office.outlets.marks import apart, with_apart
from sync.catalogue import KEYS
from sync.catalogue_files import sold_delta_lines, sold_lines
from sync.journal import START

Row = dict[str, Any]
Key = tuple[Any, ...]
Marks = dict[str, list[Any]]
"""By device: [seq, hash in hex]."""
Change = tuple[Key, Row | None]
"""What names a row, and the row as it is now; None if it is gone."""

# Segments that are the same for every outlet; the others are one outlet's own.
SHARED = (
    "producers",
    "products",
    "trade_items",
    "batches",
    "activations",
    "lots",
    "recalls",
    "withdrawals",
    "voids",
    "tombstones",
    "patterns",
)
OWN = ("contracts", "settings")  # of each outlet, beside what it sold
ENDINGS = ("recalls", "withdrawals")  # that wait for nothing
_FIELDS = {
    "producers": "id name address commune district phone lat_e5 lon_e5",
    "trade_items": "gtin product unit net price stamped mark",
    "batches": "gtin first last base k",
    "activations": "gtin first last lot at",
    "lots": "id gtin code produced expires",
    "recalls": "lot at reason",
    "withdrawals": "product on produced_from reason",
    "voids": "gtin first last",
    "tombstones": "gtin first last",
    "contracts": "producer from until grace_days",
    "patterns": "id pattern items last_day",
}
_PRODUCT = (
    "id name name_en group group_name producer commune district ingredients process storage allergens "
    "story illustrative"
)
_RECOGNITION = "stars decision recognised recognised_until grace_days"
_AT_ONCE = 1000  # rows


def shared_rows(connection: Connection, name: str) -> Iterator[Row]:
    """Rows of the segment `name` of SHARED, ordered by what names them."""
    if name == "products":
        return _rows(connection, name, _products())
    table = schema.metadata.tables[name]
    columns: list[ColumnElement[Any]] = [table.c[field] for field in _FIELDS[name].split()]
    if name == "batches":
        columns.append(table.c.id.label("batch"))
    return _rows(connection, name, select(*columns))


def outlet_rows(connection: Connection, name: str, outlets: list[str]) -> dict[str, list[Row]]:
    """Rows of "contracts" or "settings" by outlet, ordered by what names them."""
    if name == "settings":
        return _settings(connection, outlets)
    table = schema.contracts
    columns = [table.c[field] for field in ("outlet", *_FIELDS[name].split())]
    found: dict[str, list[Row]] = {outlet: [] for outlet in outlets}
    for row in _rows(connection, name, select(*columns).where(table.c.outlet.in_(outlets))):
        found[row.pop("outlet")].append(row)
    return found


def differences(name: str, old: Iterable[tuple[Key, Row]], new: Iterable[Row]) -> Iterator[Change]:
    """What makes `new` of `old`, both ordered by what names their rows.

    Raises ValueError for rows of `new` that are out of order.
    """
    fields = KEYS[name]
    before = iter(old)
    held = next(before, None)
    last: Key = ()
    for row in new:
        key = tuple(row[field] for field in fields)
        if key <= last:
            raise ValueError(f"{name}: the database gives {key} after {last}")
        last = key
        while held is not None and held[0] < key:
            yield held[0], None
            held = next(before, None)
        if held is None or held[0] != key:
            yield key, row
            continue
        if held[1] != row:
            yield key, row
        held = next(before, None)
    while held is not None:
        yield held[0], None
        held = next(before, None)


class Sold:
    """Which stamps are sold: by ordinal, everywhere, by outlet, and those sold more than once."""

    def __init__(self, connection: Connection) -> None:
        lines, sales, damaged = schema.sale_lines, schema.sales, schema.damaged_lines
        counted = (
            select(lines.c.ordinal, sales.c.outlet, func.count().label("times"))
            .select_from(lines.join(sales, schema.SAME_SALE))
            .where(lines.c.ordinal.is_not(None) & ~sales.c.held)
            .group_by(lines.c.ordinal, sales.c.outlet)
            .execution_options(yield_per=_AT_ONCE)
        )
        broken = (
            select(damaged.c.ordinal, damaged.c.outlet, func.count().label("times"))
            .where(damaged.c.ordinal.is_not(None) & ~damaged.c.held)
            .group_by(damaged.c.ordinal, damaged.c.outlet)
        )
        undone = undone_stamps(connection)
        self.everywhere, self.twice = BitMap(), BitMap()
        self.by_outlet: dict[str, BitMap] = {}
        sold = (
            (ordinal, outlet, times - undone[ordinal, outlet] if undone else times)
            for ordinal, outlet, times in connection.execute(counted)
        )
        for ordinal, outlet, times in chain(sold, connection.execute(broken)):
            if times < 1:
                continue
            if times > 1 or ordinal in self.everywhere:
                self.twice.add(ordinal)
            self.everywhere.add(ordinal)
            self.by_outlet.setdefault(outlet, BitMap()).add(ordinal)
        self._marks = _marks(connection)

    def ordinals(self, name: str, outlet: str) -> BitMap:
        """The set sold_all, sold_outlet or sold_twice as this outlet gets it."""
        own = self.by_outlet.get(outlet, BitMap())
        return {"sold_all": self.everywhere, "sold_twice": self.twice, "sold_outlet": own}[name]

    def marks(self, name: str, outlet: str) -> Marks:
        """Up to where the sets hold each device of the outlet, and what they lack of it. They stand once, in sold_outlet: all three
        sets are of one moment of the database, or sold_all of an earlier one."""
        return self._marks.get(outlet, {}) if name == "sold_outlet" else {}


def _marks(connection: Connection) -> dict[str, Marks]:
    """The marks of every outlet's devices."""
    devices = schema.devices
    # One that has sold nothing yet is named too, so that the others follow its journal: it may have taken goods in.
    waiting = select(schema.renewals.c.device).where(schema.renewals.c.agreed_at.is_(None))
    beginning = (devices.c.state == "active") & devices.c.id.not_in(waiting)
    rows = connection.execute(
        select(devices.c.id, devices.c.outlet, devices.c.mark_seq, devices.c.mark_hash)
        .where((devices.c.mark_seq > 0) | beginning)
        .order_by(devices.c.id)
    ).all()
    lacking = with_apart(connection)
    found: dict[str, Marks] = {}
    for device, outlet, seq, known in rows:
        ranges = apart(connection, device, seq) if seq and device in lacking else []
        mark = [seq, (known or START).hex()]
        found.setdefault(outlet, {})[device] = [*mark, ranges] if ranges else mark
    return found


def sold_base(name: str, ordinals: BitMap, marks: Marks) -> Iterator[bytes]:
    """The lines of a whole sold set."""
    return sold_lines(name, serialized(ordinals), marks)


def sold_delta(name: str, added: BitMap, removed: BitMap, marks: Marks) -> Iterator[bytes]:
    """The lines of a delta to a sold set."""
    return sold_delta_lines(name, serialized(added), serialized(removed), marks)


def serialized(bitmap: BitMap) -> bytes:
    """The standard bytes of a set, each container in the smallest of its three forms."""
    bitmap.run_optimize()
    return bytes(bitmap.serialize())


def _rows(connection: Connection, name: str, query: Select[Any]) -> Iterator[Row]:
    """The rows of `query`, in the order in which Python sorts what names them."""
    order: list[ColumnElement[Any]] = []
    for field in KEYS[name]:
        column = query.selected_columns[field]
        # SQLite compares bytes anyway; PostgreSQL by the rules of a language, unless told not to.
        by_bytes = connection.dialect.name == "postgresql" and isinstance(column.type, String)
        order.append(collate(column, "C") if by_bytes else column)
    found = connection.execute(query.order_by(*order).execution_options(yield_per=_AT_ONCE))
    fields = tuple(found.keys())
    for values in found:
        yield dict(zip(fields, values, strict=True))


def _products() -> Select[Any]:
    """Every product that was ever recognised, with its newest recognition."""
    products, recognitions = schema.products, schema.recognitions
    other = recognitions.alias()
    newest = select(func.max(other.c.recognised)).where(other.c.product == products.c.id).scalar_subquery()
    return select(
        *(products.c[field] for field in _PRODUCT.split()),
        *(recognitions.c[field] for field in _RECOGNITION.split()),
        schema.photos.c.sha256.label("photo"),
    ).select_from(
        products.join(
            recognitions, (recognitions.c.product == products.c.id) & (recognitions.c.recognised == newest)
        ).outerjoin(schema.photos, schema.photos.c.product == products.c.id)
    )


def _settings(connection: Connection, outlets: list[str]) -> dict[str, list[Row]]:
    table, chosen = schema.outlets, schema.settings
    set_: dict[str, Row] = {outlet: {} for outlet in ("", *outlets)}
    for row in connection.execute(select(chosen).where(chosen.c.outlet.in_(set_))):
        set_[row.outlet][row.name] = row.value
    places = select(table.c.code, table.c.name, table.c.address).where(table.c.code.in_(outlets))
    found = {}
    for place in connection.execute(places):
        values = {"outlet_name": place.name, "outlet_address": place.address}
        values |= set_[""] | set_[place.code]
        found[place.code] = [{"name": name, "value": values[name]} for name in sorted(values)]
    return found
