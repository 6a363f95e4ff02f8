"""The second factor of an account: made, confirmed by a first code, asked at each log-in.

Secrets stand encrypted in the database: a copy of it alone opens nothing.
"""

import nacl.exceptions
import nacl.secret
from sqlalchemy import Connection, select, update

from office.access import totp
from office.registry import RegistryError
from office.schema import accounts


def begin(connection: Connection, login: str, box: nacl.secret.SecretBox) -> bytes:
    """The secret to confirm: the one that waits, or a new one. Raises RegistryError once it is confirmed."""
    row = connection.execute(select(accounts).where(accounts.c.login == login)).one()
    if row.totp_step is not None:
        raise RegistryError(f"account {login} has a second factor.", "Tài khoản đã có mã xác thực.")
    if row.totp is not None and (secret := _open(box, row.totp)) is not None:
        return secret
    secret = totp.new_secret()
    same = accounts.c.login == login
    connection.execute(update(accounts).where(same).values(totp=bytes(box.encrypt(secret))))
    return secret


def confirm(connection: Connection, login: str, given: str, box: nacl.secret.SecretBox, now: int) -> bool:
    """Whether the code is right; from then on it is asked at each log-in."""
    row = connection.execute(select(accounts).where(accounts.c.login == login)).one()
    secret = None if row.totp is None else _open(box, row.totp)
    return secret is not None and _use(connection, login, secret, given, row.totp_step, now)


def passes(connection: Connection, login: str, given: str, box: nacl.secret.SecretBox, now: int) -> bool:
    """Whether the account may log in with this code; any code will do where none is asked."""
    row = connection.execute(select(accounts).where(accounts.c.login == login)).one()
    if row.totp_step is None:
        return True
    secret = _open(box, row.totp)
    return secret is not None and _use(connection, login, secret, given, row.totp_step, now)


def remove(connection: Connection, login: str) -> None:
    """Forget it, because the phone is lost: an administrator makes another at the next log-in."""
    gone = update(accounts).where(accounts.c.login == login).values(totp=None, totp_step=None)
    if connection.execute(gone).rowcount == 0:
        raise RegistryError(f"there is no account {login}.", f"Không có tài khoản {login}.")


def _use(connection: Connection, login: str, secret: bytes, given: str, last: int | None, now: int) -> bool:
    step = totp.matching_step(secret, given, now, last)
    if step is None:
        return False
    # Of two requests with one code, one finds the step already used.
    unused = accounts.c.totp_step.is_(None) | (accounts.c.totp_step < step)
    used = update(accounts).where(accounts.c.login == login, unused).values(totp_step=step)
    return connection.execute(used).rowcount == 1


def _open(box: nacl.secret.SecretBox, sealed: bytes) -> bytes | None:
    try:
        return box.decrypt(sealed)
    except nacl.exceptions.CryptoError:
        return None
