"""The office's database: engine, transactions, migrations.

SQLite by default (WAL, foreign keys, synchronous=FULL, so that a COMMIT is on disk); PostgreSQL by
its URL, `postgresql://user@host/name`.
"""

import math
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, select, text
from sqlalchemy.exc import (
    InvalidatePoolError,
    NoResultFound,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
)

_DRIVER = re.compile(r"^postgres(ql)?://")  # as everybody writes it; psycopg 3 is the driver
MIGRATIONS = Path(__file__).parent / "migrations"
_STATEMENTS = 150  # that SQLAlchemy keeps compiled, some 20 kB each
# As many as `outlets.waiting` has threads, and one. A page that needs one more opens it for itself: with a pool for every thread
# there could be, a few workers would use up the hundred that PostgreSQL gives.
_CONNECTIONS = 9
_IDLE = 1.0  # seconds after which a connection is asked whether it lives, before it is used
# PostgreSQL's advisory locks.
MIGRATING, PUBLISHING, UNDOING, SUMMING, TRYING = range(0x0C0B_0001, 0x0C0B_0006)


def open_engine(url: str) -> Engine:
    """An engine for `url`. SQLite waits up to 30 s for another writer."""
    engine = create_engine(
        _DRIVER.sub("postgresql+psycopg://", url), pool_size=_CONNECTIONS, query_cache_size=_STATEMENTS
    )
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        _ask_the_idle(engine)
    return engine


def _ask_the_idle(engine: Engine) -> None:
    """Ask connections that have been idle whether they live: a database that was restarted is no trouble for the next
    request. At each use, as the pool itself does it, that would be the dearest part of a short request."""

    def returned(_raw: Any, record: Any) -> None:
        record.info["idle since"] = time.monotonic()

    def taken(raw: Any, record: Any, _fairy: object) -> None:
        if time.monotonic() - record.info.get("idle since", math.inf) < _IDLE:
            return
        try:
            engine.dialect.do_ping(raw)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    event.listen(engine, "checkin", returned)
    event.listen(engine, "checkout", taken)


def _prepare_sqlite(raw: Any, _record: object) -> None:
    # The driver must not begin transactions by itself: we say when, and which kind.
    raw.isolation_level = None
    # A small cache, since each of a worker's threads has one, and the operating system keeps the pages too.
    pragmas = (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=30000",
        "cache_size=-500",
    )
    for pragma in pragmas:
        raw.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that begins as a reader and then writes can fail at once with "database is locked".
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that may write: committed at the end, rolled back on an exception."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads: one consistent picture of the data."""
    options = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


@contextmanager
def lookup(engine: Engine) -> Iterator[Connection]:
    """For one statement that reads: on PostgreSQL without a transaction, whose begin and end would cost more than it."""
    if engine.dialect.name == "sqlite":
        with reading(engine) as connection:
            yield connection
    else:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield connection


class OneOfAll:
    """One process of all that work on this database: whoever asks first, until it ends. On SQLite there is one anyway."""

    def __init__(self, engine: Engine, lock: int) -> None:
        self._engine = engine
        self._lock = lock
        self._held: Connection | None = None

    def mine(self) -> bool:
        """Whether that is this process. Raises SQLAlchemyError when the database does not answer."""
        if self._engine.dialect.name != "postgresql":
            return True
        if self._held is not None:
            try:
                self._held.execute(select(1))  # the lock lives as long as this session
            except SQLAlchemyError:
                self._held.invalidate()
                self._held.close()
                self._held = None
                raise
            return True
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if connection.execute(select(func.pg_try_advisory_lock(self._lock))).scalar_one():
            self._held = connection
            return True
        connection.close()
        return False


def migrate(engine: Engine) -> None:
    """Bring the database to the newest revision; creates it when it is empty."""
    if _revision(engine) == max(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py")):
        return
    # 9 MB in each process, and needed once.
    import alembic.command
    import alembic.config

    config = alembic.config.Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":  # workers that start at once: one migrates, the others wait
            connection.execute(select(func.pg_advisory_xact_lock(MIGRATING)))
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "head")


def _revision(engine: Engine) -> str | None:
    """The revision that the database is at, None for one without any tables."""
    try:
        with reading(engine) as connection:
            return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())
    except (
        OperationalError,
        ProgrammingError,
        NoResultFound,
    ):  # no such table; or nobody answers, as comes out next
        return None
