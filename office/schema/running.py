"""What the office keeps to do its work: published catalogues, settings, accounts, audit."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from office.schema.base import BigId, metadata

roots = Table(
    "roots",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("envelope", LargeBinary, nullable=False),  # canonical JSON
)

catalogue_versions = Table(
    "catalogue_versions",
    metadata,
    Column("outlet", ForeignKey("outlets.code"), primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("issued", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),  # of `envelope`
    Column("envelope", LargeBinary, nullable=False),  # the signed `current`, canonical JSON
)

catalogue_segments = Table(
    "catalogue_segments",
    metadata,
    Column("sha256", String(64), primary_key=True),  # of the file's bytes
    Column("name", String(40), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("used_at", BigInteger, nullable=False),  # when a `current` last named it
)

# "registry" and "sold" are raised in the transaction that changes such data, so that the publisher
# asks one small question a second; "ordinals" is the base of the next batch.
counters = Table(
    "counters",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

settings = Table(
    "settings",
    metadata,
    Column("outlet", String(20), primary_key=True),  # "" for all outlets
    Column("name", String(40), primary_key=True),
    Column("value", JSON, nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    Column("login", String(40), primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", String(20), nullable=False),  # officer | registrar | viewer
    Column("salt", LargeBinary(16), nullable=False),
    Column("password", LargeBinary(32), nullable=False),  # scrypt
    Column("created_at", BigInteger, nullable=False),
    Column("disabled", Boolean, nullable=False, default=False),
    CheckConstraint("role IN ('officer', 'registrar', 'viewer')", name="role"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("at", BigInteger, nullable=False, index=True),
    Column("who", Text, nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", JSON, nullable=False, default=dict),
)
