"""Projections of journal entries: sales, their lines, scans; and the alerts that sales raise."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select

from office import counters, schema
from office.audit import alert
from office.bodies import Body, Report, Sale, SaleLine, Scan


class Fresh(NamedTuple):
    """A new entry. `body` is the typed body of a sale, scan or report that is ok, else None."""

    seq: int
    hash: bytes
    prev_hash: bytes
    header: bytes
    raw: bytes
    branch: int
    state: str  # ok | damaged | quarantined
    at: int  # ms UTC, by the device
    kind: str
    body: Body | None
    problem: str


# Verdicts under which a till sells as a matter of course, flagged or not.
_HARMLESS = ("genuine", "plain_goods", "unsigned", "no_stamp")


def project(
    connection: Connection, fresh: list[Fresh], device: str, outlet: str, held: bool, now: int
) -> bool:
    """Write the projections of `fresh`; True if there were sales among them.

    `held` sales are kept but stay out of the sold sets until a person releases them.
    """
    sales = [(item, item.body) for item in fresh if isinstance(item.body, Sale)]
    scans = [(item, item.body) for item in fresh if isinstance(item.body, Scan)]
    for item in fresh:
        if isinstance(item.body, Report):
            detail = {"verdict": item.body.verdict, "reason": item.body.reason}
            alert(
                connection, now, "shopper_report", outlet, device, item.seq, detail,
                item.body.gtin, item.body.number,
            )  # fmt: skip
    if scans:
        connection.execute(
            insert(schema.scans),
            [
                {"device": device, "seq": item.seq, "hash": item.hash, "outlet": outlet, "at": item.at,
                 "reader": scan.reader, "purpose": scan.purpose, "verdict": scan.verdict,
                 "action": scan.action, "kind": scan.kind, "gtin": scan.gtin, "serial": scan.number}
                for item, scan in scans
            ],
        )  # fmt: skip
    if not sales:
        return False
    counters.raise_by(connection, counters.SOLD)
    ordinals = _Ordinals(connection, {line.gtin for _, sale in sales for line in sale.lines})
    for item, sale in sales:
        key = {"device": device, "seq": item.seq, "hash": item.hash}
        flagged = any(line.flagged for line in sale.lines)
        connection.execute(
            insert(schema.sales).values(
                **key, outlet=outlet, at=item.at, staff=sale.staff, total=sale.total, change=sale.change,
                catalogue=sale.catalogue, flagged=flagged, held=held,
            )
        )  # fmt: skip
        if sale.lines:
            connection.execute(
                insert(schema.sale_lines),
                [key | _line(number, line, ordinals) for number, line in enumerate(sale.lines, 1)],
            )
        _watch(connection, item, sale, device, outlet, now)
    return True


def _line(number: int, line: SaleLine, ordinals: "_Ordinals") -> dict[str, Any]:
    return {
        "line": number, "gtin": line.gtin, "serial": line.number,
        "ordinal": ordinals.find(line.gtin, line.number), "qty": line.qty, "price": line.price,
        "amount": line.amount, "lot": line.lot, "verdict": line.verdict, "flagged": line.flagged,
    }  # fmt: skip


def _watch(connection: Connection, item: Fresh, sale: Sale, device: str, outlet: str, now: int) -> None:
    """Raise the alerts of one sale, once its lines are written. A wrong sale is kept, never refused."""
    total = sum(line.amount for line in sale.lines)
    if total != sale.total:
        detail: dict[str, Any] = {"total": sale.total, "sum": total}
        alert(connection, now, "wrong_total", outlet, device, item.seq, detail)
    for line in sale.lines:
        if line.flagged and line.verdict not in _HARMLESS:
            detail = {"verdict": line.verdict}
            alert(connection, now, "sold_flagged", outlet, device, item.seq, detail, line.gtin, line.number)
    for gtin, serial in {(line.gtin, line.number) for line in sale.lines if line.number is not None}:
        others = _sales_of(connection, gtin, serial)
        if len(others) > 1:
            detail = {"sales": [f"{where}-{seq}" for where, seq in others]}
            alert(connection, now, "sold_twice", outlet, device, item.seq, detail, gtin, serial)


def _sales_of(connection: Connection, gtin: str, serial: int | None) -> list[tuple[str, int]]:
    """(device, seq) of every sale line of a stamp."""
    table = schema.sale_lines
    rows = connection.execute(
        select(table.c.device, table.c.seq)
        .where((table.c.gtin == gtin) & (table.c.serial == serial))
        .order_by(table.c.device, table.c.seq)
    )
    return [(row.device, row.seq) for row in rows]


class _Ordinals:
    """Ordinals of stamps by the office's own batches, of the trade items of one segment."""

    def __init__(self, connection: Connection, gtins: set[str]) -> None:
        table = schema.batches
        rows = connection.execute(
            select(table.c.gtin, table.c.first, table.c.last, table.c.base).where(table.c.gtin.in_(gtins))
        )
        self._batches: dict[str, list[tuple[int, int, int]]] = {}
        for gtin, first, last, base in rows:
            self._batches.setdefault(gtin, []).append((first, last, base))

    def find(self, gtin: str, serial: int | None) -> int | None:
        """The ordinal, or None for a serial in no batch."""
        if serial is not None:
            for first, last, base in self._batches.get(gtin, ()):
                if first <= serial <= last:
                    return base + serial - first
        return None
