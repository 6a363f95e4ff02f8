"""Named counters in the database, raised inside the transaction that they tell of."""

from sqlalchemy import Connection, insert, select, update

from office.schema import counters

REGISTRY = "registry"  # anything of the catalogue but what was sold
SOLD = "sold"
ORDINALS = "ordinals"  # the next batch's base ordinal


def raise_by(connection: Connection, name: str, step: int = 1) -> int:
    """Add `step` to a counter and return its value before. A new counter begins at 0.

    Locks the counter's row until the end of the transaction: whoever raises a counter first thing
    runs alone, on PostgreSQL as on SQLite.
    """
    changed = connection.execute(
        update(counters).where(counters.c.name == name).values(value=counters.c.value + step)
    )
    if changed.rowcount == 0:
        connection.execute(insert(counters).values(name=name, value=step))
        return 0
    return read(connection)[name] - step


def read(connection: Connection) -> dict[str, int]:
    """All counters by name."""
    rows = connection.execute(select(counters.c.name, counters.c.value))
    return {row.name: row.value for row in rows}
