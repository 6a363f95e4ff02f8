"""What devices of one outlet get of each other's journals: the branch that came first, as exact bytes."""

from typing import NamedTuple

from sqlalchemy import Connection, select

from office.schema import entries
from sync.damage import Kept
from sync.journal import START

MOST_ENTRIES = 500
MOST_BYTES = 512 * 1024


class Part(NamedTuple):
    """Consecutive entries, and the hash before the first."""

    prev_hash: bytes
    entries: list[Kept]


def part(connection: Connection, device: str, first: int) -> Part | None:
    """The entries of `device` from seq `first` on, as many as fit an answer; None where there are none.

    What was damaged or set apart ends a part before it, and is stepped over by the next.
    """
    query = (
        select(entries.c.seq, entries.c.hash, entries.c.prev_hash, entries.c.header, entries.c.body)
        .where(entries.c.device == device, entries.c.branch == 0, entries.c.state == "ok")
        .where(entries.c.seq >= first)
        .order_by(entries.c.seq)
        .limit(MOST_ENTRIES)
    )
    found: list[Kept] = []
    size, before = 0, START
    for row in connection.execute(query):
        size += len(row.header) + len(row.body)
        if not found:
            before = row.prev_hash
        elif (row.seq, row.prev_hash) != (found[-1].seq + 1, found[-1].hash) or size > MOST_BYTES:
            break
        found.append(Kept(row.seq, row.header, row.body, row.hash, False))
    return Part(before, found) if found else None
