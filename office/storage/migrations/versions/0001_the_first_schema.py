"""The first schema: registry, stamps, devices and journals, catalogue, accounts."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("login", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("password", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.CheckConstraint("role IN ('officer', 'registrar', 'viewer')", name=op.f("ck_accounts_role")),
        sa.PrimaryKeyConstraint("login", name=op.f("pk_accounts")),
    )
    op.create_table(
        "alerts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("outlet", sa.String(length=20), nullable=True),
        sa.Column("device", sa.String(length=24), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("gtin", sa.String(length=14), nullable=True),
        sa.Column("serial", sa.BigInteger(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alerts_at"), ["at"], unique=False)

    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_at"), ["at"], unique=False)

    op.create_table(
        "catalogue_segments",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_catalogue_segments")),
    )
    op.create_table(
        "counters",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
    )
    op.create_table(
        "outlets",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("lat_e5", sa.Integer(), nullable=True),
        sa.Column("lon_e5", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_outlets")),
    )
    op.create_table(
        "producers",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("commune", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("lat_e5", sa.Integer(), nullable=True),
        sa.Column("lon_e5", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_producers")),
    )
    op.create_table(
        "roots",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_roots")),
    )
    op.create_table(
        "settings",
        sa.Column("outlet", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("outlet", "name", name=op.f("pk_settings")),
    )
    op.create_table(
        "catalogue_versions",
        sa.Column("outlet", sa.String(length=20), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["outlet"], ["outlets.code"], name=op.f("fk_catalogue_versions_outlet")),
        sa.PrimaryKeyConstraint("outlet", "version", name=op.f("pk_catalogue_versions")),
    )
    op.create_table(
        "contracts",
        sa.Column("outlet", sa.String(length=20), nullable=False),
        sa.Column("producer", sa.String(length=40), nullable=False),
        sa.Column("from", sa.String(length=10), nullable=False),
        sa.Column("until", sa.String(length=10), nullable=True),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["outlet"], ["outlets.code"], name=op.f("fk_contracts_outlet")),
        sa.ForeignKeyConstraint(["producer"], ["producers.id"], name=op.f("fk_contracts_producer")),
        sa.PrimaryKeyConstraint("outlet", "producer", "from", name=op.f("pk_contracts")),
    )
    op.create_table(
        "devices",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("outlet", sa.String(length=20), nullable=False),
        sa.Column("public", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("enrolled_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.Column("head_seq", sa.BigInteger(), nullable=False),
        sa.Column("head_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("mark_seq", sa.BigInteger(), nullable=False),
        sa.Column("mark_hash", sa.LargeBinary(length=32), nullable=True),
        sa.CheckConstraint("state IN ('active', 'forked', 'revoked')", name=op.f("ck_devices_state")),
        sa.ForeignKeyConstraint(["outlet"], ["outlets.code"], name=op.f("fk_devices_outlet")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        sa.UniqueConstraint("public", name=op.f("uq_devices_public")),
    )
    with op.batch_alter_table("devices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_devices_outlet"), ["outlet"], unique=False)

    op.create_table(
        "products",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("producer", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("group", sa.String(length=40), nullable=False),
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("commune", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("ingredients", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("storage", sa.Text(), nullable=False),
        sa.Column("allergens", sa.JSON(), nullable=False),
        sa.Column("story", sa.Text(), nullable=False),
        sa.Column("illustrative", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["producer"], ["producers.id"], name=op.f("fk_products_producer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
    )
    with op.batch_alter_table("products", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_products_producer"), ["producer"], unique=False)

    op.create_table(
        "checkpoints",
        sa.Column("device", sa.String(length=24), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["devices.id"], name=op.f("fk_checkpoints_device")),
        sa.PrimaryKeyConstraint("device", "seq", "hash", name=op.f("pk_checkpoints")),
    )
    op.create_table(
        "enrolment_codes",
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("code", sa.LargeBinary(length=16), nullable=True),
        sa.Column("outlet", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("device", sa.String(length=24), nullable=True),
        sa.ForeignKeyConstraint(["device"], ["devices.id"], name=op.f("fk_enrolment_codes_device")),
        sa.ForeignKeyConstraint(["outlet"], ["outlets.code"], name=op.f("fk_enrolment_codes_outlet")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_enrolment_codes")),
    )
    op.create_table(
        "entries",
        sa.Column("device", sa.String(length=24), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("prev_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("header", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("branch", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('ok', 'damaged', 'quarantined')", name=op.f("ck_entries_state")),
        sa.ForeignKeyConstraint(["device"], ["devices.id"], name=op.f("fk_entries_device")),
        sa.PrimaryKeyConstraint("device", "seq", "hash", name=op.f("pk_entries")),
    )
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entries_device_state"), ["device", "state"], unique=False)

    op.create_table(
        "recognitions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("product", sa.String(length=40), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("recognised", sa.String(length=10), nullable=False),
        sa.Column("recognised_until", sa.String(length=10), nullable=False),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.CheckConstraint("stars BETWEEN 3 AND 5", name=op.f("ck_recognitions_stars")),
        sa.ForeignKeyConstraint(["product"], ["products.id"], name=op.f("fk_recognitions_product")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recognitions")),
        sa.UniqueConstraint("product", "recognised", name=op.f("uq_recognitions_product_recognised")),
    )
    op.create_table(
        "trade_items",
        sa.Column("gtin", sa.String(length=14), nullable=False),
        sa.Column("product", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("net", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("stamped", sa.Boolean(), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("length(gtin) = 14", name=op.f("ck_trade_items_gtin")),
        sa.ForeignKeyConstraint(["product"], ["products.id"], name=op.f("fk_trade_items_product")),
        sa.PrimaryKeyConstraint("gtin", name=op.f("pk_trade_items")),
    )
    with op.batch_alter_table("trade_items", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trade_items_product"), ["product"], unique=False)

    op.create_table(
        "withdrawals",
        sa.Column("product", sa.String(length=40), nullable=False),
        sa.Column("on", sa.String(length=10), nullable=False),
        sa.Column("produced_from", sa.String(length=10), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["product"], ["products.id"], name=op.f("fk_withdrawals_product")),
        sa.PrimaryKeyConstraint("product", name=op.f("pk_withdrawals")),
    )
    op.create_table(
        "batches",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("gtin", sa.String(length=14), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("k", sa.String(length=1), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("issued_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            '"first" >= 1 AND "last" >= "first" AND "last" <= 4294967295', name=op.f("ck_batches_range")
        ),
        sa.ForeignKeyConstraint(["gtin"], ["trade_items.gtin"], name=op.f("fk_batches_gtin")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
        sa.UniqueConstraint("base", name=op.f("uq_batches_base")),
        sa.UniqueConstraint("gtin", "first", name=op.f("uq_batches_gtin_first")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "lots",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("gtin", sa.String(length=14), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("produced", sa.String(length=10), nullable=False),
        sa.Column("expires", sa.String(length=10), nullable=True),
        sa.ForeignKeyConstraint(["gtin"], ["trade_items.gtin"], name=op.f("fk_lots_gtin")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lots")),
        sa.UniqueConstraint("gtin", "code", name=op.f("uq_lots_gtin_code")),
    )
    with op.batch_alter_table("lots", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lots_gtin"), ["gtin"], unique=False)

    op.create_table(
        "sales",
        sa.Column("device", sa.String(length=24), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("outlet", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("staff", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("catalogue", sa.BigInteger(), nullable=True),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device", "seq", "hash"],
            ["entries.device", "entries.seq", "entries.hash"],
            name=op.f("fk_sales_device_seq_hash"),
        ),
        sa.ForeignKeyConstraint(["outlet"], ["outlets.code"], name=op.f("fk_sales_outlet")),
        sa.PrimaryKeyConstraint("device", "seq", "hash", name=op.f("pk_sales")),
    )
    with op.batch_alter_table("sales", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sales_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_sales_outlet_at"), ["outlet", "at"], unique=False)

    op.create_table(
        "scans",
        sa.Column("device", sa.String(length=24), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("outlet", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("verdict", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("gtin", sa.String(length=14), nullable=True),
        sa.Column("serial", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["device", "seq", "hash"],
            ["entries.device", "entries.seq", "entries.hash"],
            name=op.f("fk_scans_device_seq_hash"),
        ),
        sa.ForeignKeyConstraint(["outlet"], ["outlets.code"], name=op.f("fk_scans_outlet")),
        sa.PrimaryKeyConstraint("device", "seq", "hash", name=op.f("pk_scans")),
    )
    with op.batch_alter_table("scans", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scans_gtin_serial"), ["gtin", "serial"], unique=False)
        batch_op.create_index(batch_op.f("ix_scans_outlet_at"), ["outlet", "at"], unique=False)

    op.create_table(
        "tombstones",
        sa.Column("gtin", sa.String(length=14), nullable=False),
        sa.Column("first", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["gtin"], ["trade_items.gtin"], name=op.f("fk_tombstones_gtin")),
        sa.PrimaryKeyConstraint("gtin", "first", name=op.f("pk_tombstones")),
    )
    op.create_table(
        "voids",
        sa.Column("gtin", sa.String(length=14), nullable=False),
        sa.Column("first", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint('"last" >= "first"', name=op.f("ck_voids_range")),
        sa.ForeignKeyConstraint(["gtin"], ["trade_items.gtin"], name=op.f("fk_voids_gtin")),
        sa.PrimaryKeyConstraint("gtin", "first", name=op.f("pk_voids")),
    )
    op.create_table(
        "activations",
        sa.Column("gtin", sa.String(length=14), nullable=False),
        sa.Column("first", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("lot", sa.String(length=40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint('"last" >= "first"', name=op.f("ck_activations_range")),
        sa.ForeignKeyConstraint(["gtin"], ["trade_items.gtin"], name=op.f("fk_activations_gtin")),
        sa.ForeignKeyConstraint(["lot"], ["lots.id"], name=op.f("fk_activations_lot")),
        sa.PrimaryKeyConstraint("gtin", "first", name=op.f("pk_activations")),
    )
    with op.batch_alter_table("activations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_activations_lot"), ["lot"], unique=False)

    op.create_table(
        "recalls",
        sa.Column("lot", sa.String(length=40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["lot"], ["lots.id"], name=op.f("fk_recalls_lot")),
        sa.PrimaryKeyConstraint("lot", name=op.f("pk_recalls")),
    )
    op.create_table(
        "sale_lines",
        sa.Column("device", sa.String(length=24), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("gtin", sa.String(length=14), nullable=False),
        sa.Column("serial", sa.BigInteger(), nullable=True),
        sa.Column("ordinal", sa.BigInteger(), nullable=True),
        sa.Column("qty", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("lot", sa.String(length=40), nullable=True),
        sa.Column("verdict", sa.String(length=40), nullable=False),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device", "seq", "hash"],
            ["sales.device", "sales.seq", "sales.hash"],
            name=op.f("fk_sale_lines_device_seq_hash"),
        ),
        sa.PrimaryKeyConstraint("device", "seq", "hash", "line", name=op.f("pk_sale_lines")),
    )
    with op.batch_alter_table("sale_lines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sale_lines_gtin_serial"), ["gtin", "serial"], unique=False)
        batch_op.create_index(batch_op.f("ix_sale_lines_ordinal"), ["ordinal"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("sale_lines", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sale_lines_ordinal"))
        batch_op.drop_index(batch_op.f("ix_sale_lines_gtin_serial"))

    op.drop_table("sale_lines")
    op.drop_table("recalls")
    with op.batch_alter_table("activations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_activations_lot"))

    op.drop_table("activations")
    op.drop_table("voids")
    op.drop_table("tombstones")
    with op.batch_alter_table("scans", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_scans_outlet_at"))
        batch_op.drop_index(batch_op.f("ix_scans_gtin_serial"))

    op.drop_table("scans")
    with op.batch_alter_table("sales", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sales_outlet_at"))
        batch_op.drop_index(batch_op.f("ix_sales_at"))

    op.drop_table("sales")
    with op.batch_alter_table("lots", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lots_gtin"))

    op.drop_table("lots")
    op.drop_table("batches")
    op.drop_table("withdrawals")
    with op.batch_alter_table("trade_items", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trade_items_product"))

    op.drop_table("trade_items")
    op.drop_table("recognitions")
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_entries_device_state"))

    op.drop_table("entries")
    op.drop_table("enrolment_codes")
    op.drop_table("checkpoints")
    with op.batch_alter_table("products", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_products_producer"))

    op.drop_table("products")
    with op.batch_alter_table("devices", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_devices_outlet"))

    op.drop_table("devices")
    op.drop_table("contracts")
    op.drop_table("catalogue_versions")
    op.drop_table("settings")
    op.drop_table("roots")
    op.drop_table("producers")
    op.drop_table("outlets")
    op.drop_table("counters")
    op.drop_table("catalogue_segments")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_at"))

    op.drop_table("audit")
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alerts_at"))

    op.drop_table("alerts")
    op.drop_table("accounts")
