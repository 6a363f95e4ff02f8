"""Ingest: a device's segment into the office's journal, exactly once, acknowledged after COMMIT.

Entries are kept as the exact bytes in a tree by hash: a segment that is sent again adds nothing, a
second child of one entry is a fork, and both branches stay. What cannot be read is quarantined at
its place and acknowledged too, so that no device is ever stuck.
"""

from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, func, insert, select, update

from office import schema
from office.audit import alert
from office.database import writing
from office.keys import verify
from office.projections import Fresh, project
from sync import bodies, journal, segments
from sync.canonical import encode
from sync.envelopes import SyncError, key_id, open_envelope


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
    UnknownPrevError; nothing is stored then.
    """
    segment = segments.unpack(data)
    if segment.device != device:
        raise SyncError("malformed", f"a segment of {segment.device}, signed by {device}")
    chain = _chain(segment)
    with writing(engine) as connection:
        # The device's row is the lock of its journal (PostgreSQL; SQLite has one writer anyway).
        table = schema.devices
        owner = connection.execute(select(table).where(table.c.id == device).with_for_update()).one()
        _require_parent(connection, owner, segment)
        fresh, forked = _store(connection, owner, segment, chain, now)
        if fresh:
            _tell(connection, owner, segment, chain, fresh, forked, now)
            sold = project(connection, fresh, device, owner.outlet, owner.state != "active" or forked, now)
            _advance(connection, owner, segment, chain, fresh, forked, sold)
    return Ack(segment.last, chain[-1], len(fresh))


def _chain(segment: segments.Segment) -> list[bytes]:
    """The hash of every entry, computed from the bytes: before anything of them is read."""
    hashes, previous = [], segment.prev_hash
    for header, _ in segment.entries:
        previous = journal.entry_hash(previous, header)
        hashes.append(previous)
    return hashes


def _require_parent(connection: Connection, owner: Any, segment: segments.Segment) -> None:
    if segment.first == 1:
        known = segment.prev_hash == journal.START
    else:
        table = schema.entries
        known = (
            connection.execute(
                select(table.c.seq).where(
                    (table.c.device == owner.id)
                    & (table.c.seq == segment.first - 1)
                    & (table.c.hash == segment.prev_hash)
                )
            ).first()
            is not None
        )
    if not known:
        raise UnknownPrevError(min(segment.first, owner.head_seq + 1))


def _store(
    connection: Connection, owner: Any, segment: segments.Segment, chain: list[bytes], now: int
) -> tuple[list[Fresh], bool]:
    """Insert what is new. Returns it, and whether it opened a new branch."""
    table = schema.entries
    mine = table.c.device == owner.id
    rows = connection.execute(
        select(table.c.seq, table.c.hash, table.c.prev_hash, table.c.branch).where(
            mine & table.c.seq.between(segment.first - 1, segment.last)
        )
    ).all()
    branches = {(row.seq, row.hash): row.branch for row in rows}
    parents = {(row.seq, row.prev_hash) for row in rows}
    branch, forked, previous = 0, False, segment.prev_hash
    fresh = []
    for place, ((header, body), digest) in enumerate(zip(segment.entries, chain, strict=True)):
        seq = segment.first + place
        if (seq, digest) in branches:
            branch = branches[seq, digest]
        else:
            if place == 0:
                branch = branches.get((seq - 1, previous), 0)
            if (seq, previous) in parents:
                forked = True
                branch = connection.execute(select(func.max(table.c.branch)).where(mine)).scalar_one() + 1
            fresh.append(_read(owner, seq, previous, header, body, digest, branch))
        previous = digest
    if fresh:
        connection.execute(
            insert(table),
            [
                {"device": owner.id, "seq": item.seq, "hash": item.hash, "prev_hash": item.prev_hash,
                 "header": item.header, "body": item.raw, "received_at": now, "state": item.state,
                 "branch": item.branch}
                for item in fresh
            ],
        )  # fmt: skip
    return fresh, forked


def _read(
    owner: Any, seq: int, previous: bytes, header: bytes, raw: bytes, digest: bytes, branch: int
) -> Fresh:
    """One entry, judged: ok with its typed body, or why not."""
    item = Fresh(seq, digest, previous, header, raw, branch, "ok", 0, "", None, "")
    try:
        fields = journal.read_header(header)
    except journal.JournalError as error:
        return item._replace(state="quarantined", problem=str(error))
    if fields["seq"] != seq or fields["device"] != owner.id:
        problem = f"the header is of entry {fields['seq']} of {fields['device']}"[:200]
        return item._replace(state="quarantined", problem=problem)
    item = item._replace(at=fields["at"], kind=fields["kind"])
    if not journal.body_fits(fields, raw):
        return item._replace(state="damaged", problem="the body is not the one that was hashed")
    if owner.state == "revoked":
        return item._replace(state="quarantined", problem="the device is revoked")
    try:
        return item._replace(body=bodies.read(item.kind, raw))
    except bodies.BodyError as error:
        return item._replace(state="quarantined", problem=str(error)[:200])


def _tell(
    connection: Connection,
    owner: Any,
    segment: segments.Segment,
    chain: list[bytes],
    fresh: list[Fresh],
    forked: bool,
    now: int,
) -> None:
    """Keep the checkpoint, and raise the alerts that concern the journal itself."""

    def tell(kind: str, seq: int, detail: dict[str, Any]) -> None:
        alert(connection, now, kind, owner.outlet, owner.id, seq, detail)

    problem = _checkpoint_problem(owner, segment, chain[-1])
    if problem is None:
        table = schema.checkpoints
        row = {"device": owner.id, "seq": segment.last, "hash": chain[-1]}
        known = select(table.c.seq).where(*(table.c[name] == value for name, value in row.items()))
        if connection.execute(known).first() is None:
            connection.execute(insert(table).values(**row, envelope=encode(segment.checkpoint)))
    else:
        tell("bad_checkpoint", segment.last, {"problem": problem})
    if forked:
        tell("fork", fresh[0].seq, {"branch": fresh[-1].branch})
    if owner.state == "revoked":
        tell("revoked_device", fresh[0].seq, {})
    else:
        for item in fresh:
            if item.state != "ok":
                tell(item.state, item.seq, {"problem": item.problem})


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
    chain: list[bytes],
    fresh: list[Fresh],
    forked: bool,
    sold: bool,
) -> None:
    """Move the device's head (of branch 0), and its mark in the sold sets when it sold something.

    Only a sale moves the mark: a lower mark is never wrong, and each new one is a new catalogue.
    """
    values: dict[str, Any] = {}
    if fresh[-1].branch == 0 and segment.last > owner.head_seq:
        values |= {"head_seq": segment.last, "head_hash": chain[-1]}
        if sold and owner.state == "active" and not forked and _complete(connection, owner):
            values |= {"mark_seq": segment.last, "mark_hash": chain[-1]}
    if forked and owner.state == "active":
        values["state"] = "forked"
    if values:
        connection.execute(update(schema.devices).where(schema.devices.c.id == owner.id).values(**values))


def _complete(connection: Connection, owner: Any) -> bool:
    """Whether every entry was read: a set-apart one may be a sale that is in no sold set."""
    table = schema.entries
    apart = select(table.c.seq).where((table.c.device == owner.id) & (table.c.state != "ok")).limit(1)
    return connection.execute(apart).first() is None
