"""Alerts as people work on them: found by state, shown with the sales behind them, handled with a note."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, func, select, update

from office import schema
from office.audit import note
from office.registry import RegistryError
from sync.journal import hash10

STATES = ("open", "handled")
LONGEST_NOTE = 1000  # letters
_ALERTS, _SALES, _LINES = schema.alerts, schema.sales, schema.sale_lines


class Evidence(NamedTuple):
    """A sale that an alert speaks of: its receipt, where and when (ms UTC), and what was paid."""

    number: str
    hash10: str
    outlet: str
    name: str
    address: str
    at: int
    total: int


def kinds(connection: Connection, state: str) -> list[str]:
    """The kinds of alerts that there are in that state, by name."""
    query = select(_ALERTS.c.kind).where(_is(state)).distinct().order_by(_ALERTS.c.kind)
    return list(connection.execute(query).scalars())


def listed(connection: Connection, state: str, kind: str = "", most: int = 200) -> list[dict[str, Any]]:
    """Alerts of a state ("open" or "handled"), of one kind or of all, the newest first."""
    query = select(_ALERTS).where(_is(state))
    if kind:
        query = query.where(_ALERTS.c.kind == kind)
    rows = connection.execute(query.order_by(_ALERTS.c.at.desc(), _ALERTS.c.id.desc()).limit(most))
    return [dict(row) for row in rows.mappings()]


def of_device(connection: Connection, device: str, most: int = 50) -> list[dict[str, Any]]:
    """Open alerts of a device, the newest first."""
    query = select(_ALERTS).where(_is("open"), _ALERTS.c.device == device)
    rows = connection.execute(query.order_by(_ALERTS.c.at.desc(), _ALERTS.c.id.desc()).limit(most))
    return [dict(row) for row in rows.mappings()]


def find(connection: Connection, number: int) -> dict[str, Any]:
    """One alert. Raises RegistryError if there is none of that number."""
    row = connection.execute(select(_ALERTS).where(_ALERTS.c.id == number)).mappings().one_or_none()
    if row is None:
        raise RegistryError(f"there is no alert {number}.", f"Không có cảnh báo số {number}.")
    return dict(row)


def evidence(connection: Connection, alert: dict[str, Any], most: int = 50) -> list[Evidence]:
    """The sales that an alert speaks of, the oldest first: those of its stamp, else the one of its entry."""
    outlets = schema.outlets
    query = select(
        _SALES.c.device, _SALES.c.seq, _SALES.c.hash, _SALES.c.outlet, outlets.c.name, outlets.c.address,
        _SALES.c.at, _SALES.c.total,
    ).join_from(_SALES, outlets, outlets.c.code == _SALES.c.outlet)  # fmt: skip
    entry = and_(_SALES.c.device == alert["device"], _SALES.c.seq == alert["seq"])
    if alert["gtin"] and alert["serial"]:
        stamp = and_(schema.SAME_SALE, _LINES.c.gtin == alert["gtin"], _LINES.c.serial == alert["serial"])
        query = query.join(_LINES, stamp).distinct()
    else:
        query = query.where(entry)
    rows = connection.execute(query.order_by(_SALES.c.at, _SALES.c.device, _SALES.c.seq).limit(most))
    return [
        Evidence(
            f"{row.device}-{row.seq}", hash10(row.hash), row.outlet, row.name, row.address, row.at, row.total
        )
        for row in rows
    ]


def handle(connection: Connection, number: int, text: str, by: str, at: int) -> None:
    """Close an alert with a note. Raises RegistryError without one, or when somebody has closed it already."""
    alert = find(connection, number)
    if not text or len(text) > LONGEST_NOTE:
        raise RegistryError(
            f"write in 1 to {LONGEST_NOTE} letters what was found and done.",
            f"Hãy ghi đã tìm thấy gì và làm gì (1 đến {LONGEST_NOTE} ký tự).",
        )
    if alert["closed_at"] is not None:
        raise RegistryError("somebody has handled this alert already.", "Cảnh báo này đã được xử lý.")
    _set(connection, number, closed_at=at, closed_by=by, note=text)
    note(connection, at, by, "alert-handle", str(number), {"note": text})


def reopen(connection: Connection, number: int, by: str, at: int) -> None:
    """Open an alert again; its note stays to be read. Raises RegistryError if it is open."""
    if find(connection, number)["closed_at"] is None:
        raise RegistryError("this alert is open.", "Cảnh báo này đang mở.")
    _set(connection, number, closed_at=None, closed_by=None)
    note(connection, at, by, "alert-reopen", str(number))


def count(connection: Connection, state: str) -> int:
    """How many alerts are in that state."""
    return int(connection.execute(select(func.count()).select_from(_ALERTS).where(_is(state))).scalar_one())


def _is(state: str) -> Any:
    return _ALERTS.c.closed_at.is_(None) if state == "open" else _ALERTS.c.closed_at.is_not(None)


def _set(connection: Connection, number: int, **values: Any) -> None:
    connection.execute(update(_ALERTS).where(_ALERTS.c.id == number).values(**values))
