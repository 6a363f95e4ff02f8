"""When a device was revoked, as the audit has it."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("devices", sa.Column("revoked_at", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE devices SET revoked_at = (SELECT max(at) FROM audit WHERE action = 'revoke' AND subject = devices.id) "
        "WHERE state = 'revoked'"
    )


def downgrade() -> None:
    op.drop_column("devices", "revoked_at")
