"""Who is logged in: a signed cookie, so that web workers keep no state and multiply freely.

The cookie says who and until when, and is signed by a key of its own. A session ends when it expires,
when the account is disabled, and when its password changes. The CSRF token of a session is derived
from its cookie, which no script and no other site can read.
"""

import base64
import binascii
import hashlib
import hmac
import json
import time
from typing import NamedTuple

from aiohttp import web
from sqlalchemy import Connection, select

from office import accounts, keys, schema
from office.accounts import Account
from office.settings import Settings

COOKIE = "ocop_office"
LIVES_MS = 12 * 3_600_000
_PREFIX = b"OCOP-SESSION-1"
_ROLE = "session"

# Wrong passwords: so many in so many seconds, for a login or from an address, and then a pause.
_TRIES = 8
_PAUSE = 300.0


class Session(NamedTuple):
    """An account that is logged in, and the token that its forms must carry."""

    account: Account
    csrf: str


class Sessions:
    """Makes and reads session cookies."""

    def __init__(self, settings: Settings) -> None:
        """Makes the key that signs cookies unless there is one. Raises CommandError."""
        folder = settings.folder / "keys"
        keys.create(folder, _ROLE)
        self._signer = keys.load(folder, _ROLE)
        self.secure = settings.base_url.startswith("https://")

    def begin(self, connection: Connection, account: Account, now: int) -> str:
        """The cookie of a new session."""
        claims = [account.login, now + LIVES_MS, _password_mark(connection, account.login)]
        body = _to_text(json.dumps(claims).encode())
        return f"{body}.{_to_text(self._signer.sign(_PREFIX + body.encode()))}"

    def read(self, connection: Connection, cookie: str, now: int) -> Session | None:
        """The session of a cookie, None when it is not ours, has expired or was ended."""
        body, _, signature = cookie.partition(".")
        try:
            signed = keys.verify(self._signer.public, _PREFIX + body.encode(), _to_bytes(signature))
        except (ValueError, binascii.Error):
            return None
        if not signed:
            return None
        login, expires, mark = json.loads(_to_bytes(body))
        account = accounts.find(connection, login)
        if account is None or now >= expires or mark != _password_mark(connection, login):
            return None
        return Session(account, _csrf(cookie))


class Lockout:
    """Counts wrong passwords by login and by address. Each worker counts for itself."""

    def __init__(self) -> None:
        self._wrong: dict[str, list[float]] = {}

    def locked(self, login: str, address: str) -> bool:
        """Whether this login or this address must wait."""
        return any(len(self._recent(name)) >= _TRIES for name in _names(login, address))

    def wrong(self, login: str, address: str) -> None:
        """A wrong password."""
        for name in _names(login, address):
            self._wrong[name] = [*self._recent(name), time.monotonic()]

    def right(self, login: str, address: str) -> None:
        """A right password clears the login; its address may still be trying others."""
        self._wrong.pop(_names(login, address)[0], None)

    def _recent(self, name: str) -> list[float]:
        newer = time.monotonic() - _PAUSE
        recent = [at for at in self._wrong.get(name, []) if at > newer]
        if not recent:
            self._wrong.pop(name, None)
        return recent


def same_csrf(session: Session, given: object) -> bool:
    """Whether a form carried the session's token."""
    return isinstance(given, str) and hmac.compare_digest(session.csrf.encode(), given.encode())


def from_elsewhere(request: web.Request) -> bool:
    """Whether a browser says that another site sent this request."""
    return request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")


def _names(login: str, address: str) -> tuple[str, str]:
    return f"login {login.strip().lower()[:40]}", f"address {address}"


def _csrf(cookie: str) -> str:
    return hashlib.sha256(b"OCOP-CSRF-1" + cookie.encode()).hexdigest()


def _password_mark(connection: Connection, login: str) -> str:
    """Changes with the password, and says nothing about it."""
    table = schema.accounts
    row = connection.execute(select(table.c.salt, table.c.password).where(table.c.login == login)).one()
    return hashlib.sha256(b"OCOP-PASSWORD-MARK-1" + row.salt + row.password).hexdigest()[:16]


def _to_text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _to_bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


SESSIONS: web.AppKey[Sessions] = web.AppKey("sessions", Sessions)
LOCKOUT: web.AppKey[Lockout] = web.AppKey("lockout", Lockout)
