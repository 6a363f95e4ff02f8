"""GTINs of goods whose producers have none: which the office gave them before, or a new one from its own GS1 prefix."""

from typing import Any

from sqlalchemy import func, select

from office import schema
from office.registry.errors import RegistryError
from office.registry.store import Store
from scanner import check_digits

_ITEMS = schema.trade_items
_PACK = ("net", "unit")


def known(store: Store, pack: dict[str, Any]) -> str:
    """The GTIN of the trade item of this product, net content and unit, "" if there is none.

    Net content and unit count as far as `pack` says anything of them; capitals and spaces do not. Raises RegistryError
    when it may be several.
    """
    store.alone()  # nobody adds the same one meanwhile
    told = [name for name in _PACK if name in pack]
    alike = [
        row["gtin"]
        for row in store.having(_ITEMS, product=pack["product"])
        if all(_plain(row[name]) == _plain(pack[name]) for name in told)
    ]
    if len(alike) > 1:
        listed = ", ".join(sorted(alike))
        raise RegistryError(
            f"it may be any of {listed}; enter the GTIN of the one that is meant.",
            f"Có thể là một trong {listed}; hãy ghi GTIN của mặt hàng muốn nói.",
            "gtin",
        )
    return alike[0] if alike else ""


class Prefix:
    """The office's own GS1 prefix (6 to 11 digits of a GTIN-13; "": it has none), and the next of its numbers."""

    def __init__(self, digits: str) -> None:
        self._digits = digits
        self._next: int | None = None

    def take(self, store: Store) -> str:
        """The next free GTIN under it, 14 digits with its check digit.

        Raises RegistryError without a prefix, or when all its numbers are taken.
        """
        digits, room = self._digits, 12 - len(self._digits)
        if not digits:
            raise RegistryError(
                "the office has no GS1 prefix of its own (stamps.gs1_prefix in office.toml); enter a GTIN.",
                "Văn phòng chưa có tiền tố GS1 (stamps.gs1_prefix trong office.toml); hãy nhập GTIN.",
                "gtin",
            )
        if self._next is None:
            self._next = _newest(store, digits) + 1
        while self._next < 10**room:
            body = f"0{digits}{self._next:0{room}d}"
            gtin = next(body + digit for digit in "0123456789" if check_digits.is_gtin14(body + digit))
            self._next += 1
            if store.get(_ITEMS, gtin) is None:
                return gtin
        raise RegistryError(
            f"all {10**room} numbers of prefix {digits} are taken; enter a GTIN.",
            f"Đã dùng hết số của tiền tố {digits}; hãy nhập GTIN.",
            "gtin",
        )


def _newest(store: Store, digits: str) -> int:
    """The highest number under a prefix that is taken, 0 if none is."""
    store.alone()
    store.flush()
    highest = select(func.max(_ITEMS.c.gtin)).where(_ITEMS.c.gtin.like(f"0{digits}%"))
    gtin = store.connection.execute(highest).scalar_one()
    return int(gtin[1 + len(digits) : -1]) if gtin else 0


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()
