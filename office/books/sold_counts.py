"""How many stamps of each batch are sold: what the sold sets hold, counted where sales are projected.

A stamp is sold while a sale line of it is open, once however often it was sold. Nearly every new line is the first
of its stamp and nothing undoes it: it adds one. Only the odd stamps, sold before or named by a void or a refund,
are looked at: as they were without the new rows, and as they are.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, and_, delete, distinct, func, insert, select, tuple_

from office.books import lines
from office.schema import SAME_SALE, batch_rollups, batches, sale_lines, sales, undone_lines
from office.storage import bulk

_AT_ONCE = 500
_WITHIN = and_(
    sale_lines.c.gtin == batches.c.gtin,
    sale_lines.c.serial.between(batches.c.first, batches.c.last),
    sale_lines.c.ordinal.is_not(None),
)

Key = tuple[str, int, bytes]
"""Device, seq and hash of an entry."""

Stamps = dict[int, tuple[str, int]]
"""GTIN and serial, by ordinal."""


def count(connection: Connection, sold: Iterable[int], touched: Iterable[int]) -> None:
    """Count the batch of each new line in `sold`, as if it were the first of its stamp. Until the end of the
    transaction nobody else counts these batches, nor those `touched`.
    """
    _change(connection, dict.fromkeys(touched, 0) | Counter(sold))


def correct(connection: Connection, odd: Stamps, counted: Counter[int], new: set[Key]) -> None:
    """Count these stamps for what they are, once the new rows are in their tables. `counted`: how
    often each ordinal was counted; `new`: the entries that brought them.
    """
    changes: Counter[int] = Counter()
    for ordinal, change in _changed(connection, odd, new).items():
        if change != counted[ordinal]:
            changes[_batch_of(connection, ordinal)] += change - counted[ordinal]
    _change(connection, changes)


def odd_stamps(
    connection: Connection, device: str, seqs: tuple[int, int], undone: list[dict[str, Any]]
) -> Stamps:
    """The stamps of this device's sale lines from entry to entry that were undone before they came, and of all
    lines that the new rows of `undone_lines` name.
    """
    stamp = select(sale_lines.c.ordinal, sale_lines.c.gtin, sale_lines.c.serial)
    stamp = stamp.where(sale_lines.c.ordinal.is_not(None))
    named = stamp.join_from(undone_lines, sale_lines, lines.NAMED).where(
        undone_lines.c.sale_device == device, undone_lines.c.sale_seq.between(*seqs)
    )
    found = list(connection.execute(named))
    keys = [(row["sale_device"], row["sale_seq"], row["line"]) for row in undone]
    place = tuple_(sale_lines.c.device, sale_lines.c.seq, sale_lines.c.line)
    for part in _parts(keys):
        found += connection.execute(stamp.where(place.in_(part)))
    return {row.ordinal: (row.gtin, row.serial) for row in found}


def lock(connection: Connection, device: str) -> None:
    """Let nobody else count the batches that `recount` of a device counts: before the sums (`rollups`), as ingest does,
    so that nobody waits for one who waits for him."""
    count(connection, (), _batches_of(connection, device))


def recount(connection: Connection, device: str | None = None) -> None:
    """Count anew: the batches of the stamps that `device` sold or took back, or all."""
    ids = None if device is None else _batches_of(connection, device)
    if ids is not None:
        count(connection, (), ids)
    chosen = [] if ids is None else [batches.c.id.in_(ids)]
    counted = (
        select(batches.c.id, func.count(distinct(sale_lines.c.ordinal)))
        .join_from(sale_lines, sales, SAME_SALE)
        .join(batches, _WITHIN)
        .where(~sales.c.held, lines.still_open(), *chosen)
        .group_by(batches.c.id)
    )
    connection.execute(
        delete(batch_rollups).where(*([] if ids is None else [batch_rollups.c.batch.in_(ids)]))
    )
    connection.execute(insert(batch_rollups).from_select(["batch", "sold"], counted))


def _batches_of(connection: Connection, device: str) -> set[int]:
    mine = sale_lines.c.device == device
    undoes = select(sale_lines.c.ordinal).join_from(undone_lines, sale_lines, lines.NAMED)
    ordinals = set(connection.execute(select(sale_lines.c.ordinal).where(mine)).scalars())
    ordinals |= set(connection.execute(undoes.where(undone_lines.c.device == device)).scalars())
    return {_batch_of(connection, ordinal) for ordinal in ordinals - {None}}


def _changed(connection: Connection, odd: Stamps, new: set[Key]) -> dict[int, int]:
    """By ordinal: 1 if it is sold only with the new rows, -1 if only without them."""
    sold: dict[int, list[Any]] = defaultdict(list)
    undoing: dict[tuple[str, int, int, str], list[Key]] = defaultdict(list)
    for part in _parts(sorted(odd.values())):
        these = tuple_(sale_lines.c.gtin, sale_lines.c.serial).in_(part) & sale_lines.c.ordinal.is_not(None)
        found = (
            select(
                sale_lines.c.device, sale_lines.c.seq, sale_lines.c.hash, sale_lines.c.line, sale_lines.c.ordinal,
                sales.c.outlet,
            )
            .join_from(sale_lines, sales, SAME_SALE)
            .where(these, ~sales.c.held)
        )  # fmt: skip
        for row in connection.execute(found):
            sold[row.ordinal].append(row)
        freed = (
            select(undone_lines)
            .join_from(undone_lines, sale_lines, lines.NAMED)
            .where(these, undone_lines.c.frees, ~undone_lines.c.held)
        )
        for row in connection.execute(freed):
            place = (row.sale_device, row.sale_seq, row.line, row.outlet)
            undoing[place].append((row.device, row.seq, row.hash))

    def is_open(ordinal: int, without: set[Key]) -> bool:
        return any(
            (row.device, row.seq, row.hash) not in without
            and all(key in without for key in undoing[row.device, row.seq, row.line, row.outlet])
            for row in sold[ordinal]
        )

    return {ordinal: is_open(ordinal, set()) - is_open(ordinal, new) for ordinal in odd}


def _batch_of(connection: Connection, ordinal: int) -> int:
    before = select(batches.c.id).where(batches.c.base <= ordinal).order_by(batches.c.base.desc()).limit(1)
    return int(connection.execute(before).scalar_one())


def _change(connection: Connection, changes: dict[int, int]) -> None:
    # Sorted: two transactions lock the same rows in the same order.
    bulk.add(connection, batch_rollups, ("batch",), ("sold",), sorted(changes.items()))


def _parts(items: list[Any]) -> Iterable[list[Any]]:
    return (items[at : at + _AT_ONCE] for at in range(0, len(items), _AT_ONCE))
