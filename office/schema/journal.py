"""Devices, and what they sent."""

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
    String,
    Table,
    Text,
    and_,
    false,
    text,
)

from office.schema.base import BigId, metadata

devices = Table(
    "devices",
    metadata,
    Column("id", String(24), primary_key=True),  # outlet code and a letter
    Column("outlet", ForeignKey("outlets.code"), nullable=False, index=True),
    Column("public", String(64), nullable=False, unique=True),  # Ed25519, hex
    Column("state", String(10), nullable=False),  # active | forked | revoked
    Column("enrolled_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column("seen_at", BigInteger),  # last request that was signed well
    Column("head_seq", BigInteger, nullable=False, default=0),  # of branch 0
    Column("head_hash", LargeBinary(32)),
    Column("mark_seq", BigInteger, nullable=False, default=0),  # up to here its sales are in the sold sets
    Column("mark_hash", LargeBinary(32)),
    # What its journal says of it, or nothing yet:
    Column("version", String(40), nullable=False, default="", server_default=""),  # of its software
    Column("catalogue", BigInteger),  # version that it installed last
    Column("catalogue_at", BigInteger),  # when
    # Known only from what another till brought: its enrolment is lost, and its name taken. Nobody has its key.
    Column("forgotten", Boolean, nullable=False, default=False, server_default=false()),
    CheckConstraint("state IN ('active', 'forked', 'revoked')", name="state"),
)

# A card that was restored from a copy: its device goes on as a new one, and waits for an officer.
renewals = Table(
    "renewals",
    metadata,
    Column("device", ForeignKey("devices.id"), primary_key=True),
    Column("replaces", ForeignKey("devices.id"), nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("agreed_at", BigInteger),
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


def _told_by_ingest(columns: list[str], named: list[str]) -> ForeignKeyConstraint:
    """A foreign key that SQLite checks. Ingest alone writes these rows, with the ones they name, in one transaction;
    PostgreSQL would look for each of them again, which made storing a third slower.
    """
    return ForeignKeyConstraint(columns, named).ddl_if(dialect="sqlite")


_ENTRY = ["device", "seq", "hash"], ["entries.device", "entries.seq", "entries.hash"]

APART = text("state <> 'ok'")  # entries that were not read: few, and looked for at each sale that arrives

# A device's journal is a tree by hash: branch 0, and a branch for each fork.
entries = Table(
    "entries",
    metadata,
    Column("device", String(24), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), primary_key=True),
    Column("prev_hash", LargeBinary(32), nullable=False),
    Column("header", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("state", String(12), nullable=False),  # ok | damaged | quarantined
    Column("branch", Integer, nullable=False),  # below 0: sent once the device was revoked
    CheckConstraint("state IN ('ok', 'damaged', 'quarantined')", name="state"),
    _told_by_ingest(["device"], ["devices.id"]),
    Index("ix_entries_apart", "device", sqlite_where=APART, postgresql_where=APART),
)

# What a person decided on a branch of a journal.
decided_branches = Table(
    "decided_branches",
    metadata,
    Column("device", ForeignKey("devices.id"), primary_key=True),
    Column("branch", Integer, primary_key=True, autoincrement=False),
    Column("accepted", Boolean, nullable=False),  # its sales count; else they stay held
    Column("first", BigInteger, nullable=False),  # seq from which they were held
    Column("decided_at", BigInteger, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("note", Text, nullable=False),
)

# A branch that another till of the outlet brought, from the copies it holds of the device's journal.
brought_branches = Table(
    "brought_branches",
    metadata,
    Column("device", ForeignKey("devices.id"), primary_key=True),
    Column("branch", Integer, primary_key=True, autoincrement=False),
    Column("by", ForeignKey("devices.id"), nullable=False),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("device", ForeignKey("devices.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), primary_key=True),
    Column("envelope", LargeBinary, nullable=False),  # as the device signed it
)

# Partitioned by time on PostgreSQL (`office.storage.partitions`): so the time is in the key. The hash covers it, and
# `entries` lets each hash in once, so (device, seq, hash) stays unique.
sales = Table(
    "sales",
    metadata,
    Column("device", String(24), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), primary_key=True),
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    Column("outlet", String(20), nullable=False),
    Column("staff", Text, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("change", BigInteger, nullable=False),
    Column("catalogue", BigInteger),  # version it was judged by
    Column("flagged", Boolean, nullable=False),
    Column("held", Boolean, nullable=False),  # stays out of the sold sets until a person releases it
    Column(
        "written_at", BigInteger
    ),  # by the till's clock, where that was wrong and `at` is when it was made
    _told_by_ingest(*_ENTRY),
    _told_by_ingest(["outlet"], ["outlets.code"]),
    Index(None, "outlet", "at"),
    Index(None, "at"),
    postgresql_partition_by="RANGE (at)",
)

sale_lines = Table(
    "sale_lines",
    metadata,
    Column("device", String(24), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), primary_key=True),
    Column("at", BigInteger, primary_key=True, autoincrement=False),  # of the sale
    Column("line", Integer, primary_key=True, autoincrement=False),  # from 1
    Column("gtin", String(14), nullable=False),
    Column("serial", BigInteger),
    Column("ordinal", BigInteger),  # by the office's own batches; NULL: in none
    Column("qty", BigInteger, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("lot", String(40)),
    Column("verdict", String(40), nullable=False),
    Column("flagged", Boolean, nullable=False),
    _told_by_ingest(["device", "seq", "hash", "at"], ["sales.device", "sales.seq", "sales.hash", "sales.at"]),
    Index(None, "gtin", "serial"),
    postgresql_partition_by="RANGE (at)",
)

# A line and its sale; with the time, so that PostgreSQL looks into one partition only.
SAME_SALE = and_(*(sale_lines.c[name] == sales.c[name] for name in ("device", "seq", "hash", "at")))

# A void, or a refund: each row undoes the line of that number in the sale that it names, which may come later.
undone_lines = Table(
    "undone_lines",
    metadata,
    Column("device", String(24), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),  # of the sale
    Column("outlet", ForeignKey("outlets.code"), nullable=False),
    Column("sale_device", String(24), nullable=False),
    Column("sale_seq", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False, server_default="0"),  # of the void or refund
    Column("gtin", String(14), nullable=False, server_default=""),
    Column("ordinal", BigInteger),  # by the office's own batches; NULL: in none
    Column("qty", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("frees", Boolean, nullable=False),  # the stamp: a void, or goods that came back unharmed
    Column("held", Boolean, nullable=False),
    ForeignKeyConstraint(["device", "seq", "hash"], ["entries.device", "entries.seq", "entries.hash"]),
    Index(None, "sale_device", "sale_seq", "line"),
)

damaged_lines = Table(
    "damaged_lines",
    metadata,
    Column("device", String(24), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),  # from 1
    Column("outlet", ForeignKey("outlets.code"), nullable=False),
    Column("gtin", String(14), nullable=False),
    Column("serial", BigInteger),
    Column("ordinal", BigInteger),  # by the office's own batches; NULL: in none
    Column("qty", BigInteger, nullable=False),
    Column("held", Boolean, nullable=False),
    ForeignKeyConstraint(["device", "seq", "hash"], ["entries.device", "entries.seq", "entries.hash"]),
)

scans = Table(
    "scans",
    metadata,
    Column("device", String(24), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), primary_key=True),
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    Column("outlet", String(20), nullable=False),
    Column("reader", Text, nullable=False),
    Column("purpose", String(10), nullable=False),
    Column("verdict", String(40), nullable=False),
    Column("action", String(20), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("sure", Boolean, nullable=False, default=False, server_default=false()),  # the clock behind `at`
    Column("gtin", String(14)),
    Column("serial", BigInteger),
    _told_by_ingest(*_ENTRY),
    _told_by_ingest(["outlet"], ["outlets.code"]),
    Index(None, "gtin", "serial"),
    postgresql_partition_by="RANGE (at)",
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
    Column("note", Text, nullable=False, default="", server_default=""),  # written when it was handled
    Index(
        "ix_alerts_open",
        "device",
        "kind",
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
)
