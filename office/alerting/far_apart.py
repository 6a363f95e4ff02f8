"""Alerts for a stamp scanned at two outlets sooner than anybody can carry it from one to the other.

So one of the two is a copy, or a picture of the stamp was held to a camera. To raise no false alarm: only stamps
that a camera or scanner read in full, only where both clocks were sure and neither ran ahead of the office's,
only outlets whose places are known; and the way is taken as the crow flies, at a speed that no road allows.
"""

import math
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, Select, and_, bindparam, func, select

from office import schema
from office.alerting.places import Place
from office.audit import alert
from office.outlets.entries import Fresh

SPEED = 100  # km/h
SLACK_MS = 15 * 60_000  # two clocks that are a little off, and goods that were on their way already
NEAREST = 5.0  # km: within a town a place on the map may be off, or a stall be moved
AHEAD_MS = 120_000  # a clock further ahead of the office's was wrong, whatever it thought of itself
_FARTHEST = 1_700  # km, from one end of the country to the other
_WINDOW_MS = _FARTHEST * 3_600_000 // SPEED
_EARTH = 6371.0  # km

_SCANS, _OUTLETS, _ALERTS = schema.scans, schema.outlets, schema.alerts
_UNPROVEN = ("bad_signature", "unknown_key")  # anybody can write such a stamp, with any number


class Sighting(NamedTuple):
    """A scan of a stamp at an outlet: by which entry, when (ms UTC), and what for."""

    place: Place
    device: str
    seq: int
    at: int
    purpose: str


def distance(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Kilometres between two places (degrees), as the crow flies (haversine)."""
    a, b = math.radians(lat), math.radians(other_lat)
    half = math.sin((b - a) / 2) ** 2
    half += math.cos(a) * math.cos(b) * math.sin(math.radians(other_lon - lon) / 2) ** 2
    return 2 * _EARTH * math.asin(math.sqrt(half))


def impossible(km: float, apart_ms: int) -> bool:
    """Whether nobody carries a thing so far in that time."""
    return km >= NEAREST and apart_ms + SLACK_MS < km / SPEED * 3_600_000


def sure(item: Fresh, now: int) -> bool:
    """Whether the time of an entry that arrives now (ms UTC) can be built on."""
    return item.clock == "sure" and item.at <= now + AHEAD_MS


def _meetings() -> Select[Any]:
    """New scans of a device with those of their stamps elsewhere; made once, since it is asked at each push."""
    new, other = _SCANS.alias("new"), _SCANS.alias("other")
    here, there = _OUTLETS.alias("here"), _OUTLETS.alias("there")
    outlet: BindParameter[str] = bindparam("outlet")
    same = and_(new.c.gtin == other.c.gtin, new.c.serial == other.c.serial, other.c.outlet != outlet)
    return (
        select(
            new.c.gtin, new.c.serial, new.c.seq, new.c.at, other.c.device, other.c.seq.label("other_seq"),
            other.c.at.label("other_at"), here.c.lat_e5, here.c.lon_e5, there.c.lat_e5.label("other_lat"),
            there.c.lon_e5.label("other_lon"), other.c.outlet,
        )
        .join_from(new, other, same)
        .join(here, here.c.code == outlet)
        .join(there, there.c.code == other.c.outlet)
        .where(new.c.device == bindparam("device"))
        .where(new.c.seq.between(bindparam("first"), bindparam("last")))
        # In plain numbers too: of a table in partitions only these are looked at.
        .where(new.c.at.between(bindparam("since"), bindparam("until")))
        .where(other.c.at.between(bindparam("before"), bindparam("after")))
        .where(*(one.c.kind == "stamp" for one in (new, other)), new.c.sure, other.c.sure)
        .where(*(one.c.verdict.not_in(_UNPROVEN) for one in (new, other)))
        .where(func.abs(new.c.at - other.c.at) < _WINDOW_MS)
        .where(*(one.c.lat_e5.is_not(None) & one.c.lon_e5.is_not(None) for one in (here, there)))
        .order_by(new.c.seq, func.abs(new.c.at - other.c.at))
    )  # fmt: skip


_MEETINGS = _meetings()


def look(connection: Connection, fresh: list[Fresh], device: str, outlet: str, now: int) -> None:
    """Raise an alert for each stamp among the new scans of `device`, unless one is open for it."""
    if not fresh:
        return
    seqs, times = [item.seq for item in fresh], [item.at for item in fresh]
    which = {
        "device": device, "outlet": outlet, "first": min(seqs), "last": max(seqs), "since": min(times),
        "until": max(times), "before": min(times) - _WINDOW_MS, "after": max(times) + _WINDOW_MS,
    }  # fmt: skip
    rows = connection.execute(_MEETINGS, which).all()
    told: set[tuple[str, int]] = set()
    for row in rows:
        km = distance(*(value / 100_000 for value in (row.lat_e5, row.lon_e5, row.other_lat, row.other_lon)))
        apart = abs(row.at - row.other_at)
        stamp = row.gtin, row.serial
        if stamp in told or not impossible(km, apart) or _is_open(connection, *stamp):
            continue
        told.add(stamp)
        detail: dict[str, Any] = {
            "km": round(km),
            "minutes": round(apart / 60_000),
            "scans": [f"{device}-{row.seq}", f"{row.device}-{row.other_seq}"],
        }
        alert(connection, now, "far_apart", outlet, device, row.seq, detail, *stamp)


def sightings(connection: Connection, gtin: str, serial: int, most: int = 50) -> list[Sighting]:
    """The newest scans of a stamp at outlets, the oldest of them first."""
    rows = connection.execute(
        select(
            _OUTLETS.c.code, _OUTLETS.c.name, _OUTLETS.c.lat_e5, _OUTLETS.c.lon_e5, _SCANS.c.device, _SCANS.c.seq,
            _SCANS.c.at, _SCANS.c.purpose,
        )
        .join_from(_SCANS, _OUTLETS, _OUTLETS.c.code == _SCANS.c.outlet)
        .where(_SCANS.c.gtin == gtin, _SCANS.c.serial == serial)
        .order_by(_SCANS.c.at.desc(), _SCANS.c.device, _SCANS.c.seq)
        .limit(most)
    ).all()  # fmt: skip
    return [Sighting(Place(*row[:4]), *row[4:]) for row in reversed(rows)]


def _is_open(connection: Connection, gtin: str, serial: int) -> bool:
    same = and_(
        _ALERTS.c.kind == "far_apart", _ALERTS.c.closed_at.is_(None),
        _ALERTS.c.gtin == gtin, _ALERTS.c.serial == serial,
    )  # fmt: skip
    return connection.execute(select(_ALERTS.c.id).where(same).limit(1)).first() is not None
