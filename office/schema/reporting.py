"""What reports read instead of the journal's rows: sales and looks added up; and what the programme aims at."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, text

from office.schema.base import metadata

_WHOLE = text("gtin = '*'")  # the outlets' own sums, among those of their goods

_ROOM = {"fillfactor": 50}  # each segment updates hundreds of rows, and none of an index

# Kept by `office.books.rollups`. "*" as outlet or GTIN is all of them together: what a report reads is there as few rows.
sales_rollups = Table(
    "sales_rollups",
    metadata,
    Column("span", String(5), primary_key=True),
    Column("start", Integer, primary_key=True, autoincrement=False),  # local days since 1970-01-01
    Column("outlet", String(20), primary_key=True),
    Column("gtin", String(14), primary_key=True),
    Column("receipts", BigInteger, nullable=False),  # only where gtin is "*"
    Column("lines", BigInteger, nullable=False),
    Column("qty", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),  # đồng
    Column("stamps", BigInteger, nullable=False),  # lines with a stamp of the office's batches
    # By voids and refunds, on the day of these:
    Column("returned_qty", BigInteger, nullable=False),
    Column("returned_amount", BigInteger, nullable=False),
    Column("returned_stamps", BigInteger, nullable=False, server_default="0"),  # that may be sold again
    CheckConstraint("span IN ('day', 'month')", name="span"),
    Index(None, "span", "start", "outlet", sqlite_where=_WHOLE, postgresql_where=_WHOLE),
    sqlite_with_rowid=False,
    postgresql_with=_ROOM,
)

look_rollups = Table(
    "look_rollups",
    metadata,
    Column("span", String(5), primary_key=True),
    Column("start", Integer, primary_key=True, autoincrement=False),
    Column("outlet", String(20), primary_key=True),  # "": phones
    Column("gtin", String(14), primary_key=True),  # "": not known, or only counted
    Column("looks", BigInteger, nullable=False),
    CheckConstraint("span IN ('day', 'month')", name="span"),
    Index(None, "span", "start", "outlet", sqlite_where=_WHOLE, postgresql_where=_WHOLE),
    sqlite_with_rowid=False,
    postgresql_with=_ROOM,
)

# Kept by `office.books.sold_counts`: how many stamps of a batch are sold, as the sold sets say.
batch_rollups = Table(
    "batch_rollups",
    metadata,
    Column("batch", BigInteger, ForeignKey("batches.id"), primary_key=True, autoincrement=False),
    Column("sold", BigInteger, nullable=False),
)

# What the programme aims at by the end of a year; NULL: no target.
targets = Table(
    "targets",
    metadata,
    Column("year", String(4), primary_key=True),
    Column("recognised", Integer),  # products whose recognition holds on the last day
    Column("high_share", Integer),  # of these, percent that have four or five stars
    Column("growth", Integer),  # of sales against the year before, percent
)
