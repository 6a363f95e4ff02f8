"""How devices are, how far a recall has reached, and what phones look at."""

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Integer, String, Table

from office.schema.base import metadata

# The last health report of each device (`office.outlets.health`).
device_health = Table(
    "device_health",
    metadata,
    Column("device", ForeignKey("devices.id"), primary_key=True),
    Column("at", BigInteger, nullable=False),  # by the office's clock
    Column("report", JSON, nullable=False),
)

# A recall or withdrawal that has gone out: with which version of the catalogue, to every outlet the same.
published_endings = Table(
    "published_endings",
    metadata,
    Column("kind", String(12), primary_key=True),  # recalls | withdrawals
    Column("key", String(40), primary_key=True),  # the lot, the product
    Column("version", BigInteger, nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
)

# When a device that knew an older catalogue installed one that holds it.
reached_endings = Table(
    "reached_endings",
    metadata,
    Column("kind", String(12), primary_key=True),
    Column("key", String(40), primary_key=True),
    Column("device", ForeignKey("devices.id"), primary_key=True),
    Column("at", BigInteger, nullable=False),  # by the device's clock
)

# Looks of phones at signed stamps, a row a stamp and day: no address, no phone, no place.
phone_looks = Table(
    "phone_looks",
    metadata,
    Column("gtin", String(14), primary_key=True),
    Column("serial", BigInteger, primary_key=True, autoincrement=False),
    Column("day", Integer, primary_key=True, autoincrement=False),  # local days since 1970-01-01
    Column("looks", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
