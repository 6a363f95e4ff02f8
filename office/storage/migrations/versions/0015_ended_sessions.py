"""Sessions that were logged out before their time."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "ended_sessions",
        sa.Column("cookie", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("cookie", name=op.f("pk_ended_sessions")),
    )
    op.create_index(op.f("ix_ended_sessions_expires"), "ended_sessions", ["expires"])


def downgrade() -> None:
    op.drop_table("ended_sessions")
