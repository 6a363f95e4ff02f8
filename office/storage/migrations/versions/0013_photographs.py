"""The picture of a product that the kiosks show."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "photos",
        sa.Column("product", sa.String(40), nullable=False),
        sa.Column("file", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["product"], ["products.id"], name=op.f("fk_photos_product")),
        sa.ForeignKeyConstraint(["file"], ["files.id"], name=op.f("fk_photos_file")),
        sa.PrimaryKeyConstraint("product", name=op.f("pk_photos")),
    )
    op.create_index("ix_photos_sha256", "photos", ["sha256"])
    op.create_index("ix_photos_file", "photos", ["file"])


def downgrade() -> None:
    op.drop_table("photos")
