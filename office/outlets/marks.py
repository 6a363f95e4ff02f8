"""Up to where the sold sets hold a device's entries, and which of those they lack (design, 6.4).

The mark passes an entry that was set apart (damaged, lost, or not to be read), and names it: what that entry sold
or undid is in no set. The device that wrote it goes by its own tables for it, as for what is above the mark.
"""

from sqlalchemy import Connection, exists, select

from office.outlets import journals
from office.schema import APART, entries

MOST_APART = 64  # ranges that a mark names; it does not pass the next one
_MOST_ROWS = 20_000

Ranges = list[list[int]]
"""Ascending [first seq, last seq]."""


def with_apart(connection: Connection) -> set[str]:
    """The devices of which anything is set apart."""
    return set(connection.execute(select(entries.c.device).where(APART).distinct()).scalars())


def apart(connection: Connection, device: str, upto: int) -> Ranges:
    """What is set apart of the followed branch of a device's journal, up to seq `upto`; more than MOST_APART: too much."""
    some = select(entries.c.seq).where(entries.c.device == device, APART).limit(1)
    if connection.execute(some).first() is None:
        return []
    twin = entries.alias()
    whole = exists().where(
        twin.c.device == entries.c.device,
        twin.c.seq == entries.c.seq,
        twin.c.branch == entries.c.branch,
        twin.c.state == "ok",
    )
    rows = connection.execute(
        select(entries.c.seq)
        .where(journals.path(connection, device), APART)
        .where(entries.c.seq <= upto, ~whole)
        .order_by(entries.c.seq)
        .limit(_MOST_ROWS)
    ).scalars()
    ranges: Ranges = []
    for count, seq in enumerate(rows, 1):
        if ranges and seq <= ranges[-1][1] + 1:
            ranges[-1][1] = seq
        else:
            ranges.append([seq, seq])
        if len(ranges) > MOST_APART or count == _MOST_ROWS:
            return ranges + [[seq, upto]] * (MOST_APART + 1 - len(ranges))
    return ranges
