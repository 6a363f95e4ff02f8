"""Staff: who they are, their PINs, and the sessions of the staff page.

PINs are six digits, kept as scrypt hashes (16 MiB a try, RFC 7914) and checked one at a time.
"""

import asyncio
import hashlib
import hmac
import secrets
import sqlite3
import time
from typing import NamedTuple

SESSION_SECONDS = 12 * 3600
FREE_TRIES = 5  # wrong PINs before each further try is slowed down
SLOWEST = 8.0  # seconds

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


def _hash(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)


class Sessions:
    """Who is logged in. Lives in memory: a restart logs everybody out, baskets stay."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._sessions: dict[str, tuple[Person, float]] = {}
        self._one_at_a_time = asyncio.Lock()
        self._wrong = 0

    async def log_in(self, pin: str) -> tuple[str, Person] | None:
        """(token, person), or None for a wrong PIN."""
        person = await self.check(pin)
        if person is None:
            return None
        token = secrets.token_urlsafe(32)
        self._sessions[token] = (person, time.monotonic() + SESSION_SECONDS)
        return token, person

    async def check(self, pin: str) -> Person | None:
        """Whose PIN this is. Slows down after several wrong ones; never locks (design, 7)."""
        async with self._one_at_a_time:
            if self._wrong >= FREE_TRIES:
                await asyncio.sleep(min(SLOWEST, 2.0 ** (self._wrong - FREE_TRIES)))
            person = await asyncio.to_thread(find, self._db, pin)
            self._wrong = 0 if person else self._wrong + 1
            return person

    def person(self, token: str | None) -> Person | None:
        """Who holds this session."""
        held = self._sessions.get(token or "")
        if held is None or held[1] < time.monotonic():
            self._sessions.pop(token or "", None)
            return None
        return held[0]

    def log_out(self, token: str | None) -> None:
        """End a session."""
        self._sessions.pop(token or "", None)
