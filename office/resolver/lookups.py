"""The registry as the verdict asks for it: the look-ups of `kiosk.lookups` over the office's database.

Answers for the phone of whoever holds the goods, who stands in no outlet: every contract holds, and
every sale counts as sold here, so that a buyer at home reads "sold on ..." and no accusation.
"""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    String,
    Table,
    and_,
    bindparam,
    select,
)

from kiosk.patterns import Patterns
from office import schema
from office.books.lines import still_open
from office.publishing import contents
from sync.canonical import decode

Row = dict[str, Any]
T = TypeVar("T")

_SMALL = ("setting", "recalls", "withdrawals")  # asked for by what is there: settings, lots and products


# What a serial lies in.
_RANGES = (schema.batches, schema.activations, schema.voids, schema.tombstones)


class Catalogue:
    """The registry of this moment, in the caller's transaction. `now` is ms UTC.

    `known` remembers what was read of records and settings, not of stamps, for whoever hands it on to the next
    catalogue for as long as the registry and root are the same.
    """

    def __init__(self, connection: Connection, now: int, known: dict[Any, Any] | None = None) -> None:
        self._connection = connection
        self._known: dict[Any, Any] = {} if known is None else known
        self.version = self.issued = now
        root = self._once("root", self._root)
        self.hosts: list[str] = root["hosts"]
        self.patterns = self._once("patterns", lambda: Patterns(contents.shared_rows(connection, "patterns")))
        self._keys: dict[str, Row] = {key["k"]: key for key in root["stamp_keys"]}
        self._stamps: dict[tuple[str, int], dict[str, Row | None]] = {}

    def stamp_key(self, k: str) -> bytes | None:
        """The public key that K names."""
        return bytes.fromhex(self._keys[k]["public"]) if k in self._keys else None

    def stamp_key_retired(self, k: str) -> bool:
        """Whether that key has retired."""
        return k in self._keys and bool(self._keys[k]["retired"])

    def trade_item(self, gtin: str) -> Row | None:
        """The trade item of a GTIN."""
        return self._record(schema.trade_items, schema.trade_items.c.gtin, gtin)

    def product(self, product_id: str) -> Row | None:
        """The product with its newest recognition and the name of its picture; None without a recognition."""
        return self._once(("product", product_id), lambda: self._product(product_id))

    def _product(self, product_id: str) -> Row | None:
        products, photos = schema.products, schema.photos
        shown = products.outerjoin(photos, photos.c.product == products.c.id)
        columns = select(products, photos.c.sha256.label("photo")).select_from(shown)
        product = self._one(columns.where(products.c.id == product_id))
        table = schema.recognitions
        newest = self._connection.execute(
            select(table).where(table.c.product == product_id).order_by(table.c.recognised.desc()).limit(1)
        ).mappings()
        recognition = newest.one_or_none()
        if product is None or recognition is None:
            return None
        names = ("stars", "decision", "recognised", "recognised_until", "grace_days")
        return product | {name: recognition[name] for name in names}

    def producer(self, producer_id: str) -> Row | None:
        """The producer of an id."""
        return self._record(schema.producers, schema.producers.c.id, producer_id)

    def batch(self, gtin: str, serial: int) -> Row | None:
        """The batch that a serial lies in."""
        return self._stamp(gtin, serial)["batches"]

    def activation(self, gtin: str, serial: int) -> Row | None:
        """The activation that a serial lies in."""
        return self._stamp(gtin, serial)["activations"]

    def lot(self, lot_id: str) -> Row | None:
        """The lot of an id."""
        return self._record(schema.lots, schema.lots.c.id, lot_id)

    def recall(self, lot_id: str) -> Row | None:
        """The recall of a lot."""
        return self._record(schema.recalls, schema.recalls.c.lot, lot_id)

    def withdrawal(self, product_id: str) -> Row | None:
        """The withdrawal of a product's recognition."""
        return self._record(schema.withdrawals, schema.withdrawals.c.product, product_id)

    def contract(self, producer_id: str) -> Row | None:
        """A contract without end: contracts are between outlets and producers."""
        return {"producer": producer_id, "from": "1970-01-01", "until": None, "grace_days": 0}

    def voided(self, gtin: str, serial: int) -> bool:
        """Whether a stamp was declared void."""
        return self._stamp(gtin, serial)["voids"] is not None

    def deleted(self, gtin: str, serial: int) -> bool:
        """Whether a stamp's data was deleted."""
        return self._stamp(gtin, serial)["tombstones"] is not None

    def setting(self, name: str) -> Any:
        """A setting for all outlets."""
        row = self._once(("setting", name), lambda: self._setting(name))
        return None if row is None else row["value"]

    def _setting(self, name: str) -> Row | None:
        table = schema.settings
        return self._one(select(table).where(table.c.name == name, table.c.outlet == ""))

    def _root(self) -> Row:
        table = schema.roots
        newest = select(table.c.envelope).order_by(table.c.version.desc()).limit(1)
        signed: Row = decode(self._connection.execute(newest).scalar_one())["signed"]
        return signed

    def _record(self, table: Table, column: ColumnElement[Any], key: str) -> Row | None:
        return self._once((table.name, key), lambda: self._one(select(table).where(column == key)))

    def _once(self, key: Any, read: Callable[[], T]) -> T:
        """What `read` gives, remembered. Of what is not there nothing is: anybody can ask for that."""
        if key in self._known:
            found: T = self._known[key]
            return found
        found = read()
        if found is not None or key[0] in _SMALL:
            self._known[key] = found
        return found

    def _stamp(self, gtin: str, serial: int) -> dict[str, Row | None]:
        """By table, the row whose range a serial lies in: all in one query, since each costs as much as the verdict."""
        if (gtin, serial) not in self._stamps:
            row = self._connection.execute(_ranges(), {"gtin": gtin, "serial": serial}).one()
            found, at = {}, 0
            for table in _RANGES:
                names = table.c.keys()
                values = row[at : at + len(names)]
                at += len(names)
                there = values[names.index("gtin")] is not None
                found[table.name] = dict(zip(names, values, strict=True)) if there else None
            self._stamps[gtin, serial] = found
        return self._stamps[gtin, serial]

    def _one(self, query: Select[Any]) -> Row | None:
        row = self._connection.execute(query).mappings().one_or_none()
        return None if row is None else dict(row)


# Made once, since each look asks them: making one takes longer than the database does to answer it.
@functools.cache
def _ranges() -> Select[Any]:
    """Of each table the row whose range a serial lies in, side by side, or nothing."""
    asked = select(
        bindparam("gtin", type_=String).label("gtin"), bindparam("serial", type_=BigInteger).label("serial")
    ).subquery()
    found: FromClause = asked
    for table in _RANGES:
        inside = and_(
            table.c.gtin == asked.c.gtin, table.c.first <= asked.c.serial, table.c.last >= asked.c.serial
        )
        found = found.outerjoin(table, inside)
    return select(*_RANGES).select_from(found)


@functools.cache
def _first_sale() -> Select[Any]:
    lines, sales, outlets = schema.sale_lines, schema.sales, schema.outlets
    this = and_(lines.c.gtin == bindparam("gtin"), lines.c.serial == bindparam("serial"))
    return (
        select(sales.c.at, outlets.c.name.label("outlet"))
        .join_from(lines, sales, schema.SAME_SALE)
        .join(outlets, outlets.c.code == sales.c.outlet)
        .where(this, ~sales.c.held, still_open())
        .order_by(sales.c.at)
        .limit(1)
    )


class Sold:
    """Every sale that counts, as sold here: when and at which outlet, not on which receipt."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def here(self, gtin: str, serial: int, ordinal: int | None) -> Row | None:  # noqa: ARG002 (protocol)
        """The first sale of a stamp."""
        values = {"gtin": gtin, "serial": serial}
        row = self._connection.execute(_first_sale(), values).mappings().one_or_none()
        return None if row is None else dict(row)

    def elsewhere(self, gtin: str, serial: int, ordinal: int | None) -> Row | None:  # noqa: ARG002 (protocol)
        """Never: to a phone every place is here."""
        return None
