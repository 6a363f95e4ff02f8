"""What the catalogue's segments hold: rows as the contract with the devices names them."""

import base64
from typing import Any

from pyroaring import BitMap
from sqlalchemy import ColumnElement, Connection, Table, func, select

from office import schema
from sync.canonical import encode
from sync.catalogue import KEYS, base_content

Row = dict[str, Any]

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
)
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
}
_PRODUCT = (
    "id name name_en group group_name producer commune district ingredients process storage allergens "
    "story illustrative"
)
_RECOGNITION = "product stars decision recognised recognised_until grace_days"


def shared_rows(connection: Connection, name: str) -> list[Row]:
    """Rows of the segment `name` of SHARED, ordered by key."""
    if name == "products":
        rows = _products(connection)
    else:
        rows = _table_rows(connection, schema.metadata.tables[name], _FIELDS[name].split())
    if name == "batches":
        numbers = _batch_numbers(connection)
        rows = [row | {"batch": numbers[row["gtin"], row["first"]]} for row in rows]
    return sorted(rows, key=lambda row: _key(name, row))


def outlet_rows(connection: Connection, name: str, outlet: str) -> list[Row]:
    """Rows of "contracts" or "settings" for one outlet, ordered by key."""
    if name == "settings":
        rows = _settings(connection, outlet)
    else:
        table = schema.contracts
        rows = _table_rows(
            connection, table, ["producer", "from", "until", "grace_days"], table.c.outlet == outlet
        )
    return sorted(rows, key=lambda row: _key(name, row))


def rows_content(name: str, rows: list[Row]) -> bytes:
    """A base file's content, before compression."""
    return base_content(name, rows)


def delta_content(name: str, before: list[Row], after: list[Row]) -> bytes:
    """The content of a delta file that makes `after` of `before`."""
    old = {_key(name, row): row for row in before}
    new = {_key(name, row): row for row in after}
    put = [row for key, row in new.items() if old.get(key) != row]
    gone = sorted(old.keys() - new.keys())
    return encode({"name": name, "put": put, "delete": [list(key) for key in gone]})


class Sold:
    """Which stamps are sold: by ordinal, everywhere, by outlet, and those sold more than once."""

    def __init__(self, connection: Connection) -> None:
        lines, sales = schema.sale_lines, schema.sales
        same = (
            (lines.c.device == sales.c.device) & (lines.c.seq == sales.c.seq) & (lines.c.hash == sales.c.hash)
        )
        counted = (
            select(lines.c.ordinal, sales.c.outlet, func.count().label("times"))
            .select_from(lines.join(sales, same))
            .where(lines.c.ordinal.is_not(None) & ~sales.c.held)
            .group_by(lines.c.ordinal, sales.c.outlet)
        )
        self.everywhere, self.twice = BitMap(), BitMap()
        self.by_outlet: dict[str, BitMap] = {}
        for ordinal, outlet, times in connection.execute(counted):
            if times > 1 or ordinal in self.everywhere:
                self.twice.add(ordinal)
            self.everywhere.add(ordinal)
            self.by_outlet.setdefault(outlet, BitMap()).add(ordinal)
        devices = schema.devices
        self._marks = connection.execute(
            select(devices.c.id, devices.c.outlet, devices.c.mark_seq, devices.c.mark_hash)
            .where(devices.c.mark_seq > 0)
            .order_by(devices.c.id)
        ).all()

    def content(self, name: str, outlet: str) -> bytes:
        """Content of sold_all, sold_outlet or sold_twice as this outlet gets it."""
        own = self.by_outlet.get(outlet, BitMap())
        bitmap = {"sold_all": self.everywhere, "sold_twice": self.twice, "sold_outlet": own}[name]
        bitmap.run_optimize()
        marks = {
            device: [seq, digest.hex()]
            for device, home, seq, digest in self._marks
            if name != "sold_outlet" or home == outlet
        }
        text = base64.b64encode(bitmap.serialize()).decode()
        return encode({"name": name, "bitmap": text, "marks": marks})


def _key(name: str, row: Row) -> tuple[Any, ...]:
    return tuple(row[field] for field in KEYS[name])


def _table_rows(
    connection: Connection,
    table: Table,
    names: list[str],
    where: ColumnElement[bool] | None = None,
    order: str | None = None,
) -> list[Row]:
    query = select(*(table.c[name] for name in names))
    if where is not None:
        query = query.where(where)
    if order is not None:
        query = query.order_by(table.c[order])
    return [dict(row) for row in connection.execute(query).mappings()]


def _batch_numbers(connection: Connection) -> dict[tuple[str, int], int]:
    table = schema.batches
    rows = connection.execute(select(table.c.gtin, table.c.first, table.c.id))
    return {(gtin, first): number for gtin, first, number in rows}


def _products(connection: Connection) -> list[Row]:
    newest: dict[str, Row] = {}
    for row in _table_rows(connection, schema.recognitions, _RECOGNITION.split(), order="recognised"):
        newest[row.pop("product")] = row
    rows = _table_rows(connection, schema.products, _PRODUCT.split())
    return [row | newest[row["id"]] for row in rows if row["id"] in newest]


def _settings(connection: Connection, outlet: str) -> list[Row]:
    table = schema.outlets
    place = connection.execute(select(table).where(table.c.code == outlet)).one()
    values: dict[str, Any] = {"outlet_name": place.name, "outlet_address": place.address}
    chosen = schema.settings
    rows = connection.execute(
        select(chosen.c.name, chosen.c.value)
        .where(chosen.c.outlet.in_(["", outlet]))
        .order_by(chosen.c.outlet)  # the outlet's own come after, and win
    )
    values.update((row.name, row.value) for row in rows)
    return [{"name": name, "value": value} for name, value in values.items()]
