"""Wrong passwords and codes: so many in five minutes, for a login or from an address, and then a pause.

Tries are counted in the database, so that every web worker knows them, and forgotten after the pause.
"""

from sqlalchemy import Connection, delete, func, insert, select

from office.schema import login_tries
from office.storage import database

TRIES = 8
PAUSE_MS = 300_000


def begin(connection: Connection, login: str, address: str, now: int) -> bool:
    """Count a try, before it is looked at: many at once are counted as well. False: this login or address must wait.

    `now` is ms UTC. Forgets those of before the pause.
    """
    if connection.dialect.name == "postgresql":  # one after the other, as SQLite's writers are
        connection.execute(select(func.pg_advisory_xact_lock(database.TRYING)))
    names = _names(login, address)
    recent = (
        select(func.count())
        .where(login_tries.c.name.in_(names), login_tries.c.at > now - PAUSE_MS)
        .group_by(login_tries.c.name)
    )
    if any(count >= TRIES for count in connection.execute(recent).scalars()):
        return False
    connection.execute(delete(login_tries).where(login_tries.c.at <= now - PAUSE_MS))
    connection.execute(insert(login_tries), [{"name": name, "at": now} for name in names])
    return True


def right(connection: Connection, login: str, address: str, now: int) -> None:
    """Clear the login, and of its address the try begun at `now`, which was right: it may be trying others too."""
    of_login, of_address = _names(login, address)
    begun = (login_tries.c.name == of_address) & (login_tries.c.at == now)
    own = select(func.max(login_tries.c.id)).where(begun).scalar_subquery()
    connection.execute(
        delete(login_tries).where((login_tries.c.name == of_login) | (login_tries.c.id == own))
    )


def _names(login: str, address: str) -> tuple[str, str]:
    return f"login {login.strip().lower()[:40]}", f"address {address}"[:80]
