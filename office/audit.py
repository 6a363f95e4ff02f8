"""Who did what at the office, and what a person should look at."""

from typing import Any

from sqlalchemy import Connection, insert, select, update

from office.schema import alerts, audit


def note(
    connection: Connection, at: int, who: str, action: str, subject: str, detail: dict[str, Any] | None = None
) -> None:
    """Write down, in the caller's transaction, that `who` did `action` on `subject` at `at` (ms UTC)."""
    connection.execute(
        insert(audit).values(at=at, who=who, action=action, subject=subject, detail=detail or {})
    )


# What raises an alert, and what its `detail` holds.
ALERTS = {
    "fork": "two journals of one device differ from one entry on: branch",
    "quarantined": "entries that cannot be read: problem of the first, until (seq of the last) where there are more",
    "damaged": "entries whose bytes no longer fit their hashes: problem, until",
    "lost": "entries that the device has lost: until",
    "gap": "a device does not send what lies before its newest entries: until (seq)",
    "silent": "a device was not heard for too long: since (ms UTC)",
    "bad_checkpoint": "a device signed for another entry than it sent: problem",
    "sold_twice": "one stamp in two sales or more: sales (receipt numbers), held (those of them that do not count)",
    "undone_twice": "more given back of a line than was sold: sale, undone (receipt numbers)",
    "sold_flagged": "a sale that the till let through with a reservation: verdict",
    "wrong_total": "a sale whose lines do not add up: total, sum",
    "revoked_device": "a revoked device still sends",
    "revoked_sales": "a revoked device sent sales, which are held: branch",
    "restored_card": "a card was restored from a copy, and its device asks to be a new one: replaces",
    "brought": "another till brought entries of a device that the office lacks: by, entries, sold (sales), total",
    "shopper_report": "a shopper reports a problem: verdict, reason",
    "activation_changed": "an officer tied stamps to another lot: first, last, from, lot, reason, by",
    "lot_changed": "an officer corrected a lot that stamps are tied to: lot, code, produced, expires, reason, by",
    "far_apart": "a stamp scanned at two outlets sooner than one can go there: km, minutes, scans",
    "overproduced": "more stamps of a lot activated than packs produced: lot, produced, activated, sold",
    "clock_wrong": "sales made with a wrong clock: clock_said, true_time (ms UTC, of the last), count of sales, "
    "guessed (those of them whose time nobody knows)",
    "impossible_time": "sales of a time to come, or of before the device was enrolled: count",
    "not_in_books": "somebody asks for a receipt that no journal has: hash10, of the paper",
}


def alert(
    connection: Connection,
    at: int,
    kind: str,
    outlet: str,
    device: str,
    seq: int,
    detail: dict[str, Any],
    gtin: str | None = None,
    serial: int | None = None,
) -> None:
    """Raise an alert of `kind` (a key of ALERTS) in the caller's transaction."""
    assert kind in ALERTS
    connection.execute(
        insert(alerts).values(
            at=at, kind=kind, outlet=outlet, device=device, seq=seq, gtin=gtin, serial=serial, detail=detail
        )
    )


def alert_once(
    connection: Connection, at: int, kind: str, outlet: str, device: str, seq: int, detail: dict[str, Any]
) -> None:
    """Raise an alert of `kind` unless one is open for the device."""
    same = (alerts.c.kind == kind) & (alerts.c.device == device) & alerts.c.closed_at.is_(None)
    if connection.execute(select(alerts.c.id).where(same).limit(1)).first() is None:
        alert(connection, at, kind, outlet, device, seq, detail)


def close(connection: Connection, kind: str, device: str, at: int, seq: int | None = None) -> None:
    """Close the open alerts of `kind` for the device (and its entry `seq`): what they told of is over."""
    same = (alerts.c.kind == kind) & (alerts.c.device == device) & alerts.c.closed_at.is_(None)
    if seq is not None:
        same &= alerts.c.seq == seq
    connection.execute(update(alerts).where(same).values(closed_at=at, closed_by="office"))


def open_again(connection: Connection, kind: str, device: str, since: int) -> None:
    """Undo `close` for the alerts of `kind` for the device that it closed at `since` (ms UTC) or later."""
    same = (alerts.c.kind == kind) & (alerts.c.device == device) & (alerts.c.closed_by == "office")
    connection.execute(
        update(alerts).where(same, alerts.c.closed_at >= since).values(closed_at=None, closed_by=None)
    )
