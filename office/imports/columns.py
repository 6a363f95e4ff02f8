"""Which kind of record a table holds, and which column is which field, read from its header."""

import re
from typing import Any, NamedTuple

from office.registry.fields import Field
from office.registry.kinds import KINDS, Kind
from office.registry.text import folded
from office.sheets import Table

_LOOK = 10  # rows in which the header may stand, below titles


class Layout(NamedTuple):
    """A table understood: its kind, the row of its header, the field of each column (None: not one of ours)."""

    kind: Kind
    header: int
    fields: list[Field | None]
    names: list[str]  # of the columns, as they are written


def layout(table: Table, kind_name: str = "") -> Layout | None:
    """How to read a table; `kind_name` says of what, if its title and header do not. None: nothing of ours."""
    titled = [kind for kind in KINDS.values() if _same(table.title, kind)]
    wanted = [KINDS[kind_name]] if kind_name else titled or list(KINDS.values())
    best: tuple[int, Layout] | None = None
    for number, cells in table.rows[:_LOOK]:
        for kind in wanted:
            fields = [_field(kind, cell) for cell in cells]
            found = {field.name for field in fields if field is not None}
            if len(found) < 2:
                continue
            missing = sum(field.required and field.name not in found for field in kind.fields)
            score = 3 * len(found) - 2 * missing - sum(field is None for field in fields)
            if best is None or score > best[0]:
                best = score, Layout(kind, number, fields, [str(cell or "") for cell in cells])
    return None if best is None else best[1]


def header(field: Field) -> str:
    """A field's header in Vietnamese."""
    return field.words[0]


def _same(title: str, kind: Kind) -> bool:
    return folded(title) in (folded(kind.words[0]), folded(kind.words[1]), kind.name)


def _field(kind: Kind, cell: Any) -> Field | None:
    name = folded(re.sub(r"[*:]", " ", str(cell or "")))
    for field in kind.fields:
        if name in (folded(field.words[0]), folded(field.words[1]), field.name):
            return field
    return None
