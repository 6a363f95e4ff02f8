"""A device's journal as the office keeps it, written out like the device's own export.

`ocop journal verify` then names what was done to it here since it arrived.
"""

import json
from typing import Any, TextIO

from sqlalchemy import Connection, exists, func, select

from config.exits import CommandError
from office.schema import checkpoints, devices, entries
from sync import damage, journal
from sync.canonical import decode


def export(connection: Connection, device: str, out: TextIO) -> None:
    """Write head, entries (all branches, by number; last what came once it was revoked) and the newest checkpoint, a line
    each. Of a device that is known by what others brought alone there is no checkpoint, for it has signed nothing here.
    Raises CommandError where there are no entries."""
    known = select(devices).where(devices.c.id == device, exists().where(entries.c.device == device))
    owner = connection.execute(known).one_or_none()
    mine = select(checkpoints.c.envelope).where(checkpoints.c.device == device)
    last = connection.execute(mine.order_by(checkpoints.c.seq.desc()).limit(1)).scalar_one_or_none()
    if owner is None:
        raise CommandError(
            f"there is no journal of device {device} here.",
            vi=f"Ở đây không có nhật ký của thiết bị {device}.",
        )
    _line(out, {"device": device, "key": owner.public, "from": 1, "prev_hash": journal.START.hex()})
    query = select(entries).where(entries.c.device == device)
    branch = entries.c.branch
    for row in connection.execute(query.order_by(branch < 0, func.abs(branch), entries.c.seq)):
        _line(out, _entry(row))
    if last is not None:
        _line(out, decode(last))


def _entry(row: Any) -> dict[str, Any]:
    try:
        if row.header:
            return {"header": row.header.decode(), "body": row.body.decode(), "hash": row.hash.hex()}
    except UnicodeDecodeError:
        pass
    return damage.wire(damage.Kept(row.seq, row.header, row.body, row.hash, True))


def _line(out: TextIO, value: dict[str, Any]) -> None:
    out.write(json.dumps(value, ensure_ascii=False) + "\n")
