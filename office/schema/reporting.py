"""What reports read instead of the journal's rows: sales and looks added up."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, String, Table

from office.schema.base import metadata

# Kept by `office.rollups`. Each change stands twice, in its day and in its month: a year is twelve months.
sales_rollups = Table(
    "sales_rollups",
    metadata,
    Column("span", String(5), primary_key=True),
    Column("start", Integer, primary_key=True, autoincrement=False),  # local days since 1970-01-01
    Column("outlet", String(20), primary_key=True),
    Column("gtin", String(14), primary_key=True),  # "": the receipts as such
    Column("receipts", BigInteger, nullable=False),  # only where gtin is ""
    Column("lines", BigInteger, nullable=False),
    Column("qty", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),  # đồng
    Column("stamps", BigInteger, nullable=False),  # lines with a stamp of the office's batches
    # By voids and refunds, on the day of these:
    Column("returned_qty", BigInteger, nullable=False),
    Column("returned_amount", BigInteger, nullable=False),
    CheckConstraint("span IN ('day', 'month')", name="span"),
    sqlite_with_rowid=False,
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
    sqlite_with_rowid=False,
)
