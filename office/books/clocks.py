"""When goods really moved where the till's clock was wrong: the projections have that time, the entries keep theirs.

A till that learns the time writes `clock_set`: what its clock said, and what it was put to. That tells the time of the
entries before it, on its branch, back to the last one whose clock was right:

- of the same start of the till, or in step with the clock that was put right: by the monotonic clock, exactly;
- with an unsure clock of an earlier start: nobody knows for how long the machine was off. Their own time stays where
  it can be true, between what is known before and behind; else it is moved by as much as the clock was, into those bounds.

What is true follows from the entries alone, so it is the same whenever it is worked out.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, or_, select, tuple_, update

from office import schema
from office.audit import alert, alert_once, close
from office.books import rollups
from office.outlets.entries import Fresh, Header, read_body, read_header

STEP_MS = 60_000  # within this two clocks go alike
TIMED = ("sale", "void", "refund")  # kinds whose time the sums go by
AHEAD_MS = 120_000  # a time this far beyond the office's cannot be
TOLD_MS = 3_600_000  # a clock that was further off is told
_AT_ONCE = 500
_ENTRIES, _SALES, _LINES, _UNDONE, _ALERTS = (
    schema.entries, schema.sales, schema.sale_lines, schema.undone_lines, schema.alerts,
)  # fmt: skip

Key = tuple[int, bytes]
"""Seq and hash of an entry of the device in question."""


class Entry(NamedTuple):
    """An entry of a journal, and what its header says."""

    seq: int
    hash: bytes
    header: Header


class Right(NamedTuple):
    """The true time of an entry, ms UTC, or the best that can be said of it."""

    entry: Entry
    at: int
    guessed: bool


def follow(connection: Connection, owner: Any, fresh: list[Fresh], late: bool, now: int) -> None:
    """Put the times right of what `fresh`, new entries of one branch that are projected, tells of; then raise an alert
    if a sale's time is still impossible. `owner`: the row of the device; `late`: some of `fresh` came after what stands
    behind them; `now`: ms UTC."""
    for setting in _settings(connection, owner.id, fresh, late):
        _set_right(connection, owner, fresh[0].branch, setting, now)
    _watch(connection, owner, fresh, now)


def right(
    setting: Header, before: int, after: int, earlier: Iterable[Entry], enrolled_at: int
) -> list[Right]:
    """The true times of the entries `earlier` than a `clock_set` (its header, and the times of its body), the newest
    first, that had the clock which it put right."""
    found: list[Right] = []
    others: list[Entry] = []  # of earlier starts
    same_start, mono, floor = True, setting.mono, enrolled_at
    for entry in earlier:
        written = entry.header
        same_start, mono = same_start and written.mono <= mono, written.mono
        exact = after - (setting.mono - written.mono)
        in_step = abs(written.at + after - before - exact) <= STEP_MS
        if written.kind == "clock_set" or (written.clock == "sure" and not in_step):
            floor = written.at
            break
        if in_step or same_start:
            found.append(Right(entry, exact, False))
        else:
            others.append(entry)
        if written.kind == "device_started":
            same_start = False
    latest = min((one.at for one in found), default=after)
    for entry in others:
        at = entry.header.at
        if not floor <= at <= latest:
            at = min(max(at + after - before, floor), latest)
        found.append(Right(entry, at, True))
    return found


def _settings(connection: Connection, device: str, fresh: list[Fresh], late: bool) -> list[int]:
    """The seqs of the `clock_set` entries that tell of `fresh`, or stand in it."""
    if not late:
        return [one.seq for one in fresh if one.kind == "clock_set" and one.body is not None]
    found = []
    for entry in _entries(connection, device, fresh[0].branch, fresh[0].seq - 1, 1):
        if entry.header.kind == "clock_set":
            found.append(entry.seq)
            if entry.seq > fresh[-1].seq:
                break
    return found


def _set_right(connection: Connection, owner: Any, branch: int, seq: int, now: int) -> None:
    """Move what stands before the `clock_set` at `seq` to its true time, and tell of a clock that was far off."""
    row = connection.execute(
        select(*_READ, _ENTRIES.c.body).where(*_of(owner.id, branch), _ENTRIES.c.seq == seq)
    ).one()
    setting, body = read_header(row.header), read_body("clock_set", row.body)
    before, after = body["before"], body["after"]
    if after > now + AHEAD_MS:
        return  # that clock was put wrong
    earlier = _entries(connection, owner.id, branch, seq, -1)
    times = {
        (one.entry.seq, one.entry.hash): one
        for one in right(setting, before, after, earlier, owner.enrolled_at)
        if one.entry.header.kind in TIMED
    }
    _move(connection, owner.id, {key: one.at for key, one in times.items()})
    sales = [one for one in times.values() if one.entry.header.kind == "sale"]
    if sales and abs(after - before) > TOLD_MS:
        detail = {"clock_said": before, "clock_set_to": after, "count": len(sales)}
        if guessed := sum(one.guessed for one in sales):
            detail["guessed"] = guessed
        alert(connection, now, "clock_wrong", owner.outlet, owner.id, seq, detail)
    doubted = select(_ALERTS.c.seq).where(
        _ALERTS.c.kind == "impossible_time", _ALERTS.c.device == owner.id, _ALERTS.c.closed_at.is_(None)
    )
    for wrong in set(connection.execute(doubted).scalars()) & {one.entry.seq for one in sales}:
        close(connection, "impossible_time", owner.id, now, wrong)


def _move(connection: Connection, device: str, times: dict[Key, int]) -> None:
    """Give rows told from the entries of a device their true times, in the sums too."""
    for part in _parts(sorted(times)):
        mine = {
            table: and_(table.c.device == device, tuple_(table.c.seq, table.c.hash).in_(part))
            for table in (_SALES, _UNDONE)
        }
        counted = [and_(here, ~table.c.held) for table, here in mine.items()]
        rollups.turn(connection, counted[0], counted[1], -1)
        sales = connection.execute(select(_SALES.c.seq, _SALES.c.hash, _SALES.c.at).where(mine[_SALES]))
        moved = [
            {"of": row.seq, "by": row.hash, "was": row.at, "true": times[row.seq, row.hash]}
            for row in sales
            if row.at != times[row.seq, row.hash]
        ]
        if moved and connection.dialect.name == "sqlite":
            connection.exec_driver_sql(
                "PRAGMA defer_foreign_keys = ON"
            )  # a line names its sale with the time
        for table in (_SALES, _LINES) if moved else ():
            this = (
                (table.c.device == device)
                & (table.c.seq == bindparam("of"))
                & (table.c.hash == bindparam("by"))
            )
            values: dict[str, Any] = {"at": bindparam("true")}
            if table is _SALES:
                values["written_at"] = func.coalesce(_SALES.c.written_at, _SALES.c.at)
            connection.execute(
                update(table).where(this, table.c.at == bindparam("was")).values(values), moved
            )
        this = (
            (_UNDONE.c.device == device)
            & (_UNDONE.c.seq == bindparam("of"))
            & (_UNDONE.c.hash == bindparam("by"))
        )
        undone = [{"of": seq, "by": digest, "true": times[seq, digest]} for seq, digest in part]
        connection.execute(update(_UNDONE).where(this).values(at=bindparam("true")), undone)
        rollups.turn(connection, counted[0], counted[1], 1)


def _watch(connection: Connection, owner: Any, fresh: list[Fresh], now: int) -> None:
    """Tell once of sales that came now with a time that cannot be: beyond this moment, or before the device's
    enrolment."""
    sold = [one for one in fresh if one.kind == "sale" and one.body is not None]
    first, last = owner.enrolled_at - AHEAD_MS, now + AHEAD_MS
    if all(first <= one.at <= last for one in sold):
        return
    found = connection.execute(
        select(func.min(_SALES.c.seq), func.count()).where(
            _SALES.c.device == owner.id, _SALES.c.seq.between(sold[0].seq, sold[-1].seq),
            or_(_SALES.c.at < first, _SALES.c.at > last),
        )
    ).one()  # fmt: skip
    if found[1]:
        alert_once(connection, now, "impossible_time", owner.outlet, owner.id, found[0], {"count": found[1]})


_READ = (_ENTRIES.c.seq, _ENTRIES.c.hash, _ENTRIES.c.header)


def _of(device: str, branch: int) -> tuple[ColumnElement[bool], ...]:
    return _ENTRIES.c.device == device, _ENTRIES.c.branch == branch, _ENTRIES.c.state == "ok"


def _entries(connection: Connection, device: str, branch: int, beyond: int, way: int) -> Iterator[Entry]:
    """The entries of a branch that were read: those after seq `beyond` upwards (`way` 1), or those before it
    downwards (-1)."""
    while True:
        side = _ENTRIES.c.seq > beyond if way > 0 else _ENTRIES.c.seq < beyond
        rows = connection.execute(
            select(*_READ)
            .where(*_of(device, branch), side)
            .order_by(_ENTRIES.c.seq if way > 0 else _ENTRIES.c.seq.desc())
            .limit(_AT_ONCE)
        ).all()
        for row in rows:
            yield Entry(row.seq, row.hash, read_header(row.header))
        if len(rows) < _AT_ONCE:
            return
        beyond = rows[-1].seq


def _parts(keys: list[Key]) -> Iterable[list[Key]]:
    return (keys[at : at + _AT_ONCE] for at in range(0, len(keys), _AT_ONCE))
