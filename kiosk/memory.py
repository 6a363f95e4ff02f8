"""A catalogue held in plain dicts: for boards with a small catalogue, and for tests.

Same answers as the kiosk's SQLite file, from the same rows (see `kiosk.lookups.Catalogue`).
"""

from kiosk.patterns import Patterns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    Row = dict[str, Any]

_KEYS: "Final" = (
    ("producers", "id"),
    ("products", "id"),
    ("trade_items", "gtin"),
    ("lots", "id"),
    ("recalls", "lot"),
    ("withdrawals", "product"),
    ("settings", "name"),
)
_RANGES: "Final" = ("batches", "activations", "voids", "tombstones")


class MemoryCatalogue:
    """Look-ups in verified documents.

    root      the `signed` part of root: hosts, and stamp_keys [{k, public (hex), retired}]
    current   that of current: version, issued
    segments  {name: rows}; a segment may be missing. The rows are kept, not copied.
    """

    def __init__(self, root: "Row", current: "Row", segments: "dict[str, list[Row]]") -> None:
        self.version: int = current["version"]
        self.issued: int = current["issued"]
        self.hosts: list[str] = root["hosts"]
        self.patterns = Patterns(segments.get("patterns", ()))
        self._stamp_keys = {key["k"]: key for key in root["stamp_keys"]}
        self._rows: dict[str, dict[str, Row]] = {}
        for name, key in _KEYS:
            self._rows[name] = {row[key]: row for row in segments.get(name, ())}
        self._rows["contracts"] = {}
        for row in sorted(segments.get("contracts", ()), key=lambda row: row["from"]):
            self._rows["contracts"][row["producer"]] = row  # of several, the newest
        self._ranges: dict[str, dict[str, list[Row]]] = {}
        for name in _RANGES:
            found: dict[str, list[Row]] = {}
            for row in sorted(segments.get(name, ()), key=lambda row: row["first"]):
                found.setdefault(row["gtin"], []).append(row)
            self._ranges[name] = found

    def stamp_key(self, k: str) -> "bytes | None":
        """The public key that K names."""
        return bytes.fromhex(self._stamp_keys[k]["public"]) if k in self._stamp_keys else None

    def stamp_key_retired(self, k: str) -> bool:
        """Whether that key has retired."""
        return k in self._stamp_keys and bool(self._stamp_keys[k]["retired"])

    def trade_item(self, gtin: str) -> "Row | None":
        """The trade item of a GTIN-14."""
        return self._rows["trade_items"].get(gtin)

    def product(self, product_id: str) -> "Row | None":
        """A product by id."""
        return self._rows["products"].get(product_id)

    def producer(self, producer_id: str) -> "Row | None":
        """A producer by id."""
        return self._rows["producers"].get(producer_id)

    def lot(self, lot_id: str) -> "Row | None":
        """A lot by id."""
        return self._rows["lots"].get(lot_id)

    def recall(self, lot_id: str) -> "Row | None":
        """The recall of a lot."""
        return self._rows["recalls"].get(lot_id)

    def withdrawal(self, product_id: str) -> "Row | None":
        """The withdrawal of a product's recognition."""
        return self._rows["withdrawals"].get(product_id)

    def contract(self, producer_id: str) -> "Row | None":
        """This outlet's newest contract with a producer."""
        return self._rows["contracts"].get(producer_id)

    def setting(self, name: str) -> "Any":
        """A setting of the office, None if there is none."""
        row = self._rows["settings"].get(name)
        return None if row is None else row["value"]

    def batch(self, gtin: str, serial: int) -> "Row | None":
        """The batch that a serial lies in."""
        return self._range("batches", gtin, serial)

    def activation(self, gtin: str, serial: int) -> "Row | None":
        """The activation that a serial lies in."""
        return self._range("activations", gtin, serial)

    def voided(self, gtin: str, serial: int) -> bool:
        """Whether the stamp is void."""
        return self._range("voids", gtin, serial) is not None

    def deleted(self, gtin: str, serial: int) -> bool:
        """Whether a tombstone covers the stamp."""
        return self._range("tombstones", gtin, serial) is not None

    def _range(self, name: str, gtin: str, serial: int) -> "Row | None":
        """The range with the highest first serial not above this one, if it reaches so far."""
        rows = self._ranges[name].get(gtin, ())
        low, high = 0, len(rows)
        while low < high:
            middle = (low + high) // 2
            if rows[middle]["first"] <= serial:
                low = middle + 1
            else:
                high = middle
        return rows[low - 1] if low and rows[low - 1]["last"] >= serial else None
