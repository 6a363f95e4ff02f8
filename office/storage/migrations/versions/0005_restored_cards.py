"""Devices whose card was restored, which go on as new ones."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "renewals",
        sa.Column("device", sa.String(length=24), nullable=False),
        sa.Column("replaces", sa.String(length=24), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("agreed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["device"], ["devices.id"], name=op.f("fk_renewals_device")),
        sa.ForeignKeyConstraint(["replaces"], ["devices.id"], name=op.f("fk_renewals_replaces")),
        sa.PrimaryKeyConstraint("device", name=op.f("pk_renewals")),
    )


def downgrade() -> None:
    op.drop_table("renewals")
