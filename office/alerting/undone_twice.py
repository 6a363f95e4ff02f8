"""More given back of a sale's line than was sold: tills that could not see each other both gave the money back."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select, tuple_

from office import schema
from office.audit import alert
from office.books.lines import NAMED
from office.storage import database

_LINES, _UNDONE = schema.sale_lines, schema.undone_lines
_PLACE = (_UNDONE.c.sale_device, _UNDONE.c.sale_seq, _UNDONE.c.line)
_AT_ONCE = 300  # lines that one query asks for


def look(
    connection: Connection, device: str, outlet: str, seqs: tuple[int, int], undone: list[dict[str, Any]], now: int
) -> None:  # fmt: skip
    """Raise an alert for each line of which too much came back, now that a push (entries `seqs`, first and last) is in
    the tables, its rows `undone` in `undone_lines`. What a held device gave back counts too: the money is gone.
    """
    named = {(row["sale_device"], row["sale_seq"], row["line"]): row["seq"] for row in undone}
    if named and connection.dialect.name == "postgresql":
        # Two tills may push at once what both gave back; the second to come has to see the first one's.
        connection.execute(select(func.pg_advisory_xact_lock(database.UNDOING, func.hashtext(outlet))))
    lines = sorted(named)
    parts = [lines[at : at + _AT_ONCE] for at in range(0, len(lines), _AT_ONCE)]
    undone_before_it_came = (_UNDONE.c.sale_device == device) & _UNDONE.c.sale_seq.between(*seqs)
    found: set[Any] = set()
    for chosen in (undone_before_it_came, *(tuple_(*_PLACE).in_(part) for part in parts)):
        found.update(connection.execute(_too_much(chosen)))
    for *line, gtin, serial in found:
        rows = connection.execute(
            select(_UNDONE.c.device, _UNDONE.c.seq)
            .where(tuple_(*_PLACE) == tuple(line))
            .order_by(_UNDONE.c.at, _UNDONE.c.device, _UNDONE.c.seq)
        )
        sold_by, sale, _ = line
        detail = {"sale": f"{sold_by}-{sale}", "undone": [f"{row.device}-{row.seq}" for row in rows]}
        seq = named.get(tuple(line), sale)
        alert(connection, now, "undone_twice", outlet, device, seq, detail, gtin, serial)


def _too_much(chosen: ColumnElement[bool]) -> Select[Any]:
    """Of the chosen lines those of which more came back than was sold. A sale in two branches stands for itself."""
    shown = (*_PLACE, _LINES.c.gtin, _LINES.c.serial)
    return (
        select(*shown)
        .join_from(_UNDONE, _LINES, NAMED)
        .where(chosen)
        .group_by(*shown, _LINES.c.hash, _LINES.c.qty)
        .having(func.sum(_UNDONE.c.qty) > _LINES.c.qty)
    )
