"""Publishing: the catalogue of every outlet as files named by their SHA-256, and a signed `current`.

A segment is a base and deltas; when nothing of it changed, its files stay. `current` is made anew
when a segment or root changed, and otherwise once in `renew_seconds`, so that its age says how long
ago the office last had something to say.
"""

import os
import zlib
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from office import contents, counters, schema
from office.database import reading, writing
from office.keys import Signer, seal
from office.settings import Publish
from sync import catalogue
from sync.canonical import decode, encode

MOST_DELTAS = 8  # a device that was away fetches at most so many files a segment
_KEEP_FILES_MS = 86_400_000  # a device may still be fetching what an older `current` named
_KEEP_VERSIONS = 3

File = dict[str, Any]
Segment = dict[str, Any]


class Published(NamedTuple):
    """A new `current`: of which outlet, and its version (ms UTC)."""

    outlet: str
    version: int


class Publisher:
    """Publishes into `folder`; remembers what it published last, to stay cheap when asked often."""

    def __init__(self, engine: Engine, folder: Path, signer: Signer, settings: Publish) -> None:
        self._engine = engine
        self._folder = folder
        self._signer = signer
        self._settings = settings
        self._seen: dict[str, int] = {}
        self._looked = 0  # when we last compared everything, ms UTC

    def due(self, now: int) -> bool:
        """Whether there may be something to publish at `now` (ms UTC). One small query."""
        if now - self._looked >= self._settings.renew_seconds * 1000:
            return True
        with reading(self._engine) as connection:
            seen = counters.read(connection)
        if seen.get(counters.REGISTRY) != self._seen.get(counters.REGISTRY):
            return True
        sold = seen.get(counters.SOLD) != self._seen.get(counters.SOLD)
        return sold and now - self._looked >= self._settings.sold_seconds * 1000

    def publish(self, now: int) -> list[Published]:
        """Publish what changed, for every outlet. Raises OSError when files cannot be written."""
        with reading(self._engine) as connection:
            seen = counters.read(connection)
            newest = _newest_currents(connection)
            root = connection.execute(select(func.max(schema.roots.c.version))).scalar_one()
            segments = self._build(connection, newest)
        published = []
        with writing(self._engine) as connection:
            for outlet, wanted in segments.items():
                last = newest.get(outlet)
                fresh = (
                    last is not None
                    and last["segments"] == wanted
                    and last["root"] == root
                    and now - last["issued"] < self._settings.renew_seconds * 1000
                )
                if not fresh:
                    version = self._sign(connection, outlet, wanted, root, now)
                    published.append(Published(outlet, version))
            self._remember(connection, segments, now)
        self._seen, self._looked = seen, now
        return published

    def clean(self, now: int) -> int:
        """Delete files that no `current` has named for a day. Returns how many."""
        table = schema.catalogue_segments
        with writing(self._engine) as connection:
            old = table.c.used_at < now - _KEEP_FILES_MS
            names = connection.execute(delete(table).where(old).returning(table.c.sha256)).scalars().all()
        for name in names:
            (self._folder / name).unlink(missing_ok=True)
        return len(names)

    def _build(self, connection: Connection, newest: dict[str, dict[str, Any]]) -> dict[str, list[Segment]]:
        """The segments of every outlet, with their files written."""
        before: dict[str, dict[str, Segment]] = {}
        for outlet, current in sorted(newest.items(), key=lambda item: int(item[1]["version"])):
            before[outlet] = {segment["name"]: segment for segment in current["segments"]}
            before[""] = before[outlet]  # the newest of all says what the shared segments are
        shared = [
            self._rows_segment(name, contents.shared_rows(connection, name), before.get("", {}).get(name))
            for name in contents.SHARED
        ]
        sold = contents.Sold(connection)
        outlets = connection.execute(select(schema.outlets.c.code).order_by(schema.outlets.c.code))
        built = {}
        for outlet in outlets.scalars():
            own = before.get(outlet, {})
            segments = list(shared)
            for name in ("contracts", "settings"):
                rows = contents.outlet_rows(connection, name, outlet)
                segments.append(self._rows_segment(name, rows, own.get(name)))
            for name in catalogue.SOLD_SETS:
                base = self._write(sold.content(name, outlet))
                segments.append({"name": name, "base": base, "deltas": []})
            built[outlet] = segments
        return built

    def _rows_segment(self, name: str, rows: list[contents.Row], before: Segment | None) -> Segment:
        """The segment for `rows`: as it was, with one delta more, or from a new base."""
        base = contents.rows_content(name, rows)
        if before is not None:
            old = self._read_rows(name, before)
            if old == rows:
                return before
            if old is not None and len(before["deltas"]) < MOST_DELTAS:
                delta = contents.delta_content(name, old, rows)
                spent = sum(file["length"] for file in before["deltas"]) + len(delta)
                if 2 * spent < len(base):
                    return before | {"deltas": [*before["deltas"], self._write(delta)]}
        return {"name": name, "base": self._write(base), "deltas": []}

    def _read_rows(self, name: str, segment: Segment) -> list[contents.Row] | None:
        """The rows that were published, or None if a file of them is gone or spoilt."""
        opened = []
        for file in catalogue.files(segment):
            try:
                data = (self._folder / file["sha256"]).read_bytes()
                # Our own file, checked by its hash: it unpacks to what we once packed.
                opened.append(
                    catalogue.open_file(file, name, data, lambda packed, _: zlib.decompress(packed))
                )
            except (OSError, ValueError):
                return None
        return catalogue.rows(name, opened)

    def _write(self, content: bytes) -> File:
        """Write a file of the catalogue, on disk before anything signed names it."""
        data = zlib.compress(content, 6)
        file = {"sha256": catalogue.sha256_hex(data), "size": len(data), "length": len(content)}
        path = self._folder / str(file["sha256"])
        if not path.exists():
            aside = path.with_suffix(f".{os.getpid()}.new")
            with aside.open("wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            aside.rename(path)
        return file

    def _sign(self, connection: Connection, outlet: str, segments: list[Segment], root: int, now: int) -> int:
        table = schema.catalogue_versions
        mine = table.c.outlet == outlet
        last = connection.execute(select(func.max(table.c.version)).where(mine)).scalar_one()
        version = max(now, (last or 0) + 1)
        envelope = encode(
            seal(
                {
                    "type": "current",
                    "version": version,
                    "issued": now,
                    "expires": now + self._settings.valid_hours * 3_600_000,
                    "outlet": outlet,
                    "root": root,
                    "segments": segments,
                },
                self._signer,
            )
        )
        connection.execute(
            insert(table).values(
                outlet=outlet,
                version=version,
                issued=now,
                sha256=catalogue.sha256_hex(envelope),
                envelope=envelope,
            )
        )
        kept = select(table.c.version).where(mine).order_by(table.c.version.desc()).limit(_KEEP_VERSIONS)
        connection.execute(delete(table).where(mine & table.c.version.not_in(kept)))
        return version

    def _remember(self, connection: Connection, segments: dict[str, list[Segment]], now: int) -> None:
        """Note which files are in use, for `clean`."""
        table = schema.catalogue_segments
        named = {
            file["sha256"]: {"sha256": file["sha256"], "name": segment["name"], "size": file["size"],
                             "length": file["length"], "used_at": now}
            for wanted in segments.values()
            for segment in wanted
            for file in catalogue.files(segment)
        }  # fmt: skip
        known = set(connection.execute(select(table.c.sha256).where(table.c.sha256.in_(named))).scalars())
        connection.execute(update(table).where(table.c.sha256.in_(known)).values(used_at=now))
        if fresh := [row for sha256, row in named.items() if sha256 not in known]:
            connection.execute(insert(table), fresh)


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


def _newest_currents(connection: Connection) -> dict[str, dict[str, Any]]:
    """The `signed` part of the newest `current` by outlet."""
    table = schema.catalogue_versions
    newest = (
        select(table.c.outlet, func.max(table.c.version).label("version")).group_by(table.c.outlet).subquery()
    )
    rows = connection.execute(
        select(table.c.outlet, table.c.envelope).join(
            newest, (table.c.outlet == newest.c.outlet) & (table.c.version == newest.c.version)
        )
    )
    return {outlet: decode(envelope)["signed"] for outlet, envelope in rows}
