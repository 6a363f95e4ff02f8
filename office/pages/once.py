"""A form that is sent again, by Back, reload or a second press, leads to what it did before and does nothing more.

It carries a mark. What it does leaves, in the same transaction, a row for the mark and the form's texts; whoever goes back
and changes the texts sends another form.
"""

import hashlib
import re
import secrets
from collections.abc import Callable

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite
from yarl import URL

from office.pages.uploads import KEPT_MS
from office.schema import uploads

MARK = "once"
"""The field that has the mark."""


def mark(now: int) -> str:
    """A new mark at `now` (ms UTC)."""
    return f"{now:012x}{secrets.token_hex(10)}"


def holds(texts: dict[str, str], now: int) -> bool:
    """Whether a form has a mark, and of less than a day ago: for so long it is remembered."""
    found = texts.get(MARK, "")
    return bool(re.fullmatch("[0-9a-f]{32}", found)) and abs(now - int(found[:12], 16)) < KEPT_MS


def do(connection: Connection, texts: dict[str, str], by: str, now: int, act: Callable[[], str]) -> str:
    """Do what the form with these texts is for, unless it was done; returns the address to go to, which says which."""
    number = _number(texts, by)
    adding = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(uploads)
    row = {"id": number, "at": now, "by": by, "name": MARK, "data": b""}
    # On PostgreSQL this waits for another worker that does the same just now.
    added = adding.values(row).on_conflict_do_nothing().returning(uploads.c.id)
    if connection.execute(added).first() is None:
        done = connection.execute(select(uploads.c.data).where(uploads.c.id == number)).scalar_one()
        return _saying(done.decode(), "already")
    where = act()
    connection.execute(update(uploads).where(uploads.c.id == number).values(data=where.encode()))
    return _saying(where, "saved")


def _number(texts: dict[str, str], by: str) -> str:
    sent = sorted((name, text) for name, text in texts.items() if name != "csrf")
    return hashlib.sha256(repr((by, sent)).encode()).hexdigest()[:32]


def _saying(where: str, what: str) -> str:
    return str(URL(where).update_query({what: "1"}))
