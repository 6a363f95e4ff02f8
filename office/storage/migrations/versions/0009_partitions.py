"""Sales, their lines and scans in partitions by time on PostgreSQL; a line has the time of its sale.

The key of a partitioned table must hold the time. `entries` stays whole: it is what makes (device, seq, hash) unique.
"""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_LOCAL = timezone(timedelta(hours=7))
_KEY = ["device", "seq", "hash", "at"]
_ENTRY = ["device", "seq", "hash"]
_TABLES = ("scans", "sales", "sale_lines")  # in this order they can be filled
_INDEXES = {
    "scans": (["outlet", "at"], ["gtin", "serial"]),
    "sales": (["outlet", "at"], ["at"]),
    "sale_lines": (["gtin", "serial"], ["ordinal"]),
}
_COLUMNS = {
    "scans": "device, seq, hash, at, outlet, reader, purpose, verdict, action, kind, gtin, serial",
    "sales": "device, seq, hash, at, outlet, staff, total, change, catalogue, flagged, held",
    "sale_lines": "device, seq, hash, at, line, gtin, serial, ordinal, qty, price, amount, lot, verdict, flagged",
}


def upgrade() -> None:
    connection = op.get_bind()
    postgresql = connection.dialect.name == "postgresql"
    for table in reversed(_TABLES):
        for columns in _INDEXES[table]:
            op.drop_index(f"ix_{table}_{'_'.join(columns)}", table)
        op.rename_table(table, f"{table}_old")
        if postgresql:
            op.execute(f"ALTER TABLE {table}_old RENAME CONSTRAINT pk_{table} TO pk_{table}_old")
    _scans()
    _sales()
    _lines()
    if postgresql:
        _make_partitions(connection)
    for table in _TABLES:
        names, old = _COLUMNS[table], f"{table}_old o"
        if table == "sale_lines":
            names = ", ".join(f"s.{name}" if name == "at" else f"o.{name}" for name in names.split(", "))
            old += " JOIN sales_old s ON s.device = o.device AND s.seq = o.seq AND s.hash = o.hash"
        op.execute(f"INSERT INTO {table} ({_COLUMNS[table]}) SELECT {names} FROM {old}")  # noqa: S608
        for columns in _INDEXES[table]:
            op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns)
    for table in reversed(_TABLES):
        op.drop_table(f"{table}_old")


def downgrade() -> None:
    raise NotImplementedError("restore the backup from before")


def _key() -> "list[sa.Column[Any]]":
    return [
        sa.Column("device", sa.String(length=24), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
    ]


def _scans() -> None:
    op.create_table(
        "scans",
        *_key(),
        sa.Column("outlet", sa.String(length=20), nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("verdict", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("gtin", sa.String(length=14), nullable=True),
        sa.Column("serial", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            _ENTRY, [f"entries.{name}" for name in _ENTRY], name=op.f("fk_scans_device_seq_hash")
        ),
        sa.ForeignKeyConstraint(["outlet"], ["outlets.code"], name=op.f("fk_scans_outlet")),
        sa.PrimaryKeyConstraint(*_KEY, name=op.f("pk_scans")),
        postgresql_partition_by="RANGE (at)",
    )


def _sales() -> None:
    op.create_table(
        "sales",
        *_key(),
        sa.Column("outlet", sa.String(length=20), nullable=False),
        sa.Column("staff", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("catalogue", sa.BigInteger(), nullable=True),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            _ENTRY, [f"entries.{name}" for name in _ENTRY], name=op.f("fk_sales_device_seq_hash")
        ),
        sa.ForeignKeyConstraint(["outlet"], ["outlets.code"], name=op.f("fk_sales_outlet")),
        sa.PrimaryKeyConstraint(*_KEY, name=op.f("pk_sales")),
        postgresql_partition_by="RANGE (at)",
    )


def _lines() -> None:
    op.create_table(
        "sale_lines",
        *_key(),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("gtin", sa.String(length=14), nullable=False),
        sa.Column("serial", sa.BigInteger(), nullable=True),
        sa.Column("ordinal", sa.BigInteger(), nullable=True),
        sa.Column("qty", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("lot", sa.String(length=40), nullable=True),
        sa.Column("verdict", sa.String(length=40), nullable=False),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            _KEY, [f"sales.{name}" for name in _KEY], name=op.f("fk_sale_lines_device_seq_hash_at")
        ),
        sa.PrimaryKeyConstraint(*_KEY, "line", name=op.f("pk_sale_lines")),
        postgresql_partition_by="RANGE (at)",
    )


def _make_partitions(connection: sa.Connection) -> None:
    """The default ones, and one for each year or month in which the office received anything."""
    for table in _TABLES:
        op.execute(f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT")
    received = connection.execute(sa.text("SELECT min(received_at), max(received_at) FROM entries")).one()
    if received[0] is None:
        return
    first, last = (datetime.fromtimestamp(at / 1000, UTC).astimezone(_LOCAL) for at in received)
    for table in _TABLES:
        step, pattern = (1, "%Y_%m") if table == "scans" else (12, "%Y")
        number = (first.year * 12 + first.month - 1) // step * step
        while number <= last.year * 12 + last.month - 1:
            start, end = _month(number), _month(number + step)
            bounds = f"({int(start.timestamp()) * 1000}) TO ({int(end.timestamp()) * 1000})"
            op.execute(
                f"CREATE TABLE {table}_{start:{pattern}} PARTITION OF {table} FOR VALUES FROM {bounds}"
            )
            number += step


def _month(number: int) -> datetime:
    return datetime(number // 12, number % 12 + 1, 1, tzinfo=_LOCAL)
