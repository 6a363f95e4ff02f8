"""The branches of a journal, and what devices of one outlet get of each other's: one branch, as exact bytes."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from office.schema import brought_branches, decided_branches, devices, entries
from sync.damage import Kept
from sync.journal import START

MOST_ENTRIES = 500
MOST_BYTES = 512 * 1024


class Part(NamedTuple):
    """Consecutive entries, and the hash before the first."""

    prev_hash: bytes
    entries: list[Kept]


def followed(connection: Connection, device: str) -> int:
    """The branch that the other devices follow: the first of those that an officer accepted, else the one that came
    first; none that was sent once the device was revoked. One that another till brought only where it goes on behind
    what the device itself has sent."""
    query = select(decided_branches.c.branch).where(
        decided_branches.c.device == device, decided_branches.c.accepted, decided_branches.c.branch >= 0
    )
    begins = select(func.min(entries.c.seq)).where(
        entries.c.device == device, entries.c.branch == brought_branches.c.branch
    )
    head = select(devices.c.head_seq).where(devices.c.id == device)
    beside = select(brought_branches.c.branch).where(
        brought_branches.c.device == device, begins.scalar_subquery() <= head.scalar_subquery()
    )
    query = query.where(decided_branches.c.branch.not_in(beside)).order_by(decided_branches.c.branch)
    return connection.execute(query.limit(1)).scalar() or 0


def brought(connection: Connection, device: str) -> dict[int, str]:
    """The branches of `device` that another till brought, and which."""
    query = select(brought_branches.c.branch, brought_branches.c.by)
    rows = connection.execute(query.where(brought_branches.c.device == device))
    return {row.branch: row.by for row in rows}


def in_branches(table: Any, branches: Iterable[int]) -> ColumnElement[bool]:
    """Whether a row told from the journal is of an entry of one of these branches."""
    same = (entries.c.device == table.c.device) & (entries.c.seq == table.c.seq)
    return exists().where(same, entries.c.hash == table.c.hash, entries.c.branch.in_(list(branches)))


def holds(connection: Connection, device: str, seq: int, digest: bytes) -> bool:
    """Whether that entry is stored here, on whichever branch, and so all that it follows."""
    same = entries.c.device == device, entries.c.seq == seq, entries.c.hash == digest
    return connection.execute(select(entries.c.seq).where(*same)).first() is not None


def path(connection: Connection, device: str) -> ColumnElement[bool]:
    """Whether a row of `entries` is of the history that ends in the followed branch of `device`."""
    branch: int | None = followed(connection, device)
    mine, parts = entries.c.device == device, []
    before: ColumnElement[bool] = mine
    while branch is not None:
        parts.append(and_(before, entries.c.branch == branch))
        if branch == 0:
            break
        own = (entries.c.branch == branch) & mine
        first = connection.execute(
            select(entries.c.seq, entries.c.prev_hash).where(own).order_by(entries.c.seq).limit(1)
        ).one()
        left = (entries.c.seq == first.seq - 1) & (entries.c.hash == first.prev_hash)
        branch = connection.execute(select(entries.c.branch).where(mine, left)).scalar()
        before = mine & (entries.c.seq < first.seq)
    return or_(*parts)


def part(connection: Connection, device: str, first: int) -> Part | None:
    """The entries of `device` from seq `first` on, as many as fit an answer; None where there are none.

    What was damaged or set apart ends a part before it, and is stepped over by the next.
    """
    query = (
        select(entries.c.seq, entries.c.hash, entries.c.prev_hash, entries.c.header, entries.c.body)
        .where(path(connection, device), entries.c.state == "ok", entries.c.seq >= first)
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
