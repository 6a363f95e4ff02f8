"""Staff: who they are, their PINs, and the sessions of the staff page.

PINs are six digits, kept as scrypt hashes (16 MiB a try, RFC 7914) and checked one at a time.
"""

import asyncio
import hashlib
import hmac
import secrets
import sqlite3
import time
from collections.abc import Callable
from typing import NamedTuple

from kiosk.host.web.problems import Problem

SESSION_SECONDS = 12 * 3600
IDLE_SECONDS = 15 * 60  # without a request of the person's own, the till locks itself
FREE_TRIES = 5  # wrong PINs before each further try is slowed down
SLOWEST = 8.0  # seconds
FIRST_LOCK, LONGEST_LOCK = 30.0, 3600.0  # seconds
MOST_SOURCES = 1000  # addresses whose wrong PINs are remembered
LOOPBACK = "loopback"

PIN_DIGITS = 6


class Person(NamedTuple):
    """One member of staff; `role` is "clerk", "supervisor" or "technician"."""

    id: str
    name: str
    role: str


def add(db: sqlite3.Connection, person: Person, pin: str) -> None:
    """Add a person or change their PIN. Raises ValueError unless the PIN is six digits of nobody else."""
    if len(pin) != PIN_DIGITS or not pin.isascii() or not pin.isdigit():
        raise ValueError("a PIN has six digits")
    owner = find(db, pin)
    if owner is not None and owner.id != person.id:
        raise ValueError("this PIN is taken; choose another")
    salt = secrets.token_bytes(16)
    db.execute(
        "INSERT INTO staff VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
        "name = excluded.name, role = excluded.role, salt = excluded.salt, pin = excluded.pin",
        (person.id, person.name, person.role, salt, _hash(pin, salt)),
    )


def find(db: sqlite3.Connection, pin: str) -> Person | None:
    """Whose PIN this is. Tries everybody, so that the time taken tells nothing."""
    found = None
    for staff, name, role, salt, stored in db.execute("SELECT id, name, role, salt, pin FROM staff"):
        if hmac.compare_digest(_hash(pin, salt), stored):
            found = Person(staff, name, role)
    return found


def has(db: sqlite3.Connection, role: str) -> bool:
    """Whether somebody of this role has a PIN."""
    return db.execute("SELECT 1 FROM staff WHERE role = ? LIMIT 1", (role,)).fetchone() is not None


def _hash(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)


class LockedOutError(Problem):
    """Too many wrong PINs came from this source; `seconds` until it may try again."""

    def __init__(self, seconds: int) -> None:
        detail = f"Sai mã PIN quá nhiều lần; chờ {seconds} giây. / Too many wrong PINs; wait {seconds} s."
        super().__init__(429, "locked_out", detail, seconds=seconds)
        self.headers["Retry-After"] = str(seconds)


class Sessions:
    """Who is logged in. Lives in memory: a restart logs everybody out, baskets stay.

    Wrong PINs count per source. The loopback, where the shop's own till stands, is only slowed down and never
    locked (design, 7); every other source is locked out for a while that doubles.
    """

    def __init__(self, db: sqlite3.Connection, clock: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._clock = clock
        self._sessions: dict[
            str, tuple[Person, float, float]
        ] = {}  # token: person, end, end without a request
        self._one_at_a_time = asyncio.Lock()
        self._wrong: dict[str, tuple[int, float]] = {}  # source: wrong PINs in a row, until when it is locked

    async def log_in(self, pin: str, source: str = LOOPBACK) -> tuple[str, Person] | None:
        """(token, person), or None for a wrong PIN. Raises LockedOutError."""
        person = await self.check(pin, source)
        if person is None:
            return None
        token, now = secrets.token_urlsafe(32), self._clock()
        self._sessions[token] = (person, now + SESSION_SECONDS, now + IDLE_SECONDS)
        return token, person

    async def check(self, pin: str, source: str = LOOPBACK) -> Person | None:
        """Whose PIN this is. Raises LockedOutError."""
        async with self._one_at_a_time:
            wrong, locked = self._wrong.get(source, (0, 0.0))
            if locked > self._clock():
                raise LockedOutError(round(locked - self._clock()) + 1)
            if source == LOOPBACK and wrong >= FREE_TRIES:
                await asyncio.sleep(min(SLOWEST, 2.0 ** (wrong - FREE_TRIES)))
            person = await asyncio.to_thread(find, self._db, pin)
            if person is not None:
                self._wrong.pop(source, None)
                return person
            wrong += 1
            pause = 0.0
            if source != LOOPBACK and wrong >= FREE_TRIES:
                pause = min(LONGEST_LOCK, FIRST_LOCK * 2.0 ** (wrong - FREE_TRIES))
            if len(self._wrong) >= MOST_SOURCES and source not in self._wrong:
                self._wrong.pop(next(iter(self._wrong)))
            self._wrong[source] = (wrong, self._clock() + pause if pause else 0.0)
            return None

    def person(self, token: str | None, touch: bool = True) -> Person | None:
        """Who holds this session; `touch` says that the person did something, so that it goes on."""
        held = self._sessions.get(token or "")
        now = self._clock()
        if held is None or min(held[1:]) < now:
            self._sessions.pop(token or "", None)
            return None
        if touch:
            self._sessions[token or ""] = (held[0], held[1], now + IDLE_SECONDS)
        return held[0]

    def anybody(self) -> bool:
        """Whether somebody is logged in. Scans at a locked till are looked at only."""
        return any(self.person(token, touch=False) is not None for token in list(self._sessions))

    def log_out(self, token: str | None) -> None:
        """End a session."""
        self._sessions.pop(token or "", None)


def source_of(remote: str | None) -> str:
    """The source that a request counts under: its address; all of the loopback is one."""
    return LOOPBACK if remote in ("127.0.0.1", "::1", None) else str(remote)
