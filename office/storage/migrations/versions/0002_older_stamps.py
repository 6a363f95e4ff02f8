"""Older stamps: how their addresses are written."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "patterns",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("last_day", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patterns")),
    )


def downgrade() -> None:
    op.drop_table("patterns")
