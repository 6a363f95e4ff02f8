"""Looks of shoppers' phones at stamps: counted by stamp and day, without an address, a phone or a place.

Only stamps that the office signed are counted one by one, so nobody can fill the table with inventions: it never
has more rows than there are stamps and days on which somebody looked. Everything counts in the reports' rollups.
"""

from collections import Counter
from typing import Any, NamedTuple

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from office import schema
from office.books import rollups
from office.books.rollups import day_number
from office.times import local_date

_LOOKS = schema.phone_looks


class Looks(NamedTuple):
    """How often phones looked at a stamp on a day (local days since 1970-01-01), and when last (ms UTC)."""

    day: int
    looks: int
    last_at: int


class Look(NamedTuple):
    """One look: when (ms UTC), at goods of which GTIN ("": not known), and at which stamp if it was signed."""

    at: int
    gtin: str
    serial: int | None


def add(connection: Connection, looks: list[Look]) -> None:
    """Count looks, in the caller's transaction."""
    counts: Counter[tuple[str, int, int]] = Counter()
    last: dict[tuple[str, int, int], int] = {}
    for look in looks:
        if look.serial is not None:
            key = look.gtin, look.serial, day_number(local_date(look.at))
            counts[key] += 1
            last[key] = max(look.at, last.get(key, 0))
    if counts:
        dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
        adding = dialect.insert(_LOOKS)
        more = {
            "looks": _LOOKS.c.looks + adding.excluded.looks,
            "last_at": adding.excluded.last_at,
        }
        rows = [
            {"gtin": key[0], "serial": key[1], "day": key[2], "looks": count, "last_at": last[key]}
            for key, count in sorted(counts.items())  # two workers lock the same rows in the same order
        ]
        connection.execute(
            adding.on_conflict_do_update(index_elements=["gtin", "serial", "day"], set_=more), rows
        )
    rollups.add_looks(connection, ((look.at, "", look.gtin, 1) for look in looks))


def of_stamp(connection: Connection, gtin: str, serial: int) -> list[Looks]:
    """The looks of phones at a stamp, the oldest day first."""
    query = select(_LOOKS.c.day, _LOOKS.c.looks, _LOOKS.c.last_at)
    query = query.where(_LOOKS.c.gtin == gtin, _LOOKS.c.serial == serial).order_by(_LOOKS.c.day)
    return [Looks(*row) for row in connection.execute(query)]
