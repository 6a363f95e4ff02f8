"""What a till brings of another device of its outlet: the copies that it holds, where this office lacks them.

An office that was restored from a backup may have lost entries that it once acknowledged, or a whole device, whose
card may be lost too. So any till of the outlet may hand over what it has. It stands as a branch of its own of that
device's journal, held until an officer decides on it: a till that lies makes no sale. If the device lives and sends
the same, that is what counts, and the branch is gone. A device that is not known here is forgotten: its name is taken.
"""

from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, update

from office import schema
from office.audit import alert
from office.books import branches
from office.books.projections import project
from office.outlets import devices, entries, journals
from office.outlets.devices import Device
from office.outlets.entries import Fresh
from office.outlets.ingest import (
    Ack,
    UnknownPrevError,
    insert_entries,
    missing,
    outermost_branch,
    refuse_claim,
    stored,
)
from office.storage.database import writing
from sync import segments
from sync.envelopes import SyncError


def take(engine: Engine, by: Device, device: str, data: bytes, now: int) -> Ack:
    """Store the segment `data` of the journal of `device` that the till `by` has brought and signed for. `now` is ms UTC.

    Returns after COMMIT. Raises SyncError("malformed") for what is no segment of another device of that outlet,
    RegistryError where too many wait, and UnknownPrevError; nothing of it is stored then.
    """
    segment = entries.unpacked(data)
    if segment.device != device or device == by.id or not devices.is_name(device, by.outlet):
        raise SyncError("malformed", f"a segment of {segment.device}, as {device}, brought by {by.id}")
    with writing(engine) as connection:
        owner = _owner(connection, by, device, now)
        known = stored(connection, owner, segment)
        refuse_claim(segment, known)
        wanted = missing(owner, segment, known)
        if wanted is not None:
            raise UnknownPrevError(wanted)
        fresh = _sorted(connection, by.id, segment, known)
        if fresh:
            insert_entries(connection, device, fresh, now)
            told = [one for one in fresh if branches.is_told(one.kind, one.state)]
            project(connection, told, device, owner.outlet, True, now)
            _tell(connection, owner, now)
    return Ack(segment.last, segment.entries[-1].hash, len(fresh))


def _owner(connection: Connection, by: Device, device: str, now: int) -> Any:
    """The device's row, locked as while its own entries are stored; one of a forgotten device where there was none."""
    devices.forget(connection, device, by.outlet, by.id, now)
    table = schema.devices
    return connection.execute(select(table).where(table.c.id == device).with_for_update()).one()


def _sorted(connection: Connection, by: str, segment: segments.Segment, known: list[Any]) -> list[Fresh]:
    """What is new, each on its branch: on the one that this till has brought before it if nobody has decided on that,
    else on a new one. Branch 0 is for the device itself."""
    brought, decided = schema.brought_branches, schema.decided_branches
    device = segment.device
    closed = set(connection.execute(select(decided.c.branch).where(decided.c.device == device)).scalars())
    open_ = {number for number, till in journals.brought(connection, device).items() if till == by} - closed
    places = {(row.seq, row.hash): row.branch for row in known}
    taken = {(row.seq, row.branch) for row in known}
    previous, branch = segment.prev_hash, places.get((segment.first - 1, segment.prev_hash), 0)
    fresh = []
    for entry in segment.entries:
        if (entry.seq, entry.hash) in places:
            branch = places[entry.seq, entry.hash]
        else:
            if branch not in open_ or (entry.seq, branch) in taken:
                branch = max(outermost_branch(connection, device, func.max), 0, *open_) + 1
                connection.execute(insert(brought).values(device=device, branch=branch, by=by))
                open_.add(branch)
            fresh.append(entries.judge(entry, previous, branch, device))
        previous = entry.hash
    return fresh


def _tell(connection: Connection, owner: Any, now: int) -> None:
    """One alert for all of a device that waits for a person, with what there is by now."""
    waiting = branches.undecided(connection, owner.id)
    detail = {
        "by": sorted({one.brought_by for one in waiting}),
        "entries": sum(one.last - one.first + 1 for one in waiting),
        "sold": sum(one.sales for one in waiting),
        "total": sum(one.total for one in waiting),
    }
    table = schema.alerts
    same = (table.c.kind == "brought") & (table.c.device == owner.id) & table.c.closed_at.is_(None)
    if connection.execute(update(table).where(same).values(detail=detail)).rowcount == 0:
        alert(connection, now, "brought", owner.outlet, owner.id, waiting[0].first, detail)
