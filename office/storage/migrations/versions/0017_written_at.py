"""The time that a till wrote, of sales whose clock was wrong."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("sales", sa.Column("written_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("sales", "written_at")
