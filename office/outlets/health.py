"""What devices say of themselves (`POST /sync/v1/health`): the newest report of each is kept, no history.

A report has no personal data, and nothing rests on it: what a device sold and which catalogue it has stands in
its journal. Devices that never report work as well.
"""

from typing import Annotated, Any

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from office.schema import device_health

_State = Annotated[str, msgspec.Meta(max_length=40)]
_Detail = Annotated[str, msgspec.Meta(max_length=300)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
LARGEST = 16 * 1024  # bytes of a report


class Part(msgspec.Struct):
    """A printer or a reader: its state in one word ("ok" is well), and what is wrong."""

    state: _State
    detail: _Detail = ""


class Disk(msgspec.Struct):
    """The card that the outlet's data is on, in bytes."""

    free: _Count
    size: _Count


class Report(msgspec.Struct):
    """A device's report. Fields that a newer device adds are ignored."""

    v: Annotated[int, msgspec.Meta(ge=1, le=1)]
    version: _State
    waiting: _Count  # entries that the office has not signed for
    seq: _Count  # of its newest entry
    clock: _State  # sure | unsure
    sync: _State  # ok | trouble | ...
    printer: Part
    readers: Annotated[dict[_State, Part], msgspec.Meta(max_length=20)]
    disk: Disk | None = None
    catalogue: _Count | None = None
    # How far the office's clock is ahead of this machine's, in ms, if by more than a day; and whether the device
    # goes by it nevertheless. None in reports of before.
    office_ahead: Annotated[int, msgspec.Meta(ge=-(2**53) + 1, le=2**53 - 1)] | None = None
    follows_office: bool | None = None


def read(body: bytes) -> Report:
    """A report as sent. Raises msgspec.MsgspecError, UnicodeDecodeError."""
    return msgspec.json.decode(body, type=Report)


def keep(connection: Connection, device: str, report: Report, now: int) -> None:
    """Keep it in place of the one before."""
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    adding = dialect.insert(device_health).values(device=device, at=now, report=msgspec.to_builtins(report))
    newer = {name: adding.excluded[name] for name in ("at", "report")}
    connection.execute(adding.on_conflict_do_update(index_elements=["device"], set_=newer))


def reports(connection: Connection) -> dict[str, tuple[int, Report]]:
    """When each device reported last (ms UTC), and what."""
    rows = connection.execute(select(device_health))
    return {row.device: (row.at, msgspec.convert(row.report, Report)) for row in rows}
