"""Alerts as people work on them: found by state, shown with the sales behind them, handled with a note."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, func, select, update

from office import schema
from office.alerting.places import Place
from office.audit import note
from office.books.lines import still_open
from office.registry import RegistryError
from sync.journal import hash10

STATES = ("open", "handled")
LONGEST_NOTE = 1000  # letters
_ALERTS, _SALES, _LINES = schema.alerts, schema.sales, schema.sale_lines


class Line(NamedTuple):
    """A line of a receipt; `meant` is the one with the stamp that the alert speaks of."""

    goods: str
    serial: int | None
    qty: int
    amount: int
    meant: bool


class Evidence(NamedTuple):
    """A sale that an alert speaks of: its receipt, where and when (ms UTC), what was sold and paid."""

    number: str
    hash10: str
    place: Place
    address: str
    at: int
    written_at: int | None  # by the till's clock, where that was wrong
    total: int
    held: bool  # it does not count until a person releases it
    undone: bool  # what the alert speaks of was taken back by a void or an unharmed refund
    lines: list[Line]


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
    """The sales that an alert speaks of, the oldest first: those of its stamp, else the one that it names, else the one
    of its entry."""
    outlets = schema.outlets
    query = select(
        _SALES.c.device, _SALES.c.seq, _SALES.c.hash, _SALES.c.at, _SALES.c.written_at, _SALES.c.total, _SALES.c.held, outlets.c.code, outlets.c.name,
        outlets.c.lat_e5, outlets.c.lon_e5, outlets.c.address,
    ).join_from(_SALES, outlets, outlets.c.code == _SALES.c.outlet)  # fmt: skip
    stamp = alert["gtin"], alert["serial"]
    if all(stamp):
        this = and_(schema.SAME_SALE, _LINES.c.gtin == stamp[0], _LINES.c.serial == stamp[1])
        query = query.join(_LINES, this).distinct()
    else:
        device, seq = alert["device"], alert["seq"]
        if "sale" in alert["detail"]:
            device, _, number = alert["detail"]["sale"].rpartition("-")
            seq = int(number)
        query = query.where(_SALES.c.device == device, _SALES.c.seq == seq)
    rows = connection.execute(query.order_by(_SALES.c.at, _SALES.c.device, _SALES.c.seq).limit(most)).all()
    found = []
    for row in rows:
        lines, undone = _lines(connection, row, stamp)
        found.append(
            Evidence(
                f"{row.device}-{row.seq}", hash10(row.hash),
                Place(row.code, row.name, row.lat_e5, row.lon_e5), row.address, row.at, row.written_at, row.total, row.held,
                undone, lines,
            )
        )  # fmt: skip
    return found


def _lines(connection: Connection, sale: Any, stamp: tuple[Any, Any]) -> tuple[list[Line], bool]:
    """The lines of a sale, and whether those of the stamp were all undone."""
    items, products = schema.trade_items, schema.products
    rows = connection.execute(
        select(
            _LINES.c.gtin, _LINES.c.serial, _LINES.c.qty, _LINES.c.amount, products.c.name,
            still_open().label("open"),
        )
        .join_from(_LINES, _SALES, schema.SAME_SALE)
        .join(items, items.c.gtin == _LINES.c.gtin, isouter=True)
        .join(products, products.c.id == items.c.product, isouter=True)
        .where(_LINES.c.device == sale.device, _LINES.c.seq == sale.seq, _LINES.c.hash == sale.hash)
        .order_by(_LINES.c.line)
    ).all()  # fmt: skip
    meant = [(row.gtin, row.serial) == stamp for row in rows]
    of_it = [row.open for row, is_it in zip(rows, meant, strict=True) if is_it]
    lines = [
        Line(row.name or row.gtin, row.serial, row.qty, row.amount, is_it)
        for row, is_it in zip(rows, meant, strict=True)
    ]
    return lines, bool(of_it) and not any(of_it)


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
