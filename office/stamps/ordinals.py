"""Ordinals of stamps by the office's own batches: base ordinal + serial - first."""

from bisect import bisect
from collections.abc import Iterable

from sqlalchemy import Connection, select

from office.schema import batches


class Ordinals:
    """The batches of the trade items of one segment."""

    def __init__(self, connection: Connection, gtins: Iterable[str]) -> None:
        table = batches
        rows = connection.execute(
            select(table.c.id, table.c.gtin, table.c.first, table.c.last, table.c.base)
            .where(table.c.gtin.in_(set(gtins)))
            .order_by(table.c.base)
        ).all()
        self._by_gtin: dict[str, list[tuple[int, int, int]]] = {}
        for row in rows:
            self._by_gtin.setdefault(row.gtin, []).append((row.first, row.last, row.base))
        self._bases = [row.base for row in rows]
        self._ids = [row.id for row in rows]

    def find(self, gtin: str, serial: int | None) -> int | None:
        """The ordinal, or None for a serial in no batch."""
        if serial is not None:
            for first, last, base in self._by_gtin.get(gtin, ()):
                if first <= serial <= last:
                    return base + serial - first
        return None

    def batch(self, ordinal: int) -> int:
        """The batch of an ordinal that `find` gave."""
        return int(self._ids[bisect(self._bases, ordinal) - 1])
