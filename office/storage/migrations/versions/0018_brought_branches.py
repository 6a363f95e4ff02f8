"""Branches that another till of the outlet brought, and devices that are known from nothing else."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "brought_branches",
        sa.Column("device", sa.String(length=24), nullable=False),
        sa.Column("branch", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["devices.id"], name=op.f("fk_brought_branches_by")),
        sa.ForeignKeyConstraint(["device"], ["devices.id"], name=op.f("fk_brought_branches_device")),
        sa.PrimaryKeyConstraint("device", "branch", name=op.f("pk_brought_branches")),
    )
    op.add_column("devices", sa.Column("forgotten", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("devices", "forgotten")
    op.drop_table("brought_branches")
