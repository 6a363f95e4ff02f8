"""The office's tables, for SQLite and PostgreSQL alike (SQLAlchemy Core).

Times are integer ms UTC, calendar dates ISO texts (local, UTC+7), money integer đồng, GTINs 14
digits, hashes raw bytes. What a device reported is in `entries` as the exact bytes; `sales`,
`sale_lines` and `scans` are projections of it and can be built again.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows only in an INTEGER key

# --- registry ---------------------------------------------------------------------------------

producers = Table(
    "producers",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False, default=""),
    Column("commune", Text, nullable=False, default=""),
    Column("district", Text, nullable=False, default=""),
    Column("phone", Text, nullable=False, default=""),
    Column("lat_e5", Integer),  # degrees × 100,000
    Column("lon_e5", Integer),
)

products = Table(
    "products",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("producer", ForeignKey("producers.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False, default=""),
    Column("group", String(40), nullable=False, default=""),
    Column("group_name", Text, nullable=False, default=""),
    Column("commune", Text, nullable=False, default=""),
    Column("district", Text, nullable=False, default=""),
    Column("ingredients", Text, nullable=False, default=""),
    Column("process", Text, nullable=False, default=""),
    Column("storage", Text, nullable=False, default=""),
    Column("allergens", JSON, nullable=False, default=list),  # list of texts
    Column("story", Text, nullable=False, default=""),
    Column("illustrative", Boolean, nullable=False, default=False),  # sample data, not a real product
)

# The decisions that give stars; the newest by `recognised` counts.
recognitions = Table(
    "recognitions",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("product", ForeignKey("products.id"), nullable=False),
    Column("stars", Integer, nullable=False),
    Column("decision", Text, nullable=False, default=""),
    Column("recognised", String(10), nullable=False),
    Column("recognised_until", String(10), nullable=False),
    Column("grace_days", Integer, nullable=False, default=0),
    UniqueConstraint("product", "recognised"),
    CheckConstraint("stars BETWEEN 3 AND 5", name="stars"),
)

withdrawals = Table(
    "withdrawals",
    metadata,
    Column("product", ForeignKey("products.id"), primary_key=True),
    Column("on", String(10), nullable=False),
    Column("produced_from", String(10)),  # NULL: all stock, whenever produced
    Column("reason", Text, nullable=False),
)

trade_items = Table(
    "trade_items",
    metadata,
    Column("gtin", String(14), primary_key=True),
    Column("product", ForeignKey("products.id"), nullable=False, index=True),
    Column("unit", Text, nullable=False, default=""),
    Column("net", Text, nullable=False, default=""),
    Column("price", BigInteger),  # recommended, đồng
    Column("stamped", Boolean, nullable=False, default=True),
    Column("mark", BigInteger, nullable=False, default=0),  # highest serial issued
    CheckConstraint("length(gtin) = 14", name="gtin"),
)

lots = Table(
    "lots",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("gtin", ForeignKey("trade_items.gtin"), nullable=False, index=True),
    Column("code", Text, nullable=False),  # as printed on the pack
    Column("produced", String(10), nullable=False),
    Column("expires", String(10)),  # NULL: never
    UniqueConstraint("gtin", "code"),
)

recalls = Table(
    "recalls",
    metadata,
    Column("lot", ForeignKey("lots.id"), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
)

outlets = Table(
    "outlets",
    metadata,
    Column("code", String(20), primary_key=True),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False, default=""),
    Column("lat_e5", Integer),
    Column("lon_e5", Integer),
)

contracts = Table(
    "contracts",
    metadata,
    Column("outlet", ForeignKey("outlets.code"), primary_key=True),
    Column("producer", ForeignKey("producers.id"), primary_key=True),
    Column("from", String(10), primary_key=True),
    Column("until", String(10)),  # NULL: open-ended
    Column("grace_days", Integer, nullable=False, default=0),
)

# --- stamps -----------------------------------------------------------------------------------

batches = Table(
    "batches",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("gtin", ForeignKey("trade_items.gtin"), nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("base", BigInteger, nullable=False, unique=True),  # ordinal of `first`, never used again
    Column("k", String(1), nullable=False),  # the stamp key's name
    Column("issued_at", BigInteger, nullable=False),
    Column("issued_by", Text, nullable=False, default=""),
    UniqueConstraint("gtin", "first"),
    CheckConstraint('"first" >= 1 AND "last" >= "first" AND "last" <= 4294967295', name="range"),
    sqlite_autoincrement=True,
)

activations = Table(
    "activations",
    metadata,
    Column("gtin", String(14), primary_key=True),
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
    Column("lot", ForeignKey("lots.id"), nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    ForeignKeyConstraint(["gtin"], ["trade_items.gtin"]),
    CheckConstraint('"last" >= "first"', name="range"),
)

voids = Table(
    "voids",
    metadata,
    Column("gtin", String(14), primary_key=True),
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    ForeignKeyConstraint(["gtin"], ["trade_items.gtin"]),
    CheckConstraint('"last" >= "first"', name="range"),
)

# Serials whose data was deleted, one calendar month past expiry.
tombstones = Table(
    "tombstones",
    metadata,
    Column("gtin", String(14), primary_key=True),
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
    ForeignKeyConstraint(["gtin"], ["trade_items.gtin"]),
)

# --- devices and what they sent ----------------------------------------------------------------

devices = Table(
    "devices",
    metadata,
    Column("id", String(24), primary_key=True),  # outlet code and a letter
    Column("outlet", ForeignKey("outlets.code"), nullable=False, index=True),
    Column("public", String(64), nullable=False, unique=True),  # Ed25519, hex
    Column("state", String(10), nullable=False),  # active | forked | revoked
    Column("enrolled_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger),  # last request that was signed well
    Column("head_seq", BigInteger, nullable=False, default=0),  # of branch 0
    Column("head_hash", LargeBinary(32)),
    Column("mark_seq", BigInteger, nullable=False, default=0),  # up to here its sales are in the sold sets
    Column("mark_hash", LargeBinary(32)),
    CheckConstraint("state IN ('active', 'forked', 'revoked')", name="state"),
)

enrolment_codes = Table(
    "enrolment_codes",
    metadata,
    Column("hash", LargeBinary(32), primary_key=True),  # SHA-256 of the code
    Column("code", LargeBinary(16)),  # the HMAC's key; wiped once it has expired
    Column("outlet", ForeignKey("outlets.code"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("device", ForeignKey("devices.id")),  # who used it
)

# A device's journal is a tree by hash: branch 0, and a branch for each fork.
entries = Table(
    "entries",
    metadata,
    Column("device", ForeignKey("devices.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), primary_key=True),
    Column("prev_hash", LargeBinary(32), nullable=False),
    Column("header", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("state", String(12), nullable=False),  # ok | damaged | quarantined
    Column("branch", Integer, nullable=False),
    CheckConstraint("state IN ('ok', 'damaged', 'quarantined')", name="state"),
    Index(None, "device", "state"),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("device", ForeignKey("devices.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), primary_key=True),
    Column("envelope", LargeBinary, nullable=False),  # as the device signed it
)

sales = Table(
    "sales",
    metadata,
    Column("device", String(24), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), primary_key=True),
    Column("outlet", ForeignKey("outlets.code"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("staff", Text, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("change", BigInteger, nullable=False),
    Column("catalogue", BigInteger),  # version it was judged by
    Column("flagged", Boolean, nullable=False),
    Column("held", Boolean, nullable=False),  # stays out of the sold sets until a person releases it
    ForeignKeyConstraint(["device", "seq", "hash"], ["entries.device", "entries.seq", "entries.hash"]),
    Index(None, "outlet", "at"),
    Index(None, "at"),
)

sale_lines = Table(
    "sale_lines",
    metadata,
    Column("device", String(24), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),  # from 1
    Column("gtin", String(14), nullable=False),
    Column("serial", BigInteger),
    Column("ordinal", BigInteger, index=True),  # by the office's own batches; NULL: in none
    Column("qty", BigInteger, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("lot", String(40)),
    Column("verdict", String(40), nullable=False),
    Column("flagged", Boolean, nullable=False),
    ForeignKeyConstraint(["device", "seq", "hash"], ["sales.device", "sales.seq", "sales.hash"]),
    Index(None, "gtin", "serial"),
)

scans = Table(
    "scans",
    metadata,
    Column("device", String(24), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), primary_key=True),
    Column("outlet", ForeignKey("outlets.code"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("reader", Text, nullable=False),
    Column("purpose", String(10), nullable=False),
    Column("verdict", String(40), nullable=False),
    Column("action", String(20), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("gtin", String(14)),
    Column("serial", BigInteger),
    ForeignKeyConstraint(["device", "seq", "hash"], ["entries.device", "entries.seq", "entries.hash"]),
    Index(None, "outlet", "at"),
    Index(None, "gtin", "serial"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("at", BigInteger, nullable=False, index=True),
    Column("kind", String(40), nullable=False),  # a key of office.audit.ALERTS
    Column("outlet", String(20)),
    Column("device", String(24)),
    Column("seq", BigInteger),
    Column("gtin", String(14)),
    Column("serial", BigInteger),
    Column("detail", JSON, nullable=False, default=dict),
    Column("closed_at", BigInteger),
    Column("closed_by", Text),
)

# --- catalogue --------------------------------------------------------------------------------

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

# --- the office itself ------------------------------------------------------------------------

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
