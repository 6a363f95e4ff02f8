"""What the office keeps to do its work: published catalogues, settings, accounts, audit."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
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
    Column("role", String(20), nullable=False),  # of office.access.permissions.ROLES
    Column("salt", LargeBinary(16), nullable=False),
    Column("password", LargeBinary(32), nullable=False),  # scrypt
    Column("created_at", BigInteger, nullable=False),
    Column("disabled", Boolean, nullable=False, default=False),
    Column("producer", ForeignKey("producers.id")),  # of a producer's own account
    Column("totp", LargeBinary),  # the second factor's secret, encrypted
    Column("totp_step", BigInteger),  # the last one used; NULL: not confirmed yet
    CheckConstraint(
        "role IN ('administrator', 'registrar', 'officer', 'inspector', 'producer', 'viewer')", name="role"
    ),
    CheckConstraint("(role = 'producer') = (producer IS NOT NULL)", name="producer"),
)

# Wrong passwords and codes, by login and by address, so that every web worker counts the same.
login_tries = Table(
    "login_tries",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("name", String(80), nullable=False),
    Column("at", BigInteger, nullable=False),
    Index(None, "name", "at"),
)

# Sessions that were logged out, by the SHA-256 of what was signed; forgotten once they would have expired.
ended_sessions = Table(
    "ended_sessions",
    metadata,
    Column("cookie", LargeBinary(32), primary_key=True),
    Column("expires", BigInteger, nullable=False, index=True),
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

# The history of every record of the registry (`office.registry.changes`).
changes = Table(
    "changes",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("kind", String(20), nullable=False),  # the record's table
    Column("key", Text, nullable=False),
    Column("before", JSON(none_as_null=True)),  # the row; NULL: it was added
    Column("after", JSON(none_as_null=True)),  # the row; NULL: it was removed
    Column("undoes", BigInteger),  # the change that it took back
    Index(None, "kind", "key"),
)

# Files that wait to be imported, once somebody has seen what they would do.
uploads = Table(
    "uploads",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
