"""Ingest: a device's segment into the office's journal, exactly once, acknowledged after COMMIT.

Entries are kept as the exact bytes in a tree by hash: a segment that is sent again adds nothing, a
second child of one entry is a fork, and both branches stay. What cannot be read is quarantined at
its place and acknowledged too, and so is what the device found damaged, or lost: no device is ever
stuck; should the entry come whole after all, under the same hash, it takes that place. What a revoked
device sends is in branches of its own, below 0: of that only the goods that moved are read, and they are held until a
person decides (`office.books.branches`). What other tills brought of a device (`office.outlets.brought`) is nothing to it,
until it sends the same itself.
"""

from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, func, insert, select, update

from office import schema
from office.audit import alert, alert_once, close
from office.books import branches, clocks
from office.books.projections import MOVING, project
from office.outlets import entries, journals, marks
from office.outlets.entries import Fresh
from office.publishing.keys import verify
from office.storage import bulk
from office.storage.database import writing
from sync import journal, segments
from sync.canonical import encode
from sync.envelopes import SyncError, key_id, open_envelope

SET_APART = ("damaged", "quarantined")

Given = dict[tuple[int, bytes], str]
"""Seq, hash and state of entries that another till has brought."""


class Ack(NamedTuple):
    """What the office has on disk: the segment's last entry, and how many of its entries were new."""

    seq: int
    hash: bytes
    new: int


class UnknownPrevError(Exception):
    """The entry before the segment is not known here; the device should send from `wanted_seq`."""

    def __init__(self, wanted_seq: int) -> None:
        super().__init__(f"send from entry {wanted_seq}")
        self.wanted_seq = wanted_seq


def ingest(engine: Engine, device: str, data: bytes, now: int) -> Ack:
    """Store the segment `data` (unpacked wire bytes) that `device` has signed. `now` is ms UTC.

    Returns after COMMIT. Raises SyncError("malformed") for what is no segment of this device, and
    UnknownPrevError; nothing of it is stored then.
    """
    segment = entries.unpacked(data)
    if segment.device != device:
        raise SyncError("malformed", f"a segment of {segment.device}, signed by {device}")
    with writing(engine) as connection:
        # The device's row is the lock of its journal (PostgreSQL; SQLite has one writer anyway).
        table = schema.devices
        owner = connection.execute(select(table).where(table.c.id == device).with_for_update()).one()
        known = stored(connection, owner, segment)
        others = [] if owner.state == "revoked" else journals.brought(connection, owner.id)
        given = {(row.seq, row.hash): row.state for row in known if row.branch in others}
        known = [row for row in known if (row.seq, row.hash) not in given]
        refuse_claim(segment, known)
        wanted = missing(owner, segment, known)
        if wanted is None:
            healed = _heal(connection, owner, segment, known, now)
            fresh, forked = _store(connection, owner, segment, known, given, now)
            if fresh:
                _tell(connection, owner, segment, fresh, forked, now)
            if fresh or healed:
                state = "forked" if forked else owner.state
                taken = [one for one in fresh if (one.seq, one.hash) in given]
                sold = branches.take_over(connection, owner.id, state, taken, now) if taken else False
                sold |= _project(connection, owner, healed, fresh, given, state, now)
                _advance(connection, owner, segment, fresh, forked, sold, now)
        elif segment.first > owner.head_seq + 1:
            alert_once(connection, now, "gap", owner.outlet, device, wanted, {"until": segment.first - 1})
    if wanted is not None:
        raise UnknownPrevError(wanted)
    return Ack(segment.last, segment.entries[-1].hash, len(fresh))


def stored(connection: Connection, owner: Any, segment: segments.Segment) -> list[Any]:
    """What is stored of the device from the entry before the segment to the segment's last."""
    table = schema.entries
    return list(
        connection.execute(
            select(table.c.seq, table.c.hash, table.c.prev_hash, table.c.branch, table.c.state).where(
                (table.c.device == owner.id) & table.c.seq.between(segment.first - 1, segment.last)
            )
        )
    )


def refuse_claim(segment: segments.Segment, known: list[Any]) -> None:
    """Raise SyncError if the first entry claims a hash, and not behind a damaged one."""
    first, before = segment.entries[0], (segment.first - 1, segment.prev_hash, "damaged")
    if first.damaged or first.hash == journal.entry_hash(segment.prev_hash, first.header):
        return
    if not any((row.seq, row.hash, row.state) == before for row in known):
        raise SyncError("malformed", f"entry {first.seq} claims a hash")


def missing(owner: Any, segment: segments.Segment, known: list[Any]) -> int | None:
    """From which seq to send if the entry before the segment is not known here; else None."""
    if segment.first == 1:
        found = segment.prev_hash == journal.START
    else:
        found = any((row.seq, row.hash) == (segment.first - 1, segment.prev_hash) for row in known)
    return None if found else min(segment.first, owner.head_seq + 1)


def _heal(
    connection: Connection, owner: Any, segment: segments.Segment, known: list[Any], now: int
) -> list[Fresh]:
    """What was set apart and now comes whole, under the hash that its place has."""
    apart = {(row.seq, row.hash): row for row in known if row.state in SET_APART}
    healed = []
    for entry in segment.entries if apart and owner.state != "revoked" else []:
        row = apart.get((entry.seq, entry.hash))
        if row is None or entry.damaged or journal.entry_hash(row.prev_hash, entry.header) != entry.hash:
            continue
        one = entries.judge(entry, row.prev_hash, row.branch, owner.id)
        if one.state == "ok":
            healed.append(one)
            table = schema.entries
            same = (table.c.device == owner.id) & (table.c.seq == one.seq) & (table.c.hash == one.hash)
            values = {"header": one.header, "body": one.raw, "state": "ok", "received_at": now}
            connection.execute(update(table).where(same).values(values))
            for kind in SET_APART:
                close(connection, kind, owner.id, now, one.seq)
    return healed


def _store(
    connection: Connection, owner: Any, segment: segments.Segment, known: list[Any], given: Given, now: int
) -> tuple[list[Fresh], bool]:
    """Insert what is new but for what is `given`. Returns all of it, and whether it opened a new branch."""
    places = {(row.seq, row.hash): row.branch for row in known}
    # Where an entry that was lost on the device has its place, the true one may stand beside it.
    taken = {(row.seq, row.branch) for row in known if row.hash != segments.lost_hash(row.prev_hash)}
    revoked = owner.state == "revoked"
    previous, forked = segment.prev_hash, False
    branch = places.get((segment.first - 1, previous), 0)
    fresh = []
    for entry in segment.entries:
        place = (entry.seq, entry.hash)
        if place in places:
            branch = places[place]
        else:
            lost = entry.damaged and entry.hash == segments.lost_hash(previous)
            second = (entry.seq, branch) in taken and not lost
            if revoked and (second or branch >= 0):
                branch = min(outermost_branch(connection, owner.id, func.min), 0) - 1
            elif second:
                forked = True
                branch = outermost_branch(connection, owner.id, func.max) + 1
            fresh.append(entries.judge(entry, previous, branch, owner.id))
        previous = entry.hash
    insert_entries(connection, owner.id, [one for one in fresh if (one.seq, one.hash) not in given], now)
    return fresh, forked


def insert_entries(connection: Connection, device: str, fresh: list[Fresh], now: int) -> None:
    """Store new entries of a device as they came."""
    columns: bulk.Columns = {
        "device": [device] * len(fresh),
        "seq": [one.seq for one in fresh],
        "hash": [one.hash for one in fresh],
        "prev_hash": [one.prev_hash for one in fresh],
        "header": [one.header for one in fresh],
        "body": [one.raw for one in fresh],
        "received_at": [now] * len(fresh),
        "state": [one.state for one in fresh],
        "branch": [one.branch for one in fresh],
    }
    bulk.insert(connection, schema.entries, columns)


def outermost_branch(connection: Connection, device: str, which: Any) -> int:
    """The lowest or the highest branch of a device (func.min, func.max), 0 if it has none."""
    query = select(which(schema.entries.c.branch)).where(schema.entries.c.device == device)
    return int(connection.execute(query).scalar_one() or 0)


def _project(
    connection: Connection, owner: Any, healed: list[Fresh], fresh: list[Fresh], given: Given, state: str, now: int
) -> bool:  # fmt: skip
    """Write the projections of what is new and was not told when it was brought; True if more counts as sold now."""
    sold, new = False, healed + fresh
    if owner.state == "revoked":  # what it says of shoppers and of itself is not believed
        new = [one for one in new if one.kind in (*MOVING, "clock_set")]
    new.sort(key=lambda one: (one.branch, one.seq))
    for branch, each in groupby(new, lambda one: one.branch):
        part = list(each)
        held = branches.holds(connection, owner.id, state, branch)
        untold = [one for one in part if not branches.is_told(one.kind, given.get((one.seq, one.hash), ""))]
        sold |= project(connection, untold, owner.id, owner.outlet, held, now) and not held
        clocks.follow(connection, owner, part, bool(healed), now)
    return sold


def _tell(
    connection: Connection,
    owner: Any,
    segment: segments.Segment,
    fresh: list[Fresh],
    forked: bool,
    now: int,
) -> None:
    """Keep the checkpoint, and raise the alerts that concern the journal itself."""
    last = segment.entries[-1].hash

    def tell(kind: str, seq: int, detail: dict[str, Any]) -> None:
        alert(connection, now, kind, owner.outlet, owner.id, seq, detail)

    problem = _checkpoint_problem(owner, segment, last)
    if problem is None:
        table = schema.checkpoints
        row = {"device": owner.id, "seq": segment.last, "hash": last}
        known = select(table.c.seq).where(*(table.c[name] == value for name, value in row.items()))
        if connection.execute(known).first() is None:
            connection.execute(insert(table).values(**row, envelope=encode(segment.checkpoint)))
    else:
        tell("bad_checkpoint", segment.last, {"problem": problem})
    if forked:
        tell("fork", fresh[0].seq, {"branch": fresh[-1].branch})
    if owner.state == "revoked":
        alert_once(connection, now, "revoked_device", owner.outlet, owner.id, fresh[0].seq, {})
        sale = next((one for one in fresh if one.kind == "sale" and one.body is not None), None)
        if sale is not None:
            where = {"branch": sale.branch}
            alert_once(connection, now, "revoked_sales", owner.outlet, owner.id, sale.seq, where)
    else:
        for kind, first, last, problem in _runs(fresh):
            detail = {"problem": problem} if kind != "lost" else {}
            tell(kind, first, detail | ({"until": last} if last > first else {}))


def _runs(fresh: list[Fresh]) -> list[tuple[str, int, int, str]]:
    """(alert, first seq, last seq, problem) of what was set apart. Neighbours of one kind are one alert, for
    whoever sends a hundred thousand of them."""
    runs: list[tuple[str, int, int, str]] = []
    for item in fresh:
        if item.state != "ok":
            kind = "lost" if item.problem == entries.LOST else item.state
            if runs and runs[-1][0] == kind and runs[-1][2] == item.seq - 1:
                runs[-1] = (kind, runs[-1][1], item.seq, runs[-1][3])
            else:
                runs.append((kind, item.seq, item.seq, item.problem))
    return runs


def _checkpoint_problem(owner: Any, segment: segments.Segment, last: bytes) -> str | None:
    public = bytes.fromhex(owner.public)
    try:
        signed = open_envelope(segment.checkpoint, "checkpoint", {key_id(public): public}, 1, verify)
    except SyncError as error:
        return str(error)[:200]
    wanted = {"type": "checkpoint", "device": owner.id, "seq": segment.last, "hash": last.hex()}
    return None if signed == wanted else "it is of another entry"


def _advance(
    connection: Connection,
    owner: Any,
    segment: segments.Segment,
    fresh: list[Fresh],
    forked: bool,
    sold: bool,
    now: int,
) -> None:
    """Move the device's head (of branch 0), and its mark in the sold sets when it sold something: to the last entry
    that was read, and not beyond more set apart than a mark can name.

    Only a sale moves the mark: a lower mark is never wrong, and each new one is a new catalogue.
    """
    values: dict[str, Any] = {}
    last = segment.entries[-1].hash
    if fresh and fresh[-1].branch == 0 and segment.last > owner.head_seq:
        values |= {"head_seq": segment.last, "head_hash": last}
        close(connection, "gap", owner.id, now)
        read = next((one for one in reversed(fresh) if one.branch == 0 and one.state == "ok"), None)
        if sold and read and len(marks.apart(connection, owner.id, read.seq)) <= marks.MOST_APART:
            values |= {"mark_seq": read.seq, "mark_hash": read.hash}
    if forked and owner.state == "active":
        values["state"] = "forked"
    if values:
        connection.execute(update(schema.devices).where(schema.devices.c.id == owner.id).values(**values))
