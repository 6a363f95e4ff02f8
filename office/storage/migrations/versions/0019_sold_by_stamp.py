"""Sale lines of a stamp are found by its GTIN and serial; an index of ordinals beside that made storing dearer."""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.drop_index("ix_sale_lines_ordinal", "sale_lines")


def downgrade() -> None:
    raise NotImplementedError("restore the backup from before")
