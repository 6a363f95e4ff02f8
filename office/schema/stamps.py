"""Stamps: issued, activated, void, deleted; and those from before."""

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from office.schema.base import BigId, metadata

batches = Table(
    "batches",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("gtin", ForeignKey("trade_items.gtin"), nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("base", BigInteger, nullable=False, unique=True),  # ordinal of `first`, never used again
    Column("k", String(1), nullable=False),  # the stamp key's name; "" for older, unsigned stamps
    Column("issued_at", BigInteger, nullable=False),
    Column("issued_by", Text, nullable=False, default=""),
    Column("fee", BigInteger, nullable=False, default=0, server_default="0"),  # đồng a stamp
    # Stamps that were activated, and neither sold nor void, when their data was deleted.
    Column("expired", BigInteger, nullable=False, default=0, server_default="0"),
    UniqueConstraint("gtin", "first"),
    CheckConstraint('"first" >= 1 AND "last" >= "first" AND "last" <= 4294967295', name="range"),
    sqlite_autoincrement=True,
)

activations = Table(
    "activations",
    metadata,
    Column("gtin", ForeignKey("trade_items.gtin"), primary_key=True),
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
    Column("lot", ForeignKey("lots.id"), nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False, default="", server_default=""),
    CheckConstraint('"last" >= "first"', name="range"),
)

voids = Table(
    "voids",
    metadata,
    Column("gtin", ForeignKey("trade_items.gtin"), primary_key=True),
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    CheckConstraint('"last" >= "first"', name="range"),
)

# Serials whose data was deleted, one calendar month past expiry.
tombstones = Table(
    "tombstones",
    metadata,
    Column("gtin", ForeignKey("trade_items.gtin"), primary_key=True),
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
)

# How the addresses of older, unsigned stamps are written (`kiosk.patterns`).
patterns = Table(
    "patterns",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("pattern", Text, nullable=False),
    Column("items", JSON, nullable=False),  # the address's code for a trade item: its GTIN
    Column("last_day", String(10), nullable=False),
)
