"""What OCOP recognises, who makes it and who sells it."""

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
    Column("form", Text, nullable=False, default="", server_default=""),  # cooperative, firm, household...
    Column("representative", Text, nullable=False, default="", server_default=""),  # the role, no name
    Column("email", Text, nullable=False, default="", server_default=""),
    Column("website", Text, nullable=False, default="", server_default=""),
    Column("search", Text, nullable=False, default="", server_default=""),  # small letters, no accents
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
    Column("usage", Text, nullable=False, default="", server_default=""),
    Column("search", Text, nullable=False, default="", server_default=""),
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
    Column("quantity", BigInteger),  # packs made
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
    Column("commune", Text, nullable=False, default="", server_default=""),
    Column("certificate", Text, nullable=False, default="", server_default=""),  # its number and date
    Column("phone", Text, nullable=False, default="", server_default=""),  # the shop's
    Column("search", Text, nullable=False, default="", server_default=""),
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

inspections = Table(
    "inspections",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("day", String(10), nullable=False),
    Column("place", Text, nullable=False),
    Column("finding", Text, nullable=False),
    # What was inspected: ids, "" where not that.
    Column("producer", String(40), nullable=False, default=""),
    Column("product", String(40), nullable=False, default=""),
    Column("lot", String(40), nullable=False, default=""),
    Column("outlet", String(20), nullable=False, default=""),
    Column("sample", Text, nullable=False, default=""),
    Column("laboratory", Text, nullable=False, default=""),  # its result
    Column("consequence", String(10), nullable=False),
    CheckConstraint("consequence IN ('none', 'warning', 'recall', 'withdrawal')", name="consequence"),
)

# Pictures and quality test files of products, and whatever else belongs to a record.
files = Table(
    "files",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("kind", String(20), nullable=False),  # the record's table
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("media", String(40), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Index(None, "kind", "key"),
)

# The picture of a product that the outlets show, made of one of its files.
photos = Table(
    "photos",
    metadata,
    Column("product", ForeignKey("products.id"), primary_key=True),
    Column("file", ForeignKey("files.id"), nullable=False, index=True),
    Column("sha256", String(64), nullable=False, index=True),
    Column("data", LargeBinary, nullable=False),  # WebP
)
