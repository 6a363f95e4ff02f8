"""Wrong passwords and codes: so many in five minutes, for a login or from an address, and then a pause.

They are counted in the database, so that every web worker knows them, and forgotten after the pause.
"""

from sqlalchemy import Connection, delete, func, insert, select

from office.schema import login_tries

TRIES = 8
PAUSE_MS = 300_000


def locked(connection: Connection, login: str, address: str, now: int) -> bool:
    """Whether this login or this address must wait."""
    recent = (
        select(func.count())
        .where(login_tries.c.name.in_(_names(login, address)), login_tries.c.at > now - PAUSE_MS)
        .group_by(login_tries.c.name)
    )
    return any(count >= TRIES for count in connection.execute(recent).scalars())


def wrong(connection: Connection, login: str, address: str, now: int) -> None:
    """Count a wrong password or code, and forget those of before."""
    connection.execute(delete(login_tries).where(login_tries.c.at <= now - PAUSE_MS))
    connection.execute(insert(login_tries), [{"name": name, "at": now} for name in _names(login, address)])


def right(connection: Connection, login: str) -> None:
    """Clear the login; its address may still be trying others."""
    connection.execute(delete(login_tries).where(login_tries.c.name == _names(login, "")[0]))


def _names(login: str, address: str) -> tuple[str, str]:
    return f"login {login.strip().lower()[:40]}", f"address {address}"[:80]
