"""GTINs from the office's own GS1 prefix, for producers who have none."""

from sqlalchemy import Connection, func, select

from office import schema
from office.registry.errors import RegistryError
from office.storage import counters
from scanner import check_digits


def assign(connection: Connection, prefix: str) -> str:
    """The next free GTIN under `prefix` (6 to 11 digits of a GTIN-13), 14 digits with its check digit.

    Raises RegistryError without a prefix, or when all its numbers are taken.
    """
    if not prefix:
        raise RegistryError(
            "the office has no GS1 prefix of its own (stamps.gs1_prefix in office.toml); enter a GTIN.",
            "Văn phòng chưa có tiền tố GS1 (stamps.gs1_prefix trong office.toml); hãy nhập GTIN.",
            "gtin",
        )
    counters.raise_by(connection, counters.REGISTRY)  # one at a time
    table, room = schema.trade_items, 12 - len(prefix)
    newest = connection.execute(
        select(func.max(table.c.gtin)).where(table.c.gtin.like(f"0{prefix}%"))
    ).scalar_one()
    number = int(newest[1 + len(prefix) : -1]) + 1 if newest else 1
    if number >= 10**room:
        raise RegistryError(
            f"all {10**room} numbers of prefix {prefix} are taken; enter a GTIN.",
            f"Đã dùng hết số của tiền tố {prefix}; hãy nhập GTIN.",
            "gtin",
        )
    body = f"0{prefix}{number:0{room}d}"
    return next(body + digit for digit in "0123456789" if check_digits.is_gtin14(body + digit))
