"""Projections of journal entries: sales, what undid them, damage, scans; and the alerts that sales raise."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, or_, select, tuple_, update

from office import schema
from office.alerting import far_apart, undone_twice
from office.audit import alert
from office.books import rollups, sold_counts
from office.books.lines import NAMED, UNDOES, still_open
from office.outlets.entries import Fresh
from office.publishing import reach
from office.stamps.ordinals import Ordinals
from office.storage import bulk, counters

_SALES, _LINES, _UNDONE, _DAMAGED = (
    schema.sales,
    schema.sale_lines,
    schema.undone_lines,
    schema.damaged_lines,
)
_AT_ONCE = 500  # stamps that one query asks for

Body = dict[str, Any]
Stamp = tuple[str, int]  # GTIN, serial


MOVING = ("sale", "void", "refund", "damage")
"""Kinds of entries by which goods come and go."""

# Verdicts under which a till sells as a matter of course, flagged or not.
_HARMLESS = ("genuine", "plain_goods", "unsigned", "no_stamp")


def undone_stamps(connection: Connection) -> Counter[tuple[int, str]]:
    """How many sale lines of each (ordinal, outlet) were undone."""
    lines = (
        select(_LINES.c.device, _LINES.c.seq, _LINES.c.hash, _LINES.c.line, _LINES.c.ordinal, _SALES.c.outlet)
        .join_from(_UNDONE, _LINES, NAMED)
        .join(_SALES, schema.SAME_SALE)
        .where(UNDOES, _LINES.c.ordinal.is_not(None), ~_SALES.c.held)
        .distinct()
    )
    return Counter((row.ordinal, row.outlet) for row in connection.execute(lines))


def project(
    connection: Connection, fresh: list[Fresh], device: str, outlet: str, held: bool, now: int
) -> bool:
    """Write the projections of `fresh`; True if what is sold may have changed.

    `held` sales, and what would undo one, are kept but stay out of the sold sets until a person releases them.
    """
    kinds: dict[str, list[tuple[Fresh, Body]]] = {}
    for item in fresh:
        if item.body is not None:
            kinds.setdefault(item.kind, []).append((item, item.body))
    for item, body in kinds.get("report", []):
        detail = {"verdict": body["verdict"], "reason": body["reason"]}
        alert(
            connection, now, "shopper_report", outlet, device, item.seq, detail,
            body.get("gtin"), body.get("serial"),
        )  # fmt: skip
    told = [(item, scan) for item, scan in kinds.get("scan", []) if scan["v"] == 1]  # later ones only count
    bulk.insert(connection, schema.scans, _scans(told, device, outlet, now))
    if not held:
        far_apart.look(connection, [item for item, _ in kinds.get("scan", [])], device, outlet, now)
    _note_device(connection, kinds, device)
    sold = _goods_moved(connection, kinds, fresh, device, outlet, held, now)
    # Sums of all outlets last: until the commit nobody else can add to them.
    rollups.add_looks(
        connection,
        (
            (item.at, outlet, scan.get("gtin", ""), scan.get("count", 1))
            for item, scan in kinds.get("scan", [])
            if scan["purpose"] == "look"
        ),
    )
    if sold:
        counters.raise_by(connection, counters.SOLD)
    return sold


def _goods_moved(
    connection: Connection, kinds: dict[str, list[tuple[Fresh, Body]]], fresh: list[Fresh], device: str,
    outlet: str, held: bool, now: int,
) -> bool:  # fmt: skip
    """Sales, damage, voids and refunds; whether there are any."""
    sales, damage = kinds.get("sale", []), kinds.get("damage", [])
    undoing = kinds.get("void", []) + kinds.get("refund", [])
    if not (sales or damage or undoing):
        return False
    gtins = {line["gtin"] for _, body in sales + damage + undoing for line in body["lines"]}
    ordinals = Ordinals(connection, gtins)
    bulk.insert(connection, _SALES, _sales(sales, device, outlet, held))
    lines = _lines(sales, device, ordinals)
    bulk.insert(connection, _LINES, lines)
    broken = _goods(damage, device, ordinals)
    several = len(broken["seq"])
    bulk.insert(connection, _DAMAGED, broken | {"outlet": [outlet] * several, "held": [held] * several})
    undone = [
        _undone(item, body, line, ordinals) | {"device": device, "outlet": outlet, "held": held}
        for item, body in undoing
        for line in body["lines"]
    ]
    # A line that one entry names twice is undone once.
    undone = list({(row["seq"], row["hash"], row["line"]): row for row in undone}.values())
    bulk.insert(connection, _UNDONE, bulk.turned(undone))
    undone_twice.look(connection, device, outlet, (fresh[0].seq, fresh[-1].seq), undone, now)
    for item, body in sales:
        _watch(connection, item, body, device, outlet, now)
    if held:
        _watch_stamps(connection, sales, device, outlet, now)
    else:
        counted = Counter(ordinal for ordinal in lines["ordinal"] if ordinal is not None)
        freed = {row["ordinal"] for row in undone if row["ordinal"] is not None}
        sold_counts.count(connection, map(ordinals.batch, counted.elements()), map(ordinals.batch, freed))
        again = _watch_stamps(connection, sales, device, outlet, now)
        seqs = (fresh[0].seq, fresh[-1].seq)
        odd = sold_counts.odd_stamps(connection, device, seqs, undone)
        odd |= {ordinal: stamp for stamp in again if (ordinal := ordinals.find(*stamp)) is not None}
        sold_counts.correct(connection, odd, counted, {(device, item.seq, item.hash) for item in fresh})
        sold = zip(*(lines[name] for name in ("at", "gtin", "qty", "amount", "ordinal")), strict=True)
        rollups.add_sales(connection, outlet, [item.at for item, _ in sales], sold, undone)
    return True


def _note_device(connection: Connection, kinds: dict[str, list[tuple[Fresh, Body]]], device: str) -> None:
    """What a device's journal says of it: its software, and which catalogue it has."""
    table, values = schema.devices, dict[str, Any]()
    if started := kinds.get("device_started"):
        values["version"] = started[-1][1]["version"][:40]
    if installed := kinds.get("catalogue_installed"):
        before = connection.execute(select(table.c.catalogue).where(table.c.id == device)).scalar_one()
        for item, body in installed:
            reach.reached(connection, device, before, body["catalogue"], item.at)
            before = body["catalogue"]
        values |= {"catalogue": before, "catalogue_at": installed[-1][0].at}
    if values:
        connection.execute(update(table).where(table.c.id == device).values(**values))


def _scans(scans: list[tuple[Fresh, Body]], device: str, outlet: str, now: int) -> bulk.Columns:
    items, read = [item for item, _ in scans], [body for _, body in scans]
    return {
        "device": [device] * len(scans),
        "seq": [item.seq for item in items],
        "hash": [item.hash for item in items],
        "at": [item.at for item in items],
        "outlet": [outlet] * len(scans),
        "reader": [scan["reader"] for scan in read],
        "purpose": [scan["purpose"] for scan in read],
        "verdict": [scan["verdict"] for scan in read],
        "action": [scan["action"][:20] for scan in read],
        "kind": [scan["kind"] for scan in read],
        "sure": [far_apart.sure(item, now) for item in items],
        "gtin": [scan.get("gtin") for scan in read],
        "serial": [scan.get("serial") for scan in read],
    }


def _sales(sales: list[tuple[Fresh, Body]], device: str, outlet: str, held: bool) -> bulk.Columns:
    items, made = [item for item, _ in sales], [body for _, body in sales]
    return {
        "device": [device] * len(sales),
        "seq": [item.seq for item in items],
        "hash": [item.hash for item in items],
        "at": [item.at for item in items],
        "outlet": [outlet] * len(sales),
        "staff": [sale["staff"] for sale in made],
        "total": [sale["total"] for sale in made],
        "change": [sale["change"] for sale in made],
        "catalogue": [sale["catalogue"] for sale in made],
        "flagged": [any(line["flagged"] for line in sale["lines"]) for sale in made],
        "held": [held] * len(sales),
    }


def _lines(sales: list[tuple[Fresh, Body]], device: str, ordinals: Ordinals) -> bulk.Columns:
    sold = [line for _, body in sales for line in body["lines"]]
    return _goods(sales, device, ordinals) | {
        "at": [item.at for item, body in sales for _ in body["lines"]],
        "price": [line["price"] for line in sold],
        "amount": [line["amount"] for line in sold],
        "verdict": [line["verdict"] for line in sold],
        "flagged": [line["flagged"] for line in sold],
        "lot": [line.get("lot") for line in sold],
    }


def _goods(entries: list[tuple[Fresh, Body]], device: str, ordinals: Ordinals) -> bulk.Columns:
    """The lines of sales or of what was damaged: of which entry, and what moved."""
    items = [item for item, body in entries for _ in body["lines"]]
    lines = [line for _, body in entries for line in body["lines"]]
    gtins, serials = [line["gtin"] for line in lines], [line.get("serial") for line in lines]
    return {
        "device": [device] * len(lines),
        "seq": [item.seq for item in items],
        "hash": [item.hash for item in items],
        "line": [number for _, body in entries for number in range(1, len(body["lines"]) + 1)],
        "gtin": gtins,
        "serial": serials,
        "ordinal": list(map(ordinals.find, gtins, serials)),
        "qty": [line["qty"] for line in lines],
    }


def _undone(item: Fresh, body: Body, line: Body, ordinals: Ordinals) -> dict[str, Any]:
    return {
        "seq": item.seq, "hash": item.hash, "line": line["line"], "sale_device": body["device"], "sale_seq": body["seq"],
        "at": item.at, "gtin": line["gtin"], "ordinal": ordinals.find(line["gtin"], line.get("serial")),
        "qty": line["qty"], "amount": line["amount"], "frees": item.kind == "void" or line["unharmed"],
    }  # fmt: skip


def _watch(connection: Connection, item: Fresh, sale: Body, device: str, outlet: str, now: int) -> None:
    """Raise the alerts of one sale by itself. A wrong sale is kept, never refused."""
    total = sum(line["amount"] for line in sale["lines"])
    if total != sale["total"]:
        detail: dict[str, Any] = {"total": sale["total"], "sum": total}
        alert(connection, now, "wrong_total", outlet, device, item.seq, detail)
    for line in sale["lines"]:
        if line["flagged"] and line["verdict"] not in _HARMLESS:
            detail = {"verdict": line["verdict"]}
            alert(
                connection, now, "sold_flagged", outlet, device, item.seq, detail,
                line["gtin"], line.get("serial"),
            )  # fmt: skip


def _sold_again() -> Select[Any]:
    """The stamps of new sales of a device that stand in another line too; made once, since it is asked at each push."""
    new, other = _LINES.alias("new"), _LINES.alias("other")
    return (
        select(new.c.gtin, new.c.serial)
        .join_from(new, other, and_(new.c.gtin == other.c.gtin, new.c.serial == other.c.serial))
        .where(new.c.device == bindparam("device"))
        .where(new.c.seq.between(bindparam("first"), bindparam("last")))
        .where(new.c.at.between(bindparam("since"), bindparam("until")))  # the new ones: few partitions
        .where(or_(new.c.hash != other.c.hash, new.c.line != other.c.line))
        .distinct()
    )


_AGAIN = _sold_again()


def _watch_stamps(
    connection: Connection, sales: list[tuple[Fresh, Body]], device: str, outlet: str, now: int
) -> list[Stamp]:
    """Raise an alert for each stamp of these sales that is sold more than once; all of them that were sold before,
    whatever became of that.
    """
    if not sales:
        return []
    items = [item for item, _ in sales]
    seqs, times = [item.seq for item in items], [item.at for item in items]
    which = {
        "device": device,
        "first": min(seqs),
        "last": max(seqs),
        "since": min(times),
        "until": max(times),
    }
    stamps = [(gtin, serial) for gtin, serial in connection.execute(_AGAIN, which)]
    if not stamps:
        return []
    last = {(line["gtin"], line.get("serial")): item.seq for item, body in sales for line in body["lines"]}
    found: dict[Stamp, list[tuple[str, bool]]] = {}  # receipt numbers, and whether one is held
    for part in _in_parts([stamp for stamp in stamps if stamp in last]):
        rows = connection.execute(
            select(_LINES.c.gtin, _LINES.c.serial, _LINES.c.device, _LINES.c.seq, _SALES.c.held)
            .join_from(_LINES, _SALES, schema.SAME_SALE)
            .where(tuple_(_LINES.c.gtin, _LINES.c.serial).in_(part), still_open())
            .order_by(_LINES.c.device, _LINES.c.seq)
        )
        for row in rows:
            found.setdefault((row.gtin, row.serial), []).append((f"{row.device}-{row.seq}", row.held))
    for stamp, numbers in found.items():
        if len(numbers) > 1:
            detail = {"sales": [number for number, _ in numbers]}
            if waiting := [number for number, is_held in numbers if is_held]:
                detail["held"] = waiting
            alert(connection, now, "sold_twice", outlet, device, last[stamp], detail, *stamp)
    return stamps


def _in_parts(stamps: list[Stamp]) -> Iterable[list[Stamp]]:
    return (stamps[at : at + _AT_ONCE] for at in range(0, len(stamps), _AT_ONCE))
