"""Keeps the outlet in step with the office: pushes the journal, pulls the catalogue, knows how it stands.

Three loops that never give up; how they wait after a failure is in `trying`.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp

from kiosk.host.clock import Clock
from kiosk.host.data import journal
from kiosk.host.data.database import set_fact
from kiosk.host.link import renewing
from kiosk.host.link.identity import set_root
from kiosk.host.link.installed import Installed
from kiosk.host.link.peers import Peers
from kiosk.host.link.telling import Telling
from kiosk.host.link.trying import FAILURES, Trying
from kiosk.host.stamps.catalogue import FILE, Holder
from kiosk.host.stamps.installing import InstallError, install
from sync.catalogue import segments_by_name, version_floor
from sync.host.device_key import DeviceKey
from sync.host.enrolling import renew
from sync.host.office import Identity, Office, OfficeError
from sync.host.pull import Pulled, ask, fetch, photo
from sync.host.push import push

LONG_POLL = 50  # seconds
UNSURE_POLL = 1  # seconds, while the clock is not sure: as long a sale would be flagged
LOOK_AFTER = 5.0  # seconds in which entries go out that nobody hurries: a receipt's end, a log-in, scans
QUICK = 2.0  # seconds that a pull before a sale may take
QUICK_EVERY = 60.0  # seconds
URGENT = ("recalls", "voids", "withdrawals")  # segments that are installed as soon as they change
# An installation writes all of catalogue.db to a card that wears out: seconds that it then rests, for each
# byte beyond what is little.
REST, LITTLE = 10 / 1_000_000, 1_000_000
LOOK = 20.0  # seconds between looks for something urgent, meanwhile


log = logging.getLogger(__name__)


class Syncing:
    """The outlet's side of sync.

    `state` says in one word how it stands: ok, one of `troubles.WORDS`, renewing (the card was restored, and this
    device is about to become a new one: once `renewed`, the service has to start again), or pending (it is that new
    one, and the office has not agreed yet).
    """

    def __init__(
        self,
        folder: Path,
        writer: journal.Writer,
        source: journal.Source,
        key: DeviceKey,
        identity: Identity,
        root_envelope: dict[str, Any],
        held: Holder,
        url: str,
        clock: Clock,
        peers: Peers,
        changed: Callable[[], None],
        report: Callable[[], dict[str, Any]] | None = None,
    ) -> None:
        self._folder = folder
        self._files = folder / "segments"  # what arrives, until it is installed
        self._writer = writer
        self._source = source
        self._key = key
        self._identity = identity
        self._root = root_envelope
        self._held = held
        self._installed = Installed(folder, writer, held, clock)
        self._url = url
        self._clock = clock
        self._changed = changed
        self._work = asyncio.Event()
        self._quick_at = -QUICK_EVERY
        self._installing = asyncio.Lock()
        self._looked = False  # at catalogue.db, since the start
        self._afresh = False  # the installed file cannot be built on
        self._refused: tuple[str, str] | None = None  # SHA-256 of a `current` that cannot be used, and why
        self._rests_until = 0.0  # by the monotonic clock
        self._put_off = False  # there is a newer catalogue, without anything urgent
        self._quick: asyncio.Task[None] | None = None
        self._office: Office | None = None
        self._greeted = False  # since the last break of contact, the office said what it holds of us
        self._restored = False  # that is not in our journal
        self._trying = Trying(self._failed, changed)
        self._peers = peers
        self._telling = Telling(report) if report else None
        self.renewed = asyncio.Event()
        self.last_contact: int | None = None

    @property
    def trouble(self) -> str:
        """Why the last push or pull failed, "" if neither did."""
        if worst := self._trying.troubles.worst:
            return worst[1]
        return self._refused[1] if self._refused else ""

    @property
    def state(self) -> str:
        """How it stands with the office, in one word."""
        if self._held.revoked:
            return "revoked"
        if self._restored:
            return "renewing"
        if worst := self._trying.troubles.worst:
            return worst[0]
        if self._refused:
            return "catalogue"
        return "pending" if self._peers.pending else "ok"

    def wake(self) -> None:
        """Push now: something was written."""
        self._work.set()

    async def run(self) -> None:
        """Push and pull until cancelled."""
        async with self._connected() as office:
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._trying.for_ever("push", self._push_once))
                    tasks.create_task(self._trying.for_ever("pull", self._pull_once, listens=True))
                    tasks.create_task(self._trying.for_ever("peers", lambda: self._peers.step(office)))
                    if self._telling is not None:
                        tasks.create_task(self._telling.run(office))
            finally:
                if self._quick is not None and not self._quick.done():
                    self._quick.cancel()
                    await asyncio.wait([self._quick])

    async def before_sale(self) -> None:
        """One pull of at most two seconds, at most once a minute, so that a sale rests on fresh data.

        What takes longer goes on beside the sale.
        """
        if self._office is None or self._held.confirmed:
            return
        if time.monotonic() - self._quick_at < QUICK_EVERY:
            return
        if self._quick is None or self._quick.done():
            self._quick_at = time.monotonic()
            self._quick = asyncio.create_task(self._quick_pull())
        await asyncio.wait([self._quick], timeout=QUICK)

    async def now(self) -> tuple[int, bool]:
        """Push and pull once, beside the loops or without them: (entries acknowledged, a new catalogue came).

        Raises OfficeError, StorageError, OSError, sqlite3.Error.
        """
        if self._office is None:
            async with self._connected():
                return await self.now()
        await self._greet()
        sent = await self._push()
        if self._restored:
            await self._renew()
        new = await self._pull(0)
        await self._peers.follow(self._office)
        return sent, new

    async def photo(self, sha256: str) -> bytes:
        """What the office sends as a product's picture, unverified. Raises OfficeError."""
        if self._office is None:
            async with self._connected():
                return await self.photo(sha256)
        return await photo(self._office, sha256)

    @contextlib.asynccontextmanager
    async def _connected(self) -> Any:
        self._files.mkdir(exist_ok=True)
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            self._office = Office(session, self._url, self._identity, self._key)
            try:
                yield self._office
            finally:
                self._office = None

    async def _quick_pull(self) -> None:
        try:
            await self._pull(0)
        except FAILURES as error:  # the age of our data will tell
            log.info("sync before a sale: %s", error)

    def _failed(self) -> None:
        self._greeted = False
        self._changed()

    async def _push_once(self) -> None:
        self._work.clear()
        if not self._greeted:
            await self._greet()
        await self._push()
        if self._restored and not self.renewed.is_set():
            await self._renew()
        if not self._source.waiting():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AFTER):
                    await self._work.wait()

    async def _pull_once(self) -> None:
        if not self._looked:
            await self._look_at_the_file()
        fresh = "pull" in self._trying.troubles or not (self._held.catalogue or self._refused)
        await self._pull(0 if fresh else LONG_POLL)
        if self._put_off:
            await asyncio.sleep(min(LOOK, max(0.0, self._rests_until - time.monotonic())))

    async def _look_at_the_file(self) -> None:
        """catalogue.db must be what was installed: a card may have changed a bit of it. Raises OfficeError."""
        async with self._installing:
            self._looked = True
            if await self._installed.is_spoilt():
                self._afresh = True
                raise OfficeError("catalogue_spoilt", "catalogue.db is spoilt, and is fetched again.")

    async def _greet(self) -> None:
        """Compare heads. An office restored from a backup lacks what it once acknowledged: that waits again.
        A head that is not in our journal says that our card was restored from a copy."""
        assert self._office is not None
        head = await self._office.head()
        self._restored = not self._source.holds(*head)
        if not self._restored and head.seq != self._source.acknowledged():
            await self._writer.write(lambda db: journal.acknowledge(db, *head))
            self.wake()
        await renewing.send_former(self._folder, self._office)
        self._greeted = True

    async def _renew(self) -> None:
        """Push the last of the old journal, and ask to be a new device; `renewed` once there is a name for it."""
        assert self._office is not None
        self._changed()
        await self._push()
        name = await renew(self._office, renewing.next_key(self._folder))
        await self._writer.write(lambda db: set_fact(db, renewing.NEW_NAME, name))
        log.warning("the card of %s was restored from a copy; it goes on as %s", self._identity.device, name)
        self.renewed.set()

    async def _push(self) -> int:
        assert self._office is not None
        await self._writer.flush()
        acked: list[tuple[int, bytes]] = []
        try:
            sent = await push(self._office, self._source, lambda seq, digest: acked.append((seq, digest)))
        finally:
            if acked:
                await self._writer.write(lambda db: journal.acknowledge(db, *acked[-1]))
        if sent:
            self._heard(None)
        return sent

    async def _pull(self, wait: int) -> bool:
        """True when a new catalogue was installed."""
        assert self._office is not None
        held = self._held.catalogue
        if self._clock.state != "sure":
            wait = min(wait, UNSURE_POLL)  # the answer brings the time
        floor = version_floor(held.envelope if held else None, self._office.identity.root)
        have = None if self._afresh else self._refused[0] if self._refused else held.sha256 if held else None
        try:
            answer = await ask(self._office, have, floor, wait)
        except OfficeError as error:
            if error.code == "revoked":
                await self._set_revoked(True)
            raise
        await self._set_revoked(False)
        new = False
        self._put_off = answer.pulled is not None and self._can_wait(answer.pulled)
        if answer.pulled is not None and not self._put_off:
            async with self._installing:
                # A pull before a sale may have overtaken this one.
                new = self._held.catalogue is held
                if new:
                    await self._install(answer.pulled)
        if self._held.catalogue is not None and answer.current_sha256 == self._held.catalogue.sha256:
            self._held.confirm()
        await self._keep_root()
        self._heard(answer.time)
        if self._held.catalogue is not None:
            await self._follow_marks(self._held.catalogue.published.marks)
        return new

    async def _set_revoked(self, revoked: bool) -> None:
        """Remember whether the office has shut this device out, over a restart without a network too."""
        if revoked != self._held.revoked:
            self._held.revoked = revoked
            await self._writer.write(lambda db: set_fact(db, "revoked", "1" if revoked else ""))
            self._changed()

    async def _keep_root(self) -> None:
        """Remember a newer root: what it took from a key stays taken after a restart."""
        assert self._office is not None
        newer = self._office.root_envelope
        if newer is not None and newer is not self._root:
            self._root, self._identity = newer, self._office.identity
            await self._writer.write(lambda db: set_root(db, newer))

    async def _follow_marks(self, marks: dict[str, list[Any]]) -> None:
        """Look at what the catalogue says of the devices of this outlet: our own mark must be in our journal,
        and what the others wrote we fetch."""
        assert self._office is not None
        own = marks.get(self._identity.device)
        if own is not None and not self._source.holds(own[0], bytes.fromhex(own[1])):
            self._restored = True
            self.wake()
        if self._peers.expect({} if self._restored else marks):
            try:
                await self._peers.follow(self._office)
            except OfficeError as error:
                if error.code != "busy":  # the peers' own step tries on; a recall does not wait for that
                    raise

    def _can_wait(self, pulled: Pulled) -> bool:
        """Whether the card may rest: the installed catalogue was the newest a few minutes ago."""
        held = self._held.catalogue
        if held is None or not self._held.confirmed or time.monotonic() >= self._rests_until:
            return False
        before, after = (segments_by_name(current) for current in (held.current, pulled.current["signed"]))
        return all(after[name] == before[name] for name in URGENT)

    async def _install(self, pulled: Pulled) -> None:
        """Fetch, install and open a catalogue. Raises OfficeError, OSError."""
        assert self._office is not None
        await self._keep_root()
        held = None if self._afresh else self._held.catalogue
        await fetch(self._office, pulled, held.current if held else None, self._files)
        try:
            made = await install(
                self._folder, self._files, self._root, pulled.current, held is None, self._installed.announce
            )
        except InstallError as error:
            self._afresh = error.reason == "copy"
            if error.reason == "files":
                self._refused = pulled.sha256, str(error)
            raise OfficeError(f"catalogue_{error.reason}", str(error)) from error
        self._afresh, self._refused = False, None
        size = (self._folder / FILE).stat().st_size
        self._rests_until = time.monotonic() + max(0, size - LITTLE) * REST
        self._held.reopen()
        if self._held.catalogue is None:
            raise OfficeError(
                "catalogue", "the office's catalogue could not be opened once it was installed."
            )
        self._clock.passed(self._held.catalogue.issued)
        await self._installed.record(made)
        for path in self._files.iterdir():
            path.unlink()  # catalogue.db holds it all now
        self.wake()

    def _heard(self, office_time: int | None) -> None:
        if office_time is not None:
            self._clock.office_time(office_time)
        self.last_contact = self._clock.moment().at
        self._trying.troubles.over("push" if office_time is None else "pull")
        self._changed()
