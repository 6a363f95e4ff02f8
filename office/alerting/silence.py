"""Devices that are silent: an alert for each that was not heard for too long, closed when it is heard again."""

from datetime import datetime

from sqlalchemy import Engine, func, select

from office.audit import alert_once, close
from office.outlets.devices import in_service
from office.schema import alerts, devices
from office.storage.database import reading, writing
from office.times import LOCAL

_HOUR_MS = 3_600_000


def look(engine: Engine, now: int, hours: int) -> None:
    """Raise and close the alerts. `now` is ms UTC; a device that is revoked, or was followed by another, may be silent."""
    heard = func.coalesce(devices.c.seen_at, devices.c.enrolled_at)
    silent = in_service() & (heard < now - hours * _HOUR_MS)
    told = select(alerts.c.device).where(alerts.c.kind == "silent", alerts.c.closed_at.is_(None))
    with reading(engine) as connection:
        new = connection.execute(
            select(devices.c.id, devices.c.outlet, devices.c.head_seq, heard.label("heard"))
            .where(silent, devices.c.id.not_in(told))
            .order_by(devices.c.id)
        ).all()
        over = connection.execute(select(devices.c.id).where(~silent, devices.c.id.in_(told))).scalars().all()
    if not (new or over):
        return
    with writing(engine) as connection:
        for device, outlet, seq, at in new:
            since = datetime.fromtimestamp(at / 1000, LOCAL).strftime("%d/%m/%Y %H:%M")
            alert_once(connection, now, "silent", outlet, device, seq, {"since": since})
        for device in over:
            close(connection, "silent", device, now)
