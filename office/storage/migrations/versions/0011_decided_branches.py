"""What a person decided on the branches of a forked journal."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "decided_branches",
        sa.Column("device", sa.String(length=24), nullable=False),
        sa.Column("branch", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["devices.id"], name=op.f("fk_decided_branches_device")),
        sa.PrimaryKeyConstraint("device", "branch", name=op.f("pk_decided_branches")),
    )


def downgrade() -> None:
    op.drop_table("decided_branches")
