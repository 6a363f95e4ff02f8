"""What the office's pages list and count: receipts, stamps, devices, outlets, alerts.

Each in the caller's transaction. Money in đồng, times in ms UTC. What sold in a time is added up by
`office.reporting`; sales that are held back (of a forked or revoked device) are listed here, but not counted there.
"""

from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, case, func, select

from kiosk import calendar
from office import schema
from sync.journal import hash10

PERIODS = {"today": 1, "7d": 7, "30d": 30}  # days, today included

_SALES, _LINES = schema.sales, schema.sale_lines


class Stamps(NamedTuple):
    """How many stamps were ever issued, activated to a lot, sold, and declared void."""

    issued: int
    activated: int
    sold: int
    void: int


class SaleRow(NamedTuple):
    """One receipt in the list of sales."""

    number: str
    hash10: str
    outlet: str
    at: int
    pieces: int
    total: int
    flagged: bool
    held: bool
    written_at: int | None  # by the till's clock, where that was wrong


class Device(NamedTuple):
    """A device, when it last spoke to the office, and up to which entry its journal is stored."""

    id: str
    outlet: str
    state: str
    seen_at: int | None
    acked_seq: int
    replaces: str | None  # the device that it follows, until an officer has agreed


class Outlet(NamedTuple):
    """An outlet and the catalogue that is published for it (None before the first)."""

    code: str
    name: str
    address: str
    catalogue: int | None
    issued: int | None


def since(period: str, now: int) -> int:
    """When a period of PERIODS begins: midnight in Vietnam. KeyError for another name."""
    today = calendar.date_of(now)
    return calendar.start_of(calendar.add_days(today, 1 - PERIODS[period]))


def stamps(connection: Connection) -> Stamps:
    """Stamps issued, activated, sold and void, ever."""
    issued, activated, deleted, void = (
        int(
            connection.execute(
                select(func.coalesce(func.sum(table.c.last - table.c.first + 1), 0))
            ).scalar_one()
        )
        for table in (schema.batches, schema.activations, schema.tombstones, schema.voids)
    )
    sold = connection.execute(select(func.coalesce(func.sum(schema.batch_rollups.c.sold), 0))).scalar_one()
    return Stamps(issued, activated + deleted, int(sold), void)


def sales(connection: Connection, start: int, outlet: str = "", most: int = 200) -> list[SaleRow]:
    """The newest receipts from `start` on, of one outlet or of all; held ones too."""
    pieces = (
        select(_LINES.c.device, _LINES.c.seq, _LINES.c.hash, func.sum(_LINES.c.qty).label("pieces"))
        .group_by(_LINES.c.device, _LINES.c.seq, _LINES.c.hash)
        .subquery()
    )
    same = and_(
        pieces.c.device == _SALES.c.device, pieces.c.seq == _SALES.c.seq, pieces.c.hash == _SALES.c.hash
    )
    query = select(_SALES, pieces.c.pieces).join_from(_SALES, pieces, same, isouter=True)
    query = query.where(_SALES.c.at >= start)
    if outlet:
        query = query.where(_SALES.c.outlet == outlet)
    rows = connection.execute(
        query.order_by(_SALES.c.at.desc(), _SALES.c.seq.desc(), _SALES.c.device.desc()).limit(most)
    )
    return [
        SaleRow(
            f"{row.device}-{row.seq}", hash10(row.hash), row.outlet, row.at, int(row.pieces or 0), row.total,
            row.flagged, row.held, row.written_at,
        )
        for row in rows
    ]  # fmt: skip


def outlets(connection: Connection) -> list[Outlet]:
    """Every outlet with its newest catalogue, by code."""
    table, versions = schema.outlets, schema.catalogue_versions
    newest = {
        row.outlet: row
        for row in connection.execute(
            select(versions.c.outlet, versions.c.version, versions.c.issued).order_by(versions.c.version)
        )
    }
    rows = connection.execute(select(table.c.code, table.c.name, table.c.address).order_by(table.c.code))
    return [
        Outlet(
            *row,
            *((newest[row.code].version, newest[row.code].issued) if row.code in newest else (None, None)),
        )
        for row in rows
    ]


def devices(connection: Connection) -> list[Device]:
    """Every device, by id."""
    table, renewals = schema.devices, schema.renewals
    waits = (renewals.c.device == table.c.id) & renewals.c.agreed_at.is_(None)
    rows = connection.execute(
        select(
            table.c.id,
            table.c.outlet,
            case((table.c.forgotten, "forgotten"), else_=table.c.state),
            table.c.seen_at,
            table.c.head_seq,
            renewals.c.replaces,
        )
        .outerjoin(renewals, waits)
        .order_by(table.c.id)
    )
    return [Device(*row) for row in rows]


def open_alerts(connection: Connection, most: int = 100) -> list[dict[str, Any]]:
    """Alerts that nobody has closed, the newest first: rows of the table `alerts`."""
    table = schema.alerts
    rows = connection.execute(
        select(table)
        .where(table.c.closed_at.is_(None))
        .order_by(table.c.at.desc(), table.c.id.desc())
        .limit(most)
    )
    return [dict(row) for row in rows.mappings()]


def open_alert_count(connection: Connection) -> int:
    """How many alerts nobody has closed."""
    table = schema.alerts
    count: int = connection.execute(
        select(func.count()).select_from(table).where(table.c.closed_at.is_(None))
    ).scalar_one()
    return count


def setting(connection: Connection, name: str) -> Any:
    """A setting for all outlets, or None."""
    table = schema.settings
    return connection.execute(
        select(table.c.value).where(table.c.name == name, table.c.outlet == "")
    ).scalar_one_or_none()
