"""What stamps make of a lot: whether any are tied to it, whether any of those are sold."""

from typing import NamedTuple

from sqlalchemy import Connection, select

from office import schema


class Range(NamedTuple):
    """Serials from `first` to `last`."""

    first: int
    last: int

    @property
    def size(self) -> int:
        """How many."""
        return self.last - self.first + 1


def stamps(connection: Connection, lot: str) -> list[Range]:
    """The serials that are activated to this lot, neighbours together."""
    table = schema.activations
    found: list[Range] = []
    query = select(table.c.first, table.c.last).where(table.c.lot == lot).order_by(table.c.first)
    for first, last in connection.execute(query):
        if found and found[-1].last + 1 == first:
            found[-1] = found[-1]._replace(last=last)
        else:
            found.append(Range(first, last))
    return found


def in_use(connection: Connection, lot: str) -> bool:
    """Whether stamps are activated to this lot."""
    table = schema.activations
    return connection.execute(select(table.c.lot).where(table.c.lot == lot).limit(1)).first() is not None


def sold(connection: Connection, lot: str) -> bool:
    """Whether a stamp of this lot was ever sold."""
    table = schema.activations
    ranges = connection.execute(
        select(table.c.gtin, table.c.first, table.c.last).where(table.c.lot == lot)
    ).all()
    return any(first_sold(connection, *found) is not None for found in ranges)


def first_sold(connection: Connection, gtin: str, first: int, last: int) -> int | None:
    """The first serial of a range that was ever sold."""
    lines = schema.sale_lines
    return connection.execute(
        select(lines.c.serial)
        .where(lines.c.gtin == gtin, lines.c.serial >= first, lines.c.serial <= last)
        .order_by(lines.c.serial)
        .limit(1)
    ).scalar_one_or_none()
