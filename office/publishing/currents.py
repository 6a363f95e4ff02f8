"""The signed `current` of every outlet in the database: which files its newest catalogue consists of."""

import json
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, select, tuple_

from office import schema
from office.publishing.keys import Signer
from office.publishing.segment_files import Segment
from office.storage import bulk
from sync import catalogue
from sync.envelopes import PREFIXES

_KEEP_VERSIONS = 3


class Newest(NamedTuple):
    """The newest `current` of an outlet: version, SHA-256 of the envelope, its canonical bytes."""

    version: int
    sha256: str
    envelope: bytes


def newest_envelope(connection: Connection, outlet: str) -> Newest | None:
    """The newest `current` of an outlet, None before the first."""
    table = schema.catalogue_versions
    row = connection.execute(
        select(table.c.version, table.c.sha256, table.c.envelope)
        .where(table.c.outlet == outlet)
        .order_by(table.c.version.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else Newest(row.version, row.sha256, row.envelope)


def highest(connection: Connection) -> int:
    """The highest version of any catalogue, 0 before the first."""
    return connection.execute(select(func.max(schema.catalogue_versions.c.version))).scalar_one() or 0


def newest(connection: Connection, outlets: list[str]) -> dict[str, dict[str, Any]]:
    """The `signed` part of the newest `current` of these outlets."""
    table = schema.catalogue_versions
    latest = (
        select(table.c.outlet, func.max(table.c.version).label("version"))
        .where(table.c.outlet.in_(outlets))
        .group_by(table.c.outlet)
        .subquery()
    )
    rows = connection.execute(
        select(table.c.outlet, table.c.envelope).join(
            latest, (table.c.outlet == latest.c.outlet) & (table.c.version == latest.c.version)
        )
    )
    return {outlet: json.loads(envelope)["signed"] for outlet, envelope in rows}


def newest_shared(connection: Connection) -> dict[str, Segment]:
    """The segments of the newest `current` of all by name: what the shared ones are."""
    table = schema.catalogue_versions
    latest = select(table.c.envelope).order_by(table.c.version.desc(), table.c.outlet).limit(1)
    envelope = connection.execute(latest).scalar_one_or_none()
    return {} if envelope is None else by_name(json.loads(envelope)["signed"])


def by_name(current: dict[str, Any]) -> dict[str, Segment]:
    """The segments that a `current` names."""
    return {segment["name"]: segment for segment in current["segments"]}


def sign(
    wanted: dict[str, list[Segment]], version: int, root: int, now: int, expires: int, signer: Signer
) -> list[dict[str, Any]]:
    """Rows for `store`: a `current` of these segments for each outlet."""
    rows = []
    for outlet, segments in wanted.items():
        signed = {"type": "current", "version": version, "issued": now, "expires": expires,
                  "outlet": outlet, "root": root, "segments": segments}  # fmt: skip
        data = _canonical(signed)
        signature = signer.sign(PREFIXES["current"] + data).hex()
        signatures = _canonical([{"key": signer.id, "sig": signature}])
        envelope = b'{"signatures":' + signatures + b',"signed":' + data + b"}"
        digest = catalogue.sha256_hex(envelope)
        rows.append(
            {"outlet": outlet, "version": version, "issued": now, "sha256": digest, "envelope": envelope}
        )
    return rows


def store(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Add these rows; of each outlet the newest few are kept."""
    table = schema.catalogue_versions
    bulk.insert(connection, table, bulk.turned(rows))
    kept = connection.execute(
        select(table.c.outlet, table.c.version)
        .where(table.c.outlet.in_([row["outlet"] for row in rows]))
        .order_by(table.c.outlet, table.c.version.desc())
    )
    old = [key for _, keys in groupby(kept, lambda key: key.outlet) for key in [*keys][_KEEP_VERSIONS:]]
    connection.execute(delete(table).where(tuple_(table.c.outlet, table.c.version).in_(old)))


def _canonical(value: Any) -> bytes:
    """As `canonical.encode`, for texts and whole numbers alone; that one is Python throughout, and 20 times slower."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
