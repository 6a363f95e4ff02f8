"""How devices are, how far recalls have reached, what phones look at; whether a scan's clock was sure."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("devices", sa.Column("version", sa.String(length=40), server_default="", nullable=False))
    op.add_column("devices", sa.Column("catalogue", sa.BigInteger()))
    op.add_column("devices", sa.Column("catalogue_at", sa.BigInteger()))
    op.add_column("outlets", sa.Column("phone", sa.Text(), server_default="", nullable=False))
    op.add_column("scans", sa.Column("sure", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "device_health",
        sa.Column("device", sa.String(length=24), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["devices.id"], name=op.f("fk_device_health_device")),
        sa.PrimaryKeyConstraint("device", name=op.f("pk_device_health")),
    )
    op.create_table(
        "published_endings",
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_published_endings")),
    )
    op.create_index(op.f("ix_published_endings_version"), "published_endings", ["version"])
    op.create_table(
        "reached_endings",
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("device", sa.String(length=24), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["devices.id"], name=op.f("fk_reached_endings_device")),
        sa.PrimaryKeyConstraint("kind", "key", "device", name=op.f("pk_reached_endings")),
    )
    op.create_table(
        "phone_looks",
        sa.Column("gtin", sa.String(length=14), nullable=False),
        sa.Column("serial", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("looks", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("gtin", "serial", "day", name=op.f("pk_phone_looks")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in ("phone_looks", "reached_endings", "published_endings", "device_health"):
        op.drop_table(table)
    op.drop_column("scans", "sure")
    op.drop_column("outlets", "phone")
    for column in ("catalogue_at", "catalogue", "version"):
        op.drop_column("devices", column)
