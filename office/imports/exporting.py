"""The registry as sheets, with the headers that an import reads again."""

from collections.abc import Iterator

from sqlalchemy import Connection

from office.imports.columns import header
from office.registry import browsing
from office.registry.fields import cell
from office.registry.kinds import KINDS, Kind
from office.sheets import Column, Sheet


def sheet(connection: Connection, kind: Kind, empty: bool = False) -> Sheet:
    """All records of a kind; `empty` gives the headers alone, to be filled in."""
    columns = [Column(header(field), field.type) for field in kind.fields]
    rows = [] if empty else browsing.every(connection, kind)
    body = [[cell(field, row.get(field.name)) for field in kind.fields] for row in rows]
    return Sheet(kind.words[0], columns, body)


def sheets(connection: Connection, empty: bool = False) -> Iterator[Sheet]:
    """A sheet for each kind; of an empty one only those that can be imported."""
    for kind in KINDS.values():
        if kind.permission == "register" or not empty:
            yield sheet(connection, kind, empty)
