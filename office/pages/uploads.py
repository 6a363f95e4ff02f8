"""Files that wait in the database between looking at what they would do and doing it."""

import secrets

from sqlalchemy import Connection, Row, delete, insert, select

from office.registry import RegistryError
from office.schema import uploads

KEPT_MS = 86_400_000


Upload = Row[tuple[str, int, str, str, bytes]]
"""A file that waits: id, at (ms UTC), by, name, data."""


def keep(connection: Connection, name: str, data: bytes, by: str, at: int) -> str:
    """Keep a file for a day; returns by which name only its owner can ask for it."""
    connection.execute(delete(uploads).where(uploads.c.at < at - KEPT_MS))
    number = secrets.token_hex(16)
    connection.execute(insert(uploads).values(id=number, at=at, by=by, name=name, data=data))
    return number


def get(connection: Connection, number: str, by: str) -> Upload:
    """The file that `by` sent. Raises RegistryError when it is gone, or somebody else's."""
    row = connection.execute(select(uploads).where(uploads.c.id == number, uploads.c.by == by)).one_or_none()
    if row is None:
        raise RegistryError(
            "this file is not here any more; send it again.", "Tệp này không còn nữa; hãy gửi lại."
        )
    return row


def drop(connection: Connection, number: str, by: str) -> None:
    """Forget a file that `by` sent."""
    connection.execute(delete(uploads).where(uploads.c.id == number, uploads.c.by == by))
