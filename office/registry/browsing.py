"""Lists of records: found without accents, sorted, a page at a time."""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, false, func, or_, select

from office import schema
from office.registry import changes, references
from office.registry.kinds import KINDS, Kind
from office.registry.text import folded

PAGE = 50

Row = dict[str, Any]

_PRODUCERS, _PRODUCTS, _RECOGNITIONS = schema.producers, schema.products, schema.recognitions
_NEWEST = ("stars", "decision", "recognised", "recognised_until", "grace_days")


class Found(NamedTuple):
    """How many records there are, one page of them, each with its "key", and names of what they refer to."""

    total: int
    rows: list[Row]
    titles: dict[str, dict[str, str]]  # by kind, by key


def find(
    connection: Connection,
    kind: Kind,
    text: str = "",
    order: str = "",
    page: int = 1,
    where: tuple[str, str] | None = None,
    most: int = PAGE,
) -> Found:
    """The records of a kind that hold all words of `text`, ordered by a column ("-" first: downwards).

    `where` is a column and the value that it must have.
    """
    query = _query(kind)
    columns = query.selected_columns
    wanted = [_matches(kind, word) for word in folded(text).split()]
    if where is not None:
        wanted.append(columns[where[0]] == where[1])
    query = query.where(and_(True, *wanted))
    count = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    name = order.lstrip("-") if order.lstrip("-") in kind.columns else kind.order.lstrip("-")
    down = (order or kind.order).startswith("-")
    by = columns[name]
    key = [columns[column] for column in changes.key_columns(kind.table)]
    rows = connection.execute(
        query.order_by(by.desc() if down else by, *key).offset(PAGE * (page - 1)).limit(most)
    )
    found = [dict(row) | {"key": changes.key_of(kind.table, dict(row))} for row in rows.mappings()]
    return Found(count, found, titles_of(connection, kind, found))


def one(connection: Connection, kind: Kind, key: str) -> Row | None:
    """The record of a key, with the columns of its list."""
    names = changes.key_columns(kind.table)
    parts = key.split(changes.JOINT)
    if len(parts) != len(names):
        return None
    query = _query(kind)
    same = and_(*(query.selected_columns[name] == part for name, part in zip(names, parts, strict=True)))
    row = connection.execute(query.where(same)).mappings().one_or_none()
    return None if row is None else dict(row) | {"key": key}


def every(connection: Connection, kind: Kind) -> list[Row]:
    """All records of a kind, by key."""
    query = _query(kind)
    key = [query.selected_columns[column] for column in changes.key_columns(kind.table)]
    return [dict(row) for row in connection.execute(query.order_by(*key)).mappings()]


def titles_of(connection: Connection, kind: Kind, rows: list[Row]) -> dict[str, dict[str, str]]:
    """What people call the records that `rows` refer to."""
    return {
        field.ref: references.titles(connection, field.ref, [row.get(field.name) or "" for row in rows])
        for field in kind.fields
        if field.type == "ref"
    }


def _query(kind: Kind) -> Select[Any]:
    """All columns of a kind; of a product also its newest recognition's."""
    if kind.name != "products":
        return select(kind.table)
    other = _RECOGNITIONS.alias()
    newest = select(func.max(other.c.recognised)).where(other.c.product == _PRODUCTS.c.id).scalar_subquery()
    return select(_PRODUCTS, *(_RECOGNITIONS.c[name] for name in _NEWEST)).join_from(
        _PRODUCTS,
        _RECOGNITIONS,
        and_(_RECOGNITIONS.c.product == _PRODUCTS.c.id, _RECOGNITIONS.c.recognised == newest),
        isouter=True,
    )


def _matches(kind: Kind, word: str) -> ColumnElement[bool]:
    """Whether a record holds a word: in its own texts, or in the names of what it refers to."""
    table = kind.table
    if kind.name == "products":
        makers = select(_PRODUCERS.c.id).where(_holds(_PRODUCERS, word))
        return or_(_holds(table, word), _PRODUCTS.c.producer.in_(makers))
    if "search" in table.c:
        return _holds(table, word)
    ways: list[ColumnElement[bool]] = [false()]
    ways += [
        func.lower(table.c[field.name]).contains(word, autoescape=True)
        for field in kind.fields
        if field.type in ("id", "text", "gtin", "ref", "long")
    ]
    for field in kind.fields:
        if field.type != "ref":
            continue
        target = KINDS[field.ref].table
        if "search" in target.c:
            (key,) = target.primary_key
            ways.append(table.c[field.name].in_(select(key).where(_holds(target, word))))
        elif field.ref == "trade_items":
            named = select(_PRODUCTS.c.id).where(_holds(_PRODUCTS, word))
            items = select(schema.trade_items.c.gtin).where(schema.trade_items.c.product.in_(named))
            ways.append(table.c[field.name].in_(items))
    return or_(*ways)


def _holds(table: Table, word: str) -> ColumnElement[bool]:
    return table.c.search.contains(word, autoescape=True)
