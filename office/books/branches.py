"""The branches of a journal: histories under one device's name, for a person to look at and decide on.

What a forked device sells is held: it is in the books, but in no sold set, stock or report. Accepting a branch lets
its sales count, those to come as well; setting it aside leaves them held. Both can be undone. A branch that another till
brought (`office.outlets.brought`) is decided on in the same way, whether there is a fork or not.

Branches below 0 are what a device sent once it was revoked. Accepting one lets only those of its sales count that were
made before the revocation and are here already: whoever has the key may write any time into what he sends later.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select, update

from office import schema
from office.audit import close, note, open_again
from office.books import rollups, sold_counts
from office.books.projections import MOVING
from office.outlets import journals, marks
from office.outlets.devices import waits
from office.outlets.entries import Fresh
from office.registry import RegistryError
from office.storage import counters
from sync.canonical import LARGEST
from sync.journal import hash10

LONGEST_NOTE = 1000  # letters
SHOWN = 50  # sales of a branch
_DEVICES, _ENTRIES, _SALES, _DECIDED, _BROUGHT = (
    schema.devices, schema.entries, schema.sales, schema.decided_branches, schema.brought_branches,
)  # fmt: skip
_HELD = (schema.sales, schema.undone_lines, schema.damaged_lines)


class Sale(NamedTuple):
    """A sale of a branch; `at` is ms UTC, `written_at` by the till's clock where that was wrong, `total` đồng."""

    number: str
    hash10: str
    at: int
    total: int
    held: bool
    written_at: int | None


class Branch(NamedTuple):
    """One history from where it leaves the one before it; branch 0 came first. `decision` is "accepted",
    "set_aside", or "" while nobody has decided."""

    number: int
    first: int  # seq of its first entry
    last: int
    sales: int
    total: int  # of its sales, đồng
    held: int  # sales that do not count
    since: int | None  # when the first of its sales was made, ms UTC
    until: int | None  # and the last
    revoked_at: int | None  # of a branch below 0: when the device was revoked, ms UTC
    before: (
        int  # held sales that count once it is accepted: of a branch below 0, those of before the revocation
    )
    before_total: int  # of them, đồng
    newest: list[Sale]
    decision: str
    by: str
    at: int | None  # of the decision, ms UTC
    note: str
    brought_by: str  # the till that brought it; "": the device itself


def of_device(connection: Connection, device: str) -> list[Branch]:
    """The branches of a device's journal, by number, those of after its revocation last. Raises RegistryError for an
    unknown device."""
    owner = connection.execute(select(_DEVICES).where(_DEVICES.c.id == device)).one_or_none()
    if owner is None:
        raise RegistryError(f"there is no device {device}.", f"Không có thiết bị {device}.")
    decided = {
        row.branch: row for row in connection.execute(select(_DECIDED).where(_DECIDED.c.device == device))
    }
    rows = connection.execute(
        select(
            _ENTRIES.c.branch, func.min(_ENTRIES.c.seq).label("first"), func.max(_ENTRIES.c.seq).label("last")
        )
        .where(_ENTRIES.c.device == device)
        .group_by(_ENTRIES.c.branch)
        .order_by(_ENTRIES.c.branch < 0, func.abs(_ENTRIES.c.branch))
    )
    brought = journals.brought(connection, device)
    found = []
    for row in rows:
        mine = _SALES.c.device == device, journals.in_branches(_SALES, [row.branch])
        to_count = _SALES.c.held & (_SALES.c.seq < _end(connection, owner, row.branch))
        count, total, held, since, until, before, before_total = connection.execute(
            select(
                func.count(), func.coalesce(func.sum(_SALES.c.total), 0),
                func.count().filter(_SALES.c.held), func.min(_SALES.c.at), func.max(_SALES.c.at),
                func.count().filter(to_count), func.coalesce(func.sum(_SALES.c.total).filter(to_count), 0),
            ).where(*mine)
        ).one()  # fmt: skip
        newest = connection.execute(select(_SALES).where(*mine).order_by(_SALES.c.seq.desc()).limit(SHOWN))
        was = decided.get(row.branch)
        found.append(
            Branch(
                row.branch, row.first, row.last, count, int(total), held, since, until,
                owner.revoked_at if row.branch < 0 else None, before, int(before_total),
                [Sale(f"{device}-{one.seq}", hash10(one.hash), one.at, one.total, one.held, one.written_at) for one in newest],
                "" if was is None else "accepted" if was.accepted else "set_aside",
                was.decided_by if was else "", was.decided_at if was else None, was.note if was else "",
                brought.get(row.branch, ""),
            )
        )  # fmt: skip
    return found


def to_decide(found: Iterable[Branch]) -> bool:
    """Whether there is anything to decide on the branches of a journal: it is forked, or its device is revoked and
    something of it is held, or another till brought one."""
    every = list(found)
    return len(every) > 1 or any(one.held or one.number < 0 or one.brought_by for one in every)


def holds(connection: Connection, device: str, state: str, branch: int) -> bool:
    """Whether what `device` sells on `branch` waits for a person. `state`: the device's."""
    if state == "revoked" or waits(connection, device):
        return True
    same = (_DECIDED.c.device == device) & (_DECIDED.c.branch == branch)
    accepted = connection.execute(select(_DECIDED.c.accepted).where(same)).scalar_one_or_none()
    return state == "forked" if accepted is None else not accepted


def accept(connection: Connection, device: str, branch: int, text: str, by: str, now: int) -> None:
    """Let the sales of a branch count, those to come too; of one below 0, those of before the revocation that are here.
    Raises RegistryError, as all here do, for a branch that does not exist or is decided on, where nothing is held apart,
    and no note."""
    before = journals.followed(connection, device)
    first = _decide(connection, device, branch, True, text, by, now)
    let(connection, device, branch, first, held=False)
    if journals.followed(connection, device) != before:
        connection.execute(update(_DEVICES).where(_DEVICES.c.id == device).values(_mark(connection, device)))


def set_aside(connection: Connection, device: str, branch: int, text: str, by: str, now: int) -> None:
    """Leave the sales of a branch held, those to come too."""
    _decide(connection, device, branch, False, text, by, now)


def reopen(connection: Connection, device: str, branch: int, by: str, now: int) -> None:
    """Undo a decision: the branch's sales are held again, as before it. Raises RegistryError if there is none."""
    owner = _locked(connection, device)
    same = (_DECIDED.c.device == device) & (_DECIDED.c.branch == branch)
    was = connection.execute(select(_DECIDED).where(same)).one_or_none()
    if was is None:
        raise RegistryError(
            f"nobody has decided on branch {branch} of {device}.",
            f"Chưa ai quyết định về nhánh {branch} của {device}.",
        )
    connection.execute(delete(_DECIDED).where(same))
    brought = branch in journals.brought(connection, device)
    values: dict[str, Any] = {"state": "forked"} if owner.state == "active" and not brought else {}
    if was.accepted:
        let(connection, device, branch, was.first, held=True)
        values |= _mark(connection, device)
    if values:
        connection.execute(update(_DEVICES).where(_DEVICES.c.id == device).values(**values))
    kind = "brought" if brought else "revoked_sales" if branch < 0 else "fork"
    open_again(connection, kind, device, was.decided_at)
    note(connection, now, by, "branch-reopen", device, {"branch": branch})


def is_told(kind: str, state: str) -> bool:
    """Whether the rows of an entry of that kind and state are written, held, once another till has brought it: what
    a person decides on. Anything else is told when the device itself sends it."""
    return state == "ok" and kind in MOVING


def take_over(connection: Connection, device: str, state: str, mine: list[Fresh], now: int) -> bool:
    """The device has sent what another till had brought: it stands on the branch that the device gives it, and counts
    if that does. Whether more counts as sold now. `state`: the device's."""
    for one in mine:
        same = (_ENTRIES.c.device == device) & (_ENTRIES.c.seq == one.seq) & (_ENTRIES.c.hash == one.hash)
        values = {"header": one.header, "body": one.raw, "state": one.state, "branch": one.branch,
                  "prev_hash": one.prev_hash}  # fmt: skip
        connection.execute(update(_ENTRIES).where(same).values(values))
    counting = [
        number for number in {one.branch for one in mine} if not holds(connection, device, state, number)
    ]
    for number in counting:
        first = min(one.seq for one in mine if one.branch == number)
        let(connection, device, number, first, held=False)
    whole = select(_ENTRIES.c.branch).where(_ENTRIES.c.device == device)
    gone = set(journals.brought(connection, device)) - set(connection.execute(whole.distinct()).scalars())
    for table in (_BROUGHT, _DECIDED):
        connection.execute(delete(table).where(table.c.device == device, table.c.branch.in_(gone)))
    if not undecided(connection, device):
        close(connection, "brought", device, now)
    return bool(counting)


def undecided(connection: Connection, device: str) -> list[Branch]:
    """The branches that another till brought and nobody has decided on."""
    found = of_device(connection, device) if journals.brought(connection, device) else []
    return [one for one in found if one.brought_by and not one.decision]


def _decide(
    connection: Connection, device: str, branch: int, accepted: bool, text: str, by: str, now: int
) -> int:
    """Write the decision down; the seq from which the branch's sales are held."""
    if not text or len(text) > LONGEST_NOTE:
        raise RegistryError(
            f"write in 1 to {LONGEST_NOTE} letters what was found.",
            f"Hãy ghi đã tìm thấy gì (1 đến {LONGEST_NOTE} ký tự).",
        )
    owner = _locked(connection, device)
    branches = {one.number: one for one in of_device(connection, device)}
    if branch not in branches:
        raise RegistryError(f"{device} has no branch {branch}.", f"{device} không có nhánh {branch}.")
    if not branches[branch].brought_by and not to_decide(
        one for one in branches.values() if not one.brought_by
    ):
        raise RegistryError(
            f"the journal of {device} has no fork.", f"Nhật ký của {device} không tách nhánh."
        )
    if branches[branch].decision:
        raise RegistryError(
            f"branch {branch} of {device} is decided on already.",
            f"Nhánh {branch} của {device} đã được quyết định.",
        )
    if owner.state != "revoked" and waits(connection, device):
        raise RegistryError(
            f"device {device} waits for an officer to agree that it follows another one; do that first.",
            f"Thiết bị {device} đang chờ đồng ý; hãy đồng ý trước.",
        )
    first = min((seq for table in _HELD for seq in _held(connection, table, device, branch)), default=None)
    first = branches[branch].last + 1 if first is None else first
    connection.execute(
        insert(_DECIDED).values(
            device=device,
            branch=branch,
            accepted=accepted,
            first=first,
            decided_at=now,
            decided_by=by,
            note=text,
        )
    )
    left = [one for one in branches.values() if one.number != branch and not one.decision]
    if not any(one.brought_by for one in left):
        close(connection, "brought", device, now)
    if owner.state == "forked" and all(one.brought_by for one in left):
        connection.execute(update(_DEVICES).where(_DEVICES.c.id == device).values(state="active"))
        close(connection, "fork", device, now)
    if branch < 0 and all(one.number >= 0 for one in left):
        close(connection, "revoked_sales", device, now)
    note(
        connection, now, by, "branch-accept" if accepted else "branch-set-aside", device,
        {"branch": branch, "note": text},
    )  # fmt: skip
    return first


def _mark(connection: Connection, device: str) -> dict[str, Any]:
    """Where the mark belongs once a decision changed what the sold sets hold, or which branch the others follow: before
    the first sale of that branch that is held, else at its end."""
    branch = journals.followed(connection, device)
    held = [seq for table in _HELD for seq in _held(connection, table, device, branch)]
    query = select(_ENTRIES.c.seq, _ENTRIES.c.hash).where(
        journals.path(connection, device), _ENTRIES.c.state == "ok"
    )
    if held:
        query = query.where(_ENTRIES.c.seq < min(held))
    last = connection.execute(query.order_by(_ENTRIES.c.seq.desc()).limit(1)).one_or_none()
    if last is None or len(marks.apart(connection, device, last.seq)) > marks.MOST_APART:
        return {"mark_seq": 0, "mark_hash": None}
    return {"mark_seq": last.seq, "mark_hash": last.hash}


def let(connection: Connection, device: str, branch: int, first: int, held: bool) -> None:
    """Let the sales of a branch from seq `first` on count, or hold them again."""
    owner = connection.execute(select(_DEVICES).where(_DEVICES.c.id == device)).one()
    end = _end(connection, owner, branch)

    def chosen(table: Any) -> ColumnElement[bool]:
        mine = and_(table.c.device == device, table.c.seq >= first, table.c.held == (not held))
        return and_(mine, table.c.seq < end, journals.in_branches(table, [branch]))

    sold_counts.lock(connection, device)
    rollups.turn(connection, chosen(schema.sales), chosen(schema.undone_lines), -1 if held else 1)
    for table in _HELD:
        connection.execute(update(table).where(chosen(table)).values(held=held))
    sold_counts.recount(connection, device)
    counters.raise_by(connection, counters.SOLD)


def _end(connection: Connection, owner: Any, branch: int) -> int:
    """Up to before which seq the sales of a branch count once it is accepted: of one below 0, up to the first sale,
    void or refund of after the revocation. What stands behind that in the journal was made later, whatever time it has.
    """
    if branch >= 0:
        return LARGEST
    found = [
        connection.execute(
            select(func.min(table.c.seq)).where(
                table.c.device == owner.id,
                table.c.at > (owner.revoked_at or 0),
                journals.in_branches(table, [branch]),
            )
        ).scalar_one()
        for table in (schema.sales, schema.undone_lines)
    ]
    return min([seq for seq in found if seq is not None], default=LARGEST)


def _held(connection: Connection, table: Any, device: str, branch: int) -> list[int]:
    mine = table.c.device == device, table.c.held, journals.in_branches(table, [branch])
    first = connection.execute(select(func.min(table.c.seq)).where(*mine)).scalar_one()
    return [] if first is None else [first]


def _locked(connection: Connection, device: str) -> Any:
    """The device's row, locked as while its entries are stored."""
    owner = connection.execute(
        select(_DEVICES).where(_DEVICES.c.id == device).with_for_update()
    ).one_or_none()
    if owner is None:
        raise RegistryError(f"there is no device {device}.", f"Không có thiết bị {device}.")
    return owner
