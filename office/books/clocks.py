"""When goods really moved where the till's clock was wrong: the projections have that time, the entries keep theirs.

A till's monotonic clock runs on through a start of its machine, whatever happens to the other one. So an entry whose clock
was sure tells the time of those of the same start whose clock was not, behind it as well as before it, exactly. And
`clock_set`, written when a till learns that its clock was wrong, and by how much, tells of more, on its branch, back to
the last entry whose clock was right:

- entries that thought themselves sure and are in step with the clock that was put right: by the monotonic clock too;
- with an unsure clock of an earlier start: nobody knows for how long the machine was off. Their own time stays where
  it can be true, between what is known before and behind; else it is moved by as much as the clock was, into those bounds.

What is true follows from the entries alone, so it is the same whenever it is worked out. A minute more or less moves nothing.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, or_, select, tuple_, update

from office import schema
from office.audit import alert, alert_once, close
from office.books import rollups
from office.outlets.entries import Fresh, Header, read_body, read_header

STEP_MS = 60_000  # within this two clocks go alike
_LONGEST_RUN = 2000  # entries in which a sure one is looked for; a longer unsure run is told by what ends it
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
    branch = fresh[0].branch
    before = next(_entries(connection, owner.id, branch, fresh[0].seq, -1), None)
    clock, last = before.header.clock if before else "sure", fresh[0].seq
    for seq, kind, after in _clocks(connection, owner.id, fresh, late):
        if kind == "clock_set" or (clock, after) == ("unsure", "sure"):
            _put_right(connection, owner, _told_by(connection, owner, branch, seq), seq, now)
        clock, last = after, seq
    if clock == "unsure" and any(one.kind in TIMED and one.clock == "unsure" for one in fresh):
        run = islice(_entries(connection, owner.id, branch, last + 1, -1), _LONGEST_RUN)
        _put_right(connection, owner, since(run), last, now)
    _watch(connection, owner, fresh, now)


def right(teller: Header, off: int, earlier: Iterable[Entry], enrolled_at: int) -> list[Right]:
    """The times of those of `earlier`, the newest first, that an entry with a right clock, `teller`, tells. `off`: by
    how much (ms) it was put on, as a `clock_set`; any other: 0."""
    found: list[Right] = []
    others: list[Entry] = []  # of earlier starts
    same_start, mono = True, teller.mono
    # It may have enrolled again since, at an office that was restored.
    floor = enrolled_at if enrolled_at <= teller.at else 0
    for entry in earlier:
        written = entry.header
        same_start, mono = same_start and written.mono <= mono, written.mono
        exact = teller.at - (teller.mono - written.mono)
        in_step = off != 0 and abs(written.at + off - exact) <= STEP_MS
        if written.kind == "clock_set" or (written.clock == "sure" and not in_step):
            floor = written.at
            break
        if in_step or same_start:
            found.append(_right(entry, exact))
        else:
            others.append(entry)
        if written.kind == "device_started":
            same_start = False
    latest = min((one.at for one in found), default=teller.at)
    for entry in others:
        at = entry.header.at
        if not floor <= at <= latest:
            at = min(max(at + off, floor), latest)
        found.append(Right(entry, at, True))
    return found


def since(run: Iterable[Entry]) -> list[Right]:
    """The times of unsure entries, the newest first, that the sure one before them tells, if they are of its start."""
    found: list[Entry] = []
    for entry in run:
        written = entry.header
        if found and written.mono > found[-1].header.mono:
            break
        if written.clock == "sure":
            return [_right(one, written.at + one.header.mono - written.mono) for one in found]
        found.append(entry)
        if written.kind == "device_started":
            break
    return []


def _right(entry: Entry, at: int) -> Right:
    return Right(entry, entry.header.at if abs(at - entry.header.at) <= STEP_MS else at, False)


def _clocks(
    connection: Connection, device: str, fresh: list[Fresh], late: bool
) -> Iterator[tuple[int, str, str]]:
    """Seq, kind and clock of the entries by which times are told: of `fresh`, and where some of it came late, of what
    stands among it and up to the `clock_set` behind it."""
    if not late:
        yield from ((one.seq, one.kind, one.clock) for one in fresh if one.body is not None)
        return
    for entry in _entries(connection, device, fresh[0].branch, fresh[0].seq - 1, 1):
        yield entry.seq, entry.header.kind, entry.header.clock
        if entry.seq > fresh[-1].seq and entry.header.kind == "clock_set":
            return


def _told_by(connection: Connection, owner: Any, branch: int, seq: int) -> list[Right]:
    """What the entry at `seq` tells of those before it."""
    row = connection.execute(
        select(*_READ, _ENTRIES.c.body).where(*_of(owner.id, branch), _ENTRIES.c.seq == seq)
    ).one()
    teller, off = read_header(row.header), 0
    if teller.kind == "clock_set":
        body = read_body("clock_set", row.body)
        off = body["after"] - body["before"]
    return right(teller, off, _entries(connection, owner.id, branch, seq, -1), owner.enrolled_at)


def _put_right(connection: Connection, owner: Any, told: list[Right], seq: int, now: int) -> None:
    """Move what was told, by the entry at `seq`, to its true time, and raise an alert for a clock that was far off."""
    times = {
        (one.entry.seq, one.entry.hash): one
        for one in told
        if one.entry.header.kind in TIMED and one.at <= now + AHEAD_MS
    }
    moved = _move(connection, owner.id, times)
    sales = [one for key, one in times.items() if key in moved]
    if not sales:
        return
    far = [one for one in sales if abs(one.at - one.entry.header.at) > TOLD_MS]
    if far:
        detail = {"clock_said": far[0].entry.header.at, "true_time": far[0].at, "count": len(sales)}
        if guessed := sum(one.guessed for one in sales):
            detail["guessed"] = guessed
        alert(connection, now, "clock_wrong", owner.outlet, owner.id, seq, detail)
    doubted = select(_ALERTS.c.seq).where(
        _ALERTS.c.kind == "impossible_time", _ALERTS.c.device == owner.id, _ALERTS.c.closed_at.is_(None)
    )
    for wrong in set(connection.execute(doubted).scalars()) & {one.entry.seq for one in sales}:
        close(connection, "impossible_time", owner.id, now, wrong)


def _move(connection: Connection, device: str, times: dict[Key, Right]) -> set[Key]:
    """Give rows told from the entries of a device their true times, in the sums too. Returns which sales moved."""
    all_moved: set[Key] = set()
    for part in _parts(sorted(times)):
        sales, undone = (
            and_(table.c.device == device, tuple_(table.c.seq, table.c.hash).in_(part))
            for table in (_SALES, _UNDONE)
        )
        found = connection.execute(select(_SALES.c.seq, _SALES.c.hash, _SALES.c.at).where(sales)).all()
        moved = [
            _moved(row, times[row.seq, row.hash]) for row in found if row.at != times[row.seq, row.hash].at
        ]
        back = connection.execute(
            select(_UNDONE.c.seq, _UNDONE.c.hash, _UNDONE.c.at).where(undone).distinct()
        ).all()
        moved_back = [
            _moved(row, times[row.seq, row.hash]) for row in back if row.at != times[row.seq, row.hash].at
        ]
        if not moved and not moved_back:
            continue
        rollups.turn(connection, sales & ~_SALES.c.held, undone & ~_UNDONE.c.held, -1)
        if moved and connection.dialect.name == "sqlite":
            # A line names its sale with the time.
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        for table, rows in ((_SALES, moved), (_LINES, moved), (_UNDONE, moved_back)):
            this = and_(*(table.c[name] == bindparam(f"of_{name}") for name in ("seq", "hash", "at")))
            values: dict[str, Any] = {"at": bindparam("true")}
            if table is _SALES:
                values["written_at"] = bindparam("written")
            if rows:
                connection.execute(update(table).where(table.c.device == device, this).values(values), rows)
        rollups.turn(connection, sales & ~_SALES.c.held, undone & ~_UNDONE.c.held, 1)
        all_moved |= {(row["of_seq"], row["of_hash"]) for row in moved}
    return all_moved


def _moved(row: Any, to: Right) -> dict[str, Any]:
    written = to.entry.header.at
    return {"of_seq": row.seq, "of_hash": row.hash, "of_at": row.at, "true": to.at,
            "written": written if written != to.at else None}  # fmt: skip


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
    neighbour = connection.execute(
        select(*_READ).where(*_of(device, branch), _ENTRIES.c.seq == beyond + way)
    ).first()
    # Mostly it is there, and enough. Of a range PostgreSQL may read everything to find the nearest.
    if neighbour is not None:
        yield Entry(neighbour.seq, neighbour.hash, read_header(neighbour.header))
        beyond += way
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
