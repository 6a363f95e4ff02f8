"""Who is logged in: a signed cookie, so that web workers keep no state and multiply freely.

The cookie says who and until when, and is signed by a key of its own. A session ends when it expires, when
it is logged out, when the account is disabled, and when its password changes. The CSRF token of a session is derived
from its cookie, which no script and no other site can read.
"""

import base64
import binascii
import hashlib
import hmac
import json
from typing import NamedTuple

import nacl.secret
from aiohttp import web
from sqlalchemy import Connection, delete, insert, select

from config import durable
from office import schema
from office.access import accounts, second_factor
from office.access.accounts import Account
from office.publishing import keys
from office.settings import Settings

COOKIE = "ocop_office"
LIVES_MS = 12 * 3_600_000
_PREFIX = b"OCOP-SESSION-1"
_ROLE = "session"


class Session(NamedTuple):
    """An account that is logged in, and the token that its forms must carry."""

    account: Account
    csrf: str


class Sessions:
    """Makes and reads session cookies."""

    def __init__(self, settings: Settings) -> None:
        """Makes the key that signs cookies unless there is one. Raises CommandError, OSError."""
        folder = settings.folder / "keys"
        with durable.alone(settings.folder):  # workers that start at once all load the same one
            keys.create(folder, _ROLE)
        self._signer = keys.load(folder, _ROLE)
        self.secure = settings.base_url.startswith("https://")

        # A key of its own for the secrets of second factors; Ed25519 signs the same always the same.
        key = hashlib.sha256(self._signer.sign(b"OCOP-TOTP-KEY-1")).digest()
        self.box = nacl.secret.SecretBox(key)

    def second_factor(self, connection: Connection, account: Account, code: str, now: int) -> bool:
        """Whether the code of the second factor is right, where the account has one."""
        return second_factor.passes(connection, account.login, code, self.box, now)

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
        return None if _ended(connection, cookie) else Session(account, _csrf(cookie))

    def end(self, connection: Connection, cookie: str, now: int) -> None:
        """Log a session out: its cookie is worth nothing any more, whoever has it. Forgets those that expired."""
        table = schema.ended_sessions
        connection.execute(delete(table).where(table.c.expires <= now))
        if not _ended(connection, cookie):
            connection.execute(insert(table).values(cookie=_digest(cookie), expires=now + LIVES_MS))


def same_csrf(session: Session, given: object) -> bool:
    """Whether a form carried the session's token."""
    return isinstance(given, str) and hmac.compare_digest(session.csrf.encode(), given.encode())


def from_elsewhere(request: web.Request) -> bool:
    """Whether a browser says that another site sent this request."""
    return request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")


def from_here(request: web.Request) -> bool:
    """Whether a browser says that one of our pages, or the person alone, sent this request; older ones say nothing.

    `Origin` cannot stand in for it: our pages send no referrer, and with that browsers write "null" there.
    """
    return request.headers.get("Sec-Fetch-Site") in ("same-origin", "none")


def _ended(connection: Connection, cookie: str) -> bool:
    table = schema.ended_sessions
    found = select(table.c.cookie).where(table.c.cookie == _digest(cookie))
    return connection.execute(found).first() is not None


def _digest(cookie: str) -> bytes:
    """Of what is signed: the signature itself can be written in more than one way."""
    return hashlib.sha256(cookie.partition(".")[0].encode()).digest()


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
