"""What OCOP recognises, who makes it and who sells it."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from office.schema.base import BigId, metadata

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
