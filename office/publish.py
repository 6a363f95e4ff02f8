"""Publishing: the catalogue of every outlet as files named by their SHA-256, and a signed `current`.

A segment is a base and deltas; when nothing of it changed, its files stay. `current` is made anew
when a segment or root changed, and otherwise once in `renew_seconds`, so that its age says how long
ago the office last had something to say.
"""

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from office import contents, counters, reach, roots, schema
from office.database import reading, writing
from office.keys import Acting, seal
from office.segment_files import File, Segment, SegmentFiles, UnreadableError
from office.settings import Publish
from sync import catalogue
from sync.canonical import decode, encode
from sync.catalogue_files import base_lines, delta_lines

MOST_DELTAS = 16  # of a segment; when there are more, the older half becomes one
_DELTA_SHARE = 4  # all deltas together stay below a quarter of the base
_KEEP_FILES_MS = 86_400_000  # a device may still be fetching what an older `current` named
_KEEP_VERSIONS = 3

Rows = Callable[[], Iterator[contents.Row]]


class Published(NamedTuple):
    """A new `current`: of which outlet, and its version (ms UTC)."""

    outlet: str
    version: int


class Publisher:
    """Publishes into `folder`; remembers what it published last, to stay cheap when asked often."""

    def __init__(self, engine: Engine, folder: Path, key: Acting, settings: Publish) -> None:
        self._engine = engine
        self._files = SegmentFiles(folder)
        self._key = key
        self._settings = settings
        self._seen: dict[str, int] = {}
        self._endings: set[tuple[str, str]] | None = None
        self._looked = 0  # when we last compared everything, ms UTC
        self._everywhere_waits = False  # something was sold that the set of all does not show yet
        self._everywhere_next = 0  # when it may, ms UTC

    def due(self, now: int) -> bool:
        """Whether there may be something to publish at `now` (ms UTC). One small query."""
        if now - self._looked >= self._settings.renew_seconds * 1000:
            return True
        if self._everywhere_waits and now >= self._everywhere_next:
            return True
        with reading(self._engine) as connection:
            seen = counters.read(connection)
        if seen.get(counters.REGISTRY) != self._seen.get(counters.REGISTRY):
            return True
        sold = seen.get(counters.SOLD) != self._seen.get(counters.SOLD)
        return sold and now - self._looked >= self._settings.sold_seconds * 1000

    def urgent(self) -> bool:
        """Whether something was recalled or withdrawn that no catalogue tells yet."""
        with reading(self._engine) as connection:
            return self._endings not in (None, reach.endings(connection))

    def publish(self, now: int) -> list[Published]:
        """Publish what changed, for every outlet. Raises OSError when files cannot be written,
        CommandError when the `current` key that root names is not here."""
        with reading(self._engine) as connection:
            seen = counters.read(connection)
            newest = _newest_currents(connection)
            root = roots.newest(connection)
            segments = self._build(connection, newest, now)
            endings = reach.endings(connection)
        self._key.follow(root)
        published = []
        with writing(self._engine) as connection:
            # One version for all that is signed now, so that it tells everywhere what a catalogue holds.
            last_version = connection.execute(
                select(func.max(schema.catalogue_versions.c.version))
            ).scalar_one()
            version = max(now, (last_version or 0) + 1)
            for outlet, wanted in segments.items():
                last = newest.get(outlet)
                fresh = (
                    last is not None
                    and last["segments"] == wanted
                    and last["root"] == root["version"]
                    and now - last["issued"] < self._settings.renew_seconds * 1000
                )
                if not fresh:
                    self._sign(connection, outlet, version, wanted, root["version"], now)
                    published.append(Published(outlet, version))
            self._remember(connection, segments, now)
            reach.publish(connection, endings, version, now)
        self._seen, self._looked, self._endings = seen, now, endings
        return published

    def clean(self, now: int) -> int:
        """Delete files that no `current` has named for a day. Returns how many."""
        table = schema.catalogue_segments
        with writing(self._engine) as connection:
            old = table.c.used_at < now - _KEEP_FILES_MS
            names = connection.execute(delete(table).where(old).returning(table.c.sha256)).scalars().all()
        for name in names:
            self._files.delete(name)
        return len(names)

    def _build(
        self, connection: Connection, newest: dict[str, dict[str, Any]], now: int
    ) -> dict[str, list[Segment]]:
        """The segments of every outlet, with their files written."""
        before: dict[str, dict[str, Segment]] = {}
        for outlet, current in sorted(newest.items(), key=lambda item: int(item[1]["version"])):
            before[outlet] = {segment["name"]: segment for segment in current["segments"]}
            before[""] = before[outlet]  # the newest of all says what the shared segments are
        newest_shared = before.get("", {})
        shared = []
        for name in contents.SHARED:
            rows = functools.partial(contents.shared_rows, connection, name)
            shared.append(self._rows_segment(name, rows, newest_shared.get(name)))
        sold = contents.Sold(connection)
        self._everywhere_waits = False
        shared += [
            self._sold_segment(sold, name, "", newest_shared.get(name), now)
            for name in ("sold_twice", "sold_all")
        ]
        if newest_shared.get("sold_all") != shared[-1]:
            self._everywhere_next = now + self._settings.sold_everywhere_seconds * 1000
        outlets = connection.execute(select(schema.outlets.c.code).order_by(schema.outlets.c.code))
        built = {}
        for outlet in outlets.scalars():
            own = before.get(outlet, {})
            segments = [*shared, self._sold_segment(sold, "sold_outlet", outlet, own.get("sold_outlet"), now)]
            for name in ("contracts", "settings"):
                rows = functools.partial(contents.outlet_rows, connection, name, outlet)
                segments.append(self._rows_segment(name, rows, own.get(name)))
            built[outlet] = segments
        return built

    def _rows_segment(self, name: str, rows: Rows, before: Segment | None) -> Segment:
        """The segment for `rows`: as it was, with one delta more, or from a new base."""
        if before is not None:
            try:
                changed = self._changed(name, rows, before)
            except UnreadableError:
                changed = None
            if changed == []:
                return before
            if changed is not None:
                try:
                    return self._longer(before, self._files.write(delta_lines(name, changed)))
                except UnreadableError:
                    pass
        return {"name": name, "base": self._files.write(base_lines(name, rows())), "deltas": []}

    def _longer(self, before: Segment, delta: File) -> Segment:
        """The segment with one delta more, the older ones merged if there are many. Raises UnreadableError."""
        deltas = [*before["deltas"], delta]
        if len(deltas) <= MOST_DELTAS:
            return before | {"deltas": deltas}
        merged, kept = deltas[: MOST_DELTAS // 2 + 1], deltas[MOST_DELTAS // 2 + 1 :]
        past = before.get("past", []) + [file["sha256"][: catalogue.PAST_LETTERS] for file in merged]
        deltas = [self._files.merged(before["name"], merged), *kept]
        return before | {"deltas": deltas, "past": past[-catalogue.MOST_PAST :]}

    def _changed(self, name: str, rows: Rows, before: Segment) -> list[contents.Change] | None:
        """What a delta to `before` would say; None if it is too much for a delta."""
        room = before["base"]["length"] // _DELTA_SHARE
        room -= sum(file["length"] for file in before["deltas"])
        changed = []
        for change in contents.differences(name, self._files.rows(before), rows()):
            changed.append(change)
            room -= len(encode(change))
            if room < 0:
                return None
        return changed

    def _sold_segment(
        self, sold: contents.Sold, name: str, outlet: str, before: Segment | None, now: int
    ) -> Segment:
        """The segment for a sold set: as it was, with one delta more, or from a new base.

        What was sold anywhere waits for `sold_everywhere_seconds`, unless a sale was undone: the outlet
        itself, whose own set is published at once, would take its stamp for one sold elsewhere.
        """
        wanted, marks = sold.ordinals(name, outlet), sold.marks(name, outlet)
        try:
            if before is not None:
                had, had_marks = self._files.sold(before)
                added, removed = wanted - had, had - wanted
                changed = {device: mark for device, mark in marks.items() if had_marks.get(device) != mark}
                if not (added or removed or changed or had_marks.keys() - marks.keys()):
                    return before
                if name == "sold_all" and not removed and now < self._everywhere_next:
                    self._everywhere_waits = True
                    return before
                delta = self._files.write(contents.sold_delta(name, added, removed, changed))
                room = before["base"]["length"] // _DELTA_SHARE
                if (
                    sum(file["length"] for file in [*before["deltas"], delta]) <= room
                    and had_marks.keys() <= marks.keys()
                ):
                    return self._longer(before, delta)
        except UnreadableError:
            pass
        return {
            "name": name,
            "base": self._files.write(contents.sold_base(name, wanted, marks)),
            "deltas": [],
        }

    def _sign(
        self, connection: Connection, outlet: str, version: int, segments: list[Segment], root: int, now: int
    ) -> None:
        table = schema.catalogue_versions
        mine = table.c.outlet == outlet
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
                self._key.signer,
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
