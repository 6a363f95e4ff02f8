"""What a verdict asks of its surroundings: the catalogue, what was sold, what lies in baskets.

The kiosk's service answers from SQLite, the office's resolver from its registry, tests from dicts.
The classes are for the type checker only; MicroPython never sees them. A row is a plain dict with
the fields of its catalogue segment; dates are ISO strings, times ms UTC, money whole đồng.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from kiosk.patterns import Patterns

    Row = dict[str, Any]

    class Catalogue(Protocol):
        """One installed catalogue. Every look-up answers None (or False) for what it does not hold."""

        @property
        def version(self) -> int:
            """`current.version`."""

        @property
        def issued(self) -> int:
            """`current.issued`, ms UTC."""

        @property
        def hosts(self) -> "list[str]":
            """The hosts whose stamps are ours, in capitals."""

        @property
        def patterns(self) -> "Patterns":
            """The older stamps' patterns: `Patterns(rows of the segment)`, made when the catalogue opens."""

        def stamp_key(self, k: str) -> "bytes | None":
            """The public key (32 bytes) that K names, also when it is retired."""

        def stamp_key_retired(self, k: str) -> bool:
            """Whether that key has retired with its last batch."""

        def trade_item(self, gtin: str) -> "Row | None":
            """{gtin, product, unit, net, price, stamped, mark}; `mark` is the highest serial issued. Goods
            that only the outlet's own list knows are answered too, with `stamped` False."""

        def product(self, product_id: str) -> "Row | None":
            """{id, name, name_en, stars, producer, recognised_until, grace_days, ...}"""

        def producer(self, producer_id: str) -> "Row | None":
            """{id, name, address, commune, district, phone, ...}"""

        def batch(self, gtin: str, serial: int) -> "Row | None":
            """{gtin, batch, first, last, base, k}: the batch that the serial lies in. `k` is "" for a
            batch of older, unsigned stamps."""

        def activation(self, gtin: str, serial: int) -> "Row | None":
            """{gtin, first, last, lot, at}: the activation that the serial lies in."""

        def lot(self, lot_id: str) -> "Row | None":
            """{id, gtin, code, produced, expires or None}"""

        def recall(self, lot_id: str) -> "Row | None":
            """{lot, at, reason}"""

        def withdrawal(self, product_id: str) -> "Row | None":
            """{product, on, produced_from or None (all stock), reason}"""

        def contract(self, producer_id: str) -> "Row | None":
            """{producer, from, until or None, grace_days}: this outlet's newest. Who is no outlet (the
            office's resolver) answers a contract without end."""

        def voided(self, gtin: str, serial: int) -> bool:
            """Whether the office has made this stamp void."""

        def deleted(self, gtin: str, serial: int) -> bool:
            """Whether a tombstone covers this stamp: its data was deleted."""

        def setting(self, name: str) -> "Any":
            """A setting of the office for this outlet, or None."""

    class Sold(Protocol):
        """What is known to be sold (`kiosk.sold` holds the rule). `ordinal` is the stamp's place in
        the published sets, None for an older stamp in no batch, which cannot be in them. The answer is
        None for not sold; a dict says what more is known: {number, at, outlet}."""

        def here(self, gtin: str, serial: int, ordinal: "int | None") -> "Row | None":
            """The open sale at this outlet."""

        def elsewhere(self, gtin: str, serial: int, ordinal: "int | None") -> "Row | None":
            """The open sale at another outlet."""

    class Basket(Protocol):
        """For sell and receive: the stamps of every other line, in this basket and all others. For
        look: those of every line. For return: the open lines of the named sale, a line without a
        stamp as (gtin, None)."""

        def __contains__(self, __stamp: object) -> bool:
            """Whether (gtin, serial) is in it."""
