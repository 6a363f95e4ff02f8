"""By what figures are added up: outlets, and what the registry knows of goods."""

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from office import schema
from office.registry.kinds import sector

WORDS = {
    "outlet": ("Điểm bán", "Outlet"),
    "product": ("Sản phẩm", "Product"),
    "group": ("Nhóm sản phẩm", "Product group"),
    "producer": ("Chủ thể", "Producer"),
    "commune": ("Xã, phường", "Commune"),
    "stars": ("Hạng sao", "Stars"),
}
BY = tuple(WORDS)


class Label(NamedTuple):
    """What a group is called."""

    key: str
    name: str
    name_en: str


Group = Callable[[str], Label]
"""The group of an outlet's code, or of a GTIN."""


def group(connection: Connection, by: str) -> Group:
    """The groups of one of BY; an outlet or GTIN that the registry does not know goes by its code."""
    known = _outlets(connection) if by == "outlet" else _goods(connection, _OF[by])
    return lambda code: known.get(code) or Label(code, code, code)


def _outlets(connection: Connection) -> dict[str, Label]:
    table = schema.outlets
    rows = connection.execute(select(table.c.code, table.c.name))
    return {row.code: Label(row.code, row.name, row.name) for row in rows}


def _goods(connection: Connection, label: Callable[[Any], Label]) -> dict[str, Label]:
    items, products, producers = schema.trade_items, schema.products, schema.producers
    given = schema.recognitions
    newest = (
        select(given.c.product, func.max(given.c.recognised).label("recognised"))
        .group_by(given.c.product)
        .subquery()
    )
    query = (
        select(
            items.c.gtin, products.c.id, products.c.name, products.c.name_en, products.c.group,
            products.c.group_name, products.c.commune, producers.c.commune.label("seat"),
            products.c.producer, producers.c.name.label("producer_name"), given.c.stars,
        )
        .join_from(items, products, products.c.id == items.c.product)
        .join(producers, producers.c.id == products.c.producer)
        .join(newest, newest.c.product == products.c.id, isouter=True)
        .join(
            given,
            (given.c.product == newest.c.product) & (given.c.recognised == newest.c.recognised),
            isouter=True,
        )
    )  # fmt: skip
    return {row.gtin: label(row) for row in connection.execute(query)}


def _or_unknown(key: str, name: str, name_en: str = "") -> Label:
    return Label(key, name, name_en or name) if name else Label("", "Chưa ghi", "Not known")


def _sector(row: Any) -> Label:
    return _or_unknown(row.group, *sector(row.group, row.group_name))


def _stars(row: Any) -> Label:
    if not row.stars:
        return Label("", "Chưa công nhận", "Not recognised")
    return Label(str(row.stars), f"{row.stars} sao", f"{row.stars} stars")


_OF: dict[str, Callable[[Any], Label]] = {
    "product": lambda row: Label(row.id, row.name, row.name_en or row.name),
    "group": _sector,
    "producer": lambda row: Label(row.producer, row.producer_name, row.producer_name),
    "commune": lambda row: _or_unknown(row.commune or row.seat, row.commune or row.seat),
    "stars": _stars,
}
