"""Named counters in the database, raised inside the transaction that they tell of."""

from sqlalchemy import Connection, select, text

from office.schema import counters

REGISTRY = "registry"  # anything of the catalogue but what was sold
SOLD = "sold"
ORDINALS = "ordinals"  # the next batch's base ordinal

_RAISE = text(
    "INSERT INTO counters (name, value) VALUES (:name, :step)"
    " ON CONFLICT (name) DO UPDATE SET value = counters.value + excluded.value RETURNING value"
)


def raise_by(connection: Connection, name: str, step: int = 1) -> int:
    """Add `step` to a counter and return its value before. A new counter begins at 0.

    Locks the counter's row until the end of the transaction: whoever raises a counter first thing
    runs alone, on PostgreSQL as on SQLite.
    """
    # One statement, so that two who begin a counter at once do not meet.
    return int(connection.execute(_RAISE, {"name": name, "step": step}).scalar_one()) - step


def read(connection: Connection) -> dict[str, int]:
    """All counters by name."""
    rows = connection.execute(select(counters.c.name, counters.c.value))
    return {row.name: row.value for row in rows}
