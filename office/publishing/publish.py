"""Publishing: the catalogue of every outlet as files named by their SHA-256, and a signed `current`.

A segment is a base and deltas; when nothing of it changed, its files stay. `current` is made anew
when a segment or root changed, and otherwise once in `renew_seconds`, so that its age says how long
ago the office last had something to say.

Recalls and withdrawals wait for nothing: `publish_endings` puts just them into the newest catalogue of every
outlet, and may do so from another thread while `publish` makes its way through a country's outlets.
"""

import functools
import hashlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, delete, select, update

from office import schema
from office.publishing import contents, currents, reach, roots
from office.publishing.keys import Acting
from office.publishing.segment_files import File, Segment, SegmentFiles, UnreadableError
from office.settings import Publish
from office.storage import bulk, counters
from office.storage.database import reading, writing
from sync import catalogue
from sync.canonical import encode
from sync.catalogue_files import base_lines, delta_lines

MOST_DELTAS = 16  # of a segment; when there are more, the older half becomes one
_DELTA_SHARE = 4  # all deltas together stay below a quarter of the base
_KEEP_FILES_MS = 86_400_000  # a device may still be fetching what an older `current` named
_AT_ONCE = 100  # outlets of one transaction

Rows = Callable[[], Iterator[contents.Row]]


class Published(NamedTuple):
    """A new `current`: of which outlet, and its version (ms UTC)."""

    outlet: str
    version: int


Tell = Callable[[list[Published]], object]


def _nobody(_: list[Published]) -> None:
    pass


class Publisher:
    """Publishes into `folder`; remembers what it published last, to stay cheap when asked often."""

    def __init__(self, engine: Engine, folder: Path, key: Acting, settings: Publish) -> None:
        self._engine = engine
        self._files = SegmentFiles(folder)
        self._key = key
        self._settings = settings
        self._seen: dict[str, int] = {}
        self._looked = 0  # when everything was published last, ms UTC
        self._compared = 0  # when every file was compared with the database last, ms UTC
        self._everywhere_waits = False  # something was sold that the set of all does not show yet
        self._everywhere_next = 0  # when it may, ms UTC
        self._said: dict[tuple[str, str], bytes] = {}  # digests of what files of sold sets were found to say
        self._signing = threading.Lock()  # held while currents are made of what the newest ones say
        self._endings: set[tuple[str, str]] | None = None  # that every catalogue tells
        self._ending_segments: dict[str, Segment] = {}

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
        """Whether something was recalled or withdrawn, or is no longer, that catalogues do not tell yet."""
        with reading(self._engine) as connection:
            return self._endings != reach.endings(connection)

    def publish_endings(self, now: int, tell: Tell = _nobody) -> list[Published]:
        """Publish what was recalled and withdrawn, and nothing else. As `publish`."""
        published: list[Published] = []
        with self._signing, reading(self._engine) as connection:
            endings, shared = reach.endings(connection), currents.newest_shared(connection)
            segments = {}
            for name in contents.ENDINGS:
                rows = functools.partial(contents.shared_rows, connection, name)
                segments[name] = self._rows_segment(name, rows, shared.get(name))
            if (endings, segments) == (self._endings, self._ending_segments):
                return []
            root = roots.newest(connection)
            self._key.follow(root)
            # Noted first: every catalogue of this version, or a later one, tells of them.
            version = max(now, currents.highest(connection) + 1)
            with writing(self._engine) as noting:
                reach.publish(noting, endings, version, now)
            for outlets in _outlets(connection):
                wanted = {}
                for outlet, current in currents.newest(connection, outlets).items():
                    put = [segments.get(segment["name"], segment) for segment in current["segments"]]
                    if put != current["segments"]:
                        wanted[outlet] = put
                published += _telling(tell, self._sign(wanted, version, root["version"], now))
            self._endings, self._ending_segments = endings, segments
        return published

    def publish(self, now: int, tell: Tell = _nobody) -> list[Published]:
        """Publish what changed, for every outlet; `tell` hears of new catalogues, some at a time, once they are there.

        Raises OSError when files cannot be written, CommandError when the `current` key that root names is
        not here. What was told before stays published, and the rest is done next time.
        """
        published = self.publish_endings(now, tell)
        with reading(self._engine) as connection:
            seen = counters.read(connection)
            hour_over = now - self._compared >= self._settings.renew_seconds * 1000
            compare = hour_over or seen.get(counters.REGISTRY) != self._seen.get(counters.REGISTRY)
            shared, sold = self._shared(connection, compare, now)
            version = -1  # none has it
            for outlets in _outlets(connection):
                with reading(self._engine) as newer:
                    newest = currents.newest(newer, outlets)
                own = self._own(connection, outlets, newest, sold, compare, now)
                with self._signing:
                    with reading(self._engine) as newer:
                        root = roots.newest(newer)
                        # One version for all that is signed now, so that it tells everywhere what a catalogue holds.
                        if version != (highest := currents.highest(newer)):
                            version = max(now, highest + 1)
                    self._key.follow(root)
                    # What ended meanwhile is out already, in a version of its own.
                    shared |= self._ending_segments
                    wanted = {outlet: [*shared.values(), *own[outlet]] for outlet in outlets}
                    for outlet, last in newest.items():
                        if self._says(last, wanted[outlet], root["version"], now):
                            del wanted[outlet]
                    signed = self._sign(wanted, version, root["version"], now)
                published += _telling(tell, signed)
        self._seen, self._looked = seen, now
        if compare:
            self._compared = now
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

    def _shared(
        self, connection: Connection, compare: bool, now: int
    ) -> tuple[dict[str, Segment], contents.Sold]:
        """The segments that are the same for every outlet, with their files written; and what was sold."""
        before = currents.newest_shared(connection)
        shared = {}
        for name in contents.SHARED:
            rows = functools.partial(contents.shared_rows, connection, name)
            shared[name] = self._rows_segment(name, rows, before.get(name), compare)
        sold = contents.Sold(connection)
        self._everywhere_waits = False
        for name in ("sold_twice", "sold_all"):
            shared[name] = self._sold_segment(sold, name, "", before.get(name), compare, now)
        if before.get("sold_all") != shared["sold_all"]:
            self._everywhere_next = now + self._settings.sold_everywhere_seconds * 1000
        return shared, sold

    def _own(
        self,
        connection: Connection,
        outlets: list[str],
        newest: dict[str, dict[str, Any]],
        sold: contents.Sold,
        compare: bool,
        now: int,
    ) -> dict[str, list[Segment]]:
        """The segments that are each outlet's own, with their files written."""
        rows = {name: contents.outlet_rows(connection, name, outlets) for name in contents.OWN}
        own = {}
        for outlet in outlets:
            before = currents.by_name(newest[outlet]) if outlet in newest else {}
            last = before.get("sold_outlet")
            own[outlet] = [self._sold_segment(sold, "sold_outlet", outlet, last, compare, now)]
            for name in contents.OWN:
                mine = functools.partial(iter, rows[name][outlet])
                own[outlet].append(self._rows_segment(name, mine, before.get(name), compare))
        return own

    def _rows_segment(self, name: str, rows: Rows, before: Segment | None, compare: bool = True) -> Segment:
        """The segment for `rows`: as it was, with one delta more, or from a new base.

        Nothing is compared unless `compare`, as long as the files are there.
        """
        if before is not None and not compare and self._files.there(before):
            return before
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
        self, sold: contents.Sold, name: str, outlet: str, before: Segment | None, compare: bool, now: int
    ) -> Segment:
        """The segment for a sold set: as it was, with one delta more, or from a new base.

        What was sold anywhere waits for `sold_everywhere_seconds`, unless a sale was undone: the outlet
        itself, whose own set is published at once, would take its stamp for one sold elsewhere. Files that were found
        to say this are read again only to `compare`.
        """
        wanted, marks = sold.ordinals(name, outlet), sold.marks(name, outlet)
        says = hashlib.sha256(f"{before} {marks} ".encode() + contents.serialized(wanted)).digest()
        same = before is not None and not compare and self._said.get((name, outlet)) == says
        if before is not None and same and self._files.there(before):
            return before
        try:
            if before is not None:
                had, had_marks = self._files.sold(before)
                added, removed = wanted - had, had - wanted
                changed = {device: mark for device, mark in marks.items() if had_marks.get(device) != mark}
                if not (added or removed or changed or had_marks.keys() - marks.keys()):
                    self._said[name, outlet] = says
                    return before
                if name == "sold_all" and not removed and now < self._everywhere_next:
                    self._everywhere_waits = True
                    return before
                delta = self._files.write(contents.sold_delta(name, added, removed, changed))
                room = before["base"]["length"] // _DELTA_SHARE
                small = sum(file["length"] for file in [*before["deltas"], delta]) <= room
                if small and had_marks.keys() <= marks.keys():
                    return self._longer(before, delta)
        except UnreadableError:
            pass
        base = self._files.write(contents.sold_base(name, wanted, marks))
        return {"name": name, "base": base, "deltas": []}

    def _says(self, current: dict[str, Any], segments: list[Segment], root: int, now: int) -> bool:
        """Whether this `current` says that already, and has not become old."""
        young = bool(now - current["issued"] < self._settings.renew_seconds * 1000)
        return young and current["segments"] == segments and bool(current["root"] == root)

    def _sign(self, wanted: dict[str, list[Segment]], version: int, root: int, now: int) -> list[Published]:
        """Sign these segments by outlet, and store that."""
        if not wanted:
            return []
        expires = now + self._settings.valid_hours * 3_600_000
        rows = currents.sign(wanted, version, root, now, expires, self._key.signer)
        with writing(self._engine) as connection:
            currents.store(connection, rows)
            self._remember(connection, wanted, now)
        return [Published(outlet, version) for outlet in wanted]

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
        new = [row for sha256, row in named.items() if sha256 not in known]
        bulk.insert(connection, table, bulk.turned(new))


def _outlets(connection: Connection) -> Iterator[list[str]]:
    """The codes of all outlets, so many at once as a transaction takes."""
    codes = connection.execute(select(schema.outlets.c.code).order_by(schema.outlets.c.code)).scalars().all()
    for start in range(0, len(codes), _AT_ONCE):
        yield list(codes[start : start + _AT_ONCE])


def _telling(tell: Tell, published: list[Published]) -> list[Published]:
    if published:
        tell(published)
    return published
