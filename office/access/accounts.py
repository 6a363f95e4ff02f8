"""Accounts of the office's people: scrypt password hashes and roles."""

import hashlib
import hmac
import os
import unicodedata
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, insert, select, update

from office.access.permissions import ROLES
from office.registry import RegistryError
from office.schema import accounts, producers
from office.times import now_ms

SHORTEST = 8  # letters of a password
LONGEST = 200

_UNKNOWN_SALT = bytes(16)


class Account(NamedTuple):
    """A person who may log in: login, name, one of `permissions.ROLES`, and of which producer, "" if of none."""

    login: str
    name: str
    role: str
    producer: str = ""
    second: bool = False  # has a second factor


def hash_password(password: str, salt: bytes) -> bytes:
    """scrypt (RFC 7914) with n=2**14, r=8, p=1: 16 MiB and about 50 ms; 32 bytes."""
    text = unicodedata.normalize("NFC", password).encode()
    return hashlib.scrypt(text, salt=salt, n=2**14, r=8, p=1, dklen=32)


def add(
    connection: Connection,
    login: str,
    password: str,
    role: str,
    name: str = "",
    at: int | None = None,
    producer: str = "",
) -> None:
    """Add an account. `at` is ms UTC, now if not given; `producer` is whose account a producer's is.

    Raises RegistryError: a login that exists or is not 1 to 40 letters, a password that is too
    short or too long, an unknown role, a producer that is unknown or does not fit the role.
    """
    login = _login(login)
    if role not in ROLES:
        raise _no_role(role)
    _check(password)
    if connection.execute(select(accounts.c.login).where(accounts.c.login == login)).first():
        raise RegistryError(f"there is an account {login} already.", f"Đã có tài khoản {login}.", "login")
    _check_producer(connection, role, producer)
    salt = os.urandom(16)
    connection.execute(
        insert(accounts).values(
            login=login,
            name=name or login,
            role=role,
            salt=salt,
            password=hash_password(password, salt),
            created_at=now_ms() if at is None else at,
            producer=producer or None,
        )
    )


def change(
    connection: Connection,
    login: str,
    password: str | None = None,
    disabled: bool | None = None,
    role: str | None = None,
    producer: str = "",
) -> None:
    """Give an account a new password or role, or disable or enable it.

    Raises RegistryError, also when nobody would be left as an administrator.
    """
    login = named(connection, login)
    values: dict[str, object] = {}
    if password is not None:
        _check(password)
        salt = os.urandom(16)
        values |= {"salt": salt, "password": hash_password(password, salt)}
    if disabled is not None:
        values["disabled"] = disabled
    if role is not None:
        if role not in ROLES:
            raise _no_role(role)
        _check_producer(connection, role, producer)
        values |= {"role": role, "producer": producer or None}
    if not values:
        raise RegistryError(
            f"there is nothing to change about account {login}.",
            f"Không có gì để đổi ở tài khoản {login}.",
        )
    if disabled or (role or "administrator") != "administrator":
        _check_others(connection, login)
    connection.execute(update(accounts).where(accounts.c.login == login).values(**values))


def named(connection: Connection, login: str) -> str:
    """The login of the account that somebody calls so, perhaps in capitals. Raises RegistryError when there is none."""
    found = connection.execute(select(accounts.c.login).where(accounts.c.login == _login(login)))
    known: str | None = found.scalar_one_or_none()
    if known is None:
        raise RegistryError(f"there is no account {login}.", f"Không có tài khoản {login}.")
    return known


def check(connection: Connection, login: str, password: str) -> Account | None:
    """The account that `login` and `password` open, or None. Takes as long for unknown logins."""
    if len(password) > LONGEST:
        return None
    row = connection.execute(select(accounts).where(accounts.c.login == login.strip().lower())).one_or_none()
    given = hash_password(password, _UNKNOWN_SALT if row is None else row.salt)
    if row is None or row.disabled or not hmac.compare_digest(given, row.password):
        return None
    return _account(row)


def find(connection: Connection, login: str) -> Account | None:
    """The account of a session that is still open, None when it is gone or disabled."""
    row = connection.execute(select(accounts).where(accounts.c.login == login)).one_or_none()
    return None if row is None or row.disabled else _account(row)


def everybody(connection: Connection) -> list[Row[Any]]:
    """All accounts, for administrators: login, name, role, producer, disabled, totp_step, created_at."""
    names = ("login", "name", "role", "producer", "disabled", "totp_step", "created_at")
    rows = connection.execute(select(*(accounts.c[name] for name in names)).order_by(accounts.c.login))
    return list(rows)


def _account(row: Row[Any]) -> Account:
    return Account(row.login, row.name, row.role, row.producer or "", row.totp_step is not None)


def _no_role(role: str) -> RegistryError:
    known = ", ".join(ROLES)
    return RegistryError(
        f"there is no role {role!r}; there are {known}.",
        f"Không có vai trò {role!r}; chỉ có {known}.",
        "role",
    )


def _check_producer(connection: Connection, role: str, producer: str) -> None:
    if (role == "producer") != bool(producer):
        raise RegistryError(
            "an account of the role producer, and no other, belongs to a producer.",
            "Tài khoản chủ thể (và chỉ loại này) phải gắn với một chủ thể.",
            "producer",
        )
    known = select(producers.c.id).where(producers.c.id == producer)
    if producer and connection.execute(known).first() is None:
        raise RegistryError(f"there is no producer {producer}.", f"Không có chủ thể {producer}.", "producer")


def _check_others(connection: Connection, login: str) -> None:
    """That there is another administrator, if this is one."""
    active = (accounts.c.role == "administrator") & ~accounts.c.disabled
    # Locked: two administrators may be about to disable each other.
    query = select(accounts.c.login).where(active).order_by(accounts.c.login).with_for_update()
    if list(connection.execute(query).scalars()) == [login]:
        raise RegistryError(
            f"{login} is the last administrator; make another first.",
            f"{login} là quản trị cuối cùng; hãy tạo một quản trị khác trước.",
        )


def _login(login: str) -> str:
    login = login.strip().lower()
    if not login or len(login) > 40 or not all(letter.isalnum() or letter in "._-" for letter in login):
        raise RegistryError(
            "a login is 1 to 40 letters, digits, dots and dashes.",
            "Tên đăng nhập gồm 1 đến 40 chữ, số, dấu chấm, gạch.",
            "login",
        )
    return login


def _check(password: str) -> None:
    if not SHORTEST <= len(password) <= LONGEST:
        raise RegistryError(
            f"a password has {SHORTEST} to {LONGEST} letters.",
            f"Mật khẩu dài {SHORTEST} đến {LONGEST} ký tự.",
            "password",
        )
